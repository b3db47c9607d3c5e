//! `inspect`: a look at the output as it passes.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use pin_project_lite::pin_project;

use super::apply::Apply;

pin_project! {
    /// The future of [`FutureExt::inspect`](super::FutureExt::inspect).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future and the function, which was not called. It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// Polling panics once the output has been given, or the future or the function has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Inspect<F, G> {
        #[pin]
        apply: Apply<F, G>,
    }
}

impl<F, G> Inspect<F, G> {
    #[inline]
    pub(super) fn new(future: F, function: G) -> Self {
        Self { apply: Apply::new(future, function) }
    }
}

impl<F: Future, G: FnOnce(&F::Output)> Future for Inspect<F, G> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().apply.poll("Inspect", cx).map(|(output, function)| {
            function(&output);
            output
        })
    }
}

impl<F: Future, G: FnOnce(&F::Output)> FusedFuture for Inspect<F, G> {
    fn is_terminated(&self) -> bool {
        self.apply.is_over()
    }
}

impl<F, G> fmt::Debug for Inspect<F, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.apply.debug("Inspect", f)
    }
}
