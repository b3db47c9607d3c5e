//! `.merge()`.

use futures_core::stream::Stream;

use super::MergeChildren;
use crate::stream::container;

/// The method [`.merge()`](Merge::merge), of tuples of 2 to 12 streams, of arrays and of `Vec`s, whose items are all of one
/// type.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait Merge {
    /// The item of any of the streams.
    type Item;
    /// The stream of all their items.
    type Stream: Stream<Item = Self::Item>;

    /// Gives the items of several streams as they come, until all streams have ended.
    ///
    /// The items of one stream keep their order. Of an empty array or `Vec`, it ends at once. Where items are of different
    /// types, [`map`](crate::stream::StreamExt::map) them into one first, an enum, say.
    ///
    /// Where streams are to be added on the way, use a [`SelectAll`](crate::stream::SelectAll) or a
    /// [`StreamGroup`](crate::stream::StreamGroup); where it matters whose an item is, a
    /// [`StreamMap`](crate::stream::StreamMap); for one stream after the other,
    /// [`chain`](crate::stream::StreamExt::chain).
    ///
    /// # Allocation
    ///
    /// None for tuples and arrays. A `Vec` is taken as it is, with the streams in its buffer, or moved into another if they leave
    /// no room to note that they have ended. There are two blocks more, of five bytes for each stream, if there are more than 30.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the merge drops all streams.
    ///
    /// # Fairness
    ///
    /// Each poll begins at a stream drawn at random; with
    /// [`.merge().biased()`](crate::stream::container::Merge::biased) at the first. In a `Vec` of more than 30, streams that
    /// have items take turns.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::{iter, once};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let few = iter([1, 3]);
    /// let one = once(async { 2 });
    /// let mut items = (few, one).merge().collect::<Vec<_>>().await;
    /// items.sort_unstable();
    /// assert_eq!(items, [1, 2, 3]);
    ///
    /// let countdowns = (0..100).map(|n| iter((0..n).rev())).collect::<Vec<_>>();
    /// assert_eq!(countdowns.merge().count().await, 4950);
    /// # });
    /// ```
    fn merge(self) -> Self::Stream;
}

impl<C: MergeChildren> Merge for C {
    type Item = C::Item;
    type Stream = container::Merge<C>;

    #[inline]
    fn merge(self) -> Self::Stream {
        container::Merge::new(self)
    }
}
