//! The future that retries: while an attempt is under way, while it is limited in time, while it waits for the next.

use std::cell::Cell;
use std::future::{pending, ready};

use anywhen::retry::{Constant, Operation, retry};
use anywhen::time::error::Elapsed;
use anywhen::time::{Duration, VirtualClock};

use crate::stage::{Entry, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| retry(once(leaf, Ok(()))))),
    |body| body(Stage::over(|leaf| retry(once(leaf, Err(()))).max_attempts(1))),
    |body| body(Stage::over(|leaf| retry(once(leaf, Err(()))).when(|()| false).detailed())),
    attempt_that_times_out,
    delay,
    delay_that_was_asked_for,
];

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
