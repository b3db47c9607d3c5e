//! Delays that grow as the Fibonacci numbers do.

use core::time::Duration;

use super::{Backoff, accepted, first_of, max_above};
use crate::retry::nanos::Nanos;

/// Delays that grow as the Fibonacci numbers do: each is the sum of the two before.
///
/// In the long run that is [`Exponential`](super::Exponential) with a factor of 1.618, with a slower start.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Backoff, Fibonacci};
/// use anywhen::time::Duration;
///
/// let backoff = Fibonacci::new(Duration::from_secs(1)).with_max(Duration::from_secs(10));
/// let seconds: Vec<_> = backoff.delays(0).take(8).map(|delay| delay.as_secs()).collect();
/// assert_eq!(seconds, [1, 1, 2, 3, 5, 8, 10, 10]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fibonacci {
    first: Nanos,
    max: Nanos,
}

impl Fibonacci {
    /// `first` twice, then the sum of the two before, without a maximum.
    ///
    /// # Panics
    ///
    /// If `first` is zero: it would never grow.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Fibonacci};
    /// use anywhen::time::Duration;
    ///
    /// let seconds = Fibonacci::new(Duration::from_secs(2)).delays(0).map(|delay| delay.as_secs());
    /// assert_eq!(seconds.take(5).collect::<Vec<_>>(), [2, 2, 4, 6, 10]);
    /// ```
    #[track_caller]
    pub const fn new(first: Duration) -> Self {
        accepted(Self::checked(first, Duration::MAX))
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
    /// use anywhen::retry::{Backoff, Fibonacci};
    /// use anywhen::time::Duration;
    ///
    /// let backoff = Fibonacci::new(Duration::from_secs(1)).with_max(Duration::from_secs(4));
    /// assert_eq!(backoff.delays(0).nth(4), Some(Duration::from_secs(4)));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn with_max(mut self, max: Duration) -> Self {
        self.max = accepted(max_above(self.first, max));
        self
    }
}

impl Fibonacci {
    /// Refuses what makes no sense.
    pub(in crate::retry) const fn checked(first: Duration, max: Duration) -> Result<Self, &'static str> {
        match first_of(first) {
            Ok(first) => match max_above(first, max) {
                Ok(max) => Ok(Self { first, max }),
                Err(message) => Err(message),
            },
            Err(message) => Err(message),
        }
    }

    /// The first delay and the maximum.
    #[cfg(feature = "serde")]
    pub(in crate::retry) const fn parts(&self) -> (Nanos, Nanos) {
        (self.first, self.max)
    }
}

impl Backoff for Fibonacci {
    type Delays = FibonacciDelays;

    fn delays(&self, _: u64) -> FibonacciDelays {
        FibonacciDelays { next: self.first, after: self.first, max: self.max }
    }

    fn max(&self) -> Duration {
        self.max.duration()
    }
}

/// The delays of [`Fibonacci`].
#[derive(Clone, Debug)]
pub struct FibonacciDelays {
    next: Nanos,
    after: Nanos,
    max: Nanos,
}

impl Iterator for FibonacciDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        self.next = self.after;
        self.after = delay.plus(self.after).min(self.max);
        Some(delay.duration())
    }
}
