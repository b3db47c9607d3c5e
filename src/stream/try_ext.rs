//! The methods of a single stream of results: [`TryStreamExt`].
//!
//! As with [`StreamExt`](super::StreamExt), they are one trait because they are in futures.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::future::TryFuture;

use super::{
    AndThen, ErrInto, InspectErr, InspectOk, IntoStream, MapErr, MapOk, OrElse, TryAll, TryAny, TryCollect, TryConcat,
    TryFilter, TryFilterMap, TryFlatten, TryFold, TryForEach, TryNext, TrySkipWhile, TryStream, TryTakeWhile,
};
#[cfg(feature = "alloc")]
use super::{TryBufferUnordered, TryBuffered, TryChunks, TryForEachConcurrent, TryReadyChunks};

/// Methods on every stream of results.
///
/// They come into scope with the [prelude](crate::prelude). Names and meanings are those of futures' trait of the same name.
///
/// Streams go on after an error: it is an item like any other. Futures over all items end with the first one.
pub trait TryStreamExt: TryStream {
    /// Waits for the next item; gives `Ok(None)` when there are no more.
    ///
    /// # Errors
    ///
    /// The future gives the item, if that is an error.
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
    /// let mut items = stream::iter([Ok(1), Err("no")]);
    /// assert_eq!(items.try_next().await, Ok(Some(1)));
    /// assert_eq!(items.try_next().await, Err("no"));
    /// assert_eq!(items.try_next().await, Ok(None));
    /// # });
    /// ```
    #[inline]
    fn try_next(&mut self) -> TryNext<'_, Self>
    where
        Self: Unpin,
    {
        TryNext::new(self)
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
    /// let mut items = stream::iter([Ok::<_, ()>(1)]);
    /// assert_eq!(poll_fn(|cx| items.try_poll_next_unpin(cx)).await, Some(Ok(1)));
    /// # });
    /// ```
    #[inline]
    fn try_poll_next_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Self::Ok, Self::Error>>>
    where
        Self: Unpin,
    {
        Pin::new(self).try_poll_next(cx)
    }

    /// Turns what has succeeded into something else with a function.
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
    /// let doubled = stream::iter([Ok(1), Err("no")]).map_ok(|n| n * 2);
    /// assert_eq!(doubled.collect::<Vec<_>>().await, [Ok(2), Err("no")]);
    /// # });
    /// ```
    #[inline]
    fn map_ok<T, F>(self, function: F) -> MapOk<Self, F>
    where
        F: FnMut(Self::Ok) -> T,
        Self: Sized,
    {
        MapOk::new(self, function)
    }

    /// Turns errors into something else with a function.
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
    /// let lengths = stream::iter([Ok(1), Err("no")]).map_err(str::len);
    /// assert_eq!(lengths.collect::<Vec<_>>().await, [Ok(1), Err(2)]);
    /// # });
    /// ```
    #[inline]
    fn map_err<E, F>(self, function: F) -> MapErr<Self, F>
    where
        F: FnMut(Self::Error) -> E,
        Self: Sized,
    {
        MapErr::new(self, function)
    }

    /// Turns errors into those of another type with `Into`.
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
    /// let owned = stream::iter([Ok(1), Err("no")]).err_into::<String>();
    /// assert_eq!(owned.collect::<Vec<_>>().await, [Ok(1), Err(String::from("no"))]);
    /// # });
    /// ```
    #[inline]
    fn err_into<E>(self) -> ErrInto<Self, E>
    where
        Self::Error: Into<E>,
        Self: Sized,
    {
        ErrInto::new(self)
    }

    /// Shows what has succeeded to a function before it is given.
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
    /// assert_eq!(stream::iter([Ok(1), Err("no")]).inspect_ok(|n| seen.push(*n)).count().await, 2);
    /// assert_eq!(seen, [1]);
    /// # });
    /// ```
    #[inline]
    fn inspect_ok<F>(self, function: F) -> InspectOk<Self, F>
    where
        F: FnMut(&Self::Ok),
        Self: Sized,
    {
        InspectOk::new(self, function)
    }

    /// Shows errors to a function before they are given.
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
    /// assert_eq!(stream::iter([Ok(1), Err("no")]).inspect_err(|error| seen.push(*error)).count().await, 2);
    /// assert_eq!(seen, ["no"]);
    /// # });
    /// ```
    #[inline]
    fn inspect_err<F>(self, function: F) -> InspectErr<Self, F>
    where
        F: FnMut(&Self::Error),
        Self: Sized,
    {
        InspectErr::new(self, function)
    }

    /// Makes it a stream of results in the eyes of the compiler, where it is only known to be a `TryStream`.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream::{self, TryStream};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// async fn successes<St: TryStream + Unpin>(items: St) -> usize {
    ///     items.into_stream().filter(|item| ready(item.is_ok())).count().await
    /// }
    /// assert_eq!(successes(stream::iter([Ok(1), Err("no")])).await, 1);
    /// # });
    /// ```
    #[inline]
    fn into_stream(self) -> IntoStream<Self>
    where
        Self: Sized,
    {
        IntoStream::new(self)
    }

    /// Gives what a future makes of what has succeeded, one after the other. Either may fail.
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
    /// let halves = stream::iter([Ok(4), Ok(3)]).and_then(|n| async move { if n % 2 == 0 { Ok(n / 2) } else { Err("odd") } });
    /// assert_eq!(halves.collect::<Vec<_>>().await, [Ok(2), Err("odd")]);
    /// # });
    /// ```
    #[inline]
    fn and_then<Fut, F>(self, function: F) -> AndThen<Self, Fut, F>
    where
        F: FnMut(Self::Ok) -> Fut,
        Fut: TryFuture<Error = Self::Error>,
        Self: Sized,
    {
        AndThen::new(self, function)
    }

    /// Gives what a future makes of an error, and what has succeeded as it is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it while it waits for a future loses the error of which that makes something.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let rescued = stream::iter([Ok(1), Err("no")]).or_else(|_| async { Ok::<_, ()>(0) });
    /// assert_eq!(rescued.collect::<Vec<_>>().await, [Ok(1), Ok(0)]);
    /// # });
    /// ```
    #[inline]
    fn or_else<Fut, F>(self, function: F) -> OrElse<Self, Fut, F>
    where
        F: FnMut(Self::Error) -> Fut,
        Fut: TryFuture<Ok = Self::Ok>,
        Self: Sized,
    {
        OrElse::new(self, function)
    }

    /// Gives what has succeeded and of which a future says `true`, and all errors.
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
    /// let even = stream::iter([Ok(1), Ok(2), Err("no")]).try_filter(|n| ready(n % 2 == 0));
    /// assert_eq!(even.collect::<Vec<_>>().await, [Ok(2), Err("no")]);
    /// # });
    /// ```
    #[inline]
    fn try_filter<Fut, F>(self, function: F) -> TryFilter<Self, Fut, F>
    where
        F: FnMut(&Self::Ok) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        TryFilter::new(self, function)
    }

