//! A point in time that never overflows.

use core::fmt;
use core::ops::{Add, AddAssign, Sub, SubAssign};
use core::time::Duration;

/// A point in time, in whole nanoseconds.
///
/// It is the crate's own type so that the same code runs in real and in virtual time: [`Instant::now`] asks the current
/// [`Clock`](super::Clock). It differs from [`std::time::Instant`] in three ways:
///
/// * Arithmetic saturates, it never panics. `now + Duration::MAX` is [`Instant::FAR_FUTURE`], which means *never*.
/// * It is one word, and needs neither an operating system nor `std`.
/// * Subtracting a later instant from an earlier one gives [`Duration::ZERO`].
///
/// The origin of the scale is unspecified; instants of one clock compare with each other. With `std` it converts to and
/// from `std::time::Instant`, and covers 292 years before and after the first use in the process.
///
/// # Examples
///
/// ```
/// use anywhen::time::{Duration, Instant};
///
/// let start = Instant::from_nanos(1_000);
/// assert_eq!(start + Duration::from_micros(1), Instant::from_nanos(2_000));
/// assert_eq!(start + Duration::MAX, Instant::FAR_FUTURE);
/// assert_eq!(start - Instant::FAR_FUTURE, Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// What `Duration` becomes on our scale: nanoseconds, saturated to "never".
const fn nanos(duration: Duration) -> u64 {
    // The largest number of seconds whose nanoseconds fit; `as_nanos` is 128 bits wide and slower.
    const LIMIT: u64 = u64::MAX / 1_000_000_000;
    if duration.as_secs() > LIMIT {
        return u64::MAX;
    }
    (duration.as_secs() * 1_000_000_000).saturating_add(duration.subsec_nanos() as u64)
}

impl Instant {
    /// The instant that never comes. A sleep until it is pending for ever, and adding to or subtracting from it leaves
    /// it where it is.
    pub const FAR_FUTURE: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the origin of the scale; for implementations of [`Timer`](super::Timer).
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the origin of the scale; for implementations of [`Timer`](super::Timer).
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whether this is [`FAR_FUTURE`](Self::FAR_FUTURE), which never comes.
    pub const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }

    /// The time from `earlier` to `self`, zero if `earlier` is the later one, [`Duration::MAX`] if `self` never comes.
    pub const fn duration_since(self, earlier: Self) -> Duration {
        if self.is_never() && !earlier.is_never() {
            return Duration::MAX;
        }
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The same as [`duration_since`](Self::duration_since); the name that `std` has.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }

    /// The time from `earlier` to `self`, or `None` if `earlier` is the later one.
    pub const fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        if self.0 < earlier.0 { None } else { Some(self.duration_since(earlier)) }
    }

    /// `self + duration`, or `None` where that is too far away to be told from [`FAR_FUTURE`](Self::FAR_FUTURE).
    #[must_use = "an instant does not change"]
    pub const fn checked_add(self, duration: Duration) -> Option<Self> {
        let sum = self.saturating_add(duration);
        if sum.is_never() { None } else { Some(sum) }
    }

    /// `self - duration`, or `None` where that lies before the scale begins.
    #[must_use = "an instant does not change"]
    pub const fn checked_sub(self, duration: Duration) -> Option<Self> {
        if self.is_never() {
            return Some(self);
        }
        match self.0.checked_sub(nanos(duration)) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// `self + duration`, at most [`FAR_FUTURE`](Self::FAR_FUTURE). The operator `+` does the same.
    #[must_use = "an instant does not change"]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    /// `self - duration`, at least the beginning of the scale. The operator `-` does the same.
    #[must_use = "an instant does not change"]
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        if self.is_never() {
            return self;
        }
        Self(self.0.saturating_sub(nanos(duration)))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self.saturating_add(duration)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        self.saturating_sub(duration)
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            f.write_str("Instant(never)")
        } else {
            write!(f, "Instant({:?})", Duration::from_nanos(self.0))
        }
    }
}

#[cfg(feature = "std")]
mod system {
    use std::sync::OnceLock;
    use std::time;

    use super::{Duration, Instant};

    /// Where the scale's middle lies: the first reading in this process.
    static ANCHOR: OnceLock<time::Instant> = OnceLock::new();

    /// Our reading of the anchor: the middle, so that instants before it have a place too.
    const MIDDLE: Instant = Instant(1 << 63);

