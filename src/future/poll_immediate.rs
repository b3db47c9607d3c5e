//! `poll_immediate`: ready now, or not yet.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use futures_core::stream::{FusedStream, Stream};

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`poll_immediate`], or its stream.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future that it was made of.
    ///
    /// # Panics
    ///
    /// As a future, polling panics once an output has been given, or the future has panicked. While it gives `None`, it can be
    /// polled again.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone)]
    pub struct PollImmediate<F> {
        #[pin]
        future: Live<F>,
    }
}

/// Polls a future whenever it is polled itself, and never waits: it is ready with the output, or with `None` if the future
/// was pending.
///
/// A future that was pending is kept, and can be polled on through `&mut`. As a stream, each item is what one poll gave,
/// until the future is done. To poll once and drop the future, see [`poll_once`](super::poll_once()); outside of a task,
/// [`now_or_never`](super::FutureExt::now_or_never).
///
/// # Cancel safety
///
/// If the future was pending, what dropping it loses is lost with this one.
///
/// # Examples
///
/// ```
/// use anywhen::future::{poll_immediate, yield_now};
///
/// # anywhen::rt::Std.block_on(async {
/// let mut future = std::pin::pin!(poll_immediate(yield_now()));
/// assert_eq!(future.as_mut().await, None);
/// assert_eq!(future.await, Some(()));
/// # });
/// ```
#[inline]
pub fn poll_immediate<F: Future>(future: F) -> PollImmediate<F> {
    PollImmediate { future: Live::new(future) }
}

impl<F: Future> Future for PollImmediate<F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match self.project().future.poll("PollImmediate", |future| future.poll(cx)) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Poll::Ready(None),
        }
    }
}

impl<F: Future> FusedFuture for PollImmediate<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F: Future> Stream for PollImmediate<F> {
    type Item = Poll<F::Output>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Poll<F::Output>>> {
        if self.future.is_over() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.project().future.poll("PollImmediate", |future| future.poll(cx))))
    }
}

impl<F: Future> FusedStream for PollImmediate<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F> fmt::Debug for PollImmediate<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("PollImmediate", f)
    }
}
