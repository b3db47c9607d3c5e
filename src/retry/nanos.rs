//! Durations as the retries count them: whole nanoseconds in 64 bits.

use core::fmt;
use core::time::Duration;

/// A duration in nanoseconds. The largest, 584 years, stands for any that is longer, and is as good as never.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Nanos(pub(super) u64);

impl Nanos {
    pub(super) const ENDLESS: Self = Self(u64::MAX);

    #[inline]
    pub(super) const fn of(duration: Duration) -> Self {
        let nanos = duration.as_nanos();
        if nanos > u64::MAX as u128 { Self::ENDLESS } else { Self(nanos as u64) }
    }

    #[inline]
    pub(super) const fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    #[inline]
    pub(super) const fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl fmt::Debug for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ENDLESS { f.write_str("endless") } else { self.duration().fmt(f) }
    }
}