    /// Gives what a future makes of what has succeeded, where that is something, and all errors.
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
    /// let halves = stream::iter([Ok(4), Ok(3), Err("no")]);
    /// let halves = halves.try_filter_map(|n| async move { Ok((n % 2 == 0).then_some(n / 2)) });
    /// assert_eq!(halves.collect::<Vec<_>>().await, [Ok(2), Err("no")]);
    /// # });
    /// ```
    #[inline]
    fn try_filter_map<Fut, F, T>(self, function: F) -> TryFilterMap<Self, Fut, F>
    where
        F: FnMut(Self::Ok) -> Fut,
        Fut: TryFuture<Ok = Option<T>, Error = Self::Error>,
        Self: Sized,
    {
        TryFilterMap::new(self, function)
    }

    /// Gives items until a future says `false` of what has succeeded, which is lost. Errors come through.
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
    /// let small = stream::iter([Ok(1), Err("no"), Ok(3), Ok(1)]).try_take_while(|n| ready(Ok(*n < 3)));
    /// assert_eq!(small.collect::<Vec<_>>().await, [Ok(1), Err("no")]);
    /// # });
    /// ```
    #[inline]
    fn try_take_while<Fut, F>(self, function: F) -> TryTakeWhile<Self, Fut, F>
    where
        F: FnMut(&Self::Ok) -> Fut,
        Fut: TryFuture<Ok = bool, Error = Self::Error>,
        Self: Sized,
    {
        TryTakeWhile::new(self, function)
    }

    /// Gives all items from the first on of which a future says `false`, and the errors before.
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
    /// let from_three = stream::iter([Ok(1), Err("no"), Ok(3), Ok(1)]).try_skip_while(|n| ready(Ok(*n < 3)));
    /// assert_eq!(from_three.collect::<Vec<_>>().await, [Err("no"), Ok(3), Ok(1)]);
    /// # });
    /// ```
    #[inline]
    fn try_skip_while<Fut, F>(self, function: F) -> TrySkipWhile<Self, Fut, F>
    where
        F: FnMut(&Self::Ok) -> Fut,
        Fut: TryFuture<Ok = bool, Error = Self::Error>,
        Self: Sized,
    {
        TrySkipWhile::new(self, function)
    }

