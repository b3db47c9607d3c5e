//! `StreamMap`: streams with keys of the user's own.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::buffer::MOST;
use crate::internal::live::{Live, dropping};
use crate::internal::pool::{Key, PinMut, Pool, Visit, sound};

/// Streams, each with a key, as one stream of keys and items.
///
/// A stream that ends is dropped. To tell which one has ended, have it say so with a last item of its own.
///
/// Looking up a key compares it with one after the other, as tokio's map does: O(N). Where a map has thousands of streams, or
/// its streams are not `Unpin`, [`StreamGroup`](super::StreamGroup) gives out keys with which that is O(1). Polling
/// does not depend on how many there are: only those are polled that were woken.
///
/// # After the end
///
/// It gives `None` when all streams have ended, and goes on when another is put in; a task that waits for that is woken. It is
/// [terminated](FusedStream::is_terminated) from a `None` until then.
///
/// # Panics
///
/// The panic of a stream reaches whoever polls. That stream is gone then, and the others go on.
///
/// # Cancel safety
///
/// Nothing is lost when a wait for the next item is dropped. Dropping the map drops its streams.
///
/// # Fairness
///
/// Streams that were woken are polled in rounds, and whoever gave an item is polled again in the next: so streams that are always
/// ready take turns. tokio's map begins each poll at a random one.
///
/// # Allocation
///
/// O(log N) for N streams, and none any longer once there is room for as many as there are at a time.
///
/// # Examples
///
/// ```
/// use anywhen::stream::StreamMap;
/// use anywhen::prelude::*;
/// use anywhen::stream::iter;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut map = StreamMap::new();
/// map.insert("a", iter(vec![1, 2]));
/// map.insert("b", iter(vec![10]));
/// assert_eq!(map.next().await, Some(("a", 1)));
/// assert_eq!(map.next().await, Some(("b", 10)));
/// assert!(map.remove("a").is_some());
/// assert_eq!(map.next().await, None);
/// # });
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct StreamMap<K, V> {
    pool: Pool<Entry<K, V>>,
}

/// A key and its stream, which is never pinned but where it may be moved.
struct Entry<K, V>((K, V));

impl<K, V> Unpin for Entry<K, V> {}

impl<K, V> Entry<K, V> {
    fn into_stream(self) -> V {
        let Self((key, stream)) = self;
        dropping(key, stream)
    }
}

impl<K, V> StreamMap<K, V> {
    /// An empty map. Allocates nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { pool: Pool::new() }
    }

    /// An empty map that has room for so many streams.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { pool: Pool::with_capacity(capacity) }
    }

    /// For how many streams there is room.
    pub fn capacity(&self) -> usize {
        self.pool.capacity()
    }

    /// How many streams there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.pool.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all keys and streams. There is room for as many as before.
    pub fn clear(&mut self) {
        self.pool.clear();
    }

    /// Keys and streams, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.pool.keys().filter_map(|place| self.pool.get(place)).map(|entry| &entry.0)
    }

    /// Keys and streams, to be changed, in no particular order. All streams are polled when the map is polled next.
    ///
    /// Keys must stay different from each other, or only one of the same is found.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut (K, V)> {
        sound(self.pool.mark_all());
        let mut entries = PinMut::new(&mut self.pool);
        core::iter::from_fn(move || entries.next().map(|(_, entry)| &mut entry.get_mut().0))
    }

    /// The keys, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The streams, in no particular order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, stream)| stream)
    }

    /// The streams, to be changed, in no particular order. All are polled when the map is polled next.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, stream)| stream)
    }

    fn find<Q>(&self, key: &Q) -> Option<Key>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.pool.keys().find(|&place| self.pool.get(place).is_some_and(|entry| entry.0.0.borrow() == key))
    }

    /// Puts a stream in, and gives the one that had the same key before. If a task waits for the next item, it is woken, also if
    /// there were no streams.
    pub fn insert(&mut self, key: K, stream: V) -> Option<V>
    where
        K: Hash + Eq,
    {
        // The new one first: so there is always something to wait for. The old one is out before foreign code runs.
        let old = self.find(&key);
        self.pool.insert(Entry((key, stream)));
        let alarm = self.pool.alarm();
        let old = old.and_then(|old| self.pool.take(old));
        sound(alarm);
        old.map(Entry::into_stream)
    }

    /// Takes out the stream with this key, if there is one.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let place = self.find(key)?;
        self.pool.take(place).map(Entry::into_stream)
    }

    /// Whether there is a stream with this key.
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(key).is_some()
    }
}

