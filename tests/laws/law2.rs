//! Law 2: no foreign code under a lock.
//!
//! The wakers here call into the object that their future waits for, whenever they are woken, cloned or dropped. Where
//! one of that happens under a lock of the object, the test hangs, and the watchdog names the future.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use anywhen::testing::{CountingWaker, WakerEvent};

use crate::arena::{self, Arena, Meddling};
use crate::registry;
use crate::stage::{Entry, Planted, Stage, Verdict, judge, panic_of};
use crate::toy::{self, Fault};

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let event = WakerEvent::ALL[variant / 3];
    let reentrant = || -> (CountingWaker, Waker) {
        let touch = Arc::clone(&stage.touch);
        let count = CountingWaker::hooked(move |happened| {
            if happened == event {
                touch();
            }
        });
        let waker = count.waker();
        (count, waker)
    };
    let (first, second) = (reentrant(), reentrant());

    // The touch may be what the future waits for, so whether a poll is pending is not asserted.
    let mut ready = stage.poll(&first.1).is_ready();
    if variant % 3 > 0 && !ready {
        ready = stage.poll(&second.1).is_ready();
    }
    if variant % 3 > 1 {
        stage.release();
        for _ in 0..10 {
            ready = ready || stage.poll(&first.1).is_ready();
        }
        assert!(ready, "released, and still pending after ten polls");
    }
    stage.finish();
    Verdict::after(variant, 3 * WakerEvent::ALL.len())
}

#[test]
fn a_waker_may_call_into_what_its_future_waits_for() {
    judge(&registry::all(), law);
}

#[test]
fn a_waker_that_is_cloned_under_a_lock_is_caught() {
    let clones_under_its_lock: Entry = |body| {
        let (stored, open) = (Arc::new(Mutex::new(None::<Waker>)), Cell::new(false));
        let future = poll_fn(|cx| {
            let mut stored = stored.lock().unwrap();
            *stored = Some(cx.waker().clone());
            if open.get() { Poll::Ready(()) } else { Poll::Pending }
        });
        let touched = Arc::clone(&stored);
        // It looks whether it would hang, and does not.
        let touch = move || assert!(touched.try_lock().is_ok(), "locked");
        body(Stage::new(Planted::new(future), || open.set(true)).touch(touch));
    };
    let message = panic_of(|| judge(&[clones_under_its_lock], law)).expect("should be caught");
    assert!(message.contains("locked"), "{message}");
}

/// Each waker calls back in each way, among others that wait.
fn law_of_crowds(make: &dyn Fn() -> Arena) {
    for event in WakerEvent::ALL {
        for meddling in Meddling::ALL {
            for who in make().positions() {
                // Whether everybody is woken first, and polled then.
                for all_first in [false, true] {
                    meddle(make(), who, event, meddling, all_first);
                }
            }
        }
    }
}

fn meddle(mut arena: Arena, who: usize, event: WakerEvent, meddling: Meddling, all_first: bool) {
    let meddler = arena.meddler();
    let reentrant = || {
        let meddler = meddler.clone();
        CountingWaker::hooked(move |happened| {
            if happened == event {
                meddler.meddle(meddling);
            }
        })
    };
    arena.give_wakers(who, [reentrant(), reentrant()]);
    arena.poll_all();
    arena.poll_with_another_waker(who);
    while arena.let_go() {
        if !all_first {
            arena.serve();
        }
    }
    arena.finish();
}

#[test]
fn a_waker_may_call_into_a_primitive_and_those_that_wait_for_it() {
    arena::judge(registry::primitives(), law_of_crowds);
}

#[test]
fn a_primitive_that_touches_wakers_under_its_lock_is_caught() {
    let faults = [Fault::WakesUnderItsLock, Fault::ClonesUnderItsLock, Fault::DropsUnderItsLock];
    toy::assert_caught(law_of_crowds, &faults.map(|fault| (fault, "called back under the lock")));
}
