//! The pull style.

use std::cell::Cell;
use std::future::pending;

use anywhen::prelude::*;
use anywhen::retry::{Attempts, Exponential, Jitter, Policy, StopReason};
use anywhen::testing::{TestTask, cancel_at_every_poll};
use anywhen::time::{self, Duration, Instant, VirtualClock};
use anywhen::{assert_pending, assert_ready, assert_ready_eq, task};

use super::tries::{AT_ONCE, EACH_SECOND, MINUTE, NANO, SECOND, Untouched, panic_of, run};

#[test]
fn the_first_comes_at_once_and_the_others_after_their_delay() {
    let (told, elapsed) = run(async {
        let (start, mut told) = (Instant::now(), vec![]);
        let mut attempts = EACH_SECOND.attempts();
        while let Some(attempt) = attempts.next().await {
            told.push((attempt.number(), attempt.delay(), start.elapsed()));
        }
        assert_eq!((attempts.made(), attempts.reason()), (4, Some(StopReason::MaxAttempts)));
        told
    });
    let zero = Duration::ZERO;
    assert_eq!(told, [(1, zero, zero), (2, SECOND, SECOND), (3, SECOND, SECOND * 2), (4, SECOND, SECOND * 3)]);
    assert_eq!(elapsed, SECOND * 3);
}

#[test]
fn an_error_comes_back_when_there_is_to_be_no_other_attempt() {
    let (result, elapsed) = run(async {
        let mut attempts = EACH_SECOND.attempts();
        for n in 1.. {
            attempts.failed(n).await?;
        }
        Ok(())
    });
    assert_eq!((result, elapsed), (Err(4), SECOND * 3));
}

/// What `failed` has waited for is what `next` gives.
#[test]
fn both_ways_go_together_and_no_attempt_is_lost() {
    let (told, elapsed) = run(async {
        let mut attempts = EACH_SECOND.attempts();
        let mut told = vec![];
        let error = loop {
            let attempt = attempts.next().await.expect("`failed` ends the loop");
            told.push((attempt.number(), attempt.delay()));
            if let Err(error) = attempts.failed(attempt.number()).await {
                break error;
            }
        };
        assert_eq!((error, attempts.made()), (4, 4));
        assert!(attempts.next().await.is_none());
        assert_eq!(attempts.failed(5).await, Err(5));
        told
    });
    assert_eq!(told, [(1, Duration::ZERO), (2, SECOND), (3, SECOND), (4, SECOND)]);
    assert_eq!(elapsed, SECOND * 3);
}

#[test]
fn from_one_way_to_the_other_no_failure_counts_twice() {
    let (_, elapsed) = run(async {
        let mut attempts = EACH_SECOND.attempts();
        assert_eq!(attempts.failed(1).await, Ok(()));
        assert_eq!(attempts.made(), 2);
        assert_eq!(attempts.failed(2).await, Ok(()));
        assert_eq!(attempts.next().await.unwrap().number(), 3);
        assert_eq!(attempts.next().await.unwrap().number(), 4);
        assert_eq!(attempts.failed(4).await, Err(4));
    });
    assert_eq!(elapsed, SECOND * 3);
}

#[test]
fn the_first_attempt_needs_no_clock_and_zero_delays_need_none() {
    let policy = AT_ONCE;
    let mut attempts = Attempts::new(policy).on(Untouched);
    for number in 1..=4 {
        assert_eq!(assert_ready!(TestTask::new(attempts.next()).poll()).unwrap().number(), number);
    }
    assert_ready_eq!(TestTask::new(attempts.next()).poll(), None);
}

#[test]
fn what_has_ended_stays_so() {
    run(async {
        let mut attempts = Attempts::new(EACH_SECOND.max_slept(SECOND));
        while attempts.next().await.is_some() {}
        for _ in 0..3 {
            attempts.retry_after(Duration::ZERO);
            assert!(attempts.next().await.is_none());
            assert_eq!(attempts.failed(1).await, Err(1));
        }
        assert_eq!((attempts.made(), attempts.reason()), (2, Some(StopReason::MaxSlept)));
    });
}

#[test]
fn a_delay_that_is_asked_for_takes_the_place_of_one() {
    let (_, elapsed) = run(async {
        let mut attempts = EACH_SECOND.attempts();
        attempts.retry_after(MINUTE);
        attempts.failed(()).await.unwrap();
        attempts.failed(()).await.unwrap();
        attempts.retry_after(Duration::MAX);
        assert_eq!(attempts.failed(3).await, Err(3));
        assert_eq!(attempts.reason(), Some(StopReason::EndlessDelay));
    });
    assert_eq!(elapsed, MINUTE + SECOND);
}

#[test]
fn time_that_attempts_take_counts() {
    let (attempts, elapsed) = run(async {
        let policy = EACH_SECOND.max_attempts(u32::MAX).max_elapsed(MINUTE * 2);
        let mut attempts = Attempts::new(policy);
        while attempts.next().await.is_some() {
            time::sleep(MINUTE).await;
        }
        attempts
    });
    assert_eq!((attempts.made(), attempts.reason()), (2, Some(StopReason::MaxElapsed)));
    assert_eq!(elapsed, MINUTE * 2 + SECOND);
}

