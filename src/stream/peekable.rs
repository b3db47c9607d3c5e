//! `peekable`: a stream whose next item can be looked at before it is taken.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};

use super::{Fuse, NextIf, NextIfEq, Peek, PeekMut};
use crate::internal::pin_project::pin_project;

pin_project! {
    /// The stream of [`StreamExt::peekable`](super::StreamExt::peekable).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that was looked at and not taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = pin!(stream::iter([1, 2, 3]).peekable());
    /// assert_eq!(numbers.as_mut().peek().await, Some(&1));
    /// assert_eq!(numbers.next().await, Some(1));
    /// assert_eq!(numbers.as_mut().next_if(|n| *n > 5).await, None);
    /// assert_eq!(numbers.as_mut().next_if_eq(&2).await, Some(2));
    /// # });
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct Peekable<St>
    where
        St: Stream,
    {
        #[pin]
        stream: Fuse<St>,
        peeked: Option<St::Item>,
    }
}

impl<St: Stream> Peekable<St> {
    #[inline]
    pub(super) fn new(stream: St) -> Self {
        Self { stream: Fuse::new(stream), peeked: None }
    }

    /// Waits for the next item, and lends it; gives `None` when there are no more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn peek(self: Pin<&mut Self>) -> Peek<'_, St> {
        Peek::new(self)
    }

    /// Waits for the next item, and lends it to be changed; gives `None` when there are no more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn peek_mut(self: Pin<&mut Self>) -> PeekMut<'_, St> {
        PeekMut::new(self)
    }

    /// Waits for the next item, and takes it if `function` says so.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn next_if<F>(self: Pin<&mut Self>, function: F) -> NextIf<'_, St, F>
    where
        F: FnOnce(&St::Item) -> bool,
    {
        NextIf::new(self, function)
    }

    /// Waits for the next item, and takes it if it equals `expected`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn next_if_eq<'a, T>(self: Pin<&'a mut Self>, expected: &'a T) -> NextIfEq<'a, St, T>
    where
        T: ?Sized,
        St::Item: PartialEq<T>,
    {
        NextIfEq::new(self, expected)
    }

    /// Polls for the next item, and lends it.
    pub fn poll_peek(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<&St::Item>> {
        self.poll_peek_mut(cx).map(|item| item.map(|item| &*item))
    }

    /// Polls for the next item, and lends it to be changed.
    pub fn poll_peek_mut(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<&mut St::Item>> {
        let this = self.project();
        if this.peeked.is_none() {
            *this.peeked = ready!(this.stream.poll_next(cx));
        }
        Poll::Ready(this.peeked.as_mut())
    }

    /// What was looked at and not taken.
    pub(super) fn peeked(self: Pin<&mut Self>) -> &mut Option<St::Item> {
        self.project().peeked
    }
}

impl<St: Stream> Stream for Peekable<St> {
    type Item = St::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        let this = self.project();
        match this.peeked.take() {
            Some(item) => Poll::Ready(Some(item)),
            None => this.stream.poll_next(cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let peeked = usize::from(self.peeked.is_some());
        let (least, most) = self.stream.size_hint();
        (least.saturating_add(peeked), most.and_then(|most| most.checked_add(peeked)))
    }
}

impl<St: Stream> FusedStream for Peekable<St> {
    fn is_terminated(&self) -> bool {
        self.peeked.is_none() && self.stream.is_terminated()
    }
}

impl<St: Stream> fmt::Debug for Peekable<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.debug("Peekable", f)
    }
}
