//! The runtime that needs nothing but `std`: a parked thread for `block_on`, two small pools for the rest.

use alloc::sync::Arc;
use core::future::Future;
use std::thread;

use self::task::Task;
use self::threads::{Job, Threads};
use super::timer::timer_of;
use super::{BoxTask, BoxWork, Handle, Runtime, Spawn};
use crate::time::{Clock, Duration, Sleep, driver};

mod task;
mod threads;

/// The runtime that is always there.
///
/// * [`block_on`](Self::block_on) parks the thread, and while it is parked it serves the built-in clock.
/// * Tasks run on a pool of as many threads as the machine has processors
///   ([`available_parallelism`](thread::available_parallelism); one if that is unknown). Each starts when there is a
///   task and no other is idle, and then stays. They share one queue.
/// * Blocking work runs on up to 512 threads, started when none is idle, ended after 10 seconds without work. Beyond
///   that it waits in a queue.
/// * Its timer is the built-in [`Clock`]: the one that is current, so it follows virtual time.
///
/// It is what [`task::spawn`](crate::task::spawn) uses where no runtime was entered. It suits libraries' tests, tools,
/// and programs of some thousand tasks. For a busy server take a work-stealing runtime; the code stays the same.
///
/// The threads run until the process ends, and are cut off then: await what must be finished before leaving `main`.
///
/// # Panics
///
/// Spawning panics if not one thread runs yet and the system refuses to start one. Once there is a thread, failing to
/// start another only means fewer of them.
///
/// # Fairness
///
/// Tasks run in the order in which they were woken, work in the order in which it was spawned.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// let sum = rt::Std.block_on(async {
///     let work = task::spawn_blocking(|| (1..=10).sum::<u32>());
///     let task = task::spawn(async { 100 });
///     work.await.unwrap() + task.await.unwrap()
/// });
/// assert_eq!(sum, 155);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Std;

static TASKS: Threads<Arc<Task>> =
    Threads::new("anywhen-worker", || thread::available_parallelism().map_or(1, usize::from), None);

/// tokio's limit and time.
static WORK: Threads<BoxWork> = Threads::new("anywhen-block", || 512, Some(Duration::from_secs(10)));

impl Std {
    /// Runs `future` on this thread, and parks the thread while there is nothing to do.
    ///
    /// The future need be neither `Send` nor `'static`. Calls may nest, though the outer future stands still while the
    /// inner one runs; in a task, [`task::spawn_blocking`](crate::task::spawn_blocking) is the better place.
    ///
    /// # Panics
    ///
    /// If `future` does.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.enter();
        driver::block_on(future)
    }
}

impl Spawn for Std {
    fn spawn_task(&self, task: BoxTask) {
        Task::start(task, |task| TASKS.push(task));
    }

    fn spawn_work(&self, work: BoxWork) {
        WORK.push(work);
    }

    fn handle(&self) -> Handle {
        Handle::from_static(&Std)
    }
}

impl Job for BoxWork {
    fn run(self) {
        self();
    }
}

timer_of!(Std, Sleep, Clock);
