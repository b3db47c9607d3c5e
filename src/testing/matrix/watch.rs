//! What a test that hangs comes to: a failure that has its name.

use alloc::boxed::Box;
use core::time::Duration;
use std::panic::resume_unwind;
use std::process::{ExitCode, Termination};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::{env, thread};

/// How long a test may take, unless `ANYWHEN_TEST_LIMIT` says otherwise. No good one needs a second; a slow machine gets a
/// generous factor.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs a test that might hang on a thread of its own, and fails it by `name` if it does.
///
/// Hanging is to take more than 30 seconds, or as many as the environment variable `ANYWHEN_TEST_LIMIT` says. The thread is
/// then left behind, with whatever it waits for. [`runtime_matrix!`](crate::runtime_matrix) and
/// [`runtime_conformance!`](crate::runtime_conformance) do this with each of their tests.
///
/// # Panics
///
/// If the test hangs, if it gives an error, or as the test does.
///
/// # Examples
///
/// ```
/// use anywhen::testing::watched;
/// use std::sync::mpsc;
///
/// watched("a reply comes back", || {
///     let (ask, asked) = mpsc::channel();
///     std::thread::spawn(move || ask.send(42));
///     assert_eq!(asked.recv(), Ok(42));
/// });
/// ```
#[track_caller]
pub fn watched<T: Termination>(name: &str, test: impl FnOnce() -> T + Send + 'static) {
    let seconds = env::var("ANYWHEN_TEST_LIMIT").ok();
    let seconds = seconds.map(|text| text.parse().expect("`ANYWHEN_TEST_LIMIT` is a number of seconds"));
    watched_for(name, seconds.map_or(LIMIT, Duration::from_secs), test);
}

#[doc(hidden)]
#[track_caller]
pub fn watched_for<T: Termination>(name: &str, limit: Duration, test: impl FnOnce() -> T + Send + 'static) {
    run(name, limit, Box::new(|| test().report() == ExitCode::SUCCESS));
}

/// Not generic: there are hundreds of tests, and each is a type of its own.
#[track_caller]
fn run(name: &str, limit: Duration, test: Box<dyn FnOnce() -> bool + Send>) {
    let (sender, receiver) = channel::<()>();
    let run = move || {
        let _dropped_at_the_end = sender;
        test()
    };
    let thread = thread::Builder::new().name(name.into()).spawn(run).expect("a thread for the test");
    if receiver.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
        panic!("{name} hangs: not finished after {limit:?}");
    }
    match thread.join() {
        // What was wrong is in its report, which went where a panic's message goes.
        Ok(succeeded) => assert!(succeeded, "{name} ended with an error"),
        Err(panic) => resume_unwind(panic),
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use core::fmt::Error;
    use core::future::pending;

    use super::*;
    use crate::rt::Std;

    #[test]
    #[should_panic(expected = "a body that waits for ever hangs: not finished after 10ms")]
    fn a_hung_body_fails_by_name() {
        let limit = Duration::from_millis(10);
        watched_for("a body that waits for ever", limit, || Std.block_on(pending::<()>()));
    }

    #[test]
    #[should_panic(expected = "the body's own words")]
    fn a_panic_reaches_the_test() {
        watched("panics", || panic!("the body's own words"));
    }

    #[test]
    #[should_panic(expected = "fails ended with an error")]
    fn an_error_fails_the_test() {
        watched("fails", || Err::<(), _>(Error));
    }

    #[test]
    fn a_good_body_passes() {
        watched("passes", || ());
        watched("passes", || Ok::<_, Error>(()));
    }
}
