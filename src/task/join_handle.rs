//! The handle of a task.

#![allow(unsafe_code, reason = "`Shared` asks that there be one joiner")]

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::shared::{Abort, Outcome, Shared};
use super::{AbortHandle, AbortOnDrop, JoinError};
use crate::internal::live::polled_after_completion;
use crate::internal::watch::{self, Wait};

/// Owns the right to wait for a task; what the functions of [`task`](crate::task) give.
///
/// Awaiting it gives the task's output, or a [`JoinError`] if the task panicked or was aborted. Dropping it detaches the
/// task, which goes on; [`abort_on_drop`](Self::abort_on_drop) is the other way.
///
/// # Cancel safety
///
/// It may be polled by reference, in a `select!` for one, and taken up again later: the output waits. Dropping the
/// handle loses the output, not the task.
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
///     let task = task::spawn(async { 6 * 7 });
///     assert_eq!(task.await.unwrap(), 42);
/// });
/// ```
pub struct JoinHandle<T> {
    shared: Arc<Shared<T>>,
    /// The output has been given out.
    joined: bool,
}

// What a panic may leave behind in the user's values is for the one who gets the outcome to see.
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// The handle of the task whose runner has `shared`. One for each.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared, joined: false }
    }

    /// Asks the task to stop.
    ///
    /// Its future is dropped by its own runtime, at once if it waits, else at its next `await` that has to wait. Then the
    /// handle gives a cancelled [`JoinError`]. A task that has ended, or ends before it would wait again, keeps its
    /// output. Blocking work stops only if it has not been started.
    pub fn abort(&self) {
        self.shared.abort();
    }

    /// Whether the task has ended and its future is gone. Awaiting the handle then gives the output at once.
    pub fn is_finished(&self) -> bool {
        self.shared.is_done()
    }

    /// A handle that can only abort, for whoever is not to have the output.
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
    ///     task::spawn(async move { abort.abort() });
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn abort_handle(&self) -> AbortHandle
    where
        T: Send + 'static,
    {
        AbortHandle::new(self.shared.clone())
    }

    /// Ties the task's life to that of the handle: dropping what this gives aborts the task.
    pub fn abort_on_drop(self) -> AbortOnDrop<T> {
        AbortOnDrop::new(self)
    }

    /// Tells this task from all others that are alive, to the test executor.
    pub(super) fn address(&self) -> usize {
        self.shared.address()
    }

    /// Polls on behalf of the public future called `name`.
    pub(super) fn poll_as(&mut self, name: &'static str, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        if self.joined {
            polled_after_completion(name);
        }
        // SAFETY: there is one handle for each task, which is the joiner, and it has not been given the outcome.
        let Poll::Ready(outcome) = (unsafe { self.shared.poll_join(cx.waker()) }) else {
            watch::waits(|| Wait::Task(self.address()));
            return Poll::Pending;
        };
        self.joined = true;
        Poll::Ready(outcome)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_as("JoinHandle", cx)
    }
}

impl<T> FusedFuture for JoinHandle<T> {
    fn is_terminated(&self) -> bool {
        self.joined
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        // Once the outcome has been given out, there is nothing left to agree on.
        if !self.joined {
            // SAFETY: this is the joiner, and its last call.
            unsafe { self.shared.release() };
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}
