//! `lazy`: a function as a future.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

/// The future of [`lazy`].
///
/// # Cancel safety
///
/// Dropping it drops the function, which was not called.
///
/// # Panics
///
/// Polling panics once the function has been called.
#[must_use = "futures do nothing unless polled"]
#[derive(Clone)]
pub struct Lazy<G> {
    // Is there until the first poll.
    function: Option<G>,
}

// The function is called by value, and never pinned.
impl<G> Unpin for Lazy<G> {}

/// Calls a function at the first poll, with the task's context, and is ready with what that returns.
///
/// Where the function may have to be called again, use [`core::future::poll_fn`]. Where the context is of no use, an
/// `async` block does the same.
///
/// # Cancel safety
///
/// Dropping the future before it is polled means that the function is not called.
///
/// # Examples
///
/// ```
/// use anywhen::future::lazy;
///
/// # anywhen::rt::Std.block_on(async {
/// let waker = lazy(|cx| cx.waker().clone()).await;
/// waker.wake();
/// # });
/// ```
#[inline]
pub fn lazy<G, T>(function: G) -> Lazy<G>
where
    G: FnOnce(&mut Context<'_>) -> T,
{
    Lazy { function: Some(function) }
}

impl<G: FnOnce(&mut Context<'_>) -> T, T> Future for Lazy<G> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.function.take() {
            Some(function) => Poll::Ready(function(cx)),
            None => crate::internal::live::polled_after_completion("Lazy"),
        }
    }
}

impl<G: FnOnce(&mut Context<'_>) -> T, T> FusedFuture for Lazy<G> {
    fn is_terminated(&self) -> bool {
        self.function.is_none()
    }
}

impl<G> fmt::Debug for Lazy<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").field("is_terminated", &self.function.is_none()).finish_non_exhaustive()
    }
}
