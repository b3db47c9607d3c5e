//! The future that retries: by hand and in virtual time.
#![cfg(feature = "testing")]

#[path = "support/tries.rs"]
mod tries;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::Debug;
use std::future::{Future, Pending, Ready, pending, poll_fn, ready};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use anywhen::future::yield_now;
use anywhen::prelude::*;
use anywhen::retry::strategy::{AttemptTimeout, OnRetry, When, With};
use anywhen::retry::{Constant, Exponential, Jitter, Policy, Retry, RetryError, RetryEvent, StopReason, retry};
use anywhen::testing::{TestTask, cancel_at_every_poll};
use anywhen::time::error::Elapsed;
use anywhen::time::{self, Duration, Instant, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready, assert_ready_eq, task};
use futures_core::FusedFuture;

use tries::{AT_ONCE, EACH_SECOND, MINUTE, NANO, SECOND, Untouched, fails, panic_of, results, run};

// How often, and how long.

#[test]
fn what_succeeds_is_done_once_and_needs_no_clock() {
    let calls = Cell::new(0);
    let op = results::<_, ()>(&calls, [Ok(7)]);
    assert_ready_eq!(TestTask::new(retry(op).on(Untouched).max_elapsed(SECOND).detailed()).poll(), Ok(7));
    assert_eq!(calls.get(), 1);
}

#[test]
fn what_waits_and_then_succeeds_needs_no_clock() {
    let later = || async {
        yield_now().await;
        Ok::<_, ()>(7)
    };
    assert_ready_eq!(TestTask::new(retry(later).on(Untouched)).run_until_stalled(), Ok(7));
}

#[test]
fn a_delay_of_zero_is_not_slept() {
    let calls = Cell::new(0);
    let op = results(&calls, [Err(1), Err(2), Ok(3)]);
    assert_ready_eq!(TestTask::new(retry(op).policy(AT_ONCE).on(Untouched)).poll(), Ok(3));
}

#[test]
fn attempts_count_the_first_call_and_retries_do_not() {
    for (policy, expected) in [
        (EACH_SECOND.max_attempts(1), 1),
        (EACH_SECOND.max_attempts(5), 5),
        (EACH_SECOND.max_retries(0), 1),
        (EACH_SECOND.max_retries(5), 6),
        (EACH_SECOND, 4),
    ] {
        let calls = Cell::new(0);
        let (result, elapsed) = run(retry(fails(&calls)).policy(&policy));
        // The last error comes back, and nothing is slept after it.
        assert_eq!((result, calls.get(), elapsed), (Err(expected), expected, SECOND * (expected - 1)));
    }
    // And where it is said of the retry itself.
    let calls = Cell::new(0);
    assert_eq!(run(retry(fails(&calls)).policy(EACH_SECOND).max_attempts(5)).0, Err(5));
    for (retries, expected) in [(0, 1), (5, 6)] {
        let calls = Cell::new(0);
        assert_eq!(run(retry(fails(&calls)).policy(EACH_SECOND).max_retries(retries)).0, Err(expected));
    }
    let calls = Cell::new(0);
    let op = results(&calls, [Err(1), Err(2), Err(3), Err(4), Err(5), Ok(6)]);
    assert_eq!(run(retry(op).policy(EACH_SECOND).max_retries(u32::MAX)).0, Ok(6));
}

#[test]
fn the_first_attempt_is_made_at_the_first_poll_and_not_before() {
    let calls = Cell::new(0);
    let time = VirtualClock::new();
    let mut task = TestTask::new(retry(fails(&calls)).policy(EACH_SECOND).on(time.clock()));
    assert_eq!(calls.get(), 0);
    assert_pending!(task.poll());
    assert_eq!(calls.get(), 1);
    time.advance(SECOND - NANO);
    assert!(!task.is_woken());
    time.advance(NANO);
    assert_eq!(task.wakes(), 1);
    assert_pending!(task.poll());
    assert_eq!(calls.get(), 2);
}

