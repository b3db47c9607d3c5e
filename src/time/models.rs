//! loom models: a sleep and who fires it, scopes and when time goes on. On virtual clocks; the system's wheel is under the same
//! kind of lock, and a sleep does not know the difference.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use core::task::{Context, Poll, Waker};

use loom::thread;

use super::scope::Task;
use super::{Duration, Instant, Sleep, Timer, VirtualClock};
use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
use crate::internal::shim::model;

const PREEMPTIONS: usize = 3;
const NANO: Duration = Duration::from_nanos(1);

/// A task: who polls in it is woken here. Not modelled: it orders nothing.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Count {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }

    fn poll<F: Future>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Arc::clone(self).into()))
    }
}

/// A clock, its time, and a sleep until a nanosecond after that.
fn clock_and_sleep() -> (VirtualClock, Instant, Pin<Box<Sleep>>) {
    let clock = VirtualClock::new();
    let start = clock.now();
    let sleep = Box::pin(clock.clock().sleep_until(start + NANO));
    (clock, start, sleep)
}

/// Has another thread bring time to where the sleep ends.
fn fires(clock: &VirtualClock) -> thread::JoinHandle<()> {
    let clock = clock.clone();
    thread::spawn(move || clock.advance(NANO))
}

#[test]
fn a_sleep_that_is_registered_while_time_comes_is_ready_or_woken() {
    model("sleep: register against fire", PREEMPTIONS, || {
        let (clock, _, mut sleep) = clock_and_sleep();
        let other = fires(&clock);
        let count = Count::new();
        let poll = count.poll(sleep.as_mut());
        other.join().unwrap();
        assert_eq!(count.wakes(), usize::from(poll.is_pending()));
        assert!(count.poll(sleep.as_mut()).is_ready());
        assert_eq!(Arc::strong_count(&count), 1);
    });
}

#[test]
fn a_sleep_that_is_dropped_while_it_fires_is_left_alone() {
    // Three: more than a batch, so that the lock is released in the middle.
    model("sleep: drop against fire", PREEMPTIONS, || {
        let clock = VirtualClock::new();
        let count = Count::new();
        let mut sleeps: Vec<_> = (0..3).map(|_| Box::pin(clock.clock().sleep_until(clock.now() + NANO))).collect();
        for sleep in &mut sleeps {
            assert!(count.poll(sleep.as_mut()).is_pending());
        }
        let other = fires(&clock);
        drop(sleeps.pop());
        let woken = count.wakes();
        drop(sleeps.remove(0));
        other.join().unwrap();
        assert!(sleeps[0].is_elapsed());
        assert!((1..=3).contains(&count.wakes()) && woken <= count.wakes());
        assert_eq!(Arc::strong_count(&count), 1);
    });
}

#[test]
fn a_sleep_wakes_its_latest_waker() {
    model("sleep: waker change against fire", PREEMPTIONS, || {
        let (clock, _, mut sleep) = clock_and_sleep();
        let (old, new) = (Count::new(), Count::new());
        assert!(old.poll(sleep.as_mut()).is_pending());
        let other = fires(&clock);
        let poll = new.poll(sleep.as_mut());
        other.join().unwrap();
        assert_eq!(old.wakes() + new.wakes(), 1);
        assert!(poll.is_ready() || new.wakes() == 1);
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    });
}

#[test]
fn a_sleep_that_is_polled_again_while_it_fires_is_ready_or_woken() {
    model("sleep: spurious poll against fire", PREEMPTIONS, || {
        let (clock, _, mut sleep) = clock_and_sleep();
        let count = Count::new();
        let waker = Waker::from(Arc::clone(&count));
        let mut cx = Context::from_waker(&waker);
        assert!(sleep.as_mut().poll(&mut cx).is_pending());
        let other = fires(&clock);
        // Whatever it says, the wake comes once.
        let _ = sleep.as_mut().poll(&mut cx);
        other.join().unwrap();
        assert_eq!(count.wakes(), 1);
        assert!(sleep.as_mut().poll(&mut cx).is_ready());
    });
}

#[test]
fn a_sleep_that_is_reset_while_it_fires_waits_for_its_new_deadline() {
    model("sleep: reset against fire", PREEMPTIONS, || {
        let (clock, start, mut sleep) = clock_and_sleep();
        let (old, new) = (Count::new(), Count::new());
        assert!(old.poll(sleep.as_mut()).is_pending());
        let other = fires(&clock);
        sleep.as_mut().reset(start + 2 * NANO);
        assert!(new.poll(sleep.as_mut()).is_pending());
        other.join().unwrap();
        assert!(!sleep.is_elapsed());
        assert_eq!(new.wakes(), 0);
        clock.advance(NANO);
        assert!(sleep.is_elapsed());
        assert_eq!(new.wakes(), 1);
        assert!(old.wakes() <= 1);
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    });
}

