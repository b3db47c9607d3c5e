//! What is tried again: operations that do as they are told, and how they are run.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::future::{Future, Pending, Ready, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use anywhen::retry::{Constant, Operation, Policy};
use anywhen::rt::Std;
use anywhen::time::error::Elapsed;
use anywhen::time::{self, Deadline, Duration, Instant, Timer, VirtualClock};

pub(crate) const NANO: Duration = Duration::from_nanos(1);
pub(crate) const MILLI: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Every second.
pub(crate) const EACH_SECOND: Policy<Constant> = Policy::of(Constant::new(SECOND));

/// Without a pause.
pub(crate) const AT_ONCE: Policy<Constant> = Policy::of(Constant::new(Duration::ZERO));

/// Runs a future in virtual time, and says how much of it passed.
pub(crate) fn run<F: Future>(future: F) -> (F::Output, Duration) {
    Std.block_on(VirtualClock::new().scope(async {
        let start = Instant::now();
        let output = future.await;
        (output, start.elapsed())
    }))
}

/// An operation that fails with its number.
pub(crate) fn fails(calls: &Cell<u32>) -> impl FnMut() -> Ready<Result<(), u32>> {
    || {
        calls.set(calls.get() + 1);
        ready(Err(calls.get()))
    }
}

/// An operation that has these results, one after the other, and counts how often it is called.
pub(crate) fn results<T: Clone, E: Clone>(
    calls: &Cell<usize>,
    results: impl Into<Vec<Result<T, E>>>,
) -> impl Operation<Output = T, Error = E> {
    let results = results.into();
    move || {
        calls.set(calls.get() + 1);
        ready(results[calls.get() - 1].clone())
    }
}

/// How many milliseconds an attempt takes, and what comes of it.
pub(crate) type Script = (u64, Result<u32, u32>);

/// An operation whose attempts are as the script says, and pending for ever after that. Notes when each is begun.
pub(crate) fn scripted<'a>(
    script: &'a [Script],
    begun: &'a RefCell<Vec<Duration>>,
) -> impl Operation<Output = u32, Error = u32, Future: 'a> + 'a {
    let mut start = None;
    move || {
        let now = Instant::now();
        let number = begun.borrow().len();
        begun.borrow_mut().push(now - *start.get_or_insert(now));
        let script = script.get(number).copied();
        async move {
            let Some((millis, result)) = script else { return pending().await };
            if millis > 0 {
                time::sleep(MILLI * millis as u32).await;
            }
            result
        }
    }
}

pub(crate) fn millis(durations: &RefCell<Vec<Duration>>) -> Vec<u128> {
    durations.borrow().iter().map(Duration::as_millis).collect()
}

/// The error of what took too long.
pub(crate) fn elapsed() -> Elapsed {
    Deadline::at(Instant::from_nanos(0)).check().unwrap_err()
}

/// A timer that must not be needed.
#[derive(Clone)]
pub(crate) struct Untouched;

impl Timer for Untouched {
    type Sleep = Pending<()>;

    fn now(&self) -> Instant {
        panic!("the time was asked for");
    }

    fn sleep_until(&self, _: Instant) -> Pending<()> {
        panic!("a sleep was made");
    }

    fn reset(_: Pin<&mut Pending<()>>, _: Instant) {}
}

/// What `f` says when it panics.
pub(crate) fn panic_of<R: Debug>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("no panic");
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| (*payload.downcast_ref::<&str>().unwrap()).into())
}
