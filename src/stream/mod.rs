//! Verbs over streams: take their items, turn them into others, put streams together.
//!
//! A [`Stream`] gives items one after the other, and may make whoever wants the next one wait. Its verbs are methods:
//! [`StreamExt`] has those of every stream, [`TryStreamExt`] those of streams of results, and the
//! [prelude](crate::prelude) brings both. Names, types and meanings are those of the crate futures.
//!
//! | you want | verbs | where items are results |
//! |---|---|---|
//! | a stream to begin with | [`iter()`] [`once()`] [`empty()`] [`pending()`] [`repeat()`] [`repeat_with()`] [`unfold()`] [`poll_fn()`] | [`try_unfold()`] |
//! | the next item | [`next`](StreamExt::next) [`into_future`](StreamExt::into_future) [`select_next_some`](StreamExt::select_next_some) [`poll_immediate()`] | [`try_next`](TryStreamExt::try_next) |
//! | other items | [`map`](StreamExt::map) [`then`](StreamExt::then) [`enumerate`](StreamExt::enumerate) [`scan`](StreamExt::scan) | [`map_ok`](TryStreamExt::map_ok) [`map_err`](TryStreamExt::map_err) [`err_into`](TryStreamExt::err_into) [`and_then`](TryStreamExt::and_then) [`or_else`](TryStreamExt::or_else) |
//! | to look at them | [`inspect`](StreamExt::inspect) [`peekable`](StreamExt::peekable) | [`inspect_ok`](TryStreamExt::inspect_ok) [`inspect_err`](TryStreamExt::inspect_err) |
//! | some of them | [`filter`](StreamExt::filter) [`filter_map`](StreamExt::filter_map) | [`try_filter`](TryStreamExt::try_filter) [`try_filter_map`](TryStreamExt::try_filter_map) |
//! | not the first, or not the last | [`skip`](StreamExt::skip) [`skip_while`](StreamExt::skip_while) [`take`](StreamExt::take) [`take_while`](StreamExt::take_while) [`take_until`](StreamExt::take_until) | [`try_skip_while`](TryStreamExt::try_skip_while) [`try_take_while`](TryStreamExt::try_take_while) |
//! | several at once | [`chunks`](StreamExt::chunks) [`ready_chunks`](StreamExt::ready_chunks) | [`try_chunks`](TryStreamExt::try_chunks) [`try_ready_chunks`](TryStreamExt::try_ready_chunks) |
//! | them in time | [`timeout`](StreamExt::timeout) [`timeout_repeating`](StreamExt::timeout_repeating) [`throttle`](StreamExt::throttle) [`debounce`](StreamExt::debounce) [`sample`](StreamExt::sample) [`chunks_timeout`](StreamExt::chunks_timeout): see [below](#streams-over-time) | |
//! | one of several streams | [`chain`](StreamExt::chain) [`zip`](StreamExt::zip) [`flatten`](StreamExt::flatten) [`flat_map`](StreamExt::flat_map) [`cycle`](StreamExt::cycle) | [`try_flatten`](TryStreamExt::try_flatten) |
//! | one of a few streams, as they come | [`.merge()`](traits::Merge::merge) of a tuple, an array or a `Vec` | |
//! | one of many streams, as they come | [`select_all()`] [`SelectAll`] [`StreamGroup`] [`StreamMap`] [`flatten_unordered`](StreamExt::flatten_unordered) | |
//! | the outputs of many futures | [`buffered`](StreamExt::buffered) [`buffer_unordered`](StreamExt::buffer_unordered) [`map_concurrent`](StreamExt::map_concurrent) [`buffered_weighted`](StreamExt::buffered_weighted), [`FuturesUnordered`] [`FuturesOrdered`] | [`try_buffered`](TryStreamExt::try_buffered) [`try_buffer_unordered`](TryStreamExt::try_buffer_unordered) |
//! | what all items come to | [`collect`](StreamExt::collect) [`unzip`](StreamExt::unzip) [`concat`](StreamExt::concat) [`count`](StreamExt::count) [`fold`](StreamExt::fold) [`any`](StreamExt::any) [`all`](StreamExt::all) | [`try_collect`](TryStreamExt::try_collect) [`try_concat`](TryStreamExt::try_concat) [`try_fold`](TryStreamExt::try_fold) [`try_any`](TryStreamExt::try_any) [`try_all`](TryStreamExt::try_all) |
//! | something done for each | [`for_each`](StreamExt::for_each) [`for_each_concurrent`](StreamExt::for_each_concurrent) | [`try_for_each`](TryStreamExt::try_for_each) [`try_for_each_concurrent`](TryStreamExt::try_for_each_concurrent) |
//! | one type for different streams | [`boxed`](StreamExt::boxed) [`boxed_local`](StreamExt::boxed_local) [`left_stream`](StreamExt::left_stream) [`right_stream`](StreamExt::right_stream) | [`into_stream`](TryStreamExt::into_stream) |
//! | an end that somebody else brings about | [`abortable()`] [`take_until`](StreamExt::take_until) | |
//! | to outlive its end, or a panic | [`fuse`](StreamExt::fuse) [`catch_unwind`](StreamExt::catch_unwind) | |
//!
//! # What streams here have in common
//!
//! - *After the end* they stay at `None`, all of them, and say so through [`FusedStream`]. What they were made of is dropped
//!   when they end; who wants a source back lends it with [`by_ref`](StreamExt::by_ref). A panic, be it of the source or of
//!   a function, is an end, too. A source is not polled after its end.
//! - *Cancel safety.* A stream is not lost when the future that waits for its next item is dropped: the item comes to the
//!   next call. What dropping the stream itself loses is said with each.
//! - *Bounded work.* What looks at many items within one poll stops after 128, wakes its task, and goes on in the next poll.
//!   So a source that is always ready starves nobody; and `Pending` need not mean that the source has nothing more. Each counts
//!   for itself: of two such verbs one over the other, each of which passes over nearly all that it sees, a poll may look at 128 times
//!   as many items.
//! - *Allocation.* None, but where it says so.
//! - *Size hints* hold. They are exact where the source's is and no item is passed over.
//!
//! # Streams over time
//!
//! | the trouble | take | which gives | and drops |
//! |---|---|---|---|
//! | the source may fall silent | [`timeout`](StreamExt::timeout) | all items, and one error when the next is late | nothing |
//! | and you want to hear of it again and again | [`timeout_repeating`](StreamExt::timeout_repeating) | the same, and an error at every tick | nothing |
//! | items come faster than they may be used | [`throttle`](StreamExt::throttle) | all items, with pauses between them; the source waits | nothing |
//! | only the last of a burst matters | [`debounce`](StreamExt::debounce) | an item when nothing newer has come for a while | all but the last of a burst |
//! | the latest is enough, now and then | [`sample`](StreamExt::sample) | the latest item at each tick | all between the ticks |
//! | single items cost too much | [`chunks_timeout`](StreamExt::chunks_timeout) | several at once, none of which has waited too long | nothing |
//!
//! A source that never pauses has `debounce` give nothing, and `sample` something at each tick. Where items may wait but must not
//! be lost, it is `throttle` or `chunks_timeout`.
//!
//! They have in common that
//!
//! - *items come first*: the source is polled before the time is looked at, so what is ready in the poll in which the time is
//!   up is taken;
//! - *the end does not wait*: what is held back is given when the source ends. (`throttle` holds nothing back, and polls its
//!   source no sooner than it may give an item; so its end may come that much later.)
//! - [`Duration::MAX`](core::time::Duration::MAX) is never up, and nothing is given too early;
//! - each has a form with `_on` that takes another [`Timer`](crate::time::Timer) than the current clock.

