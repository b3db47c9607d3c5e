//! Delays that grow by the same step each time.

use core::time::Duration;

use super::{Backoff, assert_max, nanos};

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
    first: u64,
    step: u64,
    max: u64,
}

impl Linear {
    /// `first`, then `step` more each time, without a maximum.
    pub const fn new(first: Duration, step: Duration) -> Self {
        Self { first: nanos(first), step: nanos(step), max: u64::MAX }
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

impl Backoff for Linear {
    type Delays = LinearDelays;

    fn delays(&self, _: u64) -> LinearDelays {
        LinearDelays { next: self.first, step: self.step, max: self.max }
    }

    fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }
}

/// The delays of [`Linear`].
#[derive(Clone, Debug)]
pub struct LinearDelays {
    next: u64,
    step: u64,
    max: u64,
}

impl Iterator for LinearDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        self.next = delay.saturating_add(self.step).min(self.max);
        Some(Duration::from_nanos(delay))
    }
}
