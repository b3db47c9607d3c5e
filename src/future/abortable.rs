//! `abortable`: a future or a stream that somebody else may end early.

use alloc::sync::Arc;
use core::error::Error;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use futures_core::stream::{FusedStream, Stream};

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
use crate::internal::wakers::Wakers;

/// What a handle and all that it aborts have in common.
struct Block {
    aborted: AtomicBool,
    wakers: Wakers,
}

impl Block {
    fn is_aborted(&self) -> bool {
        // ORDERING: Relaxed. That a task which goes to sleep has seen it, or is woken, is the affair of the wakers.
        self.aborted.load(Relaxed)
    }
}

pin_project! {
    /// A future or a stream that can be aborted; from [`abortable`] or [`FutureExt::abortable`](super::FutureExt::abortable).
    ///
    /// A future gives `Ok` of its output, or [`Aborted`] if it was aborted before. A stream ends when it is aborted. Either
    /// is dropped in the poll that finds it aborted, and is not polled any more. The same handle aborts a clone of one, too.
    ///
    /// To stop a whole tree of work, and to be told why, take a [`CancellationToken`](crate::sync::CancellationToken).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops what it was made of, and is as cancel safe as that. Aborting it is the same as dropping it.
    ///
    /// # Allocation
    ///
    /// What [`AbortHandle::new_pair`] and [`AbortHandle::registration`] say; polling allocates nothing.
    ///
    /// # Panics
    ///
    /// As a future, polling panics once it has been ready, or the future has panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{AbortHandle, Abortable, Aborted};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (handle, registration) = AbortHandle::new_pair();
    /// let future = Abortable::new(std::future::pending::<()>(), registration);
    /// handle.abort();
    /// assert_eq!(future.await, Err(Aborted));
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone)]
    pub struct Abortable<T> {
        #[pin]
        bound: Live<Bound<T>>,
        // Outlives the registration, to tell what became of it.
        block: Arc<Block>,
    }
}

pin_project! {
    /// A task and what binds it, which goes with it: nobody wakes what is done.
    struct Bound<T> {
        #[pin]
        task: T,
        registration: AbortRegistration,
    }
}

impl<T: Clone> Clone for Bound<T> {
    fn clone(&self) -> Self {
        Self { task: self.task.clone(), registration: self.registration.handle().registration() }
    }
}

impl<T> Abortable<T> {
    /// Makes it such that the handle behind `registration` aborts `task`.
    ///
    /// # Examples
    ///
    /// See [`Abortable`].
    pub fn new(task: T, registration: AbortRegistration) -> Self {
        let block = Arc::clone(&registration.block);
        Self { bound: Live::new(Bound { task, registration }), block }
    }

    /// Whether it was aborted. It may have been done before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::abortable;
    ///
    /// let (future, handle) = abortable(async {});
    /// assert!(!future.is_aborted());
    /// handle.abort();
    /// assert!(future.is_aborted());
    /// ```
    pub fn is_aborted(&self) -> bool {
        self.block.is_aborted()
    }
}

impl<T> Bound<T> {
    /// One poll of the task, or `end` if that is aborted.
    #[inline]
    fn poll<U>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<U>,
        end: U,
    ) -> Poll<U> {
        let this = self.project();
        let AbortRegistration { block, place } = this.registration;
        if block.is_aborted() {
            return Poll::Ready(end);
        }
        let result = poll(this.task, cx);
        if result.is_pending() {
            block.wakers.register(*place, cx.waker());
            // It may have come during the poll, from the task itself too, and will find a waker only from now on.
            if block.is_aborted() {
                return Poll::Ready(end);
            }
        }
        result
    }
}

impl<F: Future> Future for Abortable<F> {
    type Output = Result<F::Output, Aborted>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = |task: Pin<&mut F>, cx: &mut Context<'_>| task.poll(cx).map(Ok);
        self.project().bound.poll("Abortable", |bound| bound.poll(cx, poll, Err(Aborted)))
    }
}

impl<F: Future> FusedFuture for Abortable<F> {
    fn is_terminated(&self) -> bool {
        self.bound.is_over()
    }
}

impl<S: Stream> Stream for Abortable<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().bound.poll_next(|bound| bound.poll(cx, S::poll_next, None))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // It may be aborted at any time.
        (0, self.bound.state().map_or(Some(0), |bound| bound.task.size_hint().1))
    }
}

impl<S: Stream> FusedStream for Abortable<S> {
    fn is_terminated(&self) -> bool {
        self.bound.is_over()
    }
}

impl<T> fmt::Debug for Abortable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bound.debug("Abortable", f)
    }
}

/// Makes a future that the handle beside it aborts.
///
/// # Allocation
///
/// One block.
///
/// # Cancel safety
///
/// It is as cancel safe as the future; aborting is the same as dropping.
///
/// # Examples
///
/// ```
/// use anywhen::future::{Aborted, abortable};
///
/// # anywhen::rt::Std.block_on(async {
/// let (future, handle) = abortable(async { 1 });
/// assert_eq!(future.await, Ok(1));
/// handle.abort(); // too late
///
/// let (future, handle) = abortable(async { 1 });
/// handle.abort();
/// assert_eq!(future.await, Err(Aborted));
/// # });
/// ```
pub fn abortable<F: Future>(future: F) -> (Abortable<F>, AbortHandle) {
    let (handle, registration) = AbortHandle::new_pair();
    (Abortable::new(future, registration), handle)
}

