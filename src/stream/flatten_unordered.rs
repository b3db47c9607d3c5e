//! `flatten_unordered`: the streams that a stream gives, a number of them at a time, as one.

use core::fmt;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::crowd::Crowd;
use crate::internal::pin_project::pin_project;
use crate::internal::pool::Visit;

pin_project! {
    /// The stream of [`StreamExt::flatten_unordered`](super::StreamExt::flatten_unordered).
    ///
    /// A stream that panics is gone, and the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping it drops the streams.
    #[must_use = "streams do nothing unless polled"]
    pub struct FlattenUnordered<St>
    where
        St: Stream,
    {
        #[pin]
        crowd: Crowd<St, St::Item>,
    }
}

impl<St: Stream<Item: Stream>> FlattenUnordered<St> {
    pub(super) fn new(source: St, limit: Option<usize>) -> Self {
        Self { crowd: Crowd::new(source, limit) }
    }
}

impl<St: Stream<Item: Stream>> Stream for FlattenUnordered<St> {
    type Item = <St::Item as Stream>::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pull = |source: Pin<&mut St>, cx: &mut Context<'_>| {
            source.poll_next(cx).map(|next| next.map(ControlFlow::Continue))
        };
        let visit = |stream: Pin<&mut St::Item>, cx: &mut Context<'_>| match stream.poll_next(cx) {
            Poll::Pending => Visit::Waits,
            Poll::Ready(Some(item)) => Visit::Gives(item),
            Poll::Ready(None) => Visit::Goes,
        };
        self.project().crowd.poll(cx, pull, visit)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, if self.is_terminated() { Some(0) } else { None })
    }
}

impl<St: Stream<Item: Stream>> FusedStream for FlattenUnordered<St> {
    fn is_terminated(&self) -> bool {
        self.crowd.is_over()
    }
}

impl<St: Stream> fmt::Debug for FlattenUnordered<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlattenUnordered").field("in_flight", &self.crowd.len()).finish_non_exhaustive()
    }
}
