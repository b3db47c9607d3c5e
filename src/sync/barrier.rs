//! A meeting point.

use core::fmt;

use super::observe::Site;
use super::signal::{Answer, Signal, Source, WAITERS, wait_future};
use crate::internal::shim::const_unless_loom;

/// Lets tasks wait for one another: nobody goes on before `n` have arrived.
///
/// The interface is `tokio::sync::Barrier`'s. It can be used again and again: when `n` have arrived they all go, and it
/// waits for the next `n`. For a number of tasks that is not known beforehand, take [`WaitGroup`](super::WaitGroup).
///
/// Whatever a task did before it arrived is seen by all that go with it.
///
/// # Cancelled waits
///
/// A wait that is dropped before the barrier opens withdraws its arrival, so that never fewer than `n` go together.
/// (tokio's stays counted, and the barrier opens one short.) A future that has been let go and is dropped, or is never
/// polled again, does not keep the others.
///
/// # Fairness
///
/// First come, first served: if more than `n` arrive, the first `n` go.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use anywhen::sync::Barrier;
///
/// # anywhen::rt::Std.block_on(async {
/// let barrier = Arc::new(Barrier::new(3));
/// let tasks = [(); 3].map(|()| {
///     let barrier = barrier.clone();
///     anywhen::task::spawn(async move { barrier.wait().await.is_leader() })
/// });
/// let mut leaders = 0;
/// for task in tasks {
///     leaders += usize::from(task.await.unwrap());
/// }
/// assert_eq!(leaders, 1);
/// # });
/// ```
pub struct Barrier {
    /// Who has arrived waits; there is nothing else to count.
    pub(super) signal: Signal,
    /// At least one.
    n: usize,
}

impl Barrier {
    const_unless_loom! {
        /// A barrier that opens whenever `n` have arrived. With 0 it is never closed, as with 1.
        pub fn new(n: usize) -> Self {
            Self { signal: Signal::new("Barrier", 0), n: if n == 0 { 1 } else { n } }
        }
    }

    /// Arrives, and waits until `n` have.
    ///
    /// It arrives at the first poll of the future. The one that arrives last does not wait, and is the
    /// [leader](BarrierWaitResult::is_leader).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the arrival, unless the barrier has opened already.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its result.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::poll_once;
    /// use anywhen::sync::Barrier;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let barrier = Barrier::new(2);
    /// let mut first = Box::pin(barrier.wait());
    /// assert!(poll_once(&mut first).await.is_none());
    /// assert!(barrier.wait().await.is_leader());
    /// assert!(!first.await.is_leader());
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait::new(self, Site::here())
    }

    /// How many wait; those that are dropped no longer count.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.signal.waiters()
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("n", &self.n).field("arrived", &self.signal.waiters()).finish()
    }
}

impl Source for &Barrier {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.signal
    }

    #[inline]
    fn pass(&self, word: usize, waiting: usize) -> Option<usize> {
        // The last to arrive takes the others with it.
        (waiting + 1 >= self.n).then_some(word & !WAITERS)
    }
}

wait_future! {
    /// Waits until enough have arrived; from [`Barrier::wait`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it withdraws the arrival, unless the barrier has opened already.
    BarrierWait ['a] ['a] of &'a Barrier => BarrierWaitResult;
    |_, answer| BarrierWaitResult(answer == Answer::Passed);
}

/// Tells one of those that a [`Barrier`] let go together from the others.
#[derive(Clone, Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether this is the one that arrived last. Of each `n` that go together it is one.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}