/// Aborts an [`Abortable`], or several. Clones abort the same ones.
///
/// Dropping all handles aborts nothing.
///
/// # Examples
///
/// One handle can end many, also such as are made later:
///
/// ```
/// use anywhen::future::{AbortHandle, Abortable, Aborted};
/// use anywhen::prelude::*;
///
/// # anywhen::rt::Std.block_on(async {
/// let (handle, first) = AbortHandle::new_pair();
/// let first = Abortable::new(std::future::pending::<()>(), first);
/// let second = Abortable::new(std::future::pending::<()>(), handle.registration());
/// handle.abort();
/// assert_eq!((first, second).join().await, (Err(Aborted), Err(Aborted)));
/// # });
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    block: Arc<Block>,
}

impl AbortHandle {
    /// Makes a handle, and what binds an [`Abortable`] to it.
    ///
    /// # Allocation
    ///
    /// One block.
    ///
    /// # Examples
    ///
    /// See [`Abortable`].
    pub fn new_pair() -> (Self, AbortRegistration) {
        let block = Block { aborted: AtomicBool::new(false), wakers: Wakers::new() };
        let handle = Self { block: Arc::new(block) };
        let registration = handle.registration();
        (handle, registration)
    }

    /// Makes what binds one more [`Abortable`] to this handle. If it has aborted already, so is that one.
    ///
    /// # Allocation
    ///
    /// None while there are no more than four registrations and abortables at a time; beyond that a table that grows with
    /// their number, O(log N) blocks for N of them.
    ///
    /// # Examples
    ///
    /// See [`AbortHandle`].
    pub fn registration(&self) -> AbortRegistration {
        let block = Arc::clone(&self.block);
        AbortRegistration { place: block.wakers.enter(), block }
    }

    /// Aborts all that is bound to this handle and not done, and wakes their tasks. It does not wait for them.
    ///
    /// There is no way back: what is bound to it later is aborted, too.
    ///
    /// # Examples
    ///
    /// See [`Abortable`].
    pub fn abort(&self) {
        // ORDERING: Relaxed, as in `is_aborted`.
        if !self.block.aborted.swap(true, Relaxed) {
            self.block.wakers.wake_all();
        }
    }

    /// Whether [`abort`](Self::abort) has been called.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::AbortHandle;
    ///
    /// let (handle, _registration) = AbortHandle::new_pair();
    /// assert!(!handle.is_aborted());
    /// handle.abort();
    /// assert!(handle.clone().is_aborted());
    /// ```
    pub fn is_aborted(&self) -> bool {
        self.block.is_aborted()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("is_aborted", &self.is_aborted()).finish()
    }
}

/// Binds one [`Abortable`] to an [`AbortHandle`]; from [`AbortHandle::new_pair`] or [`AbortHandle::registration`].
///
/// # Examples
///
/// See [`Abortable`].
pub struct AbortRegistration {
    block: Arc<Block>,
    place: usize,
}

impl AbortRegistration {
    /// The handle that it is bound to.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::AbortHandle;
    ///
    /// let (handle, registration) = AbortHandle::new_pair();
    /// registration.handle().abort();
    /// assert!(handle.is_aborted());
    /// ```
    pub fn handle(&self) -> AbortHandle {
        AbortHandle { block: Arc::clone(&self.block) }
    }
}

impl Drop for AbortRegistration {
    fn drop(&mut self) {
        drop(self.block.wakers.leave(self.place));
    }
}

impl fmt::Debug for AbortRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortRegistration").field("is_aborted", &self.block.is_aborted()).finish()
    }
}

/// The error of a future that was aborted.
///
/// # Examples
///
/// See [`abortable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted;

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("aborted")
    }
}

impl Error for Aborted {}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::task::Wake;
    use core::future::pending;
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use loom::thread;

    use super::*;
    use crate::internal::shim::model;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    fn poll<F: Future + Unpin>(future: &mut Abortable<F>, count: &Arc<Count>) -> Poll<Result<F::Output, Aborted>> {
        Pin::new(future).poll(&mut Context::from_waker(&Arc::clone(count).into()))
    }

    #[test]
    fn an_abort_is_seen_or_wakes() {
        model("abortable: abort against poll and a change of waker", 3, || {
            let (mut future, handle) = abortable(pending::<()>());
            let (old, new) = (Arc::<Count>::default(), Arc::<Count>::default());
            let other = thread::spawn(move || handle.abort());
            let polls = [poll(&mut future, &old), Poll::Pending];
            let polls = if polls[0].is_ready() { polls } else { [Poll::Pending, poll(&mut future, &new)] };
            other.join().unwrap();
            if polls.iter().all(Poll::is_pending) {
                assert_eq!(new.0.load(SeqCst), 1, "left waiting, and nobody wakes it");
                assert!(poll(&mut future, &new).is_ready());
            }
            drop(future);
            assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1), "no waker is left behind");
        });
    }

    #[test]
    fn one_handle_aborts_two_while_a_third_goes_and_handles_are_dropped() {
        model("abortable: one abort, three registrations", 3, || {
            let (mut first, handle) = abortable(pending::<()>());
            let count = Arc::<Count>::default();
            let other = thread::spawn({
                let handle = handle.clone();
                move || {
                    let mut second = Abortable::new(pending::<()>(), handle.registration());
                    drop(handle);
                    let _ready = poll(&mut second, &Arc::default()).is_ready();
                }
            });
            let aborter = thread::spawn(move || handle.abort());
            let ready = poll(&mut first, &count).is_ready();
            other.join().unwrap();
            aborter.join().unwrap();
            assert!(ready || count.0.load(SeqCst) == 1, "left waiting, and nobody wakes it");
        });
    }
}
