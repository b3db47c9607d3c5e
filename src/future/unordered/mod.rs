//! `FuturesUnordered`: a set of futures that grows, and gives what they give as it comes.

mod iter;

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

pub use self::iter::{IntoIter, Iter, IterMut, IterPinMut, IterPinRef};
use crate::internal::pool::{self, PinMut, Pool, PoolCell, Visit};

/// A set of futures, whose outputs come in the order in which they are done.
///
/// It is a [`Stream`] of the outputs. Futures are put in with [`push`](Self::push) at any time, also while somebody waits for the
/// next output; they are polled when the stream is, and only those are polled that were woken.
///
/// Where it matters which future an output comes from, or where futures are to be taken out again, use a
/// [`FutureGroup`](super::FutureGroup); for outputs in the order of the futures, [`FuturesOrdered`](super::FuturesOrdered). For a fixed
/// number of futures that are all to end, `.join()` of a `Vec` is faster.
///
/// Futures in a set are polled **only while the set is polled**. While the task that owns it awaits something else, say in the
/// body of a `while let Some(output) = set.next().await`, none of them moves: timeouts in them run over, and a lock that one of
/// them waits for, and has been granted, is kept from everybody.
///
/// # After the end
///
/// The stream gives `None` while the set is empty, and goes on when another future is pushed. It is
/// [terminated](FusedStream::is_terminated) from a `None` to the next push.
///
/// # Panics
///
/// The panic of a future reaches whoever polls the set. That future is gone then, and the set is as usable as before.
///
/// # Cancel safety
///
/// Nothing is lost when a wait for the next output is dropped. Dropping the set drops its futures.
///
/// # Fairness
///
/// Futures that were woken are polled in rounds. In each, everybody who was woken has one turn, so none can keep another from
/// being polled, be it by waking itself or by ending and being replaced. In one poll of the set each future is polled once
/// at most; how many that are is not limited otherwise.
///
/// # Allocation
///
/// Futures lie in blocks, of which each has room for twice as many as the one before: O(log N) allocations for N futures, and none
/// any longer once there is room for as many as there are at a time. Blocks are kept until the set is dropped. A future that is done
/// is dropped at once.
///
/// # Differences from futures
///
/// The set is not `Sync`: [`push`](Self::push) through a shared reference would take a lock. `iter` goes through the futures in no
/// particular order.
///
/// # Examples
///
/// ```
/// use anywhen::future::{FutureExt, FuturesUnordered, yield_now};
/// use anywhen::prelude::*;
///
/// # anywhen::rt::Std.block_on(async {
/// async fn work(rounds: u32) -> u32 {
///     for _ in 0..rounds {
///         yield_now().await;
///     }
///     rounds
/// }
///
/// let mut set = FuturesUnordered::new();
/// set.push(work(3));
/// set.push(work(1));
/// assert_eq!(set.next().await, Some(1));
/// set.push(work(0));
/// assert_eq!(set.next().await, Some(0));
/// assert_eq!(set.next().await, Some(3));
/// assert_eq!(set.next().await, None);
/// # });
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct FuturesUnordered<Fut> {
    pool: PoolCell<Fut>,
}

// Futures are pinned where they lie, wherever the set is.
impl<Fut> Unpin for FuturesUnordered<Fut> {}

impl<Fut> FuturesUnordered<Fut> {
    /// An empty set. Allocates nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { pool: PoolCell::new(Pool::new()) }
    }

    /// An empty set that has room for so many futures, in one block.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { pool: PoolCell::new(Pool::with_capacity(capacity)) }
    }

    /// For how many futures there is room.
    pub fn capacity(&self) -> usize {
        self.pool.capacity()
    }

    /// How many futures there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.pool.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a future in. It is polled when the set is; if a task waits for the set, it is woken for that, also if the set was
    /// empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::FuturesUnordered;
    ///
    /// let set = FuturesUnordered::new();
    /// set.push(async { 1 });
    /// assert_eq!(set.len(), 1);
    /// ```
    #[inline]
    pub fn push(&self, future: Fut) {
        self.pool.insert(future);
    }

    /// Drops all futures. There is room for as many as before.
    pub fn clear(&mut self) {
        self.pool.get_mut().clear();
    }

    /// The futures, in no particular order.
    pub fn iter(&self) -> Iter<'_, Fut>
    where
        Fut: Unpin,
    {
        Iter(self.pool.iter())
    }

    /// The futures, pinned, in no particular order.
    pub fn iter_pin_ref(self: Pin<&Self>) -> IterPinRef<'_, Fut> {
        IterPinRef(self.get_ref().pool.iter())
    }

    /// The futures, to be changed, in no particular order. What is done to them does not have them polled.
    pub fn iter_mut(&mut self) -> IterMut<'_, Fut>
    where
        Fut: Unpin,
    {
        IterMut(PinMut::new(self.pool.get_mut()))
    }

    /// The futures, pinned, to be changed, in no particular order. What is done to them does not have them polled.
    pub fn iter_pin_mut(self: Pin<&mut Self>) -> IterPinMut<'_, Fut> {
        IterPinMut(PinMut::new(self.get_mut().pool.get_mut()))
    }
}

impl<Fut: Future> Stream for FuturesUnordered<Fut> {
    type Item = Fut::Output;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Fut::Output>> {
        self.get_mut().pool.get_mut().poll(cx, |_, future, cx| match future.poll(cx) {
            Poll::Pending => Visit::Waits,
            Poll::Ready(output) => Visit::Ends(output),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<Fut: Future> FusedStream for FuturesUnordered<Fut> {
    fn is_terminated(&self) -> bool {
        self.pool.is_terminated()
    }
}

impl<Fut> Default for FuturesUnordered<Fut> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Fut> Extend<Fut> for FuturesUnordered<Fut> {
    fn extend<I: IntoIterator<Item = Fut>>(&mut self, futures: I) {
        futures.into_iter().for_each(|future| self.push(future));
    }
}

impl<Fut> FromIterator<Fut> for FuturesUnordered<Fut> {
    /// If the iterator says how many there are, they lie in one block.
    fn from_iter<I: IntoIterator<Item = Fut>>(futures: I) -> Self {
        let futures = futures.into_iter();
        let set = Self { pool: PoolCell::new(Pool::for_up_to(futures.size_hint().0)) };
        futures.for_each(|future| set.push(future));
        set
    }
}

impl<Fut: Unpin> IntoIterator for FuturesUnordered<Fut> {
    type Item = Fut;
    type IntoIter = IntoIter<Fut>;

    fn into_iter(self) -> IntoIter<Fut> {
        IntoIter(pool::IntoIter::new(self.pool.into_inner()))
    }
}

impl<'a, Fut: Unpin> IntoIterator for &'a FuturesUnordered<Fut> {
    type Item = &'a Fut;
    type IntoIter = Iter<'a, Fut>;

    fn into_iter(self) -> Iter<'a, Fut> {
        self.iter()
    }
}

impl<'a, Fut: Unpin> IntoIterator for &'a mut FuturesUnordered<Fut> {
    type Item = &'a mut Fut;
    type IntoIter = IterMut<'a, Fut>;

    fn into_iter(self) -> IterMut<'a, Fut> {
        self.iter_mut()
    }
}

impl<Fut> fmt::Debug for FuturesUnordered<Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FuturesUnordered").field("len", &self.len()).finish_non_exhaustive()
    }
}
