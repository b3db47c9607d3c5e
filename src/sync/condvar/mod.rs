//! A wait for a condition on data under a lock.

mod guard;
mod wait;

use core::fmt;
use core::ops::DerefMut;

use super::observe::Site;
use super::signal::{End, Signal, Source, WAITERS};
use crate::internal::shim::const_unless_loom;
#[cfg(feature = "std")]
use crate::time::{Clock, Duration, Timer};

pub use guard::CondvarGuard;
pub use wait::{CondvarWait, CondvarWaitWhile};
#[cfg(feature = "std")]
pub use wait::{CondvarWaitTimeout, CondvarWaitTimeoutWhile, WaitTimeoutResult};

/// Waits for a condition on the data under a [`Mutex`](super::Mutex).
///
/// The interface is `std::sync::Condvar`'s, with futures for what blocks there. A wait gives the lock up, is notified, and
/// takes the lock again before it goes on. It takes guards that borrow the mutex, and owned ones.
///
/// Most often something simpler does: [`Notify`](super::Notify) with the data under a lock of `std`,
/// [`Semaphore`](super::Semaphore) to count, a channel to hand over values. A `Condvar` is for conditions on data that is
/// under an async lock for other reasons.
///
/// # Nothing is missed
///
/// A wait is in the queue before it unlocks: whoever changes the data under the lock and then notifies finds it there. A
/// notification while nobody waits is lost, so look at the condition first, under the lock; [`wait_while`](Self::wait_while)
/// does.
///
/// # Fairness
///
/// First come, first served; those that are notified then queue for the lock as everybody else does.
///
/// # Examples
///
/// ```
/// use anywhen::sync::{Condvar, Mutex};
///
/// static COUNT: Mutex<u32> = Mutex::new(0);
/// static CHANGED: Condvar = Condvar::new();
///
/// # anywhen::rt::Std.block_on(async {
/// for _ in 0..3 {
///     anywhen::task::spawn(async {
///         *COUNT.lock().await += 1;
///         CHANGED.notify_one();
///     });
/// }
/// let count = CHANGED.wait_while(COUNT.lock().await, |count| *count < 3).await;
/// assert_eq!(*count, 3);
/// # });
/// ```
pub struct Condvar {
    pub(super) signal: Signal,
}

impl Condvar {
    const_unless_loom! {
        /// A condition variable that nobody waits for.
        pub fn new() -> Self {
            Self { signal: Signal::new("Condvar", 0) }
        }
    }

