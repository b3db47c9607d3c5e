//! `poll_once`: ready now, or not.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`poll_once`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future.
    ///
    /// # Panics
    ///
    /// Polling panics after the first time.
    #[must_use = "futures do nothing unless polled"]
    pub struct PollOnce<F> {
        #[pin]
        future: Live<F>,
    }
}

/// Polls a future once, and is ready with its output, or with `None` if it was pending.
///
/// The future is dropped either way; pass a pinned `&mut` to poll it on later. It is polled with the task's own context,
/// so it may wake the task; [`now_or_never`](super::FutureExt::now_or_never) is the same outside of a task.
///
/// # Cancel safety
///
/// If the future was pending, what dropping it loses is lost.
///
/// # Examples
///
/// ```
/// use std::future::{pending, ready};
///
/// use anywhen::future::poll_once;
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(poll_once(ready(1)).await, Some(1));
/// assert_eq!(poll_once(pending::<u8>()).await, None);
/// # });
/// ```
#[inline]
pub fn poll_once<F: Future>(future: F) -> PollOnce<F> {
    PollOnce { future: Live::new(future) }
}

impl<F: Future> Future for PollOnce<F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.project().future.poll("PollOnce", |future| match future.poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Poll::Ready(None),
        })
    }
}

impl<F: Future> FusedFuture for PollOnce<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F> fmt::Debug for PollOnce<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("PollOnce", f)
    }
}
