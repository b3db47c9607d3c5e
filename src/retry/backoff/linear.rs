//! Delays that grow by the same step each time.

use core::time::Duration;

use super::{Backoff, accepted, max_above};
use crate::retry::nanos::Nanos;

/// Delays that grow by the same step each time.
///
/// Gentler than [`Exponential`](super::Exponential); for a resource that is certain to come back soon.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Backoff, Linear};
/// use anywhen::time::Duration;
///
/// let backoff = Linear::new(Duration::from_millis(10), Duration::from_millis(5)).with_max(Duration::from_millis(18));
/// let millis: Vec<_> = backoff.delays(0).take(4).map(|delay| delay.as_millis()).collect();
/// assert_eq!(millis, [10, 15, 18, 18]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Linear {
    first: Nanos,
    step: Nanos,
    max: Nanos,
}

impl Linear {
    /// `first`, then `step` more each time, without a maximum. Both may be zero.
    ///
    /// # Examples
    ///
    /// The first retry at once, the others ever later:
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Linear};
    /// use anywhen::time::Duration;
    ///
    /// let seconds = Linear::new(Duration::ZERO, Duration::from_secs(1)).delays(0).map(|delay| delay.as_secs());
    /// assert_eq!(seconds.take(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
    /// ```
    pub const fn new(first: Duration, step: Duration) -> Self {
        accepted(Self::checked(first, step, Duration::MAX))
    }

    /// No delay shall be longer than `max`.
    ///
    /// # Panics
    ///
    /// If `max` is below the first delay.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Linear};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let backoff = Linear::new(second, second).with_max(second * 3);
    /// assert_eq!(backoff.delays(0).nth(9), Some(second * 3));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn with_max(mut self, max: Duration) -> Self {
        self.max = accepted(max_above(self.first, max));
        self
    }
}

impl Linear {
    /// Refuses what makes no sense.
    pub(in crate::retry) const fn checked(
        first: Duration,
        step: Duration,
        max: Duration,
    ) -> Result<Self, &'static str> {
        let (first, step) = (Nanos::of(first), Nanos::of(step));
        match max_above(first, max) {
            Ok(max) => Ok(Self { first, step, max }),
            Err(message) => Err(message),
        }
    }

    /// The first delay, the step and the maximum.
    #[cfg(feature = "serde")]
    pub(in crate::retry) const fn parts(&self) -> (Nanos, Nanos, Nanos) {
        (self.first, self.step, self.max)
    }
}

impl Backoff for Linear {
    type Delays = LinearDelays;

    fn delays(&self, _: u64) -> LinearDelays {
        LinearDelays { next: self.first, step: self.step, max: self.max }
    }

    fn max(&self) -> Duration {
        self.max.duration()
    }
}

/// The delays of [`Linear`].
#[derive(Clone, Debug)]
pub struct LinearDelays {
    next: Nanos,
    step: Nanos,
    max: Nanos,
}

impl Iterator for LinearDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        self.next = delay.plus(self.step).min(self.max);
        Some(delay.duration())
    }
}
