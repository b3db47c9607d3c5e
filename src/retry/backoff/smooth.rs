//! Random delays that grow by a smooth curve.

use core::time::Duration;

use super::{Backoff, accepted, first_of, max_above};
use crate::internal::rng::Rng;
use crate::retry::Jitter;
use crate::retry::jitter::between;
use crate::retry::nanos::Nanos;

/// Random delays that grow twofold in the end, spread so smoothly that the retries of many clients leave no peaks.
///
/// With [`Jitter::Full`] on [`Exponential`](super::Exponential) the attempts of many clients that failed together come in
/// steps, each as wide as the delay: most just after the failure, fewer after each step. Here they thin out evenly, and few
/// come at once. It is random by itself, so it is not spread unless the policy says so.
///
/// This is the second decorrelated jitter of Polly.Contrib.WaitAndRetry, which Polly itself uses, and whose formula is
/// George Polevoy's. With a random number *u* from 0 to 1 for the *n*-th retry, counted from 0, and *t* = *n* + *u*, the
/// *n*-th retry comes at
///
/// > *median* / 1.4 · 2<sup>*t*</sup> · tanh √(4 *t*)
///
/// after the failure, and the delay is the time from the one before. There is one change: where a delay would be longer than
/// the maximum, one from half of that to the whole is drawn, so that delays do not pile up there.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Backoff, Smooth};
/// use anywhen::time::Duration;
///
/// let second = Duration::from_secs(1);
/// let total = |seed| Smooth::new(second).delays(seed).take(5).sum::<Duration>();
/// let mean = (0..1000).map(total).sum::<Duration>() / 1000;
/// // The fifth retry comes sixteen seconds after the first failure, more or less.
/// assert!((second * 14..second * 19).contains(&mean), "{mean:?}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Smooth {
    median: Nanos,
    max: Nanos,
}

impl Smooth {
    /// Delays the first of which has a median near `median`. The time from the first failure to each retry is about twice that to
    /// the one before, without a maximum.
    ///
    /// # Panics
    ///
    /// If `median` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Smooth};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let firsts = (0..1000).map(|seed| Smooth::new(second).delays(seed).next().unwrap());
    /// assert!((550..670).contains(&firsts.filter(|delay| *delay < second).count()));
    /// ```
    #[track_caller]
    pub const fn new(median: Duration) -> Self {
        accepted(Self::checked(median, Duration::MAX))
    }

    /// No delay shall be longer than `max`.
    ///
    /// # Panics
    ///
    /// If `max` is below the median of the first delay.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Smooth};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let mut delays = Smooth::new(second).with_max(second * 10).delays(7).take(100);
    /// assert!(delays.all(|delay| delay <= second * 10));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn with_max(mut self, max: Duration) -> Self {
        self.max = accepted(max_above(self.median, max));
        self
    }

    /// Refuses what makes no sense.
    pub(in crate::retry) const fn checked(median: Duration, max: Duration) -> Result<Self, &'static str> {
        match first_of(median) {
            Ok(median) => match max_above(median, max) {
                Ok(max) => Ok(Self { median, max }),
                Err(message) => Err(message),
            },
            Err(message) => Err(message),
        }
    }

    /// The median of the first delay, and the maximum.
    #[cfg(feature = "serde")]
    pub(in crate::retry) const fn parts(&self) -> (Nanos, Nanos) {
        (self.median, self.max)
    }
}

impl Backoff for Smooth {
    type Delays = SmoothDelays;

    fn delays(&self, seed: u64) -> SmoothDelays {
        SmoothDelays { rng: Rng::with_seed(seed), retries: 0, before: 0.0, median: self.median, max: self.max }
    }

    fn max(&self) -> Duration {
        self.max.duration()
    }

    fn jitter(&self) -> Jitter {
        Jitter::None
    }
}

/// The delays of [`Smooth`].
#[derive(Clone, Debug)]
pub struct SmoothDelays {
    rng: Rng,
    retries: u32,
    /// When the retry before came, on the curve of a median of 1.4 ns.
    before: f64,
    median: Nanos,
    max: Nanos,
}

impl SmoothDelays {
    /// From here on the curve has left 64 bits of nanoseconds behind, whatever the median. So nothing becomes infinite.
    const LAST: u32 = 128;
}

impl Iterator for SmoothDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let t = f64::from(self.retries) + self.rng.f64();
        let at = t.exp2() * (4.0 * t).sqrt().tanh();
        // The cast saturates, at both ends: at the very beginning of the curve it is not quite steady.
        let delay = Nanos(((at - self.before) / 1.4 * self.median.0 as f64) as u64);
        self.before = at;
        self.retries = (self.retries + 1).min(Self::LAST);
        let is_too_long = delay > self.max || self.retries == Self::LAST;
        let delay = if is_too_long { Nanos(between(&mut self.rng, self.max.0 / 2, self.max.0)) } else { delay };
        Some(delay.duration())
    }
}
