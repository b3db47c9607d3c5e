//! `merge`: the items of several streams, as they come.
//!
//! It is what `race` is for futures, again and again: a poll is one pass over the streams in a circle, which ends at the first
//! that has an item. [`MergeChildren`] is that pass for one kind of collection, [`scan`] the one for a few; where the circle
//! begins, the [`Order`] of races says.

mod array;
pub(super) mod method;
mod scan;
mod tuple;
#[cfg(feature = "alloc")]
mod vec;

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use crate::future::Order;
use crate::future::container::{Biased, Fair};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// The streams of a merge, and one pass over them.
pub trait MergeChildren {
    /// The item of any of them.
    type Item;
    /// The streams, and what there is to know about them.
    type State;

    /// Takes them in.
    fn into_state(self) -> Self::State;

    /// Polls those that may have an item, beginning with one that `O` chooses and going round, up to the first that has one.
    /// Those that turn out to have ended are dropped. When none is left, that is the end.
    fn poll_first<O: Order>(state: Pin<&mut Self::State>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;

    /// The sum of what the streams say.
    fn size_hint(state: &Self::State) -> (usize, Option<usize>);
}

pin_project! {
    /// The stream of [`.merge()`](crate::stream::traits::Merge::merge): gives the items of several streams as they come.
    ///
    /// `C` is the collection of streams: `Merge<(A, B)>`, `Merge<[St; N]>`, `Merge<Vec<St>>`. `O` is [`Fair`] or, after
    /// [`biased`](Self::biased), [`Biased`].
    ///
    /// Each poll polls every stream that has not ended once, up to the first that has an item: O(N) a wake. Of a `Vec` of more
    /// than 30 it polls those that were woken, or that gave an item the last time, once each. Streams are never moved once polled.
    /// One that has ended is dropped in place, at once, and not polled again. When all have, that is the end.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped: no item is ever held here. Dropping the merge drops the
    /// streams, in order.
    ///
    /// # Fairness
    ///
    /// Each poll begins at a stream drawn at random among those that have not ended, so that one that always has an item keeps
    /// no other from being heard. Of a `Vec` of more than 30, those that have items take turns: whoever has given one is asked
    /// again after the others. After [`biased`](Self::biased) each poll begins at the first stream.
    ///
    /// # Panics
    ///
    /// The panic of a stream, or of its destructor, reaches whoever polls. The others are dropped during the unwinding, and
    /// that is the end.
    #[must_use = "streams do nothing unless polled"]
    pub struct Merge<C: MergeChildren, O = Fair> {
        #[pin]
        streams: Live<C::State>,
        order: PhantomData<O>,
    }
}

impl<C: MergeChildren> Merge<C> {
    #[inline]
    fn new(streams: C) -> Self {
        Self { streams: Live::new(streams.into_state()), order: PhantomData }
    }

    /// Makes every poll begin at the first stream.
    ///
    /// The first of several streams that have an item at the same time then gives its own, and a stream that always has one
    /// starves those behind it. It saves drawing a random number at each poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let items = (iter([1, 2]), iter([3])).merge().biased();
    /// assert_eq!(items.collect::<Vec<_>>().await, [1, 2, 3]);
    /// # });
    /// ```
    #[inline]
    pub fn biased(self) -> Merge<C, Biased> {
        Merge { streams: self.streams, order: PhantomData }
    }
}

impl<C: MergeChildren, O: Order> Stream for Merge<C, O> {
    type Item = C::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<C::Item>> {
        self.project().streams.poll_next(|streams| C::poll_first::<O>(streams, cx))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.streams.state().map_or((0, Some(0)), C::size_hint)
    }
}

impl<C: MergeChildren, O: Order> FusedStream for Merge<C, O> {
    fn is_terminated(&self) -> bool {
        self.streams.is_over()
    }
}

impl<C: MergeChildren, O> fmt::Debug for Merge<C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.streams.debug("Merge", f)
    }
}
