//! Law 8: panics leave things whole. A waker that panics when it is woken, cloned or dropped costs its own future at
//! most: what the future waits for can be used afterwards, and no waker is leaked. The same goes for a value in a lock.
//! What becomes of the panics of children and closures is in `foreign`.

mod foreign;

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use anywhen::sync::{BoundedMutex, Mutex};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent};

use crate::arena::{self, Arena};
use crate::registry;
use crate::stage::{Entry, Planted, Stage, Verdict, judge, panic_of};
use crate::toy::{self, Fault};

fn law(mut stage: Stage<'_>, variant: usize) -> Verdict {
    let event = WakerEvent::ALL[variant / 2];
    let count = CountingWaker::panicking(event);
    let other = CountingWaker::new();
    let (waker, calm) = (count.waker(), other.waker());
    let _panic = panic_of(|| {
        let _poll = stage.poll(&waker);
    });
    if variant % 2 == 0 {
        // Where the waker's drop panics, this is the place.
        let _panic = panic_of(|| {
            let _poll = stage.poll(&calm);
        });
    }
    let _panic = panic_of(|| stage.release());
    let _panic = panic_of(|| stage.future = None);
    count.disarm();
    let most = 1 + usize::from(stage.lends_waker);
    stage.finish();
    assert!(count.live() <= most, "a waker that panics at its {event:?} was leaked");
    assert!(other.live() <= most, "a waker beside one that panics at its {event:?} was leaked");
    Verdict::after(variant, 2 * WakerEvent::ALL.len())
}

#[test]
fn a_waker_that_panics_leaves_things_whole() {
    judge(&registry::all(), law);
}

#[test]
fn a_panic_that_leaves_something_half_done_is_caught() {
    let forgets: Entry = |body| {
        let busy = Cell::new(false);
        let future = poll_fn(|cx| {
            busy.set(true);
            drop(cx.waker().clone());
            busy.set(false);
            Poll::<()>::Pending
        });
        let check = || assert!(!busy.get(), "busy for ever");
        body(Stage::new(Planted::new(future), || ()).check(check));
    };
    let message = panic_of(|| judge(&[forgets], law)).expect("should be caught");
    assert!(message.contains("busy for ever"), "{message}");
}

/// The waker of one panics: all others are served, and so is that one if it was not its own poll that panicked.
fn law_of_crowds(make: &dyn Fn() -> Arena) {
    for event in WakerEvent::ALL {
        for who in make().positions() {
            for (changes, leaves) in [(false, false), (true, false), (false, true)] {
                panic_at(make(), who, event, changes, leaves);
            }
        }
    }
}

/// The waiter may change its waker before it is served, and may leave instead of being served.
fn panic_at(mut arena: Arena, who: usize, event: WakerEvent, changes: bool, leaves: bool) {
    let counts = [(); 2].map(|()| CountingWaker::panicking(event));
    arena.give_wakers(who, counts.clone());
    arena.tolerant = true;
    for each in 0..arena.crowd() {
        if arena.poll(each).is_some() {
            assert_eq!(each, who, "the panic came out in another's poll");
            // Whoever owns a future that panics drops it.
            arena.leave(each);
        }
    }
    if (changes && arena.poll_with_another_waker(who).is_some()) || leaves {
        arena.leave(who);
    }
    // Bounded, for what always panics has always more.
    for _ in 0..=arena.crowd() * 6 {
        if !arena.let_go() {
            break;
        }
        arena.serve();
    }
    counts.iter().for_each(CountingWaker::disarm);
    arena.tolerant = false;
    arena.finish();
}

#[test]
fn a_waker_that_panics_costs_nobody_else_that_waits() {
    arena::judge(&registry::primitives(), law_of_crowds);
}

#[test]
fn a_primitive_that_is_stopped_by_a_panic_is_caught() {
    toy::assert_caught(
        law_of_crowds,
        &[(Fault::StopsAtAPanic, "was never served"), (Fault::QueuesBeforeItClones, "a permit is lost")],
    );
}

/// A value whose drop panics, and the number of those that were dropped.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        if !std::thread::panicking() {
            panic!("a value that panics");
        }
    }
}

#[test]
fn a_guarded_value_that_panics_costs_nobody_who_waits_for_it() {
    const CROWD: usize = 40;
    let drops = Arc::new(AtomicUsize::new(0));
    let bomb = || Bomb(Arc::clone(&drops));
    let mutex = Arc::new(Mutex::new(bomb()));
    let bounded = Arc::new(BoundedMutex::new(bomb(), CROWD));
    let (held, held_too) = (mutex.try_lock().unwrap(), bounded.try_lock().unwrap());
    // Whoever has the lock replaces the value, which panics, and holds the lock while it unwinds.
    let task = |number| {
        let (mutex, bounded, new) = (Arc::clone(&mutex), Arc::clone(&bounded), bomb());
        TestTask::new(async move {
            match number % 4 {
                0 => *mutex.lock().await = new,
                1 => *mutex.lock_owned().await = new,
                2 => *bounded.lock().await.unwrap() = new,
                _ => *bounded.lock_owned().await.unwrap() = new,
            }
        })
    };
    let mut tasks: Vec<_> = (0..CROWD).map(task).collect();
    tasks.iter_mut().for_each(|task| assert!(task.poll().is_pending()));
    drop((held, held_too));
    for (number, task) in tasks.iter_mut().enumerate() {
        assert_eq!(task.wakes(), 1, "task {number}");
        let message = panic_of(|| assert!(task.poll().is_ready()));
        assert_eq!(message.as_deref(), Some("a value that panics"), "task {number}");
    }
    assert_eq!(drops.load(SeqCst), CROWD);
    drop(tasks);

    // The last to go takes the value along, and the lock is given back first.
    let guard = Arc::clone(&mutex).try_lock_owned().expect("given back");
    drop(mutex);
    assert!(panic_of(|| drop(guard)).is_some());
    assert!(panic_of(|| drop(bounded)).is_some());
    assert_eq!(Arc::strong_count(&drops), 1, "a value is leaked");
}
