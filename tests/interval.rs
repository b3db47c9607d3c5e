//! Intervals: late ticks and what becomes of them, drift, resets, the end of time, and the form of a stream. Beside tokio's they
//! are in `tests/like_tokio/interval.rs`.
#![cfg(feature = "testing")]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::testing::TestTask;
use anywhen::time::{self, Duration, Instant, Interval, IntervalStream, MissedTickBehavior, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready_eq};
use futures_core::{FusedStream, Stream};

const MILLI: Duration = Duration::from_millis(1);
const NANO: Duration = Duration::from_nanos(1);
const ALL: [MissedTickBehavior; 3] = [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip];

fn poll(interval: &mut Interval) -> Poll<Instant> {
    interval.poll_tick(&mut Context::from_waker(Waker::noop()))
}

/// An interval that has ticked for the first time, in a clock that is moved by hand.
fn ticked(behavior: MissedTickBehavior, period: Duration) -> (VirtualClock, Instant, Interval) {
    let time = VirtualClock::manual();
    let start = time.now();
    let mut interval = time::interval_on(time.clock(), period);
    interval.set_missed_tick_behavior(behavior);
    assert_ready_eq!(poll(&mut interval), start);
    (time, start, interval)
}

/// The table of `MissedTickBehavior`: what is missed and what is left out after each tick that follows.
#[test]
fn what_was_missed_is_counted_and_told_from_what_comes_late() {
    for (behavior, expected) in [
        (MissedTickBehavior::Burst, [(45, 30, 1, 0), (45, 40, 0, 0), (50, 50, 0, 0), (60, 60, 0, 0)]),
        (MissedTickBehavior::Delay, [(55, 55, 0, 2), (65, 65, 0, 2), (75, 75, 0, 2), (85, 85, 0, 2)]),
        (MissedTickBehavior::Skip, [(50, 50, 0, 2), (60, 60, 0, 2), (70, 70, 0, 2), (80, 80, 0, 2)]),
    ] {
        let (time, start, mut interval) = ticked(behavior, 10 * MILLI);
        let millis = |instant: Instant| (instant - start).as_millis();
        time.advance(10 * MILLI);
        assert_ready_eq!(poll(&mut interval), start + 10 * MILLI);
        time.advance(35 * MILLI);
        assert_ready_eq!(poll(&mut interval), start + 20 * MILLI);
        assert_eq!((interval.missed(), interval.skipped()), (2, expected[3].3), "{behavior:?}");
        for tick in expected {
            let due = loop {
                match poll(&mut interval) {
                    Poll::Ready(due) => break due,
                    Poll::Pending => assert!(time.advance_to_next()),
                }
            };
            let seen = (millis(time.now()), millis(due), interval.missed(), interval.skipped());
            assert_eq!(seen, tick, "{behavior:?}");
        }
    }
}

#[test]
fn a_tick_is_late_when_the_tolerance_has_passed_and_no_sooner() {
    for tolerance in [Duration::ZERO, NANO, MILLI, 5 * MILLI, 50 * MILLI] {
        for (late, skips) in [(tolerance, false), (tolerance + NANO, true)] {
            let (time, start, mut interval) = ticked(MissedTickBehavior::Delay, 10 * MILLI);
            assert_eq!(interval.tolerance(), 5 * MILLI, "tokio's figure");
            interval.set_tolerance(tolerance);
            assert_eq!(interval.tolerance(), tolerance);
            time.advance(10 * MILLI + late);
            assert_ready_eq!(poll(&mut interval), start + 10 * MILLI);
            interval.set_tolerance(Duration::MAX);
            let next = if skips { time.now() + 10 * MILLI } else { start + 20 * MILLI };
            time.advance(50 * MILLI);
            assert_ready_eq!(poll(&mut interval), next, "{late:?} late, with a tolerance of {tolerance:?}");
        }
    }
}

#[test]
fn without_end_of_tolerance_nothing_is_left_out() {
    for behavior in ALL {
        let (time, start, mut interval) = ticked(behavior, MILLI);
        interval.set_tolerance(Duration::MAX);
        time.advance(1000 * MILLI);
        for n in 1..=1000 {
            assert_ready_eq!(poll(&mut interval), start + n * MILLI);
            assert_eq!(interval.missed(), u64::from(1000 - n));
        }
        assert_pending!(poll(&mut interval));
        assert_eq!(interval.skipped(), 0);
    }
}

/// P futures-time
#[test]
fn a_million_ticks_do_not_drift() {
    let period = Duration::from_nanos(16_666_667);
    // All at once.
    let (time, start, mut interval) = ticked(MissedTickBehavior::Burst, period);
    time.advance(period * 1_000_000);
    for n in 1..=1_000_000 {
        assert_ready_eq!(poll(&mut interval), start + period * n);
    }
    assert_pending!(poll(&mut interval));
    // One by one, each taken somewhat late.
    for behavior in ALL {
        let (time, start, mut interval) = ticked(behavior, period);
        let mut dice = 1_u64;
        for n in 1..=20_000 {
            assert_pending!(poll(&mut interval));
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let late = Duration::from_nanos((dice >> 33) % 5_000_000);
            time.advance(start + period * n + late - time.now());
            assert_ready_eq!(poll(&mut interval), start + period * n);
        }
        assert_eq!((interval.missed(), interval.skipped()), (0, 0));
    }
}

