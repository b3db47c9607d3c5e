//! Sleeps on the system's clock that are put off, have slack, or are many; and slack in virtual time, where it can be counted.
//!
//! `ANYWHEN_ITERATIONS` says how many sleeps are checked for not being early, and `ANYWHEN_SECONDS` how long each soak goes on.

#![cfg(feature = "testing")]

#[path = "support/dice.rs"]
mod dice;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use anywhen::future::join_all;
use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::testing::{CountingWaker, TestTask};
use anywhen::time::{self, Clock, Duration, Instant, Sleep, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready};

use dice::Dice;

const MILLI: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |number| number.parse().expect("a number"))
}

/// Lets time come to one deadline after another; says at which instants those of `sleeps` were over that had not been before.
fn ends(clock: &VirtualClock, sleeps: &mut [TestTask<Sleep>]) -> Vec<(Instant, Vec<usize>)> {
    sleeps.iter_mut().for_each(|sleep| assert_pending!(sleep.poll()));
    let mut ends = Vec::new();
    let mut waiting: Vec<_> = (0..sleeps.len()).collect();
    while clock.advance_to_next() {
        let (over, rest) =
            waiting.into_iter().partition(|&n: &usize| sleeps[n].is_woken() && sleeps[n].poll().is_ready());
        waiting = rest;
        ends.push((clock.now(), over));
    }
    assert!(waiting.is_empty());
    ends
}

#[test]
fn sleeps_with_slack_share_their_ends_and_are_never_early() {
    let mut dice = Dice::new(1);
    let slacks = [Duration::ZERO, MILLI, 10 * MILLI, 100 * MILLI];
    let ends = slacks.map(|slack| {
        let clock = VirtualClock::new();
        let roughly = clock.clock().with_slack(slack);
        assert_eq!(roughly.slack(), slack);
        let durations: Vec<_> = (0..1000).map(|_| Duration::from_nanos(1 + dice.below(1_000_000_000))).collect();
        let start = clock.now();
        let mut sleeps: Vec<_> = durations.iter().map(|&duration| TestTask::new(roughly.sleep(duration))).collect();
        for (sleep, &duration) in sleeps.iter().zip(&durations) {
            assert_eq!(sleep.future().deadline(), start + duration, "what was asked for");
        }
        let ends = ends(&clock, &mut sleeps);
        for (end, over) in &ends {
            assert!(!over.is_empty(), "time stops only for a reason");
            for &n in over {
                let late = *end - (start + durations[n]);
                assert!(*end >= start + durations[n] && late <= slack, "late by {late:?}");
            }
        }
        ends.len()
    });
    // Of the instants that may be chosen, no two are closer than half of the slack.
    let most = [1000, 1000, 201, 21];
    assert!(ends.iter().zip(most).all(|(&ends, most)| ends <= most) && ends[0] > 990, "{ends:?}");
}

#[test]
fn a_sleep_that_is_reset_keeps_its_slack() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut sleep = TestTask::new(clock.clock().with_slack(MILLI).sleep(HOUR));
    let nano = Duration::from_nanos(1);
    for asked in [MILLI + nano, 2 * MILLI + nano, MILLI + nano] {
        sleep.future_mut().reset(start + asked);
        assert_eq!(sleep.future().deadline(), start + asked);
        assert_pending!(sleep.poll());
    }
    clock.advance(MILLI + nano);
    assert!(!sleep.is_woken(), "it has chosen a rounder one");
    assert_ready!({
        clock.advance(MILLI);
        assert!(sleep.is_woken());
        sleep.poll()
    });
}

#[test]
fn slack_goes_with_the_scope_and_its_tasks() {
    let roughly = Clock::system().with_slack(MILLI);
    assert_eq!(Clock::default().slack(), Duration::ZERO);
    Std.block_on(roughly.scope(async {
        assert_eq!((Clock::default().slack(), Clock::current().slack()), (MILLI, MILLI));
        assert_eq!(anywhen::task::spawn(async { Clock::current().slack() }).await.unwrap(), MILLI);
        assert_eq!(Clock::default().with_slack(2 * MILLI).slack(), 2 * MILLI, "the larger of the two");
        assert_eq!(Clock::default().with_slack(Duration::ZERO).slack(), MILLI);
        assert_eq!(Clock::current().with_slack(Duration::ZERO).slack(), Duration::ZERO);
    }));
    assert_eq!(format!("{roughly:?}"), "Clock(system, slack 1ms)");
    assert_eq!(Clock::system().with_slack(Duration::MAX).slack(), Duration::from_nanos(u32::MAX.into()));
}

