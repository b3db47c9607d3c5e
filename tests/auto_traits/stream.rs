//! The types of `anywhen::stream`. What they take from their parameters is what they are made of: a stream, a future that is
//! awaited for an item, an item that is held meanwhile, a function.

use std::future::{Ready, ready};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::stream::container::{self, Biased};
use anywhen::stream::{
    All, AndThen, Any, BoxStream, CatchUnwind, Chain, Chunks, Collect, Concat, Count, Cycle, Empty, Enumerate, ErrInto,
    Filter, FilterMap, FlatMap, Flatten, Fold, ForEach, Fuse, Inspect, InspectErr, InspectOk, IntoStream, Iter,
    LocalBoxStream, Map, MapErr, MapOk, Next, NextIf, NextIfEq, Once, OrElse, Peek, PeekMut, Peekable, Pending, PollFn,
    PollImmediate, ReadyChunks, Repeat, RepeatWith, Scan, SelectNextSome, Skip, SkipWhile, StreamFuture, Take,
    TakeUntil, TakeWhile, Then, TryAll, TryAny, TryChunks, TryChunksError, TryCollect, TryConcat, TryFilter,
    TryFilterMap, TryFlatten, TryFold, TryForEach, TryNext, TryReadyChunks, TryReadyChunksError, TrySkipWhile,
    TryTakeWhile, TryUnfold, Unfold, Unzip, Zip,
};

use super::*;

/// A stream that is not `Unpin`.
struct Stays(PhantomPinned);

impl anywhen::stream::Stream for Stays {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Pending
    }
}

/// A stream of items, and one of results.
type Items<T> = Iter<std::option::IntoIter<T>>;
type Results<T> = Items<Result<T, T>>;

