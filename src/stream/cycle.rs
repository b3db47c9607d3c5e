//! `cycle`: a stream, again and again.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A stream, and a clone of it for the next time.
    struct Turns<St> {
        fresh: St,
        #[pin]
        stream: St,
    }
}

impl<St: Stream + Clone> Stream for Turns<St> {
    type Item = St::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        let mut this = self.project();
        if let Some(item) = ready!(this.stream.as_mut().poll_next(cx)) {
            return Poll::Ready(Some(item));
        }
        this.stream.set(this.fresh.clone());
        // One that has nothing at all is the end.
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.fresh.size_hint() {
            // Then it can only be what is left of the first turn.
            (_, Some(0)) => self.stream.size_hint(),
            (0, _) => (self.stream.size_hint().0, None),
            _ => (usize::MAX, None),
        }
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::cycle`](super::StreamExt::cycle).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    Cycle<St> is Turns<St>;
    new(stream: St, fresh: St) = Turns { fresh, stream };
    impl[St: Stream + Clone] Stream<Item = St::Item>;
}
