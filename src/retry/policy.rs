//! The policy: what is retried for how long, as a plain value.

use core::num::NonZeroU32;
use core::time::Duration;

use super::backoff::accepted;
use super::nanos::Nanos;
use super::{Backoff, Exponential, Jitter};

/// When to retry, and when to stop.
///
/// A plain value without a clock or a future in it: build one as a constant, keep it in a struct or a configuration, share
/// it by reference. Give it to a retry with [`Retry::policy`](super::Retry::policy).
///
/// # The default
///
/// Three retries (four attempts) with exponential backoff from 100 ms by a factor of 2 up to 30 s, and full jitter. The
/// second attempt comes within a tenth of a second, which is when most transient faults have passed, and the last after
/// 0.7 s at the latest, so that a person who waits is not kept waiting; full jitter is what the
/// [article](Jitter) that compared them recommends.
///
/// # In configurations
///
/// With the feature `serde` policies, backoffs and jitters are read and written, in formats that name what they hold, as JSON
/// and TOML do. Durations are text; what is left out has its default, but for the backoff, and what makes no sense is refused
/// as here.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use anywhen::retry::Policy;
/// use anywhen::time::Duration;
///
/// let text = r#"{
///     "backoff": { "first": "100ms", "factor": 1.5, "max": "1m 30s" },
///     "max_attempts": 5,
///     "max_elapsed": "10m",
///     "jitter": "equal"
/// }"#;
/// let policy: Policy = serde_json::from_str(text).unwrap();
/// assert!(policy.schedule().after_failure(Duration::ZERO, None).unwrap() >= Duration::from_millis(50));
///
/// let nonsense = r#"{ "backoff": { "first": "100ms", "factor": 1.5 }, "max_attempts": 0 }"#;
/// let error = serde_json::from_str::<Policy>(nonsense).unwrap_err();
/// assert!(error.to_string().starts_with("a policy must allow one attempt at least"));
/// # }
/// ```
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Exponential, Jitter, Policy};
/// use anywhen::time::Duration;
///
/// const POLICY: Policy = Policy::of(Exponential::new(Duration::from_millis(20), 2.0).with_max(Duration::from_secs(2)))
///     .max_attempts(5)
///     .max_elapsed(Duration::from_secs(10))
///     .jitter(Jitter::Equal);
///
/// # anywhen::rt::Std.block_on(async {
/// let answer = anywhen::retry::retry(|| async { Ok::<_, ()>(42) }).policy(&POLICY).await;
/// assert_eq!(answer, Ok(42));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy<B = Exponential> {
    pub(super) backoff: B,
    pub(super) limits: Limits,
}

/// The part of a policy that does not depend on the kind of backoff.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// How many calls in all; the largest number is no limit. If it is not given, as many as suits the backoff.
    pub(super) max_attempts: Option<NonZeroU32>,
    pub(super) max_elapsed: Nanos,
    pub(super) max_slept: Nanos,
    /// If it is not given, the backoff has one that suits it.
    pub(super) jitter: Option<Jitter>,
    pub(super) seed: Option<u64>,
}

