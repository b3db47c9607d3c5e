//! Calls through gates: while they wait to be let through, and while they are under way.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use anywhen::retry::{CircuitBreaker, CircuitState, Gate, Gated, Outcome, Pass, Refused};
use anywhen::time::{Duration, VirtualClock};

use crate::arena::{Arena, Seat, Setting};
use crate::stage::{Entry, Gate as Door, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| Gated::new(Open, call(leaf, Ok(()))))),
    |body| body(Stage::over(|leaf| Gated::new(Open, call(leaf, Err(Refused::OverLimit))).failure_when(|_| true))),
    |body| body(Stage::over(|leaf| Gated::new(Wait(Cell::new(Some(leaf))), ready(Ok::<_, Refused>(()))))),
    of_a_half_open_breaker,
];

pub(super) const SETTINGS: &[Setting] = &[calls_through_a_breaker];

const PERIOD: Duration = Duration::from_millis(10);

async fn call(leaf: Leaf, result: Result<(), Refused>) -> Result<(), Refused> {
    leaf.await;
    result
}

/// It has the only place to try.
fn of_a_half_open_breaker(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let breaker = CircuitBreaker::new().consecutive_failures(1).open_for(PERIOD).on(time.clock());
    breaker.try_acquire().unwrap().settle(Outcome::Failure);
    time.advance(PERIOD);
    let stage = Stage::over(|leaf| breaker.call(call(leaf, Ok(()))));
    // Where the call has panicked, it has failed.
    let check = || assert!(breaker.state() == CircuitState::Open || breaker.try_acquire().is_ok(), "the place is lost");
    body(stage.check(check));
}

/// Nobody waits for a breaker: they wait for their calls, and it for them.
fn calls_through_a_breaker(crowd: usize) -> Arena {
    let breaker = Arc::new(CircuitBreaker::new().consecutive_failures(u32::MAX));
    let doors = (0..crowd).map(|_| Door::default()).collect::<Vec<_>>();
    let leaves = doors.iter().map(|door| Some(door.leaf())).collect::<Vec<_>>();
    let (called, leaves, mut doors) = (Arc::clone(&breaker), Mutex::new(leaves), doors);
    let wait = move |who: usize, seat: Seat| {
        let leaf = leaves.lock().unwrap()[who].take().expect("one call each");
        let call = Arc::clone(&called).call_owned(call(leaf, Ok(())));
        async move { seat.keep(call.await.unwrap()).await }
    };
    let touched = Arc::clone(&breaker);
    Arena::new::<CircuitBreaker, _>("call", crowd, wait)
        .release(move || doors.pop().map(|door| door.opener()()).is_some())
        .touch(move || drop(touched.try_acquire()))
        .check(move || assert_eq!(breaker.state(), CircuitState::Closed))
}

/// Lets everybody through.
#[derive(Clone)]
struct Open;

impl Gate for Open {
    type Admission = Ready<Result<(), Refused>>;
    type Pass = ();

    fn admit(&self) -> Self::Admission {
        ready(Ok(()))
    }
}

/// Lets one through when the leaf is done.
struct Wait(Cell<Option<Leaf>>);

impl Clone for Wait {
    fn clone(&self) -> Self {
        unreachable!("a call has its gate alone")
    }
}

impl Gate for Wait {
    type Admission = Turn;
    type Pass = ();

    fn admit(&self) -> Turn {
        Turn(self.0.take().expect("one call"))
    }
}

struct Turn(Leaf);

impl Future for Turn {
    type Output = Result<(), Refused>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|_| Ok(()))
    }
}
