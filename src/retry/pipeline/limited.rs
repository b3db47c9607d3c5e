//! A call with a limit to how long it may take, whose own error says that it was too long.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::time::error::Elapsed;
use crate::time::{Timeout, Timer};

pin_project! {
    /// A call that fails with an error made of [`Elapsed`] if it takes too long; in a pipeline, from
    /// [`Pipeline::timeout`](super::Pipeline::timeout).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the call.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the call has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<F, T: Timer> {
        #[pin]
        timeout: Live<Timeout<F, T>>,
    }
}

impl<F, T: Timer> Limited<F, T> {
    #[inline]
    pub(super) fn new(timeout: Timeout<F, T>) -> Self {
        Self { timeout: Live::new(timeout) }
    }
}

impl<R, E: From<Elapsed>, F: Future<Output = Result<R, E>>, T: Timer> Future for Limited<F, T> {
    type Output = Result<R, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R, E>> {
        let timeout = self.project().timeout;
        timeout
            .poll("Limited", |timeout| timeout.poll(cx))
            .map(|result| result.unwrap_or_else(|elapsed| Err(elapsed.into())))
    }
}

impl<R, E: From<Elapsed>, F: Future<Output = Result<R, E>>, T: Timer> FusedFuture for Limited<F, T> {
    fn is_terminated(&self) -> bool {
        self.timeout.is_over()
    }
}

impl<F, T: Timer> fmt::Debug for Limited<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timeout.debug("Limited", f)
    }
}
