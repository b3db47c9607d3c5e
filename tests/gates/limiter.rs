//! The rate limiter in virtual time, and by hand.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::sync::Arc;
use std::task::Poll;

use anywhen::retry::{RateLimiter, Refused};
use anywhen::rt::Std;
use anywhen::testing::TestTask;
use anywhen::time::{Clock, Duration, Timer, VirtualClock};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn limited(retry_after: Duration) -> Result<(), Refused> {
    Err(Refused::RateLimited { retry_after })
}

/// One in a second, and so many at once.
fn one_in_a_second(burst: u32) -> (VirtualClock, RateLimiter<Clock>) {
    let time = VirtualClock::new();
    let limiter = RateLimiter::new(1, SECOND).burst(burst).on(time.clock());
    (time, limiter)
}

#[test]
fn there_is_a_burst_and_then_the_rate_and_after_a_year_one_burst_again() {
    let (time, limiter) = one_in_a_second(3);
    for _ in 0..2 {
        assert_eq!([(); 3].map(|()| limiter.try_acquire()), [Ok(()); 3]);
        assert_eq!(limiter.try_acquire(), limited(SECOND));
        time.advance(SECOND / 4);
        assert_eq!(limiter.try_acquire_many(2), limited(SECOND * 7 / 4));
        time.advance(SECOND * 3 / 4);
        assert_eq!((limiter.try_acquire(), limiter.try_acquire()), (Ok(()), limited(SECOND)));
        time.advance(SECOND * 365 * 86_400);
        assert_eq!(limiter.available_permits(), 3);
    }
    let metrics = limiter.metrics();
    assert_eq!((metrics.admitted, metrics.refused), (8, 6));
}

#[test]
fn who_waits_is_served_in_order_each_at_its_own_time() {
    let (time, limiter) = one_in_a_second(2);
    let order = RefCell::new(Vec::new());
    let start = time.now();
    let call = |name: &'static str, permits| {
        let (limiter, order, clock) = (&limiter, &order, time.clock());
        async move {
            limiter.acquire_many(permits).await.unwrap();
            order.borrow_mut().push((name, (clock.now() - start).as_secs()));
        }
    };
    let mut tasks =
        [("all", 2), ("two", 2), ("one", 1), ("none", 0), ("last", 1)].map(|(name, n)| TestTask::new(call(name, n)));
    for task in &mut tasks {
        let _waits = task.poll();
    }
    assert_eq!(limiter.waiters(), 4);
    let mut left = tasks.iter_mut().skip(1).collect::<Vec<_>>();
    while !left.is_empty() {
        left.retain_mut(|task| !(task.is_woken() && task.poll().is_ready()));
        if !left.iter().any(|task| task.is_woken()) && !time.advance_to_next() {
            break;
        }
    }
    assert_eq!(order.take(), [("all", 0), ("two", 2), ("one", 3), ("none", 3), ("last", 4)]);
    assert_eq!(limiter.waiters(), 0);
}

#[test]
fn nobody_overtakes_one_that_waits() {
    let (time, limiter) = one_in_a_second(5);
    limiter.try_acquire_many(3).unwrap();
    // Two are there, it wants three.
    let mut first = TestTask::new(limiter.acquire_many(3));
    assert!(first.poll().is_pending());
    assert_eq!(limiter.try_acquire(), limited(Duration::ZERO));
    let mut second = TestTask::new(limiter.acquire());
    assert!(second.poll().is_pending());
    time.advance(SECOND);
    // It has not been polled yet, and what has come in is its all the same.
    assert!(first.is_woken() && !second.is_woken());
    assert!(limiter.try_acquire().is_err() && second.poll().is_pending());
    assert_eq!(first.poll(), Poll::Ready(Ok(())));
    assert!(second.is_woken() && second.poll().is_pending());
}

#[test]
fn one_that_leaves_loses_nothing_for_others() {
    let (time, limiter) = one_in_a_second(2);
    limiter.try_acquire_many(1).unwrap();
    let mut first = TestTask::new(limiter.acquire_many(2));
    let mut second = TestTask::new(limiter.acquire());
    let mut third = TestTask::new(limiter.acquire());
    assert!(first.poll().is_pending() && second.poll().is_pending() && third.poll().is_pending());
    drop(first);
    // What is there was kept for the first, and is enough for the next.
    assert!(second.is_woken() && !third.is_woken());
    drop(second);
    // It was granted the turn, and has passed it on.
    assert!(third.is_woken());
    assert_eq!(third.poll(), Poll::Ready(Ok(())));
    assert_eq!((limiter.waiters(), limiter.available_permits()), (0, 0));
    assert!(!time.advance_to_next(), "a timer was left behind");
}

#[test]
fn all_who_wait_have_one_timer() {
    let (time, limiter) = one_in_a_second(1);
    limiter.try_acquire().unwrap();
    let mut tasks = [(); 5].map(|()| TestTask::new(limiter.acquire()));
    assert!(tasks.iter_mut().all(|task| task.poll().is_pending()));
    time.advance(SECOND);
    assert_eq!(tasks.iter().filter(|task| task.is_woken()).count(), 1);
    drop(tasks);
    assert!(!time.advance_to_next());
}

#[test]
fn only_so_many_wait() {
    let time = VirtualClock::new();
    let limiter = RateLimiter::new(1, SECOND).max_waiting(1).on(time.clock());
    let poll = |task: &mut TestTask<_>| task.poll();
    assert_eq!(poll(&mut TestTask::new(limiter.acquire())), Poll::Ready(Ok(())));
    let mut waits = TestTask::new(limiter.acquire());
    assert!(poll(&mut waits).is_pending());
    assert_eq!(poll(&mut TestTask::new(limiter.acquire())), Poll::Ready(limited(SECOND)));
    drop(waits);
    let mut waits = TestTask::new(limiter.acquire());
    assert!(poll(&mut waits).is_pending());
    time.advance(SECOND);
    assert_eq!(poll(&mut waits), Poll::Ready(Ok(())));
}

