//! Gates and budgets ask their timer, which is somebody else's, while they hold no lock.

use std::future::{Pending, pending, ready};
use std::pin::Pin;
use std::task::Poll;

use anywhen::assert_pending;
use anywhen::future::FuturesUnordered;
use anywhen::prelude::*;
use anywhen::retry::{AdaptiveLimit, Budget, CircuitBreaker, CircuitState, Outcome, Pass, RateLimiter};
use anywhen::testing::{CountingWaker, TestTask};
use anywhen::time::{Duration, Instant, Timer};

const SECOND: Duration = Duration::from_secs(1);

/// A timer that wakes a task whenever it is asked. Nobody may do that under a lock of this crate, which panics then (in debug
/// builds, where that is counted).
#[derive(Clone)]
struct Wakes;

impl Timer for Wakes {
    type Sleep = Pending<()>;

    fn now(&self) -> Instant {
        let (mut set, count) = (FuturesUnordered::new(), CountingWaker::new());
        let mut task = TestTask::with_waker(set.by_ref(), count.clone());
        assert_eq!(task.poll_next(), Poll::Ready(None));
        drop(task);
        set.push(ready(()));
        assert_eq!(count.wakes(), 1);
        Instant::from_nanos(1 << 40)
    }

    fn sleep_until(&self, _: Instant) -> Pending<()> {
        pending()
    }

    fn reset(_: Pin<&mut Pending<()>>, _: Instant) {}
}

#[test]
fn a_budget_asks_its_timer_under_no_lock() {
    let budget = Budget::new(0.5).with_floor(1.0).with_capacity(1).on(Wakes);
    budget.deposit();
    assert_eq!((budget.try_withdraw(), budget.try_withdraw(), budget.level()), (true, false, 0));
}

#[test]
fn a_breaker_asks_its_timer_under_no_lock() {
    let breaker = CircuitBreaker::new().consecutive_failures(1).slow_call(SECOND).on(Wakes);
    breaker.try_acquire().unwrap().settle(Outcome::Success);
    breaker.try_acquire().unwrap().settle(Outcome::Failure);
    assert!(breaker.try_acquire().is_err());
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn a_limiter_asks_its_timer_under_no_lock() {
    let limiter = RateLimiter::new(1, SECOND).on(Wakes);
    assert!(limiter.try_acquire().is_ok());
    let mut waits = TestTask::new(limiter.acquire());
    assert_pending!(waits.poll());
    limiter.set_rate(2, SECOND);
    assert_pending!(waits.poll());
    assert_eq!(limiter.available_permits(), 0);
}

#[test]
fn an_adaptive_limit_asks_its_timer_under_no_lock() {
    let limit = AdaptiveLimit::new(1, 0).slow_call(SECOND).on(Wakes);
    limit.try_acquire().unwrap().settle(Outcome::Success);
    limit.try_acquire().unwrap().settle(Outcome::Failure);
}
