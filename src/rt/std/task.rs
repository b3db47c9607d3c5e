//! A task of the pool: the future and, in one word beside it, where it stands.
//!
//! | phase | the future is | a wake makes it |
//! |---|---|---|
//! | `Idle` | here | `Queued`, and pushes it |
//! | `Queued` | here, and the task is in the queue once | nothing |
//! | `Running` | with the thread that polls it | `Woken` |
//! | `Woken` | with the thread that polls it, which then queues it again | nothing |
//! | `Done` | gone | nothing |
//!
//! The future is a box, so the thread that polls takes it out and puts it back: nothing of the user's runs under the
//! lock, and nothing here is unsafe.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::mem;
use core::task::{Context, Poll, Waker};

use crate::internal::lock::Lock;
use crate::internal::unwind::{catch, quietly};
use crate::rt::BoxTask;

use super::threads::Job;

/// A spawned task; it is its own waker.
///
/// Nothing but its wakers and the queue keeps it: a task that waits for something which is gone is dropped.
pub(super) struct Task {
    slot: Lock<Slot>,
    /// Puts the task into the pool's queue.
    push: fn(Arc<Task>),
}

struct Slot {
    phase: Phase,
    future: Option<BoxTask>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Idle,
    Queued,
    Running,
    Woken,
    Done,
}

impl Task {
    /// Starts `future` as a task that is queued by `push`, now and whenever it is woken.
    pub(super) fn start(future: BoxTask, push: fn(Arc<Task>)) {
        let slot = Lock::new(Slot { phase: Phase::Queued, future: Some(future) });
        push(Arc::new(Self { slot, push }));
    }

    fn set(&self, phase: Phase) -> Phase {
        self.slot.with(|slot| mem::replace(&mut slot.phase, phase))
    }
}

impl Job for Arc<Task> {
    fn run(self) {
        let future = self.slot.with(|slot| {
            debug_assert_eq!(slot.phase, Phase::Queued);
            slot.phase = Phase::Running;
            slot.future.take()
        });
        let Some(mut future) = future else { return };

        let waker = Waker::from(Arc::clone(&self));
        match catch(|| future.as_mut().poll(&mut Context::from_waker(&waker))) {
            Ok(Poll::Pending) => {
                let again = self.slot.with(|slot| {
                    slot.future = Some(future);
                    let woken = slot.phase == Phase::Woken;
                    slot.phase = if woken { Phase::Queued } else { Phase::Idle };
                    woken
                });
                if again {
                    (self.push)(self);
                }
            }
            ended => {
                self.set(Phase::Done);
                quietly(|| drop(future));
                // What it panicked with, if it did.
                quietly(|| drop(ended));
            }
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let idle = self.slot.with(|slot| {
            let (next, idle) = match slot.phase {
                Phase::Idle => (Phase::Queued, true),
                Phase::Running => (Phase::Woken, false),
                other => (other, false),
            };
            slot.phase = next;
            idle
        });
        if idle {
            (self.push)(self);
        }
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::boxed::Box;
    use alloc::vec::Vec;
    use core::future::poll_fn;
    use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::Mutex;

    use loom::thread;

    use super::*;
    use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
    use crate::internal::shim::model;

    /// The pool's queue, and what tells the model whether one task was in it twice. Not modelled: it holds no order.
    static QUEUE: Mutex<Vec<Arc<Task>>> = Mutex::new(Vec::new());
    static RUNNING: AtomicUsize = AtomicUsize::new(0);

    fn pop() -> Option<Arc<Task>> {
        QUEUE.lock().unwrap().pop()
    }

    #[test]
    fn a_wake_at_any_moment_has_the_task_polled_after_it_and_by_one_thread() {
        model("pool task: two wakes against two workers", 2, || {
            let happened = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
            let waker = Arc::new(Mutex::new(None));
            let seen = Arc::new(AtomicUsize::new(0));
            let future = {
                let (happened, waker, seen) = (happened.clone(), waker.clone(), seen.clone());
                poll_fn(move |cx| {
                    assert_eq!(RUNNING.fetch_add(1, SeqCst), 0, "two threads poll one task");
                    *waker.lock().unwrap() = Some(cx.waker().clone());
                    let count = happened.iter().filter(|happened| happened.load(Relaxed)).count();
                    seen.store(count, SeqCst);
                    RUNNING.fetch_sub(1, SeqCst);
                    Poll::<()>::Pending
                })
            };
            Task::start(Box::pin(future), |task| QUEUE.lock().unwrap().push(task));
            pop().unwrap().run();
            let waker = waker.lock().unwrap().clone().unwrap();
            let workers: Vec<_> = (0..2)
                .map(|event| {
                    let (happened, waker) = (happened.clone(), waker.clone());
                    thread::spawn(move || {
                        happened[event].store(true, Relaxed);
                        waker.wake();
                        if let Some(task) = pop() {
                            task.run();
                        }
                    })
                })
                .collect();
            for worker in workers {
                worker.join().unwrap();
            }
            while let Some(task) = pop() {
                task.run();
            }
            assert_eq!(seen.load(SeqCst), 2, "the last poll sees what every wake announced");
        });
    }
}
