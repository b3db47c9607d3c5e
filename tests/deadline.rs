//! Deadlines: what is left, what they cap, and that all of it goes by the clock that it is asked of.
#![cfg(feature = "testing")]

use std::future::{pending, ready};

use anywhen::testing::TestTask;
use anywhen::time::{self, Clock, Deadline, Duration, Instant, Sleep, VirtualClock};
use anywhen::{assert_pending, assert_ready, assert_ready_eq, assert_ready_err};
use proptest::prelude::*;

const MILLI: Duration = Duration::from_millis(1);

/// Runs `body` within a clock that nobody moves but `body`.
fn by_hand<T>(body: impl FnOnce(&VirtualClock) -> T) -> T {
    let time = VirtualClock::manual();
    assert_ready!(TestTask::new(Box::pin(time.scope(async { body(&time) }))).poll())
}

#[test]
fn what_is_left_grows_less_until_the_deadline_has_come() {
    by_hand(|time| {
        let deadline = Deadline::after(10 * MILLI);
        assert_eq!(deadline.instant(), time.now() + 10 * MILLI);
        for left in (1..=10).rev() {
            assert_eq!(deadline.remaining(), left * MILLI);
            assert_eq!(deadline.cap(5 * MILLI), 5.min(left) * MILLI);
            assert!(!deadline.is_expired());
            assert!(deadline.check().is_ok());
            time.advance(MILLI);
        }
        for _ in 0..2 {
            assert_eq!((deadline.remaining(), deadline.cap(MILLI)), (Duration::ZERO, Duration::ZERO));
            assert!(deadline.is_expired());
            assert_eq!(deadline.check().unwrap_err().to_string(), "deadline has elapsed");
            time.advance(MILLI);
        }
    });
}

#[test]
fn never_leaves_all_the_time_there_is() {
    for never in
        [Deadline::NEVER, Deadline::default(), Deadline::at(Instant::FAR_FUTURE), Deadline::after(Duration::MAX)]
    {
        assert!(never.is_never() && !never.is_expired() && never.check().is_ok());
        assert_eq!((never.remaining(), never.cap(MILLI)), (Duration::MAX, MILLI));
        assert_eq!(never.within(Duration::MAX), Deadline::NEVER);
        assert_eq!(format!("{never:?}"), "Deadline(never)");
        // Not even where time has come to its end.
        assert_eq!(never.remaining_from(Instant::FAR_FUTURE), Duration::MAX);
    }
    by_hand(|time| {
        time.advance(Duration::MAX);
        assert!(!Deadline::NEVER.is_expired());
        assert!(!Deadline::after(MILLI).is_expired(), "after the end there is only never");
    });
}

#[test]
fn a_timeout_gives_what_is_ready_and_ends_with_the_deadline() {
    by_hand(|time| {
        let deadline = Deadline::after(2 * MILLI);
        let mut tasks = [(); 2].map(|()| TestTask::new(Box::pin(deadline.timeout(pending::<()>()))));
        tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
        time.advance(2 * MILLI - Duration::from_nanos(1));
        tasks.iter_mut().for_each(|task| assert_pending!(task.poll()));
        time.advance(Duration::from_nanos(1));
        tasks.iter_mut().for_each(|task| {
            assert!(task.is_woken());
            assert_ready_err!(task.poll());
        });
        // Of a deadline that has passed: the value, or the error at once.
        assert_ready_eq!(TestTask::new(Box::pin(deadline.timeout(ready(1)))).poll(), Ok(1));
        assert_ready_err!(TestTask::new(Box::pin(deadline.timeout(pending::<()>()))).poll());
        assert_pending!(TestTask::new(Box::pin(Deadline::NEVER.timeout(pending::<()>()))).poll());
    });
}

#[test]
fn a_sleep_ends_with_the_deadline_or_before() {
    by_hand(|time| {
        let start = time.now();
        let deadline = Deadline::after(10 * MILLI);
        let ends = |sleep: Sleep| sleep.deadline() - start;
        assert_eq!(ends(deadline.sleep(3 * MILLI)), 3 * MILLI);
        assert_eq!(ends(deadline.sleep(30 * MILLI)), 10 * MILLI);
        assert_eq!(ends(deadline.sleep(Duration::MAX)), 10 * MILLI);
        assert_eq!(Deadline::NEVER.sleep(Duration::MAX).deadline(), Instant::FAR_FUTURE);
        time.advance(8 * MILLI);
        assert_eq!(ends(deadline.sleep(3 * MILLI)), 10 * MILLI);
        time.advance(8 * MILLI);
        assert_ready!(TestTask::new(Box::pin(deadline.sleep(3 * MILLI))).poll());
    });
}

