//! Calls through gates: while they wait to be let through, and while they are under way.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use anywhen::retry::{CircuitBreaker, CircuitState, Gate, Gated, Outcome, Pass, RateLimiter, Refused};
use anywhen::time::{Duration, VirtualClock};

use super::primitives::one_by_one;
use super::sync::pass_through;
use super::time::is_idle;
use crate::arena::{Arena, Seat, Setting};
use crate::stage::{Entry, Gate as Door, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| Gated::new(Open, call(leaf, Ok(()))))),
    |body| body(Stage::over(|leaf| Gated::new(Open, call(leaf, Err(Refused::OverLimit))).failure_when(|_| true))),
    |body| body(Stage::over(|leaf| Gated::new(Wait(Cell::new(Some(leaf))), ready(Ok::<_, Refused>(()))))),
    of_a_half_open_breaker,
    at_the_front_of_a_limiter,
    in_line_at_a_limiter,
    call_at_a_limiter,
];

pub(super) const SETTINGS: &[Setting] =
    &[calls_through_a_breaker, acquire_of_a_limiter, acquire_many_of_a_limiter, acquire_behind_one_that_gives_up];

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

/// One permit for each period, and it is gone.
fn spent(time: &VirtualClock) -> Arc<RateLimiter> {
    let limiter = RateLimiter::new(1, PERIOD).on(time.clock());
    limiter.try_acquire().unwrap();
    Arc::new(limiter)
}

/// Nobody is in line, and time has nothing to do.
fn left_alone<'a>(limiter: &'a RateLimiter, time: &VirtualClock) -> impl FnMut() + use<'a> {
    let mut idle = is_idle(time);
    move || {
        assert_eq!(limiter.waiters(), 0, "it is still in line");
        idle();
    }
}

/// Looks at it, and gets in line and leaves.
fn touch_limiter(limiter: &Arc<RateLimiter>) -> impl Fn() + Send + Sync + 'static + use<> {
    let limiter = Arc::clone(limiter);
    move || {
        drop(limiter.try_acquire_many(2));
        pass_through(limiter.acquire_many(0));
    }
}

fn at_the_front_of_a_limiter(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let limiter = spent(&time);
    let moved = time.clone();
    let stage = Stage::made(|| limiter.acquire(), move || moved.advance(PERIOD));
    body(stage.touch(touch_limiter(&limiter)).check(left_alone(&limiter, &time)));
}

/// The one in front leaves when time has moved.
fn in_line_at_a_limiter(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let limiter = spent(&time);
    let mut front = Box::pin(Arc::clone(&limiter).acquire_owned());
    assert!(front.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let (moved, mut front) = (time.clone(), Some(front));
    let release = move || {
        moved.advance(PERIOD);
        front = None;
    };
    let stage = Stage::made(|| limiter.acquire(), release);
    body(stage.touch(touch_limiter(&limiter)).check(left_alone(&limiter, &time)));
}

fn call_at_a_limiter(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let limiter = spent(&time);
    let moved = time.clone();
    let stage = Stage::made(|| limiter.call(ready(Ok::<_, Refused>(()))), move || moved.advance(PERIOD));
    body(stage.touch(touch_limiter(&limiter)).check(left_alone(&limiter, &time)));
}

/// There are permits for all, but one that came first wants one more. Where they have to wait for time, each of them is
/// woken twice, and of that there are tests in `tests/gates`.
fn acquire_behind_one_that_gives_up(crowd: usize) -> Arena {
    let time = VirtualClock::new();
    let all = crowd as u32 + 1;
    let limiter = Arc::new(RateLimiter::new(1, PERIOD * 1_000_000).burst(all).on(time.clock()));
    limiter.try_acquire().unwrap();
    let mut first = Box::pin(Arc::clone(&limiter).acquire_many_owned(all));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let (waited, alone, mut idle) = (Arc::clone(&limiter), Arc::clone(&limiter), is_idle(&time));
    let wait = move |_: usize, seat: Seat| {
        let limiter = Arc::clone(&waited);
        async move { seat.keep(limiter.acquire().await.unwrap()).await }
    };
    let check = move || {
        assert_eq!(alone.waiters(), 0, "somebody is still in line");
        idle();
    };
    Arena::new::<RateLimiter, _>("acquire, behind one that gives up", crowd, wait)
        .touch(touch_limiter(&limiter))
        .release(one_by_one(vec![first]))
        .check(check)
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