#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
mod abortable;
mod any;
#[cfg(feature = "alloc")]
mod buffer;
#[cfg(feature = "std")]
mod catch_unwind;
mod chain;
#[cfg(feature = "alloc")]
mod chunks;
#[cfg(feature = "std")]
mod chunks_timeout;
mod collect;
#[cfg(feature = "alloc")]
mod concurrent;
#[cfg(feature = "alloc")]
mod crowd;
mod cycle;
#[cfg(feature = "std")]
mod debounce;
mod ext;
mod filter;
mod flatten;
#[cfg(feature = "alloc")]
mod flatten_unordered;
mod fold;
mod fuse;
#[cfg(feature = "std")]
mod gather;
#[cfg(feature = "alloc")]
mod group;
mod into_future;
mod iter;
mod map;
#[cfg(feature = "alloc")]
mod map_of_streams;
mod merge;
mod next;
mod nothing;
mod once;
mod peek;
mod peekable;
mod poll_immediate;
mod repeat;
#[cfg(feature = "std")]
mod sample;
#[cfg(feature = "alloc")]
mod select_all;
mod shell;
mod skip;
mod steps;
mod take;
mod take_until;
mod then;
#[cfg(feature = "std")]
mod throttle;
#[cfg(feature = "std")]
mod timeout;
mod tries;
mod try_collect;
mod try_ext;
mod try_filter;
mod try_map;
mod try_then;
mod unfold;
mod zip;

