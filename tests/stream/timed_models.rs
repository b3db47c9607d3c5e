//! Streams over time beside models of them, and beside tokio-stream's: the same sources, which give what they give at random
//! instants, and with the same results at the same instants.
//!
//! Time goes from millisecond to millisecond. At each the timers fire first, then the source gives what it has for this
//! instant, and then the stream is polled, if it was woken. So whatever falls together does so in one poll.

use std::fmt::Debug;
use std::task::Poll;

use anywhen::stream::{Stream, StreamExt as _};
use anywhen::testing::TestTask;
use anywhen::time::{Clock, Duration, Timer, VirtualClock, interval_at_on};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::source::{Control, Source, source};

/// The milliseconds at which a source gives its items, numbered from 0, and at which it ends.
#[derive(Clone, Debug)]
struct Script {
    items: Vec<u64>,
    end: u64,
}

impl Script {
    /// From the pauses before each item, and before the end.
    fn new(pauses: Vec<u64>, last: u64) -> Self {
        let mut at = 0;
        let items = pauses.into_iter().map(|pause| {
            at += pause;
            at
        });
        let items = items.collect();
        Self { items, end: at + last }
    }

    /// What the source does at an instant.
    fn act(&self, at: u64, control: &Control<usize>) {
        (0..self.items.len()).filter(|&n| self.items[n] == at).for_each(|n| control.give(n));
        if self.end == at {
            control.end();
        }
    }

    /// The items, each with its instant.
    fn items(&self) -> impl Iterator<Item = (u64, usize)> + Clone {
        self.items.iter().copied().zip(0..)
    }
}

/// What a stream gave, with the instants, and when it ended.
#[derive(Clone, Debug, PartialEq)]
struct Course<T> {
    given: Vec<(u64, T)>,
    end: u64,
}

/// A stream under way.
struct Run<St: Stream, T> {
    script: Script,
    control: Control<usize>,
    task: TestTask<St>,
    convert: fn(St::Item) -> T,
    given: Vec<(u64, T)>,
}

impl<St: Stream, T> Run<St, T> {
    fn new(script: &Script, make: impl FnOnce(Source<usize>) -> St, convert: fn(St::Item) -> T) -> Self {
        let (items, control) = source();
        Self { script: script.clone(), control, task: TestTask::new(make(items)), convert, given: Vec::new() }
    }

    /// What happens at an instant; says whether it has ended.
    fn at(&mut self, at: u64) -> bool {
        self.script.act(at, &self.control);
        let mut asks = at == 0 || self.task.is_woken();
        while asks {
            match self.task.poll_next() {
                Poll::Ready(Some(item)) => self.given.push((at, (self.convert)(item))),
                Poll::Ready(None) => return true,
                Poll::Pending => asks = self.task.is_woken(),
            }
        }
        false
    }

    fn ended(self, end: u64) -> Course<T> {
        Course { given: self.given, end }
    }
}

/// Longer than anything takes.
const MOST: u64 = 1_000_000;

/// What a stream of ours gives.
fn ours<St: Stream, T>(
    script: &Script,
    make: impl FnOnce(Source<usize>, Clock) -> St,
    convert: fn(St::Item) -> T,
) -> Course<T> {
    let time = VirtualClock::manual();
    let mut run = Run::new(script, |items| make(items, time.clock()), convert);
    for at in 0..MOST {
        if run.at(at) {
            assert!(!time.advance_to_next(), "a timer was left behind");
            return run.ended(at);
        }
        time.advance(millis(1));
    }
    panic!("it never ends");
}

/// What one of tokio-stream's gives, in tokio's paused time.
fn theirs<St: Stream, T>(
    script: &Script,
    make: impl FnOnce(Source<usize>) -> St,
    convert: fn(St::Item) -> T,
) -> Course<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut run = Run::new(script, make, convert);
        for at in 0..MOST {
            if run.at(at) {
                return run.ended(at);
            }
            tokio::time::advance(millis(1)).await;
        }
        panic!("it never ends");
    })
}