    /// Gives the lock up, waits for a notification, and takes the lock again.
    ///
    /// At the first poll of the future it queues, and then unlocks. It never ends without a notification; still, the
    /// condition may be gone again when the lock is had, so this is for loops.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the lock and the place in the queue. A [`notify_one`](Self::notify_one) that was for it,
    /// and of which it has made nothing yet, goes to the next in the queue.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{Condvar, Mutex};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (ready, changed) = (Mutex::new(false), Condvar::new());
    /// let waits = async {
    ///     let mut guard = ready.lock().await;
    ///     while !*guard {
    ///         guard = changed.wait(guard).await;
    ///     }
    /// };
    /// let sets = async {
    ///     *ready.lock().await = true;
    ///     changed.notify_all();
    /// };
    /// anywhen::future::join(waits, sets).await;
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait<G: CondvarGuard>(&self, guard: G) -> CondvarWait<'_, G> {
        CondvarWait::new(self, guard, Site::here())
    }

    /// Gives the lock up and waits, for as long as `condition` is true of the data.
    ///
    /// The condition is looked at when the future is first polled, and after each notification, with the lock held.
    ///
    /// # Cancel safety
    ///
    /// As for [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard. A panic of `condition` reaches whoever polls, and unlocks.
    #[inline]
    #[track_caller]
    pub fn wait_while<G, F>(&self, guard: G, condition: F) -> CondvarWaitWhile<'_, G, F>
    where
        G: CondvarGuard + DerefMut,
        F: FnMut(&mut G::Target) -> bool,
    {
        CondvarWaitWhile::new(self, guard, condition, Site::here())
    }

    /// Gives the lock up, waits for a notification, but not for longer than `duration`, and takes the lock again.
    ///
    /// The time is counted from the first poll on. When it is up, the lock is still to be waited for, however long that
    /// takes; [`WaitTimeoutResult`] says what ended the wait. One that is notified in the moment in which the time is up has
    /// been notified.
    ///
    /// # Cancel safety
    ///
    /// As for [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{Condvar, Mutex};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (mutex, changed) = (Mutex::new(0), Condvar::new());
    /// let (guard, result) = changed.wait_timeout(mutex.lock().await, Duration::from_millis(1)).await;
    /// assert!(result.timed_out());
    /// # drop(guard);
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    pub fn wait_timeout<G: CondvarGuard>(&self, guard: G, duration: Duration) -> CondvarWaitTimeout<'_, G> {
        self.wait_timeout_on(Clock::default(), guard, duration)
    }

    /// As [`wait_timeout`](Self::wait_timeout), by a timer of your choice.
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    pub fn wait_timeout_on<G, T>(&self, timer: T, guard: G, duration: Duration) -> CondvarWaitTimeout<'_, G, T>
    where
        G: CondvarGuard,
        T: Timer,
    {
        CondvarWaitTimeout::new(self, timer, guard, duration, Site::here())
    }

    /// Gives the lock up and waits, for as long as `condition` is true of the data, but not for longer than `duration`.
    ///
    /// The condition is looked at a last time when the time is up: [`WaitTimeoutResult`] says whether it is true still. As
    /// [`wait_while`](Self::wait_while) otherwise.
    ///
    /// # Cancel safety
    ///
    /// As for [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard. A panic of `condition` reaches whoever polls, and unlocks.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{Condvar, Mutex};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (ready, changed) = (Mutex::new(true), Condvar::new());
    /// let guard = ready.lock().await;
    /// let (guard, result) = changed.wait_timeout_while(guard, Duration::from_secs(1), |ready| !*ready).await;
    /// assert!(*guard && !result.timed_out());
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    pub fn wait_timeout_while<G, F>(
        &self,
        guard: G,
        duration: Duration,
        condition: F,
    ) -> CondvarWaitTimeoutWhile<'_, G, F>
    where
        G: CondvarGuard + DerefMut,
        F: FnMut(&mut G::Target) -> bool,
    {
        self.wait_timeout_while_on(Clock::default(), guard, duration, condition)
    }

    /// As [`wait_timeout_while`](Self::wait_timeout_while), by a timer of your choice.
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    pub fn wait_timeout_while_on<G, F, T>(
        &self,
        timer: T,
        guard: G,
        duration: Duration,
        condition: F,
    ) -> CondvarWaitTimeoutWhile<'_, G, F, T>
    where
        G: CondvarGuard + DerefMut,
        F: FnMut(&mut G::Target) -> bool,
        T: Timer,
    {
        CondvarWaitTimeoutWhile::new(self, timer, guard, duration, condition, Site::here())
    }

    /// Notifies the task that has waited longest, if any waits. The lock may be held meanwhile, or not.
    #[inline]
    pub fn notify_one(&self) {
        self.signal.grant(End::Front, 0);
    }

    /// Notifies everybody who waits. The lock may be held meanwhile, or not.
    pub fn notify_all(&self) {
        self.signal.update(|word| word & !WAITERS);
    }

    /// How many wait.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.signal.waiters()
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").field("waiters", &self.signal.waiters()).finish()
    }
}

impl Source for &Condvar {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.signal
    }

    #[inline]
    fn pass(&self, _: usize, _: usize) -> Option<usize> {
        None
    }

    fn pass_on(&self, _: bool) {
        self.notify_one();
    }
}
