//! What retries: while an attempt is under way, while it is limited in time, while it waits for the next.

use std::cell::Cell;
use std::future::{pending, ready};

use anywhen::prelude::*;
use anywhen::retry::{
    Attempts, Budget, Constant, Counters, Operation, Policy, retry, retry_mut, retry_stream, retry_with,
};
use anywhen::stream;
use anywhen::time::error::Elapsed;
use anywhen::time::{Clock, Duration, VirtualClock};

use super::time::{is_idle, touch};
use crate::leaf::{LeafStream, Token};
use crate::stage::{Entry, Leaf, Stage};
use crate::streams::{StreamEntry, StreamStage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| retry(once(leaf, Ok(()))))),
    |body| body(Stage::over(|leaf| retry(once(leaf, Err(()))).max_attempts(1))),
    |body| body(Stage::over(|leaf| retry(once(leaf, Err(()))).when(|()| false).detailed())),
    attempt_that_times_out,
    delay,
    delay_that_was_asked_for,
    |body| body(Stage::over(|leaf| retry(once(leaf, Ok(()))).budget(&BUDGET).observe(&COUNTERS).detailed())),
    |body| body(Stage::over(|leaf| retry_with(Some(leaf), carry))),
    lent,
    cut_at_the_deadline,
    next_attempt,
    attempt_failed,
];

pub(super) const STREAMS: &[StreamEntry] = &[
    |body| body(StreamStage::over(|leaf| retry_stream(connect::<()>(leaf)))),
    |body| body(StreamStage::over(|leaf| retry_stream(connect::<()>(leaf)).when_result(Result::is_err).detailed())),
    // The first one fails, and the second comes after a delay of nothing.
    |body| {
        let failed = Cell::new(false);
        let make = |leaf| {
            let mut leaf = connect(leaf);
            let connect = move || if failed.replace(true) { leaf().left_stream() } else { fails().right_stream() };
            retry_stream(connect).backoff(Constant::new(Duration::ZERO))
        };
        body(StreamStage::over(make));
    },
    // It is limited in time, which does not run out.
    |body| {
        let time = VirtualClock::new();
        let clock = time.clock();
        let make = |leaf: LeafStream| {
            retry_stream(connect::<Elapsed>(leaf))
                .on(clock)
                .attempt_timeout(PERIOD)
                .max_elapsed(PERIOD)
                .observe(&COUNTERS)
        };
        body(StreamStage::over(make).touch(touch(&time)).check(is_idle(&time)));
    },
];

static BUDGET: Budget = Budget::new(0.1);
static COUNTERS: Counters = Counters::new();

/// A stream whose items are all `Ok`.
type Fine<E> = stream::Map<LeafStream, fn(Token) -> Result<Token, E>>;

/// Makes the stream, once.
fn connect<E>(leaf: LeafStream) -> impl FnMut() -> Fine<E> {
    let mut leaf = Some(leaf);
    move || leaf.take().expect("one stream").map(Ok as fn(_) -> _)
}

fn fails() -> impl stream::Stream<Item = Result<Token, ()>> {
    stream::iter([Err(())])
}

async fn carry(mut leaf: Option<Leaf>) -> (Option<Leaf>, Result<(), ()>) {
    if let Some(leaf) = leaf.take() {
        leaf.await;
    }
    (leaf, Ok(()))
}

fn lent(body: &mut dyn FnMut(Stage<'_>)) {
    let mut context = None;
    let place = &mut context;
    let stage = Stage::over(|leaf| {
        *place = Some(leaf);
        retry_mut(place, async |leaf: &mut Option<Leaf>| {
            if let Some(leaf) = leaf.take() {
                leaf.await;
            }
            Ok::<_, ()>(())
        })
    });
    // Before the first attempt the leaf is ours.
    body(stage.check(|| ()));
}

fn cut_at_the_deadline(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let make = || {
        let hangs = retry(pending::<Result<(), Elapsed>>).on(time.clock()).attempt_timeout(Duration::MAX);
        hangs.deadline(time.now() + PERIOD)
    };
    body(Stage::made(make, let_it_pass(&time)).check(is_idle(&time)));
}

/// Attempts of which the first has been given.
fn begun(time: &VirtualClock) -> Attempts<Policy<Constant>, Clock> {
    let mut attempts = Attempts::new(Policy::of(Constant::new(PERIOD))).on(time.clock());
    assert!(attempts.next().now_or_never().flatten().is_some());
    attempts
}

fn next_attempt(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let mut attempts = begun(&time);
    body(Stage::made(|| attempts.next(), let_it_pass(&time)).check(is_idle(&time)));
}

fn attempt_failed(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let mut attempts = begun(&time);
    body(Stage::made(|| attempts.failed(()), let_it_pass(&time)).check(is_idle(&time)));
}

const PERIOD: Duration = Duration::from_millis(10);

/// An operation for one attempt, which waits for the leaf.
fn once(leaf: Leaf, result: Result<(), ()>) -> impl Operation<Output = (), Error = ()> {
    let leaf = Cell::new(Some(leaf));
    move || {
        let leaf = leaf.take().expect("one attempt");
        async move {
            leaf.await;
            result
        }
    }
}

/// Moves time past the period, once.
fn let_it_pass(time: &VirtualClock) -> impl FnMut() + use<> {
    let mut time = Some(time.clone());
    move || {
        if let Some(time) = time.take() {
            time.advance(PERIOD * 3);
        }
    }
}

fn attempt_that_times_out(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let make = || retry(pending::<Result<(), Elapsed>>).on(time.clock()).max_attempts(1).attempt_timeout(PERIOD);
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(make, let_it_pass(&time)).check(check));
}

/// The first attempt fails at once, the second succeeds at once.
fn delay(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, tried) = (VirtualClock::new(), Cell::new(false));
    let op = || ready(if tried.replace(true) { Ok(()) } else { Err(()) });
    let make = || retry(op).on(time.clock()).backoff(Constant::new(PERIOD)).on_retry(|_| ());
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(make, let_it_pass(&time)).check(check));
}

fn delay_that_was_asked_for(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, tried) = (VirtualClock::new(), Cell::new(false));
    let op = || ready(if tried.replace(true) { Ok(()) } else { Err(PERIOD) });
    let make = || retry(op).on(time.clock()).delay_from(|delay| Some(*delay));
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(make, let_it_pass(&time)).check(check));
}
