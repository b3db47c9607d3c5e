//! What bounds the load of retries: hedges, while the first attempt is under way, and while another is beside it.

use std::cell::Cell;
use std::future::{Future, pending, ready};

use anywhen::future::Either;
use anywhen::retry::{Operation, hedge};
use anywhen::time::{Duration, VirtualClock};

use crate::stage::{Entry, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| hedge(first(leaf, Ok(()))).after(Duration::MAX))),
    |body| body(Stage::over(|leaf| hedge(first(leaf, Err(()))).max_hedges::<0>())),
    |body| body(Stage::over(|leaf| hedge(second(leaf)).after(Duration::ZERO))),
    |body| body(Stage::over(|leaf| hedge(second(leaf)).after(Duration::ZERO).max_hedges::<3>())),
    delay,
];

/// An operation whose first attempt waits for the leaf.
fn first(leaf: Leaf, result: Result<(), ()>) -> impl Operation<Output = (), Error = ()> {
    let leaf = Cell::new(Some(leaf));
    move || {
        let leaf = leaf.take().expect("one attempt");
        async move {
            leaf.await;
            result
        }
    }
}

/// An operation whose second attempt waits for the leaf, and the others for ever.
fn second(leaf: Leaf) -> impl Operation<Output = (), Error = (), Future: Future> {
    let (mut leaf, mut calls) = (Some(leaf), 0);
    move || {
        calls += 1;
        let leaf = if calls == 2 { leaf.take() } else { None };
        async move {
            match leaf {
                Some(leaf) => leaf.await,
                None => pending().await,
            }
            Ok(())
        }
    }
}

/// The first attempt never ends, the second is over at once.
fn delay(body: &mut dyn FnMut(Stage<'_>)) {
    const PERIOD: Duration = Duration::from_millis(10);
    let (time, tried) = (VirtualClock::new(), Cell::new(false));
    let op = || if tried.replace(true) { Either::Left(ready(Ok::<_, ()>(()))) } else { Either::Right(pending()) };
    let make = || hedge(op).on(time.clock()).after(PERIOD).on_hedge(|_| ());
    let mut passes = Some(time.clone());
    let release = move || {
        if let Some(time) = passes.take() {
            time.advance(PERIOD * 3);
        }
    };
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(make, release).check(check));
}