#[test]
fn polls_without_need_change_nothing_and_the_latest_waker_counts() {
    let calls = Cell::new(0);
    let time = VirtualClock::new();
    let mut task = TestTask::new(retry(fails(&calls)).policy(EACH_SECOND).on(time.clock())).changing_wakers();
    for _ in 0..5 {
        assert_pending!(task.poll());
    }
    assert_eq!(calls.get(), 1);
    time.advance(SECOND);
    assert_eq!(task.wakes(), 1);
}

#[test]
fn a_futile_sleep_is_not_begun() {
    let calls = Cell::new(0);
    let (result, elapsed) = run(retry(fails(&calls)).policy(EACH_SECOND.max_elapsed(SECOND - NANO)));
    assert_eq!((result, elapsed), (Err(1), Duration::ZERO));
    let (result, elapsed) = run(retry(fails(&calls)).policy(EACH_SECOND.max_slept(SECOND * 2 - NANO)));
    assert_eq!((result, elapsed), (Err(3), SECOND));
    let minutes = EACH_SECOND.max_elapsed(MINUTE).max_attempts(u32::MAX);
    let (result, elapsed) = run(retry(fails(&calls)).policy(minutes).delay_from(|_| Some(MINUTE + NANO)));
    assert_eq!((result, elapsed), (Err(4), Duration::ZERO));
}

#[test]
fn attempts_take_of_the_time_that_may_pass_and_not_of_what_may_be_slept() {
    let slow = || async {
        time::sleep(MINUTE).await;
        Err::<(), _>("slow")
    };
    let endless = EACH_SECOND.max_attempts(u32::MAX);
    let (error, elapsed) = run(retry(slow).policy(endless.max_elapsed(MINUTE * 3)).detailed());
    let error = error.unwrap_err();
    // The third attempt is over the limit when it ends: only delays are refused.
    assert_eq!((error.attempts, error.reason, error.elapsed), (3, StopReason::MaxElapsed, elapsed));
    assert_eq!(elapsed, MINUTE * 3 + SECOND * 2);
    let (error, elapsed) = run(retry(slow).policy(endless.max_slept(SECOND * 2)).detailed());
    assert_eq!((error.unwrap_err().reason, elapsed), (StopReason::MaxSlept, MINUTE * 3 + SECOND * 2));
    // And where it is said of the retry itself.
    let (error, elapsed) = run(retry(slow).policy(endless).max_elapsed(MINUTE * 3).detailed());
    assert_eq!((error.unwrap_err().reason, elapsed), (StopReason::MaxElapsed, MINUTE * 3 + SECOND * 2));
    let (error, elapsed) = run(retry(slow).policy(endless).max_slept(SECOND * 2).detailed());
    assert_eq!((error.unwrap_err().reason, elapsed), (StopReason::MaxSlept, MINUTE * 3 + SECOND * 2));
}

#[test]
fn time_counts_from_the_first_poll_and_not_from_when_the_retry_is_made() {
    let calls = Cell::new(0);
    let (_, elapsed) = run(async {
        let retry = retry(fails(&calls)).policy(EACH_SECOND.max_elapsed(SECOND * 2));
        time::sleep(MINUTE).await;
        retry.await
    });
    assert_eq!((calls.get(), elapsed), (3, MINUTE + SECOND * 2));
}

#[test]
fn the_clock_is_the_one_that_is_current_where_the_retry_runs() {
    let calls = Cell::new(0);
    let made_outside = retry(fails(&calls)).policy(EACH_SECOND);
    assert_eq!(run(made_outside).1, SECOND * 3);
}

#[test]
fn an_hour_of_retries_takes_no_time() {
    // The best of some rounds, because the machine may be busy with other tests.
    let rounds = (0..20).map(|_| {
        let (calls, started) = (Cell::new(0), std::time::Instant::now());
        let (result, elapsed) = run(retry(fails(&calls)).policy(EACH_SECOND.max_attempts(3601)));
        assert_eq!((result, elapsed), (Err(3601), MINUTE * 60));
        started.elapsed()
    });
    let limit = Duration::from_millis(200);
    assert!(rounds.into_iter().any(|took| took < limit), "none of the rounds took less than {limit:?}");
}

