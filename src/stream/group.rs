//! `StreamGroup`: a set of streams with keys.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

pub use crate::internal::pool::Key;
use crate::internal::pool::{Visit, keyed_set};

keyed_set! {
    /// A set of streams with keys, by which they are looked up and taken out again.
    ///
    /// It is a [`Stream`] of what they give, as it comes; [`keyed`](Self::keyed) makes it one of keys and items. A stream that ends is
    /// dropped. Streams are put in at any time, and only those are polled that were woken. Where no keys are needed, and streams are
    /// `Unpin`, [`SelectAll`](super::SelectAll) is futures' name for it; where streams are known by keys of your own,
    /// [`StreamMap`](super::StreamMap) is tokio's.
    ///
    /// A key is one stream's alone: when that has gone, the key finds nobody, though another stream may lie in its place.
    ///
    /// A group may be [`bounded`](Self::bounded): then it takes so many streams and no more.
    ///
    /// # After the end
    ///
    /// It gives `None` while it is empty, and goes on when another stream is put in. It is
    /// [terminated](FusedStream::is_terminated) from a `None` until then.
    ///
    /// # Panics
    ///
    /// The panic of a stream reaches whoever polls the group. That stream is gone then, and the group is as usable as before.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the group drops its streams.
    ///
    /// # Fairness
    ///
    /// Streams that were woken are polled in rounds, and whoever gave an item is polled again in the next: so streams that are always
    /// ready take turns, and none keeps another from being polled. In one poll of the group each stream is polled once at most.
    ///
    /// # Allocation
    ///
    /// O(log N) for N streams, and none any longer once there is room for as many as there are at a time. A bounded group makes all its
    /// room when it is made.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::stream::StreamGroup;
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut group = StreamGroup::new();
    /// let a = group.insert(iter(["a1", "a2"]));
    /// let b = group.insert(iter(["b1", "b2"]));
    /// let mut group = group.keyed();
    /// assert_eq!(group.next().await, Some((a, "a1")));
    /// assert_eq!(group.next().await, Some((b, "b1")));
    /// assert!(group.remove(a));
    /// assert_eq!(group.next().await, Some((b, "b2")));
    /// assert_eq!(group.next().await, None);
    /// # });
    /// ```
    StreamGroup<S: Stream> "stream" => S::Item,
    |child, cx| match child.poll_next(cx) {
        Poll::Pending => Visit::Waits,
        Poll::Ready(Some(item)) => Visit::Gives(item),
        Poll::Ready(None) => Visit::Goes,
    },
    |len| (0, if len == 0 { Some(0) } else { None });
    Keyed
}
