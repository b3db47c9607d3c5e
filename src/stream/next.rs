//! `next`: the next item, lent by the stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;
use futures_core::stream::{FusedStream, Stream};

use crate::internal::live::Live;

/// The future of [`StreamExt::next`](super::StreamExt::next).
///
/// # Cancel safety
///
/// Dropping it loses nothing: the item comes to whoever asks the stream next.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct Next<'a, St: ?Sized> {
    stream: Live<&'a mut St>,
}

impl<'a, St: ?Sized> Next<'a, St> {
    #[inline]
    pub(super) fn new(stream: &'a mut St) -> Self {
        Self { stream: Live::new(stream) }
    }
}

impl<St: Stream + Unpin + ?Sized> Future for Next<'_, St> {
    type Output = Option<St::Item>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.stream).poll("Next", |mut stream| Pin::new(&mut **stream).poll_next(cx))
    }
}

impl<St: FusedStream + Unpin + ?Sized> FusedFuture for Next<'_, St> {
    /// Whether it has given its output; or the stream has ended already, so that there is nothing to wait for.
    #[inline]
    fn is_terminated(&self) -> bool {
        self.stream.state().is_none_or(|stream| stream.is_terminated())
    }
}

impl<St: ?Sized> fmt::Debug for Next<'_, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("Next", f)
    }
}
