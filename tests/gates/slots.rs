//! The gates with places: the bulkhead, and the limit that finds its number.

use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use anywhen::retry::{AdaptiveLimit, Bulkhead, Outcome, Pass, Refused};
use anywhen::sync::Semaphore;
use anywhen::testing::TestTask;
use anywhen::time::{Duration, VirtualClock};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

const FULL: Poll<Result<u8, Refused>> = Poll::Ready(Err(Refused::BulkheadFull));

fn fine(value: u8) -> impl Future<Output = Result<u8, Refused>> {
    ready(Ok(value))
}

#[test]
fn so_many_go_so_many_wait_and_the_rest_is_turned_away() {
    let bulkhead = Arc::new(Bulkhead::new(2, 1));
    let mut going = [(); 2].map(|()| TestTask::new(bulkhead.call(pending::<Result<u8, Refused>>())));
    assert!(going.iter_mut().all(|call| call.poll().is_pending()));
    let mut waiting = TestTask::new(Arc::clone(&bulkhead).call_owned(fine(3)));
    assert!(waiting.poll().is_pending());
    assert_eq!(TestTask::new(bulkhead.call(fine(4))).poll(), FULL);
    assert_eq!((bulkhead.available_permits(), bulkhead.waiters()), (0, 1));
    let [first, second] = going;
    drop(first);
    assert!(waiting.is_woken());
    assert_eq!(waiting.poll(), Poll::Ready(Ok(3)));
    drop(second);
    assert_eq!((bulkhead.available_permits(), bulkhead.waiters()), (2, 0));
    let metrics = bulkhead.metrics();
    assert_eq!((metrics.admitted, metrics.refused), (3, 1));
}

#[test]
fn a_place_comes_back_however_the_call_ends() {
    let bulkhead = Bulkhead::new(1, 0);
    assert_eq!(
        TestTask::new(bulkhead.call(ready(Err::<u8, _>(Refused::OverLimit)))).poll().map(|r| r.is_err()),
        Poll::Ready(true)
    );
    let mut broken = TestTask::new(
        bulkhead.call(async { if bulkhead.available_permits() == 0 { panic!("broken") } else { Ok::<_, Refused>(1) } }),
    );
    assert!(catch_unwind(AssertUnwindSafe(|| broken.poll())).is_err());
    bulkhead.try_acquire().unwrap().settle(Outcome::Failure);
    drop(bulkhead.try_acquire().unwrap());
    assert_eq!(bulkhead.available_permits(), 1);
}

#[test]
fn who_has_waited_for_long_enough_leaves_the_queue() {
    let time = VirtualClock::new();
    let bulkhead = Bulkhead::new(1, 1).max_wait(SECOND).on(time.clock());
    let place = bulkhead.try_acquire().unwrap();
    let mut waits = TestTask::new(bulkhead.acquire());
    assert!(waits.poll().is_pending());
    time.advance(SECOND);
    assert!(waits.is_woken());
    assert!(matches!(waits.poll(), Poll::Ready(Err(Refused::BulkheadFull))));
    assert_eq!((bulkhead.metrics().admitted, bulkhead.metrics().refused), (1, 1));
    // It has left though it is still there.
    let mut next = TestTask::new(bulkhead.acquire());
    assert!(next.poll().is_pending());
    drop(place);
    assert!(next.is_woken() && matches!(next.poll(), Poll::Ready(Ok(_))));
    drop(next);
    assert!(!time.advance_to_next(), "a timer was left behind");
}

#[test]
fn a_limit_grows_by_a_place_a_round_while_its_places_are_used() {
    let limit = AdaptiveLimit::new(4, 0).within(2, 6);
    // One at a time teaches nothing.
    for _ in 0..100 {
        limit.try_acquire().unwrap().settle(Outcome::Success);
    }
    assert_eq!(limit.limit(), 4);
    for expected in [4, 5, 6, 6] {
        assert_eq!(limit.limit(), expected);
        let round = (0..expected + 1).map_while(|_| limit.try_acquire().ok()).collect::<Vec<_>>();
        assert_eq!((round.len(), limit.in_flight()), (expected, expected));
        round.into_iter().for_each(|pass| pass.settle(Outcome::Success));
        // The second half of a round finds fewer than half of the places taken: two rounds for one more.
        while limit.limit() == expected && expected < 6 {
            let round = (0..expected).map(|_| limit.try_acquire().unwrap()).collect::<Vec<_>>();
            round.into_iter().for_each(|pass| pass.settle(Outcome::Success));
        }
    }
}

