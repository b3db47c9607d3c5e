//! How a body gets onto a runtime.

use core::future::Future;
use std::panic::resume_unwind;
use std::process::{ExitCode, Termination};

use super::super::Sim;
use crate::rt::{self, Runtime};
use crate::task;

/// In a `block_on` of ours.
pub fn on_std<F: Future>(case: impl FnOnce(rt::Std) -> F) -> F::Output {
    rt::Std.block_on(case(rt::Std))
}

/// In a task of `rt`, while this thread waits for it.
pub fn in_task<R, F>(rt: R, case: impl FnOnce(R) -> F) -> F::Output
where
    R: Runtime,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let task = task::spawn_on(&rt, case(rt.clone()));
    match rt::Std.block_on(task) {
        Ok(output) => output,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(error) => panic!("the runtime dropped the body: {error}"),
    }
}

/// In a simulation, under a few seeds, so that the tasks take turns in more than one order. What is left at the end is not
/// its business: the other runtimes do not ask either.
pub fn on_sim<F: Future<Output: Termination>>(case: impl Fn(Sim) -> F) {
    Sim::builder().iterations(10).allow_leaks(true).allow_panics(true).check(|sim| {
        let case = case(sim);
        async { assert!(case.await.report() == ExitCode::SUCCESS, "the body ended with an error") }
    });
}

/// The current-thread flavour: the body and all tasks take turns on one thread.
#[cfg(feature = "tokio")]
pub fn on_tokio_current_thread<F: Future>(case: impl FnOnce(rt::Tokio) -> F) -> F::Output {
    let (runtime, rt) = rt::Tokio::current_thread_for_test();
    let _entered = rt.enter();
    runtime.block_on(case(rt))
}

/// The multi-thread flavour, with the body in a task.
#[cfg(feature = "tokio")]
pub fn on_tokio_multi_thread<F>(case: impl FnOnce(rt::Tokio) -> F) -> F::Output
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (_runtime, rt) = rt::Tokio::multi_thread_for_test();
    in_task(rt, case)
}

/// In smol's `block_on`, which also runs its executor.
#[cfg(feature = "smol")]
pub fn on_smol<F: Future>(case: impl FnOnce(rt::Smol) -> F) -> F::Output {
    rt::Smol.block_on(case(rt::Smol))
}

/// In async-std's `block_on`.
#[cfg(feature = "async-std")]
pub fn on_async_std<F: Future>(case: impl FnOnce(rt::AsyncStd) -> F) -> F::Output {
    rt::AsyncStd.block_on(case(rt::AsyncStd))
}
