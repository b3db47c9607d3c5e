//! `catch_unwind`: a panic as the last item.

use alloc::boxed::Box;
use core::any::Any;
use core::fmt;
use core::panic::{AssertUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::FusedStream;

use super::{Fuse, Stream};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The stream of [`StreamExt::catch_unwind`](super::StreamExt::catch_unwind).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Panics
    ///
    /// A panic from the source's destructor, which runs as soon as the source has ended, is not caught.
    #[must_use = "streams do nothing unless polled"]
    pub struct CatchUnwind<St> {
        #[pin]
        stream: Fuse<St>,
    }
}

impl<St> CatchUnwind<St> {
    #[inline]
    pub(super) fn new(stream: St) -> Self {
        Self { stream: Fuse::new(stream) }
    }
}

impl<St: Stream + UnwindSafe> Stream for CatchUnwind<St> {
    type Item = Result<St::Item, Box<dyn Any + Send>>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let stream = self.project().stream;
        match std::panic::catch_unwind(AssertUnwindSafe(|| stream.poll_next(cx))) {
            Ok(poll) => poll.map(|item| item.map(Ok)),
            // The source has gone with it.
            Err(panic) => Poll::Ready(Some(Err(panic))),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.stream.is_terminated() {
            return (0, Some(0));
        }
        let (least, most) = self.stream.size_hint();
        (least.min(1), most.and_then(|most| most.checked_add(1)))
    }
}

impl<St: Stream + UnwindSafe> FusedStream for CatchUnwind<St> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<St> fmt::Debug for CatchUnwind<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("CatchUnwind", f)
    }
}
