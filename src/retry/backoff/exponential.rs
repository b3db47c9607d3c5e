//! Delays that grow by the same factor each time.

use core::fmt;
use core::time::Duration;

use super::{Backoff, accepted, first_of, max_above};
use crate::retry::nanos::Nanos;

/// Delays that grow by the same factor each time: the standard for anything that others call too.
///
/// Whatever the outage, the load that retries make falls off quickly, and the number of attempts grows with the logarithm
/// of its length. Combine it with [`Jitter::Full`](crate::retry::Jitter::Full), which is the default of
/// [`Policy`](crate::retry::Policy).
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Backoff, Exponential};
/// use anywhen::time::Duration;
///
/// const BACKOFF: Exponential = Exponential::new(Duration::from_millis(100), 2.0).with_max(Duration::from_secs(1));
///
/// let millis: Vec<_> = BACKOFF.delays(0).take(6).map(|delay| delay.as_millis()).collect();
/// assert_eq!(millis, [100, 200, 400, 800, 1000, 1000]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exponential {
    first: Nanos,
    factor: Factor,
    max: Nanos,
}

/// A factor with 32 binary digits behind the point, so that counting loses no nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Factor(u64);

impl Exponential {
    /// `first`, then `factor` times as long each time, without a maximum.
    ///
    /// The factor is kept with 32 binary digits behind the point: 2 and 1.5 are exact, others are to within 10⁻⁹. Delays
    /// are rounded up to whole nanoseconds, so that they always grow.
    ///
    /// # Panics
    ///
    /// If `first` is zero, or if `factor` is not a number from 1 to 2³².
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Exponential};
    /// use anywhen::time::Duration;
    ///
    /// let backoff = Exponential::new(Duration::from_millis(100), 1.5);
    /// let millis: Vec<_> = backoff.delays(0).take(4).map(|delay| delay.as_secs_f64() * 1e3).collect();
    /// assert_eq!(millis, [100.0, 150.0, 225.0, 337.5]);
    /// ```
    #[track_caller]
    pub const fn new(first: Duration, factor: f64) -> Self {
        accepted(Self::checked(first, factor, Duration::MAX))
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
    /// use anywhen::retry::{Backoff, Exponential};
    /// use anywhen::time::Duration;
    ///
    /// let backoff = Exponential::new(Duration::from_secs(1), 10.0).with_max(Duration::from_secs(60));
    /// assert_eq!(backoff.delays(0).nth(2), Some(Duration::from_secs(60)));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn with_max(mut self, max: Duration) -> Self {
        self.max = accepted(max_above(self.first, max));
        self
    }
}

impl Exponential {
    /// Refuses what makes no sense.
    pub(in crate::retry) const fn checked(first: Duration, factor: f64, max: Duration) -> Result<Self, &'static str> {
        let first = match first_of(first) {
            Ok(first) => first,
            Err(message) => return Err(message),
        };
        if !(factor >= 1.0 && factor <= 4_294_967_296.0) {
            return Err("the factor of a backoff must be a number from 1 to 2^32");
        }
        match max_above(first, max) {
            // At the very end of the range the cast saturates.
            Ok(max) => Ok(Self { first, factor: Factor((factor * 4_294_967_296.0) as u64), max }),
            Err(message) => Err(message),
        }
    }

    /// The first delay, the factor and the maximum.
    #[cfg(feature = "serde")]
    pub(in crate::retry) const fn parts(&self) -> (Nanos, f64, Nanos) {
        (self.first, self.factor.0 as f64 / 4_294_967_296.0, self.max)
    }
}

impl Backoff for Exponential {
    type Delays = ExponentialDelays;

    fn delays(&self, _: u64) -> ExponentialDelays {
        ExponentialDelays { next: self.first, factor: self.factor, max: self.max }
    }

    fn max(&self) -> Duration {
        self.max.duration()
    }
}

/// The delays of [`Exponential`].
#[derive(Clone, Debug)]
pub struct ExponentialDelays {
    next: Nanos,
    factor: Factor,
    max: Nanos,
}

impl Iterator for ExponentialDelays {
    type Item = Duration;

    #[inline]
    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        // Rounded up from 32 digits behind the point.
        let next = (u128::from(delay.0) * u128::from(self.factor.0) + u128::from(u32::MAX)) >> 32;
        let fits = next >> 64 == 0;
        self.next = if fits { self.max.min(Nanos(next as u64)) } else { self.max };
        Some(delay.duration())
    }
}

impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0 as f64 / 4_294_967_296.0).fmt(f)
    }
}
