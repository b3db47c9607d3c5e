//! Delays that grow by the same factor each time.

use core::time::Duration;

use super::{Backoff, assert_first, assert_max, nanos};

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
    first: u64,
    /// The factor with 32 binary digits behind the point, so that counting loses no nanoseconds.
    factor: u64,
    max: u64,
}

impl Exponential {
    /// `first`, then `factor` times as long each time, without a maximum.
    ///
    /// The factor is kept with 32 binary digits behind the point: 2 and 1.5 are exact, others are to within 10⁻⁹. Delays
    /// are rounded up to whole nanoseconds, so that they always grow.
    ///
    /// # Panics
    ///
    /// If `first` is zero, or if `factor` is not a number from 1 to 2³².
    #[track_caller]
    pub const fn new(first: Duration, factor: f64) -> Self {
        assert_first(first);
        assert!(factor >= 1.0 && factor <= 4_294_967_296.0, "the factor of a backoff must be a number from 1 to 2^32");
        // At the very end of the range the cast saturates.
        Self { first: nanos(first), factor: (factor * 4_294_967_296.0) as u64, max: u64::MAX }
    }

    /// No delay shall be longer than `max`.
    ///
    /// # Panics
    ///
    /// If `max` is below the first delay.
    #[track_caller]
    #[must_use]
    pub const fn with_max(mut self, max: Duration) -> Self {
        self.max = nanos(max);
        assert_max(self.first, self.max);
        self
    }
}

impl Backoff for Exponential {
    type Delays = ExponentialDelays;

    fn delays(&self, _: u64) -> ExponentialDelays {
        ExponentialDelays { next: self.first, factor: self.factor, max: self.max }
    }

    fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }
}

/// The delays of [`Exponential`].
#[derive(Clone, Debug)]
pub struct ExponentialDelays {
    next: u64,
    factor: u64,
    max: u64,
}

impl Iterator for ExponentialDelays {
    type Item = Duration;

    #[inline]
    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        // Rounded up, and with 32 digits behind the point until it is known to fit.
        let next = u128::from(delay) * u128::from(self.factor) + u128::from(u32::MAX);
        self.next = (next.min(u128::from(self.max) << 32) >> 32) as u64;
        Some(Duration::from_nanos(delay))
    }
}