    /// Gives the items of the streams that it gives, one stream after the other. Any of them may fail.
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
    /// let nested = stream::iter([Ok(stream::iter([Ok(1), Err("in")])), Err("out")]);
    /// assert_eq!(nested.try_flatten().collect::<Vec<_>>().await, [Ok(1), Err("in"), Err("out")]);
    /// # });
    /// ```
    #[inline]
    fn try_flatten(self) -> TryFlatten<Self>
    where
        Self::Ok: TryStream,
        <Self::Ok as TryStream>::Error: From<Self::Error>,
        Self: Sized,
    {
        TryFlatten::new(self)
    }

    /// Gives what has succeeded in vectors of `capacity` at once; the last, and those before an error, may have
    /// fewer.
    ///
    /// # Errors
    ///
    /// An item is the error of the source, with what was there of the chunk.
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
    /// use anywhen::stream::{self, TryChunksError};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let items = stream::iter([Ok(1), Ok(2), Ok(3), Err("no"), Ok(4)]);
    /// let chunks = items.try_chunks(2).collect::<Vec<_>>().await;
    /// assert_eq!(chunks, [Ok(vec![1, 2]), Err(TryChunksError(vec![3], "no")), Ok(vec![4])]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn try_chunks(self, capacity: usize) -> TryChunks<Self>
    where
        Self: Sized,
    {
        TryChunks::new(self, capacity)
    }

    /// Gives those items at once that are ready, in a vector, and no more than `capacity` of them.
    ///
    /// # Errors
    ///
    /// An item is the error of the source, with what was there of the chunk.
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
    /// use anywhen::stream::{self, TryReadyChunksError};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let items = stream::iter([Ok(1), Ok(2), Err("no")]);
    /// let chunks = items.try_ready_chunks(10).collect::<Vec<_>>().await;
    /// assert_eq!(chunks, [Err(TryReadyChunksError(vec![1, 2], "no"))]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    fn try_ready_chunks(self, capacity: usize) -> TryReadyChunks<Self>
    where
        Self: Sized,
    {
        TryReadyChunks::new(self, capacity)
    }

    /// Collects what has succeeded, until the first error.
    ///
    /// # Errors
    ///
    /// The future gives the first error. What comes behind it is not taken.
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
    /// assert_eq!(stream::iter([Ok(1), Ok(2)]).try_collect::<Vec<_>>().await, Ok::<_, ()>(vec![1, 2]));
    /// assert_eq!(stream::iter([Ok(1), Err("no")]).try_collect::<Vec<_>>().await, Err("no"));
    /// # });
    /// ```
    #[inline]
    fn try_collect<C: Default + Extend<Self::Ok>>(self) -> TryCollect<Self, C>
    where
        Self: Sized,
    {
        TryCollect::new(self, C::default())
    }

    /// Puts what is in all items, which are collections, into one, until the first error.
    ///
    /// # Errors
    ///
    /// The future gives the first error. What comes behind it is not taken.
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
    /// assert_eq!(stream::iter([Ok(vec![1, 2]), Ok(vec![3])]).try_concat().await, Ok::<_, ()>(vec![1, 2, 3]));
    /// # });
    /// ```
    #[inline]
    fn try_concat(self) -> TryConcat<Self>
    where
        Self::Ok: Extend<<Self::Ok as IntoIterator>::Item> + IntoIterator + Default,
        Self: Sized,
    {
        TryConcat::new(self)
    }

    /// Has a future make of what there is and the next item what there is then, until the last, or the first error.
    ///
    /// # Errors
    ///
    /// The future gives the first error, of the source or of a future. What comes behind it is not taken.
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
    /// use std::future::ready;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::stream;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let add = |sum: u8, n| ready(sum.checked_add(n).ok_or("too much"));
    /// assert_eq!(stream::iter([Ok(1), Ok(2)]).try_fold(0, add).await, Ok(3));
    /// assert_eq!(stream::iter([Ok(200), Ok(100)]).try_fold(0, add).await, Err("too much"));
    /// # });
    /// ```
    #[inline]
    fn try_fold<T, Fut, F>(self, init: T, function: F) -> TryFold<Self, Fut, T, F>
    where
        F: FnMut(T, Self::Ok) -> Fut,
        Fut: TryFuture<Ok = T, Error = Self::Error>,
        Self: Sized,
    {
        TryFold::new(self, init, function)
    }