impl Policy {
    /// The [default](#the-default).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, StopReason};
    /// use anywhen::time::Duration;
    ///
    /// let mut schedule = Policy::new().schedule();
    /// let delays: Vec<_> = (0..3).map(|_| schedule.after_failure(Duration::ZERO, None).unwrap()).collect();
    /// assert!(delays.iter().zip([100, 200, 400]).all(|(delay, most)| delay.as_millis() <= most));
    /// assert_eq!(schedule.after_failure(Duration::ZERO, None), Err(StopReason::MaxAttempts));
    /// ```
    #[inline]
    pub const fn new() -> Self {
        Self::of(Exponential::new(Duration::from_millis(100), 2.0).with_max(Duration::from_secs(30)))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl<B: Backoff> From<B> for Policy<B> {
    fn from(backoff: B) -> Self {
        Self::of(backoff)
    }
}

impl<B> Policy<B> {
    /// The default with another backoff, and the [jitter](Backoff::jitter) and [number of attempts](Backoff::attempts) that
    /// suit it.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, retry};
    /// use anywhen::time::Duration;
    ///
    /// // Two retries with named delays, since that is when the backoff ends.
    /// let policy = Policy::of([10, 100].map(Duration::from_millis).into_iter());
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(retry(|| async { Ok::<_, ()>(1) }).policy(policy).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    pub const fn of(backoff: B) -> Self {
        let limits = Limits {
            max_attempts: None,
            max_elapsed: Nanos::ENDLESS,
            max_slept: Nanos::ENDLESS,
            jitter: None,
            seed: None,
        };
        Self { backoff, limits }
    }

    /// Attempts at most, the first one included. [`u32::MAX`] means without end.
    ///
    /// # Panics
    ///
    /// If `attempts` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    ///
    /// assert_eq!(Policy::new().max_attempts(5), Policy::new().max_retries(4));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.limits.max_attempts = accepted(Limits::checked_attempts(attempts));
        self
    }

    /// Attempts at most, the first one not included: with 0 there is one attempt, and no retry. [`u32::MAX`] means without
    /// end.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Policy, StopReason};
    /// use anywhen::time::Duration;
    ///
    /// let mut schedule = Policy::new().max_retries(1).schedule();
    /// assert!(schedule.after_failure(Duration::ZERO, None).is_ok());
    /// assert_eq!(schedule.after_failure(Duration::ZERO, None), Err(StopReason::MaxAttempts));
    /// ```
    #[must_use]
    pub const fn max_retries(mut self, retries: u32) -> Self {
        self.limits.max_attempts = NonZeroU32::new(retries.saturating_add(1));
        self
    }

    /// How much time may pass, attempts and delays together.
    ///
    /// A delay that would end later is not begun, and the last result comes back at once; an attempt that has been begun is
    /// not interrupted. The time counts from when the first attempt is first pending, or fails. [`Duration::MAX`] is no
    /// limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy, StopReason};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let mut schedule = Policy::of(Constant::new(second)).max_elapsed(second * 10).schedule();
    /// assert_eq!(schedule.after_failure(second * 9, None), Ok(second));
    /// // A delay from here would end after ten and a half seconds.
    /// assert_eq!(schedule.after_failure(second * 19 / 2, None), Err(StopReason::MaxElapsed));
    /// ```
    #[must_use]
    pub const fn max_elapsed(mut self, limit: Duration) -> Self {
        self.limits.max_elapsed = Nanos::of(limit);
        self
    }

    /// How long the delays may be in all, however long the attempts take.
    ///
    /// A delay that would exceed it is not begun, and the last result comes back at once. [`Duration::MAX`] is no limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy, StopReason};
    /// use anywhen::time::Duration;
    ///
    /// let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
    /// let mut schedule = Policy::of(Constant::new(second)).max_slept(second).schedule();
    /// assert_eq!(schedule.after_failure(hour, None), Ok(second));
    /// assert_eq!(schedule.after_failure(hour * 2, None), Err(StopReason::MaxSlept));
    /// ```
    #[must_use]
    pub const fn max_slept(mut self, limit: Duration) -> Self {
        self.limits.max_slept = Nanos::of(limit);
        self
    }

    /// How the delays are spread; if it is not said, as [suits the backoff](Backoff::jitter).
    ///
    /// # Panics
    ///
    /// If the share of [`Jitter::Proportional`] is not from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Jitter, Policy};
    /// use anywhen::time::Duration;
    ///
    /// let minute = Duration::from_secs(60);
    /// let policy = Policy::of(Constant::new(minute)).jitter(Jitter::Proportional(0.1));
    /// let delay = policy.schedule().after_failure(Duration::ZERO, None).unwrap();
    /// assert!((54..=66).contains(&delay.as_secs()));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.limits.jitter = Some(accepted(jitter.checked()));
        self
    }

    /// Determines what is random about the delays. Without a seed each run draws one of its own.
    ///
    /// All runs with one seed have the same delays: in production that undoes what jitter is for.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    /// use anywhen::time::Duration;
    ///
    /// let (policy, now) = (Policy::new().seed(7), Duration::ZERO);
    /// assert_eq!(policy.schedule().after_failure(now, None), policy.schedule().after_failure(now, None));
    /// ```
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.limits.seed = Some(seed);
        self
    }

    /// The same limits with another backoff.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Jitter, Policy};
    /// use anywhen::time::Duration;
    ///
    /// let policy = Policy::new().max_retries(9).backoff(Constant::new(Duration::from_secs(1)));
    /// assert_eq!(policy, Policy::of(Constant::new(Duration::from_secs(1))).max_retries(9));
    /// ```
    #[must_use]
    pub fn backoff<C>(self, backoff: C) -> Policy<C> {
        Policy { backoff, limits: self.limits }
    }
}

impl Limits {
    pub(super) const fn checked_attempts(attempts: u32) -> Result<Option<NonZeroU32>, &'static str> {
        match NonZeroU32::new(attempts) {
            None => Err("a policy must allow one attempt at least"),
            attempts => Ok(attempts),
        }
    }

    /// How many calls there are in all.
    pub(super) fn attempts<B: Backoff>(&self, backoff: &B) -> u32 {
        self.max_attempts.map_or_else(|| backoff.attempts(), NonZeroU32::get)
    }
}
