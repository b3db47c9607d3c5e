//! `map`: another output.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use pin_project_lite::pin_project;

use super::apply::Apply;

pin_project! {
    /// The future of [`FutureExt::map`](super::FutureExt::map).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// Polling panics once the output has been given, or the future or the function has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Map<F, G> {
        #[pin]
        apply: Apply<F, G>,
    }
}

impl<F, G> Map<F, G> {
    #[inline]
    pub(super) fn new(future: F, function: G) -> Self {
        Self { apply: Apply::new(future, function) }
    }
}

impl<F: Future, G: FnOnce(F::Output) -> U, U> Future for Map<F, G> {
    type Output = U;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<U> {
        self.project().apply.poll("Map", cx).map(|(output, function)| function(output))
    }
}

impl<F: Future, G: FnOnce(F::Output) -> U, U> FusedFuture for Map<F, G> {
    fn is_terminated(&self) -> bool {
        self.apply.is_over()
    }
}

impl<F, G> fmt::Debug for Map<F, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.apply.debug("Map", f)
    }
}
