//! Hedges, while the first attempt is under way, and while another is beside it; fallbacks, before and after; pipelines.

use std::cell::Cell;
use std::future::{Future, pending, ready};

use anywhen::future::Either;
#[cfg(feature = "tower")]
use anywhen::retry::ServiceCall;
use anywhen::retry::pipeline::{Identity, Limited, Once, Stack, Timeouts};
use anywhen::retry::{Layer, Operation, Pipeline, fallback, hedge};
use anywhen::time::error::Elapsed;
use anywhen::time::{Clock, Duration, VirtualClock};

use crate::stage::{Entry, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| hedge(first(leaf, Ok(()))).after(Duration::MAX))),
    |body| body(Stage::over(|leaf| hedge(first(leaf, Err(()))).max_hedges::<0>())),
    |body| body(Stage::over(|leaf| hedge(second(leaf)).after(Duration::ZERO))),
    |body| body(Stage::over(|leaf| hedge(second(leaf)).after(Duration::ZERO).max_hedges::<3>())),
    delay,
    end,
    |body| body(Stage::over(|leaf| fallback(attempt(leaf, Ok(())), |()| pending()))),
    |body| body(Stage::over(|leaf| fallback(attempt(leaf, Err(())), |()| ready(Ok(()))))),
    |body| body(Stage::over(|leaf| fallback(ready(Err(())), |()| attempt(leaf, Ok(()))).when(|()| true))),
    |body| body(Stage::over(|leaf| Pipeline::new().call(first(leaf, Ok(()))))),
    |body| body(Stage::over(|leaf| limited(&Pipeline::new().timeout(Duration::MAX), attempt(leaf, Ok(()))))),
    limit,
    #[cfg(feature = "tower")]
    |body| {
        body(Stage::over(|leaf| {
            let mut given = Given(Cell::new(Some(attempt(leaf, Ok(())))));
            ServiceCall::new(tower::service_fn(move |()| given.attempt()), ()).attempt()
        }));
    },
];

const PERIOD: Duration = Duration::from_millis(10);

async fn attempt<E>(leaf: Leaf, result: Result<(), E>) -> Result<(), E> {
    leaf.await;
    result
}

/// The future of the layer that limits the time.
fn limited<F: Future<Output = Result<(), Elapsed>>>(
    pipeline: &Pipeline<Stack<Identity, Timeouts<Clock>>>,
    future: F,
) -> Limited<Once<Given<F>>, Clock> {
    Layer::layer(pipeline, Given(Cell::new(Some(future)))).attempt()
}

/// An operation for one attempt. Who clones it takes that along.
struct Given<F>(Cell<Option<F>>);

impl<F> Clone for Given<F> {
    fn clone(&self) -> Self {
        Self(Cell::new(self.0.take()))
    }
}

impl<F: Future<Output = Result<(), Elapsed>>> Operation for Given<F> {
    type Output = ();
    type Error = Elapsed;
    type Future = F;

    fn attempt(&mut self) -> F {
        self.0.take().expect("one attempt")
    }
}

fn limit(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let pipeline = Pipeline::new().timeout_on(time.clock(), PERIOD);
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(|| limited(&pipeline, pending()), let_it_pass(&time)).check(check));
}

/// Neither attempt ever ends, and the deadline comes.
fn end(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let make = || {
        let hedge = hedge(pending::<Result<(), Elapsed>>).on(time.clock()).after(Duration::ZERO);
        hedge.deadline(time.now() + PERIOD)
    };
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(make, let_it_pass(&time)).check(check));
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
    let (time, tried) = (VirtualClock::new(), Cell::new(false));
    let op = || if tried.replace(true) { Either::Left(ready(Ok::<_, ()>(()))) } else { Either::Right(pending()) };
    let make = || hedge(op).on(time.clock()).after(PERIOD).on_hedge(|_| ());
    let check = || assert!(!time.advance_to_next(), "a timer was left behind");
    body(Stage::made(make, let_it_pass(&time)).check(check));
}
