//! Gates, with every extreme that they take.

use std::future::Future;
use std::time::Duration;

use anywhen::retry::{
    AdaptiveLimit, Bulkhead, CircuitBreaker, CircuitState, Exponential, Outcome, Pass, RateLimiter, Refused,
};
use anywhen::testing::TestTask;
use anywhen::time::VirtualClock;

use super::{DURATIONS, NANO};

/// With every length of time for every purpose: what comes of a failure, a success and a failure long after.
pub(super) fn breakers_saturate() {
    let lengths = DURATIONS.into_iter().filter(|duration| !duration.is_zero());
    for length in lengths {
        let breakers = [
            CircuitBreaker::new().consecutive_failures(1).open_for(length),
            CircuitBreaker::new().consecutive_failures(1).open_backoff(Exponential::new(length, 4_294_967_296.0)),
            CircuitBreaker::new().consecutive_failures(1).slow_call(length),
            CircuitBreaker::new().failure_rate_over(f64::MIN_POSITIVE, length).min_calls(1),
            CircuitBreaker::new().failure_rate_over(1.0, length).min_calls(u32::MAX),
            CircuitBreaker::new().failure_rate_of_calls(1.0, 1024).min_calls(1024),
        ];
        for breaker in breakers {
            let time = VirtualClock::new();
            let breaker = breaker.on(time.clock());
            for _ in 0..3 {
                if let Ok(pass) = breaker.try_acquire() {
                    time.advance(length);
                    pass.settle(Outcome::Failure);
                }
                if let Err(Refused::CircuitOpen { retry_after }) = breaker.try_acquire().map(drop) {
                    assert!(!retry_after.is_zero(), "{length:?}: it is open for no time");
                }
                time.advance(length);
            }
        }
    }
}

/// It opens for just that long, and for ever if that is too long to be told.
pub(super) fn breakers_open_for_as_long_as_they_are_told() {
    DURATIONS.into_iter().filter(|duration| !duration.is_zero()).for_each(breaker_is_open_for);
}

fn breaker_is_open_for(length: Duration) {
    let time = VirtualClock::new();
    let never = (time.now() + length).is_never();
    let breaker = CircuitBreaker::new().consecutive_failures(1).open_for(length).on(time.clock());
    breaker.try_acquire().unwrap().settle(Outcome::Failure);
    time.advance(length.saturating_sub(NANO));
    assert_eq!(breaker.state(), CircuitState::Open, "{length:?}: too early");
    time.advance(NANO);
    assert_eq!(breaker.state() == CircuitState::Open, never, "{length:?}");
}

/// With every period, changed to every other while one waits: it waits for as long as it is told, or without end.
pub(super) fn limiters_saturate() {
    let periods = || DURATIONS.into_iter().filter(|duration| !duration.is_zero());
    for (period, other) in periods().flat_map(|period| periods().map(move |other| (period, other))) {
        for (permits, burst) in [(1, 1), (1, u32::MAX), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
            let time = VirtualClock::new();
            let limiter = RateLimiter::new(permits, period).burst(burst).on(time.clock());
            limiter.try_acquire_many(burst).unwrap();
            let mut waits = TestTask::new(limiter.acquire_many(burst));
            assert!(waits.poll().is_pending());
            limiter.set_rate(permits, other);
            let Err(Refused::RateLimited { retry_after }) = limiter.try_acquire_many(burst) else {
                panic!("it overtook")
            };
            assert!(waits.poll().is_pending(), "{period:?} then {other:?}: too early");
            let never = (time.now() + retry_after).is_never();
            time.advance(retry_after.saturating_sub(NANO));
            assert!(waits.poll().is_pending(), "{period:?} then {other:?}: too early");
            time.advance(NANO);
            assert_eq!(waits.poll().is_ready(), !never, "{period:?} then {other:?}");
        }
    }
}

/// Waits in vain, for so long.
pub(super) fn at_a_bulkhead(limit: Duration) -> impl Future {
    let bulkhead = Bulkhead::new(1, 1).max_wait(limit);
    async move {
        let _place = bulkhead.try_acquire().unwrap();
        assert!(bulkhead.acquire().await.is_err());
    }
}

/// Waits in vain, for so long.
pub(super) fn at_an_adaptive_limit(limit: Duration) -> impl Future {
    let places = AdaptiveLimit::new(1, 1).max_wait(limit);
    async move {
        let _place = places.try_acquire().unwrap();
        assert!(places.acquire().await.is_err());
    }
}

/// Calls of every length are too slow for every limit that is shorter, and whatever is left of the limit, there is one place.
pub(super) fn adaptive_limits_saturate() {
    let limits = DURATIONS.into_iter().filter(|duration| !duration.is_zero());
    for (limit, length) in limits.flat_map(|limit| DURATIONS.map(|length| (limit, length))) {
        for share in [f64::MIN_POSITIVE, 0.5, 1.0 - f64::EPSILON] {
            let time = VirtualClock::new();
            let places = AdaptiveLimit::new(2, 0).decrease(share).slow_call(limit).on(time.clock());
            let pass = places.try_acquire().unwrap();
            let start = time.now();
            time.advance(length);
            pass.settle(Outcome::Success);
            assert_eq!(places.limit() < 2, time.now() - start > limit, "{limit:?}, {length:?}");
            assert!(places.try_acquire().is_ok());
        }
    }
}
