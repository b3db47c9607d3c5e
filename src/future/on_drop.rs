//! `on_drop`: something to be done if a future is not heard out.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`FutureExt::on_drop`](super::FutureExt::on_drop).
    ///
    /// # Cancel safety
    ///
    /// Dropping it before it is done drops the future and then calls the function.
    ///
    /// # Panics
    ///
    /// Polling panics once the output has been given, or the future has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct OnDrop<F, G: FnOnce()> {
        // In this order they are dropped: what the future held is free when the function is called.
        #[pin]
        future: Live<F>,
        armed: Armed<G>,
    }
}

/// Calls a function when it is dropped, unless that is taken out before.
struct Armed<G: FnOnce()>(Option<G>);

impl<G: FnOnce()> Drop for Armed<G> {
    fn drop(&mut self) {
        if let Some(function) = self.0.take() {
            function();
        }
    }
}

impl<F, G: FnOnce()> OnDrop<F, G> {
    #[inline]
    pub(super) fn new(future: F, function: G) -> Self {
        Self { future: Live::new(future), armed: Armed(Some(function)) }
    }
}

impl<F: Future, G: FnOnce()> Future for OnDrop<F, G> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // Put back if there is more to come; so a panic disarms it, too.
        let function = this.armed.0.take();
        let result = this.future.poll("OnDrop", |future| future.poll(cx));
        if result.is_pending() {
            this.armed.0 = function;
        } else {
            // Not left to the end of the scope: if its destructor panics there, the result leaks (rust#47949).
            drop(function);
        }
        result
    }
}

impl<F: Future, G: FnOnce()> FusedFuture for OnDrop<F, G> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F, G: FnOnce()> fmt::Debug for OnDrop<F, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("OnDrop", f)
    }
}
