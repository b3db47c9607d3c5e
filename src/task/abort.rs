//! The handles that abort: one that can do nothing else, and one that does so when it goes.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::shared::Abort;
use super::{JoinError, JoinHandle};

/// Aborts a task, from anywhere and any number of times; from [`JoinHandle::abort_handle`].
///
/// Dropping it does nothing.
#[derive(Clone)]
pub struct AbortHandle {
    task: Arc<dyn Abort + Send + Sync>,
}

impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

impl AbortHandle {
    pub(super) fn new(task: Arc<dyn Abort + Send + Sync>) -> Self {
        Self { task }
    }

    /// Asks the task to stop; see [`JoinHandle::abort`].
    pub fn abort(&self) {
        self.task.abort();
    }

    /// Whether the task has ended and its future is gone.
    pub fn is_finished(&self) -> bool {
        self.task.is_done()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// A [`JoinHandle`] that aborts its task when it is dropped; from [`JoinHandle::abort_on_drop`].
///
/// Use it where the task is part of what its owner does, and must not outlive it. The drop asks and does not wait: the
/// task's future may live for a moment longer. Blocking work that has been started goes on.
///
/// # Cancel safety
///
/// It may be polled by reference and taken up again later. Dropping it aborts the task.
///
/// # Panics
///
/// When polled after it gave the output.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// rt::Std.block_on(async {
///     let task = task::spawn(std::future::pending::<()>());
///     let abort = task.abort_handle();
///     drop(task.abort_on_drop());
///     while !abort.is_finished() {
///         std::thread::yield_now();
///     }
/// });
/// ```
#[must_use = "dropping it aborts the task"]
pub struct AbortOnDrop<T> {
    /// `None` only once it has been detached, on the way out.
    handle: Option<JoinHandle<T>>,
}

impl<T> AbortOnDrop<T> {
    /// The same as [`JoinHandle::abort_on_drop`].
    pub fn new(handle: JoinHandle<T>) -> Self {
        Self { handle: Some(handle) }
    }

    /// Asks the task to stop now; see [`JoinHandle::abort`].
    pub fn abort(&self) {
        self.handle().abort();
    }

    /// Whether the task has ended and its future is gone.
    pub fn is_finished(&self) -> bool {
        self.handle().is_finished()
    }

    /// A handle that can only abort.
    pub fn abort_handle(&self) -> AbortHandle
    where
        T: Send + 'static,
    {
        self.handle().abort_handle()
    }

    /// Lets go: gives the handle that detaches when it is dropped.
    #[expect(clippy::missing_panics_doc, reason = "the handle is there until it is detached, which is once")]
    pub fn detach(mut self) -> JoinHandle<T> {
        self.handle.take().expect(PRESENT)
    }

    fn handle(&self) -> &JoinHandle<T> {
        self.handle.as_ref().expect(PRESENT)
    }
}

const PRESENT: &str = "only `detach` takes the handle, and `self` with it";

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.handle.as_mut().expect(PRESENT).poll_as("AbortOnDrop", cx)
    }
}

impl<T> FusedFuture for AbortOnDrop<T> {
    fn is_terminated(&self) -> bool {
        self.handle().is_terminated()
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.abort();
        }
    }
}

impl<T> fmt::Debug for AbortOnDrop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortOnDrop").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}