#[test]
fn after_128_attempts_that_wait_for_nothing_other_tasks_get_a_turn() {
    let calls = Cell::new(0);
    let mut task = TestTask::new(retry(fails(&calls)).policy(AT_ONCE.max_attempts(300)));
    for expected in [128, 256] {
        assert_pending!(task.poll());
        assert_eq!((calls.get(), task.wakes()), (expected, 1));
    }
    assert_ready_eq!(task.poll(), Err(300));
}

// What is retried.

#[test]
fn conditions_choose_the_errors() {
    let calls = Cell::new(0);
    let statuses = [Err(503), Err(500), Err(404), Ok(())];
    let (result, _) = run(retry(results(&calls, statuses)).when(|status| *status >= 500));
    assert_eq!((result, calls.get()), (Err(404), 3));
}

#[test]
fn the_last_condition_counts_and_each_has_its_own_say() {
    let attempts = |retry: &dyn Fn(&Cell<usize>) -> Result<u8, u8>| {
        let calls = Cell::new(0);
        let result = retry(&calls);
        (result, calls.get())
    };
    let seq = [Ok(1), Err(1), Ok(2), Err(2), Ok(3)];
    // Errors by one, values by the other.
    let both = attempts(&|calls| {
        let values = retry(results(calls, seq)).policy(AT_ONCE.max_attempts(9)).when_result(|result| *result != Ok(3));
        run(values.when(|error| *error == 1)).0
    });
    assert_eq!(both, (Err(2), 4));
    // A condition on results leaves nothing to the one before it.
    let last = attempts(&|calls| {
        let errors = retry(results(calls, seq)).policy(AT_ONCE.max_attempts(9)).when(|_| false);
        run(errors.when_result(|result| *result != Ok(3))).0
    });
    assert_eq!(last, (Ok(3), 5));
    let replaced = attempts(&|calls| run(retry(results(calls, [Err(1), Ok(1)])).when(|_| false).when(|_| true)).0);
    assert_eq!(replaced, (Ok(1), 2));
}

#[test]
fn a_value_that_was_to_be_retried_comes_back_when_the_policy_has_had_enough() {
    let calls = Cell::new(0);
    let op = results::<_, ()>(&calls, [Ok(1), Ok(2), Ok(3)]);
    let (result, _) = run(retry(op).max_attempts(2).when_result(|_| true).detailed());
    assert_eq!((result, calls.get()), (Ok(2), 2));
}

#[test]
fn each_result_is_judged_once() {
    let (calls, judged) = (Cell::new(0), RefCell::new(vec![]));
    let seq = [Err(1), Err(2), Ok(3)];
    let retry = retry(results(&calls, seq)).when_result(|result| {
        judged.borrow_mut().push(*result);
        result.is_err()
    });
    assert_eq!(run(retry).0, Ok(3));
    assert_eq!(*judged.borrow(), seq);
}

// Delays that errors ask for.

/// tokio-retry2 had a `retry_after` that nobody asked.
#[test]
fn retry_after_is_waited_for_in_place_of_the_backoffs_delay() {
    let calls = Cell::new(0);
    let asks = [Err(Some(MINUTE)), Err(None), Err(Some(Duration::ZERO)), Ok(())];
    let (result, elapsed) = run(retry(results(&calls, asks)).policy(EACH_SECOND).delay_from(|delay| *delay));
    assert_eq!((result, elapsed), (Ok(()), MINUTE + SECOND));
}

/// cenkalti/backoff#159.
#[test]
fn retry_after_above_the_backoffs_maximum_is_still_waited_for() {
    let calls = Cell::new(0);
    let backoff = Exponential::new(SECOND, 2.0).with_max(SECOND);
    let retry = retry(results(&calls, [Err(()), Ok(())])).backoff(backoff).delay_from(|()| Some(MINUTE));
    assert_eq!(run(retry), (Ok(()), MINUTE));
}

