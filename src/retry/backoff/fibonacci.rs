//! Delays that grow as the Fibonacci numbers do.

use core::time::Duration;

use super::{Backoff, assert_first, assert_max, nanos};

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
    first: u64,
    max: u64,
}

impl Fibonacci {
    /// `first` twice, then the sum of the two before, without a maximum.
    ///
    /// # Panics
    ///
    /// If `first` is zero: it would never grow.
    #[track_caller]
    pub const fn new(first: Duration) -> Self {
        assert_first(first);
        Self { first: nanos(first), max: u64::MAX }
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

impl Backoff for Fibonacci {
    type Delays = FibonacciDelays;

    fn delays(&self, _: u64) -> FibonacciDelays {
        FibonacciDelays { next: self.first, after: self.first, max: self.max }
    }

    fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }
}

/// The delays of [`Fibonacci`].
#[derive(Clone, Debug)]
pub struct FibonacciDelays {
    next: u64,
    after: u64,
    max: u64,
}

impl Iterator for FibonacciDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        self.next = self.after;
        self.after = delay.saturating_add(self.after).min(self.max);
        Some(Duration::from_nanos(delay))
    }
}
