//! `into_future`: a future of a `Result`, as a future.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, TryFuture};

use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`TryFutureExt::into_future`](super::TryFutureExt::into_future).
    ///
    /// It adds nothing to the future but that its output is known to be a `Result`.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// Polling panics when the future does.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug, Clone)]
    pub struct IntoFuture<F> {
        #[pin]
        future: F,
    }
}

impl<F> IntoFuture<F> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Self { future }
    }

    #[cfg(feature = "alloc")]
    pub(super) fn into_inner(self) -> F {
        self.future
    }
}

impl<F: TryFuture> Future for IntoFuture<F> {
    type Output = Result<F::Ok, F::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.try_poll(cx)
    }
}

impl<F: TryFuture + FusedFuture> FusedFuture for IntoFuture<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}
