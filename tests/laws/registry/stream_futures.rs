//! Futures over a stream. Each waits for a stream to end, to give an item, or to panic.

use std::future::{pending, ready};
use std::pin::Pin;

use anywhen::prelude::*;
use anywhen::stream;

use crate::leaf::Token;
use crate::stage::{Entry, Gate, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    next,
    try_next,
    select_next_some,
    peek,
    peek_mut,
    next_if,
    next_if_eq,
    |body| body(Stage::draining(|leaf| leaf.into_future())),
    |body| body(Stage::draining(|leaf| leaf.collect::<Nothing>())),
    |body| body(Stage::draining(|leaf| leaf.map(|token| (token, ())).unzip::<_, _, Nothing, Nothing>())),
    |body| body(Stage::draining(|leaf| leaf.map(|_| Vec::<u8>::new()).concat())),
    |body| body(Stage::draining(|leaf| leaf.count())),
    |body| body(Stage::draining(|leaf| leaf.fold((), |(), _| ready(())))),
    |body| body(Stage::draining(|leaf| leaf.for_each(|_| ready(())))),
    |body| body(Stage::draining(|leaf| leaf.any(|_| ready(true)))),
    |body| body(Stage::draining(|leaf| leaf.all(|_| ready(false)))),
    // What is waited for is a future for an item.
    |body| body(Stage::over(|leaf| stream::once(ready(leaf)).for_each(|leaf| leaf))),
    |body| body(Stage::over(|leaf| stream::once(ready(leaf)).fold(1, |n, leaf| leaf.map(move |()| n)))),
    |body| body(Stage::over(|leaf| stream::once(ready(leaf)).any(|leaf| leaf.map(|()| true)))),
    |body| body(Stage::over(|leaf| stream::once(ready(leaf)).all(|leaf| leaf.map(|()| true)))),
    |body| body(Stage::over(|leaf| stream::once(leaf).chain(stream::empty()).count())),
    // Where items may fail.
    |body| body(Stage::draining(|leaf| leaf.map(Ok::<_, ()>).try_collect::<Nothing>())),
    |body| body(Stage::draining(|leaf| leaf.map(|_| Ok::<_, ()>(Vec::<u8>::new())).try_concat())),
    |body| body(Stage::draining(|leaf| leaf.map(Err::<(), _>).try_fold((), |(), ()| ready(Ok(()))))),
    |body| body(Stage::draining(|leaf| leaf.map(Err::<(), _>).try_for_each(|()| ready(Ok(()))))),
    |body| body(Stage::draining(|leaf| leaf.map(Ok::<_, ()>).try_any(|_| pending()))),
    |body| body(Stage::draining(|leaf| leaf.map(Ok::<_, ()>).try_all(|_| pending()))),
    |body| body(Stage::over(|leaf| stream::iter([Ok(leaf)]).try_for_each(|leaf| leaf.map(Err::<(), _>)))),
];

/// A collection that keeps nothing.
#[derive(Default)]
struct Nothing;

impl<T> Extend<T> for Nothing {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(drop);
    }
}

fn next(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream();
    body(Stage::lent(&gate, || stream.next()));
}

fn try_next(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream().map(Ok::<Token, ()>);
    body(Stage::lent(&gate, || stream.try_next()));
}

fn select_next_some(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream();
    body(Stage::lent(&gate, || stream.select_next_some()));
}

fn peek(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream().peekable();
    body(Stage::lent(&gate, || Pin::new(&mut stream).peek()));
}

fn peek_mut(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream().peekable();
    body(Stage::lent(&gate, || Pin::new(&mut stream).peek_mut()));
}

fn next_if(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream().peekable();
    body(Stage::lent(&gate, || Pin::new(&mut stream).next_if(|_| true)));
}

fn next_if_eq(body: &mut dyn FnMut(Stage<'_>)) {
    let gate = Gate::default();
    let mut stream = gate.stream().map(|token| token.number).peekable();
    body(Stage::lent(&gate, || Pin::new(&mut stream).next_if_eq(&0)));
}