/// backon: 51 calls instead of one.
#[test]
fn retry_after_does_not_bring_back_a_policy_that_has_had_enough() {
    type Delay = fn(u32) -> Option<Duration>;

    let ended = Policy::of([SECOND; 2].into_iter()).max_attempts(u32::MAX);
    let cases: [(_, Delay); 4] = [
        (1, |_| Some(Duration::ZERO)),
        (1, |_| Some(SECOND)),
        (3, |_| Some(Duration::ZERO)),
        (3, |n| (n > 2).then_some(SECOND)),
    ];
    for (attempts, delay) in cases {
        let calls = Cell::new(0);
        let (result, _) = run(retry(fails(&calls)).max_attempts(attempts).delay_from(move |n| delay(*n)));
        assert_eq!((result, calls.get()), (Err(attempts), attempts));
        let calls = Cell::new(0);
        let (error, _) = run(retry(fails(&calls)).policy(ended.clone()).delay_from(move |n| delay(*n)).detailed());
        assert_eq!((error.unwrap_err().reason, calls.get()), (StopReason::BackoffEnded, 3));
    }
}

#[test]
fn retry_after_keeps_to_its_floor_and_ceiling() {
    for (asked, waited) in [(Duration::ZERO, SECOND), (SECOND * 5, SECOND * 5), (Duration::MAX, MINUTE)] {
        let calls = Cell::new(0);
        let op = results(&calls, [Err(asked), Ok(())]);
        assert_eq!(run(retry(op).delay_from_within(SECOND, MINUTE, |asked| Some(*asked))), (Ok(()), waited));
    }
    let op = || ready(Err::<(), _>(()));
    let message = panic_of(|| retry(op).delay_from_within(MINUTE, SECOND, |()| None));
    assert_eq!(message, "the floor of a delay must not be above its ceiling");
}

#[test]
fn retry_after_for_ever_means_no_retry() {
    let calls = Cell::new(0);
    let (error, elapsed) = run(retry(fails(&calls)).delay_from(|_| Some(Duration::MAX)).detailed());
    assert_eq!((error.unwrap_err().reason, calls.get(), elapsed), (StopReason::EndlessDelay, 1, Duration::ZERO));
}

#[test]
fn of_several_that_know_a_delay_the_last_is_heard() {
    let calls = Cell::new(0);
    let op = results(&calls, [Err(1), Err(2), Ok(())]);
    let retry = retry(op).delay_from(|_| Some(SECOND)).delay_from(|error| (*error == 1).then_some(MINUTE));
    assert_eq!(run(retry).1, MINUTE + SECOND);
}

// The hook.

/// tokio-retry2 told of a delay that was then not slept.
#[test]
fn the_hook_is_told_what_is_then_slept_exactly() {
    let (calls, told) = (Cell::new(0), RefCell::new(vec![]));
    let (_, elapsed) = run(async {
        let start = Instant::now();
        let told = |event: &RetryEvent<'_, _, _>| {
            assert_eq!(event.elapsed(), start.elapsed());
            assert_eq!(event.attempts() as usize, told.borrow().len() + 1);
            assert_eq!((event.error(), event.result()), (Some(&event.attempts()), &Err(event.attempts())));
            told.borrow_mut().push((event.elapsed(), event.delay()));
        };
        let jittered = Policy::new().jitter(Jitter::Full).max_attempts(10);
        retry(fails(&calls)).policy(jittered).delay_from(|n| (*n == 4).then_some(MINUTE)).on_retry(told).await
    });
    let told = told.into_inner();
    assert_eq!(told.len(), 9, "the last failure is followed by nothing");
    let mut expected = Duration::ZERO;
    for (elapsed, delay) in told {
        assert_eq!(elapsed, expected);
        expected += delay;
    }
    assert_eq!(elapsed, expected);
}

