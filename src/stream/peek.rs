//! The futures of [`Peekable`]: look at the next item, or take it on a condition.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;
use futures_core::stream::Stream;

use super::Peekable;
use crate::internal::live::Live;

/// The future of [`Peekable::peek`].
///
/// # Cancel safety
///
/// Dropping it loses nothing.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct Peek<'a, St: Stream> {
    stream: Live<Pin<&'a mut Peekable<St>>>,
}

impl<'a, St: Stream> Peek<'a, St> {
    pub(super) fn new(stream: Pin<&'a mut Peekable<St>>) -> Self {
        Self { stream: Live::new(stream) }
    }
}

/// Waits until there is an item to be looked at, or none for ever, and then gives the stream back.
fn poll_peeked<'a, St: Stream>(
    stream: &mut Live<Pin<&'a mut Peekable<St>>>,
    name: &'static str,
    cx: &mut Context<'_>,
) -> Poll<&'a mut Option<St::Item>> {
    let poll =
        Pin::new(stream).poll_and_take(name, |mut stream| stream.as_mut().get_mut().as_mut().poll_peek(cx).map(|_| ()));
    poll.map(|((), stream)| stream.peeked())
}

impl<'a, St: Stream> Future for Peek<'a, St> {
    type Output = Option<&'a St::Item>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        poll_peeked(&mut self.stream, "Peek", cx).map(|peeked| peeked.as_ref())
    }
}

impl<St: Stream> FusedFuture for Peek<'_, St> {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<St: Stream> fmt::Debug for Peek<'_, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("Peek", f)
    }
}

/// The future of [`Peekable::peek_mut`].
///
/// # Cancel safety
///
/// Dropping it loses nothing.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct PeekMut<'a, St: Stream> {
    stream: Live<Pin<&'a mut Peekable<St>>>,
}

impl<'a, St: Stream> PeekMut<'a, St> {
    pub(super) fn new(stream: Pin<&'a mut Peekable<St>>) -> Self {
        Self { stream: Live::new(stream) }
    }
}

impl<'a, St: Stream> Future for PeekMut<'a, St> {
    type Output = Option<&'a mut St::Item>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        poll_peeked(&mut self.stream, "PeekMut", cx).map(|peeked| peeked.as_mut())
    }
}

impl<St: Stream> FusedFuture for PeekMut<'_, St> {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<St: Stream> fmt::Debug for PeekMut<'_, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("PeekMut", f)
    }
}

/// The future of [`Peekable::next_if`].
///
/// # Cancel safety
///
/// Dropping it loses nothing.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream or the function has panicked. An item at which the function
/// panics stays in the stream.
#[must_use = "futures do nothing unless polled"]
pub struct NextIf<'a, St: Stream, F> {
    stream: Live<Pin<&'a mut Peekable<St>>>,
    // Is there until there is an item.
    function: Option<F>,
}

impl<'a, St: Stream, F> NextIf<'a, St, F> {
    pub(super) fn new(stream: Pin<&'a mut Peekable<St>>, function: F) -> Self {
        Self { stream: Live::new(stream), function: Some(function) }
    }
}

// The function is called by value, and never pinned.
impl<St: Stream, F> Unpin for NextIf<'_, St, F> {}

impl<St: Stream, F: FnOnce(&St::Item) -> bool> Future for NextIf<'_, St, F> {
    type Output = Option<St::Item>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let peeked = ready!(poll_peeked(&mut self.stream, "NextIf", cx));
        Poll::Ready(match self.function.take() {
            Some(function) => peeked.take_if(|item| function(item)),
            None => unreachable!("the function goes when the stream does"),
        })
    }
}

impl<St: Stream, F: FnOnce(&St::Item) -> bool> FusedFuture for NextIf<'_, St, F> {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<St: Stream, F> fmt::Debug for NextIf<'_, St, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("NextIf", f)
    }
}

/// The future of [`Peekable::next_if_eq`].
///
/// # Cancel safety
///
/// Dropping it loses nothing.
///
/// # Panics
///
/// Polling panics once it has given its output, or the stream or the comparison has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct NextIfEq<'a, St: Stream, T: ?Sized> {
    stream: Live<Pin<&'a mut Peekable<St>>>,
    expected: &'a T,
}

impl<'a, St: Stream, T: ?Sized> NextIfEq<'a, St, T> {
    pub(super) fn new(stream: Pin<&'a mut Peekable<St>>, expected: &'a T) -> Self {
        Self { stream: Live::new(stream), expected }
    }
}

impl<St: Stream<Item: PartialEq<T>>, T: ?Sized> Future for NextIfEq<'_, St, T> {
    type Output = Option<St::Item>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let peeked = ready!(poll_peeked(&mut self.stream, "NextIfEq", cx));
        Poll::Ready(peeked.take_if(|item| *item == *self.expected))
    }
}

impl<St: Stream<Item: PartialEq<T>>, T: ?Sized> FusedFuture for NextIfEq<'_, St, T> {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<St: Stream, T: ?Sized> fmt::Debug for NextIfEq<'_, St, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("NextIfEq", f)
    }
}