#[test]
fn a_sleep_with_slack_may_be_infinite_or_long_over() {
    for clock in [Clock::system(), VirtualClock::new().clock()] {
        let roughly = clock.with_slack(HOUR);
        let mut never = TestTask::new(roughly.sleep(Duration::MAX));
        assert_pending!(never.poll());
        assert!(never.future().deadline().is_never());
        assert_ready!(TestTask::new(roughly.sleep(Duration::ZERO)).poll());
        assert_ready!(TestTask::new(roughly.sleep_until(Instant::from_nanos(0))).poll());
        assert_ready!(TestTask::new(roughly.sleep_until(roughly.now())).poll());
    }
}

/// Waits for the driver's thread, or for nothing for ever.
fn wait_for_wake(sleep: &TestTask<Sleep>) {
    let began = Instant::now();
    while !sleep.is_woken() {
        assert!(began.elapsed() < 60 * 1000 * MILLI, "nobody has woken it");
        thread::yield_now();
    }
}

#[test]
fn a_sleep_that_is_put_off_again_and_again_wakes_its_task_once_at_the_last_deadline() {
    let mut sleep = TestTask::new(time::sleep(2 * MILLI));
    assert_pending!(sleep.poll());
    let start = Instant::now();
    for n in 0..20_u32 {
        sleep.future_mut().reset(start + (10 + n) * MILLI);
    }
    wait_for_wake(&sleep);
    assert!(start.elapsed() >= 29 * MILLI);
    assert_ready!(sleep.poll());
    assert_eq!(sleep.count().wakes(), 1);
}

