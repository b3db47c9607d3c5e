//! The siblings of `retry`: with a context, as a loop of one's own, on a thread, as a stream; and who is told of them.
#![cfg(feature = "testing")]

mod attempts;
mod blocking;
mod budget;
mod context;
mod deadline;
mod observers;
mod streams;

use std::cell::Cell;
use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};

use anywhen::retry::{Constant, Policy};
use anywhen::rt::Std;
use anywhen::time::{Duration, Instant, VirtualClock};

const NANO: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Every second.
const EACH_SECOND: Policy<Constant> = Policy::of(Constant::new(SECOND));

/// Without a pause.
const AT_ONCE: Policy<Constant> = Policy::of(Constant::new(Duration::ZERO));

/// Runs a future in virtual time, and says how much of it passed.
fn run<F: Future>(future: F) -> (F::Output, Duration) {
    Std.block_on(VirtualClock::new().scope(async {
        let start = Instant::now();
        let output = future.await;
        (output, start.elapsed())
    }))
}

/// An operation that fails with its number.
fn fails(calls: &Cell<u32>) -> impl FnMut() -> Ready<Result<(), u32>> {
    || {
        calls.set(calls.get() + 1);
        ready(Err(calls.get()))
    }
}

fn panic_of<R: Debug>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("no panic");
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| (*payload.downcast_ref::<&str>().unwrap()).into())
}
