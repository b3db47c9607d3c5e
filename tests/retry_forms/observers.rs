//! Who is told how runs go.

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::sync::Arc;

use anywhen::future::yield_now;
use anywhen::retry::strategy::Standing;
use anywhen::retry::{Counters, Observer, StopReason, blocking_retry, retry, retry_with};
use anywhen::testing::TestTask;
use anywhen::time::{self, Duration, VirtualClock};
use anywhen::{assert_pending, assert_ready};

use super::tries::{AT_ONCE, EACH_SECOND, MINUTE, SECOND, fails, panic_of, run};

/// Notes what it is told.
#[derive(Default)]
struct Notes(RefCell<Vec<String>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

impl Observer for Notes {
    fn on_begin(&self) {
        self.0.borrow_mut().push("begins".into());
    }

    fn on_retry(&self, standing: Standing, delay: Duration) {
        let (attempts, elapsed, slept) = (standing.attempts(), standing.elapsed(), standing.slept());
        self.0.borrow_mut().push(format!("{attempts} after {elapsed:?}, {slept:?} slept, again in {delay:?}"));
    }

    fn on_end(&self, standing: Standing, reason: Option<StopReason>) {
        let (attempts, elapsed, slept) = (standing.attempts(), standing.elapsed(), standing.slept());
        self.0.borrow_mut().push(format!("{attempts} after {elapsed:?}, {slept:?} slept: {reason:?}"));
    }
}

#[test]
fn a_run_is_told_from_beginning_to_end() {
    let notes = Notes::default();
    let mut calls = 0;
    let op = || {
        calls += 1;
        let result = if calls < 3 { Err(()) } else { Ok(()) };
        async move {
            time::sleep(MINUTE).await;
            result
        }
    };
    run(retry(op).policy(EACH_SECOND).observe(&notes)).0.unwrap();
    assert_eq!(
        notes.take(),
        [
            "begins",
            "1 after 60s, 1s slept, again in 1s",
            "2 after 121s, 2s slept, again in 1s",
            "3 after 182s, 2s slept: None",
        ]
    );
    let calls = Cell::new(0);
    run(retry(fails(&calls)).policy(EACH_SECOND).when(|n| *n < 2).observe(&notes)).0.unwrap_err();
    let all = ["begins", "1 after 0ns, 1s slept, again in 1s", "2 after 1s, 1s slept: Some(NotRetryable)"];
    assert_eq!(notes.take(), all);
}

#[test]
fn what_succeeds_at_once_is_told_too() {
    let notes = Notes::default();
    run(retry(|| ready(Ok::<_, ()>(1))).observe(&notes)).0.unwrap();
    assert_eq!(notes.take(), ["begins", "1 after 0ns, 0ns slept: None"]);
    let later = || async {
        time::sleep(SECOND).await;
        Ok::<_, ()>(1)
    };
    run(retry(later).observe(&notes)).0.unwrap();
    assert_eq!(notes.take(), ["begins", "1 after 1s, 0ns slept: None"]);
    run(retry_with((), |()| ready(((), Ok::<_, ()>(1)))).observe(&notes)).0.1.unwrap();
    assert_eq!(notes.take().len(), 2);
    blocking_retry(|| Ok::<_, ()>(1)).on(VirtualClock::new().clock()).observe(&notes).call().unwrap();
    assert_eq!(notes.take(), ["begins", "1 after 0ns, 0ns slept: None"]);
}

#[test]
fn a_value_that_comes_back_because_the_policy_has_had_enough_is_no_success() {
    let counters = Counters::new();
    let retry = retry(|| ready(Ok::<_, ()>(1))).policy(AT_ONCE).when_result(|_| true).observe(&counters);
    assert_eq!(run(retry).0, Ok(1));
    assert_eq!((counters.successes(), counters.gave_up_for(StopReason::MaxAttempts)), (0, 1));
}

#[test]
fn a_run_that_is_dropped_begins_and_does_not_end() {
    let counters = Counters::new();
    let mut task = TestTask::new(retry(pending::<Result<(), ()>>).observe(&counters));
    assert_eq!(counters.runs(), 0);
    assert_pending!(task.poll());
    assert_pending!(task.poll());
    drop(task);
    assert_eq!((counters.runs(), counters.attempts()), (1, 1));
    assert_eq!((counters.successes(), counters.gave_up()), (0, 0));
}

#[test]
fn counters_add_up_over_runs_and_handles() {
    let counters = Arc::new(Counters::new());
    let calls = Cell::new(0);
    run(retry(fails(&calls)).policy(AT_ONCE).observe(Arc::clone(&counters))).0.unwrap_err();
    run(retry(fails(&calls)).policy(AT_ONCE.max_slept(SECOND)).when(|_| false).observe(&*counters)).0.unwrap_err();
    run(retry(fails(&calls)).policy(EACH_SECOND.max_elapsed(SECOND)).observe(&counters)).0.unwrap_err();
    let once = || async {
        yield_now().await;
        Ok::<_, ()>(())
    };
    run(retry(once).observe(&counters)).0.unwrap();
    assert_eq!((counters.runs(), counters.attempts(), counters.retries()), (4, 8, 4));
    assert_eq!((counters.successes(), counters.gave_up()), (1, 3));
    let by_reason = [StopReason::MaxAttempts, StopReason::NotRetryable, StopReason::MaxElapsed, StopReason::MaxSlept];
    assert_eq!(by_reason.map(|reason| counters.gave_up_for(reason)), [1, 1, 1, 0]);
    let text = format!("{counters:?}");
    assert_eq!(text, "Counters { runs: 4, retries: 4, successes: 1, gave_up: 3, .. }");
}

#[test]
fn several_observers_are_all_told() {
    let (one, other) = (Counters::new(), Counters::new());
    let calls = Cell::new(0);
    run(retry(fails(&calls)).policy(AT_ONCE).observe(&one).on_retry(|_| ()).observe(&other)).0.unwrap_err();
    for counters in [one, other] {
        assert_eq!((counters.runs(), counters.retries(), counters.gave_up()), (1, 3, 1));
    }
}

#[test]
fn an_observer_that_panics_ends_the_retry() {
    struct Panics(&'static str);

    impl Observer for Panics {
        fn on_begin(&self) {
            assert_ne!(self.0, "begins", "on purpose");
        }

        fn on_retry(&self, _: Standing, _: Duration) {
            assert_ne!(self.0, "retries", "on purpose");
        }

        fn on_end(&self, _: Standing, _: Option<StopReason>) {
            assert_ne!(self.0, "ends", "on purpose");
        }
    }

    for when in ["begins", "retries", "ends"] {
        let calls = Cell::new(0);
        let mut task = TestTask::new(retry(fails(&calls)).policy(AT_ONCE).observe(Panics(when)));
        assert!(panic_of(|| task.poll()).contains("on purpose"));
        assert_eq!(panic_of(|| task.poll()), "`Retry` polled after completion");
    }
    let mut task = TestTask::new(retry(|| ready(Ok::<_, ()>(1))).observe(Panics("nothing")));
    assert_ready!(task.poll()).unwrap();
}
