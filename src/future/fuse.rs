//! `fuse`: a future that may be polled on after its end.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`FutureExt::fuse`](super::FutureExt::fuse): when it has given its output, it is pending for ever.
    ///
    /// This is the way to poll on: it never panics for being polled once more, and
    /// [`is_terminated`](FusedFuture::is_terminated) says whether there is anything to wait for. Inside, the future is
    /// dropped as soon as it is done.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone)]
    pub struct Fuse<F> {
        #[pin]
        future: Live<F>,
    }
}

impl<F> Fuse<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { future: Live::new(future) }
    }
}

impl<F: Future> Fuse<F> {
    /// A future that has ended already: pending for ever, and terminated. It fills the place of one that is to be
    /// [set](Pin::set) later.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::{Fuse, FusedFuture};
    ///
    /// let idle: Fuse<std::future::Ready<u8>> = Fuse::terminated();
    /// assert!(idle.is_terminated());
    /// ```
    #[inline]
    pub const fn terminated() -> Self {
        Self { future: Live::over() }
    }
}

impl<F: Future> Future for Fuse<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if self.future.is_over() {
            return Poll::Pending;
        }
        self.project().future.poll("Fuse", |future| future.poll(cx))
    }
}

impl<F: Future> FusedFuture for Fuse<F> {
    #[inline]
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F> fmt::Debug for Fuse<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("Fuse", f)
    }
}
