//! Streams that time gives all by itself. What has no end has the leaf stop it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::prelude::*;
use anywhen::time::{Clock, DelayQueue, Duration, IntervalStream, Timer, VirtualClock, interval_at_on};
use futures_core::{FusedStream, Stream};

use super::time::{is_idle, touch};
use crate::leaf::LeafStream;
use crate::streams::{StreamEntry, StreamStage};

pub(super) const STREAMS: &[StreamEntry] = &[
    |body| {
        let ticks = |clock: Clock| interval_at_on(clock.clone(), clock.now() + PERIOD, PERIOD).into_stream();
        // It has its sleep in a box.
        body(stopped(&VirtualClock::new(), ticks).named::<IntervalStream>().costs(1));
    },
    // The timer, the items, and their deadlines.
    |body| body(stopped(&VirtualClock::new(), |clock| queue(clock, 100)).named::<DelayQueue<u32>>().costs(3)),
    // A single item, and then the end.
    |body| {
        let time = VirtualClock::new();
        let stage = StreamStage::over(|_| queue(time.clock(), 1));
        let stage = stage.by_time(|| time.advance(PERIOD)).in_time(|| time.advance(PERIOD));
        body(stage.most(1).costs(3).touch(touch(&time)).check(is_idle(&time)));
    },
];

const PERIOD: Duration = Duration::from_millis(10);

/// Items that are due one after the other.
fn queue(clock: Clock, items: u32) -> DelayQueue<u32> {
    let start = clock.now();
    let mut queue = DelayQueue::with_capacity_on(clock, items as usize);
    for n in 1..=items {
        queue.insert_at(n, start + PERIOD * n);
    }
    queue
}

/// A stream by a clock, until the leaf ends.
fn stopped<'a, S: FusedStream + 'a>(time: &VirtualClock, make: impl FnOnce(Clock) -> S) -> StreamStage<'a> {
    let stage = StreamStage::over(|leaf| make(time.clock()).take_until(Ended(leaf)));
    let passes = time.clone();
    stage.by_time(move || passes.advance(PERIOD)).touch(touch(time)).check(is_idle(time))
}

/// Waits for the end of a stream.
struct Ended(LeafStream);

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match Pin::new(&mut self.0).poll_next(cx) {
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
