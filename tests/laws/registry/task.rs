//! The handles of tasks. The task runs on an executor of the tests' own, when the stage is released and on the same
//! thread, so that the order of events is ours.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use anywhen::rt::{BoxTask, BoxWork, Spawn};
use anywhen::task::{JoinHandle, spawn_on};
use anywhen::time::{Clock, Instant, Timer};

use crate::stage::{Entry, Gate, Stage};

pub(super) const ENTRIES: &[Entry] = &[join_handle, join_handle_of_an_aborted_task, abort_on_drop];

/// Keeps its tasks until they are told to run.
#[derive(Clone, Default)]
pub(crate) struct ByHand(Arc<Mutex<Vec<BoxTask>>>);

impl Spawn for ByHand {
    fn spawn_task(&self, task: BoxTask) {
        self.0.lock().unwrap().push(task);
    }

    fn spawn_work(&self, work: BoxWork) {
        work();
    }
}

impl Timer for ByHand {
    type Sleep = <Clock as Timer>::Sleep;

    fn now(&self) -> Instant {
        Clock::current().now()
    }

    fn sleep_until(&self, deadline: Instant) -> Self::Sleep {
        Clock::current().sleep_until(deadline)
    }

    fn reset(sleep: Pin<&mut Self::Sleep>, deadline: Instant) {
        Clock::reset(sleep, deadline);
    }
}

impl ByHand {
    /// Polls every task once, and drops those that are done.
    pub(crate) fn run(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap());
        let mut waiting = Vec::new();
        for mut task in tasks {
            if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                waiting.push(task);
            }
        }
        self.0.lock().unwrap().append(&mut waiting);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

/// A task that waits for a leaf, and the gate of that leaf.
fn waiting_task() -> (ByHand, Gate, JoinHandle<()>) {
    let (rt, gate) = (ByHand::default(), Gate::default());
    let handle = spawn_on(&rt, gate.leaf());
    rt.run();
    (rt, gate, handle)
}

fn join_handle(body: &mut dyn FnMut(Stage<'_>)) {
    let (rt, gate, handle) = waiting_task();
    let (abort, mut open, fuse) = (handle.abort_handle(), gate.opener(), gate.fuse());
    let release = || {
        open();
        rt.run();
    };
    let mut stage = Stage::new(handle, release);
    stage.child = Some(gate.clone());
    // A task that panics is an error of the handle's, which then is done as with a value.
    stage.blow = Some(Box::new(|| {
        fuse();
        rt.run();
    }));
    let touch = move || drop((abort.is_finished(), abort.clone()));
    body(stage.touch(touch).check(|| assert!(rt.is_idle(), "the task was not detached, it is gone or stuck")));
}

fn join_handle_of_an_aborted_task(body: &mut dyn FnMut(Stage<'_>)) {
    let (rt, gate, handle) = waiting_task();
    let (abort, touched) = (handle.abort_handle(), handle.abort_handle());
    let release = || {
        abort.abort();
        rt.run();
    };
    let touch = move || touched.abort();
    let mut stage = Stage::new(handle, release);
    stage.child = Some(gate);
    body(stage.touch(touch).check(|| assert!(rt.is_idle(), "the task was not aborted")));
}

fn abort_on_drop(body: &mut dyn FnMut(Stage<'_>)) {
    let (rt, gate, handle) = waiting_task();
    let (abort, mut open) = (handle.abort_handle(), gate.opener());
    let release = || {
        open();
        rt.run();
    };
    let touch = move || drop((abort.is_finished(), abort.clone()));
    let mut stage = Stage::made(|| handle.abort_on_drop(), release);
    stage.child = Some(gate.clone());
    body(stage.touch(touch).check(|| assert!(rt.is_idle(), "the task was not aborted")));
}
