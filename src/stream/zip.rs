//! `zip`: items of two streams, in pairs.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// Two streams, and an item of the one that was ready first.
    pub(super) struct Pairs<St1, St2>
    where
        St1: Stream,
        St2: Stream,
    {
        #[pin]
        first: St1,
        #[pin]
        second: St2,
        left: Option<St1::Item>,
        right: Option<St2::Item>,
    }
}

/// Whether there is an item after a poll of a stream that is to have one; not if the stream has ended.
#[inline]
fn poll_into<St: Stream>(stream: Pin<&mut St>, held: &mut Option<St::Item>, cx: &mut Context<'_>) -> Poll<bool> {
    if held.is_some() {
        return Poll::Ready(true);
    }
    stream.poll_next(cx).map(|item| {
        *held = item;
        held.is_some()
    })
}

impl<St1: Stream, St2: Stream> Stream for Pairs<St1, St2> {
    type Item = (St1::Item, St2::Item);

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        // Both are polled even if the first is pending, so that they get ready at the same time.
        let first = poll_into(this.first, this.left, cx);
        if first == Poll::Ready(false) {
            return Poll::Ready(None);
        }
        match (first, poll_into(this.second, this.right, cx)) {
            (_, Poll::Ready(false)) => Poll::Ready(None),
            (Poll::Ready(_), Poll::Ready(_)) => Poll::Ready(this.left.take().zip(this.right.take())),
            _ => Poll::Pending,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let with = |(least, most): (usize, Option<usize>), held: bool| {
            let held = usize::from(held);
            (least.saturating_add(held), most.and_then(|most| most.checked_add(held)))
        };
        let (least_left, most_left) = with(self.first.size_hint(), self.left.is_some());
        let (least_right, most_right) = with(self.second.size_hint(), self.right.is_some());
        let most = match (most_left, most_right) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        (least_left.min(least_right), most)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::zip`](super::StreamExt::zip).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that it has of the one source while it waits for one of the other.
    ///
    /// # Fairness
    ///
    /// The first source is polled first. Both are polled until they have an item for the next pair.
    Zip<St1, St2> where [St1: Stream, St2: Stream] is Pairs<St1, St2>;
    new(first: St1, second: St2) = Pairs { first, second, left: None, right: None };
    impl[St1: Stream, St2: Stream] Stream<Item = (St1::Item, St2::Item)>;
}
