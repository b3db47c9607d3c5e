//! `blocking_retry`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use anywhen::retry::{Constant, Policy, StopReason, blocking_retry};
use anywhen::time::{Duration, VirtualClock};

use super::tries::{AT_ONCE, EACH_SECOND, MINUTE, SECOND, panic_of};

/// Fails with its number.
fn fails(calls: &Cell<u32>) -> impl FnMut() -> Result<(), u32> {
    || {
        calls.set(calls.get() + 1);
        Err(calls.get())
    }
}

#[test]
fn the_same_conditions_and_hooks_have_their_say() {
    let (calls, slept, told) = (Cell::new(0), RefCell::new(vec![]), RefCell::new(vec![]));
    let result = blocking_retry(fails(&calls))
        .policy(EACH_SECOND.max_attempts(9))
        .when(|n| *n < 4)
        .delay_from(|n| (*n == 2).then_some(MINUTE))
        .on_retry(|event| told.borrow_mut().push((event.attempts(), event.delay())))
        .sleep_with(|delay| slept.borrow_mut().push(delay))
        .call();
    assert_eq!((result, calls.get()), (Err(4), 4));
    assert_eq!(*slept.borrow(), [SECOND, MINUTE, SECOND]);
    assert_eq!(*told.borrow(), [(1, SECOND), (2, MINUTE), (3, SECOND)]);
}

#[test]
fn values_may_be_retried_and_come_back_as_they_are() {
    let (mut calls, slept) = (0, Cell::new(0));
    let op = || {
        calls += 1;
        Ok::<_, ()>(calls)
    };
    let sleep = |_| slept.set(slept.get() + 1);
    let retry = blocking_retry(op).policy(EACH_SECOND).when_result(|result| *result != Ok(9)).sleep_with(sleep);
    assert_eq!((retry.call(), slept.get()), (Ok(4), 3));
}

#[test]
fn limits_go_by_the_timer() {
    let time = VirtualClock::new();
    let (calls, start) = (Cell::new(0), time.now());
    let op = || {
        time.advance(MINUTE);
        fails(&calls)()
    };
    let sleep = |delay| time.advance(delay);
    let run = |policy: Policy<Constant>| {
        let retry = blocking_retry(op).policy(policy.max_attempts(u32::MAX)).on(time.clock());
        retry.sleep_with(sleep).detailed().call().unwrap_err()
    };
    let error = run(EACH_SECOND.max_elapsed(MINUTE * 2));
    // From when the first attempt was begun.
    assert_eq!((error.reason, error.attempts, error.elapsed), (StopReason::MaxElapsed, 2, MINUTE * 2 + SECOND));
    assert_eq!(time.now() - start, error.elapsed);
    assert_eq!(run(EACH_SECOND.max_slept(SECOND * 3)).attempts, 4);
    let retry = blocking_retry(op).policy(EACH_SECOND).on(time.clock()).deadline(time.now() + MINUTE * 2);
    assert_eq!(retry.sleep_with(sleep).detailed().call().unwrap_err().reason, StopReason::Deadline);
}

#[test]
fn an_error_is_gone_while_the_thread_sleeps() {
    let error = Rc::new(());
    let sleep = |_| assert_eq!(Rc::strong_count(&error), 1);
    let retry = blocking_retry(|| Err::<(), _>(Rc::clone(&error))).policy(EACH_SECOND).sleep_with(sleep);
    assert!(retry.call().is_err());
}

#[test]
fn a_delay_of_zero_is_not_slept() {
    let calls = Cell::new(0);
    let retry = blocking_retry(fails(&calls)).policy(AT_ONCE).sleep_with(|_| panic!("it sleeps"));
    assert_eq!((retry.call(), calls.get()), (Err(4), 4));
}

#[test]
fn without_more_the_thread_sleeps_in_real_time() {
    let (calls, started) = (Cell::new(0), std::time::Instant::now());
    let milli = Duration::from_millis(1);
    assert_eq!(blocking_retry(fails(&calls)).backoff(Constant::new(milli)).max_attempts(3).call(), Err(3));
    assert!(started.elapsed() >= milli * 2);
}

#[test]
fn a_panic_is_passed_on() {
    let op = || -> Result<(), ()> { panic!("on purpose") };
    assert_eq!(panic_of(|| blocking_retry(op).call()), "on purpose");
}
