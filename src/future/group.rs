//! `FutureGroup`: a set of futures with keys.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

pub use crate::internal::pool::Key;
use crate::internal::pool::{Visit, keyed_set};

keyed_set! {
    /// A set of futures with keys, by which they are looked up and taken out again.
    ///
    /// It is a [`Stream`] of what the futures give, in the order in which they are done; [`keyed`](Self::keyed) makes it one of
    /// keys and outputs. Futures are put in at any time, and polled when the stream is; only those are polled that were woken.
    /// Where no keys are needed, [`FuturesUnordered`](super::FuturesUnordered) takes futures through a shared reference.
    ///
    /// A key is one future's alone: when that has gone, the key finds nobody, though another future may lie in its place.
    ///
    /// A group may be [`bounded`](Self::bounded): then it takes so many futures and no more.
    ///
    /// Futures are polled **only while the group is polled**; see [`FuturesUnordered`](super::FuturesUnordered) for what that
    /// means.
    ///
    /// # After the end
    ///
    /// The stream gives `None` while the group is empty, and goes on when another future is put in. It is
    /// [terminated](FusedStream::is_terminated) from a `None` until then.
    ///
    /// # Panics
    ///
    /// The panic of a future reaches whoever polls the group. That future is gone then, and the group is as usable as before.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next output is dropped. Dropping the group drops its futures.
    ///
    /// # Fairness
    ///
    /// Futures that were woken are polled in rounds, as with [`FuturesUnordered`](super::FuturesUnordered).
    ///
    /// # Allocation
    ///
    /// O(log N) for N futures, and none any longer once there is room for as many as there are at a time. A bounded group makes all
    /// its room when it is made.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::{pending, ready};
    ///
    /// use anywhen::future::{FutureExt, FutureGroup};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut group = FutureGroup::new();
    /// let never = group.insert(pending().boxed());
    /// let two = group.insert(ready(2).boxed());
    /// assert_eq!(group.next().await, Some(2));
    /// assert!(!group.contains_key(two));
    /// assert!(group.remove(never));
    /// assert_eq!(group.next().await, None);
    /// # });
    /// ```
    FutureGroup<F: Future> "future" => F::Output,
    |child, cx| match child.poll(cx) {
        Poll::Pending => Visit::Waits,
        Poll::Ready(output) => Visit::Ends(output),
    },
    |len| (len, Some(len));
    Keyed
}
