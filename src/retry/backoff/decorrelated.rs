//! Random delays that grow on the average.

use core::time::Duration;

use super::{Backoff, accepted, first_of, max_above};
use crate::internal::rng::Rng;
use crate::retry::Jitter;
use crate::retry::jitter::between;
use crate::retry::nanos::Nanos;

/// Random delays, each between the minimum and three times the delay before it.
///
/// This is "decorrelated jitter" of Marc Brooker's article "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015),
/// with one change: the range is cut off at the maximum before the delay is drawn, not after. So delays do not pile up at
/// the maximum, and stay spread there. It is random by itself, so it is not spread unless the policy says so.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Backoff, Decorrelated};
/// use anywhen::time::Duration;
///
/// let (min, max) = (Duration::from_millis(10), Duration::from_secs(1));
/// let delays: Vec<_> = Decorrelated::new(min, max).delays(7).take(100).collect();
/// assert!(delays.iter().all(|delay| (min..=max).contains(delay)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decorrelated {
    min: Nanos,
    max: Nanos,
}

impl Decorrelated {
    /// Delays from `min` to `max`.
    ///
    /// # Panics
    ///
    /// If `min` is zero, or above `max`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Decorrelated, Policy};
    /// use anywhen::time::Duration;
    ///
    /// const POLICY: Policy<Decorrelated> =
    ///     Policy::of(Decorrelated::new(Duration::from_millis(50), Duration::from_secs(5))).max_retries(10);
    /// assert!(POLICY.schedule().after_failure(Duration::ZERO, None).unwrap() <= Duration::from_millis(150));
    /// ```
    #[track_caller]
    pub const fn new(min: Duration, max: Duration) -> Self {
        accepted(Self::checked(min, max))
    }
}

impl Decorrelated {
    /// Refuses what makes no sense.
    pub(in crate::retry) const fn checked(min: Duration, max: Duration) -> Result<Self, &'static str> {
        match first_of(min) {
            Ok(min) => match max_above(min, max) {
                Ok(max) => Ok(Self { min, max }),
                Err(message) => Err(message),
            },
            Err(message) => Err(message),
        }
    }

    /// The least and the longest delay.
    #[cfg(feature = "serde")]
    pub(in crate::retry) const fn parts(&self) -> (Nanos, Nanos) {
        (self.min, self.max)
    }
}

impl Backoff for Decorrelated {
    type Delays = DecorrelatedDelays;

    fn delays(&self, seed: u64) -> DecorrelatedDelays {
        DecorrelatedDelays { rng: Rng::with_seed(seed), before: self.min, min: self.min, max: self.max }
    }

    fn max(&self) -> Duration {
        self.max.duration()
    }

    fn jitter(&self) -> Jitter {
        Jitter::None
    }
}

/// The delays of [`Decorrelated`].
#[derive(Clone, Debug)]
pub struct DecorrelatedDelays {
    rng: Rng,
    before: Nanos,
    min: Nanos,
    max: Nanos,
}

impl Iterator for DecorrelatedDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.before = decorrelated(&mut self.rng, self.min, self.before, self.max);
        Some(self.before.duration())
    }
}

/// The delay after `before`.
pub(in crate::retry) fn decorrelated(rng: &mut Rng, min: Nanos, before: Nanos, max: Nanos) -> Nanos {
    let top = before.0.saturating_mul(3).min(max.0);
    Nanos(between(rng, min.0.min(top), top))
}
