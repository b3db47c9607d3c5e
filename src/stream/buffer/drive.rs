//! `drive`: the futures of a buffer go on while something else is awaited.

use core::fmt;
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, Stream};

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// Streams over futures that can be kept going while nobody takes their items.
///
/// They are those of [`buffered`](super::super::StreamExt::buffered) and its like. The trait comes with the
/// [prelude](crate::prelude).
///
/// # What it is for
///
/// The futures of a buffer are polled when the buffer is, and at no other time. This loop has eight requests on their way, and
/// lets all of them lie while it stores one answer:
///
/// ```
/// # use anywhen::future::yield_now;
/// # use anywhen::prelude::*;
/// # use anywhen::stream::iter;
/// # async fn request(number: u32) -> u32 { yield_now().await; number }
/// # async fn store(_answer: u32) { yield_now().await }
/// # anywhen::rt::Std.block_on(async {
/// let mut answers = iter((0..20).map(request)).buffer_unordered(8);
/// while let Some(answer) = answers.next().await {
///     store(answer).await;
/// }
/// # });
/// ```
///
/// While it does so, connections time out, and deadlines pass though the answer came in time. Worse, one of the requests may have
/// been granted a lock or a permit that `store` waits for: then both wait for ever. The same with what is stored driven:
///
/// ```
/// # use anywhen::future::yield_now;
/// # use anywhen::prelude::*;
/// # use anywhen::stream::iter;
/// # async fn request(number: u32) -> u32 { yield_now().await; number }
/// # async fn store(_answer: u32) { yield_now().await }
/// # anywhen::rt::Std.block_on(async {
/// let mut answers = iter((0..20).map(request)).buffer_unordered(8);
/// while let Some(answer) = answers.next().await {
///     answers.drive(store(answer)).await;
/// }
/// # });
/// ```
///
/// Now the requests go on meanwhile, and others are started as they end. What they give is kept, and counts against the limit, so
/// that at most eight answers lie about. If nothing else is to be awaited between two items,
/// [`for_each_concurrent`](super::super::StreamExt::for_each_concurrent) needs no buffer at all.
pub trait Drive: Stream {
    /// Has the futures go on, and starts others if there is room, without giving an item. The task is woken when there is more to do.
    fn poll_drive(self: Pin<&mut Self>, cx: &mut Context<'_>);

    /// Waits for `future`, and has the futures of the stream go on meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `future`. Of the stream nothing is lost.
    ///
    /// # Examples
    ///
    /// See [above](Drive#what-it-is-for).
    fn drive<Fut: Future>(&mut self, future: Fut) -> Driven<'_, Self, Fut>
    where
        Self: Unpin + Sized,
    {
        Driven { state: Live::new(Both { stream: self, future }) }
    }
}

impl<S: Drive + Unpin + ?Sized> Drive for &mut S {
    fn poll_drive(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        Pin::new(&mut **self).poll_drive(cx);
    }
}

impl<P: DerefMut<Target: Drive> + Unpin> Drive for Pin<P> {
    fn poll_drive(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        self.get_mut().as_mut().poll_drive(cx);
    }
}

pin_project! {
    /// The future of [`Drive::drive`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future that it was given. Of the stream nothing is lost.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its output, or has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Driven<'a, S, Fut> {
        #[pin]
        state: Live<Both<'a, S, Fut>>,
    }
}

pin_project! {
    /// What is awaited, and what goes on meanwhile.
    struct Both<'a, S, Fut> {
        stream: &'a mut S,
        #[pin]
        future: Fut,
    }
}

impl<S: Drive + Unpin, Fut: Future> Future for Driven<'_, S, Fut> {
    type Output = Fut::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fut::Output> {
        self.project().state.poll("Driven", |both| {
            let both = both.project();
            let poll = both.future.poll(cx);
            if poll.is_pending() {
                Pin::new(&mut **both.stream).poll_drive(cx);
            }
            poll
        })
    }
}

impl<S: Drive + Unpin, Fut: Future> FusedFuture for Driven<'_, S, Fut> {
    fn is_terminated(&self) -> bool {
        self.state.is_over()
    }
}

impl<S, Fut> fmt::Debug for Driven<'_, S, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.debug("Driven", f)
    }
}
