//! `into_stream` and `flatten_stream`: a future as a stream of one item, or of what the stream has that it gave.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;
use futures_core::stream::{FusedStream, Stream, TryStream};

use super::IntoFuture;
use super::chain::Chain;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The stream of [`FutureExt::into_stream`](super::FutureExt::into_stream): the output is its only item.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future. Waiting for the item can be cancelled and begun again.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone)]
    pub struct IntoStream<F> {
        #[pin]
        future: Live<F>,
    }
}

impl<F> IntoStream<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { future: Live::new(future) }
    }
}

impl<F: Future> Stream for IntoStream<F> {
    type Item = F::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if self.future.is_over() {
            return Poll::Ready(None);
        }
        self.project().future.poll("IntoStream", |future| future.poll(cx)).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(!self.future.is_over());
        (left, Some(left))
    }
}

impl<F: Future> FusedStream for IntoStream<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_over()
    }
}

impl<F> fmt::Debug for IntoStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.future.debug("IntoStream", f)
    }
}

pin_project! {
    /// The stream of [`FutureExt::flatten_stream`](super::FutureExt::flatten_stream).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future, or the stream that it gave. Waiting for an item can be cancelled and begun again, if
    /// that is so of the stream.
    #[must_use = "streams do nothing unless polled"]
    pub struct FlattenStream<F: Future> {
        #[pin]
        chain: Live<Chain<F, F::Output>>,
    }
}

impl<F: Future> FlattenStream<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { chain: Live::new(Chain::new(future)) }
    }
}

impl<F: Future<Output: Stream>> Stream for FlattenStream<F> {
    type Item = <F::Output as Stream>::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().chain.poll_next(|chain| chain.poll_next(cx, Ok))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chain.state().map_or((0, Some(0)), Chain::size_hint)
    }
}

impl<F: Future<Output: Stream>> FusedStream for FlattenStream<F> {
    fn is_terminated(&self) -> bool {
        self.chain.is_over()
    }
}

impl<F: Future> fmt::Debug for FlattenStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chain.debug("FlattenStream", f)
    }
}

pin_project! {
    /// The stream of [`TryFutureExt::try_flatten_stream`](super::TryFutureExt::try_flatten_stream).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future, or the stream that it gave. Waiting for an item can be cancelled and begun again, if
    /// that is so of the stream.
    #[must_use = "streams do nothing unless polled"]
    pub struct TryFlattenStream<F: TryFuture> {
        #[pin]
        chain: Live<Chain<IntoFuture<F>, Tried<F::Ok>>>,
    }
}

impl<F: TryFuture> TryFlattenStream<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { chain: Live::new(Chain::new(IntoFuture::new(future))) }
    }
}

impl<F: TryFuture<Ok: TryStream<Error = F::Error>>> Stream for TryFlattenStream<F> {
    type Item = Result<<F::Ok as TryStream>::Ok, F::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = |result: Result<F::Ok, F::Error>| result.map(|stream| Tried { stream }).map_err(Err);
        self.project().chain.poll_next(|chain| chain.poll_next(cx, next))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chain.state().map_or((0, Some(0)), Chain::size_hint)
    }
}

impl<F: TryFuture<Ok: TryStream<Error = F::Error>>> FusedStream for TryFlattenStream<F> {
    fn is_terminated(&self) -> bool {
        self.chain.is_over()
    }
}

impl<F: TryFuture> fmt::Debug for TryFlattenStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chain.debug("TryFlattenStream", f)
    }
}

pin_project! {
    /// A stream of results, as a stream.
    struct Tried<S> {
        #[pin]
        stream: S,
    }
}

impl<S: TryStream> Stream for Tried<S> {
    type Item = Result<S::Ok, S::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().stream.try_poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
