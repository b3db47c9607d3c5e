//! `into_future`: the next item, and the stream back.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use futures_core::stream::Stream;

use crate::internal::live::Live;

/// The future of [`StreamExt::into_future`](super::StreamExt::into_future).
///
/// # Cancel safety
///
/// Dropping it drops the stream. See [`next`](super::StreamExt::next), which borrows it.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct StreamFuture<St> {
    stream: Live<St>,
}

impl<St> StreamFuture<St> {
    #[inline]
    pub(super) fn new(stream: St) -> Self {
        Self { stream: Live::new(stream) }
    }
}

impl<St: Stream + Unpin> Future for StreamFuture<St> {
    type Output = (Option<St::Item>, St);

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.stream).poll_and_take("StreamFuture", |stream| stream.poll_next(cx))
    }
}

impl<St: Stream + Unpin> FusedFuture for StreamFuture<St> {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<St> fmt::Debug for StreamFuture<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("StreamFuture", f)
    }
}