const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Tries scripts, each with a number from a range.
fn scripts(numbers: std::ops::Range<u64>, check: impl Fn(&Script, u64)) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let pause = prop_oneof![3 => Just(0), 3 => 1..4_u64, 3 => 4..15_u64, 1 => 15..60_u64];
    let script = (prop::collection::vec(pause.clone(), 0..20), pause);
    let script = script.prop_map(|(pauses, last)| Script::new(pauses, last));
    let outcome = TestRunner::new(config).run(&(script, numbers), |(script, number)| {
        check(&script, number);
        Ok(())
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
}

/// Says of both whether they are the same.
fn same<T: PartialEq + Debug>(ours: &Course<T>, others: &Course<T>) {
    assert_eq!(ours, others, "here, and there");
}

#[test]
fn throttled_streams_keep_their_distance() {
    scripts(0..30, |script, duration| {
        let ours = ours(script, |items, clock| items.throttle_on(clock, millis(duration)), |item| item);
        for pair in ours.given.windows(2) {
            assert!(pair[1].0 - pair[0].0 >= duration, "too close: {pair:?}");
        }
        let mut free = 0;
        let given = script.items().map(|(at, item)| {
            let given = at.max(free);
            free = given + duration;
            (given, item)
        });
        let given = given.collect();
        same(&ours, &Course { given, end: script.end.max(free) });
        same(&ours, &theirs(script, |items| tokio_stream::StreamExt::throttle(items, millis(duration)), |item| item));
    });
}

#[test]
fn timeouts_tell_of_what_is_late() {
    scripts(0..30, |script, duration| {
        let ours = ours(script, |items, clock| items.timeout_on(clock, millis(duration)), Result::ok);
        let mut given = Vec::new();
        let mut before = 0;
        for (at, item) in script.items().map(|(at, item)| (at, Some(item))).chain([(script.end, None)]) {
            if at > before + duration {
                given.push((before + duration, None));
            }
            given.extend(item.map(|item| (at, Some(item))));
            before = at;
        }
        same(&ours, &Course { given, end: script.end });
        same(&ours, &theirs(script, |items| tokio_stream::StreamExt::timeout(items, millis(duration)), Result::ok));
    });
}

#[test]
fn repeating_timeouts_go_on_about_it() {
    scripts(1..30, |script, period| {
        let start = |clock: &Clock| clock.now() + millis(period + 1);
        let interval = |clock: Clock| interval_at_on(clock.clone(), start(&clock), millis(period));
        let ours = ours(script, |items, clock| items.timeout_repeating(interval(clock)), Result::ok);
        let mut given = Vec::new();
        let mut tick = period + 1;
        for (at, item) in script.items().map(|(at, item)| (at, Some(item))).chain([(script.end, None)]) {
            while tick < at {
                given.push((tick, None));
                tick += period;
            }
            given.extend(item.map(|item| (at, Some(item))));
            tick = at + period;
        }
        same(&ours, &Course { given, end: script.end });
        let interval = || tokio::time::interval_at(tokio::time::Instant::now() + millis(period + 1), millis(period));
        same(&ours, &theirs(script, |items| tokio_stream::StreamExt::timeout_repeating(items, interval()), Result::ok));
    });
}

#[test]
fn chunks_are_given_when_they_are_full_or_have_waited_long_enough() {
    scripts(0..30, |script, duration| {
        for max_size in 1..5 {
            let make = |items: Source<usize>, clock| items.chunks_timeout_on(clock, max_size, millis(duration));
            let ours = ours(script, make, |chunk| chunk);
            let mut given = Vec::new();
            let (mut begun, mut chunk) = (0, Vec::new());
            for (at, item) in script.items() {
                if !chunk.is_empty() && at > begun + duration {
                    given.push((begun + duration, std::mem::take(&mut chunk)));
                }
                if chunk.is_empty() {
                    begun = at;
                }
                chunk.push(item);
                if chunk.len() == max_size {
                    given.push((at, std::mem::take(&mut chunk)));
                }
            }
            if !chunk.is_empty() {
                given.push((script.end.min(begun + duration), chunk));
            }
            same(&ours, &Course { given, end: script.end });
            let make = |items| tokio_stream::StreamExt::chunks_timeout(items, max_size, millis(duration));
            same(&ours, &theirs(script, make, |chunk| chunk));
        }
    });
}

/// The last item of each group, given when the group says so, or at the end.
fn last_of_each(script: &Script, group: impl Fn(u64) -> u64, belongs: impl Fn(u64, u64) -> bool) -> Course<usize> {
    let mut given = Vec::<(u64, usize)>::new();
    for (at, item) in script.items() {
        match given.last_mut() {
            Some(last) if belongs(last.0, at) => *last = (group(at), item),
            _ => given.push((group(at), item)),
        }
    }
    if let Some(last) = given.last_mut() {
        last.0 = last.0.min(script.end);
    }
    Course { given, end: script.end }
}

#[test]
fn a_burst_comes_to_its_last_item() {
    scripts(0..30, |script, duration| {
        let ours = ours(script, |items, clock| items.debounce_on(clock, millis(duration)), |item| item);
        same(&ours, &last_of_each(script, |at| at + duration, |due, at| at <= due));
    });
}

#[test]
fn a_tick_comes_to_the_latest_item() {
    scripts(1..30, |script, period| {
        let ours = ours(script, |items, clock| items.sample_on(clock, millis(period)), |item| item);
        let tick = |at: u64| at.div_ceil(period).max(1) * period;
        same(&ours, &last_of_each(script, tick, |due, at| tick(at) == due));
    });
}

/// The difference that is meant: how long nobody asks counts there only.
#[test]
fn a_source_that_nobody_asked_is_late_there_only() {
    let time = VirtualClock::manual();
    let mut ours = Run::new(&Script::new(vec![0], 90), |items| items.timeout_on(time.clock(), millis(5)), Result::ok);
    assert!(!ours.at(0));
    ours.control.give(1);
    assert_eq!(ours.task.poll_next(), Poll::Ready(Some(Ok(1))));
    time.advance(millis(50));
    assert!(ours.task.poll_next().is_pending());
    time.advance(millis(5));
    assert!(matches!(ours.task.poll_next(), Poll::Ready(Some(Err(_)))));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut theirs =
            Run::new(&Script::new(vec![0], 90), |items| tokio_stream::StreamExt::timeout(items, millis(5)), Result::ok);
        assert!(!theirs.at(0));
        theirs.control.give(1);
        assert_eq!(theirs.task.poll_next(), Poll::Ready(Some(Ok(1))));
        tokio::time::advance(millis(50)).await;
        assert!(matches!(theirs.task.poll_next(), Poll::Ready(Some(Err(_)))));
    });
}
