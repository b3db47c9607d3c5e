//! What comes back in the end, with the circumstances.

use core::error::Error;
use core::fmt;
use core::time::Duration;

use super::StopReason;

/// The last error and how it came to that; from [`Retry::detailed`](super::Retry::detailed).
///
/// # Examples
///
/// ```
/// use anywhen::retry::retry;
///
/// # anywhen::rt::Std.block_on(async {
/// let error = retry(|| async { Err::<(), _>("no route to host") }).max_attempts(1).detailed().await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "gave up after 1 attempt in 0.0ns, because all attempts have been made: no route to host"
/// );
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryError<E> {
    /// How many attempts were made.
    pub attempts: u32,
    /// How much time passed, from when the first attempt was first pending, or failed.
    pub elapsed: Duration,
    /// Why there was no further attempt.
    pub reason: StopReason,
    /// The error of the last attempt.
    pub error: E,
}

impl<E: fmt::Display> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, elapsed, reason, error } = self;
        let s = if *attempts == 1 { "" } else { "s" };
        write!(f, "gave up after {attempts} attempt{s} in {elapsed:.1?}, because {reason}: {error}")
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The error itself is part of our own text.
        self.error.source()
    }
}
