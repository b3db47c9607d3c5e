//! `catch_unwind`: a panic as a value.

use alloc::boxed::Box;
use core::any::Any;
use core::fmt;
use core::panic::{AssertUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`FutureExt::catch_unwind`](super::FutureExt::catch_unwind).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// Polling panics once the output has been given. A panic from the future's destructor, which runs as soon as the
    /// future is done, is not caught.
    #[must_use = "futures do nothing unless polled"]
    pub struct CatchUnwind<F> {
        #[pin]
        future: Live<F>,
    }
}

impl<F> CatchUnwind<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { future: Live::new(future) }
    }
}

impl<F: Future + UnwindSafe> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll("CatchUnwind", |future| {
            match std::panic::catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            }
        })
    }
}

impl<F: Future + UnwindSafe> FusedFuture for CatchUnwind<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F> fmt::Debug for CatchUnwind<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("CatchUnwind", f)
    }
}
