//! Deadlines of retries.

use std::cell::Cell;
use std::future::{pending, ready};
use std::io;

use anywhen::retry::{StopReason, retry};
use anywhen::time::{self, Duration, Instant};

use super::tries::{AT_ONCE, EACH_SECOND, MINUTE, NANO, SECOND, fails, run};

#[test]
fn a_delay_that_would_not_end_before_is_not_begun() {
    for (left, attempts) in [(SECOND * 2, 2), (SECOND * 2 + NANO, 3), (SECOND - NANO, 1), (Duration::MAX, 4)] {
        let calls = Cell::new(0);
        let (error, elapsed) = run(async {
            let deadline = Instant::now() + left;
            retry(fails(&calls)).policy(EACH_SECOND).deadline(deadline).detailed().await
        });
        let reason = if attempts == 4 { StopReason::MaxAttempts } else { StopReason::Deadline };
        let error = error.unwrap_err();
        assert_eq!((error.attempts, error.reason, elapsed), (attempts, reason, SECOND * (attempts - 1)));
    }
}

#[test]
fn the_first_attempt_is_made_even_if_it_is_too_late() {
    let calls = Cell::new(0);
    let (result, _) = run(async {
        let deadline = Instant::now();
        time::sleep(MINUTE).await;
        // At the deadline and later there is no time, not even where no delay is slept.
        retry(fails(&calls)).policy(AT_ONCE).deadline(deadline).await
    });
    assert_eq!((result, calls.get()), (Err(1), 1));
}

#[test]
fn a_delay_that_is_asked_for_is_refused_as_well() {
    let calls = Cell::new(0);
    let (error, elapsed) = run(async {
        let deadline = Instant::now() + MINUTE;
        retry(fails(&calls)).policy(EACH_SECOND).delay_from(|_| Some(MINUTE)).deadline(deadline).detailed().await
    });
    assert_eq!((error.unwrap_err().reason, calls.get(), elapsed), (StopReason::Deadline, 1, Duration::ZERO));
}

#[test]
fn an_attempt_is_interrupted_only_if_it_has_a_limit_which_does_not_go_beyond() {
    let slow = || async {
        time::sleep(MINUTE).await;
        io::Result::Ok(())
    };
    let (result, elapsed) = run(async { retry(slow).deadline(Instant::now() + SECOND).await });
    assert_eq!((result.is_ok(), elapsed), (true, MINUTE));

    let hangs = pending::<io::Result<()>>;
    for limit in [MINUTE, Duration::MAX] {
        let (error, elapsed) =
            run(async { retry(hangs).attempt_timeout(limit).deadline(Instant::now() + SECOND).detailed().await });
        let error = error.unwrap_err();
        assert_eq!((error.error.kind(), error.reason), (io::ErrorKind::TimedOut, StopReason::Deadline));
        assert_eq!((error.attempts, elapsed), (1, SECOND));
    }
    // A limit that is shorter is what it is.
    let (error, elapsed) = run(async {
        let retry = retry(hangs).policy(AT_ONCE).attempt_timeout(SECOND).deadline(Instant::now() + MINUTE);
        retry.detailed().await
    });
    assert_eq!((error.unwrap_err().reason, elapsed), (StopReason::MaxAttempts, SECOND * 4));
}

#[test]
fn of_several_the_earliest_counts_in_whatever_order() {
    for (one, other) in [(SECOND * 2, MINUTE), (MINUTE, SECOND * 2)] {
        let calls = Cell::new(0);
        let (_, elapsed) = run(async {
            let now = Instant::now();
            retry(fails(&calls)).policy(EACH_SECOND).deadline(now + one).deadline(now + other).await
        });
        assert_eq!((calls.get(), elapsed), (2, SECOND));
    }
}

#[test]
fn retries_within_retries_share_it() {
    let calls = Cell::new(0);
    let (error, elapsed) = run(async {
        let deadline = Instant::now() + SECOND * 5;
        let inner = || retry(fails(&calls)).policy(EACH_SECOND).max_attempts(3).deadline(deadline);
        retry(inner).policy(EACH_SECOND).max_attempts(u32::MAX).deadline(deadline).detailed().await
    });
    let error = error.unwrap_err();
    assert_eq!((error.reason, error.attempts, elapsed), (StopReason::Deadline, 2, SECOND * 4));
    assert_eq!(calls.get(), 5);
}

#[test]
fn what_succeeds_at_once_asks_for_no_time() {
    let ok = run(async { retry(|| ready(Ok::<_, ()>(1))).deadline(Instant::FAR_FUTURE).await }).0;
    assert_eq!(ok, Ok(1));
}
