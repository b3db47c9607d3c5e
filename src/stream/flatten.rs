//! `flatten`, `flat_map` and `try_flatten`: the items of streams that a stream gives, one stream after the other.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::stream::TryStream;

use super::map::MapStep;
use super::steps::{Move, Never, Step, Steps};
use super::tries::Tries;
use super::{Stream, shell};
use crate::internal::budget::Budget;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A stream, and the one that it gave last.
    pub(super) struct Nested<St, U> {
        #[pin]
        stream: St,
        #[pin]
        inner: Option<U>,
    }
}

impl<St, U> Nested<St, U> {
    #[inline]
    const fn new(stream: St) -> Self {
        Self { stream, inner: None }
    }
}

impl<St: Stream<Item = U>, U: Stream> Stream for Nested<St, U> {
    type Item = U::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<U::Item>> {
        let mut this = self.project();
        let mut budget = Budget::new();
        loop {
            if let Some(inner) = this.inner.as_mut().as_pin_mut() {
                if let Some(item) = ready!(inner.poll_next(cx)) {
                    return Poll::Ready(Some(item));
                }
                this.inner.set(None);
            }
            ready!(budget.poll_round(cx));
            match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(inner) => this.inner.set(Some(inner)),
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.inner.as_ref().map_or((0, Some(0)), U::size_hint);
        // What the streams to come have is not known; unless there are none.
        (least, if self.stream.size_hint().1 == Some(0) { most } else { None })
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::flatten`](super::StreamExt::flatten).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream whose items it gives, with the items that are to come.
    Flatten<St> where [St: Stream] is Nested<St, St::Item>;
    new(stream: St) = Nested::new(stream);
    impl[St: Stream<Item: Stream>] Stream<Item = <St::Item as Stream>::Item>;
}

shell::named_stream! {
    /// The stream of [`StreamExt::flat_map`](super::StreamExt::flat_map).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream whose items it gives, with the items that are to come.
    FlatMap<St, U, F> is Nested<Steps<St, MapStep<F>, Never>, U>;
    new(stream: St, function: F) = Nested::new(Steps::new(stream, MapStep(function)));
    impl[St: Stream, U: Stream, F: FnMut(St::Item) -> U] Stream<Item = U::Item>;
}

pin_project! {
    /// What comes of an item that may be an error: a stream that may fail, or one that is nothing but the error.
    #[project = BranchProjection]
    pub(super) enum Branch<U, E> {
        Stream {
            #[pin]
            stream: U,
        },
        Error {
            error: Option<E>,
        },
    }
}

impl<U: TryStream<Error: From<E>>, E> Stream for Branch<U, E> {
    type Item = Result<U::Ok, U::Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.project() {
            BranchProjection::Stream { stream } => stream.try_poll_next(cx),
            BranchProjection::Error { error } => Poll::Ready(error.take().map(|error| Err(error.into()))),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Stream { stream } => stream.size_hint(),
            Self::Error { error } => (error.iter().len(), Some(error.iter().len())),
        }
    }
}

/// Gives the branch of an item.
pub(super) struct BranchStep;

impl<U, E> Step<Result<U, E>, Never> for BranchStep {
    type Future = Never;
    type Given = Branch<U, E>;

    #[inline]
    fn take(&mut self, item: Result<U, E>) -> Move<Never, Branch<U, E>> {
        Move::Give(match item {
            Ok(stream) => Branch::Stream { stream },
            Err(error) => Branch::Error { error: Some(error) },
        })
    }

    fn settle(&mut self, never: Never) -> Move<Never, Branch<U, E>> {
        match never {}
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        items
    }
}

shell::named_stream! {
    /// The stream of [`TryStreamExt::try_flatten`](super::TryStreamExt::try_flatten).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream whose items it gives, with the items that are to come.
    TryFlatten<St> where [St: TryStream] is Nested<Steps<Tries<St>, BranchStep, Never>, Branch<St::Ok, St::Error>>;
    new(stream: St) = Nested::new(Steps::new(Tries::new(stream), BranchStep));
    impl[
        St: TryStream<Ok: TryStream<Error: From<St::Error>>>
    ] Stream<Item = Result<<St::Ok as TryStream>::Ok, <St::Ok as TryStream>::Error>>;
}
