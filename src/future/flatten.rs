//! `flatten` and `then`: a future, and then the future that it gave.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::Map;
use super::chain::Chain;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The future of [`FutureExt::flatten`](super::FutureExt::flatten).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops whichever of the two futures is being polled. It is as cancel safe as the two of them together:
    /// what the first has done is lost if the second is cancelled.
    ///
    /// # Panics
    ///
    /// Polling panics once the output has been given, or one of the futures has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Flatten<F: Future> {
        #[pin]
        chain: Live<Chain<F, F::Output>>,
    }
}

impl<F: Future> Flatten<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { chain: Live::new(Chain::new(future)) }
    }
}

impl<F: Future<Output: Future>> Future for Flatten<F> {
    type Output = <F::Output as Future>::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().chain.poll("Flatten", |chain| chain.poll(cx, Ok))
    }
}

impl<F: Future<Output: Future>> FusedFuture for Flatten<F> {
    fn is_terminated(&self) -> bool {
        self.chain.is_over()
    }
}

impl<F: Future> fmt::Debug for Flatten<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chain.debug("Flatten", f)
    }
}

pin_project! {
    /// The future of [`FutureExt::then`](super::FutureExt::then).
    ///
    /// `F` is the first future, `G` the second, `H` the function that makes the second.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops whichever of the two futures is being polled. It is as cancel safe as the two of them together:
    /// what the first has done is lost if the second is cancelled.
    ///
    /// # Panics
    ///
    /// Polling panics once the output has been given, or one of the futures or the function has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Then<F, G, H> {
        #[pin]
        chain: Live<Chain<Map<F, H>, G>>,
    }
}

impl<F: Future, G, H: FnOnce(F::Output) -> G> Then<F, G, H> {
    #[inline]
    pub(super) fn new(future: F, function: H) -> Self {
        Self { chain: Live::new(Chain::new(Map::new(future, function))) }
    }
}

impl<F: Future, G: Future, H: FnOnce(F::Output) -> G> Future for Then<F, G, H> {
    type Output = G::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G::Output> {
        self.project().chain.poll("Then", |chain| chain.poll(cx, Ok))
    }
}

impl<F: Future, G: Future, H: FnOnce(F::Output) -> G> FusedFuture for Then<F, G, H> {
    fn is_terminated(&self) -> bool {
        self.chain.is_over()
    }
}

impl<F, G, H> fmt::Debug for Then<F, G, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chain.debug("Then", f)
    }
}
