//! Gates: what lets calls through or not, and learns how they went.
//!
//! | you want | take |
//! |---|---|
//! | to leave something alone for a while that fails all the time | [`CircuitBreaker`] |
//! | so much in so much time | [`RateLimiter`] |
//! | so many at a time, and few that wait | [`Bulkhead`] |
//! | the same, as many as the other side bears | [`AdaptiveLimit`] |
//! | your own gate | [`Gate`] |
//!
//! Each has a method `call`, whose future, [`Gated`], is the one over all of them: it waits to be let through, does the call,
//! and tells the gate how it went. Each can be a `static`, is shared by reference or by `Arc`, and can be used without calls,
//! too. What is turned away gets a [`Refused`], whichever gate it was.
//!
//! # By which clock?
//!
//! Without more, by whichever is current where a call asks. So a gate in a `static` may go by the virtual clocks of several tests,
//! one after the other. Where the next one shows a later time, that much time has passed. Where it shows an earlier one, what was
//! so at the latest moment is so now: what a limiter is owed is still owed, an open circuit is open for its time, and the failures
//! of a window are as long ago as they were. Nothing waits for a time that only another clock has seen. A test that has to begin
//! with a gate that nobody has used makes one of its own; and tests that run at the same time should not share any, as with
//! other statics.
//!
//! # In which order?
//!
//! A [`retry`](super::retry()) goes around gates, so that each attempt asks anew. A circuit breaker goes around the others, so
//! that nobody waits in line for what is not to be had; then it must be told that their refusals say nothing of the other side.
//! A timeout goes around the call itself, within all of them, so that it is a failure to the gates and counts no waiting:
//!
//! ```
//! use anywhen::prelude::*;
//! use anywhen::retry::{Bulkhead, CallError, CircuitBreaker, Outcome, retry};
//! use anywhen::time::Duration;
//! # async fn ask() -> Result<u32, String> { Ok(42) }
//!
//! static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
//! static PLACES: Bulkhead = Bulkhead::new(10, 20);
//!
//! type Error = CallError<String>;
//!
//! async fn once() -> Result<u32, Error> {
//!     ask().timeout(Duration::from_secs(1)).await?.map_err(CallError::Failed)
//! }
//!
//! fn outcome(result: &Result<u32, Error>) -> Outcome {
//!     match result {
//!         Ok(_) => Outcome::Success,
//!         Err(Error::Refused(_)) => Outcome::Ignored,
//!         Err(_) => Outcome::Failure,
//!     }
//! }
//!
//! # anywhen::rt::Std.block_on(async {
//! let answer = retry(|| CIRCUIT.call(PLACES.call(once())).classify(outcome))
//!     .when(|error| !matches!(error, Error::Refused(_)))
//!     .await;
//! assert_eq!(answer, Ok(42));
//! # });
//! ```

#[cfg(feature = "std")]
mod adaptive;
#[cfg(feature = "std")]
mod breaker;
#[cfg(feature = "std")]
mod bulkhead;
mod call;
mod error;
#[cfg(feature = "std")]
mod handle;
#[cfg(feature = "std")]
mod limiter;
#[cfg(feature = "std")]
mod places;
#[cfg(feature = "std")]
mod queue;
#[cfg(feature = "std")]
mod slots;

use core::future::Future;

#[cfg(feature = "std")]
pub use self::adaptive::{AdaptiveAcquire, AdaptiveLimit};
#[cfg(feature = "std")]
pub use self::breaker::{BreakerMetrics, CircuitBreaker, CircuitState};
#[cfg(feature = "std")]
pub use self::bulkhead::{Bulkhead, BulkheadAcquire};
pub use self::call::{Classify, FailureWhen, Gated};
pub use self::error::{CallError, Refused};
#[cfg(feature = "std")]
pub use self::handle::{Admitted, Handle};
#[cfg(feature = "std")]
pub use self::limiter::{RateAcquire, RateLimiter};
pub use super::strategy::AnyError;

/// Lets calls through, or not, and learns how they went.
///
/// It is implemented for what leads to a gate rather than for the gate itself, for `&G` and `Arc<G>`, so that a call may borrow
/// the gate or keep it alive.
///
/// # Examples
///
/// A gate of your own, which somebody can shut:
///
/// ```
/// use std::future::{Ready, ready};
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// use anywhen::retry::{CallError, Gate, Gated, Refused};
///
/// #[derive(Clone, Copy)]
/// struct Shut<'a>(&'a AtomicBool);
///
/// impl Gate for Shut<'_> {
///     type Admission = Ready<Result<(), Refused>>;
///     type Pass = ();
///
///     fn admit(&self) -> Self::Admission {
///         ready(if self.0.load(Ordering::Relaxed) { Err(Refused::OverLimit) } else { Ok(()) })
///     }
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// let shut = AtomicBool::new(false);
/// let call = || Gated::new(Shut(&shut), async { Ok::<_, CallError<String>>(7) });
/// assert_eq!(call().await, Ok(7));
/// shut.store(true, Ordering::Relaxed);
/// assert_eq!(call().await, Err(CallError::Refused(Refused::OverLimit)));
/// # });
/// ```
pub trait Gate: Clone {
    /// Waits for its turn, or is ready at once.
    type Admission: Future<Output = Result<Self::Pass, Refused>>;
    /// What a call has that was let through.
    type Pass: Pass;

    /// Asks to be let through. It is called when the call begins, which is when its future is first polled.
    fn admit(&self) -> Self::Admission;
}

/// What a call has that was let through. If it is dropped before it is settled, the call was given up.
pub trait Pass {
    /// Says how the call went.
    fn settle(self, outcome: Outcome);
}

/// The pass of a gate that does not ask how calls went.
impl Pass for () {
    fn settle(self, _: Outcome) {}
}

/// How a call went, as far as gates are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The other side is well.
    Success,
    /// The other side is not well.
    Failure,
    /// It tells nothing of the other side; as if the call had been given up.
    Ignored,
}

/// What has become of the calls that came to a gate.
///
/// [`CircuitBreaker`] knows more, and has [`BreakerMetrics`].
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GateMetrics {
    /// How many were let through.
    pub admitted: u64,
    /// How many were turned away.
    pub refused: u64,
}

#[cfg(feature = "std")]
impl GateMetrics {
    const ZERO: Self = Self { admitted: 0, refused: 0 };
}
