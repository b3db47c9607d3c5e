//! `for_each_concurrent` and `try_for_each_concurrent`: a future for each item of a stream, a number of them at a time.

use core::convert::Infallible;
use core::fmt;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, Stream, TryFuture, TryStream};

use super::crowd::Crowd;
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::internal::pool::Visit;

pin_project! {
    /// The futures, and what makes them.
    struct Started<St, Fut, F> {
        #[pin]
        crowd: Crowd<St, Fut>,
        start: F,
    }
}

pin_project! {
    /// The future of [`StreamExt::for_each_concurrent`](super::StreamExt::for_each_concurrent).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream, and the futures that were started.
    ///
    /// # Panics
    ///
    /// Polling panics once it is done, or the stream, the closure or a future has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct ForEachConcurrent<St, Fut, F> {
        #[pin]
        started: Live<Started<St, Fut, F>>,
    }
}

impl<St, Fut, F> ForEachConcurrent<St, Fut, F>
where
    St: Stream,
    F: FnMut(St::Item) -> Fut,
    Fut: Future<Output = ()>,
{
    pub(super) fn new(source: St, limit: Option<usize>, start: F) -> Self {
        Self { started: Live::new(Started { crowd: Crowd::new(source, limit), start }) }
    }
}

impl<St, Fut, F> Future for ForEachConcurrent<St, Fut, F>
where
    St: Stream,
    F: FnMut(St::Item) -> Fut,
    Fut: Future<Output = ()>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().started.poll("ForEachConcurrent", |started| {
            let started = started.project();
            let pull = |source: Pin<&mut St>, cx: &mut Context<'_>| {
                source.poll_next(cx).map(|next| next.map(|item| ControlFlow::Continue((started.start)(item))))
            };
            let visit = |future: Pin<&mut Fut>, cx: &mut Context<'_>| match future.poll(cx) {
                Poll::Pending => Visit::<Infallible>::Waits,
                Poll::Ready(()) => Visit::Goes,
            };
            started.crowd.poll(cx, pull, visit).map(|_| ())
        })
    }
}

impl<St, Fut, F> FusedFuture for ForEachConcurrent<St, Fut, F>
where
    St: Stream,
    F: FnMut(St::Item) -> Fut,
    Fut: Future<Output = ()>,
{
    fn is_terminated(&self) -> bool {
        self.started.is_over()
    }
}

impl<St, Fut, F> fmt::Debug for ForEachConcurrent<St, Fut, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.started.debug("ForEachConcurrent", f)
    }
}

pin_project! {
    /// The future of [`TryStreamExt::try_for_each_concurrent`](super::TryStreamExt::try_for_each_concurrent).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream, and the futures that were started.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the stream, the closure or a future has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct TryForEachConcurrent<St, Fut, F> {
        #[pin]
        started: Live<Started<St, Fut, F>>,
    }
}

impl<St, Fut, F> TryForEachConcurrent<St, Fut, F>
where
    St: TryStream,
    F: FnMut(St::Ok) -> Fut,
    Fut: TryFuture<Ok = (), Error = St::Error>,
{
    pub(super) fn new(source: St, limit: Option<usize>, start: F) -> Self {
        Self { started: Live::new(Started { crowd: Crowd::new(source, limit), start }) }
    }
}

impl<St, Fut, F> Future for TryForEachConcurrent<St, Fut, F>
where
    St: TryStream,
    F: FnMut(St::Ok) -> Fut,
    Fut: TryFuture<Ok = (), Error = St::Error>,
{
    type Output = Result<(), St::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().started.poll("TryForEachConcurrent", |started| {
            let started = started.project();
            let pull = |source: Pin<&mut St>, cx: &mut Context<'_>| {
                source.try_poll_next(cx).map(|next| {
                    next.map(|next| match next {
                        Ok(item) => ControlFlow::Continue((started.start)(item)),
                        Err(error) => ControlFlow::Break(error),
                    })
                })
            };
            let visit = |future: Pin<&mut Fut>, cx: &mut Context<'_>| match future.try_poll(cx) {
                Poll::Pending => Visit::Waits,
                Poll::Ready(Ok(())) => Visit::Goes,
                Poll::Ready(Err(error)) => Visit::Ends(error),
            };
            started.crowd.poll(cx, pull, visit).map(|end| end.map_or(Ok(()), Err))
        })
    }
}

impl<St, Fut, F> FusedFuture for TryForEachConcurrent<St, Fut, F>
where
    St: TryStream,
    F: FnMut(St::Ok) -> Fut,
    Fut: TryFuture<Ok = (), Error = St::Error>,
{
    fn is_terminated(&self) -> bool {
        self.started.is_over()
    }
}

impl<St, Fut, F> fmt::Debug for TryForEachConcurrent<St, Fut, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.started.debug("TryForEachConcurrent", f)
    }
}
