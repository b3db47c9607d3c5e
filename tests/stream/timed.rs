//! Streams over time: what each does when, by hand and in virtual time. That they do so in whatever order things happen is in
//! `timed_models`.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::stream::{self, FusedStream, Stream};
use anywhen::testing::{TestTask, assert_pending, assert_ready, assert_ready_eq};
use anywhen::time::{self, Clock, Duration, Instant, Timer, VirtualClock, interval_at_on, interval_on};

use crate::source::{Control, Source, panic_of, source};

const MILLI: Duration = Duration::from_millis(1);
const PERIOD: Duration = Duration::from_millis(10);

/// A stream over a source of numbers, and time that moves by hand.
fn timed<St: Stream>(make: impl FnOnce(Source<u8>, Clock) -> St) -> (TestTask<St>, Control<u8>, VirtualClock) {
    let (items, control) = source();
    let time = VirtualClock::manual();
    (TestTask::new(make(items, time.clock())), control, time)
}

/// A clock that counts how often it is asked.
#[derive(Clone)]
struct Counted {
    clock: Clock,
    asked: Rc<Cell<u32>>,
}

impl Counted {
    fn new(time: &VirtualClock) -> Self {
        Self { clock: time.clock(), asked: Rc::default() }
    }

    fn ask(&self) -> &Clock {
        self.asked.set(self.asked.get() + 1);
        &self.clock
    }
}

impl Timer for Counted {
    type Sleep = time::Sleep;

    fn now(&self) -> Instant {
        self.ask().now()
    }

    fn sleep(&self, duration: Duration) -> time::Sleep {
        self.ask().sleep(duration)
    }

    fn sleep_until(&self, deadline: Instant) -> time::Sleep {
        self.ask().sleep_until(deadline)
    }

    fn reset(sleep: Pin<&mut time::Sleep>, deadline: Instant) {
        Clock::reset(sleep, deadline);
    }
}

/// A clock that stands still, and whose sleeps are never over.
#[derive(Clone)]
struct Stopped;

impl Timer for Stopped {
    type Sleep = std::future::Pending<()>;

    fn now(&self) -> Instant {
        Instant::from_nanos(1)
    }

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        std::future::pending()
    }

    fn reset(_: Pin<&mut Self::Sleep>, _: Instant) {}
}

#[test]
fn a_source_that_is_late_is_told_of_once() {
    let (mut task, control, time) = timed(|items, clock| items.timeout_on(clock, PERIOD));
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    assert!(task.is_woken());
    assert!(assert_ready!(task.poll_next()).unwrap().is_err());
    for _ in 0..3 {
        assert_pending!(task.poll_next());
        time.advance(PERIOD);
        assert!(!task.is_woken(), "it was told of");
    }
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(Ok(1)));
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    assert!(assert_ready!(task.poll_next()).unwrap().is_err(), "the next one is late as well");
    control.end();
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn each_item_has_the_whole_time() {
    let (mut task, control, time) = timed(|items, clock| items.timeout_on(clock, PERIOD));
    for n in 0..5 {
        assert_pending!(task.poll_next());
        time.advance(PERIOD - MILLI);
        control.give(n);
        assert_ready_eq!(task.poll_next(), Some(Ok(n)));
        assert!(!time.advance_to_next(), "the alarm is put away with the item");
        // Nobody asks, and that is not held against the source.
        time.advance(3 * PERIOD);
    }
    assert_pending!(task.poll_next());
}

#[test]
fn an_item_that_comes_with_the_deadline_is_in_time() {
    let (mut task, control, time) = timed(|items, clock| items.timeout_on(clock, PERIOD));
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(Ok(1)));
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    control.end();
    assert_ready_eq!(task.poll_next(), None);

    let start = |clock: &Clock| clock.now() + PERIOD;
    let (mut task, control, time) =
        timed(|items, clock| items.timeout_repeating(interval_at_on(clock.clone(), start(&clock), PERIOD)));
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(Ok(1)));
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    assert!(assert_ready!(task.poll_next()).unwrap().is_err(), "the interval began anew");
}

