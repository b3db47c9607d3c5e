//! The same delay each time.

use core::iter::{Repeat, repeat};
use core::time::Duration;

use super::Backoff;
use crate::retry::Jitter;

/// The same delay each time.
///
/// For polling, and for tests. It is not spread unless the policy says so: where others poll too, take
/// [`Jitter::Proportional`], and clients that share a server should back off, see [`Exponential`](super::Exponential).
///
/// # Examples
///
/// ```
/// use anywhen::retry::{Backoff, Constant};
/// use anywhen::time::Duration;
///
/// let second = Duration::from_secs(1);
/// let mut delays = Constant::new(second).delays(0);
/// assert_eq!((delays.next(), delays.next()), (Some(second), Some(second)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Constant {
    delay: Duration,
}

impl Constant {
    /// Always `delay`; with zero, attempts follow each other at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Constant, Policy};
    /// use anywhen::time::Duration;
    ///
    /// const AT_ONCE: Policy<Constant> = Policy::of(Constant::new(Duration::ZERO)).max_retries(2);
    /// assert_eq!(AT_ONCE.schedule().after_failure(Duration::ZERO, None), Ok(Duration::ZERO));
    /// ```
    pub const fn new(delay: Duration) -> Self {
        Self { delay }
    }
}

#[cfg(feature = "serde")]
impl Constant {
    /// The delay.
    pub(in crate::retry) const fn parts(&self) -> Duration {
        self.delay
    }
}

// The delay is no maximum: jitter may spread around it.
impl Backoff for Constant {
    type Delays = Repeat<Duration>;

    fn delays(&self, _: u64) -> Repeat<Duration> {
        repeat(self.delay)
    }

    fn jitter(&self) -> Jitter {
        Jitter::None
    }
}