    /// Awaits a future for each item, one after the other, until the first error.
    ///
    /// # Errors
    ///
    /// The future gives the first error, of the source or of a future. What comes behind it is not taken.
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
    /// let odd = |n: u8| ready(if n % 2 == 1 { Ok(()) } else { Err(n) });
    /// assert_eq!(stream::iter([Ok(1), Ok(2), Ok(3)]).try_for_each(odd).await, Err(2));
    /// # });
    /// ```
    #[inline]
    fn try_for_each<Fut, F>(self, function: F) -> TryForEach<Self, Fut, F>
    where
        F: FnMut(Self::Ok) -> Fut,
        Fut: TryFuture<Ok = (), Error = Self::Error>,
        Self: Sized,
    {
        TryForEach::new(self, function)
    }

    /// Whether a future says `true` of some item. The items behind that one are not taken.
    ///
    /// # Errors
    ///
    /// The future gives the first error. What comes behind it is not taken.
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
    /// assert_eq!(stream::iter([Ok(1), Ok(5), Err("no")]).try_any(|n| ready(n > 3)).await, Ok(true));
    /// # });
    /// ```
    #[inline]
    fn try_any<Fut, F>(self, function: F) -> TryAny<Self, Fut, F>
    where
        F: FnMut(Self::Ok) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        TryAny::new(self, function)
    }

    /// Whether a future says `true` of each item. The items behind the first of which it does not are not taken.
    ///
    /// # Errors
    ///
    /// The future gives the first error. What comes behind it is not taken.
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
    /// assert_eq!(stream::iter([Ok(1), Err("no")]).try_all(|n| ready(n < 3)).await, Err("no"));
    /// # });
    /// ```
    #[inline]
    fn try_all<Fut, F>(self, function: F) -> TryAll<Self, Fut, F>
    where
        F: FnMut(Self::Ok) -> Fut,
        Fut: Future<Output = bool>,
        Self: Sized,
    {
        TryAll::new(self, function)
    }

    /// As [`buffered`](super::StreamExt::buffered), for a stream of results whose futures give results.
    ///
    /// A failure of the stream is given at once, before outputs that are on their way. Nothing is stopped by an error.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when a wait for the next item is dropped. Dropping the stream drops futures that were started, and outputs
    /// that were not taken.
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
    /// let halves = iter([4, 3]).map(|n| Ok(async move { if n % 2 == 0 { Ok(n / 2) } else { Err("odd") } }));
    /// assert_eq!(halves.try_buffered(2).collect::<Vec<_>>().await, [Ok(2), Err("odd")]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn try_buffered(self, limit: usize) -> TryBuffered<Self>
    where
        Self: Sized,
        Self::Ok: TryFuture<Error = Self::Error>,
    {
        TryBuffered::new(self, limit)
    }

    /// As [`buffer_unordered`](super::StreamExt::buffer_unordered), for a stream of results whose futures give results.
    ///
    /// A failure of the stream is given at once. Nothing is stopped by an error.
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
    /// let halves = iter([4, 3]).map(|n| Ok(async move { if n % 2 == 0 { Ok(n / 2) } else { Err("odd") } }));
    /// assert_eq!(halves.try_buffer_unordered(1).collect::<Vec<_>>().await, [Ok(2), Err("odd")]);
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn try_buffer_unordered(self, limit: usize) -> TryBufferUnordered<Self>
    where
        Self: Sized,
        Self::Ok: TryFuture<Error = Self::Error>,
    {
        TryBufferUnordered::new(self, limit)
    }

    /// As [`for_each_concurrent`](super::StreamExt::for_each_concurrent), until the stream or a future fails.
    ///
    /// # Errors
    ///
    /// The future gives the first error. The stream, and the futures that are on their way, are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the stream, and the futures that were started.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::stream::iter;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let small = |n| async move { if n < 5 { Ok(()) } else { Err(n) } };
    /// assert_eq!(iter([Ok(1), Ok(2)]).try_for_each_concurrent(3, small).await, Ok(()));
    /// assert_eq!(iter([Ok(1), Ok(7), Ok(8)]).try_for_each_concurrent(1, small).await, Err(7));
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    fn try_for_each_concurrent<Fut, F>(
        self,
        limit: impl Into<Option<usize>>,
        f: F,
    ) -> TryForEachConcurrent<Self, Fut, F>
    where
        Self: Sized,
        F: FnMut(Self::Ok) -> Fut,
        Fut: TryFuture<Ok = (), Error = Self::Error>,
    {
        TryForEachConcurrent::new(self, limit.into(), f)
    }
}

impl<St: TryStream + ?Sized> TryStreamExt for St {}