#[test]
fn hooks_are_told_in_order_before_the_delay_and_of_values_too() {
    let (calls, log) = (Cell::new(0), RefCell::new(vec![]));
    let time = VirtualClock::new();
    let log = &log;
    let note = |name: &'static str| {
        move |event: &RetryEvent<'_, _, ()>| log.borrow_mut().push((name, event.error().is_none()))
    };
    let again = retry(results(&calls, [Ok(1), Ok(2)])).policy(EACH_SECOND).when_result(|result| *result == Ok(1));
    let mut task = TestTask::new(again.on_retry(note("first")).on_retry(note("second")).on(time.clock()));
    assert_pending!(task.poll());
    assert_eq!(*log.borrow(), [("first", true), ("second", true)]);
    time.advance(SECOND);
    assert_ready_eq!(task.poll(), Ok(2));
    assert_eq!(log.borrow().len(), 2);
}

// The limit to an attempt.

/// Counts the attempts that exist.
struct Alive<'a>(&'a Cell<usize>);

impl<'a> Alive<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn an_attempt_that_takes_too_long_is_dropped_and_made_anew() {
    let (calls, alive) = (Cell::new(0), Cell::new(0));
    let time = VirtualClock::new();
    let op = || {
        calls.set(calls.get() + 1);
        let (attempt, hangs) = (Alive::new(&alive), calls.get() < 3);
        async move {
            let _attempt = attempt;
            if hangs { pending().await } else { Ok::<_, Elapsed>("done") }
        }
    };
    let mut task = TestTask::new(retry(op).policy(EACH_SECOND).attempt_timeout(MINUTE).on(time.clock()));
    for call in 1..3 {
        assert_pending!(task.poll());
        assert_eq!((calls.get(), alive.get()), (call, 1));
        time.advance(MINUTE - NANO);
        assert!(!task.is_woken());
        time.advance(NANO);
        assert!(task.is_woken());
        assert_pending!(task.poll());
        // Not while the delay lasts.
        assert_eq!((calls.get(), alive.get()), (call, 0));
        time.advance(SECOND);
    }
    assert_ready_eq!(task.poll(), Ok("done"));
    assert_eq!(alive.get(), 0);
    assert!(!time.advance_to_next(), "a timer was left behind");
}

#[test]
fn an_attempt_is_gone_before_anybody_is_asked_about_its_result() {
    let state = Rc::new(());
    let is_gone = || Rc::strong_count(&state) == 1;
    let op = |result: fn() -> Poll<Result<(), Elapsed>>| {
        let state = &state;
        move || {
            let state = Rc::clone(state);
            // What it has captured it keeps until it is dropped.
            poll_fn(move |_| {
                let _state = &state;
                result()
            })
        }
    };
    let elapsed = || Poll::Ready(Err(run(time::timeout(Duration::ZERO, pending::<()>())).0.unwrap_err()));
    for result in [elapsed, || Poll::Pending] {
        let retry = retry(op(result))
            .attempt_timeout(SECOND)
            .when(|_| is_gone())
            .delay_from(|_| is_gone().then_some(SECOND))
            .on_retry(|_| assert!(is_gone()));
        let (result, _) = run(retry.detailed());
        assert_eq!(result.map_err(|error| error.reason), Err(StopReason::MaxAttempts));
    }
}

#[test]
fn the_limit_of_an_attempt_ends_with_it() {
    let calls = Cell::new(0);
    let op = || {
        calls.set(calls.get() + 1);
        async {
            time::sleep(SECOND).await;
            Err::<(), _>(Failed)
        }
    };
    let (_, elapsed) = run(retry(op).policy(AT_ONCE).attempt_timeout(MINUTE));
    assert_eq!((calls.get(), elapsed), (4, SECOND * 4));
}

#[test]
fn the_value_has_precedence_over_the_limit() {
    let time = VirtualClock::new();
    let open = Cell::new(false);
    let op = || poll_fn(|_| if open.get() { Poll::Ready(Ok::<_, Elapsed>(1)) } else { Poll::Pending });
    let mut task = TestTask::new(retry(op).attempt_timeout(SECOND).on(time.clock()));
    assert_pending!(task.poll());
    time.advance(MINUTE);
    open.set(true);
    assert_ready_eq!(task.poll(), Ok(1));
}

