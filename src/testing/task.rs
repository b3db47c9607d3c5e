//! A future in the hand: polled when the test says so, with a waker that tells whether it was woken.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::CountingWaker;

/// Holds a future and polls it by hand.
///
/// No executor takes part: the test decides when it is polled, sees whether it was woken in between, and drops it when
/// it likes. It is what `task::spawn` of tokio-test is, for any future and without tokio.
///
/// The waker is the same at every poll, unless [`changing_wakers`](Self::changing_wakers) says otherwise. A poll after
/// completion reaches the future, so that what it does then can be tested too.
///
/// # Allocation
///
/// Two: the pinned future, and the state of its waker. With changing wakers one more at each poll. Polling allocates
/// nothing else.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{TestTask, assert_pending, assert_ready};
/// use core::future::poll_fn;
/// use core::task::Poll;
///
/// let mut waker = None;
/// let mut task = TestTask::new(poll_fn(|cx| match waker.replace(cx.waker().clone()) {
///     None => Poll::Pending,
///     Some(waker) => {
///         waker.wake();
///         Poll::Ready("done")
///     }
/// }));
///
/// assert_pending!(task.poll());
/// assert!(!task.is_woken());
/// assert_eq!(assert_ready!(task.poll()), "done");
/// assert_eq!(task.wakes(), 1);
/// ```
pub struct TestTask<F> {
    /// `None` once it has been [dropped](Self::drop_future).
    future: Option<Pin<Box<F>>>,
    count: CountingWaker,
    /// A waker of `count`, kept so that polls neither clone nor drop one.
    waker: Waker,
    /// What `count` said when the last poll began.
    wakes_before: usize,
    polls: usize,
    /// Whether each poll makes a new waker.
    changing: bool,
}

impl<F: Future> TestTask<F> {
    /// Takes a future in hand, without polling it.
    pub fn new(future: F) -> Self {
        let count = CountingWaker::new();
        let waker = count.waker();
        Self { future: Some(Box::pin(future)), count, waker, wakes_before: 0, polls: 0, changing: false }
    }

    /// Polls with a new waker every time, as executors and combinators may.
    ///
    /// [`wakes`](Self::wakes) then counts the wakes of the latest waker only: a future that wakes an old one is seen
    /// not to wake at all, which is what it would look like to an executor.
    #[must_use]
    pub fn changing_wakers(mut self) -> Self {
        self.changing = true;
        self
    }

    /// Polls the future once.
    ///
    /// # Panics
    ///
    /// If the future does, or has been [dropped](Self::drop_future).
    pub fn poll(&mut self) -> Poll<F::Output> {
        if self.changing {
            self.count = CountingWaker::new();
            self.waker = self.count.waker();
        }
        self.wakes_before = self.count.wakes();
        self.polls += 1;
        let future = self.future.as_mut().expect("`TestTask` polled after its future was dropped");
        future.as_mut().poll(&mut Context::from_waker(&self.waker))
    }

    /// Polls the future until it is ready, or pending without having been woken.
    ///
    /// This is what an executor would do if nothing else happened meanwhile.
    ///
    /// # Panics
    ///
    /// If the future does, has been [dropped](Self::drop_future), or wakes itself 100,000 times in a row.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::TestTask;
    /// use core::future::poll_fn;
    /// use core::task::Poll;
    ///
    /// let mut left = 3;
    /// let mut task = TestTask::new(poll_fn(|cx| {
    ///     if left == 0 {
    ///         return Poll::Ready(());
    ///     }
    ///     left -= 1;
    ///     cx.waker().wake_by_ref();
    ///     Poll::Pending
    /// }));
    /// assert!(task.run_until_stalled().is_ready());
    /// assert_eq!(task.polls(), 4);
    /// ```
    pub fn run_until_stalled(&mut self) -> Poll<F::Output> {
        for _ in 0..100_000 {
            match self.poll() {
                Poll::Pending if self.is_woken() => {}
                poll => return poll,
            }
        }
        panic!("the future is still pending after it has woken itself 100000 times");
    }
}

impl<F> TestTask<F> {
    /// Whether the future has been woken since the last poll began; before the first poll, whether at all.
    ///
    /// After `Pending`, it is what makes an executor poll again.
    pub fn is_woken(&self) -> bool {
        self.wakes() > 0
    }

    /// How often the future has been woken since the last poll began.
    ///
    /// One event should cause one wake.
    pub fn wakes(&self) -> usize {
        self.count.wakes() - self.wakes_before
    }

    /// How often it has been polled.
    pub fn polls(&self) -> usize {
        self.polls
    }

    /// The waker of the last poll, with all its counts; before the first poll, the one that it will use.
    pub fn count(&self) -> &CountingWaker {
        &self.count
    }

    /// The future.
    ///
    /// # Panics
    ///
    /// If it has been [dropped](Self::drop_future).
    pub fn future(&self) -> &F {
        self.future.as_ref().expect("the future of the `TestTask` was dropped")
    }

    /// The future, to call what takes it pinned.
    ///
    /// # Panics
    ///
    /// If it has been [dropped](Self::drop_future).
    pub fn future_mut(&mut self) -> Pin<&mut F> {
        self.future.as_mut().expect("the future of the `TestTask` was dropped").as_mut()
    }

    /// Drops the future where it is, as cancelling it would, and keeps the counts; does nothing if that is done.
    pub fn drop_future(&mut self) {
        self.future = None;
    }
}

impl<F> fmt::Debug for TestTask<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestTask")
            .field("polls", &self.polls)
            .field("wakes", &self.wakes())
            .field("dropped", &self.future.is_none())
            .finish_non_exhaustive()
    }
}
