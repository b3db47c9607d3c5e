//! Streams. Each waits for a source that the suites have give items, end or panic.

use std::cell::RefCell;
use std::future::{Future, poll_fn, ready};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use anywhen::prelude::*;
use anywhen::stream::{self, Either, Stream};

use crate::leaf::{LeafStream, Token};
use crate::streams::{StreamEntry, StreamStage};

pub(super) const ENTRIES: &[StreamEntry] = &[
    |body| body(StreamStage::over(|leaf| leaf.fuse())),
    |body| body(StreamStage::over(|leaf| leaf.map(|token| token.number))),
    |body| body(StreamStage::over(|leaf| leaf.inspect(|_| ()))),
    |body| body(StreamStage::over(|leaf| leaf.enumerate())),
    |body| body(StreamStage::over(|leaf| leaf.then(ready))),
    |body| body(StreamStage::over(|leaf| leaf.scan((), |(), token| ready(Some(token))))),
    |body| body(StreamStage::over(|leaf| leaf.scan(0, |_, token| ready(few(token)))).most(3)),
    // It waits for the future, and not for the source.
    |body| {
        let make = |leaf| stream::repeat(Rc::new(RefCell::new(leaf))).scan((), |(), leaf| next_of(leaf));
        body(StreamStage::over(make).costs(1));
    },
    |body| body(StreamStage::over(|leaf| leaf.filter(|_| ready(true)))),
    |body| body(StreamStage::over(|leaf| leaf.filter(|token| ready(token.number % 3 == 2))).each(3)),
    |body| body(StreamStage::over(|leaf| leaf.filter_map(|token| ready(odd(token)))).each(2)),
    |body| body(StreamStage::over(|leaf| leaf.take(usize::MAX))),
    |body| body(StreamStage::over(|leaf| leaf.take(2)).most(2)),
    |body| body(StreamStage::over(|leaf| leaf.take(0)).most(0)),
    |body| body(StreamStage::over(|leaf| leaf.take_while(|token| ready(token.number < 3))).most(3)),
    |body| body(StreamStage::over(|leaf| leaf.take_until(std::future::pending::<()>()))),
    |body| body(StreamStage::over(|leaf| stream::pending::<u8>().take_until(leaf.for_each(|_| ready(())))).most(0)),
    |body| body(StreamStage::over(|leaf| leaf.skip(0))),
    |body| body(StreamStage::over(|leaf| leaf.skip(2)).passed_over(2)),
    |body| body(StreamStage::over(|leaf| leaf.skip_while(|token| ready(token.number < 2))).passed_over(2)),
    |body| body(StreamStage::over(|leaf| leaf.chain(stream::empty()))),
    |body| body(StreamStage::over(|leaf| stream::empty().chain(leaf))),
    |body| body(StreamStage::over(|leaf| leaf.zip(stream::repeat(1)))),
    |body| body(StreamStage::over(|leaf| stream::repeat(1).zip(leaf))),
    |body| body(StreamStage::over(|leaf| leaf.zip(stream::iter(0..3))).most(3)),
    |body| body(StreamStage::over(|leaf| leaf.map(|token| stream::iter([token])).flatten())),
    |body| body(StreamStage::over(|leaf| stream::iter([leaf]).flatten())),
    |body| body(StreamStage::over(|leaf| leaf.map(|token| stream::iter(odd(token))).flatten()).each(2)),
    |body| body(StreamStage::over(|leaf| leaf.flat_map(|token| stream::iter([token])))),
    // Its clones give what the source has to give, whatever that said of its length when it was made.
    |body| body(StreamStage::over(|leaf| leaf.cycle()).of_unknown_length().looks_twice()),
    |body| body(StreamStage::over(|leaf| (stream::empty(), leaf, stream::empty()).merge())),
    |body| body(StreamStage::over(|leaf| (leaf, stream::empty()).merge().biased())),
    |body| body(StreamStage::over(|leaf| (stream::iter(None), leaf).merge())),
    |body| body(StreamStage::over(|leaf| [leaf].merge())),
    |body| body(StreamStage::over(|leaf| vec![leaf].merge()).costs(1)),
    |body| body(StreamStage::over(|leaf| among_many(leaf).merge()).costs(3)),
    |body| body(StreamStage::over(|leaf| among_many(leaf).merge().biased()).costs(3)),
    |body| body(StreamStage::over(|leaf| leaf.peekable())),
    |body| body(StreamStage::over(|leaf| leaf.chunks(1)).allocates()),
    |body| body(StreamStage::over(|leaf| leaf.chunks(3)).each(3).allocates()),
    |body| body(StreamStage::over(|leaf| leaf.ready_chunks(1)).allocates()),
    |body| body(StreamStage::over(|leaf| leaf.ready_chunks(3)).allocates()),
    |body| body(StreamStage::over(|leaf| AssertUnwindSafe(leaf).catch_unwind())),
    // What they do when they are done is what they have inside.
    |body| body(StreamStage::over(|leaf| leaf.fuse().left_stream::<stream::Empty<Token>>())),
    |body| body(StreamStage::over(|leaf| leaf.fuse().right_stream::<stream::Empty<Token>>())),
    // Where items may fail.
    |body| body(StreamStage::over(|leaf| results(leaf).map_ok(|token| token.number))),
    |body| body(StreamStage::over(|leaf| results(leaf).map_err(|token| token.number))),
    |body| body(StreamStage::over(|leaf| results(leaf).err_into::<Token>())),
    |body| body(StreamStage::over(|leaf| results(leaf).inspect_ok(|_| ()))),
    |body| body(StreamStage::over(|leaf| results(leaf).inspect_err(|_| ()))),
    |body| body(StreamStage::over(|leaf| results(leaf).into_stream())),
    |body| body(StreamStage::over(|leaf| results(leaf).and_then(|token| ready(Ok(token))))),
    |body| body(StreamStage::over(|leaf| results(leaf).or_else(|token| ready(Err::<Token, _>(token))))),
    |body| body(StreamStage::over(|leaf| results(leaf).try_filter(|_| ready(false))).each(2)),
    |body| body(StreamStage::over(|leaf| results(leaf).try_filter(|_| ready(true)))),
    |body| body(StreamStage::over(|leaf| results(leaf).try_filter_map(|_| ready(Ok(None::<u8>)))).each(2)),
    |body| body(StreamStage::over(|leaf| results(leaf).try_take_while(|token| ready(Ok(token.number < 2)))).most(2)),
    |body| body(StreamStage::over(|leaf| results(leaf).try_skip_while(|_| ready(Ok(true)))).each(2)),
    |body| body(StreamStage::over(|leaf| results(leaf).map_ok(|token| results(stream::iter([token]))).try_flatten())),
    |body| body(StreamStage::over(|leaf| stream::iter([Ok::<_, Token>(results(leaf))]).try_flatten())),
    |body| body(StreamStage::over(|leaf| results(leaf).try_chunks(1)).allocates()),
    |body| body(StreamStage::over(|leaf| results(leaf).try_chunks(2)).each(2).allocates()),
    |body| body(StreamStage::over(|leaf| results(leaf).try_ready_chunks(3)).allocates()),
    // Sources.
    |body| body(StreamStage::over(|mut leaf| stream::poll_fn(move |cx| leaf.poll_next_unpin(cx)))),
    |body| body(StreamStage::over(|leaf| stream::once(leaf.into_future())).most(1)),
    |body| body(StreamStage::over(|leaf| stream::unfold(leaf, |leaf| leaf.into_future().map(step)))),
    |body| {
        body(StreamStage::over(|leaf| stream::try_unfold(leaf, |leaf| leaf.into_future().map(step).map(Ok::<_, ()>))))
    },
    |body| body(StreamStage::over(|leaf| stream::try_unfold(leaf, |leaf| leaf.into_future().map(fail))).most(1)),
    |body| body(StreamStage::at_once(|| stream::iter([1, 2, 3])).most(3)),
    |body| body(StreamStage::at_once(|| stream::poll_immediate(stream::pending::<u8>()))),
    |body| body(StreamStage::at_once(|| stream::poll_immediate(stream::iter([1, 2]))).most(2)),
    |body| body(StreamStage::at_once(stream::empty::<u8>).most(0)),
    |body| body(StreamStage::at_once(stream::pending::<u8>).silent()),
    |body| body(StreamStage::at_once(|| stream::repeat(1))),
    |body| body(StreamStage::at_once(|| stream::repeat_with(|| 1))),
];