pub use futures_core::stream::{FusedStream, Stream, TryStream};

#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
pub use self::abortable::abortable;
pub use self::any::{All, Any};
#[cfg(feature = "alloc")]
pub use self::buffer::{
    BufferUnordered, BufferUnorderedWeighted, Buffered, BufferedWeighted, Drive, Driven, MapConcurrent,
    TryBufferUnordered, TryBuffered,
};
#[cfg(feature = "std")]
pub use self::catch_unwind::CatchUnwind;
pub use self::chain::Chain;
#[cfg(feature = "alloc")]
pub use self::chunks::{Chunks, ReadyChunks, TryChunks, TryChunksError, TryReadyChunks, TryReadyChunksError};
#[cfg(feature = "std")]
pub use self::chunks_timeout::ChunksTimeout;
pub use self::collect::{Collect, Concat, Count, Unzip};
#[cfg(feature = "alloc")]
pub use self::concurrent::{ForEachConcurrent, TryForEachConcurrent};
pub use self::cycle::Cycle;
#[cfg(feature = "std")]
pub use self::debounce::Debounce;
pub use self::ext::StreamExt;
#[cfg(feature = "alloc")]
pub use self::ext::{BoxStream, LocalBoxStream};
pub use self::filter::{Filter, FilterMap};
pub use self::flatten::{FlatMap, Flatten, TryFlatten};
#[cfg(feature = "alloc")]
pub use self::flatten_unordered::FlattenUnordered;
pub use self::fold::{Fold, ForEach};
pub use self::fuse::Fuse;
#[cfg(feature = "alloc")]
pub use self::group::StreamGroup;
pub use self::into_future::StreamFuture;
pub use self::iter::{Iter, iter};
pub use self::map::{Enumerate, Inspect, Map};
#[cfg(feature = "alloc")]
pub use self::map_of_streams::{NextMany, StreamMap};
pub use self::next::{Next, SelectNextSome, TryNext};
pub use self::nothing::{Empty, Pending, empty, pending};
pub use self::once::{Once, once};
pub use self::peek::{NextIf, NextIfEq, Peek, PeekMut};
pub use self::peekable::Peekable;
pub use self::poll_immediate::{PollImmediate, poll_immediate};
pub use self::repeat::{PollFn, Repeat, RepeatWith, poll_fn, repeat, repeat_with};
#[cfg(feature = "std")]
pub use self::sample::Sample;
#[cfg(feature = "alloc")]
pub use self::select_all::{SelectAll, select_all};
pub use self::skip::{Skip, SkipWhile};
pub use self::take::{Take, TakeWhile};
pub use self::take_until::TakeUntil;
pub use self::then::{Scan, Then};
#[cfg(feature = "std")]
pub use self::throttle::Throttle;
#[cfg(feature = "std")]
pub use self::timeout::{Timeout, TimeoutRepeating};
pub use self::try_collect::{TryAll, TryAny, TryCollect, TryConcat, TryFold, TryForEach};
pub use self::try_ext::TryStreamExt;
pub use self::try_filter::{TryFilter, TryFilterMap, TrySkipWhile, TryTakeWhile};
pub use self::try_map::{ErrInto, InspectErr, InspectOk, IntoStream, MapErr, MapOk};
pub use self::try_then::{AndThen, OrElse};
pub use self::unfold::{TryUnfold, Unfold, try_unfold, unfold};
pub use self::zip::Zip;
pub use crate::future::Either;
#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
pub use crate::future::{AbortHandle, AbortRegistration, Abortable, Aborted};
#[cfg(feature = "alloc")]
pub use crate::future::{FuturesOrdered, FuturesUnordered, futures_unordered};
#[cfg(feature = "std")]
pub use crate::time::IntervalStream;

/// The keys of a [`StreamGroup`], and its keyed form.
#[cfg(feature = "alloc")]
pub mod stream_group {
    pub use super::group::{Key, Keyed, StreamGroup};
}

/// The streams of the methods on collections, each generic over the collection it was called on.
pub mod container {
    pub use super::merge::Merge;
    pub use crate::future::container::{Biased, Fair};
}

/// The traits that give collections of streams their methods, to be named in bounds.
///
/// For calling the methods, use the [prelude](crate::prelude).
pub mod traits {
    pub use super::merge::method::Merge;
}