#[test]
fn a_limit_that_is_lowered_takes_places_as_they_come_back() {
    let limit = AdaptiveLimit::new(10, 5).decrease(0.5);
    let mut passes = (0..10).map(|_| limit.try_acquire().unwrap()).collect::<Vec<_>>();
    let mut waits = TestTask::new(limit.acquire());
    assert!(waits.poll().is_pending());
    passes.pop().unwrap().settle(Outcome::Failure);
    assert_eq!((limit.limit(), limit.in_flight()), (5, 9));
    // Those that were under way then lower it no further, and the one that waits has to wait for them.
    passes.drain(..4).for_each(|pass| pass.settle(Outcome::Failure));
    assert_eq!((limit.limit(), limit.in_flight()), (5, 5));
    assert!(!waits.is_woken());
    drop(passes.pop());
    assert!(waits.is_woken() && matches!(waits.poll(), Poll::Ready(Ok(_))));
    passes.clear();
    drop(waits);
    assert_eq!((0..100).map_while(|_| limit.try_acquire().ok()).collect::<Vec<_>>().len(), 5);
    assert!(matches!(TestTask::new(limit.call(fine(1))).poll(), Poll::Ready(Ok(1))));
}

#[test]
fn what_is_too_slow_lowers_the_limit_though_it_went_well() {
    let time = VirtualClock::new();
    let limit = AdaptiveLimit::new(10, 0).slow_call(SECOND).on(time.clock());
    let pass = limit.try_acquire().unwrap();
    time.advance(SECOND);
    pass.settle(Outcome::Success);
    assert_eq!(limit.limit(), 10);
    let pass = limit.try_acquire().unwrap();
    time.advance(SECOND + Duration::from_nanos(1));
    pass.settle(Outcome::Success);
    assert_eq!(limit.limit(), 9);
}

#[test]
fn the_largest_limit_is_kept() {
    // More than a number with a point is exact for.
    let limit = AdaptiveLimit::new(Semaphore::MAX_PERMITS, 0);
    for outcome in [Outcome::Ignored, Outcome::Success, Outcome::Failure] {
        limit.try_acquire().unwrap().settle(outcome);
    }
    assert!(limit.limit() <= Semaphore::MAX_PERMITS);
}

proptest! {
    /// Whatever comes and goes: what is taken is what calls have, and when all are over there are as many places as the limit says.
    #[test]
    fn no_place_is_lost_and_none_is_made(steps in proptest::collection::vec((0..5_u8, any::<u16>()), 1..300)) {
        let limit = AdaptiveLimit::new(8, 3).within(1, 30).decrease(0.6);
        let (mut passes, mut waiting) = (Vec::new(), Vec::new());
        for (step, which) in steps {
            match step {
                0 | 1 => passes.extend(limit.try_acquire().ok()),
                2 if waiting.len() < 3 => {
                    let mut task = Box::new(TestTask::new(limit.acquire()));
                    match task.poll() {
                        Poll::Ready(pass) => passes.extend(pass.ok()),
                        Poll::Pending => waiting.push(task),
                    }
                }
                3 if !waiting.is_empty() => drop(waiting.remove(usize::from(which) % waiting.len())),
                _ if !passes.is_empty() => {
                    let at = usize::from(which) % passes.len();
                    let outcome = [Outcome::Success, Outcome::Success, Outcome::Failure, Outcome::Ignored];
                    passes.swap_remove(at).settle(outcome[usize::from(which) / 7 % 4]);
                }
                _ => {}
            }
            waiting.retain_mut(|task| match task.is_woken().then(|| task.poll()) {
                Some(Poll::Ready(pass)) => {
                    passes.extend(pass.ok());
                    false
                }
                _ => true,
            });
            // Whoever waits finds no place: if there were one, it would have it.
            prop_assert!(waiting.is_empty() || passes.len() >= limit.limit());
            if waiting.is_empty() {
                prop_assert_eq!(limit.in_flight(), passes.len());
            }
        }
        drop(waiting);
        drop(passes);
        let all = (0..100).map_while(|_| limit.try_acquire().ok()).collect::<Vec<_>>();
        prop_assert_eq!((all.len(), limit.in_flight()), (limit.limit(), limit.limit()));
    }
}
