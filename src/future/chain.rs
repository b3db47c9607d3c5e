//! A future, and then what it gave: what `flatten`, `then`, `and_then` and their like have in common.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::internal::pin_project::pin_project;

pin_project! {
    /// The first future, and then, in the same memory, the second, which may be a stream.
    #[project = ChainProjection]
    pub(super) enum Chain<F, G> {
        First {
            #[pin]
            future: F,
        },
        Second {
            #[pin]
            second: G,
        },
        /// A stream that was never there.
        Nothing,
    }
}

impl<F: Future, G> Chain<F, G> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self::First { future }
    }

    /// Polls the first until it is done, and what `next` makes of its output from then on. That may also be the end.
    #[inline]
    pub(super) fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        next: impl FnOnce(F::Output) -> Result<G, G::Output>,
    ) -> Poll<G::Output>
    where
        G: Future,
    {
        if let ChainProjection::First { future } = self.as_mut().project() {
            match next(ready!(future.poll(cx))) {
                Ok(second) => self.set(Self::Second { second }),
                Err(end) => return Poll::Ready(end),
            }
        }
        match self.project() {
            ChainProjection::Second { second } => second.poll(cx),
            _ => unreachable!("the first future was just replaced"),
        }
    }

    /// The same for a stream. The end is one item then.
    #[inline]
    pub(super) fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        next: impl FnOnce(F::Output) -> Result<G, G::Item>,
    ) -> Poll<Option<G::Item>>
    where
        G: Stream,
    {
        if let ChainProjection::First { future } = self.as_mut().project() {
            match next(ready!(future.poll(cx))) {
                Ok(second) => self.set(Self::Second { second }),
                Err(end) => {
                    self.set(Self::Nothing);
                    return Poll::Ready(Some(end));
                }
            }
        }
        match self.project() {
            ChainProjection::Second { second } => second.poll_next(cx),
            _ => Poll::Ready(None),
        }
    }

    /// How many items there are to come.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>)
    where
        G: Stream,
    {
        match self {
            Self::First { .. } => (0, None),
            Self::Second { second } => second.size_hint(),
            Self::Nothing => (0, Some(0)),
        }
    }
}
