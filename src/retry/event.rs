//! What a hook is told of an attempt that has failed.

use core::time::Duration;

use super::strategy::Standing;

/// An attempt has failed, and there will be another; what [`Retry::on_retry`](super::Retry::on_retry) is told.
#[derive(Debug)]
pub struct RetryEvent<'a, T, E> {
    pub(super) standing: Standing,
    pub(super) delay: Duration,
    pub(super) result: &'a Result<T, E>,
}

impl<T, E> RetryEvent<'_, T, E> {
    /// How many attempts have been made; after the first failure this is 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let mut told = Vec::new();
    /// let _ = retry(|| async { Err::<(), _>("down") })
    ///     .backoff(Constant::new(Duration::from_secs(1)))
    ///     .on_retry(|event| told.push(event.attempts()))
    ///     .await;
    /// assert_eq!(told, [1, 2, 3]);
    /// # }));
    /// ```
    pub fn attempts(&self) -> u32 {
        self.standing.attempts
    }

    /// How long will be slept before the next attempt: jitter and all, exactly.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let mut told = Vec::new();
    /// let _ = retry(|| async { Err::<(), _>("down") })
    ///     .backoff(Constant::new(Duration::from_secs(1)))
    ///     .on_retry(|event| told.push(event.delay().as_secs()))
    ///     .await;
    /// assert_eq!(told, [1, 1, 1]);
    /// # }));
    /// ```
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// How much time has passed, from when the first attempt was first pending, or failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let mut told = Vec::new();
    /// let _ = retry(|| async { Err::<(), _>("down") })
    ///     .backoff(Constant::new(Duration::from_secs(1)))
    ///     .on_retry(|event| told.push(event.elapsed().as_secs()))
    ///     .await;
    /// assert_eq!(told, [0, 1, 2]);
    /// # }));
    /// ```
    pub fn elapsed(&self) -> Duration {
        self.standing.elapsed
    }

    /// The error of the attempt, `None` if an `Ok` is retried.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let mut told = Vec::new();
    /// let _ = retry(|| async { Err::<(), _>("down") })
    ///     .backoff(Constant::new(Duration::from_secs(1)))
    ///     .on_retry(|event| told.push(event.error().copied()))
    ///     .await;
    /// assert_eq!(told, [Some("down"); 3]);
    /// # }));
    /// ```
    pub fn error(&self) -> Option<&E> {
        self.result.as_ref().err()
    }

    /// The result of the attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, retry};
    /// use anywhen::time::{Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let mut told = Vec::new();
    /// let _ = retry(|| async { Err::<(), _>("down") })
    ///     .backoff(Constant::new(Duration::from_secs(1)))
    ///     .on_retry(|event| told.push(event.result().is_err()))
    ///     .await;
    /// assert_eq!(told, [true; 3]);
    /// # }));
    /// ```
    pub fn result(&self) -> &Result<T, E> {
        self.result
    }
}
