//! Streams over time. It is virtual, and passes when the stage says so: where a stream hears of its source only then, and
//! where it is time that gives something.

use anywhen::prelude::*;
use anywhen::time::{Clock, Duration, VirtualClock, interval_at_on};
use futures_core::FusedStream;

use super::time::{is_idle, touch};
use crate::leaf::LeafStream;
use crate::streams::{StreamEntry, StreamStage};

pub(super) const ENTRIES: &[StreamEntry] = &[
    // The source is in time.
    |body| body(over(&VirtualClock::new(), |leaf, clock| leaf.timeout_on(clock, PERIOD))),
    |body| body(over(&VirtualClock::new(), |leaf, clock| leaf.timeout_on(clock, Duration::MAX))),
    |body| body(over(&VirtualClock::new(), repeating).costs(1)),
    // It is late.
    |body| {
        let time = VirtualClock::new();
        let stage = over(&time, |leaf, clock| leaf.timeout_on(clock, PERIOD));
        body(stage.by_time(|| time.advance(PERIOD)).most(1));
    },
    |body| {
        let time = VirtualClock::new();
        body(over(&time, repeating).costs(1).by_time(|| time.advance(PERIOD)));
    },
    |body| body(over(&VirtualClock::new(), |leaf, clock| leaf.throttle_on(clock, Duration::ZERO))),
    |body| {
        let time = VirtualClock::new();
        body(over(&time, |leaf, clock| leaf.throttle_on(clock, PERIOD)).in_time(|| time.advance(PERIOD)));
    },
    |body| body(over(&VirtualClock::new(), |leaf, clock| leaf.debounce_on(clock, Duration::ZERO))),
    // Each item comes at the instant of a tick.
    |body| {
        let time = VirtualClock::new();
        body(over(&time, |leaf, clock| leaf.sample_on(clock, PERIOD)).in_time(|| time.advance(PERIOD)));
    },
    |body| {
        let stage = over(&VirtualClock::new(), |leaf, clock| leaf.chunks_timeout_on(clock, 1, PERIOD));
        body(stage.allocates());
    },
    |body| {
        let stage = over(&VirtualClock::new(), |leaf, clock| leaf.chunks_timeout_on(clock, 3, PERIOD));
        body(stage.each(3).allocates());
    },
    |body| {
        let stage = over(&VirtualClock::new(), |leaf, clock| leaf.chunks_timeout_on(clock, 3, Duration::ZERO));
        body(stage.allocates());
    },
];

const PERIOD: Duration = Duration::from_millis(10);

/// A stream over one source, and by a clock in which nothing is left when it is gone.
fn over<'a, S: FusedStream + 'a>(time: &VirtualClock, make: impl FnOnce(LeafStream, Clock) -> S) -> StreamStage<'a> {
    StreamStage::over(|leaf| make(leaf, time.clock())).touch(touch(time)).check(is_idle(time))
}

fn repeating(leaf: LeafStream, clock: Clock) -> impl FusedStream {
    let start = anywhen::time::Timer::now(&clock) + PERIOD;
    leaf.timeout_repeating(interval_at_on(clock, start, PERIOD))
}