#[test]
fn a_step_gets_no_more_than_the_whole_has_left() {
    by_hand(|time| {
        let whole = Deadline::after(10 * MILLI);
        assert_eq!(whole.within(4 * MILLI).remaining(), 4 * MILLI);
        time.advance(8 * MILLI);
        assert_eq!(whole.within(4 * MILLI), whole);
        time.advance(8 * MILLI);
        assert_eq!(whole.within(4 * MILLI), whole);
        assert!(whole.within(Duration::ZERO).is_expired());
        // As a caller's own deadline, in either order.
        let later = Deadline::after(MILLI);
        assert_eq!((whole.earlier(later), later.earlier(whole), whole.min(later)), (whole, whole, whole));
    });
}

/// A clock of another time than the current one.
#[test]
fn another_timer_may_be_asked() {
    let ahead = VirtualClock::manual();
    ahead.advance(Duration::from_secs(1000));
    let timer: Clock = ahead.clock();
    by_hand(|_| {
        let deadline = Deadline::after_on(&timer, 10 * MILLI);
        assert_eq!(deadline.instant(), ahead.now() + 10 * MILLI);
        assert!(deadline.remaining() > Duration::from_secs(900), "by the current clock it is far away");
        assert_eq!(deadline.remaining_on(&timer), 10 * MILLI);
        assert_eq!(deadline.cap_on(&timer, 20 * MILLI), 10 * MILLI);
        assert_eq!(deadline.within_on(&timer, 4 * MILLI).remaining_on(&timer), 4 * MILLI);
        assert_eq!(deadline.sleep_on(&timer, 20 * MILLI).deadline(), deadline.instant());
        let mut timeout = TestTask::new(Box::pin(deadline.timeout_on(timer.clone(), pending::<()>())));
        assert_pending!(timeout.poll());
        ahead.advance(10 * MILLI);
        assert_ready_err!(timeout.poll());
        assert!(deadline.is_expired_on(&timer) && deadline.check_on(&timer).is_err());
        assert!(!deadline.is_expired());
    });
}

#[test]
fn a_deadline_holds_for_what_is_done_in_virtual_time() {
    let time = VirtualClock::new();
    let steps = time.scope(async {
        let start = Instant::now();
        let deadline = Deadline::after(Duration::from_secs(10));
        let mut steps = 0;
        while deadline.timeout(time::sleep(Duration::from_secs(3))).await.is_ok() {
            steps += 1;
        }
        (steps, start.elapsed())
    });
    assert_eq!(anywhen::rt::Std.block_on(steps), (3, Duration::from_secs(10)));
}

#[test]
fn it_converts_from_and_to_instants() {
    let now = std::time::Instant::now();
    let deadline = Deadline::from(now);
    assert_eq!(deadline, Deadline::at(now.into()));
    assert_eq!(Instant::from(deadline), deadline.instant());
    assert!(deadline.is_expired());
    assert!(format!("{deadline:?}").starts_with("Deadline(Instant("));
}

proptest! {
    /// For whatever deadline, instant and duration, the last of them included.
    #[test]
    fn a_cap_is_never_more_than_asked_for_or_left(
        at in prop_oneof![any::<u64>(), Just(0), Just(u64::MAX - 1), Just(u64::MAX)],
        now in any::<u64>(),
        wanted in prop_oneof![any::<u64>().prop_map(Duration::from_nanos), Just(Duration::MAX), Just(Duration::ZERO)],
    ) {
        let time = VirtualClock::manual();
        time.advance(Instant::from_nanos(now) - time.now());
        let (timer, deadline) = (time.clock(), Deadline::at(Instant::from_nanos(at)));
        let (left, cap) = (deadline.remaining_on(&timer), deadline.cap_on(&timer, wanted));
        prop_assert_eq!(cap, wanted.min(left));
        prop_assert_eq!(deadline.is_expired_on(&timer), left.is_zero());
        let step = deadline.within_on(&timer, wanted);
        prop_assert!(step <= deadline);
        prop_assert!(step.remaining_on(&timer) == cap || step.is_never());
    }
}