    #[inline]
    fn anchor() -> time::Instant {
        *ANCHOR.get_or_init(time::Instant::now)
    }

    impl Instant {
        /// The system's monotonic clock, whichever clock is current.
        #[inline]
        pub(crate) fn now_system() -> Self {
            let anchor = anchor();
            // Read after the anchor, so that it is not before it; and it takes 292 years to overflow.
            let since = time::Instant::now().saturating_duration_since(anchor);
            Self(MIDDLE.0 + since.as_nanos() as u64)
        }

        /// The same instant by the system's clock; `From` under tokio's name.
        pub fn from_std(std: time::Instant) -> Self {
            std.into()
        }

        /// The same instant by the system's clock; `From` under tokio's name.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::time::Instant;
        ///
        /// let now = Instant::now();
        /// assert_eq!(Instant::from_std(now.into_std()), now);
        /// ```
        pub fn into_std(self) -> time::Instant {
            self.into()
        }
    }

    impl From<time::Instant> for Instant {
        fn from(instant: time::Instant) -> Self {
            let anchor = anchor();
            match instant.checked_duration_since(anchor) {
                Some(after) => MIDDLE + after,
                None => MIDDLE - anchor.duration_since(instant),
            }
        }
    }

    /// An instant that never comes becomes one about thirty years away, since `std` has no such value.
    impl From<Instant> for time::Instant {
        fn from(instant: Instant) -> Self {
            const YEARS_30: Duration = Duration::from_secs(30 * 365 * 86_400);
            let anchor = anchor();
            if instant < MIDDLE {
                // Before the platform's own origin there is nothing to convert to; the anchor is the nearest instant.
                return anchor.checked_sub(MIDDLE - instant).unwrap_or(anchor);
            }
            match anchor.checked_add(instant - MIDDLE) {
                Some(same) if !instant.is_never() => same,
                _ => time::Instant::now() + YEARS_30,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1 << 63);

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(NOW + Duration::MAX, Instant::FAR_FUTURE);
        // Whose lower 64 bits of nanoseconds are not all ones.
        for secs in [600 * 365 * 86_400, u64::MAX / 1_000_000_000 + 1, 1 << 55, 1 << 63] {
            assert_eq!(Instant(0) + Duration::from_secs(secs), Instant::FAR_FUTURE, "{secs} s");
        }
        assert_eq!(Instant::FAR_FUTURE - Duration::from_secs(1), Instant::FAR_FUTURE);
        assert_eq!(Instant::FAR_FUTURE + Duration::from_secs(1), Instant::FAR_FUTURE);
        assert_eq!(Instant(5) - Duration::from_nanos(6), Instant(0));
        assert_eq!(NOW.checked_add(Duration::MAX), None);
        assert_eq!(Instant(5).checked_sub(Duration::from_nanos(6)), None);
    }

    #[test]
    fn only_what_does_not_fit_saturates() {
        let last = Instant(u64::MAX - 1);
        assert_eq!(Instant(0) + (last - Instant(0)), last);
        assert_eq!(last - (last - Instant(0)), Instant(0));
        assert_eq!(last + Duration::from_nanos(1), Instant::FAR_FUTURE);
    }

    #[test]
    fn a_duration_to_never_is_never() {
        assert_eq!(Instant::FAR_FUTURE - NOW, Duration::MAX);
        assert_eq!(Instant::FAR_FUTURE - Instant::FAR_FUTURE, Duration::ZERO);
        assert_eq!(NOW - Instant::FAR_FUTURE, Duration::ZERO);
        assert_eq!(NOW.checked_duration_since(Instant::FAR_FUTURE), None);
    }

    #[cfg(feature = "std")]
    #[test]
    fn std_instants_convert_both_ways() {
        let std_now = std::time::Instant::now();
        let ours: Instant = std_now.into();
        assert_eq!(std::time::Instant::from(ours), std_now);
        if let Some(before) = std_now.checked_sub(Duration::from_millis(3)) {
            let ours_before: Instant = before.into();
            assert_eq!(ours - ours_before, Duration::from_millis(3));
            assert_eq!(std::time::Instant::from(ours_before), before);
        }
        assert!(std::time::Instant::from(Instant::FAR_FUTURE) > std_now + Duration::from_secs(86_400 * 365));
    }
}
