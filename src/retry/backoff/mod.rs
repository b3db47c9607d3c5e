//! How long to wait between attempts, before jitter: the rules, and the delays of one run by each.
//!
//! The rules are found in [`retry`](super) too.

mod constant;
pub(super) mod decorrelated;
mod exponential;
mod fibonacci;
mod linear;
#[cfg(feature = "std")]
mod smooth;

use core::time::Duration;

use super::Jitter;
use super::nanos::Nanos;

pub use self::constant::Constant;
pub use self::decorrelated::{Decorrelated, DecorrelatedDelays};
pub use self::exponential::{Exponential, ExponentialDelays};
pub use self::fibonacci::{Fibonacci, FibonacciDelays};
pub use self::linear::{Linear, LinearDelays};
#[cfg(feature = "std")]
pub use self::smooth::{Smooth, SmoothDelays};

/// A rule for the delays between attempts.
///
/// It is a plain value that can be used for any number of runs; each run gets an iterator of its own from
/// [`delays`](Self::delays). When that ends, so do the retries. Everything that is an iterator of durations and `Clone`
/// is a backoff too: `[10, 100, 1000].map(Duration::from_millis).into_iter()`. It is taken as it is: unless the policy says
/// otherwise there is an attempt after each delay, and no jitter. A delay of [`Duration::MAX`] ends the retries.
///
/// | | delays |
/// |---|---|
/// | [`Constant`] | d, d, d, d |
/// | [`Linear`] | d, d + s, d + 2s, d + 3s |
/// | [`Fibonacci`] | d, d, 2d, 3d, 5d |
/// | [`Exponential`] | d, fd, f²d, f³d |
/// | [`Decorrelated`] | at random, between d and three times the delay before |
/// | [`Smooth`] | at random, doubling on the average |
///
/// Counting is done in whole nanoseconds and saturates: nothing here overflows, and no delay exceeds the maximum.
///
/// # Examples
///
/// A rule of your own:
///
/// ```
/// use std::iter;
///
/// use anywhen::retry::{Backoff, Policy};
/// use anywhen::time::Duration;
///
/// /// Quick at first, then hourly.
/// #[derive(Clone)]
/// struct Patient;
///
/// impl Backoff for Patient {
///     type Delays = Box<dyn Iterator<Item = Duration> + Send>;
///
///     fn delays(&self, _seed: u64) -> Self::Delays {
///         Box::new(iter::repeat_n(Duration::from_secs(1), 3).chain(iter::repeat(Duration::from_secs(3600))))
///     }
/// }
///
/// let policy = Policy::of(Patient).max_attempts(1000);
/// # let _ = policy;
/// ```
pub trait Backoff {
    /// The delays of one run.
    type Delays: Iterator<Item = Duration>;

    /// Begins a run. What is random about it is determined by `seed`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Decorrelated};
    /// use anywhen::time::Duration;
    ///
    /// let backoff = Decorrelated::new(Duration::from_millis(10), Duration::from_secs(1));
    /// assert!(backoff.delays(1).take(5).eq(backoff.delays(1).take(5)));
    /// assert!(backoff.delays(1).take(5).ne(backoff.delays(2).take(5)));
    /// ```
    fn delays(&self, seed: u64) -> Self::Delays;

    /// The longest delay there is; jitter keeps to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Constant, Exponential};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Exponential::new(second, 2.0).with_max(second * 10).max(), second * 10);
    /// // A constant delay is no maximum: jitter may go above it.
    /// assert_eq!(Constant::new(second).max(), Duration::MAX);
    /// ```
    fn max(&self) -> Duration {
        Duration::MAX
    }

    /// How the delays are spread where the policy does not say: [`Jitter::Full`] if they grow by rule, [`Jitter::None`] if
    /// they are random already, or were named one by one.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Exponential, Jitter};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Exponential::new(second, 2.0).jitter(), Jitter::Full);
    /// assert_eq!([second, second * 5].into_iter().jitter(), Jitter::None);
    /// ```
    fn jitter(&self) -> Jitter {
        Jitter::Full
    }

    /// How many attempts there are where the policy does not say, the first one included: four, or if the delays were named
    /// one by one, as many as it takes to use them up. [`u32::MAX`] means without end.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Backoff, Fibonacci};
    /// use anywhen::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Fibonacci::new(second).attempts(), 4);
    /// assert_eq!([second, second * 5].into_iter().attempts(), u32::MAX);
    /// ```
    fn attempts(&self) -> u32 {
        4
    }
}

/// Any iterator is a rule that says each delay by name.
impl<I: Iterator<Item = Duration> + Clone> Backoff for I {
    type Delays = I;

    fn delays(&self, _: u64) -> I {
        self.clone()
    }

    fn jitter(&self) -> Jitter {
        Jitter::None
    }

    fn attempts(&self) -> u32 {
        u32::MAX
    }
}

/// The first delay of a backoff that must not be zero, since it would never grow.
pub(super) const fn first_of(first: Duration) -> Result<Nanos, &'static str> {
    if first.is_zero() {
        return Err("the first delay of a growing backoff must not be zero");
    }
    Ok(Nanos::of(first))
}

/// The maximum of a backoff, which must not be below its first delay.
pub(super) const fn max_above(first: Nanos, max: Duration) -> Result<Nanos, &'static str> {
    let max = Nanos::of(max);
    if max.0 < first.0 {
        return Err("the maximum of a backoff must not be below its first delay");
    }
    Ok(max)
}

/// What is refused panics where it is said.
#[track_caller]
pub(super) const fn accepted<T: Copy>(checked: Result<T, &'static str>) -> T {
    match checked {
        Ok(value) => value,
        Err(message) => panic!("{}", message),
    }
}
