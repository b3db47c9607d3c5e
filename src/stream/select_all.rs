//! `SelectAll`: streams that become one, and to which others may be added.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use crate::future::futures_unordered::{IntoIter, Iter, IterMut};
use crate::internal::pool::{self, PinMut, PinRef, Pool, Visit, sound};

/// Any number of streams as one, which gives their items as they come. Others may be added at any time.
///
/// Where a stream is to be taken out again, or is not `Unpin`, use a [`StreamGroup`](super::StreamGroup).
///
/// # After the end
///
/// It gives `None` when all streams have ended, and goes on when another is pushed; a task that waits for that is woken. It is
/// [terminated](FusedStream::is_terminated) from a `None` to the next push.
///
/// # Panics
///
/// The panic of a stream reaches whoever polls. That stream is gone then, and the others go on.
///
/// # Cancel safety
///
/// Nothing is lost when a wait for the next item is dropped. Dropping it drops the streams.
///
/// # Fairness
///
/// Streams that were woken are polled in rounds, and whoever gave an item is polled again in the next: so streams that are always
/// ready take turns.
///
/// # Allocation
///
/// O(log N) for N streams, and none any longer once there is room for as many as there are at a time.
///
/// # Examples
///
/// ```
/// use anywhen::stream::select_all;
/// use anywhen::prelude::*;
/// use anywhen::stream::iter;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut both = select_all([iter([1, 3]), iter([2, 4])]);
/// assert_eq!(both.next().await, Some(1));
/// both.push(iter([9, 10]));
/// assert_eq!(both.collect::<Vec<_>>().await, [2, 9, 3, 4, 10]);
/// # });
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct SelectAll<St> {
    pool: Pool<St>,
}

/// Makes one stream of many.
///
/// # Examples
///
/// ```
/// use anywhen::stream::select_all;
/// use anywhen::prelude::*;
/// use futures_lite::stream::once;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut items = select_all((0..100).map(once)).collect::<Vec<_>>().await;
/// items.sort_unstable();
/// assert!(items.into_iter().eq(0..100));
/// # });
/// ```
pub fn select_all<I>(streams: I) -> SelectAll<I::Item>
where
    I: IntoIterator<Item: Stream + Unpin>,
{
    streams.into_iter().collect()
}

impl<St> SelectAll<St> {
    /// No streams yet. Allocates nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { pool: Pool::new() }
    }

    /// How many streams there are that have not ended.
    #[inline]
    pub fn len(&self) -> usize {
        self.pool.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a stream. If a task waits for the next item, it is woken, also if there were no streams.
    pub fn push(&mut self, stream: St) {
        self.pool.insert(stream);
        sound(self.pool.alarm());
    }

    /// The streams, in no particular order.
    pub fn iter(&self) -> Iter<'_, St>
    where
        St: Unpin,
    {
        Iter(PinRef::new(&self.pool))
    }

    /// The streams, to be changed, in no particular order. What is done to them does not have them polled.
    pub fn iter_mut(&mut self) -> IterMut<'_, St>
    where
        St: Unpin,
    {
        IterMut(PinMut::new(&mut self.pool))
    }

    /// Drops all streams. There is room for as many as before.
    pub fn clear(&mut self) {
        self.pool.clear();
    }
}

impl<St: Stream + Unpin> Stream for SelectAll<St> {
    type Item = St::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        self.get_mut().pool.poll(cx, |_, stream, cx| match stream.poll_next(cx) {
            Poll::Pending => Visit::Waits,
            Poll::Ready(Some(item)) => Visit::Gives(item),
            Poll::Ready(None) => Visit::Goes,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, if self.is_empty() { Some(0) } else { None })
    }
}

impl<St: Stream + Unpin> FusedStream for SelectAll<St> {
    fn is_terminated(&self) -> bool {
        self.pool.is_terminated()
    }
}

impl<St> Default for SelectAll<St> {
    fn default() -> Self {
        Self::new()
    }
}

impl<St> Extend<St> for SelectAll<St> {
    fn extend<I: IntoIterator<Item = St>>(&mut self, streams: I) {
        streams.into_iter().for_each(|stream| self.push(stream));
    }
}

impl<St> FromIterator<St> for SelectAll<St> {
    /// If the iterator says how many there are, they lie in one block.
    fn from_iter<I: IntoIterator<Item = St>>(streams: I) -> Self {
        let streams = streams.into_iter();
        let mut all = Self { pool: Pool::for_up_to(streams.size_hint().0) };
        all.extend(streams);
        all
    }
}

impl<St: Unpin> IntoIterator for SelectAll<St> {
    type Item = St;
    type IntoIter = IntoIter<St>;

    fn into_iter(self) -> IntoIter<St> {
        IntoIter(pool::IntoIter::new(self.pool))
    }
}

impl<'a, St: Unpin> IntoIterator for &'a SelectAll<St> {
    type Item = &'a St;
    type IntoIter = Iter<'a, St>;

    fn into_iter(self) -> Iter<'a, St> {
        self.iter()
    }
}

impl<'a, St: Unpin> IntoIterator for &'a mut SelectAll<St> {
    type Item = &'a mut St;
    type IntoIter = IterMut<'a, St>;

    fn into_iter(self) -> IterMut<'a, St> {
        self.iter_mut()
    }
}

impl<St> fmt::Debug for SelectAll<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectAll").field("len", &self.len()).finish_non_exhaustive()
    }
}