#[test]
fn the_end_of_time_is_no_trouble() {
    let last = Instant::from_nanos(u64::MAX - 1);
    for behavior in ALL {
        for period in [NANO, MILLI, Duration::from_secs(1 << 34), Duration::MAX - NANO, Duration::MAX] {
            // Due at the last of all instants, and long before that.
            for start in [last, Instant::now(), Instant::from_nanos(0)] {
                let time = VirtualClock::manual();
                let mut interval = time::interval_at_on(time.clock(), start, period);
                interval.set_missed_tick_behavior(behavior);
                time.advance(last - time.now());
                assert_ready_eq!(poll(&mut interval), start);
                if behavior != MissedTickBehavior::Burst {
                    assert_pending!(poll(&mut interval));
                }
                time.advance(Duration::MAX);
                if behavior != MissedTickBehavior::Burst {
                    assert_pending!(poll(&mut interval), "never has come");
                    interval.reset_after(Duration::MAX);
                    assert_pending!(poll(&mut interval));
                    interval.reset();
                    assert_pending!(poll(&mut interval));
                }
            }
        }
    }
    // Now and a period are more than there is, but the next multiple of the period is not.
    let time = VirtualClock::manual();
    let (start, period) = (time.now(), (last - time.now()) / 3);
    let mut interval = time::interval_at_on(time.clock(), start + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    time.advance(period * 2 + 10 * MILLI);
    assert_ready_eq!(poll(&mut interval), start + period);
    assert_eq!((interval.missed(), interval.skipped()), (1, 1));
    assert_pending!(poll(&mut interval));
    time.advance(period - 10 * MILLI);
    assert_ready_eq!(poll(&mut interval), start + period * 3);
}

#[test]
fn a_task_that_waits_hears_of_a_reset_without_polling() {
    let time = VirtualClock::manual();
    let start = time.now();
    let mut task = TestTask::new(time::interval_at_on(time.clock(), start + 10 * MILLI, 10 * MILLI).into_stream());
    let resets: [fn(&mut Interval, Instant); 4] = [
        |interval, start| interval.reset_at(start + 3 * MILLI),
        |interval, _| interval.reset_after(MILLI),
        |interval, _| interval.reset(),
        |interval, _| interval.reset_immediately(),
    ];
    for (reset, due) in resets.into_iter().zip([3, 4, 14, 14]) {
        assert!(task.poll_next().is_pending());
        let mut stream = task.future_mut();
        reset((*stream).as_mut(), start);
        let waits = time.now() < start + due * MILLI;
        assert_eq!(time.advance_to_next(), waits);
        assert!(task.is_woken(), "due at {due}");
        assert_eq!((task.wakes(), time.now()), (1, start + due * MILLI));
        assert_eq!(task.poll_next(), Poll::Ready(Some(start + due * MILLI)));
    }
}

/// And is not woken by it either, whatever the reset.
#[test]
fn a_reset_between_two_ticks_moves_the_next() {
    let (time, start, mut interval) = ticked(MissedTickBehavior::Burst, 10 * MILLI);
    interval.reset_at(start + 3 * MILLI);
    assert!(!time.advance_to_next(), "nobody waits");
    assert_pending!(poll(&mut interval));
    time.advance(3 * MILLI);
    assert_ready_eq!(poll(&mut interval), start + 3 * MILLI);
    // Into the past, where it was due then and not now.
    interval.reset_at(start);
    assert_ready_eq!(poll(&mut interval), start);
    assert_pending!(poll(&mut interval));
    time.advance(7 * MILLI);
    assert_ready_eq!(poll(&mut interval), start + 10 * MILLI);
}

#[test]
fn a_stream_of_ticks_has_no_end_and_lends_its_interval() {
    let time = VirtualClock::new();
    Std.block_on(time.scope(async {
        let start = Instant::now();
        let mut ticks = IntervalStream::from(time::interval(MILLI));
        assert_eq!(ticks.size_hint(), (usize::MAX, None));
        let first = ticks.by_ref().take(3).collect::<Vec<_>>().await;
        assert_eq!(first, [start, start + MILLI, start + 2 * MILLI]);
        ticks.as_mut().reset_after(MILLI / 2);
        assert_eq!(ticks.next().await, Some(start + 2 * MILLI + MILLI / 2));
        assert_eq!(ticks.as_ref().period(), MILLI);
        let mut interval = ticks.into_inner();
        assert_eq!(interval.tick().await, start + 3 * MILLI + MILLI / 2);
    }));
}

/// A timer whose sleeps panic.
#[derive(Clone)]
struct Broken;

struct BrokenSleep;

impl Future for BrokenSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        panic!("the timer is broken");
    }
}

impl Timer for Broken {
    type Sleep = BrokenSleep;

    fn now(&self) -> Instant {
        Instant::from_nanos(0)
    }

    fn sleep_until(&self, _: Instant) -> BrokenSleep {
        BrokenSleep
    }

    fn reset(_: Pin<&mut BrokenSleep>, _: Instant) {}
}

#[test]
fn a_stream_of_ticks_is_over_when_its_timer_panics() {
    let mut task = TestTask::new(time::interval_on(Broken, MILLI).into_stream());
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| task.poll_next())).unwrap_err();
    for _ in 0..2 {
        assert_eq!(task.poll_next(), Poll::Ready(None));
        assert!(task.future().is_terminated());
        assert_eq!(task.future().size_hint(), (0, Some(0)));
    }
}
