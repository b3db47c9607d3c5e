//! Sets of futures and of streams, and what keeps a number of them going. Each has one child at a time that waits for the leaf.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use anywhen::future::{FutureGroup, FuturesOrdered, FuturesUnordered};
use anywhen::prelude::*;
use anywhen::stream::{FlattenUnordered, StreamGroup, StreamMap, select_all};
use futures_core::Stream;
use futures_lite::stream::{Map, Once, StreamExt as Lite, once};

use crate::leaf::{LeafStream, Token};
use crate::stage::{Entry, Gate, Leaf, Stage};
use crate::streams::{StreamEntry, StreamStage};

pub(super) const STREAMS: &[StreamEntry] = &[
    // One future, and so one item.
    |body| body(StreamStage::over(|leaf| FuturesUnordered::from_iter([First(leaf)])).most(1).costs(SET)),
    |body| body(StreamStage::over(|leaf| FuturesOrdered::from_iter([First(leaf)])).most(1).costs(SET + 1)),
    |body| body(StreamStage::over(|leaf| FutureGroup::from_iter([First(leaf)])).most(1).costs(SET)),
    |body| body(StreamStage::over(|leaf| FutureGroup::from_iter([First(leaf)]).keyed()).most(1).costs(SET)),
    |body| body(StreamStage::over(|leaf| select_all([leaf])).costs(SET)),
    |body| body(StreamStage::over(|leaf| StreamGroup::from_iter([leaf])).costs(SET)),
    |body| body(StreamStage::over(|leaf| StreamGroup::from_iter([leaf]).keyed()).costs(SET)),
    |body| body(StreamStage::over(|leaf| StreamMap::from_iter([(1, leaf)])).costs(SET)),
    // A future, or a stream, for each item, and room for them with the first.
    |body| body(StreamStage::over(|leaf| futures(leaf).buffered(2)).allocates()),
    |body| body(StreamStage::over(|leaf| futures(leaf).buffer_unordered(2)).allocates()),
    |body| body(StreamStage::over(|leaf| leaf.map_concurrent(2, ready::<Token>)).allocates()),
    |body| body(StreamStage::over(|leaf| fallible(leaf).try_buffered(2)).allocates()),
    |body| body(StreamStage::over(|leaf| fallible(leaf).try_buffer_unordered(2)).allocates()),
    |body| body(StreamStage::over(|leaf| weighed(leaf).buffered_weighted(2)).allocates()),
    |body| body(StreamStage::over(|leaf| weighed(leaf).buffer_unordered_weighted(2)).allocates()),
    |body| body(StreamStage::over(flattened).costs(SET)),
];

pub(super) const FUTURES: &[Entry] = &[
    |body| body(Stage::over(|leaf| End(leaf).for_each_concurrent(2, |()| ready(())))),
    |body| {
        let never = |leaf| Lite::map(End(leaf), Ok::<(), ()>).try_for_each_concurrent(2, |()| ready(Ok(())));
        body(Stage::over(never));
    },
    |body| {
        let mut idle = futures_lite::stream::pending::<Ready<()>>().buffered(1);
        body(Stage::over(|leaf| idle.drive(leaf)));
    },
    |body| {
        let gate = Gate::default();
        let mut map = StreamMap::from_iter([(1, gate.stream())]);
        let mut items = Vec::with_capacity(4);
        body(Stage::lent(&gate, || map.next_many(&mut items, 4)).most_polls(2));
    },
];

/// The blocks of a set: slots, wakers, and the list of those.
const SET: u64 = 3;

/// The first item of a stream, or its end.
struct First(LeafStream);

impl Future for First {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll_next(cx).map(drop)
    }
}

/// A stream that ends when a future does.
struct End(Leaf);

impl Stream for End {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        Pin::new(&mut self.0).poll(cx).map(|()| None)
    }
}

/// A stream of one stream, which it has taken already.
fn flattened(leaf: LeafStream) -> FlattenUnordered<Once<LeafStream>> {
    let mut all = once(leaf).flatten_unordered(2);
    assert!(Pin::new(&mut all).poll_next(&mut Context::from_waker(Waker::noop())).is_pending());
    all
}

fn futures(leaf: LeafStream) -> Map<LeafStream, fn(Token) -> Ready<Token>> {
    Lite::map(leaf, ready)
}

type Try = Result<Ready<Result<Token, ()>>, ()>;

fn fallible(leaf: LeafStream) -> Map<LeafStream, fn(Token) -> Try> {
    Lite::map(leaf, |token| Ok(ready(Ok(token))))
}

type Weighed = (usize, Ready<Token>);

fn weighed(leaf: LeafStream) -> Map<LeafStream, fn(Token) -> Weighed> {
    Lite::map(leaf, |token| (1, ready(token)))
}