#[test]
fn no_time_at_all_is_up_when_there_is_nothing() {
    let (mut task, control, _time) = timed(|items, clock| items.timeout_on(clock, Duration::ZERO));
    for n in 0..3 {
        assert!(assert_ready!(task.poll_next()).unwrap().is_err());
        assert_pending!(task.poll_next());
        control.give(n);
        assert_ready_eq!(task.poll_next(), Some(Ok(n)));
    }

    let (mut task, control, time) = timed(|items, clock| items.debounce_on(clock, Duration::ZERO));
    (0..3).for_each(|n| control.give(n));
    assert_ready_eq!(task.poll_next(), Some(2));
    assert_pending!(task.poll_next());

    let (mut chunks, control, _time) = timed(|items, clock| items.chunks_timeout_on(clock, 3, Duration::ZERO));
    (0..4).for_each(|n| control.give(n));
    assert_ready_eq!(chunks.poll_next(), Some(vec![0, 1, 2]));
    assert_ready_eq!(chunks.poll_next(), Some(vec![3]));
    assert_pending!(chunks.poll_next());

    let (mut task, control, _time) = timed(|items, clock| items.throttle_on(clock, Duration::ZERO));
    (0..2).for_each(|n| control.give(n));
    assert_ready_eq!(task.poll_next(), Some(0));
    assert_ready_eq!(task.poll_next(), Some(1));
    assert!(!time.advance_to_next());
}

#[test]
fn no_time_at_all_is_not_left_to_the_timer() {
    let one = || stream::iter([1]).chain(stream::pending());
    assert!(
        assert_ready!(TestTask::new(stream::pending::<u8>().timeout_on(Stopped, Duration::ZERO)).poll_next()).is_some()
    );
    assert_ready_eq!(TestTask::new(one().debounce_on(Stopped, Duration::ZERO)).poll_next(), Some(1));
    assert_ready_eq!(TestTask::new(one().chunks_timeout_on(Stopped, 2, Duration::ZERO)).poll_next(), Some(vec![1]));
    let mut repeated = TestTask::new(stream::repeat(1).throttle_on(Stopped, Duration::ZERO));
    (0..3).for_each(|_| assert_ready_eq!(repeated.poll_next(), Some(1)));
}

#[test]
fn an_interval_goes_on_about_a_source_that_is_late() {
    // The first tick of this one comes at once.
    let (mut task, control, time) = timed(|items, clock| items.timeout_repeating(interval_on(clock, PERIOD)));
    for _ in 0..4 {
        assert!(assert_ready!(task.poll_next()).unwrap().is_err());
        assert_pending!(task.poll_next());
        time.advance(PERIOD);
        assert!(task.is_woken());
    }
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(Ok(1)));
    time.advance(PERIOD);
    assert_pending!(task.poll_next());
    control.end();
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
    assert!(!time.advance_to_next(), "the interval is gone with the source");
}

#[test]
fn a_source_that_is_ready_has_no_clock_asked() {
    let time = VirtualClock::manual();
    let drained = |items: &mut dyn FnMut(Counted) -> usize| {
        let counted = Counted::new(&time);
        let given = items(counted.clone());
        (given, counted.asked.get())
    };
    let numbers = || stream::iter(0..100);
    let count = |task: Poll<usize>| assert_ready!(task);
    assert_eq!(
        drained(&mut |timer| count(TestTask::new(numbers().timeout_on(timer, PERIOD).count()).poll())),
        (100, 0)
    );
    assert_eq!(drained(&mut |timer| count(TestTask::new(numbers().debounce_on(timer, PERIOD).count()).poll())), (1, 0));
    let chunks = |timer| numbers().chunks_timeout_on(timer, 7, PERIOD).count();
    assert_eq!(drained(&mut |timer| count(TestTask::new(chunks(timer)).poll())), (15, 0));
    let throttled = |timer| numbers().throttle_on(timer, Duration::ZERO).count();
    assert_eq!(drained(&mut |timer| count(TestTask::new(throttled(timer)).poll())), (100, 0));
    // Its ticks are fixed when it is made.
    assert_eq!(drained(&mut |timer| count(TestTask::new(numbers().sample_on(timer, PERIOD).count()).poll())), (1, 1));
}

