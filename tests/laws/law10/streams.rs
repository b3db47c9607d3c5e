//! Streams over time, each with what it gives when so long has passed.

use std::future::ready;

use anywhen::prelude::*;
use anywhen::stream::{self, Stream};
use anywhen::time::{Clock, Instant, VirtualClock, interval_at_on};

use super::{DURATIONS, Row, durations};

pub(super) const TABLE: &[Row] = &[
    ("stream::StreamExt::timeout", || durations(|d| first(silent().timeout(d)), true)),
    ("stream::StreamExt::timeout_on", || durations(|d| first(silent().timeout_on(Clock::current(), d)), true)),
    ("stream::StreamExt::throttle", || durations(|d| second(stream::repeat(1).throttle(d)), true)),
    ("stream::StreamExt::throttle_on", || {
        durations(|d| second(stream::repeat(1).throttle_on(Clock::current(), d)), true)
    }),
    ("stream::StreamExt::debounce", || durations(|d| first(one().debounce(d)), true)),
    ("stream::StreamExt::debounce_on", || durations(|d| first(one().debounce_on(Clock::current(), d)), true)),
    ("stream::StreamExt::sample", || durations(|d| first(one().sample(d)), false)),
    ("stream::StreamExt::sample_on", || durations(|d| first(one().sample_on(Clock::current(), d)), false)),
    ("stream::StreamExt::chunks_timeout", || durations(|d| first(one().chunks_timeout(2, d)), true)),
    ("stream::StreamExt::chunks_timeout_on", || {
        durations(|d| first(one().chunks_timeout_on(Clock::current(), 2, d)), true)
    }),
];

fn silent() -> stream::Pending<u8> {
    stream::pending()
}

/// An item, and no end.
fn one() -> impl Stream<Item = u8> {
    stream::once(ready(1)).chain(silent())
}

/// Waits for something.
fn first<St: Stream>(items: St) -> impl Future<Output = ()> {
    Box::pin(items).into_future().map(drop)
}

fn second<St: Stream>(items: St) -> impl Future<Output = ()> {
    first(items.skip(1))
}

#[test]
fn ticks_that_were_missed_for_centuries_are_passed_over() {
    for period in DURATIONS.into_iter().filter(|period| !period.is_zero()) {
        for late in DURATIONS {
            let time = VirtualClock::new();
            let mut sampled =
                anywhen::testing::TestTask::new(stream::repeat(1).take(500).sample_on(time.clock(), period));
            for _ in 0..3 {
                let _poll = sampled.poll_next();
                time.advance(late);
            }
        }
    }
}

#[test]
fn an_interval_that_never_ticks_gives_no_errors() {
    let time = VirtualClock::new();
    let never = interval_at_on(time.clock(), Instant::FAR_FUTURE, super::NANO);
    let mut silent = anywhen::testing::TestTask::new(silent().timeout_repeating(never));
    for late in DURATIONS {
        assert!(silent.poll_next().is_pending());
        time.advance(late);
    }
    assert!(silent.poll_next().is_pending());
}
