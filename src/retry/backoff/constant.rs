//! The same delay each time.

use core::time::Duration;

use super::Backoff;

/// The same delay each time.
///
/// For polling, and for tests. Clients that share a server should back off: see [`Exponential`](super::Exponential).
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
    pub const fn new(delay: Duration) -> Self {
        Self { delay }
    }
}

impl Backoff for Constant {
    type Delays = ConstantDelays;

    fn delays(&self, _: u64) -> ConstantDelays {
        ConstantDelays { delay: self.delay }
    }

    fn max(&self) -> Duration {
        // Jitter may spread around a delay that is not a maximum.
        Duration::MAX
    }
}

/// The delays of [`Constant`].
#[derive(Clone, Debug)]
pub struct ConstantDelays {
    delay: Duration,
}

impl Iterator for ConstantDelays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.delay)
    }
}
