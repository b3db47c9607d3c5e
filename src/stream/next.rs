//! `next`, `try_next` and `select_next_some`: the next item, of a stream that is lent.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;
use futures_core::stream::{FusedStream, Stream, TryStream};

use crate::internal::live::{Live, polled_after_completion};

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

/// The future of [`TryStreamExt::try_next`](super::TryStreamExt::try_next).
///
/// # Cancel safety
///
/// Dropping it loses nothing: the item comes to whoever asks the stream next.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct TryNext<'a, St: ?Sized> {
    stream: Live<&'a mut St>,
}

impl<'a, St: ?Sized> TryNext<'a, St> {
    #[inline]
    pub(super) fn new(stream: &'a mut St) -> Self {
        Self { stream: Live::new(stream) }
    }
}

impl<St: TryStream + Unpin + ?Sized> Future for TryNext<'_, St> {
    type Output = Result<Option<St::Ok>, St::Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = Pin::new(&mut self.stream).poll("TryNext", |mut stream| Pin::new(&mut **stream).try_poll_next(cx));
        poll.map(Option::transpose)
    }
}

impl<St: TryStream + FusedStream + Unpin + ?Sized> FusedFuture for TryNext<'_, St> {
    /// Whether it has given its output; or the stream has ended already, so that there is nothing to wait for.
    #[inline]
    fn is_terminated(&self) -> bool {
        self.stream.state().is_none_or(|stream| stream.is_terminated())
    }
}

impl<St: ?Sized> fmt::Debug for TryNext<'_, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("TryNext", f)
    }
}

/// The future of [`StreamExt::select_next_some`](super::StreamExt::select_next_some).
///
/// # Cancel safety
///
/// Dropping it loses nothing: the item comes to whoever asks the stream next.
///
/// # Panics
///
/// Polling panics once it has given its output, the stream has ended, or it has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct SelectNextSome<'a, St: ?Sized> {
    stream: Live<&'a mut St>,
}

impl<'a, St: ?Sized> SelectNextSome<'a, St> {
    #[inline]
    pub(super) fn new(stream: &'a mut St) -> Self {
        Self { stream: Live::new(stream) }
    }
}

impl<St: FusedStream + Unpin + ?Sized> Future for SelectNextSome<'_, St> {
    type Output = St::Item;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<St::Item> {
        if self.is_terminated() {
            polled_after_completion("SelectNextSome");
        }
        Pin::new(&mut self.stream).poll("SelectNextSome", |mut stream| {
            match ready!(Pin::new(&mut **stream).poll_next(cx)) {
                Some(item) => Poll::Ready(item),
                // There will be no item. Who looks at `is_terminated` sees it now, as the macro in futures does.
                None => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
    }
}

impl<St: FusedStream + Unpin + ?Sized> FusedFuture for SelectNextSome<'_, St> {
    /// Whether it has given its output; or the stream has ended, so that there is nothing to wait for.
    #[inline]
    fn is_terminated(&self) -> bool {
        self.stream.state().is_none_or(|stream| stream.is_terminated())
    }
}

impl<St: ?Sized> fmt::Debug for SelectNextSome<'_, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("SelectNextSome", f)
    }
}
