//! `take_until`: no more items once a future is done.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// A stream, and the future that stops it unless that was taken out.
    struct Stoppable<St, Fut> {
        #[pin]
        stream: St,
        #[pin]
        stop: Option<Fut>,
    }
}

pin_project! {
    /// The stream of [`StreamExt::take_until`](super::StreamExt::take_until).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source and the future.
    ///
    /// # Fairness
    ///
    /// The future is polled before the source, so it stops one that is always ready as well.
    #[must_use = "streams do nothing unless polled"]
    pub struct TakeUntil<St, Fut>
    where
        Fut: Future,
    {
        #[pin]
        stoppable: Live<Stoppable<St, Fut>>,
        // What the future gave.
        result: Option<Fut::Output>,
        is_stopped: bool,
    }
}

impl<St, Fut: Future> TakeUntil<St, Fut> {
    #[inline]
    pub(super) fn new(stream: St, stop: Fut) -> Self {
        Self { stoppable: Live::new(Stoppable { stream, stop: Some(stop) }), result: None, is_stopped: false }
    }

    /// Takes the future out, unless it is done, or has gone because the source has ended. Then the stream goes on until its source
    /// ends.
    pub fn take_future(&mut self) -> Option<Fut> {
        self.stoppable.state_mut()?.stop.take()
    }

    /// Takes what the future gave, if it has stopped the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut stream = stream::repeat(1).take_until(std::future::ready("enough"));
    /// assert_eq!(stream.next().await, None);
    /// assert!(stream.is_stopped());
    /// assert_eq!(stream.take_result(), Some("enough"));
    /// # });
    /// ```
    pub fn take_result(&mut self) -> Option<Fut::Output> {
        self.result.take()
    }

    /// Whether the future has stopped the stream. It has not if the source has ended before.
    pub const fn is_stopped(&self) -> bool {
        self.is_stopped
    }
}

impl<St: Stream, Fut: Future> Stream for TakeUntil<St, Fut> {
    type Item = St::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        let this = self.project();
        this.stoppable.poll_next(|stoppable| {
            let inner = stoppable.project();
            if let Some(Poll::Ready(result)) = inner.stop.as_pin_mut().map(|stop| stop.poll(cx)) {
                *this.result = Some(result);
                *this.is_stopped = true;
                return Poll::Ready(None);
            }
            inner.stream.poll_next(cx)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.stoppable.state() {
            Some(Stoppable { stream, stop }) => {
                let (least, most) = stream.size_hint();
                (if stop.is_some() { 0 } else { least }, most)
            }
            None => (0, Some(0)),
        }
    }
}

impl<St: Stream, Fut: Future> FusedStream for TakeUntil<St, Fut> {
    fn is_terminated(&self) -> bool {
        self.stoppable.is_over()
    }
}

impl<St, Fut: Future> fmt::Debug for TakeUntil<St, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stoppable.debug("TakeUntil", f)
    }
}
