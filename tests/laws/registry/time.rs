//! Futures that wait for time. It is virtual and moves when the stage is released; a waker that calls back reads it, moves
//! it by nothing, and makes and cancels sleeps of its own.

use std::future::pending;
use std::task::{Context, Waker};

use anywhen::time::{Clock, Duration, Interval, Sleep, Timer, VirtualClock, interval_on, timeout_at_on, timeout_on};

use crate::stage::{After, Entry, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    sleep,
    sleep_that_was_reset,
    sleep_beside_others,
    timeout_that_is_up,
    timeout_at_that_is_up,
    timeout_of_a_child,
    tick,
    scope_of_a_child,
    scope_of_a_child_in_virtual_time,
    scope_of_a_sleep,
    run_for,
    run_for_a_sleeper,
];

const PERIOD: Duration = Duration::from_millis(10);

/// Moves time past the period, once.
fn let_it_pass(time: &VirtualClock) -> impl FnMut() + use<> {
    let mut time = Some(time.clone());
    move || {
        if let Some(time) = time.take() {
            time.advance(PERIOD * 3);
        }
    }
}

/// Calls into the clock as a task of its own would.
pub(super) fn touch(time: &VirtualClock) -> impl Fn() + Send + Sync + use<> {
    let time = time.clone();
    move || {
        let clock = time.clock();
        for far in [PERIOD / 2, PERIOD, PERIOD * 1000] {
            let mut sleep = Box::pin(clock.sleep_until(clock.now() + far));
            for _ in 0..2 {
                let _poll = sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
            sleep.as_mut().reset(clock.now() + far);
            let _poll = sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        time.advance(Duration::ZERO);
        drop(time.hold());
    }
}

/// Nothing is left behind that time would have to move for.
pub(super) fn is_idle(time: &VirtualClock) -> impl FnMut() + use<> {
    let time = time.clone();
    move || assert!(!time.advance_to_next(), "a timer was left behind")
}

fn sleep(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let make = || time.clock().sleep_until(time.now() + PERIOD);
    let stage = Stage::made(make, let_it_pass(&time)).after(After::Stays);
    body(stage.touch(touch(&time)).check(is_idle(&time)));
}

fn sleep_that_was_reset(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let mut sleep = Box::pin(time.clock().sleep_until(time.now() + PERIOD / 2));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    Clock::reset(sleep.as_mut(), time.now() + PERIOD);
    let stage = Stage::new(sleep, let_it_pass(&time)).named::<Sleep>().after(After::Stays);
    body(stage.touch(touch(&time)).check(is_idle(&time)));
}

/// One that is due sooner, one at the same time, one later.
fn sleep_beside_others(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let others = [PERIOD / 2, PERIOD, PERIOD * 2].map(|far| {
        let mut other = Box::pin(time.clock().sleep_until(time.now() + far));
        assert!(other.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        other
    });
    let make = || time.clock().sleep_until(time.now() + PERIOD);
    let mut idle = is_idle(&time);
    let check = move || {
        assert!(others.iter().all(|other| other.is_elapsed()), "another sleep missed its time");
        idle();
    };
    let stage = Stage::made(make, let_it_pass(&time)).after(After::Stays);
    body(stage.touch(touch(&time)).check(check));
}

fn timeout_that_is_up(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let make = || timeout_on(time.clock(), PERIOD, pending::<()>());
    body(Stage::made(make, let_it_pass(&time)).touch(touch(&time)).check(is_idle(&time)));
}

fn timeout_at_that_is_up(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let make = || timeout_at_on(time.clock(), time.now() + PERIOD, pending::<()>());
    body(Stage::made(make, let_it_pass(&time)).touch(touch(&time)).check(is_idle(&time)));
}

fn timeout_of_a_child(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    body(Stage::over(|leaf| timeout_on(time.clock(), PERIOD, leaf)).touch(touch(&time)));
}

fn tick(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let mut interval: Interval = interval_on(time.clock(), PERIOD);
    assert!(interval.poll_tick(&mut Context::from_waker(Waker::noop())).is_ready());
    // The interval outlives its tick, and so does its timer.
    body(Stage::made(|| interval.tick(), let_it_pass(&time)).touch(touch(&time)));
}

fn scope_of_a_child(body: &mut dyn FnMut(Stage<'_>)) {
    body(Stage::over(|leaf| Clock::system().scope(leaf)));
}

fn scope_of_a_child_in_virtual_time(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    body(Stage::over(|leaf| time.scope(leaf)).costs(1).touch(touch(&time)).check(is_idle(&time)));
}

/// With time held, or it would go on by itself in the first poll.
fn scope_of_a_sleep(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::new();
    let hold = time.hold();
    let make = || time.scope(time.clock().sleep_until(time.now() + PERIOD));
    body(Stage::made(make, let_it_pass(&time)).costs(1).touch(touch(&time)).check(is_idle(&time)));
    drop(hold);
}

fn run_for(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::manual();
    // The foreign thread that it waits for.
    let mut hold = Some(time.hold());
    let stage = Stage::made(|| time.run_for(PERIOD), move || drop(hold.take()));
    // The clock's list grows, for it is the first.
    body(stage.costs(1).touch(touch(&time)).check(is_idle(&time)));
}

/// It waits for a scope that has something to do, and others wait for the same.
fn run_for_a_sleeper(body: &mut dyn FnMut(Stage<'_>)) {
    let time = VirtualClock::manual();
    let mut busy = Some(Box::pin(time.scope(pending::<()>())));
    let mut others = [PERIOD / 2, PERIOD, PERIOD * 4].map(|far| Box::pin(time.run_for(far)));
    for other in &mut others {
        assert!(other.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    body(Stage::made(|| time.run_for(PERIOD * 3), move || drop(busy.take())).touch(touch(&time)).check(is_idle(&time)));
}
