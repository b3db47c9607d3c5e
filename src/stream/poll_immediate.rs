//! `poll_immediate`: what each poll of a stream says, as a stream that is never pending.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// Gives what a poll says.
    #[derive(Clone)]
    struct Immediate<St> {
        #[pin]
        stream: St,
    }
}

impl<St: Stream> Stream for Immediate<St> {
    type Item = Poll<St::Item>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.project().stream.poll_next(cx) {
            Poll::Ready(item) => Poll::Ready(item.map(Poll::Ready)),
            Poll::Pending => Poll::Ready(Some(Poll::Pending)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // It may be pending any number of times before each item.
        (self.stream.size_hint().0, None)
    }
}

shell::named_stream! {
    /// The stream of [`poll_immediate()`].
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    PollImmediate<St> is Immediate<St>;
    new(stream: St) = Immediate { stream };
    impl[St: Stream] Stream<Item = Poll<St::Item>>;
}

impl<St: Clone> Clone for PollImmediate<St> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// A stream that is never pending: where `stream` is, it gives `Poll::Pending`.
///
/// Who asks it again and again keeps the task busy; it is for asking once, and seeing what there is. For the items that are
/// ready, see [`ready_chunks`](super::StreamExt::ready_chunks).
///
/// # Cancel safety
///
/// It is as cancel safe as `stream`.
///
/// # Examples
///
/// ```
/// use std::task::Poll;
///
/// use anywhen::prelude::*;
/// use anywhen::stream;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut polls = stream::poll_immediate(stream::iter([1]).chain(stream::pending()));
/// assert_eq!(polls.next().await, Some(Poll::Ready(1)));
/// assert_eq!(polls.next().await, Some(Poll::Pending));
/// # });
/// ```
#[inline]
pub fn poll_immediate<St: Stream>(stream: St) -> PollImmediate<St> {
    PollImmediate::new(stream)
}