#[test]
fn a_limit_of_zero_is_up_at_once_for_what_is_pending() {
    let calls = Cell::new(0);
    let op = || {
        calls.set(calls.get() + 1);
        pending::<Result<(), Elapsed>>()
    };
    let (result, elapsed) = run(retry(op).policy(AT_ONCE).attempt_timeout(Duration::ZERO));
    assert!(result.is_err());
    assert_eq!((calls.get(), elapsed), (4, Duration::ZERO));
    let ready = retry(|| ready(Ok::<_, Elapsed>(1))).attempt_timeout(Duration::ZERO).on(Untouched);
    assert_ready_eq!(TestTask::new(ready).poll(), Ok(1));
}

#[test]
fn a_limit_of_for_ever_never_comes() {
    let time = VirtualClock::new();
    let hangs = retry(pending::<Result<(), Elapsed>>).attempt_timeout(Duration::MAX).on(time.clock());
    let mut task = TestTask::new(hangs);
    assert_pending!(task.poll());
    assert!(!time.advance_to_next());
}

#[test]
fn whether_an_attempt_that_took_too_long_is_retried_the_condition_says() {
    let calls = Cell::new(0);
    let op = || {
        calls.set(calls.get() + 1);
        pending::<io::Result<()>>()
    };
    let (result, elapsed) =
        run(retry(op).attempt_timeout(SECOND).when(|error| error.kind() != io::ErrorKind::TimedOut));
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!((calls.get(), elapsed), (1, SECOND));
}

#[test]
fn the_last_limit_to_attempts_counts_and_a_policys_own_is_the_first() {
    static POLICY: With<Policy, AttemptTimeout> = Policy::new().max_attempts(1).attempt_timeout(MINUTE);
    let hangs = pending::<io::Result<()>>;
    assert_eq!(run(retry(hangs).policy(&POLICY)).1, MINUTE);
    assert_eq!(run(retry(hangs).policy(POLICY)).1, MINUTE);
    assert_eq!(run(retry(hangs).policy(POLICY).attempt_timeout(SECOND)).1, SECOND);
    assert_eq!(run(retry(hangs).max_attempts(1).attempt_timeout(MINUTE).attempt_timeout(SECOND)).1, SECOND);
}

// The end.

#[test]
fn the_detailed_error_says_how_it_came_to_that() {
    let of = |error: Result<(), RetryError<u32>>| {
        let error = error.unwrap_err();
        (error.attempts, error.reason, error.error, error.elapsed)
    };
    let calls = || Cell::new(0);
    let stops = EACH_SECOND.max_attempts(10);
    let all = run(retry(fails(&calls())).policy(stops).detailed());
    assert_eq!(of(all.0), (10, StopReason::MaxAttempts, 10, SECOND * 9));
    let not = run(retry(fails(&calls())).policy(stops).when(|n| *n < 3).detailed());
    assert_eq!(of(not.0), (3, StopReason::NotRetryable, 3, SECOND * 2));
    let slept = run(retry(fails(&calls())).policy(stops.max_slept(SECOND)).detailed());
    assert_eq!(of(slept.0), (2, StopReason::MaxSlept, 2, SECOND));
    let elapsed = run(retry(fails(&calls())).policy(stops.max_elapsed(SECOND)).detailed());
    assert_eq!(of(elapsed.0), (2, StopReason::MaxElapsed, 2, SECOND));
    let once = run(retry(fails(&calls())).policy(stops.max_attempts(1)).detailed());
    assert_eq!(of(once.0), (1, StopReason::MaxAttempts, 1, Duration::ZERO));
}

#[test]
fn the_detailed_error_reads_well_and_leads_on_to_the_cause() {
    #[derive(Debug)]
    struct Outer(io::Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("cannot fetch")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    let op = || ready(Err::<(), _>(Outer(io::Error::other("no route"))));
    let error = run(retry(op).policy(EACH_SECOND.max_attempts(2)).detailed()).0.unwrap_err();
    let text = "gave up after 2 attempts in 1.0s, because all attempts have been made: cannot fetch";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.source().unwrap().to_string(), "no route");
}

