//! `fuse`: a stream that may be polled on after its end.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The stream of [`StreamExt::fuse`](super::StreamExt::fuse): when it has ended, it stays at `None`.
    ///
    /// [`is_terminated`](FusedStream::is_terminated) says whether there is anything to wait for. Inside, the stream is
    /// dropped as soon as it has ended, or panicked.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the stream.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone)]
    pub struct Fuse<St> {
        #[pin]
        stream: Live<St>,
    }
}

impl<St> Fuse<St> {
    #[inline]
    pub(super) fn new(stream: St) -> Self {
        Self { stream: Live::new(stream) }
    }

    /// Whether the stream has ended, or panicked; as [`is_terminated`](FusedStream::is_terminated).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut stream = stream::iter([1]).fuse();
    /// stream.next().await;
    /// assert!(!stream.is_done());
    /// stream.next().await;
    /// assert!(stream.is_done());
    /// # });
    /// ```
    #[inline]
    pub const fn is_done(&self) -> bool {
        self.stream.is_over()
    }

    /// The stream, as long as it has not ended.
    pub(super) const fn get(&self) -> Option<&St> {
        self.stream.state()
    }

    /// The same, pinned.
    #[cfg(feature = "std")]
    pub(super) fn get_pin(self: Pin<&mut Self>) -> Option<Pin<&mut St>> {
        self.project().stream.state_pin()
    }

    /// The `Debug` of the stream called `name` that this is the inside of.
    pub(super) fn debug(&self, name: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug(name, f)
    }
}

impl<St: Stream> Stream for Fuse<St> {
    type Item = St::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        self.project().stream.poll_next(|stream| stream.poll_next(cx))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.get().map_or((0, Some(0)), St::size_hint)
    }
}

impl<St: Stream> FusedStream for Fuse<St> {
    #[inline]
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<St> fmt::Debug for Fuse<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.debug("Fuse", f)
    }
}
