//! Deadlines that are handed on, queues of deadlines, and how late a tick may be.

use std::future::{Future, pending, poll_fn};
use std::task::{Context, Poll, Waker};

use anywhen::testing::TestTask;
use anywhen::time::{
    Clock, Deadline, DelayQueue, Duration, Instant, MissedTickBehavior, VirtualClock, interval_on, sleep_until,
};

use super::{DURATIONS, NANO, Row, deadlines, durations, instants};

pub(super) const TABLE: &[Row] = &[
    ("time::Deadline::at", || deadlines(|_, at| Deadline::at(at).timeout(pending::<()>()))),
    ("time::Deadline::after", || durations(|d| Deadline::after(d).timeout(pending::<()>()), true)),
    ("time::Deadline::after_on", || {
        durations(|d| sleep_until(Deadline::after_on(&Clock::current(), d).instant()), true);
    }),
    ("time::Deadline::within", || durations(|d| sleep_until(Deadline::NEVER.within(d).instant()), true)),
    ("time::Deadline::within_on", || {
        durations(|d| sleep_until(Deadline::NEVER.within_on(&Clock::current(), d).instant()), true);
    }),
    ("time::Deadline::sleep", || {
        durations(|d| Deadline::NEVER.sleep(d), true);
        deadlines(|_, at| Deadline::at(at).sleep(Duration::MAX));
    }),
    ("time::Deadline::sleep_on", || {
        durations(|d| Deadline::NEVER.sleep_on(&Clock::current(), d), true);
        deadlines(|time, at| Deadline::at(at).sleep_on(&time.clock(), Duration::MAX));
    }),
    ("time::Deadline::cap", caps),
    ("time::Deadline::cap_on", caps),
    ("time::Deadline::remaining_from", caps),
    ("time::DelayQueue::insert", || durations(|d| taken(move |queue| queue.insert((), d)), true)),
    ("time::DelayQueue::insert_at", || deadlines(|_, at| taken(move |queue| queue.insert_at((), at)))),
    ("time::DelayQueue::reset", || {
        durations(|d| put_off(move |queue, key| queue.reset(key, d)), true);
    }),
    ("time::DelayQueue::reset_at", || deadlines(|_, at| put_off(move |queue, key| queue.reset_at(key, at)))),
    ("time::Interval::set_tolerance", tolerances),
];

/// Waits for the item that `put` puts into a queue.
fn taken<K>(put: impl FnOnce(&mut DelayQueue<()>) -> K) -> impl Future {
    let mut queue = DelayQueue::new();
    put(&mut queue);
    poll_fn(move |cx| queue.poll_expired(cx))
}

/// Waits for an item that was there, and is put off or forward by `reset` while a task waits.
fn put_off(reset: impl FnOnce(&mut DelayQueue<()>, &anywhen::time::delay_queue::Key)) -> impl Future {
    taken(|queue| {
        let key = queue.insert((), Duration::from_secs(1));
        assert!(queue.poll_expired(&mut Context::from_waker(Waker::noop())).is_pending());
        reset(queue, &key);
    })
}

fn caps() {
    for n in 0..8 {
        let time = VirtualClock::new();
        let (now, at) = (time.now(), instants(time.now())[n]);
        let deadline = Deadline::at(at);
        let left = deadline.remaining_from(now);
        assert_eq!(left.is_zero(), at <= now, "{at:?}");
        assert_eq!(left == Duration::MAX, at.is_never(), "{at:?}");
        for wanted in DURATIONS {
            assert_eq!(deadline.cap_on(&time.clock(), wanted), wanted.min(left));
            assert!(deadline.cap(wanted) <= wanted);
        }
    }
    assert_eq!(Deadline::NEVER.remaining_from(Instant::FAR_FUTURE), Duration::MAX);
}

/// A tick that is late by more than the tolerance has the next come a period later, and one that is not does not.
fn tolerances() {
    let period = Duration::from_secs(1);
    for tolerance in DURATIONS {
        for late in [NANO, period / 2, period * 3] {
            let time = VirtualClock::new();
            let start = time.now();
            let mut interval = interval_on(time.clock(), period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval.set_tolerance(tolerance);
            time.advance(late);
            assert_eq!(TestTask::new(interval.tick()).poll(), Poll::Ready(start));
            time.advance(period * 10);
            let next = if late > tolerance { start + late + period } else { start + period };
            assert_eq!(TestTask::new(interval.tick()).poll(), Poll::Ready(next), "{late:?} late, within {tolerance:?}");
        }
    }
}
