//! Trying again: what may fail now and succeed a little later.
//!
//! ```
//! use anywhen::retry::retry;
//! use anywhen::time::Duration;
//! # async fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
//!
//! # anywhen::rt::Std.block_on(async {
//! let page = retry(|| fetch())
//!     .max_retries(5)
//!     .max_elapsed(Duration::from_secs(30))
//!     .when(|error| error.kind() == std::io::ErrorKind::TimedOut)
//!     .on_retry(|event| eprintln!("attempt {} failed, again in {:?}", event.attempts(), event.delay()))
//!     .await;
//! # page.unwrap();
//! # });
//! ```
//!
//! The pieces, each usable alone:
//!
//! * A [`Policy`] is a plain value: how often, how long, with which delays. It knows no clock and no future.
//! * A [`Backoff`] is a rule for delays, and a [`Jitter`] says how they are spread.
//! * A [`Hedge`] does not wait for an attempt that is slow, but makes another beside it; made by [`hedge()`].
//! * A [`Budget`] limits what all calls together may try again.
//! * A [gate] lets calls through or not: [`CircuitBreaker`], [`RateLimiter`], [`Bulkhead`], [`AdaptiveLimit`].
//! * [`fallback()`] does something else in place of what has failed.
//! * A [`Pipeline`] puts all of them one around the other.
//! * [`Retry`] is the future, made by [`retry()`]; it allocates nothing, and can be named and stored.
//!
//! # Which form?
//!
//! | you have | take |
//! |---|---|
//! | a closure that makes a future | [`retry()`] |
//! | a context that the attempts hand on: owned, or borrowed by a method | [`retry_with`], [`retry_mut`] |
//! | a loop of your own, with whatever it borrows | [`Policy::attempts`] |
//! | a thread that may block | [`blocking_retry`] |
//! | a stream that breaks off | [`retry_stream`], [`retry_stream_with`] |
//! | no future, no clock, no `std` | [`Policy::schedule`] |
//!
//! All of them go by the same policies. All but the schedule take deadlines, budgets that many retries share, and observers,
//! of which [`Counters`] is one; all to which the operation is given take the same conditions and hooks.
//!
//! # Which backoff?
//!
//! | situation | take |
//! |---|---|
//! | a server that others call too | [`Exponential`] with [`Jitter::Full`]: the default |
//! | the same, where a retry at once would be useless | [`Exponential`] with [`Jitter::Equal`], or [`Decorrelated`] |
//! | the same, with very many clients that fail together | [`Smooth`] |
//! | a local resource that comes back soon | [`Linear`], [`Fibonacci`] |
//! | polling until something is there | [`Constant`] with [`Jitter::Proportional`] |
//!
//! Whatever the backoff, retries multiply load: retry in one layer only, and only what is safe to do twice.

#[cfg(feature = "std")]
mod attempts;
pub mod backoff;
#[cfg(feature = "std")]
mod blocking;
#[cfg(feature = "std")]
mod budget;
#[cfg(feature = "std")]
mod builder;
#[cfg(feature = "serde")]
mod config;
#[cfg(feature = "std")]
mod context;
mod counters;
mod error;
mod event;
#[cfg(feature = "std")]
mod fallback;
pub mod gate;
#[cfg(feature = "std")]
pub mod guide;
#[cfg(feature = "std")]
pub mod hedge;
#[cfg(feature = "std")]
mod hooks;
mod jitter;
#[cfg(feature = "std")]
mod moment;
mod nanos;
mod observer;
#[cfg(feature = "std")]
pub mod pipeline;
mod policy;
#[cfg(feature = "std")]
mod policy_ext;
#[cfg(feature = "std")]
mod progress;
#[cfg(feature = "serde")]
mod readable;
#[cfg(feature = "std")]
#[allow(clippy::module_inception, reason = "the module is named for its subject, the file for the future in it")]
mod retry;
#[cfg(feature = "std")]
mod run;
mod schedule;
pub mod strategy;
#[cfg(feature = "std")]
mod streams;
#[cfg(feature = "std")]
mod tell;
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "std")]
pub mod work;

#[cfg(feature = "std")]
pub use self::attempts::{Attempt, AttemptFailed, Attempts, NextAttempt};
#[cfg(feature = "std")]
pub use self::backoff::Smooth;
pub use self::backoff::{Backoff, Constant, Decorrelated, Exponential, Fibonacci, Linear};
#[cfg(feature = "std")]
pub use self::blocking::blocking_retry;
#[cfg(feature = "std")]
pub use self::budget::Budget;
#[cfg(feature = "std")]
pub use self::context::{LentOperation, retry_mut, retry_with};
pub use self::counters::Counters;
pub use self::error::RetryError;
pub use self::event::RetryEvent;
#[cfg(feature = "std")]
pub use self::fallback::{Fallback, fallback};
#[cfg(feature = "std")]
pub use self::gate::{AdaptiveLimit, BreakerMetrics, Bulkhead, CircuitBreaker, CircuitState, GateMetrics, RateLimiter};
pub use self::gate::{CallError, Classify, Gate, Gated, Outcome, Pass, Refused};
#[cfg(feature = "std")]
pub use self::hedge::{Hedge, HedgeCounters, HedgeEvent, HedgePolicy, Latencies, hedge};
pub use self::jitter::Jitter;
pub use self::observer::Observer;
#[cfg(feature = "std")]
pub use self::pipeline::{Layer, Pipeline};
pub use self::policy::Policy;
#[cfg(feature = "std")]
pub use self::policy_ext::PolicyExt;
#[cfg(feature = "std")]
pub use self::retry::{Operation, Retry, retry};
pub use self::schedule::{Schedule, StopReason};
#[cfg(feature = "std")]
pub use self::streams::{retry_stream, retry_stream_with};
#[cfg(feature = "tower")]
pub use self::tower::{PipelineService, ServiceAttempt, ServiceCall};