#[test]
fn more_than_a_burst_is_refused_at_once() {
    let (_, limiter) = one_in_a_second(3);
    assert_eq!(TestTask::new(limiter.acquire_many(4)).poll(), Poll::Ready(limited(Duration::MAX)));
    assert_eq!(limiter.try_acquire_many(u32::MAX), limited(Duration::MAX));
    assert_eq!(limiter.available_permits(), 3);
}

#[test]
fn another_rate_is_heard_of_by_the_one_that_waits() {
    let (time, limiter) = one_in_a_second(1);
    limiter.try_acquire().unwrap();
    let mut waits = TestTask::new(limiter.acquire());
    assert!(waits.poll().is_pending());
    limiter.set_rate(10, SECOND);
    assert!(waits.is_woken() && waits.poll().is_pending());
    time.advance(SECOND / 10);
    assert!(waits.is_woken());
    assert_eq!(waits.poll(), Poll::Ready(Ok(())));

    // Slower: it sleeps on.
    let mut waits = TestTask::new(limiter.acquire());
    assert!(waits.poll().is_pending());
    limiter.set_rate(1, SECOND * 10);
    assert!(waits.poll().is_pending());
    time.advance(SECOND * 10 - Duration::from_nanos(1));
    assert!(waits.poll().is_pending());
    time.advance(Duration::from_nanos(1));
    assert_eq!(waits.poll(), Poll::Ready(Ok(())));
}

#[test]
fn a_part_of_a_permit_is_owed_at_another_rate_too() {
    let (time, limiter) = one_in_a_second(1);
    let nano = Duration::from_nanos(1);
    limiter.try_acquire().unwrap();
    time.advance(SECOND * 9 / 10);
    // At this rate nothing less than a permit can be owed.
    limiter.set_rate(1, nano);
    assert_eq!(limiter.try_acquire(), limited(nano));
}

#[test]
fn calls_begin_when_it_is_their_turn() {
    let (time, limiter) = one_in_a_second(1);
    let limiter = Arc::new(limiter);
    let called = Cell::new(0);
    let call = || async {
        called.set(called.get() + 1);
        Ok::<_, Refused>(())
    };
    assert_eq!(TestTask::new(limiter.call(call())).poll(), Poll::Ready(Ok(())));
    let mut second = TestTask::new(Arc::clone(&limiter).call_owned(call()));
    assert!(second.poll().is_pending());
    assert_eq!(called.get(), 1);
    time.advance(SECOND);
    assert_eq!(second.poll(), Poll::Ready(Ok(())));
    assert_eq!(called.get(), 2);
    assert!(Std.block_on(RateLimiter::new(1, SECOND).call(ready(Ok::<_, Refused>(())))).is_ok());
}

/// To the nanosecond, though a permit is no whole number of them. With a burst of one the rest of a nanosecond would lapse.
#[test]
fn where_there_is_demand_no_time_is_lost() {
    let time = VirtualClock::new();
    let limiter = RateLimiter::new(7, SECOND).burst(2).on(time.clock());
    let start = time.now();
    let mut task = TestTask::new(async {
        for _ in 0..7_002 {
            limiter.acquire().await.unwrap();
        }
    });
    while task.poll().is_pending() {
        assert!(time.advance_to_next());
    }
    assert_eq!(time.now() - start, SECOND * 1000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Callers come when they like, and some give up.
    #[test]
    fn no_window_sees_more_than_it_may_and_nobody_is_overtaken(
        (permits, burst) in (1..5_u32, 1..4_u32),
        callers in proptest::collection::vec((0..1500_u64, 1..4_u32, proptest::option::weighted(0.2, 0..2000_u64)), 1..40),
    ) {
        let time = VirtualClock::new();
        let limiter = RateLimiter::new(permits, SECOND).burst(burst).on(time.clock());
        let passed = RefCell::new(Vec::new());
        let all = async {
            let mut tasks = anywhen::future::FuturesUnordered::new();
            let mut at = Duration::ZERO;
            for (later, want, patience) in callers {
                at += Duration::from_millis(later);
                let (clock, limiter, passed) = (time.clock(), &limiter, &passed);
                let want = want.min(burst);
                tasks.push(async move {
                    clock.sleep(at).await;
                    let asked = clock.now();
                    let patience = patience.map_or(Duration::MAX, Duration::from_millis);
                    if anywhen::time::timeout_on(clock.clone(), patience, limiter.acquire_many(want)).await.is_ok() {
                        passed.borrow_mut().push((asked, clock.now(), want));
                    }
                });
            }
            use anywhen::prelude::*;
            while tasks.next().await.is_some() {}
        };
        Std.block_on(time.scope(all));
        let passed = passed.take();
        for (at, &(_, from, _)) in passed.iter().enumerate() {
            let mut sum = 0;
            for &(_, to, want) in &passed[at..] {
                sum += u128::from(want);
                let share = (to - from).as_nanos() * u128::from(permits);
                prop_assert!(sum * SECOND.as_nanos() <= u128::from(burst) * SECOND.as_nanos() + share);
            }
        }
        // First come, first served; those that came at once, in either order.
        prop_assert!(passed.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1));
        prop_assert_eq!(limiter.waiters(), 0);
    }
}
