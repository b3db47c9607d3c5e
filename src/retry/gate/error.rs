//! What turns a call away, and the error for calls whose own has no place for that.

use core::error::Error;
use core::fmt;
use core::time::Duration;

use crate::time::error::Elapsed;

/// A call was turned away: it has not begun, and may be made later.
///
/// It is the one type for everything in [`retry`](crate::retry) that turns calls away. A gate asks of the error of the calls
/// that they be made of it: `E: From<Refused>`. [`std::io::Error`] is; for an error that is not, there is [`CallError`].
///
/// # Examples
///
/// A server that says when to come back:
///
/// ```
/// use anywhen::retry::Refused;
/// use anywhen::time::Duration;
///
/// fn respond(refused: Refused) -> String {
///     match refused.retry_after() {
///         Some(delay) => format!("503 Service Unavailable\nRetry-After: {}", delay.as_secs_f64().ceil()),
///         None => "503 Service Unavailable".to_owned(),
///     }
/// }
///
/// let refused = Refused::CircuitOpen { retry_after: Duration::from_millis(1500) };
/// assert!(respond(refused).ends_with("Retry-After: 2"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refused {
    /// A circuit breaker is open: calls of this kind have failed too often lately.
    CircuitOpen {
        /// How long it stays open. Zero if it is open no more, and as many calls as may are trying the circuit out;
        /// [`Duration::MAX`] if it stays open until somebody closes it.
        retry_after: Duration,
    },
    /// A rate limiter has too little left, and nobody may wait for more, or too many do.
    RateLimited {
        /// When there will be enough, if nobody else takes it. [`Duration::MAX`] if never, since more was asked for than the
        /// limiter ever has.
        retry_after: Duration,
    },
    /// As many calls are under way as may, and as many wait as may, or waited for too long.
    BulkheadFull,
    /// As many calls are under way as the other side was found to bear, and as many wait as may, or waited for too long.
    OverLimit,
}

impl Refused {
    /// When it is worth it to try again, if that is known: neither at once nor never.
    ///
    /// # Examples
    ///
    /// A retry that waits for just as long:
    ///
    /// ```
    /// use anywhen::retry::{CallError, Refused, retry};
    /// # use anywhen::time::{Duration, VirtualClock};
    /// # let mut results = [Err(CallError::Refused(Refused::CircuitOpen { retry_after: Duration::from_secs(7) })), Ok(1)];
    /// # let mut results = results.into_iter();
    /// # let mut ask = || std::future::ready::<Result<u8, CallError<String>>>(results.next().unwrap());
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let answer = retry(|| ask())
    ///     .delay_from(|error| match error {
    ///         CallError::Refused(refused) => refused.retry_after(),
    ///         _ => None,
    ///     })
    ///     .await;
    /// # assert_eq!(answer, Ok(1));
    /// # }));
    /// ```
    pub const fn retry_after(&self) -> Option<Duration> {
        match *self {
            Self::CircuitOpen { retry_after } | Self::RateLimited { retry_after } if is_a_time(retry_after) => {
                Some(retry_after)
            }
            _ => None,
        }
    }
}

/// Neither at once nor never.
const fn is_a_time(delay: Duration) -> bool {
    !delay.is_zero() && delay.as_secs() != Duration::MAX.as_secs()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CircuitOpen { .. } => "the circuit is open",
            Self::RateLimited { .. } => "the rate limit is reached",
            Self::BulkheadFull => "too many calls are under way",
            Self::OverLimit => "the concurrency limit is reached",
        })?;
        match self.retry_after() {
            Some(delay) => write!(f, "; retry after {delay:.1?}"),
            None => Ok(()),
        }
    }
}

impl Error for Refused {}

#[cfg(feature = "std")]
impl From<Refused> for std::io::Error {
    fn from(refused: Refused) -> Self {
        Self::new(std::io::ErrorKind::ResourceBusy, refused)
    }
}

/// Why a call gave no result: it failed, it was turned away, or it took too long.
///
/// It is for calls whose own error cannot be made of [`Refused`] or of [`Elapsed`]; say `.map_err(CallError::Failed)` within
/// the call.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{CallError, retry};
/// use anywhen::time::Duration;
/// # async fn ask() -> Result<u32, String> { Ok(42) }
///
/// # anywhen::rt::Std.block_on(async {
/// let answer: Result<u32, CallError<String>> = retry(|| async { ask().await.map_err(CallError::Failed) })
///     .attempt_timeout(Duration::from_secs(1))
///     .await;
/// # assert_eq!(answer, Ok(42));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The call itself failed.
    Failed(E),
    /// It was turned away.
    Refused(Refused),
    /// It took too long.
    Elapsed(Elapsed),
}

impl<E> From<Refused> for CallError<E> {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl<E> From<Elapsed> for CallError<E> {
    fn from(elapsed: Elapsed) -> Self {
        Self::Elapsed(elapsed)
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Refused(refused) => refused.fmt(f),
            Self::Elapsed(elapsed) => elapsed.fmt(f),
        }
    }
}

impl<E: Error> Error for CallError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // The error itself is all of our own text.
            Self::Failed(error) => error.source(),
            Self::Refused(_) | Self::Elapsed(_) => None,
        }
    }
}
