//! Time: instants, the [`Timer`] trait, the built-in [`Clock`], and the futures that wait for it.
//!
//! | you want | take |
//! |---|---|
//! | to wait | [`sleep()`], [`sleep_until`] |
//! | to stop waiting for a future | [`timeout()`], [`timeout_at`] |
//! | one limit for all that an operation does | [`Deadline`] |
//! | to do something again and again | [`interval()`], [`interval_at`]; as a stream [`IntervalStream`] |
//! | many things, each at its time, and to take some of them back | [`DelayQueue`] |
//! | to test all of that in no time | [`VirtualClock`] |
//!
//! The functions use the *current clock*: the one whose [scope](Clock::scope) the code runs in, else the system's. It
//! works under every executor and needs no set-up. Each has a form with `_on` that takes another [`Timer`], such as the
//! timer of a runtime ([`rt`](crate::rt)). The [`guide`] says when to take which, and how to come from other crates.
//!
//! # When the counting starts
//!
//! * [`sleep()`] and [`interval()`] fix their deadline when they are called.
//! * [`timeout()`] begins to count when its future is first pending. A future that is ready at once costs nothing more.
//! * What ends in `_at` or `_until` has an absolute deadline.
//!
//! # Never early, never an overflow
//!
//! A timer does not fire before its deadline. Arithmetic saturates: [`Duration::MAX`] means never, and no duration is too
//! long.

#[cfg(feature = "std")]
pub(crate) mod alarm;
#[cfg(feature = "std")]
mod clock;
mod deadline;
#[cfg(feature = "std")]
pub mod delay_queue;
#[cfg(feature = "std")]
pub(crate) mod driver;
pub mod error;
#[cfg(feature = "std")]
pub mod guide;
mod instant;
#[cfg(feature = "std")]
mod interval;
#[cfg(feature = "std")]
mod interval_stream;
#[cfg(all(test, anywhen_loom))]
mod models;
#[cfg(feature = "std")]
mod run_for;
#[cfg(feature = "std")]
mod scope;
#[cfg(feature = "std")]
mod slack;
#[cfg(feature = "std")]
mod sleep;
#[cfg(feature = "std")]
mod timeout;
mod timer;
#[cfg(feature = "std")]
mod virtual_clock;
#[cfg(feature = "std")]
mod virtual_time;

pub use core::time::Duration;

#[cfg(feature = "std")]
pub use clock::Clock;
pub use deadline::Deadline;
#[cfg(feature = "std")]
pub use delay_queue::DelayQueue;
pub use instant::Instant;
#[cfg(feature = "std")]
pub use interval::{Interval, MissedTickBehavior, Tick, interval, interval_at, interval_at_on, interval_on};
#[cfg(feature = "std")]
pub use interval_stream::IntervalStream;
#[cfg(feature = "std")]
pub use run_for::RunFor;
#[cfg(feature = "std")]
pub use scope::Scope;
#[cfg(feature = "std")]
pub use sleep::{Sleep, sleep, sleep_until};
#[cfg(feature = "std")]
pub use timeout::{Timeout, timeout, timeout_at, timeout_at_on, timeout_on};
pub use timer::Timer;
#[cfg(feature = "std")]
pub use virtual_clock::{Hold, VirtualClock};
