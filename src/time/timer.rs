//! The one question this crate asks of whatever tells the time.

use core::future::Future;
use core::pin::Pin;

use super::{Duration, Instant};

/// A source of time: it says what time it is, and makes futures that wait.
///
/// The built-in implementation is [`Clock`](super::Clock), which works under every executor; [`rt`](crate::rt) has one
/// for each supported runtime's own timer. Implement it to bring a timer of your own, for example on an embedded
/// target. Nothing here asks for `Send`, so a timer that lives on one thread fits.
///
/// # Contract
///
/// * `now` never goes backwards.
/// * A sleep never completes before its deadline, as told by `now`.
/// * A sleep until [`Instant::FAR_FUTURE`] never completes.
/// * Once complete, a sleep stays complete (`Ready(())` at every further poll) until it is reset.
/// * None of the functions panics because a runtime is absent, unless the implementation documents it.
pub trait Timer: Clone {
    /// The future that [`sleep_until`](Self::sleep_until) gives: nameable, storable, resettable.
    type Sleep: Future<Output = ()>;

    /// The current time.
    fn now(&self) -> Instant;

    /// A future that completes once `deadline` has come.
    fn sleep_until(&self, deadline: Instant) -> Self::Sleep;

    /// A future that completes once `duration` has passed from now on.
    ///
    /// The provided implementation reads the time and calls [`sleep_until`](Self::sleep_until).
    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// Moves a sleep to another deadline, whether it has been polled, is waiting, or has completed.
    ///
    /// It must be polled again to be woken at the new deadline.
    fn reset(sleep: Pin<&mut Self::Sleep>, deadline: Instant);
}
