//! `chain`: one stream, and then another.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// Two streams, of which the first is dropped when it has ended.
    struct Both<St1, St2> {
        #[pin]
        first: Option<St1>,
        #[pin]
        second: St2,
    }
}

impl<St1: Stream, St2: Stream<Item = St1::Item>> Stream for Both<St1, St2> {
    type Item = St1::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St1::Item>> {
        let mut this = self.project();
        if let Some(first) = this.first.as_mut().as_pin_mut() {
            if let Some(item) = ready!(first.poll_next(cx)) {
                return Poll::Ready(Some(item));
            }
            this.first.set(None);
        }
        this.second.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.second.size_hint();
        let Some((least_before, most_before)) = self.first.as_ref().map(St1::size_hint) else { return (least, most) };
        let most = most_before.zip(most).and_then(|(before, most)| before.checked_add(most));
        (least_before.saturating_add(least), most)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::chain`](super::StreamExt::chain).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the two sources.
    Chain<St1, St2> is Both<St1, St2>;
    new(first: St1, second: St2) = Both { first: Some(first), second };
    impl[St1: Stream, St2: Stream<Item = St1::Item>] Stream<Item = St1::Item>;
}