#[test]
fn the_delays_are_those_of_the_policy() {
    let policy = Policy::of(Exponential::new(SECOND, 2.0)).jitter(Jitter::Full).max_attempts(8).seed(7);
    let mut schedule = policy.schedule();
    run(async {
        let mut attempts = policy.attempts();
        attempts.next().await.unwrap();
        while let Some(attempt) = attempts.next().await {
            assert_eq!(Ok(attempt.delay()), schedule.after_failure(Duration::ZERO, None));
        }
        assert_eq!(attempts.made(), 8);
    });
}

#[test]
fn a_next_that_is_dropped_loses_nothing() {
    let time = VirtualClock::new();
    let mut attempts = Attempts::new(EACH_SECOND).on(time.clock());
    assert!(assert_ready!(TestTask::new(attempts.next()).poll()).is_some());
    // Not polled, it has not even begun.
    drop(attempts.next());
    assert_eq!(attempts.made(), 1);
    for _ in 0..5 {
        assert_pending!(TestTask::new(attempts.next()).poll());
        assert_pending!(TestTask::new(attempts.failed(())).poll());
        assert_eq!(attempts.made(), 1);
        time.advance(SECOND / 10);
    }
    let mut task = TestTask::new(attempts.next());
    assert_pending!(task.poll());
    time.advance(SECOND / 2 - NANO);
    assert!(!task.is_woken());
    time.advance(NANO);
    assert!(task.is_woken());
    let second = assert_ready!(task.poll()).unwrap();
    assert_eq!((second.number(), second.delay()), (2, SECOND));
    drop(task);
    // One that is over is over, with whoever is dropped.
    assert!(!time.advance_to_next());
}

#[test]
fn dropped_at_any_poll_it_leaves_no_timer_behind() {
    let time = VirtualClock::new();
    let make = || {
        let mut attempts = Attempts::new(EACH_SECOND).on(time.clock());
        time.scope(async move { while attempts.next().await.is_some() {} })
    };
    let polls = cancel_at_every_poll(make, |polls| {
        assert!(!time.advance_to_next(), "a timer was left behind after {polls} polls");
    });
    assert!(polls >= 4, "{polls}");
}

#[test]
fn a_poll_after_the_end_panics() {
    let mut attempts = Attempts::new(EACH_SECOND);
    let mut next = TestTask::new(attempts.next());
    assert!(assert_ready!(next.poll()).is_some());
    assert_eq!(panic_of(|| next.poll()), "`NextAttempt` polled after completion");
    drop(next);
    let mut attempts = Attempts::new(EACH_SECOND.max_attempts(1));
    let mut failed = TestTask::new(attempts.failed(1));
    assert_ready_eq!(failed.poll(), Err(1));
    assert_eq!(panic_of(|| failed.poll()), "`AttemptFailed` polled after completion");
}

#[test]
fn once_begun_they_cannot_be_changed() {
    let message = "`Attempts` cannot be changed once the first has been asked for";
    let begun = || {
        let mut attempts = Attempts::new(EACH_SECOND);
        assert!(assert_ready!(TestTask::new(attempts.next()).poll()).is_some());
        attempts
    };
    assert_eq!(panic_of(|| begun().deadline(Instant::FAR_FUTURE)), message);
    assert_eq!(panic_of(|| begun().on(Untouched)), message);
}

/// What the loop borrows is its own affair: a closure for `retry` could not lend this to its futures.
#[test]
fn a_loop_borrows_as_it_likes_and_spawns() {
    struct Connection(Cell<u32>, Vec<u32>);

    impl Connection {
        async fn push(&mut self) -> Result<usize, u32> {
            time::sleep(SECOND).await;
            self.1.push(self.0.get());
            self.0.set(self.0.get() + 1);
            if self.1.len() < 3 { Err(self.0.get()) } else { Ok(self.1.len()) }
        }
    }

    let (result, elapsed) = run(async {
        let task = task::spawn(async {
            let mut connection = Connection(Cell::new(0), vec![]);
            let mut attempts = EACH_SECOND.attempts();
            loop {
                match connection.push().await {
                    Ok(length) => break Ok(length),
                    Err(error) => attempts.failed(error).await?,
                }
            }
        });
        task.await.unwrap()
    });
    assert_eq!((result, elapsed), (Ok::<_, u32>(3), SECOND * 5));
}

#[test]
fn in_a_select_they_can_be_asked_again() {
    let (made, elapsed) = run(async {
        let mut attempts = EACH_SECOND.attempts();
        attempts.next().await.unwrap();
        // A tick that comes between drops the wait, and the next one goes on.
        for _ in 0..3 {
            assert!(attempts.next().timeout(SECOND / 4).await.is_err());
        }
        attempts.next().await.unwrap();
        assert!(pending::<()>().timeout(Duration::ZERO).await.is_err());
        attempts.made()
    });
    assert_eq!((made, elapsed), (2, SECOND));
}