pin!(Next<'_, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(TryNext<'_, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(SelectNextSome<'_, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(StreamFuture<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Peekable<Items<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Peek<'_, Items<Plain>>: Send Sync Unpin - RefUnwindSafe);
pin!(PeekMut<'_, Items<Plain>>: Send Sync Unpin - RefUnwindSafe);
pin!(NextIf<'_, Items<Plain>, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(NextIfEq<'_, Items<Plain>, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(Fuse<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(CatchUnwind<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Map<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Inspect<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Enumerate<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Then<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Scan<Plain, Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Filter<Items<Plain>, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(FilterMap<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Take<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TakeWhile<Items<Plain>, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TakeUntil<Plain, Ready<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Skip<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(SkipWhile<Items<Plain>, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Chain<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Zip<Items<Plain>, Items<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Flatten<Items<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(FlatMap<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Cycle<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Chunks<Items<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(ReadyChunks<Items<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Collect<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Unzip<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Concat<Items<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Count<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Fold<Plain, Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(ForEach<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Any<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(All<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(BoxStream<'static, Plain>: Send - Unpin - -);
pin!(LocalBoxStream<'static, Plain>: - - Unpin - -);

pin!(container::Merge<(Items<Plain>, Items<Plain>)>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(container::Merge<[Items<Plain>; 3], Biased>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(container::Merge<Vec<Items<Plain>>>: Send Sync Unpin - -);

pin!(MapOk<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(MapErr<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(ErrInto<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(InspectOk<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(InspectErr<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(IntoStream<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(AndThen<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(OrElse<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryFilter<Results<Plain>, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryFilterMap<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryTakeWhile<Results<Plain>, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TrySkipWhile<Results<Plain>, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryFlatten<Results<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryChunks<Results<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryReadyChunks<Results<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryChunksError<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryReadyChunksError<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryCollect<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryConcat<Results<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryFold<Plain, Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryForEach<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryAny<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryAll<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);

// What gives items without a source gives them, and has none itself.
pin!(Empty<Neither>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Pending<Neither>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Iter<PhantomPinned>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Repeat<PhantomPinned>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(RepeatWith<PhantomPinned>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(PollImmediate<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(PollFn<PhantomPinned>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Once<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Unfold<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryUnfold<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x Next<'x, Plain>;
    'x TryNext<'x, Plain>;
    'x SelectNextSome<'x, Plain>;
    'x StreamFuture<&'x Plain>;
    'x Peek<'x, Items<Plain>>;
    'x PeekMut<'x, Items<Plain>>;
    'x NextIf<'x, Items<Plain>, &'x Plain>;
    'x NextIfEq<'x, Items<Plain>, &'x Plain>;
    'x Fuse<&'x Plain>;
    'x CatchUnwind<&'x Plain>;
    'x Map<&'x Plain, &'x Plain>;
    'x Then<&'x Plain, &'x Plain, &'x Plain>;
    'x Scan<&'x Plain, &'x Plain, &'x Plain, &'x Plain>;
    'x Take<&'x Plain>;
    'x TakeUntil<&'x Plain, Ready<Plain>>;
    'x Chain<&'x Plain, &'x Plain>;
    'x FlatMap<&'x Plain, &'x Plain, &'x Plain>;
    'x Cycle<&'x Plain>;
    'x Collect<&'x Plain, &'x Plain>;
    'x Fold<&'x Plain, &'x Plain, &'x Plain, &'x Plain>;
    'x AndThen<&'x Plain, &'x Plain, &'x Plain>;
    'x TryFold<&'x Plain, &'x Plain, &'x Plain, &'x Plain>;
    'x TryChunksError<&'x Plain, &'x Plain>;
    'x TryReadyChunksError<&'x Plain, &'x Plain>;
    'x Empty<&'x Plain>;
    'x Pending<&'x Plain>;
    'x Iter<&'x Plain>;
    'x Once<&'x Plain>;
    'x Repeat<&'x Plain>;
    'x PollFn<&'x Plain>;
    'x Unfold<&'x Plain, &'x Plain, &'x Plain>;
}

is!(Empty<Plain>: Clone);
is!(Pending<Plain>: Clone);
is!(Iter<Plain>: Clone);
is!(Repeat<Plain>: Clone);
is!(RepeatWith<Plain>: Clone);
is!(PollImmediate<Plain>: Clone);
is!(Fuse<Plain>: Clone);

is!(Next<'_, OnlySend>: Send);
is_not!(Next<'_, OnlySend>: Sync);
is_not!(Next<'_, OnlySync>: Send);
is!(Next<'_, PhantomPinned>: Unpin);
is_not!(Fuse<Neither>: Send, Sync);
is_not!(Fuse<PhantomPinned>: Unpin);
is_not!(StreamFuture<Neither>: Send, Sync);

// The stream and the future are pinned inside. A function is not.
is!(Then<OnlySend, OnlySend, OnlySend>: Send);
is_not!(Then<Neither, Plain, Plain>: Send, Sync);
is_not!(Then<Plain, Neither, Plain>: Send, Sync);
is_not!(Then<Plain, Plain, Neither>: Send, Sync);
is_not!(Then<PhantomPinned, Plain, Plain>: Unpin);
is_not!(Then<Plain, PhantomPinned, Plain>: Unpin);
is!(Then<Plain, Plain, PhantomPinned>: Unpin);
is!(Scan<Plain, PhantomPinned, Plain, PhantomPinned>: Unpin);
is_not!(Scan<Plain, Neither, Plain, Plain>: Send, Sync);
is_not!(TakeUntil<Plain, Ready<Neither>>: Send, Sync);
is_not!(Chain<Plain, PhantomPinned>: Unpin);
is_not!(FlatMap<Plain, PhantomPinned, Plain>: Unpin);
is_not!(Once<PhantomPinned>: Unpin);
is_not!(Unfold<Plain, Plain, PhantomPinned>: Unpin);
is!(Unfold<PhantomPinned, PhantomPinned, Plain>: Unpin);
is_not!(Unfold<Neither, Plain, Plain>: Send, Sync);

is!(container::Merge<[Items<OnlySend>; 3]>: Send);
is_not!(container::Merge<[Items<Neither>; 3]>: Send, Sync);
is_not!(container::Merge<(Items<Neither>, Items<Neither>)>: Send, Sync);
is_not!(container::Merge<Vec<Items<Neither>>>: Send, Sync);
is_not!(container::Merge<[Stays; 3]>: Unpin);
is!(container::Merge<Vec<Stays>>: Unpin);

// Items that are held.
is_not!(Filter<Items<Neither>, Plain, Plain>: Send, Sync);
is_not!(Peekable<Items<Neither>>: Send, Sync);
is_not!(Chunks<Items<Neither>>: Send, Sync);
is_not!(Zip<Items<Plain>, Items<Neither>>: Send, Sync);
is_not!(Collect<Plain, Neither>: Send, Sync);
is_not!(Fold<Plain, Plain, Neither, Plain>: Send, Sync);
is_not!(TryFilter<Results<Neither>, Plain, Plain>: Send, Sync);
is!(ErrInto<Plain, Neither>: Send, Sync);

#[test]
fn a_pipeline_is_send_when_its_parts_are() {
    use anywhen::prelude::*;

    fn is_send<T: Send>(of: T) -> T {
        of
    }
    let numbers = anywhen::stream::iter([Cell::new(1)]);
    let pipeline = numbers.filter(|_| ready(true)).then(|cell| async move { cell.get() }).chunks(2);
    drop(is_send(pipeline.collect::<Vec<_>>()));
}
