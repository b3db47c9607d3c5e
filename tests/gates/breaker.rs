//! The circuit breaker in virtual time. What it makes of every course of events is shown beside a model, next to its source.

use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use anywhen::retry::{CallError, CircuitBreaker, CircuitState, Exponential, Outcome, Pass, Refused, retry};
use anywhen::testing::TestTask;
use anywhen::time::{Clock, Duration, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<u8, CallError<&'static str>>;

const FINE: Answer = Ok(1);
const DOWN: Answer = Err(CallError::Failed("down"));

fn open_for(retry_after: Duration) -> Answer {
    Err(CallError::Refused(Refused::CircuitOpen { retry_after }))
}

/// The result of a call that waits for nothing.
fn done<F: Future>(call: F) -> F::Output {
    match TestTask::new(call).poll() {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits"),
    }
}

fn breaker() -> (VirtualClock, CircuitBreaker<Clock>) {
    let time = VirtualClock::new();
    let breaker = CircuitBreaker::new().consecutive_failures(2).open_for(SECOND).on(time.clock());
    (time, breaker)
}

fn fail(breaker: &CircuitBreaker, times: usize) {
    (0..times).for_each(|_| assert_eq!(done(breaker.call(ready(DOWN))), DOWN));
}

#[test]
fn it_opens_tries_again_when_its_time_is_over_and_closes() {
    let (time, breaker) = breaker();
    fail(&breaker, 2);
    assert_eq!(breaker.state(), CircuitState::Open);
    time.advance(SECOND / 4);
    assert_eq!(done(breaker.call(pending())), open_for(SECOND * 3 / 4));
    time.advance(SECOND * 3 / 4);
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    fail(&breaker, 1);
    assert_eq!(done(breaker.call(ready(FINE))), open_for(SECOND));
    time.advance(SECOND);
    assert_eq!(done(breaker.call(ready(FINE))), Ok(1));
    assert_eq!(breaker.state(), CircuitState::Closed);
    let metrics = breaker.metrics();
    assert_eq!((metrics.admitted, metrics.refused, metrics.successes), (4, 2, 1));
    assert_eq!((metrics.failures, metrics.opened), (3, 2));
}

#[test]
fn who_tries_has_the_place_alone_until_it_is_over_or_given_up() {
    let (time, breaker) = breaker();
    let breaker = Arc::new(breaker);
    fail(&breaker, 2);
    time.advance(SECOND);
    let mut first = TestTask::new(Arc::clone(&breaker).call_owned(pending::<Answer>()));
    assert!(first.poll().is_pending());
    assert_eq!(done(breaker.call(ready(FINE))), open_for(Duration::ZERO));
    // One that was made, and not polled, has no place.
    let unpolled = breaker.call(ready(FINE));
    drop(first);
    assert_eq!(done(unpolled), Ok(1));
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[test]
fn as_many_try_at_a_time_as_may_and_as_many_close_it_as_must() {
    let time = VirtualClock::new();
    let breaker = CircuitBreaker::new().consecutive_failures(1).probes(2).successes_to_close(3).on(time.clock());
    fail(&breaker, 1);
    time.advance(SECOND * 10);
    let passes = [breaker.try_acquire(), breaker.try_acquire()];
    assert!(breaker.try_acquire().is_err());
    passes.into_iter().for_each(|pass| pass.unwrap().settle(Outcome::Success));
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    // Ignored is as good as given up.
    breaker.try_acquire().unwrap().settle(Outcome::Ignored);
    breaker.try_acquire().unwrap().settle(Outcome::Success);
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[test]
fn a_result_of_the_time_before_says_nothing_of_the_state_that_is_now() {
    let (time, breaker) = breaker();
    let late = [(); 4].map(|()| breaker.try_acquire().unwrap());
    fail(&breaker, 2);
    let [success, failure, another, dropped] = late;
    success.settle(Outcome::Success);
    assert_eq!(breaker.state(), CircuitState::Open);
    time.advance(SECOND);
    let probe = breaker.try_acquire().unwrap();
    failure.settle(Outcome::Failure);
    drop(dropped);
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    assert!(breaker.try_acquire().is_err(), "a place was given back that is not theirs");
    probe.settle(Outcome::Success);
    fail(&breaker, 1);
    another.settle(Outcome::Failure);
    assert_eq!(breaker.state(), CircuitState::Closed);
    assert_eq!(breaker.metrics().failures, 5);
}

#[test]
fn it_stays_open_longer_each_time_in_a_row() {
    let time = VirtualClock::new();
    let backoff = Exponential::new(SECOND, 3.0).with_max(SECOND * 5);
    let breaker = CircuitBreaker::new().consecutive_failures(1).open_backoff(backoff).on(time.clock());
    for _ in 0..2 {
        for secs in [1, 3, 5, 5] {
            fail(&breaker, 1);
            assert_eq!(done(breaker.call(ready(FINE))), open_for(SECOND * secs));
            time.advance(SECOND * secs);
        }
        assert_eq!(done(breaker.call(ready(FINE))), Ok(1));
    }
}

#[test]
fn a_rate_over_time_forgets_what_was_long_ago() {
    let time = VirtualClock::new();
    let breaker = CircuitBreaker::new().failure_rate_over(0.5, SECOND * 10).min_calls(4).on(time.clock());
    fail(&breaker, 3);
    time.advance(SECOND * 11);
    // Three are too few, and those of before are gone.
    fail(&breaker, 3);
    assert_eq!(breaker.state(), CircuitState::Closed);
    assert_eq!(done(breaker.call(ready(FINE))), Ok(1));
    assert_eq!(breaker.state(), CircuitState::Closed, "a success does not open it");
    time.advance(SECOND * 5);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn a_rate_of_calls_is_of_the_last_ones() {
    let breaker = CircuitBreaker::new().failure_rate_of_calls(0.3, 10);
    for _ in 0..100 {
        assert_eq!(done(breaker.call(ready(FINE))), Ok(1));
    }
    fail(&breaker, 2);
    assert_eq!(breaker.state(), CircuitState::Closed);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn what_is_too_slow_has_failed_though_it_went_well() {
    let time = VirtualClock::new();
    let breaker = CircuitBreaker::new().consecutive_failures(1).slow_call(SECOND).on(time.clock());
    let pass = breaker.try_acquire().unwrap();
    time.advance(SECOND);
    pass.settle(Outcome::Success);
    assert_eq!(breaker.state(), CircuitState::Closed);
    let pass = breaker.try_acquire().unwrap();
    time.advance(SECOND + Duration::from_nanos(1));
    pass.settle(Outcome::Success);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn by_hand_it_is_opened_for_good_closed_and_set_back() {
    let (time, breaker) = breaker();
    breaker.open();
    time.advance(SECOND * 1_000_000);
    assert_eq!(done(breaker.call(ready(FINE))), open_for(Duration::MAX));
    breaker.close();
    // What was before is forgotten.
    fail(&breaker, 1);
    breaker.close();
    fail(&breaker, 1);
    assert_eq!(breaker.state(), CircuitState::Closed);
    let under_way = [breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap()];
    breaker.reset();
    assert_eq!(breaker.metrics(), CircuitBreaker::new().metrics());
    // Calls that are not in the one number are in none of the others.
    let [one, other] = under_way;
    one.settle(Outcome::Success);
    other.settle(Outcome::Failure);
    assert_eq!(breaker.metrics(), CircuitBreaker::new().metrics());
    breaker.try_acquire().unwrap().settle(Outcome::Success);
    assert_eq!((breaker.metrics().admitted, breaker.metrics().successes), (1, 1));
}

#[test]
fn a_panic_is_a_failure_and_leaves_all_whole() {
    let (time, breaker) = breaker();
    fail(&breaker, 2);
    time.advance(SECOND);
    let mut task =
        TestTask::new(breaker.call(async { if time.clock().is_virtual() { panic!("broken") } else { Answer::Ok(1) } }));
    assert!(catch_unwind(AssertUnwindSafe(|| task.poll())).is_err());
    assert_eq!(breaker.state(), CircuitState::Open);
    time.advance(SECOND);
    assert_eq!(done(breaker.call(ready(FINE))), Ok(1));
}

#[test]
fn a_retry_within_waits_for_just_as_long_as_it_is_told() {
    let time = VirtualClock::new();
    let breaker = CircuitBreaker::new().consecutive_failures(1).open_for(SECOND * 3).on(time.clock());
    let results = RefCell::new([DOWN, FINE].into_iter());
    let run = retry(|| breaker.call(async { results.borrow_mut().next().unwrap() }))
        .on(time.clock())
        .max_attempts(3)
        .delay_from(|error| match error {
            CallError::Refused(refused) => refused.retry_after(),
            _ => Some(Duration::ZERO),
        });
    let mut task = TestTask::new(run);
    assert!(task.poll().is_pending());
    time.advance(SECOND * 3);
    assert!(task.is_woken());
    assert_eq!(task.poll(), Poll::Ready(Ok(1)));
}

#[test]
fn a_breaker_of_io_needs_no_other_error() {
    let breaker = CircuitBreaker::new();
    breaker.open();
    let error = done(breaker.call(ready(io::Result::Ok(1)))).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
}
