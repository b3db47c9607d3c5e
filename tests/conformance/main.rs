//! The suite for adapters, over those here, over others, and over some that are wrong.

#![cfg(feature = "testing")]

mod broken;

use std::thread;

use anywhen::rt::{BoxTask, BoxWork, Handle, Spawn, Std};
use anywhen::testing::{Sim, runtime_conformance};

/// An adapter as a user may have it: a thread for each task.
struct Threads;

impl Spawn for Threads {
    fn spawn_task(&self, task: BoxTask) {
        thread::spawn(|| Std.block_on(task));
    }

    fn spawn_work(&self, work: BoxWork) {
        thread::spawn(work);
    }
}

runtime_conformance! {
    std_pool: Std,
    handle_of_std: Std.handle(),
    threads: Handle::new(Threads),
}

// One thread for everything, and nothing outside of it is waited for.
runtime_conformance! {
    sim except [
        a_wake_from_another_thread_arrives,
        work_blocks_while_tasks_run,
        work_runs_while_all_tasks_block,
    ]: |case| {
        let sim = Sim::builder().allow_leaks(true).build();
        sim.block_on(case(sim.clone()))
    },
    handle_of_sim except [
        // The timer of a handle is the current clock, which in another thread is the system's.
        a_sleep_comes_from_another_thread,
        a_wake_from_another_thread_arrives,
        work_blocks_while_tasks_run,
        work_runs_while_all_tasks_block,
    ]: |case| {
        let sim = Sim::builder().allow_leaks(true).build();
        sim.block_on(case(sim.handle()))
    },
}

#[cfg(feature = "tokio")]
mod tokio {
    use anywhen::rt::{Runtime, Spawn, Tokio};
    use anywhen::testing::runtime_conformance;
    use tokio::runtime::{Builder, Runtime as TokioRuntime};

    fn built_by(mut builder: Builder) -> (TokioRuntime, Tokio) {
        let runtime = builder.enable_time().worker_threads(2).build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        (runtime, rt)
    }

    runtime_conformance! {
        current_thread: |case| {
            let (runtime, rt) = built_by(Builder::new_current_thread());
            let _entered = rt.enter();
            runtime.block_on(case(rt))
        },
        // Its time stands still while any of its tasks runs, but not while a foreign thread does something.
        current_thread_paused: |case| {
            let mut builder = Builder::new_current_thread();
            builder.start_paused(true);
            let (runtime, rt) = built_by(builder);
            let _entered = rt.enter();
            runtime.block_on(case(rt))
        },
        multi_thread: |case| {
            let (_runtime, rt) = built_by(Builder::new_multi_thread());
            rt.block_on(case(rt.clone()))
        },
        // With the body on a thread that is not the runtime's.
        multi_thread_from_outside: |case| {
            let (_runtime, rt) = built_by(Builder::new_multi_thread());
            anywhen::rt::Std.block_on(case(rt))
        },
        handle_of_multi_thread: |case| {
            let (_runtime, rt) = built_by(Builder::new_multi_thread());
            rt.block_on(case(rt.handle()))
        },
    }
}

#[cfg(feature = "smol")]
runtime_conformance! {
    smol_threads: anywhen::rt::Smol,
    smol_in_its_block_on: |case| anywhen::rt::Smol.block_on(case(anywhen::rt::Smol)),
    handle_of_smol: anywhen::rt::Smol.handle(),
}

#[cfg(feature = "async-std")]
runtime_conformance! {
    async_std_threads: anywhen::rt::AsyncStd,
    async_std_in_its_block_on: |case| anywhen::rt::AsyncStd.block_on(case(anywhen::rt::AsyncStd)),
    handle_of_async_std: anywhen::rt::AsyncStd.handle(),
}
