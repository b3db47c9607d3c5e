//! Law 2: no foreign code under a lock.
//!
//! The wakers here call into the object that their future waits for, whenever they are woken, cloned or dropped; and so do
//! children when they are polled and dropped, values when they are dropped, and closures. Where one of that happens under
//! a lock of the object, the test hangs, and the watchdog names the future.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use anywhen::retry::retry;
use anywhen::sync::Mutex;
use anywhen::task::{AbortHandle, JoinHandle, spawn_on};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent};
use anywhen::time::{Duration, Timer, VirtualClock};

use crate::arena::{self, Arena, Meddling};
use crate::registry::{self, ByHand};
use crate::stage::{Entry, Planted, Stage, Verdict, judge, panic_of, report, watched};
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

/// The child calls in, whatever becomes of it.
fn law_of_children(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let Some(child) = stage.child.clone() else { return Verdict::Done };
    child.hook(Arc::clone(&stage.touch));
    let waker = Waker::noop();
    let _poll = stage.poll(waker);
    match (variant, &mut stage.blow) {
        (1, _) => stage.release(),
        (2, Some(blow)) => blow(),
        _ => {}
    }
    if variant > 0 {
        let _panic = panic_of(|| {
            let _poll = stage.poll(waker);
        });
    }
    stage.finish();
    Verdict::after(variant, 3)
}

#[test]
fn a_child_may_call_into_what_its_future_waits_for() {
    judge(&registry::all(), law_of_children);
}

/// A value that calls in when it is dropped.
struct Meddler(Arc<dyn Fn() + Send + Sync>);

impl Drop for Meddler {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Tries a scenario in which values and closures call `touch`, and wants it called.
fn tried(name: &str, scenario: fn(Arc<dyn Fn() + Send + Sync>)) -> Result<(), String> {
    watched(name, move |_| {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        scenario(Arc::new(move || {
            counted.fetch_add(1, SeqCst);
        }));
        assert!(calls.load(SeqCst) > 0, "nobody called");
    })
}

/// A task that gives a value which calls into the task itself.
fn output_of_a_task(called: Arc<dyn Fn() + Send + Sync>) -> (ByHand, JoinHandle<Meddler>) {
    let (rt, abort) = (ByHand::default(), Arc::new(OnceLock::<AbortHandle>::new()));
    let its_own = Arc::clone(&abort);
    let touch: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
        called();
        if let Some(abort) = its_own.get() {
            abort.abort();
            drop((abort.is_finished(), abort.clone()));
        }
    });
    let handle = spawn_on(&rt, async move { Meddler(touch) });
    abort.set(handle.abort_handle()).unwrap();
    (rt, handle)
}

#[test]
fn values_and_closures_may_call_into_what_they_are_given_to() {
    report(
        [
            tried("the output of a task, dropped with its handle", |called| {
                let (rt, handle) = output_of_a_task(called);
                rt.run();
                drop(handle);
            }),
            tried("the output of a task, dropped by the task", |called| {
                let (rt, handle) = output_of_a_task(called);
                drop(handle);
                rt.run();
            }),
            tried("the output of a task, taken", |called| {
                let (rt, mut handle) = output_of_a_task(called);
                rt.run();
                drop(Pin::new(&mut handle).poll(&mut Context::from_waker(Waker::noop())));
            }),
            tried("a value in a mutex", |called| {
                let mutex = Arc::new(Mutex::new(None));
                let touched = Arc::downgrade(&mutex);
                let touch = move || {
                    called();
                    if let Some(mutex) = touched.upgrade() {
                        drop(mutex.try_lock());
                        let mut lock = Box::pin(mutex.lock());
                        let _poll = lock.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    }
                };
                *mutex.try_lock().unwrap() = Some(Meddler(Arc::new(touch)));
                *mutex.try_lock().unwrap() = None;
            }),
            tried("what is added to a retry", |called| {
                let time = VirtualClock::new();
                let clock = time.clone();
                let touch: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
                    called();
                    let mut sleep = Box::pin(clock.clock().sleep(Duration::from_secs(1)));
                    let _poll = sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    clock.advance(Duration::ZERO);
                });
                let [op, when, result, delay, event, backoff] = [(); 6].map(|()| Arc::clone(&touch));
                let delays = std::iter::repeat(Duration::from_secs(1)).inspect(move |_| backoff());
                let retry = retry(move || {
                    let meddler = Meddler(Arc::clone(&op));
                    async move { Err::<(), _>(meddler) }
                });
                let retry = retry.on(time.clock()).max_attempts(3).backoff(delays);
                let retry = retry.when_result(move |_| {
                    result();
                    true
                });
                let retry = retry.when(move |_| {
                    when();
                    true
                });
                let retry = retry.delay_from(move |_| {
                    delay();
                    None
                });
                let mut task = TestTask::new(retry.on_retry(move |_| event()));
                while task.poll().is_pending() {
                    time.advance(Duration::from_secs(1));
                }
            }),
        ]
        .into_iter(),
    );
}

#[test]
fn a_value_that_is_dropped_under_a_lock_is_caught() {
    let drops_under_its_lock: Entry = |body| {
        let stored = Arc::new(Mutex::new(()));
        let touched = Arc::clone(&stored);
        let stage = Stage::over(|leaf| {
            let mut leaf = Some(Box::pin(leaf));
            Planted::new(poll_fn(move |cx| {
                let held = stored.try_lock();
                let poll = leaf.as_mut().expect("polled after its end").as_mut().poll(cx);
                drop(held);
                poll
            }))
        });
        body(stage.touch(move || assert!(touched.try_lock().is_ok(), "locked")));
    };
    let message = panic_of(|| judge(&[drops_under_its_lock], law_of_children)).expect("should be caught");
    assert!(message.contains("locked"), "{message}");
}

#[test]
fn a_waker_that_is_cloned_under_a_lock_is_caught() {
    let clones_under_its_lock: Entry = |body| {
        let (stored, open) = (Arc::new(std::sync::Mutex::new(None::<Waker>)), Cell::new(false));
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
    arena::judge(&registry::primitives(), law_of_crowds);
}

#[test]
fn a_primitive_that_touches_wakers_under_its_lock_is_caught() {
    let faults = [Fault::WakesUnderItsLock, Fault::ClonesUnderItsLock, Fault::DropsUnderItsLock];
    toy::assert_caught(law_of_crowds, &faults.map(|fault| (fault, "called back under the lock")));
}