/// The stream, among as many that have ended as are enough for it to have a waker of its own.
fn among_many(leaf: LeafStream) -> Vec<Either<LeafStream, stream::Empty<Token>>> {
    let mut streams = Vec::with_capacity(100);
    streams.resize_with(99, || Either::Right(stream::empty()));
    streams.insert(70, Either::Left(leaf));
    streams
}

/// Every other item.
fn odd(token: Token) -> Option<Token> {
    (token.number % 2 == 1).then_some(token)
}

/// The first three.
fn few(token: Token) -> Option<Token> {
    (token.number < 3).then_some(token)
}

/// Makes a result of an item.
type Split = fn(Token) -> Result<Token, Token>;

/// Every other item is an error.
fn results<St: Stream<Item = Token>>(items: St) -> stream::Map<St, Split> {
    items.map(|token| if token.number % 2 == 0 { Ok(token) } else { Err(token) })
}

/// A future for the next item of a stream that is shared.
fn next_of(leaf: Rc<RefCell<LeafStream>>) -> impl Future<Output = Option<Token>> {
    poll_fn(move |cx| leaf.borrow_mut().poll_next_unpin(cx))
}

/// An item and what is to come.
fn step((item, leaf): (Option<Token>, LeafStream)) -> Option<(Token, LeafStream)> {
    Some((item?, leaf))
}

/// An error, if there is an item.
fn fail((item, _): (Option<Token>, LeafStream)) -> Result<Option<(Token, LeafStream)>, Token> {
    item.map_or(Ok(None), Err)
}
