//! Bodies and an adapter of a crate that is not ours, and the tests that the kit makes of them here.

#![cfg(test)]
#![deny(warnings)]
// Not `unreachable_code`: newer versions of std's own `pin!` say `expect` of it.
#![forbid(unsafe_code, unused_imports)]
#![deny(unreachable_code)]

mod bare;

use std::thread;

use kit::rt::{BoxTask, BoxWork, Handle, Runtime, Spawn, Std};
use kit::task;
use kit::testing::runtime_matrix;
use kit::time::{Duration, Instant, sleep};

/// An adapter of its own: a thread for each task.
struct Threads;

impl Spawn for Threads {
    fn spawn_task(&self, task: BoxTask) {
        thread::spawn(|| Std.block_on(task));
    }

    fn spawn_work(&self, work: BoxWork) {
        thread::spawn(work);
    }
}

async fn a_task_gives_its_output<R: Runtime>(rt: R) {
    assert_eq!(task::spawn_on(&rt, async { 42 }).await.unwrap(), 42);
}

async fn an_hour_passes<R: Runtime>(_: R) {
    let start = Instant::now();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(start.elapsed(), Duration::from_secs(3600));
}

async fn a_wrong_sum<R: Runtime>(_: R) {
    assert_eq!(1 + 1, 3, "on purpose");
}

async fn a_wait_for_ever<R: Runtime>(_: R) {
    std::future::pending().await
}

runtime_matrix! {
    also on { threads: Handle::new(Threads) }:
    a_task_gives_its_output,
    #[should_panic(expected = "on purpose")]
    a_wrong_sum,
    #[ignore = "hangs, on purpose"]
    a_wait_for_ever except [on_sim, on_std_pool, threads],
}

runtime_matrix! {
    in virtual time:
    an_hour_passes,
}
