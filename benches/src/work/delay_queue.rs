//! Delay queues in which many items stand already that are due in an hour or so.

use std::sync::{LazyLock, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use anywhen::time::DelayQueue;
use anywhen::time::delay_queue::Key;
use tokio_util::time::{DelayQueue as Theirs, delay_queue};

use super::time::RUNTIME;
use crate::harness::{Goal, Work, ours, peer, repeat};

/// What both have.
trait Queue: Sized {
    type Key;
    /// An instant that has passed when a queue is made.
    type Past: Copy;
    fn past() -> Self::Past;
    fn insert_past(&mut self, value: u64, past: Self::Past);
    fn with_capacity(capacity: usize) -> Self;
    fn insert(&mut self, value: u64, after: Duration) -> Self::Key;
    fn remove(&mut self, key: &Self::Key) -> u64;
    fn reset(&mut self, key: &Self::Key, after: Duration);
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>>;
}

macro_rules! queue {
    ($Queue:ident, $Key:ty, $Instant:ty) => {
        impl Queue for $Queue<u64> {
            type Key = $Key;
            type Past = $Instant;

            fn past() -> $Instant {
                <$Instant>::now()
            }

            #[inline(always)]
            fn insert_past(&mut self, value: u64, past: $Instant) {
                self.insert_at(value, past);
            }

            fn with_capacity(capacity: usize) -> Self {
                $Queue::with_capacity(capacity)
            }

            #[inline(always)]
            fn insert(&mut self, value: u64, after: Duration) -> $Key {
                $Queue::insert(self, value, after)
            }

            #[inline(always)]
            fn remove(&mut self, key: &$Key) -> u64 {
                $Queue::remove(self, key).into_inner()
            }

            #[inline(always)]
            fn reset(&mut self, key: &$Key, after: Duration) {
                $Queue::reset(self, key, after);
            }

            #[inline(always)]
            fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
                self.poll_expired(cx).map(|next| next.map(|expired| expired.into_inner()))
            }
        }
    };
}

queue!(DelayQueue, Key, anywhen::time::Instant);
queue!(Theirs, delay_queue::Key, tokio::time::Instant);

/// A queue and the keys of what stands in it.
type Items<Q> = (Q, Vec<<Q as Queue>::Key>, <Q as Queue>::Past);
type Standing<Q> = LazyLock<Mutex<Items<Q>>>;

/// Deadlines that differ, in no order.
fn some_time(n: u64) -> Duration {
    Duration::from_secs(1800) + Duration::from_millis(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 42)
}

fn standing<Q: Queue>(count: u64) -> Mutex<Items<Q>> {
    let past = Q::past();
    let mut queue = Q::with_capacity(count as usize + 16);
    let keys = (0..count).map(|n| queue.insert(n, some_time(n))).collect();
    Mutex::new((queue, keys, past))
}

/// An item is put in, and taken back.
fn taken_back<Q: Queue>(standing: &Standing<Q>, times: u64) {
    let _entered = RUNTIME.enter();
    let (queue, ..) = &mut *standing.lock().unwrap();
    let mut number = 0;
    repeat(times, |_| {
        number += 1;
        let key = queue.insert(number, some_time(number));
        queue.remove(&key)
    });
}

/// An item is put off.
fn put_off<Q: Queue>(standing: &Standing<Q>, times: u64) {
    let _entered = RUNTIME.enter();
    let (queue, keys, _) = &mut *standing.lock().unwrap();
    let mut number = 0;
    repeat(times, |_| {
        number += 1;
        queue.reset(&keys[(number as usize * 17) % keys.len()], some_time(number));
    });
}

/// An item is put in that is due, and comes out.
fn due<Q: Queue>(standing: &Standing<Q>, times: u64) {
    let _entered = RUNTIME.enter();
    let (queue, _, past) = &mut *standing.lock().unwrap();
    repeat(times, |cx| {
        queue.insert_past(1, *past);
        assert!(queue.poll(cx).is_ready(), "it is due");
    });
}

/// Items are put in, and all come out when their time has come; per item.
fn expired<Q: Queue>(times: u64) {
    let _entered = RUNTIME.enter();
    let mut queue = Q::with_capacity(1000);
    repeat(times.div_ceil(1000), |cx| {
        for n in 0..1000 {
            queue.insert(n, Duration::from_millis(20 + n * 7 % 40));
        }
        std::thread::sleep(Duration::from_millis(65));
        let mut left = 1000;
        while left > 0 {
            left -= u32::from(queue.poll(cx).is_ready());
        }
    });
}

macro_rules! work {
    ($run:ident, $count:literal, $name:literal, $note:literal) => {{
        static OURS: Standing<DelayQueue<u64>> = LazyLock::new(|| standing($count));
        static THEIRS: Standing<Theirs<u64>> = LazyLock::new(|| standing($count));
        const SUBJECTS: &[crate::harness::Subject] = &[
            ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| $run(&OURS, times)),
            peer("tokio-util", |times| $run(&THEIRS, times)),
        ];
        Work { name: $name, subjects: SUBJECTS, note: $note }
    }};
}

pub(crate) static TAKEN_BACK_1000: Work = work!(taken_back, 1000, "delay queue of 1000: put in, taken back", "");
pub(crate) static TAKEN_BACK_100000: Work = work!(taken_back, 100000, "delay queue of 100000: put in, taken back", "");
pub(crate) static PUT_OFF_1000: Work = work!(put_off, 1000, "delay queue of 1000: put off", "");
pub(crate) static PUT_OFF_100000: Work = work!(put_off, 100000, "delay queue of 100000: put off", "");
pub(crate) static DUE_1000: Work = work!(due, 1000, "delay queue of 1000: put in when due, taken out", "");
pub(crate) static DUE_100000: Work = work!(
    due,
    100000,
    "delay queue of 100000: put in when due, taken out",
    "tokio-util keeps what is due when it is put in apart, in no order."
);
pub(crate) static EXPIRED: Work = Work {
    name: "delay queue: 1000 items that expire",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, expired::<DelayQueue<u64>>),
        peer("tokio-util", expired::<Theirs<u64>>),
    ],
    note: "The time is that of waiting.",
};
