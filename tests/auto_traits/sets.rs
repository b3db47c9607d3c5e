//! Sets of futures and of streams, and what keeps a number of them going. Children are what a set owns and hands out; those that
//! are put in through a shared reference keep their set to one thread.

use std::future::{Future, Pending, Ready};
use std::marker::PhantomPinned;

use anywhen::future::future_group::{Key, Keyed};
use anywhen::future::futures_unordered::{IntoIter, Iter, IterMut, IterPinMut, IterPinRef};
use anywhen::future::{FutureGroup, FuturesOrdered, FuturesUnordered};
use anywhen::stream::{
    BufferUnordered, BufferUnorderedWeighted, Buffered, BufferedWeighted, Driven, FlattenUnordered, ForEachConcurrent,
    MapConcurrent, NextMany, SelectAll, StreamGroup, StreamMap, TryBufferUnordered, TryBuffered, TryForEachConcurrent,
    stream_group,
};

use super::*;

/// A future, and what it gives.
type Gives<T> = Pending<T>;
/// A stream, and what it gives.
type Of<T> = futures_lite::stream::Pending<T>;
type Call = fn(u8) -> Gives<()>;
type Try = Result<Gives<Result<(), ()>>, ()>;

pin!(FuturesUnordered<Plain>: Send - Unpin UnwindSafe -);
pin!(FuturesOrdered<Ready<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(FutureGroup<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Keyed<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Key: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(IntoIter<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Iter<'_, Plain>: - - Unpin UnwindSafe RefUnwindSafe);
pin!(IterMut<'_, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(IterPinMut<'_, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(IterPinRef<'_, Plain>: - - Unpin UnwindSafe RefUnwindSafe);

pin!(StreamGroup<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(stream_group::Keyed<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(SelectAll<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(StreamMap<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(NextMany<'_, Plain, Of<u8>>: Send Sync Unpin - RefUnwindSafe);
pin!(Buffered<Of<Gives<u8>>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(BufferUnordered<Of<Gives<u8>>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(MapConcurrent<Of<u8>, Gives<()>, Call>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryBuffered<Of<Try>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryBufferUnordered<Of<Try>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(BufferedWeighted<Plain, Gives<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(BufferUnorderedWeighted<Plain, Gives<u8>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Driven<'_, Plain, Plain>: Send Sync Unpin - RefUnwindSafe);
pin!(ForEachConcurrent<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(TryForEachConcurrent<Plain, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(FlattenUnordered<Of<Of<u8>>>: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x FutureGroup<&'x Plain>;
    'x Keyed<&'x Plain>;
    'x IntoIter<&'x Plain>;
    'x Iter<'x, &'x Plain>;
    'x IterPinRef<'x, &'x Plain>;
    'x StreamGroup<&'x Plain>;
    'x stream_group::Keyed<&'x Plain>;
    'x SelectAll<&'x Plain>;
    'x StreamMap<&'x Plain, &'x Plain>;
    'x Driven<'x, Plain, &'x Plain>;
    'x ForEachConcurrent<&'x Plain, &'x Plain, &'x Plain>;
    'x TryForEachConcurrent<&'x Plain, &'x Plain, &'x Plain>;
}

// Children go where the set goes.
is!(FuturesUnordered<OnlySend>: Send);
is_not!(FuturesUnordered<OnlySync>: Send);
is!(FutureGroup<OnlySync>: Sync);
is_not!(FutureGroup<OnlySend>: Sync);
is_not!(FutureGroup<OnlySync>: Send);
is_not!(FutureGroup<Neither>: Send, Sync);
is!(SelectAll<OnlySync>: Sync);
is_not!(SelectAll<OnlySync>: Send);
is!(StreamGroup<OnlySend>: Send);
is_not!(StreamGroup<OnlySend>: Sync);
is_not!(StreamMap<Neither, Plain>: Send, Sync);
is_not!(StreamMap<Plain, Neither>: Send, Sync);
is!(IterMut<'_, OnlySend>: Send);
is_not!(IterMut<'_, OnlySync>: Send);
is_not!(IterPinMut<'_, OnlySend>: Sync);
is_not!(IntoIter<Neither>: Send, Sync);

// They are pinned where they lie, and a source is pinned where its stream is.
is!(FuturesUnordered<PhantomPinned>: Unpin);
is!(FutureGroup<PhantomPinned>: Unpin);
is!(SelectAll<PhantomPinned>: Unpin);
is!(FuturesOrdered<Pinned>: Unpin);
is!(ForEachConcurrent<Plain, PhantomPinned, Plain>: Unpin);
is_not!(ForEachConcurrent<PhantomPinned, Plain, Plain>: Unpin);
is_not!(BufferedWeighted<PhantomPinned, Pinned>: Unpin);

/// A future that must not be moved.
struct Pinned(PhantomPinned);

impl Future for Pinned {
    type Output = PhantomPinned;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<PhantomPinned> {
        std::task::Poll::Ready(self.0)
    }
}
