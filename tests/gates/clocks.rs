//! Gates and budgets in a `static`, which see one virtual clock after the other, and the system's between them.

use std::future::Future;

use anywhen::retry::{Budget, CircuitBreaker, CircuitState, Outcome, Pass, RateLimiter, Refused};
use anywhen::rt::Std;
use anywhen::time::{self, Duration, Instant, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// Runs a test with a clock of its own, which ends a day later.
fn test<F: Future>(future: F) -> F::Output {
    Std.block_on(VirtualClock::new().scope(async {
        time::sleep(DAY).await;
        future.await
    }))
}

/// The same with a clock that shows the time that it is outside.
fn test_now<F: Future>(future: F) -> F::Output {
    Std.block_on(VirtualClock::new().scope(future))
}

fn limited(result: Result<(), Refused>) -> Duration {
    match result {
        Err(Refused::RateLimited { retry_after }) => retry_after,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_limiter_is_owed_is_owed_by_the_next_clock_and_no_more_than_that() {
    static LIMITER: RateLimiter = RateLimiter::new(1, SECOND).burst(2);
    test(async {
        assert!(LIMITER.try_acquire_many(2).is_ok());
        time::sleep(SECOND / 4).await;
        assert_eq!(limited(LIMITER.try_acquire()), SECOND * 3 / 4);
    });
    // By the system's clock it is long before that.
    let wait = limited(LIMITER.try_acquire());
    assert!(wait <= SECOND * 3 / 4, "{wait:?}");
    for _ in 0..2 {
        test_now(async {
            let start = Instant::now();
            LIMITER.acquire_many(2).await.unwrap();
            assert!(start.elapsed() <= SECOND * 2, "{:?}", start.elapsed());
            time::sleep(SECOND * 3600).await;
            assert_eq!(LIMITER.available_permits(), 2);
            assert!(LIMITER.try_acquire_many(2).is_ok());
        });
    }
}

#[test]
fn a_rate_is_changed_by_the_clock_that_is_there_then() {
    static LIMITER: RateLimiter = RateLimiter::new(1, SECOND);
    test(async { LIMITER.acquire().await.unwrap() });
    test_now(async {
        LIMITER.set_rate(1, SECOND * 2);
        assert_eq!(limited(LIMITER.try_acquire()), SECOND * 2);
        time::sleep(SECOND * 2).await;
        assert!(LIMITER.try_acquire().is_ok());
    });
}

#[test]
fn an_open_circuit_is_open_for_its_time_and_not_until_another_clock_says_so() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new().consecutive_failures(1).open_for(SECOND);
    test(async {
        BREAKER.try_acquire().unwrap().settle(Outcome::Failure);
        assert_eq!(BREAKER.state(), CircuitState::Open);
    });
    test_now(async {
        let refused = BREAKER.try_acquire().unwrap_err();
        assert_eq!(refused, Refused::CircuitOpen { retry_after: SECOND });
        time::sleep(SECOND).await;
        BREAKER.try_acquire().unwrap().settle(Outcome::Success);
    });
    assert_eq!(BREAKER.state(), CircuitState::Closed);
}

#[test]
fn a_window_of_time_forgets_by_the_clock_that_is_there() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new().failure_rate_over(1.0, SECOND).min_calls(2);
    let fails = || BREAKER.try_acquire().unwrap().settle(Outcome::Failure);
    test(async { fails() });
    test_now(async {
        // From here on the first is a failure of now.
        drop(BREAKER.try_acquire());
        time::sleep(SECOND * 2).await;
        fails();
        assert_eq!(BREAKER.state(), CircuitState::Closed, "a failure of long ago counts");
        fails();
        assert_eq!(BREAKER.state(), CircuitState::Open);
    });
}

#[test]
fn the_floor_of_a_budget_comes_in_by_the_clock_that_is_there() {
    static BUDGET: Budget = Budget::new(0.0).with_floor(1.0).with_capacity(1);
    test(async { assert!(BUDGET.try_withdraw()) });
    test_now(async {
        assert!(!BUDGET.try_withdraw());
        time::sleep(SECOND).await;
        assert!(BUDGET.try_withdraw());
    });
}