/// backon polls the finished future again.
#[test]
fn a_poll_after_the_end_panics() {
    for result in [Ok(1), Err(2)] {
        let mut task = TestTask::new(retry(move || ready(result)).max_attempts(1));
        assert!(!task.future().is_terminated());
        assert_ready_eq!(task.poll(), result);
        assert!(task.future().is_terminated());
        assert_eq!(panic_of(|| task.poll()), "`Retry` polled after completion");
    }
}

#[test]
fn whoever_panics_ends_it_and_leaves_nothing_behind() {
    let state = Rc::new(());
    let held = || Rc::clone(&state);
    let fail = || {
        let held = held();
        move || {
            let _held = &held;
            ready(Err::<(), _>(()))
        }
    };
    let panics_in_op = || -> Ready<Result<(), ()>> { panic!("on purpose") };

    async fn panics_in_attempt() -> Result<(), ()> {
        panic!("on purpose")
    }

    fn check<F: FusedFuture<Output: Debug>>(future: F, state: &Rc<()>) {
        let mut task = TestTask::new(future);
        assert_eq!(panic_of(|| task.poll()), "on purpose");
        assert!(task.future().is_terminated());
        assert_eq!(Rc::strong_count(state), 1, "something was left behind");
        assert_eq!(panic_of(|| task.poll()), "`Retry` polled after completion");
    }

    check(retry(panics_in_op), &state);
    check(retry(panics_in_attempt), &state);
    check(retry(fail()).when(|()| panic!("on purpose")), &state);
    check(retry(fail()).when_result(|_| panic!("on purpose")), &state);
    check(retry(fail()).delay_from(|()| panic!("on purpose")), &state);
    check(retry(fail()).on_retry(|_| panic!("on purpose")), &state);
    check(retry(fail()).policy(Policy::of(std::iter::from_fn::<Duration, fn() -> _>(|| panic!("on purpose")))), &state);
}

#[test]
fn a_panic_in_a_later_attempt_ends_it_too() {
    let calls = Cell::new(0);
    let op = || {
        calls.set(calls.get() + 1);
        let call = calls.get();
        async move { if call < 3 { Err::<(), _>(()) } else { panic!("on purpose") } }
    };
    let mut task = TestTask::new(retry(op).policy(AT_ONCE));
    assert_eq!(panic_of(|| task.poll()), "on purpose");
    assert!(task.future().is_terminated());
}

#[derive(Debug)]
struct Failed;

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

#[test]
fn dropped_at_any_poll_it_takes_attempt_and_timer_along() {
    let alive = Cell::new(0);
    let time = VirtualClock::new();
    let make = || {
        let calls = Cell::new(0);
        let alive = &alive;
        let clock = time.clock();
        let op = move || {
            calls.set(calls.get() + 1);
            let (attempt, call, clock) = (Alive::new(alive), calls.get(), clock.clone());
            async move {
                let _attempt = attempt;
                clock.sleep(SECOND).await;
                match call {
                    1 => Err(Failed),
                    2 => pending().await,
                    _ => Ok(()),
                }
            }
        };
        time.scope(retry(op).policy(EACH_SECOND).attempt_timeout(MINUTE).max_elapsed(MINUTE * 10).map(drop))
    };
    let polls = cancel_at_every_poll(make, |polls| {
        assert_eq!(alive.get(), 0, "after {polls} polls");
        assert!(!time.advance_to_next(), "a timer was left behind after {polls} polls");
    });
    assert!(polls >= 5, "{polls}");
}

// The value that it is.

