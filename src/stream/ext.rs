//! The methods of a single stream: [`StreamExt`].
//!
//! They are one trait, so that a program that is written for futures finds them; for the same reason this file is long.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
use core::pin::Pin;
use core::task::{Context, Poll};

#[cfg(feature = "std")]
use super::CatchUnwind;
use super::{
    All, Any, Chain, Collect, Concat, Count, Cycle, Either, Enumerate, Filter, FilterMap, FlatMap, Flatten, Fold,
    ForEach, Fuse, FusedStream, Inspect, Map, Next, Peekable, Scan, SelectNextSome, Skip, SkipWhile, Stream,
    StreamFuture, Take, TakeUntil, TakeWhile, Then, Unzip, Zip,
};
#[cfg(feature = "alloc")]
use super::{
    BufferUnordered, BufferUnorderedWeighted, Buffered, BufferedWeighted, Chunks, FlattenUnordered, ForEachConcurrent,
    MapConcurrent, ReadyChunks,
};
#[cfg(feature = "std")]
use super::{ChunksTimeout, Debounce, Sample, Throttle, Timeout, TimeoutRepeating};
#[cfg(feature = "std")]
use crate::time::{Clock, Duration, Interval, Timer};

/// A boxed stream that may be sent to another thread; from [`StreamExt::boxed`].
#[cfg(feature = "alloc")]
pub type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

/// A boxed stream that stays on its thread; from [`StreamExt::boxed_local`].
#[cfg(feature = "alloc")]
pub type LocalBoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + 'a>>;

/// Methods on every stream.
///
/// They come into scope with the [prelude](crate::prelude). Names and meanings are those of futures' trait of the same name.
/// Those for streams of results are in [`TryStreamExt`](super::TryStreamExt).
pub trait StreamExt: Stream {
    /// Waits for the next item; gives `None` when there are no more.
    ///
    /// A stream that is not `Unpin` is pinned first, with `pin!` or `Box::pin`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: the item comes to the next call.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = stream::iter([1, 2]);
    /// assert_eq!(numbers.next().await, Some(1));
    /// assert_eq!(numbers.next().await, Some(2));
    /// assert_eq!(numbers.next().await, None);
    /// # });
    /// ```
    #[inline]
    fn next(&mut self) -> Next<'_, Self>
    where
        Self: Unpin,
    {
        Next::new(self)
    }

    /// Waits for the next item, and gives it together with the stream.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream. Where that matters, use [`next`](Self::next).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (first, rest) = stream::iter([1, 2, 3]).into_future().await;
    /// assert_eq!(first, Some(1));
    /// assert_eq!(rest.collect::<Vec<_>>().await, [2, 3]);
    /// # });
    /// ```
    #[inline]
    fn into_future(self) -> StreamFuture<Self>
    where
        Self: Sized + Unpin,
    {
        StreamFuture::new(self)
    }

    /// Waits for the next item; pending for ever, and terminated, when there are no more.
    ///
    /// This is for loops that ask [`is_terminated`](crate::future::FusedFuture::is_terminated) before they poll.
    /// Elsewhere use [`next`](Self::next). It panics when it is polled although the stream has
    /// ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: the item comes to the next call.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::future::FusedFuture;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = stream::iter([1]);
    /// assert_eq!(numbers.select_next_some().await, 1);
    /// assert_eq!(numbers.next().await, None);
    /// assert!(numbers.select_next_some().is_terminated());
    /// # });
    /// ```
    #[inline]
    fn select_next_some(&mut self) -> SelectNextSome<'_, Self>
    where
        Self: Unpin + FusedStream,
    {
        SelectNextSome::new(self)
    }

    /// Polls a stream that is `Unpin`, without the ceremony of pinning it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = stream::iter([1]);
    /// assert_eq!(poll_fn(|cx| numbers.poll_next_unpin(cx)).await, Some(1));
    /// # });
    /// ```
    #[inline]
    fn poll_next_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>
    where
        Self: Unpin,
    {
        Pin::new(self).poll_next(cx)
    }

    /// Turns each item into another with a function.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let doubled = stream::iter([1, 2]).map(|n| n * 2);
    /// assert_eq!(doubled.collect::<Vec<_>>().await, [2, 4]);
    /// # });
    /// ```
    #[inline]
    fn map<T, F>(self, function: F) -> Map<Self, F>
    where
        F: FnMut(Self::Item) -> T,
        Self: Sized,
    {
        Map::new(self, function)
    }

