//! Verbs over streams: take their items, turn them into others, put streams together.
//!
//! A [`Stream`] gives items one after the other, and may make whoever wants the next one wait. What works on one stream is
//! in [`StreamExt`], and comes with the [prelude](crate::prelude).
//!
//! | you want | verbs |
//! |---|---|
//! | the next item | [`next`](StreamExt::next) |
//! | to poll on after the end | [`fuse`](StreamExt::fuse) |
//!
//! # What streams here have in common
//!
//! - *After the end* they stay at `None`, all of them, and say so through [`FusedStream`]. What they were made of is dropped
//!   when they end. A panic, be it of the source or of a closure, is an end, too.
//! - *Cancel safety.* A stream is not lost when the future that waits for its next item is dropped: the item comes to the
//!   next call. What dropping the stream itself loses is said with each.
//! - *Bounded work.* What looks at many items within one poll stops after 128, wakes its task, and goes on in the next poll.
//!   So a source that is always ready starves nobody; and `Pending` need not mean that the source has nothing more.

mod any;
#[cfg(feature = "std")]
mod catch_unwind;
mod chain;
#[cfg(feature = "alloc")]
mod chunks;
mod collect;
mod cycle;
mod ext;
mod filter;
mod flatten;
mod fold;
mod fuse;
mod into_future;
mod iter;
mod map;
mod next;
mod nothing;
mod once;
mod peek;
mod peekable;
mod repeat;
mod shell;
mod skip;
mod steps;
mod take;
mod take_until;
mod then;
mod tries;
mod try_collect;
mod try_ext;
mod try_filter;
mod try_map;
mod try_then;
mod unfold;
mod zip;

pub use futures_core::stream::{FusedStream, Stream, TryStream};

pub use self::any::{All, Any};
#[cfg(feature = "std")]
pub use self::catch_unwind::CatchUnwind;
pub use self::chain::Chain;
#[cfg(feature = "alloc")]
pub use self::chunks::{Chunks, ReadyChunks, TryChunks, TryChunksError, TryReadyChunks, TryReadyChunksError};
pub use self::collect::{Collect, Concat, Count, Unzip};
pub use self::cycle::Cycle;
pub use self::ext::StreamExt;
#[cfg(feature = "alloc")]
pub use self::ext::{BoxStream, LocalBoxStream};
pub use self::filter::{Filter, FilterMap};
pub use self::flatten::{FlatMap, Flatten, TryFlatten};
pub use self::fold::{Fold, ForEach};
pub use self::fuse::Fuse;
pub use self::into_future::StreamFuture;
pub use self::iter::{Iter, iter};
pub use self::map::{Enumerate, Inspect, Map};
pub use self::next::{Next, SelectNextSome, TryNext};
pub use self::nothing::{Empty, Pending, empty, pending};
pub use self::once::{Once, once};
pub use self::peek::{NextIf, NextIfEq, Peek, PeekMut};
pub use self::peekable::Peekable;
pub use self::repeat::{PollFn, Repeat, RepeatWith, poll_fn, repeat, repeat_with};
pub use self::skip::{Skip, SkipWhile};
pub use self::take::{Take, TakeWhile};
pub use self::take_until::TakeUntil;
pub use self::then::{Scan, Then};
pub use self::try_collect::{TryAll, TryAny, TryCollect, TryConcat, TryFold, TryForEach};
pub use self::try_ext::TryStreamExt;
pub use self::try_filter::{TryFilter, TryFilterMap, TrySkipWhile, TryTakeWhile};
pub use self::try_map::{ErrInto, InspectErr, InspectOk, IntoStream, MapErr, MapOk};
pub use self::try_then::{AndThen, OrElse};
pub use self::unfold::{TryUnfold, Unfold, try_unfold, unfold};
pub use self::zip::Zip;
pub use crate::future::Either;
