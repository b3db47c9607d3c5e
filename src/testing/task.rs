//! A future in the hand: polled when the test says so, with a waker that tells whether it was woken.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;

use super::CountingWaker;

/// Holds a future, or a stream, and polls it by hand.
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
    /// Lends a waker to each poll, so that none is cloned or dropped for it, and no hook sees what the future did not do.
    count: CountingWaker,
    /// What `count` said when the last poll began.
    wakes_before: usize,
    polls: usize,
    /// Whether each poll makes a new waker.
    changing: bool,
}

impl<F> TestTask<F> {
    /// Takes a future or a stream in hand, without polling it.
    pub fn new(future: F) -> Self {
        Self::with_waker(future, CountingWaker::new())
    }

    /// Takes a future or a stream in hand that is polled with wakers of `count`: one that runs a hook or that panics,
    /// say.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::Semaphore;
    /// use anywhen::testing::{CountingWaker, TestTask, assert_pending};
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(0));
    /// let touched = Arc::clone(&semaphore);
    /// // It calls back into the semaphore whenever the semaphore wakes, clones or drops it.
    /// let calls_back = CountingWaker::hooked(move |_| drop(touched.try_acquire()));
    /// let mut task = TestTask::with_waker(semaphore.acquire(), calls_back);
    /// assert_pending!(task.poll());
    /// semaphore.add_permits(1);
    /// assert!(task.is_woken());
    /// ```
    pub fn with_waker(future: F, count: CountingWaker) -> Self {
        let wakes_before = count.wakes();
        Self { future: Some(Box::pin(future)), count, wakes_before, polls: 0, changing: false }
    }

    /// Polls with a new waker every time, as executors and combinators may.
    ///
    /// [`wakes`](Self::wakes) then counts the wakes of the latest waker only: a future that wakes an old one is seen
    /// not to wake at all, which is what it would look like to an executor.
    ///
    /// The wakers do nothing but count, whatever the task [was given](Self::with_waker).
    #[must_use]
    pub fn changing_wakers(mut self) -> Self {
        self.changing = true;
        self
    }

    /// Does one poll with a function: for what is polled neither as a future nor as a stream.
    ///
    /// # Panics
    ///
    /// If the function does, or the future has been [dropped](Self::drop_future).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::{TestTask, assert_pending};
    /// use anywhen::time::{Duration, VirtualClock, interval_on};
    ///
    /// let clock = VirtualClock::new();
    /// let mut ticks = TestTask::new(interval_on(clock.clock(), Duration::from_secs(1)));
    /// assert!(ticks.enter(|cx, mut interval| interval.poll_tick(cx)).is_ready());
    /// assert_pending!(ticks.enter(|cx, mut interval| interval.poll_tick(cx)));
    /// ```
    pub fn enter<R>(&mut self, poll: impl FnOnce(&mut Context<'_>, Pin<&mut F>) -> R) -> R {
        if self.changing {
            self.count = CountingWaker::new();
        }
        self.wakes_before = self.count.wakes();
        self.polls += 1;
        let future = self.future.as_mut().expect("`TestTask` polled after its future was dropped");
        self.count.lend(|waker| poll(&mut Context::from_waker(waker), future.as_mut()))
    }
}

impl<F: Future> TestTask<F> {
    /// Polls the future once.
    ///
    /// # Panics
    ///
    /// If the future does, or has been [dropped](Self::drop_future).
    pub fn poll(&mut self) -> Poll<F::Output> {
        self.enter(|cx, future| future.poll(cx))
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

impl<S: Stream> TestTask<S> {
    /// Polls the stream once, which a `TestTask` may hold in place of a future.
    ///
    /// # Panics
    ///
    /// If the stream does, or has been [dropped](Self::drop_future).
    pub fn poll_next(&mut self) -> Poll<Option<S::Item>> {
        self.enter(|cx, stream| stream.poll_next(cx))
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

    /// How many clones of its waker there are elsewhere: one while the future waits, in most cases, and none when it is
    /// done or dropped.
    ///
    /// With [changing wakers](Self::changing_wakers) it counts those of the latest only.
    pub fn waker_clones(&self) -> usize {
        self.count.live()
    }

    /// The waker of the last poll, with all its counts; before the first poll, the one that it will use.
    ///
    /// What is counted is done by the future, or by what it waits for: the task itself clones and drops no waker.
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
