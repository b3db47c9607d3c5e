//! Calls through gates: while they wait to be let through, and while they are under way.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use anywhen::retry::gate::Admitted;
use anywhen::retry::{
    AdaptiveLimit, Bulkhead, CircuitBreaker, CircuitState, Gate, Gated, Outcome, Pass, RateLimiter, Refused,
};
use anywhen::time::{Duration, VirtualClock};

use super::primitives::one_by_one;
use super::sync::pass_through;
use super::time::{is_idle, touch};
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
    at_a_bulkhead,
    at_a_bulkhead_for_too_long,
    call_at_a_bulkhead,
    call_in_a_bulkhead,
    at_an_adaptive_limit,
];

pub(super) const SETTINGS: &[Setting] = &[
    calls_through_a_breaker,
    acquire_behind_one_that_gives_up,
    acquire_of_a_bulkhead,
    acquire_of_a_bulkhead_in_time,
    acquire_owned_of_an_adaptive_limit,
];

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
        let _refused = limiter.try_acquire_many(2);
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
        drop(front.take());
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
        async move { seat.keep(limiter.acquire().await.is_ok()).await }
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

/// With one place, which is taken.
fn full(time: &VirtualClock) -> (Arc<Bulkhead>, Admitted<Arc<Bulkhead>>) {
    let bulkhead = Arc::new(Bulkhead::new(1, 3).max_wait(PERIOD).on(time.clock()));
    let place = Arc::clone(&bulkhead).try_acquire_owned().unwrap();
    (bulkhead, place)
}

/// Nobody is in the queue, and time has nothing to do.
fn empty<'a>(bulkhead: &'a Bulkhead, time: &VirtualClock) -> impl FnMut() + use<'a> {
    let mut idle = is_idle(time);
    move || {
        assert_eq!(bulkhead.waiters(), 0, "it is still in the queue");
        idle();
    }
}

fn at_a_bulkhead(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let (bulkhead, place) = full(&time);
    let (touched, mut place, mut empty) = (Arc::clone(&bulkhead), Some(place), empty(&bulkhead, &time));
    let check = || {
        assert_eq!(bulkhead.available_permits(), 1, "the place is lost");
        empty();
    };
    let stage = Stage::made(|| bulkhead.acquire(), move || drop(place.take()));
    body(stage.touch(move || pass_through(touched.acquire())).check(check));
}

fn at_a_bulkhead_for_too_long(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let (bulkhead, _place) = full(&time);
    let moved = time.clone();
    let stage = Stage::made(|| bulkhead.acquire(), move || moved.advance(PERIOD));
    body(stage.touch(touch(&time)).check(empty(&bulkhead, &time)));
}

fn call_at_a_bulkhead(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let (bulkhead, place) = full(&time);
    let mut place = Some(place);
    let check = || assert_eq!(bulkhead.available_permits(), 1, "the place is lost");
    let stage = Stage::made(|| bulkhead.call(ready(Ok::<_, Refused>(()))), move || drop(place.take()));
    body(stage.check(check));
}

fn call_in_a_bulkhead(body: &mut dyn FnMut(Stage<'_>)) {
    let bulkhead = Bulkhead::new(1, 0);
    let stage = Stage::over(|leaf| bulkhead.call(call(leaf, Ok(()))));
    body(stage.check(|| assert_eq!(bulkhead.available_permits(), 1, "the place is lost")));
}

fn at_an_adaptive_limit(body: &mut dyn FnMut(Stage<'_>)) {
    let limit = Arc::new(AdaptiveLimit::new(1, 3));
    let (touched, mut place) = (Arc::clone(&limit), Arc::clone(&limit).try_acquire_owned().ok());
    let check = || assert!(limit.try_acquire().is_ok(), "the place is lost");
    let stage = Stage::made(|| limit.acquire(), move || drop(place.take()));
    body(stage.touch(move || pass_through(touched.acquire())).check(check));
}

fn acquire_of_a_bulkhead(crowd: usize) -> Arena {
    let bulkhead = Arc::new(Bulkhead::new(crowd.max(1), crowd + 1));
    let held = (0..bulkhead.available_permits()).map(|_| Arc::clone(&bulkhead).try_acquire_owned().unwrap()).collect();
    let (waited, touched) = (Arc::clone(&bulkhead), Arc::clone(&bulkhead));
    let wait = move |_: usize, seat: Seat| {
        let bulkhead = Arc::clone(&waited);
        async move { seat.keep(bulkhead.acquire().await.unwrap()).await }
    };
    Arena::new::<Bulkhead, _>("acquire", crowd, wait)
        .release(one_by_one(held))
        .touch(move || pass_through(touched.acquire()))
        .check(move || assert_eq!(bulkhead.available_permits(), crowd.max(1), "places are lost"))
}

/// It could be too long, and is not.
fn acquire_of_a_bulkhead_in_time(crowd: usize) -> Arena {
    let time = VirtualClock::new();
    let bulkhead = Arc::new(Bulkhead::new(1, crowd + 1).max_wait(PERIOD).on(time.clock()));
    let held = vec![Arc::clone(&bulkhead).try_acquire_owned().unwrap()];
    let (waited, touched, mut idle) = (Arc::clone(&bulkhead), Arc::clone(&bulkhead), is_idle(&time));
    let wait = move |_: usize, seat: Seat| {
        let bulkhead = Arc::clone(&waited);
        async move { seat.keep(bulkhead.acquire().await.unwrap()).await }
    };
    let check = move || {
        assert_eq!(bulkhead.available_permits(), 1, "the place is lost");
        idle();
    };
    Arena::new::<Bulkhead, _>("acquire, with a limit", crowd, wait)
        .release(one_by_one(held))
        .one_at_a_time()
        .touch(move || pass_through(touched.acquire()))
        .check(check)
}

fn acquire_owned_of_an_adaptive_limit(crowd: usize) -> Arena {
    let limit = Arc::new(AdaptiveLimit::new(crowd.max(1), crowd + 1));
    let held = (0..limit.limit()).map(|_| Arc::clone(&limit).try_acquire_owned().unwrap()).collect();
    let (waited, touched) = (Arc::clone(&limit), Arc::clone(&limit));
    let wait = move |_: usize, seat: Seat| {
        let place = Arc::clone(&waited).acquire_owned();
        async move { seat.keep(place.await.unwrap()).await }
    };
    Arena::new::<AdaptiveLimit, _>("acquire_owned", crowd, wait)
        .release(one_by_one(held))
        .touch(move || pass_through(touched.acquire()))
        .check(move || assert_eq!(limit.in_flight(), 0, "places are lost"))
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
        async move { seat.keep(call.await.is_ok()).await }
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