#[test]
fn items_are_held_apart_and_none_is_lost() {
    let (mut task, control, time) = timed(|items, clock| items.throttle_on(clock, PERIOD));
    (0..3).for_each(|n| control.give(n));
    control.end();
    for n in 0..3 {
        assert_ready_eq!(task.poll_next(), Some(n));
        let polls = control.polls();
        assert_pending!(task.poll_next());
        time.advance(PERIOD - MILLI);
        assert_pending!(task.poll_next());
        assert_eq!(control.polls(), polls, "its source is not polled meanwhile");
        time.advance(MILLI);
        assert!(task.is_woken());
    }
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn an_item_that_took_its_time_is_not_held_back() {
    let (mut task, control, time) = timed(|items, clock| items.throttle_on(clock, PERIOD));
    control.give(0);
    assert_ready_eq!(task.poll_next(), Some(0));
    // Whether somebody asks meanwhile or not.
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    control.give(1);
    assert!(task.is_woken());
    assert_ready_eq!(task.poll_next(), Some(1));
    time.advance(PERIOD);
    control.give(2);
    assert_ready_eq!(task.poll_next(), Some(2));
}

#[test]
fn an_item_is_given_when_nothing_newer_has_come() {
    let (mut task, control, time) = timed(|items, clock| items.debounce_on(clock, PERIOD));
    for n in 0..4 {
        control.give(n);
        assert_pending!(task.poll_next());
        time.advance(PERIOD - MILLI);
        assert_pending!(task.poll_next());
    }
    time.advance(MILLI);
    assert!(task.is_woken());
    assert_ready_eq!(task.poll_next(), Some(3));
    assert_pending!(task.poll_next());
    assert!(!time.advance_to_next(), "there is nothing to wait for");
}

#[test]
fn an_item_that_is_there_when_the_time_is_up_takes_the_place_of_the_other() {
    let (mut task, control, time) = timed(|items, clock| items.debounce_on(clock, PERIOD));
    control.give(0);
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    control.give(1);
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    assert_ready_eq!(task.poll_next(), Some(1));
}

#[test]
fn what_is_held_back_comes_with_the_end_at_once() {
    let (mut task, control, time) = timed(|items, clock| items.debounce_on(clock, Duration::MAX));
    assert_eq!(task.future().size_hint(), (0, None));
    control.give(0);
    assert_pending!(task.poll_next());
    assert_eq!(task.future().size_hint(), (1, None));
    control.end();
    assert_ready_eq!(task.poll_next(), Some(0));
    assert!(control.is_alone(), "its source is dropped");
    assert!(!task.future().is_terminated(), "not before its end was seen");
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated() && !time.advance_to_next());

    let (mut task, control, _time) = timed(|items, clock| items.sample_on(clock, Duration::MAX));
    (0..3).for_each(|n| control.give(n));
    assert_pending!(task.poll_next());
    control.end();
    assert_ready_eq!(task.poll_next(), Some(2));
    assert_ready_eq!(task.poll_next(), None);

    let (mut task, control, _time) = timed(|items, clock| items.chunks_timeout_on(clock, 5, Duration::MAX));
    (0..3).for_each(|n| control.give(n));
    assert_pending!(task.poll_next());
    control.end();
    assert_ready_eq!(task.poll_next(), Some(vec![0, 1, 2]));
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn ticks_do_not_drift_and_wake_nobody_in_vain() {
    let (mut task, control, time) = timed(|items, clock| items.sample_on(clock, PERIOD));
    let start = time.now();
    assert_pending!(task.poll_next());
    assert!(!time.advance_to_next(), "there is no item to wait for a tick");
    for tick in [1, 2, 5, 6, 9] {
        time.advance(start + PERIOD * tick - 3 * MILLI - time.now());
        (0..3).for_each(|n| control.give(n));
        assert_pending!(task.poll_next());
        time.advance(3 * MILLI - Duration::from_nanos(1));
        assert!(!task.is_woken());
        time.advance(Duration::from_nanos(1));
        assert!(task.is_woken());
        assert_ready_eq!(task.poll_next(), Some(2));
        assert_pending!(task.poll_next());
        assert_eq!(time.now() - start, PERIOD * tick);
    }
    // With the tick itself, and right after it.
    time.advance(PERIOD);
    control.give(7);
    assert_ready_eq!(task.poll_next(), Some(7));
    control.give(8);
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    assert_ready_eq!(task.poll_next(), Some(8));
}

#[test]
fn a_tick_that_was_missed_gives_its_item_at_once_and_the_next_one_is_on_time() {
    let (mut task, control, time) = timed(|items, clock| items.sample_on(clock, PERIOD));
    control.give(0);
    assert_pending!(task.poll_next());
    time.advance(3 * PERIOD + 4 * MILLI);
    control.give(1);
    assert_ready_eq!(task.poll_next(), Some(1));
    control.give(2);
    assert_pending!(task.poll_next());
    time.advance(6 * MILLI - Duration::from_nanos(1));
    assert_pending!(task.poll_next());
    time.advance(Duration::from_nanos(1));
    assert_ready_eq!(task.poll_next(), Some(2));
}

#[test]
fn a_source_that_never_pauses_does_not_stop_the_clock() {
    let time = VirtualClock::manual();
    let mut task = TestTask::new(stream::iter(0..).sample_on(time.clock(), PERIOD));
    assert_pending!(task.poll_next());
    assert_eq!(task.wakes(), 1, "others have their turn");
    time.advance(PERIOD);
    assert_ready_eq!(task.poll_next(), Some(255));

    let mut task = TestTask::new(stream::iter(0..).chunks_timeout_on(time.clock(), usize::MAX, PERIOD));
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    assert_eq!(assert_ready!(task.poll_next()).map(|chunk| chunk.len()), Some(3 * 128));

    // It is never quiet, not even for no time at all.
    for duration in [Duration::ZERO, PERIOD] {
        let mut task = TestTask::new(stream::repeat(1).debounce_on(time.clock(), duration));
        for _ in 0..5 {
            assert_pending!(task.poll_next());
            assert!(task.is_woken() && !time.advance_to_next(), "no timer is made in vain");
            time.advance(PERIOD);
        }
    }
}

#[test]
fn a_chunk_waits_from_its_first_item_on() {
    let (mut task, control, time) = timed(|items, clock| items.chunks_timeout_on(clock, 3, PERIOD));
    assert_pending!(task.poll_next());
    assert!(!time.advance_to_next(), "there is no chunk yet");
    time.advance(5 * PERIOD);
    control.give(0);
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    control.give(1);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    assert!(task.is_woken());
    assert_ready_eq!(task.poll_next(), Some(vec![0, 1]));
    // One that is full waits no more, and its time is not the next one's.
    control.give(2);
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    (3..6).for_each(|n| control.give(n));
    assert_ready_eq!(task.poll_next(), Some(vec![2, 3, 4]));
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    assert_ready_eq!(task.poll_next(), Some(vec![5]));
}

#[test]
fn what_is_ready_when_the_time_is_up_belongs_to_the_chunk_as_far_as_there_is_room() {
    let (mut task, control, time) = timed(|items, clock| items.chunks_timeout_on(clock, 3, PERIOD));
    control.give(0);
    assert_pending!(task.poll_next());
    time.advance(PERIOD);
    (1..6).for_each(|n| control.give(n));
    assert_ready_eq!(task.poll_next(), Some(vec![0, 1, 2]));
    assert_ready_eq!(task.poll_next(), Some(vec![3, 4, 5]));
    assert_pending!(task.poll_next());
    assert!(!time.advance_to_next());
}

#[test]
fn the_rest_of_a_chunk_can_be_taken_out() {
    let (mut task, control, time) = timed(|items, clock| items.chunks_timeout_on(clock, 3, PERIOD));
    (0..5).for_each(|n| control.give(n));
    assert_ready_eq!(task.poll_next(), Some(vec![0, 1, 2]));
    assert_pending!(task.poll_next());
    assert_eq!(task.future_mut().into_remainder(), [3, 4]);
    assert_eq!(task.future_mut().into_remainder(), [0; 0]);
    // It goes on all the same; an item that comes later has its own time.
    time.advance(PERIOD - MILLI);
    assert_pending!(task.poll_next());
    control.give(5);
    assert_pending!(task.poll_next());
    time.advance(PERIOD - MILLI);
    assert_pending!(task.poll_next());
    time.advance(MILLI);
    assert_ready_eq!(task.poll_next(), Some(vec![5]));
    control.end();
    assert_ready_eq!(task.poll_next(), None);
    assert_eq!(task.future_mut().into_remainder(), [0; 0]);
}

#[test]
fn waiting_for_an_item_may_be_given_up() {
    // The next call has what the one before would have had, and at the same time.
    let (items, control) = source();
    let time = VirtualClock::manual();
    let start = time.now();
    let mut stream = Box::pin(items.debounce_on(time.clock(), PERIOD));
    control.give(1);
    for _ in 0..3 {
        assert_pending!(TestTask::new(stream.next()).poll());
        time.advance(3 * MILLI);
    }
    let mut next = TestTask::new(stream.next());
    assert_pending!(next.poll());
    assert!(time.advance_to_next() && next.is_woken());
    assert_ready_eq!(next.poll(), Some(1));
    assert_eq!(time.now() - start, PERIOD);
}

#[test]
fn a_source_that_panics_is_at_its_end_and_what_was_held_is_dropped() {
    let (items, control) = source();
    let time = VirtualClock::manual();
    let mut task = TestTask::new(items.debounce_on(time.clock(), PERIOD));
    let item = Rc::new(());
    control.give(Rc::clone(&item));
    assert_pending!(task.poll_next());
    control.panic();
    assert_eq!(panic_of(|| task.poll_next()), "the source panics");
    assert_eq!(Rc::strong_count(&item), 1);
    assert!(control.is_alone() && !time.advance_to_next());
    assert_ready_eq!(task.poll_next(), None);
}

#[test]
fn what_is_said_of_the_length_is_exact_where_it_can_be() {
    let time = VirtualClock::manual();
    let clock = time.clock();
    let five = || stream::iter(0..5);
    assert_eq!(five().timeout_on(clock.clone(), PERIOD).size_hint(), (5, Some(11)));
    assert_eq!(five().timeout_repeating(interval_on(clock.clone(), PERIOD)).size_hint(), (5, None));
    assert_eq!(five().throttle_on(clock.clone(), PERIOD).size_hint(), (5, Some(5)));
    assert_eq!(five().debounce_on(clock.clone(), PERIOD).size_hint(), (1, Some(5)));
    assert_eq!(five().sample_on(clock.clone(), PERIOD).size_hint(), (1, Some(5)));
    assert_eq!(five().chunks_timeout_on(clock.clone(), 2, PERIOD).size_hint(), (3, Some(5)));
    assert_eq!(stream::repeat(1).timeout_on(clock.clone(), PERIOD).size_hint(), (usize::MAX, None));

    let mut late = TestTask::new(stream::pending::<u8>().chain(five()).timeout_on(clock, PERIOD));
    assert_eq!(late.future().size_hint(), (5, Some(11)));
    assert_pending!(late.poll_next());
    time.advance(PERIOD);
    assert!(assert_ready!(late.poll_next()).unwrap().is_err());
    assert_eq!(late.future().size_hint(), (5, Some(10)), "it was told of");
}

#[test]
fn they_go_by_the_clock_that_is_current() {
    Std.block_on(VirtualClock::new().scope(async {
        let start = Instant::now();
        let hours = |n: u32| Duration::from_secs(3600) * n;
        let slow = || stream::iter([1, 2]).then(move |n| time::sleep(hours(n)).map(move |()| n));
        assert_eq!(slow().timeout(hours(1)).filter(|item| std::future::ready(item.is_err())).count().await, 1);
        assert_eq!(start.elapsed(), hours(3));
        assert_eq!(slow().throttle(hours(3)).count().await, 2);
        assert_eq!(start.elapsed(), hours(3 + 1 + 3 + 2 + 3), "nothing is taken meanwhile, nor at the end");
        let begun = Instant::now();
        assert_eq!(slow().debounce(hours(1)).collect::<Vec<_>>().await, [1, 2]);
        assert_eq!(slow().sample(hours(2)).collect::<Vec<_>>().await, [1, 2]);
        assert_eq!(slow().chunks_timeout(2, hours(1)).collect::<Vec<_>>().await, [[1], [2]]);
        assert_eq!(begun.elapsed(), hours(9));
    }));
}
