//! A few tasks on one thread that take turns: the executor under the works about handing over.
//!
//! Whoever was woken first is polled first. A waker is a number and costs nothing to clone, so that what counts is the
//! lock, and not the counting of references. The tasks never end, and a run goes on where the one before it stopped: so
//! making them is in nobody's figures.

#![allow(unsafe_code, reason = "a waker that is a number")]

use core::cell::RefCell;
use core::convert::Infallible;
use core::mem;
use core::pin::Pin;
use core::task::{Context, RawWaker, RawWakerVTable, Waker};
use std::collections::VecDeque;
use std::fmt;

use crate::harness;

/// A task, which calls [`took_turn`] each time that it has done the work once.
pub(crate) type Task = Pin<Box<dyn Future<Output = Infallible>>>;

/// Tasks that fight for the same thing.
pub(crate) struct Tasks {
    tasks: Vec<Task>,
    /// While a run lasts, it is in [`NOW`] instead.
    state: State,
}

#[derive(Debug, Default)]
struct State {
    /// Whom to poll next, each one once.
    ready: VecDeque<usize>,
    is_ready: Vec<bool>,
    /// How often who has done the work in this run, and how often all are still to do it.
    turns: Vec<u64>,
    left: u64,
}

thread_local! {
    /// Of the tasks that are running.
    static NOW: RefCell<State> = RefCell::default();
}

impl Tasks {
    pub(crate) fn new(tasks: Vec<Task>) -> Self {
        let count = tasks.len();
        let state = State { ready: (0..count).collect(), is_ready: vec![true; count], turns: vec![0; count], left: 0 };
        Self { tasks, state }
    }

    /// Has the tasks do the work so many times in all. The harness hears how evenly.
    pub(crate) fn run(&mut self, times: u64) {
        self.state.left = times;
        self.state.turns.fill(0);
        NOW.set(mem::take(&mut self.state));
        while let Some(task) = next() {
            let waker = waker(task);
            let _ = self.tasks[task].as_mut().poll(&mut Context::from_waker(&waker));
        }
        self.state = NOW.take();
        assert_eq!(self.state.left, 0, "all tasks wait, and nobody is going to wake them");
        let turns = self.state.turns.iter();
        harness::note_spread(*turns.clone().max().unwrap() as f64 / *turns.min().unwrap() as f64);
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("state", &self.state).finish_non_exhaustive()
    }
}

/// This task has done the work once.
pub(crate) fn took_turn(task: usize) {
    NOW.with_borrow_mut(|now| {
        now.turns[task] += 1;
        now.left = now.left.saturating_sub(1);
    });
}

fn next() -> Option<usize> {
    NOW.with_borrow_mut(|now| {
        if now.left == 0 {
            return None;
        }
        let task = now.ready.pop_front()?;
        now.is_ready[task] = false;
        Some(task)
    })
}

fn wake(task: usize) {
    NOW.with_borrow_mut(|now| {
        if !mem::replace(&mut now.is_ready[task], true) {
            now.ready.push_back(task);
        }
    });
}

const VTABLE: RawWakerVTable = RawWakerVTable::new(
    |task| RawWaker::new(task, &VTABLE),
    |task| wake(task.addr()),
    |task| wake(task.addr()),
    |_| {},
);

fn waker(task: usize) -> Waker {
    // SAFETY: the pointer is a number and never followed, so clones and drops have nothing to do, and any thread may have
    // it: woken elsewhere, it would be somebody else's number or out of bounds, which is a bug and not unsound.
    unsafe { Waker::new(core::ptr::without_provenance(task), &VTABLE) }
}

/// A work in which so many tasks take turns, for each of the subjects: `$work` is what a task does once.
macro_rules! take_turns {
    ($tasks:expr, $shared:expr, |$s:ident| $work:expr) => {
        |times| {
            use std::cell::RefCell;
            use $crate::tasks::{Task, Tasks, took_turn};

            std::thread_local! {
                /// They stay for the next run, and after the last: one that is dropped might wake another.
                static TASKS: RefCell<&'static mut Tasks> = {
                    let $s = Box::leak(Box::new($crate::harness::Aligned($shared)));
                    let $s = &$s.0;
                    let task = |number| -> Task {
                        Box::pin(async move {
                            loop {
                                $work;
                                took_turn(number);
                            }
                        })
                    };
                    RefCell::new(Box::leak(Box::new(Tasks::new((0..$tasks).map(task).collect()))))
                };
            }
            TASKS.with_borrow_mut(|tasks| tasks.run(times));
        }
    };
}
pub(crate) use take_turns;