#[test]
fn a_sleep_that_was_put_off_can_be_reset_to_an_earlier_deadline_or_dropped() {
    let mut sleep = TestTask::new(time::sleep(HOUR));
    assert_pending!(sleep.poll());
    sleep.future_mut().reset(Instant::now() + 2 * HOUR);
    let earlier = Instant::now() + MILLI;
    sleep.future_mut().reset(earlier);
    wait_for_wake(&sleep);
    assert!(Instant::now() >= earlier);
    assert_ready!(sleep.poll());

    let waker = CountingWaker::new();
    let mut dropped = Box::pin(time::sleep(HOUR));
    assert!(dropped.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    for deadline in [Instant::now() + 2 * HOUR, Instant::FAR_FUTURE] {
        dropped.as_mut().reset(deadline);
        assert_eq!(dropped.deadline(), deadline);
    }
    drop(dropped);
    assert_eq!((waker.live(), waker.wakes()), (0, 0));
}

#[test]
fn no_sleep_is_early() {
    const TASKS: u64 = 1000;
    let each = from_env("ANYWHEN_ITERATIONS", 3000).div_ceil(TASKS);
    let done = AtomicU64::new(0);
    let task = |n| {
        let (mut dice, done) = (Dice::new(n), &done);
        async move {
            for _ in 0..each {
                let clock = Clock::system().with_slack(Duration::from_micros(dice.below(3) * 100));
                let duration = Duration::from_nanos(dice.below(2_000_000));
                let began = std::time::Instant::now();
                let mut sleep = Box::pin(clock.sleep(duration));
                let mut asked = duration;
                if dice.chance(30) {
                    // Perhaps after it has begun to wait.
                    let later = Duration::from_nanos(dice.below(2_000_000));
                    if dice.chance(70) {
                        assert!(TestTask::new(sleep.as_mut()).poll().is_pending() || began.elapsed() >= duration);
                    }
                    let deadline = sleep.deadline() - duration + later;
                    sleep.as_mut().reset(deadline);
                    asked = later;
                }
                sleep.await;
                assert!(began.elapsed() >= asked, "{:?} early", asked - began.elapsed());
                done.fetch_add(1, SeqCst);
            }
        }
    };
    let half = |which: u64| join_all((0..TASKS / 2).map(move |n| 2 * n + which).map(task));
    // One half is served by the thread, the other by the one who waits for it, and both at the same time.
    thread::scope(|scope| {
        scope.spawn(|| futures_lite::future::block_on(half(0)));
        Std.block_on(half(1));
    });
    assert_eq!(done.load(SeqCst), TASKS * each);
}

/// What a thread of the soak has in a place.
struct Held {
    sleep: Pin<Box<Sleep>>,
    waker: CountingWaker,
}

impl Held {
    fn new(sleep: Sleep) -> Self {
        Self { sleep: Box::pin(sleep), waker: CountingWaker::new() }
    }

    fn poll(&mut self) -> bool {
        self.sleep.as_mut().poll(&mut Context::from_waker(&self.waker.waker())).is_ready()
    }
}

#[test]
fn threads_that_set_and_reset_and_drop_lose_nothing_and_are_served() {
    const PLACES: usize = 64;
    // On a machine with a hundred other things to do.
    const PATIENCE: Duration = Duration::from_secs(20);
    let over = Instant::now() + Duration::from_secs(from_env("ANYWHEN_SECONDS", 0)) + 200 * MILLI;
    let (ended, steps) = (AtomicU64::new(0), AtomicU64::new(0));
    let duration = |dice: &mut Dice| match dice.below(4) {
        0 => Duration::from_nanos(dice.below(1000)),
        1 => Duration::from_nanos(dice.below(200_000)),
        2 => Duration::from_nanos(dice.below(20_000_000)),
        _ => HOUR + Duration::from_nanos(dice.below(1 << 40)),
    };
    let act = |seed| {
        let mut dice = Dice::new(seed);
        let mut places: [Option<Held>; PLACES] = [const { None }; PLACES];
        while Instant::now() < over {
            steps.fetch_add(1, SeqCst);
            let place = &mut places[dice.below(PLACES as u64) as usize];
            let now = Instant::now();
            let Some(held) = place else {
                let clock = Clock::system().with_slack(Duration::from_micros(dice.below(2) * 50));
                let mut held = Held::new(clock.sleep(duration(&mut dice)));
                held.poll();
                *place = Some(held);
                continue;
            };
            let deadline = held.sleep.deadline();
            match dice.below(8) {
                0 | 1 => held.sleep.as_mut().reset(deadline + duration(&mut dice)),
                2 => held.sleep.as_mut().reset(now + duration(&mut dice)),
                3 => held.waker = CountingWaker::new(),
                4 => {
                    let Held { sleep, waker } = place.take().unwrap();
                    drop(sleep);
                    // The driver may be about to wake it, and have it for a moment longer.
                    while waker.live() > 0 {
                        thread::yield_now();
                    }
                }
                _ => {}
            }
            if let Some(held) = place {
                let deadline = held.sleep.deadline();
                if held.poll() {
                    assert!(Instant::now() >= deadline, "early");
                    ended.fetch_add(1, SeqCst);
                    *place = None;
                } else {
                    assert!(now < deadline.saturating_add(PATIENCE), "it is over, and nobody has noticed");
                }
            }
        }
    };
    thread::scope(|scope| (1..=4).for_each(|seed| drop(scope.spawn(move || act(seed)))));
    eprintln!("{} steps, {} sleeps to their end", steps.load(SeqCst), ended.load(SeqCst));
    assert!(ended.load(SeqCst) > 0);
}

/// A waker that waits for a timer itself, by a `block_on` within the wake.
struct Blocks {
    within: Mutex<Option<Sleep>>,
    caller: Thread,
}

impl Wake for Blocks {
    fn wake(self: Arc<Self>) {
        let within = self.within.lock().unwrap().take();
        within.into_iter().for_each(|sleep| Std.block_on(sleep));
        self.caller.unpark();
    }
}

/// What a thread does in a turn of the soak below.
fn turn(dice: &mut Dice, depth: u32) {
    let sleep = time::sleep(Duration::from_nanos(dice.below(2_000_000)));
    let deadline = sleep.deadline();
    match dice.below(6) {
        0 => Std.block_on(sleep),
        // Somebody else drives.
        1 => futures_lite::future::block_on(sleep),
        // One within another, which waits for a timer of its own meanwhile.
        2 if depth < 3 => {
            let mut sleep = pin!(sleep);
            let begun = poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx).is_ready()));
            Std.block_on(async {
                begun.await;
                turn(dice, depth + 1);
            });
            Std.block_on(sleep);
        }
        // Within a wake, whoever makes that.
        3 => {
            let within = Mutex::new(Some(time::sleep(Duration::from_nanos(dice.below(1_000_000)))));
            let waker = Waker::from(Arc::new(Blocks { within, caller: thread::current() }));
            let mut sleep = pin!(sleep);
            while sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                thread::park();
            }
        }
        // It never parks.
        4 => {
            let mut sleep = pin!(sleep);
            Std.block_on(poll_fn(|cx| {
                cx.waker().wake_by_ref();
                sleep.as_mut().poll(cx)
            }));
        }
        // It ends in a panic, and leaves another timer behind.
        _ => {
            let fails = sleep.map(|()| std::panic::resume_unwind(Box::new(())));
            let both = (fails, time::sleep(HOUR)).race();
            assert!(catch_unwind(AssertUnwindSafe(|| Std.block_on(both))).is_err());
        }
    }
    assert!(Instant::now() >= deadline, "early");
}

#[test]
fn block_ons_that_nest_and_panic_and_run_within_wakes_are_all_served() {
    let length = Duration::from_secs(from_env("ANYWHEN_SECONDS", 0)) + 200 * MILLI;
    let over = Instant::now() + length;
    let (done, is_done) = std::sync::mpsc::channel();
    for seed in 1..=4 {
        let done = done.clone();
        thread::spawn(move || {
            let (mut dice, mut turns) = (Dice::new(seed), 0_u64);
            while Instant::now() < over {
                turn(&mut dice, 0);
                turns += 1;
            }
            done.send(turns).unwrap();
        });
    }
    // On a machine with a hundred other things to do.
    let turns =
        || is_done.recv_timeout(length + Duration::from_secs(60)).expect("somebody waits for ever, or has failed");
    eprintln!("{} turns", (0..4).map(|_| turns()).sum::<u64>());
}
