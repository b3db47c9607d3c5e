//! Where items may fail: a stream that is known to give results, and steps that leave the errors alone.
//!
//! The `try_` forms are the other ones with such a step around: [`OnOk`] has the step see what has succeeded, [`OnErr`] what
//! has failed, and the rest is given as it is. [`Trying`] is `OnOk` where what is awaited may fail as well.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::TryStream;

use super::Stream;
use super::steps::{Last, Move, Step};
use crate::future::IntoFuture;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A stream of results, for those who know it only as one that may fail. What it is to streams, [`IntoFuture`] is to
    /// futures.
    pub(super) struct Tries<S> {
        #[pin]
        inner: S,
    }
}

impl<S> Tries<S> {
    #[inline]
    pub(super) const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<St: TryStream> Stream for Tries<St> {
    type Item = Result<St::Ok, St::Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().inner.try_poll_next(cx)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// A step for what has succeeded. Errors are given.
pub(super) struct OnOk<S>(pub(super) S);

impl<T, E, A, S: Step<T, A>> Step<Result<T, E>, A> for OnOk<S> {
    type Future = S::Future;
    type Given = Result<S::Given, E>;

    #[inline]
    fn wants_more(&self) -> bool {
        self.0.wants_more()
    }

    #[inline]
    fn take(&mut self, item: Result<T, E>) -> Move<S::Future, Self::Given> {
        match item {
            Ok(item) => self.0.take(item).map(|future| future, Ok),
            Err(error) => Move::Give(Err(error)),
        }
    }

    #[inline]
    fn settle(&mut self, output: A) -> Move<S::Future, Self::Given> {
        self.0.settle(output).map(|future| future, Ok)
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        self.0.size_hint(items)
    }
}

impl<T, E, A, S: Last<T, A>> Last<Result<T, E>, A> for OnOk<S> {
    fn last(&mut self) -> Self::Given {
        Ok(self.0.last())
    }
}

/// A step for errors. What has succeeded is given.
pub(super) struct OnErr<S>(pub(super) S);

impl<T, E, A, S: Step<E, A>> Step<Result<T, E>, A> for OnErr<S> {
    type Future = S::Future;
    type Given = Result<T, S::Given>;

    #[inline]
    fn wants_more(&self) -> bool {
        self.0.wants_more()
    }

    #[inline]
    fn take(&mut self, item: Result<T, E>) -> Move<S::Future, Self::Given> {
        match item {
            Ok(item) => Move::Give(Ok(item)),
            Err(error) => self.0.take(error).map(|future| future, Err),
        }
    }

    #[inline]
    fn settle(&mut self, output: A) -> Move<S::Future, Self::Given> {
        self.0.settle(output).map(|future| future, Err)
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        self.0.size_hint(items)
    }
}

/// A step for what has succeeded, with futures that may fail. Errors of either are given.
pub(super) struct Trying<S>(pub(super) S);

impl<T, E, A, S: Step<T, A>> Step<Result<T, E>, Result<A, E>> for Trying<S> {
    type Future = IntoFuture<S::Future>;
    type Given = Result<S::Given, E>;

    #[inline]
    fn wants_more(&self) -> bool {
        self.0.wants_more()
    }

    #[inline]
    fn take(&mut self, item: Result<T, E>) -> Move<Self::Future, Self::Given> {
        match item {
            Ok(item) => self.0.take(item).map(IntoFuture::new, Ok),
            Err(error) => Move::Give(Err(error)),
        }
    }

    #[inline]
    fn settle(&mut self, output: Result<A, E>) -> Move<Self::Future, Self::Given> {
        match output {
            Ok(output) => self.0.settle(output).map(IntoFuture::new, Ok),
            Err(error) => {
                self.0.forget();
                Move::Give(Err(error))
            }
        }
    }

    fn size_hint(&self, items: (usize, Option<usize>)) -> (usize, Option<usize>) {
        self.0.size_hint(items)
    }
}

impl<T, E, A, S: Last<T, A>> Last<Result<T, E>, Result<A, E>> for Trying<S> {
    fn last(&mut self) -> Self::Given {
        Ok(self.0.last())
    }
}