#[test]
fn a_timer_that_is_set_while_time_is_moved_past_it_is_not_left_behind() {
    model("virtual clock: register against a larger advance", PREEMPTIONS, || {
        let (clock, _, mut sleep) = clock_and_sleep();
        let other = {
            let clock = clock.clone();
            thread::spawn(move || clock.advance(2 * NANO))
        };
        let count = Count::new();
        let poll = count.poll(sleep.as_mut());
        other.join().unwrap();
        assert!(poll.is_ready() || count.wakes() == 1);
    });
}

/// One poll of a scope, in which its sleep is polled; `count` is its executor.
fn poll_in(task: &Task, count: &Arc<Count>, sleep: &mut Pin<Box<Sleep>>) -> Poll<()> {
    task.poll(&mut Context::from_waker(&Arc::clone(count).into()), |cx| sleep.as_mut().poll(cx))
}

/// One poll of a scope that does nothing but keep its waker for another to use.
fn waker_of(task: &Task, count: &Arc<Count>) -> Waker {
    let mut waker = None;
    let _ = task.poll(&mut Context::from_waker(&Arc::clone(count).into()), |cx| {
        waker = Some(cx.waker().clone());
        Poll::<()>::Pending
    });
    waker.unwrap()
}

#[test]
fn time_stands_still_from_a_wake_to_the_poll() {
    model("scope: wake against another scope's end of poll", PREEMPTIONS, || {
        let (clock, start, mut sleep) = clock_and_sleep();
        let (woken, waits) = (Task::new(clock.shared()), Task::new(clock.shared()));
        let (woken_count, waits_count) = (Count::new(), Count::new());
        let waker = waker_of(&woken, &woken_count);
        let other = {
            let clock = clock.clone();
            thread::spawn(move || {
                waker.wake();
                let now = clock.now();
                thread::yield_now();
                assert_eq!(clock.now(), now, "it has been woken, and not been polled");
                now
            })
        };
        assert!(poll_in(&waits, &waits_count, &mut sleep).is_pending());
        let seen = other.join().unwrap();
        assert_eq!(woken_count.wakes(), 1);
        assert_eq!(clock.now(), seen);
        // Now it is polled, and time goes on.
        let _ = waker_of(&woken, &woken_count);
        assert_eq!(clock.now(), start + NANO);
        assert_eq!(waits_count.wakes(), 1);
    });
}

#[test]
fn a_wake_in_the_course_of_a_poll_is_not_lost_and_time_goes_on_after_it() {
    model("scope: wake against its own end of poll", PREEMPTIONS, || {
        let (clock, start, mut sleep) = clock_and_sleep();
        let task = Arc::new(Task::new(clock.shared()));
        let count = Count::new();
        let waker = waker_of(&task, &count);
        let happened = Arc::new(AtomicBool::new(false));
        let other = {
            let (clock, happened) = (clock.clone(), Arc::clone(&happened));
            thread::spawn(move || {
                happened.store(true, Relaxed);
                waker.wake();
                clock.now()
            })
        };
        let mut seen = false;
        let poll = task.poll(&mut Context::from_waker(&Arc::clone(&count).into()), |cx| {
            seen = happened.load(Relaxed);
            sleep.as_mut().poll(cx)
        });
        assert!(poll.is_pending());
        other.join().unwrap();
        assert!(seen || count.wakes() > 0);
        if clock.now() == start {
            // It has been woken, and time waits for it.
            assert!(count.wakes() > 0);
            assert!(poll_in(&task, &count, &mut sleep).is_pending());
        }
        assert_eq!(clock.now(), start + NANO);
        assert!(poll_in(&task, &count, &mut sleep).is_ready());
    });
}