/// backoff#68: nine type parameters, none of which can be named.
#[test]
fn it_can_be_named_and_stored() {
    type Op = fn() -> Ready<Result<u8, u8>>;
    type Condition = When<fn(&u8) -> bool>;
    type Hook = OnRetry<fn(&RetryEvent<'_, u8, u8>)>;
    type Fetch = Retry<Op, With<With<Policy, Condition>, Hook>>;

    struct Client<'a> {
        ping: Pin<Box<Retry<Op, &'a Policy>>>,
        fetch: Pin<Box<Fetch>>,
    }

    let policy = Policy::new().max_retries(7);
    let op: Op = || ready(Ok(1));
    let mut client = Client {
        ping: Box::pin(retry(op).policy(&policy)),
        fetch: Box::pin(
            retry(op).when((|_| true) as fn(&u8) -> bool).on_retry((|_| ()) as fn(&RetryEvent<'_, u8, u8>)),
        ),
    };
    let mut cx = Context::from_waker(Waker::noop());
    assert_ready_eq!(client.ping.as_mut().poll(&mut cx), Ok(1));
    assert_ready_eq!(client.fetch.as_mut().poll(&mut cx), Ok(1));
}

/// rust#151398: what takes an `AsyncFnMut` cannot be spawned.
#[test]
fn it_can_be_spawned_with_all_that_was_added() {
    let (result, elapsed) = run(async {
        let mut calls = 0;
        let op = move || {
            calls += 1;
            async move {
                time::sleep(SECOND).await;
                if calls < 3 { Err(io::Error::other("down")) } else { Ok(calls) }
            }
        };
        let all = retry(op).policy(EACH_SECOND).when(|_| true).delay_from(|_| None).on_retry(|_| ());
        task::spawn(all.attempt_timeout(MINUTE).detailed()).await.unwrap()
    });
    assert_eq!((result.unwrap(), elapsed), (3, SECOND * 5));
}

#[test]
fn another_policy_or_backoff_keeps_what_was_added_and_the_order_does_not_matter() {
    let (calls, told) = (Cell::new(0), Cell::new(0));
    let (result, elapsed) = run(retry(fails(&calls))
        .when(|n| *n < 3)
        .on_retry(|_| told.set(told.get() + 1))
        .detailed()
        .policy(EACH_SECOND)
        .max_attempts(10)
        .backoff(Constant::new(MINUTE)));
    let error = result.unwrap_err();
    // The condition ended it; the hook was told; the limit was kept by the new backoff, whose delays were slept.
    assert_eq!((error.reason, error.attempts, told.get()), (StopReason::NotRetryable, 3, 2));
    assert_eq!(elapsed, MINUTE * 2);
    let (_, elapsed) = run(retry(fails(&calls)).policy(&EACH_SECOND).backoff(Constant::new(MINUTE)).max_attempts(2));
    assert_eq!(elapsed, MINUTE);
}

#[test]
fn once_polled_it_cannot_be_changed() {
    /// A timer whose sleeps may be moved, as the built-in one's may not.
    #[derive(Clone)]
    struct Never;

    impl Timer for Never {
        type Sleep = Pending<()>;

        fn now(&self) -> Instant {
            Instant::from_nanos(0)
        }

        fn sleep_until(&self, _: Instant) -> Pending<()> {
            pending()
        }

        fn reset(_: Pin<&mut Pending<()>>, _: Instant) {}
    }

    let polled = |result| {
        let mut retry = retry(move || ready(result)).policy(EACH_SECOND).on(Never);
        let poll = Pin::new(&mut retry).poll(&mut Context::from_waker(Waker::noop()));
        (retry, poll)
    };
    let message = "a `Retry` cannot be changed once it has been polled";
    let (sleeping, poll) = polled(Err(()));
    assert_pending!(poll);
    assert_eq!(panic_of(|| sleeping.max_attempts(2)), message);
    let (over, poll) = polled(Ok(()));
    assert_ready!(poll).unwrap();
    assert_eq!(panic_of(|| over.on(Never)), message);
}

#[test]
fn limits_of_zero_attempts_and_shares_out_of_range_are_refused() {
    let op = || ready(Ok::<_, ()>(()));
    assert_eq!(panic_of(|| retry(op).max_attempts(0)), "a policy must allow one attempt at least");
    let share = panic_of(|| retry(op).jitter(Jitter::Proportional(f64::NAN)));
    assert_eq!(share, "the share of a proportional jitter must be from 0 to 1");
}