impl<K: Clone + Unpin, V: Stream + Unpin> StreamMap<K, V> {
    /// Waits for the next items, adds them to `buffer`, `limit` at most, and gives how many that were.
    ///
    /// It waits for one, and takes those that are there besides, 128 at most in all. It is 0 when all streams have ended, or if
    /// `limit` is zero.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: it adds to the buffer when it is done, and not before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::stream::StreamMap;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut map = StreamMap::from_iter([("a", iter([1, 2])), ("b", iter([10, 20]))]);
    /// let mut items = Vec::new();
    /// assert_eq!(map.next_many(&mut items, 3).await, 3);
    /// assert_eq!(items, [("a", 1), ("b", 10), ("a", 2)]);
    /// # });
    /// ```
    pub fn next_many<'a>(&'a mut self, buffer: &'a mut Vec<(K, V::Item)>, limit: usize) -> NextMany<'a, K, V> {
        NextMany { wait: Live::new(Wait { map: self, buffer, limit }) }
    }

    /// The poll of [`next_many`](Self::next_many).
    pub fn poll_next_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<(K, V::Item)>,
        limit: usize,
    ) -> Poll<usize> {
        // Whatever the limit.
        let limit = limit.min(MOST);
        for added in 0..limit {
            match Pin::new(&mut *self).poll_next(cx) {
                Poll::Ready(Some(item)) => buffer.push(item),
                Poll::Pending if added == 0 => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => return Poll::Ready(added),
            }
        }
        Poll::Ready(limit)
    }
}

impl<K: Clone + Unpin, V: Stream + Unpin> Stream for StreamMap<K, V> {
    type Item = (K, V::Item);

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().pool.poll(cx, |_, entry, cx| {
            let (key, stream) = &mut entry.get_mut().0;
            match Pin::new(stream).poll_next(cx) {
                Poll::Pending => Visit::Waits,
                Poll::Ready(Some(item)) => Visit::Gives((key.clone(), item)),
                Poll::Ready(None) => Visit::Goes,
            }
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values().map(Stream::size_hint).fold((0, Some(0)), |(least, most), (other_least, other_most)| {
            (
                least.saturating_add(other_least),
                most.zip(other_most).and_then(|(most, other_most)| usize::checked_add(most, other_most)),
            )
        })
    }
}

impl<K: Clone + Unpin, V: Stream + Unpin> FusedStream for StreamMap<K, V> {
    fn is_terminated(&self) -> bool {
        self.pool.is_terminated()
    }
}

impl<K, V> Default for StreamMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq, V> Extend<(K, V)> for StreamMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, streams: I) {
        for (key, stream) in streams {
            self.insert(key, stream);
        }
    }
}

impl<K: Hash + Eq, V> FromIterator<(K, V)> for StreamMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(streams: I) -> Self {
        let streams = streams.into_iter();
        let mut map = Self { pool: Pool::for_up_to(streams.size_hint().0) };
        map.extend(streams);
        map
    }
}

impl<K: fmt::Debug, V> fmt::Debug for StreamMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The keys alone.
        struct Keys<'a, K, V>(&'a StreamMap<K, V>);

        impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_set().entries(self.0.keys()).finish()
            }
        }

        f.debug_struct("StreamMap").field("keys", &Keys(self)).finish_non_exhaustive()
    }
}

/// The future of [`StreamMap::next_many`].
///
/// # Cancel safety
///
/// Dropping it loses nothing: it adds to the buffer when it is done, and not before.
///
/// # Panics
///
/// Polling panics once it has given how many there were, or a stream has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct NextMany<'a, K, V: Stream> {
    wait: Live<Wait<'a, K, V>>,
}

struct Wait<'a, K, V: Stream> {
    map: &'a mut StreamMap<K, V>,
    buffer: &'a mut Vec<(K, V::Item)>,
    limit: usize,
}

impl<K: Clone + Unpin, V: Stream + Unpin> Future for NextMany<'_, K, V> {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        Pin::new(&mut self.wait).poll("NextMany", |wait| {
            let Wait { map, buffer, limit } = wait.get_mut();
            map.poll_next_many(cx, buffer, *limit)
        })
    }
}

impl<K: Clone + Unpin, V: Stream + Unpin> FusedFuture for NextMany<'_, K, V> {
    fn is_terminated(&self) -> bool {
        self.wait.is_over()
    }
}

impl<K, V: Stream> fmt::Debug for NextMany<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wait.debug("NextMany", f)
    }
}