#[test]
fn of_two_scopes_that_become_idle_one_moves_time_and_only_once() {
    model("scope: two ends of polls", PREEMPTIONS, || {
        let (clock, start, mut sleep) = clock_and_sleep();
        let tasks = [Task::new(clock.shared()), Task::new(clock.shared())];
        let counts = [Count::new(), Count::new()];
        let [first, second] = tasks;
        let other = {
            let (clock, count) = (clock.clone(), Arc::clone(&counts[1]));
            thread::spawn(move || {
                let mut later = Box::pin(clock.clock().sleep_until(start + 2 * NANO));
                assert!(poll_in(&second, &count, &mut later).is_pending());
                (second, later)
            })
        };
        assert!(poll_in(&first, &counts[0], &mut sleep).is_pending());
        let (_second, _later) = other.join().unwrap();
        assert_eq!(clock.now(), start + NANO);
        assert_eq!((counts[0].wakes(), counts[1].wakes()), (1, 0));
        // The first ends; the second's time comes.
        drop(first);
        assert_eq!(clock.now(), start + 2 * NANO);
        assert_eq!(counts[1].wakes(), 1);
    });
}

#[test]
fn time_that_is_let_go_while_a_scope_becomes_idle_goes_on() {
    model("scope: end of poll against the end of a hold", PREEMPTIONS, || {
        let (clock, start, mut sleep) = clock_and_sleep();
        let task = Task::new(clock.shared());
        let count = Count::new();
        let hold = clock.hold();
        let other = thread::spawn(move || drop(hold));
        assert!(poll_in(&task, &count, &mut sleep).is_pending());
        other.join().unwrap();
        assert_eq!(clock.now(), start + NANO);
        assert_eq!(count.wakes(), 1);
    });
}

#[test]
fn a_scope_that_is_dropped_while_it_is_woken_does_not_keep_time() {
    model("scope: drop against wake", PREEMPTIONS, || {
        let (clock, start, mut sleep) = clock_and_sleep();
        let (dropped, waits) = (Task::new(clock.shared()), Task::new(clock.shared()));
        let (dropped_count, waits_count) = (Count::new(), Count::new());
        let waker = waker_of(&dropped, &dropped_count);
        assert!(poll_in(&waits, &waits_count, &mut sleep).is_pending());
        let now = clock.now();
        assert_eq!(now, start + NANO);
        // Time has come to the first sleep. The scope that waits for it ends its poll with another.
        let mut later = Box::pin(clock.clock().sleep_until(now + NANO));
        let other = thread::spawn(move || waker.wake());
        let drops = thread::spawn(move || drop(dropped));
        assert!(poll_in(&waits, &waits_count, &mut later).is_pending());
        other.join().unwrap();
        drops.join().unwrap();
        assert_eq!(clock.now(), now + NANO);
        assert_eq!(waits_count.wakes(), 2);
        assert_eq!(Arc::strong_count(&dropped_count), 1);
    });
}

#[test]
fn a_run_moves_time_with_the_scope_and_is_told_when_that_is_done() {
    model("run_for: first poll against the end of a scope's poll", PREEMPTIONS, || {
        let clock = VirtualClock::manual();
        let start = clock.now();
        let mut sleep = Box::pin(clock.clock().sleep_until(start + NANO));
        let task = Task::new(clock.shared());
        let (count, runner) = (Count::new(), Count::new());
        let mut run = Box::pin(clock.run_for(NANO));
        let other = {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                assert!(poll_in(&task, &count, &mut sleep).is_pending());
                (task, sleep)
            })
        };
        assert!(runner.poll(run.as_mut()).is_pending());
        let (task, mut sleep) = other.join().unwrap();
        // Time has come to the sleep, and waits for its task.
        assert_eq!(clock.now(), start + NANO);
        assert_eq!((count.wakes(), runner.wakes()), (1, 0));
        assert!(poll_in(&task, &count, &mut sleep).is_ready());
        assert_eq!(runner.wakes(), 1);
        assert!(runner.poll(run.as_mut()).is_ready());
        assert_eq!(Arc::strong_count(&runner), 1);
    });
}

#[test]
fn a_run_that_moves_to_another_task_is_ready_or_woken() {
    model("run_for: waker change against the stall", PREEMPTIONS, || {
        let clock = VirtualClock::manual();
        let busy = Task::new(clock.shared());
        let (old, new) = (Count::new(), Count::new());
        let mut run = Box::pin(clock.run_until_stalled());
        assert!(old.poll(run.as_mut()).is_pending());
        let other = thread::spawn(move || drop(busy));
        let poll = new.poll(run.as_mut());
        other.join().unwrap();
        assert_eq!(old.wakes() + new.wakes(), 1);
        assert!(poll.is_ready() || new.wakes() == 1);
        assert!(poll.is_ready() || new.poll(run.as_mut()).is_ready());
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    });
}
