//! The blocking twin: the same policy, conditions and hooks, on a thread that may sleep.

use core::time::Duration;
use std::thread;

use super::progress::Progress;
use super::strategy::{Decide, Strategy};
use super::work::{Driven, Work};
use super::{Policy, Retry};
use crate::time::{Clock, Timer};

/// Does `op` until it succeeds, or until the policy has had enough, and blocks the thread meanwhile:
/// [`call`](Retry::call) runs it.
///
/// For threads that may block: programs without an executor, and what runs in
/// [`spawn_blocking`](crate::task::spawn_blocking). In async code take [`retry()`](super::retry()), which does the same and
/// lets the thread go on. All that can be said of that can be said of this, but that a call that blocks cannot be cut:
/// an [`attempt_timeout`](Retry::attempt_timeout) is never up.
///
/// The thread sleeps in real time, by [`std::thread::sleep`]. See [`sleep_with`](Retry::sleep_with) for tests.
///
/// # Errors
///
/// `call` gives the error of the last attempt, as it is.
///
/// # Allocation
///
/// None.
///
/// # Examples
///
/// ```
/// use std::{fs, io};
///
/// use anywhen::retry::{Constant, blocking_retry};
/// use anywhen::time::Duration;
///
/// let text = blocking_retry(|| fs::read_to_string("is-not-there.txt"))
///     .backoff(Constant::new(Duration::from_millis(1)))
///     .when(|error| error.kind() == io::ErrorKind::Interrupted)
///     .call();
/// assert_eq!(text.unwrap_err().kind(), io::ErrorKind::NotFound);
/// ```
pub fn blocking_retry<F, V, E>(op: F) -> Retry<Blocking<F>>
where
    F: FnMut() -> Result<V, E>,
{
    Retry::new(Blocking { op, sleep: thread::sleep }, Policy::new(), Clock::default())
}

/// An operation that blocks, and how to sleep between its attempts; from [`blocking_retry`].
///
/// There is no future of it: a [`Retry`] of this is run by [`call`](Retry::call).
#[derive(Clone, Copy, Debug)]
pub struct Blocking<F, S = fn(Duration)> {
    op: F,
    sleep: S,
}

impl<F, S, V, E> Work for Blocking<F, S>
where
    F: FnMut() -> Result<V, E>,
{
    type Value = V;
    type Error = E;
    type Attempt = ();

    fn begin(&mut self, _: Driven) {}
}

/// What blocks.
impl<F, S, V, E, P, T> Retry<Blocking<F, S>, P, T>
where
    F: FnMut() -> Result<V, E>,
    P: Strategy,
    T: Timer,
{
    /// Sleeps by calling `sleep` with each delay, instead of [`std::thread::sleep`].
    ///
    /// For tests, and for threads that must do something else meanwhile. The time that passes is still told by the
    /// [timer](Retry::on), which is the current clock if nothing else is said.
    ///
    /// # Examples
    ///
    /// In virtual time:
    ///
    /// ```
    /// use anywhen::retry::{Constant, StopReason, blocking_retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// let (time, second) = (VirtualClock::new(), Duration::from_secs(1));
    /// let error = blocking_retry(|| Err::<(), _>("down"))
    ///     .backoff(Constant::new(second))
    ///     .max_elapsed(second * 2)
    ///     .on(time.clock())
    ///     .sleep_with(|delay| time.advance(delay))
    ///     .detailed()
    ///     .call()
    ///     .unwrap_err();
    /// assert_eq!((error.attempts, error.elapsed, error.reason), (3, second * 2, StopReason::MaxElapsed));
    /// ```
    pub fn sleep_with<S2: FnMut(Duration)>(self, sleep: S2) -> Retry<Blocking<F, S2>, P, T> {
        let (op, strategy, timer) = self.into_parts();
        Retry::new(Blocking { op: op.op, sleep }, strategy, timer)
    }

    /// Runs it on this thread, which sleeps between attempts.
    ///
    /// # Errors
    ///
    /// The error of the last attempt, as it is, or with the circumstances if it is [`detailed`](Retry::detailed).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, blocking_retry};
    /// use anywhen::time::Duration;
    ///
    /// let mut results = [Err("busy"), Err("busy"), Ok(42)].into_iter();
    /// let retry = blocking_retry(|| results.next().unwrap()).backoff(Constant::new(Duration::from_millis(1)));
    /// assert_eq!(retry.call(), Ok(42));
    /// ```
    pub fn call(self) -> Result<V, P::Error>
    where
        S: FnMut(Duration),
        P: Decide<V, E>,
    {
        let (Blocking { mut op, mut sleep }, mut strategy, timer) = self.into_parts();
        let mut progress = Progress::new();
        strategy.begins();
        progress.is_under_way(&strategy, &timer);
        loop {
            let result = op();
            let again = strategy.wants_retry(&result);
            match result {
                Ok(value) if !again => {
                    progress.succeeded(&strategy, &timer);
                    return Ok(value);
                }
                result => match progress.failed(&mut strategy, &timer, &result, again) {
                    Ok(delay) => {
                        drop(result);
                        if !delay.is_zero() {
                            sleep(delay);
                        }
                    }
                    Err((standing, reason)) => return result.map_err(|error| P::error(error, standing, reason)),
                },
            }
        }
    }
}