    /// Gives what a future makes of each item, one after the other.
    ///
    /// No item is taken while a future is awaited. For several at the same time, buffer the futures that
    /// [`map`](Self::map) gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let doubled = stream::iter([1, 2]).then(|n| async move { n * 2 });
    /// assert_eq!(doubled.collect::<Vec<_>>().await, [2, 4]);
    /// # });
    /// ```
    #[inline]
    fn then<Fut, F>(self, function: F) -> Then<Self, Fut, F>
    where
        F: FnMut(Self::Item) -> Fut,
        Fut: Future,
        Self: Sized,
    {
        Then::new(self, function)
    }

    /// Gives the items for which a future says `true`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let even = stream::iter(1..=4).filter(|n| ready(n % 2 == 0));
    /// assert_eq!(even.collect::<Vec<_>>().await, [2, 4]);
    /// # });
    /// ```
    #[inline]
    fn filter<Fut, F>(self, function: F) -> Filter<Self, Fut, F>
    where
        F: FnMut(&Self::Item) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        Filter::new(self, function)
    }

    /// Gives what a future makes of each item, where that is something.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let numbers = stream::iter(["1", "two", "3"]).filter_map(|text| async { text.parse::<u8>().ok() });
    /// assert_eq!(numbers.collect::<Vec<_>>().await, [1, 3]);
    /// # });
    /// ```
    #[inline]
    fn filter_map<Fut, T, F>(self, function: F) -> FilterMap<Self, Fut, F>
    where
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = Option<T>>,
        Self: Sized,
    {
        FilterMap::new(self, function)
    }

    /// Gives each item with its number, counted from zero.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let numbered = stream::iter(['a', 'b']).enumerate();
    /// assert_eq!(numbered.collect::<Vec<_>>().await, [(0, 'a'), (1, 'b')]);
    /// # });
    /// ```
    #[inline]
    fn enumerate(self) -> Enumerate<Self>
    where
        Self: Sized,
    {
        Enumerate::new(self)
    }

    /// Shows each item to a function before it is given.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut seen = Vec::new();
    /// assert_eq!(stream::iter([1, 2]).inspect(|n| seen.push(*n)).count().await, 2);
    /// assert_eq!(seen, [1, 2]);
    /// # });
    /// ```
    #[inline]
    fn inspect<F>(self, function: F) -> Inspect<Self, F>
    where
        F: FnMut(&Self::Item),
        Self: Sized,
    {
        Inspect::new(self, function)
    }

    /// Gives what a future makes of a state and each item, until that is `None`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the item of which that makes something.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let sums = stream::iter(1..).scan(0, |sum, n| {
    ///     *sum += n;
    ///     ready((*sum < 10).then_some(*sum))
    /// });
    /// assert_eq!(sums.collect::<Vec<_>>().await, [1, 3, 6]);
    /// # });
    /// ```
    #[inline]
    fn scan<S, B, Fut, F>(self, initial_state: S, function: F) -> Scan<Self, S, Fut, F>
    where
        F: FnMut(&mut S, Self::Item) -> Fut,
        Fut: Future<Output = Option<B>>,
        Self: Sized,
    {
        Scan::new(self, initial_state, function)
    }

    /// Gives no more than `n` items.
    ///
    /// After the last one the source is not polled again.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = stream::iter(1..=5);
    /// assert_eq!(numbers.by_ref().take(2).collect::<Vec<_>>().await, [1, 2]);
    /// assert_eq!(numbers.next().await, Some(3));
    /// # });
    /// ```
    #[inline]
    fn take(self, n: usize) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, n)
    }

    /// Gives items until a future says `false` of one, which is lost.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let small = stream::iter(1..).take_while(|n| ready(*n < 3));
    /// assert_eq!(small.collect::<Vec<_>>().await, [1, 2]);
    /// # });
    /// ```
    #[inline]
    fn take_while<Fut, F>(self, function: F) -> TakeWhile<Self, Fut, F>
    where
        F: FnMut(&Self::Item) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        TakeWhile::new(self, function)
    }

    /// Gives items until a future is done.
    ///
    /// The output of the future can be had with [`take_result`](TakeUntil::take_result).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source and the future.
    ///
    /// # Fairness
    ///
    /// The future is polled before the source, so it stops one that is always ready as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::task::Poll;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut polls = 0;
    /// let third_poll = poll_fn(|_| {
    ///     polls += 1;
    ///     if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    /// });
    /// assert_eq!(stream::repeat('a').take_until(third_poll).collect::<Vec<_>>().await, ['a', 'a']);
    /// # });
    /// ```
    #[inline]
    fn take_until<Fut>(self, future: Fut) -> TakeUntil<Self, Fut>
    where
        Fut: Future,
        Self: Sized,
    {
        TakeUntil::new(self, future)
    }

    /// Gives all items but the first `n`.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(stream::iter(1..=4).skip(2).collect::<Vec<_>>().await, [3, 4]);
    /// # });
    /// ```
    #[inline]
    fn skip(self, n: usize) -> Skip<Self>
    where
        Self: Sized,
    {
        Skip::new(self, n)
    }

    /// Gives all items from the first on of which a future says `false`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for the future loses the item in question.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let from_three = stream::iter([1, 2, 3, 1]).skip_while(|n| ready(*n < 3));
    /// assert_eq!(from_three.collect::<Vec<_>>().await, [3, 1]);
    /// # });
    /// ```
    #[inline]
    fn skip_while<Fut, F>(self, function: F) -> SkipWhile<Self, Fut, F>
    where
        F: FnMut(&Self::Item) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        SkipWhile::new(self, function)
    }

    /// Gives the items of another stream after those of this one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the two of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let both = stream::iter([1, 2]).chain(stream::iter([3]));
    /// assert_eq!(both.collect::<Vec<_>>().await, [1, 2, 3]);
    /// # });
    /// ```
    #[inline]
    fn chain<St>(self, other: St) -> Chain<Self, St>
    where
        St: Stream<Item = Self::Item>,
        Self: Sized,
    {
        Chain::new(self, other)
    }

    /// Gives pairs with the items of another stream, until one of them ends.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that it has of the one while it waits for one of the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pairs = stream::iter([1, 2, 3]).zip(stream::iter(['a', 'b']));
    /// assert_eq!(pairs.collect::<Vec<_>>().await, [(1, 'a'), (2, 'b')]);
    /// # });
    /// ```
    #[inline]
    fn zip<St>(self, other: St) -> Zip<Self, St>
    where
        St: Stream,
        Self: Sized,
    {
        Zip::new(self, other)
    }

    /// Gives the items of the streams that it gives, one stream after the other.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream whose items it gives, with the items that are to come.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 streams without an item.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let nested = stream::iter([stream::iter(1..=2), stream::iter(5..=6)]);
    /// assert_eq!(nested.flatten().collect::<Vec<_>>().await, [1, 2, 5, 6]);
    /// # });
    /// ```
    #[inline]
    fn flatten(self) -> Flatten<Self>
    where
        Self::Item: Stream,
        Self: Sized,
    {
        Flatten::new(self)
    }

    /// Gives the items of the streams that a function makes of items, one stream after the other.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream whose items it gives, with the items that are to come.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 streams without an item.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let ranges = stream::iter([1, 3]).flat_map(|n| stream::iter(0..n));
    /// assert_eq!(ranges.collect::<Vec<_>>().await, [0, 0, 1, 2]);
    /// # });
    /// ```
    #[inline]
    fn flat_map<U, F>(self, function: F) -> FlatMap<Self, U, F>
    where
        U: Stream,
        F: FnMut(Self::Item) -> U,
        Self: Sized,
    {
        FlatMap::new(self, function)
    }

    /// Begins anew with a clone of the stream whenever it has ended.
    ///
    /// It ends only if a clone has no items at all.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let turns = stream::iter([1, 2]).cycle().take(5);
    /// assert_eq!(turns.collect::<Vec<_>>().await, [1, 2, 1, 2, 1]);
    /// # });
    /// ```
    #[inline]
    fn cycle(self) -> Cycle<Self>
    where
        Self: Sized + Clone,
    {
        Cycle::new(self.clone(), self)
    }

    /// Lets the next item be looked at before it is taken.
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
    /// let mut numbers = pin!(stream::iter([1, 2]).peekable());
    /// assert_eq!(numbers.as_mut().peek().await, Some(&1));
    /// assert_eq!(numbers.next().await, Some(1));
    /// # });
    /// ```
    #[inline]
    fn peekable(self) -> Peekable<Self>
    where
        Self: Sized,
    {
        Peekable::new(self)
    }

    /// Gives `capacity` items at once, in a vector; the last may have fewer.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the items of a chunk that is not full.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero.
    ///
    /// # Allocation
    ///
    /// One for each chunk; more if it has more than 1024 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pairs = stream::iter(1..=3).chunks(2);
    /// assert_eq!(pairs.collect::<Vec<_>>().await, [vec![1, 2], vec![3]]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn chunks(self, capacity: usize) -> Chunks<Self>
    where
        Self: Sized,
    {
        Chunks::new(self, capacity)
    }

    /// Gives those items at once that are ready, in a vector, and no more than `capacity` of them.
    ///
    /// Unlike [`chunks`](Self::chunks) it never has items wait for more.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source, unless there are more than 128 items at once: then it may have some of
    /// them.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero.
    ///
    /// # Allocation
    ///
    /// Each chunk is a vector that grows as items come.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let ready = stream::iter(1..=3).ready_chunks(2);
    /// assert_eq!(ready.collect::<Vec<_>>().await, [vec![1, 2], vec![3]]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn ready_chunks(self, capacity: usize) -> ReadyChunks<Self>
    where
        Self: Sized,
    {
        ReadyChunks::new(self, capacity)
    }

    /// Gives several items at once, in a vector: `max_size` of them, or as many as there are when the first has waited for
    /// `duration`.
    ///
    /// The time counts from the poll in which the first item of a chunk is taken. What is ready in the poll in which it is up
    /// belongs to the chunk, as far as there is room; a zero duration is up as soon as no more is ready. At the end of the
    /// source what there is of a chunk is given at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the items of a chunk that is not full;
    /// [`into_remainder`](super::ChunksTimeout::into_remainder) gives them.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items, and the time is looked at then.
    ///
    /// # Panics
    ///
    /// If `max_size` is zero.
    ///
    /// # Allocation
    ///
    /// One for each chunk, with room for `max_size` items, or for 1024 if that is less; more if it has more.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, sleep};
    /// # use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let second = Duration::from_secs(1);
    /// let numbers = stream::iter([0, 0, 0, 5, 0]).then(|n| sleep(n * second).map(move |()| n));
    /// let chunks = numbers.chunks_timeout(2, second).collect::<Vec<_>>().await;
    /// assert_eq!(chunks, [vec![0, 0], vec![0], vec![5, 0]]);
    /// # }));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    fn chunks_timeout(self, max_size: usize, duration: Duration) -> ChunksTimeout<Self>
    where
        Self: Sized,
    {
        self.chunks_timeout_on(Clock::default(), max_size, duration)
    }

    /// As [`chunks_timeout`](Self::chunks_timeout), by a timer of your choice.
    ///
    /// # Cancel safety
    ///
    /// As for [`chunks_timeout`](Self::chunks_timeout).
    ///
    /// # Panics
    ///
    /// If `max_size` is zero.
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    fn chunks_timeout_on<T: Timer>(self, timer: T, max_size: usize, duration: Duration) -> ChunksTimeout<Self, T>
    where
        Self: Sized,
    {
        ChunksTimeout::new(self, timer, max_size, duration)
    }

    /// Gives the items, and an error when there was none for `duration`.
    ///
    /// The time counts from when the source is first pending after an item, or at all; so a source that is always ready
    /// costs no clock reading, and the time that passes until the next item is asked for is not held against it. An item has
    /// precedence: what is ready in the poll in which the time is up is given. A zero duration is up in the first poll
    /// that finds nothing.
    ///
    /// After an error there is no further one before the next item: for those there is
    /// [`timeout_repeating`](Self::timeout_repeating). The source goes on all the same, and what it gives is given late. To
    /// stop at the first error, [collect](Self::collect) into a `Result`, or use
    /// [`try_next`](super::TryStreamExt::try_next) with `?`.
    ///
    /// # Errors
    ///
    /// An item is [`Elapsed`](crate::time::error::Elapsed) if the time was up.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, sleep};
    /// # use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let second = Duration::from_secs(1);
    /// let numbers = stream::iter([1, 10, 2]).then(|n| sleep(n * second).map(move |()| n));
    /// let items = numbers.timeout(3 * second).map(Result::ok).collect::<Vec<_>>().await;
    /// assert_eq!(items, [Some(1), None, Some(10), Some(2)]);
    /// # }));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn timeout(self, duration: Duration) -> Timeout<Self>
    where
        Self: Sized,
    {
        self.timeout_on(Clock::default(), duration)
    }

    /// As [`timeout`](Self::timeout), by a timer of your choice.
    ///
    /// # Errors
    ///
    /// An item is [`Elapsed`](crate::time::error::Elapsed) if the time was up.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    #[cfg(feature = "std")]
    #[inline]
    fn timeout_on<T: Timer>(self, timer: T, duration: Duration) -> Timeout<Self, T>
    where
        Self: Sized,
    {
        Timeout::new(self, timer, duration)
    }

    /// Gives the items, and an error at every tick of an interval for as long as there is none.
    ///
    /// The first tick is the interval's: one that [`interval`](crate::time::interval()) makes ticks at once, so use
    /// [`interval_at`](crate::time::interval_at) to grant the first item some time. After an item the interval begins
    /// anew, when the source is first pending. An item has precedence over a tick.
    ///
    /// # Errors
    ///
    /// An item is [`Elapsed`](crate::time::error::Elapsed) if there was a tick.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, Instant, interval_at, sleep};
    /// # use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let second = Duration::from_secs(1);
    /// let numbers = stream::iter([1, 10, 2]).then(|n| sleep(n * second).map(move |()| n));
    /// let patience = interval_at(Instant::now() + 3 * second, 3 * second);
    /// let items = numbers.timeout_repeating(patience).map(Result::ok).collect::<Vec<_>>().await;
    /// assert_eq!(items, [Some(1), None, None, None, Some(10), Some(2)]);
    /// # }));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn timeout_repeating<T: Timer>(self, interval: Interval<T>) -> TimeoutRepeating<Self, T>
    where
        Self: Sized,
    {
        TimeoutRepeating::new(self, interval)
    }

    /// Gives all items, and lets at least `duration` pass between one and the next.
    ///
    /// The time counts from when an item is given; meanwhile the source is not polled. The first item may come at once, and
    /// so may one that has taken longer than `duration`. With a zero duration it does nothing.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source: it takes no item that it does not give at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, Instant};
    /// # use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let start = Instant::now();
    /// let numbers = stream::iter([1, 2, 3]).throttle(Duration::from_secs(2));
    /// let seconds = numbers.map(|_| start.elapsed().as_secs()).collect::<Vec<_>>().await;
    /// assert_eq!(seconds, [0, 2, 4]);
    /// # }));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn throttle(self, duration: Duration) -> Throttle<Self>
    where
        Self: Sized,
    {
        self.throttle_on(Clock::default(), duration)
    }

    /// As [`throttle`](Self::throttle), by a timer of your choice.
    ///
    /// # Cancel safety
    ///
    /// As for [`throttle`](Self::throttle).
    #[cfg(feature = "std")]
    #[inline]
    fn throttle_on<T: Timer>(self, timer: T, duration: Duration) -> Throttle<Self, T>
    where
        Self: Sized,
    {
        Throttle::new(self, timer, duration)
    }

    /// Gives an item once no newer one has come for `duration`; those that were too soon followed by another are dropped.
    ///
    /// The time counts from the poll in which the item is taken. A newer item that is ready in the poll in which the time is
    /// up takes its place; so what is given is the latest there is, and a source that never pauses for so long gives nothing
    /// until it ends. At its end the last item is given at once. A zero duration is over as soon as no more is ready.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that it holds. Dropping the future that waits for its next item does not.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, sleep};
    /// # use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let milli = Duration::from_millis(1);
    /// let keys = stream::iter([(0, "a"), (80, "an"), (90, "any"), (500, "anyw"), (70, "anywhen")]);
    /// let typed = keys.then(|(pause, text)| sleep(pause * milli).map(move |()| text));
    /// assert_eq!(typed.debounce(200 * milli).collect::<Vec<_>>().await, ["any", "anywhen"]);
    /// # }));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn debounce(self, duration: Duration) -> Debounce<Self>
    where
        Self: Sized,
    {
        self.debounce_on(Clock::default(), duration)
    }

    /// As [`debounce`](Self::debounce), by a timer of your choice.
    ///
    /// # Cancel safety
    ///
    /// As for [`debounce`](Self::debounce).
    #[cfg(feature = "std")]
    #[inline]
    fn debounce_on<T: Timer>(self, timer: T, duration: Duration) -> Debounce<Self, T>
    where
        Self: Sized,
    {
        Debounce::new(self, timer, duration)
    }

    /// Gives the latest item at every tick since which there is one; those before it are dropped.
    ///
    /// The ticks are fixed by this call: the first comes one `period` from now, and they do not drift. A tick for which there
    /// is no item gives nothing, nor does it wake anybody. An item that is ready in the poll in which a tick is due counts for
    /// that tick. Where ticks are missed because nobody asks, the latest item comes at once, and then at the next tick. At the
    /// end of the source the last item is given without waiting for a tick.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that it holds. Dropping the future that waits for its next item does not.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items, and the time is looked at then.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    /// use anywhen::time::{Duration, sleep};
    /// # use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let second = Duration::from_secs(1);
    /// let progress = stream::iter(1..=25).then(|n| sleep(second).map(move |()| n));
    /// assert_eq!(progress.sample(10 * second).collect::<Vec<_>>().await, [10, 20, 25]);
    /// # }));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    fn sample(self, period: Duration) -> Sample<Self>
    where
        Self: Sized,
    {
        self.sample_on(Clock::current(), period)
    }

    /// As [`sample`](Self::sample), by a timer of your choice.
    ///
    /// # Cancel safety
    ///
    /// As for [`sample`](Self::sample).
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[cfg(feature = "std")]
    #[inline]
    #[track_caller]
    fn sample_on<T: Timer>(self, timer: T, period: Duration) -> Sample<Self, T>
    where
        Self: Sized,
    {
        Sample::new(self, timer, period)
    }

    /// Collects all items.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Allocation
    ///
    /// What the collection does.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(stream::iter(['a', 'b']).collect::<String>().await, "ab");
    /// # });
    /// ```
    #[inline]
    fn collect<C: Default + Extend<Self::Item>>(self) -> Collect<Self, C>
    where
        Self: Sized,
    {
        Collect::new(self, C::default())
    }

    /// Collects the halves of all items, which are pairs.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Allocation
    ///
    /// What the collections do.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (numbers, letters): (Vec<_>, String) = stream::iter([(1, 'a'), (2, 'b')]).unzip().await;
    /// assert_eq!((numbers, letters.as_str()), (vec![1, 2], "ab"));
    /// # });
    /// ```
    #[inline]
    fn unzip<A, B, FromA, FromB>(self) -> Unzip<Self, FromA, FromB>
    where
        FromA: Default + Extend<A>,
        FromB: Default + Extend<B>,
        Self: Sized + Stream<Item = (A, B)>,
    {
        Unzip::new(self, FromA::default(), FromB::default())
    }

    /// Puts what is in all items, which are collections, into one.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Allocation
    ///
    /// What the collection does.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(stream::iter([vec![1, 2], vec![3]]).concat().await, [1, 2, 3]);
    /// # });
    /// ```
    #[inline]
    fn concat(self) -> Concat<Self>
    where
        Self::Item: Extend<<Self::Item as IntoIterator>::Item> + IntoIterator + Default,
        Self: Sized,
    {
        Concat::new(self)
    }

    /// Counts the items.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(stream::iter(['a', 'b']).count().await, 2);
    /// # });
    /// ```
    #[inline]
    fn count(self) -> Count<Self>
    where
        Self: Sized,
    {
        Count::new(self)
    }

    /// Has a future make of what there is and the next item what there is then, until the last.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses what all items so far have come to.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(stream::iter(1..=4).fold(0, |sum, n| async move { sum + n }).await, 10);
    /// # });
    /// ```
    #[inline]
    fn fold<T, Fut, F>(self, init: T, function: F) -> Fold<Self, Fut, T, F>
    where
        F: FnMut(T, Self::Item) -> Fut,
        Fut: Future<Output = T>,
        Self: Sized,
    {
        Fold::new(self, init, function)
    }

    /// Awaits a future for each item, one after the other.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future for the last item that was taken. The others have been dealt with.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut sum = 0;
    /// stream::iter(1..=4)
    ///     .for_each(|n| {
    ///         sum += n;
    ///         ready(())
    ///     })
    ///     .await;
    /// assert_eq!(sum, 10);
    /// # });
    /// ```
    #[inline]
    fn for_each<Fut, F>(self, function: F) -> ForEach<Self, Fut, F>
    where
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = ()>,
        Self: Sized,
    {
        ForEach::new(self, function)
    }

    /// Whether a future says `true` of some item. The items behind that one are not taken.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert!(stream::iter(1..).any(|n| ready(n > 3)).await);
    /// # });
    /// ```
    #[inline]
    fn any<Fut, F>(self, function: F) -> Any<Self, Fut, F>
    where
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        Any::new(self, function)
    }

    /// Whether a future says `true` of each item. The items behind the first of which it does not are not taken.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses all items so far.
    ///
    /// # Fairness
    ///
    /// Where nothing makes it wait, the task yields after 128 items.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert!(!stream::iter(1..).all(|n| ready(n < 3)).await);
    /// # });
    /// ```
    #[inline]
    fn all<Fut, F>(self, function: F) -> All<Self, Fut, F>
    where
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        All::new(self, function)
    }

    /// Makes it stay at `None` once it has ended, instead of panicking or worse when polled again.
    ///
    /// The streams of this crate do so by themselves.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::{self, FusedStream};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = stream::iter([1]).fuse();
    /// assert_eq!(numbers.next().await, Some(1));
    /// assert_eq!(numbers.next().await, None);
    /// assert!(numbers.is_terminated());
    /// # });
    /// ```
    #[inline]
    fn fuse(self) -> Fuse<Self>
    where
        Self: Sized,
    {
        Fuse::new(self)
    }

    /// Borrows it, so that what takes a stream by value does not take this one away.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut numbers = stream::iter(1..=5);
    /// assert_eq!(numbers.by_ref().take(2).collect::<Vec<_>>().await, [1, 2]);
    /// assert_eq!(numbers.collect::<Vec<_>>().await, [3, 4, 5]);
    /// # });
    /// ```
    #[inline]
    fn by_ref(&mut self) -> &mut Self {
        self
    }

    /// Catches a panic of the stream's and gives it as an `Err`, which is the last item.
    ///
    /// The stream must be `UnwindSafe`; wrap it in [`AssertUnwindSafe`](core::panic::AssertUnwindSafe) if what it
    /// shares with others stays in order when it unwinds.
    ///
    /// # Errors
    ///
    /// An item is what the panic carried, if there was one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Allocation
    ///
    /// None, unless there is a panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let items = stream::iter([1, 0]).map(|n| 10 / n).catch_unwind().collect::<Vec<_>>().await;
    /// assert_eq!(*items[0].as_ref().unwrap(), 10);
    /// assert!(items[1].is_err());
    /// # });
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    fn catch_unwind(self) -> CatchUnwind<Self>
    where
        Self: Sized + core::panic::UnwindSafe,
    {
        CatchUnwind::new(self)
    }

    /// Puts it in a box, so that streams of different types have one.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Allocation
    ///
    /// One block, for the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut streams = [stream::iter([1]).boxed(), stream::once(async { 2 }).boxed()];
    /// assert_eq!(streams[1].next().await, Some(2));
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    fn boxed<'a>(self) -> BoxStream<'a, Self::Item>
    where
        Self: Sized + Send + 'a,
    {
        Box::pin(self)
    }

    /// Puts it in a box that stays on its thread; as [`boxed`](Self::boxed), but asks for no `Send`.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Allocation
    ///
    /// One block, for the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let local = Rc::new(1);
    /// let mut numbers = stream::once(async move { *local }).boxed_local();
    /// assert_eq!(numbers.next().await, Some(1));
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    fn boxed_local<'a>(self) -> LocalBoxStream<'a, Self::Item>
    where
        Self: Sized + 'a,
    {
        Box::pin(self)
    }

    /// Makes it the left side of an [`Either`], so that two branches can give one type.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let upwards = false;
    /// let numbers = if upwards { stream::iter(1..=2).left_stream() } else { stream::iter((1..=2).rev()).right_stream() };
    /// assert_eq!(numbers.collect::<Vec<_>>().await, [2, 1]);
    /// # });
    /// ```
    #[inline]
    fn left_stream<B>(self) -> Either<Self, B>
    where
        B: Stream<Item = Self::Item>,
        Self: Sized,
    {
        Either::Left(self)
    }

    /// Makes it the right side of an [`Either`]; see [`left_stream`](Self::left_stream).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// See [`left_stream`](Self::left_stream).
    #[inline]
    fn right_stream<B>(self) -> Either<B, Self>
    where
        B: Stream<Item = Self::Item>,
        Self: Sized,
    {
        Either::Right(self)
    }

    /// Makes a stream of futures one of their outputs, in their order, with up to `limit` futures on their way at a time.
    ///
    /// The first poll already starts as many, if the stream gives them: 128 for each poll at most, with a wake for the rest. An
    /// output counts against the limit until its turn has come.
    ///
    /// The futures are polled when this is, and at no other time. To await something else between two items, and have them go on
    /// meanwhile, [drive](super::Drive) it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken.
    ///
    /// # Fairness
    ///
    /// As [`FuturesOrdered`](crate::future::FuturesOrdered).
    ///
    /// # Allocation
    ///
    /// A few blocks, for up to `limit` futures and outputs, when the first future is started; none later, unless `limit` is
    /// above some thousands.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let squares = iter(0..5).map(|n| async move { n * n }).buffered(2);
    /// assert_eq!(squares.collect::<Vec<_>>().await, [0, 1, 4, 9, 16]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn buffered(self, limit: usize) -> Buffered<Self>
    where
        Self: Sized,
        Self::Item: Future,
    {
        Buffered::new(self, limit)
    }

    /// Makes a stream of futures one of their outputs, as these are ready, with up to `limit` futures on their way at a time.
    ///
    /// The first poll already starts as many, if the stream gives them: 128 for each poll at most, with a wake for the rest.
    ///
    /// The futures are polled when this is, and at no other time. To await something else between two items, and have them go on
    /// meanwhile, [drive](super::Drive) it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken, if it was [driven](super::Drive).
    ///
    /// # Fairness
    ///
    /// As [`FuturesUnordered`](crate::future::FuturesUnordered).
    ///
    /// # Allocation
    ///
    /// A few blocks, for up to `limit` futures, when the first is started; none later, unless `limit` is above some thousands.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::yield_now;
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let work = |rounds| async move {
    ///     for _ in 0..rounds {
    ///         yield_now().await;
    ///     }
    ///     rounds
    /// };
    /// let outputs = iter([5, 1, 0]).map(work).buffer_unordered(2);
    /// assert_eq!(outputs.collect::<Vec<_>>().await, [1, 0, 5]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn buffer_unordered(self, limit: usize) -> BufferUnordered<Self>
    where
        Self: Sized,
        Self::Item: Future,
    {
        BufferUnordered::new(self, limit)
    }

    /// Makes a future of each item, and gives their outputs as they are ready, with up to `limit` futures on their way at a time.
    ///
    /// This is `map` and [`buffer_unordered`](Self::buffer_unordered) in one, with all that is said there.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken, if it was [driven](super::Drive).
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut squares = iter(0..5).map_concurrent(3, |n| async move { n * n }).collect::<Vec<_>>().await;
    /// squares.sort_unstable();
    /// assert_eq!(squares, [0, 1, 4, 9, 16]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn map_concurrent<F, Fut>(self, limit: usize, f: F) -> MapConcurrent<Self, Fut, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> Fut,
        Fut: Future,
    {
        MapConcurrent::new(self, limit, f)
    }

    /// As [`buffered`](Self::buffered), where futures cost unlike amounts, and the limit is on their sum: memory, say, or
    /// connections.
    ///
    /// The stream gives each future with what it costs. Futures are started in order. One that costs more than there is left waits
    /// until enough of the others are done, and those after it wait, too; one that costs more than the whole limit is on its way alone.
    /// What a future costs is free again when its output is taken. Zero counts as one.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, the one that
    /// waits for room, and outputs that were not taken.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// // Up to a hundred megabytes at a time.
    /// let sizes = iter([60, 30, 30, 500]);
    /// let files = sizes.map(|size| (size, async move { size })).buffered_weighted(100);
    /// assert_eq!(files.collect::<Vec<_>>().await, [60, 30, 30, 500]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn buffered_weighted<Fut>(self, limit: usize) -> BufferedWeighted<Self, Fut>
    where
        Self: Sized + Stream<Item = (usize, Fut)>,
        Fut: Future,
    {
        BufferedWeighted::new(self, limit)
    }

    /// As [`buffered_weighted`](Self::buffered_weighted), but gives outputs as they are ready.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, the one that
    /// waits for room, and outputs that were not taken, if it was [driven](super::Drive).
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let jobs = iter([(2, 20), (3, 30)]).map(|(cost, output)| (cost, async move { output }));
    /// let mut outputs = jobs.buffer_unordered_weighted(5).collect::<Vec<_>>().await;
    /// outputs.sort_unstable();
    /// assert_eq!(outputs, [20, 30]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn buffer_unordered_weighted<Fut>(self, limit: usize) -> BufferUnorderedWeighted<Self, Fut>
    where
        Self: Sized + Stream<Item = (usize, Fut)>,
        Fut: Future,
    {
        BufferUnorderedWeighted::new(self, limit)
    }

    /// Makes a future of each item, and waits for all of them, with up to `limit` on their way at a time. `None` and zero are no
    /// limit.
    ///
    /// One poll takes 128 items at most, and wakes its task for the rest. In one poll each future is polled once at most.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream, and the futures that were started.
    ///
    /// # Fairness
    ///
    /// As [`FuturesUnordered`](crate::future::FuturesUnordered).
    ///
    /// # Allocation
    ///
    /// O(log N) for N futures at a time, and none later.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let sum = Cell::new(0);
    /// let sum = &sum;
    /// iter(0..10).for_each_concurrent(3, |n| async move { sum.set(sum.get() + n) }).await;
    /// assert_eq!(sum.get(), 45);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    fn for_each_concurrent<Fut, F>(self, limit: impl Into<Option<usize>>, f: F) -> ForEachConcurrent<Self, Fut, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = ()>,
    {
        ForEachConcurrent::new(self, limit.into(), f)
    }

    /// Makes a stream of streams one of their items, as these come, with up to `limit` streams at a time. `None` and zero are no
    /// limit.
    ///
    /// One poll takes 128 streams at most, and wakes its task for the rest.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping it drops the streams.
    ///
    /// # Fairness
    ///
    /// As [`SelectAll`](super::SelectAll): streams that are always ready take turns.
    ///
    /// # Allocation
    ///
    /// O(log N) for N streams at a time, and none later.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let all = iter([iter([1, 2, 3]), iter([10, 20, 30])]).flatten_unordered(None);
    /// assert_eq!(all.collect::<Vec<_>>().await, [1, 10, 2, 20, 3, 30]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    fn flatten_unordered(self, limit: impl Into<Option<usize>>) -> FlattenUnordered<Self>
    where
        Self: Sized,
        Self::Item: Stream,
    {
        FlattenUnordered::new(self, limit.into())
    }
}

impl<St: Stream + ?Sized> StreamExt for St {}
