//! How a body gets onto a runtime, and what happens when it hangs there.

use std::future::Future;
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anywhen::rt;
#[cfg(feature = "tokio")]
use anywhen::rt::Runtime;
use anywhen::task;
#[cfg(feature = "tokio")]
use tokio::runtime::{Builder, Runtime as TokioRuntime};

/// No body takes a second; a slow machine gets a generous factor.
const HUNG: Duration = Duration::from_secs(30);

/// Stamps bodies as tests on every runtime; with `in virtual time:` before them, in the scope of a virtual clock on
/// every runtime.
macro_rules! matrix {
    ($($case:ident),+ $(,)?) => {
        $(matrix!(@tests $case, $case, [super::$case]);)+
    };
    (in virtual time: $($case:ident),+ $(,)?) => {
        $(matrix!(@tests $case, $case, [|rt| anywhen::time::VirtualClock::new().scope(super::$case(rt))]);)+
    };
    (@tests $module:ident, $case:ident, [$($body:tt)+]) => {
        mod $module {
            matrix!(@test std, on_std, [$($body)+]);
            matrix!(@test std_pool, on_std_pool, [$($body)+]);
            #[cfg(feature = "tokio")]
            matrix!(@test tokio_current_thread, on_tokio_current_thread, [$($body)+]);
            #[cfg(feature = "tokio")]
            matrix!(@test tokio_multi_thread, on_tokio_multi_thread, [$($body)+]);
            #[cfg(feature = "smol")]
            matrix!(@test smol, on_smol, [$($body)+]);
            #[cfg(feature = "async-std")]
            matrix!(@test async_std, on_async_std, [$($body)+]);
        }
    };
    (@test $on:ident, $test:ident, [$($body:tt)+]) => {
        #[test]
        fn $test() {
            crate::on::watched(concat!(module_path!(), "::", stringify!($test)), || crate::on::$on($($body)+));
        }
    };
}

/// Runs `test` on a thread of its own, and fails it by name if it hangs. The thread is then left behind.
pub(crate) fn watched(name: &str, test: impl FnOnce() + Send + 'static) {
    watched_for(name, HUNG, test);
}

fn watched_for(name: &str, limit: Duration, test: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = channel::<()>();
    let thread = thread::Builder::new().name(name.into()).spawn(move || {
        let _dropped_at_the_end = sender;
        test();
    });
    if receiver.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
        panic!("{name} hangs: not finished after {limit:?}");
    }
    if let Err(panic) = thread.unwrap().join() {
        resume_unwind(panic);
    }
}

/// In a `block_on` of ours.
pub(crate) fn std<F: Future<Output = ()>>(case: impl FnOnce(rt::Std) -> F) {
    rt::Std.block_on(case(rt::Std));
}

/// In a task of the built-in pool, while another thread waits for it.
pub(crate) fn std_pool<F: Future<Output = ()> + Send + 'static>(case: impl FnOnce(rt::Std) -> F) {
    join(rt::Std.block_on(task::spawn_on(&rt::Std, case(rt::Std))));
}

fn join(outcome: Result<(), task::JoinError>) {
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

/// The current-thread flavour: the body and all tasks take turns on one thread.
#[cfg(feature = "tokio")]
pub(crate) fn tokio_current_thread<F: Future<Output = ()>>(case: impl FnOnce(rt::Tokio) -> F) {
    let (runtime, rt) = tokio(Builder::new_current_thread());
    let _entered = rt.enter();
    runtime.block_on(case(rt));
}

/// The multi-thread flavour, with the body in a task.
#[cfg(feature = "tokio")]
pub(crate) fn tokio_multi_thread<F: Future<Output = ()> + Send + 'static>(case: impl FnOnce(rt::Tokio) -> F) {
    let (_runtime, rt) = tokio(Builder::new_multi_thread());
    let task = task::spawn_on(&rt, case(rt.clone()));
    join(rt.block_on(task));
}

#[cfg(feature = "tokio")]
fn tokio(mut builder: Builder) -> (TokioRuntime, rt::Tokio) {
    let runtime = builder.worker_threads(2).enable_time().build().unwrap();
    let rt = rt::Tokio::new(runtime.handle().clone());
    (runtime, rt)
}

#[cfg(feature = "smol")]
pub(crate) fn smol<F: Future<Output = ()>>(case: impl FnOnce(rt::Smol) -> F) {
    rt::Smol.block_on(case(rt::Smol));
}

#[cfg(feature = "async-std")]
pub(crate) fn async_std<F: Future<Output = ()>>(case: impl FnOnce(rt::AsyncStd) -> F) {
    rt::AsyncStd.block_on(case(rt::AsyncStd));
}

#[test]
#[should_panic(expected = "a body that waits for ever hangs")]
fn a_hung_body_fails_by_name() {
    let limit = Duration::from_millis(10);
    watched_for("a body that waits for ever", limit, || rt::Std.block_on(std::future::pending()));
}
