//! By how much a timer may be late, and the instant that is chosen within that: one that others are likely to choose as well,
//! so that the driver wakes once for all of them.

use super::{Duration, Instant};

/// Nanoseconds, at most 4.29 seconds: it has to fit where a [`Sleep`](super::Sleep) has room to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slack(u32);

impl Slack {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn new(slack: Duration) -> Self {
        let nanos = slack.as_nanos();
        Self(if nanos > u32::MAX as u128 { u32::MAX } else { nanos as u32 })
    }

    pub(crate) const fn duration(self) -> Duration {
        Duration::from_nanos(self.0 as u64)
    }

    /// The nanosecond at which to fire, and how much later than `deadline` that is.
    ///
    /// Of those that the slack allows it is the one with the most zeros at its end, counted from `origin`. So timers whose
    /// ranges overlap choose the same one, as often as not, though they do not know of each other, and whatever their slacks
    /// are. It is what Linux did with the slack of its own timers from 2010 on (apply_slack, in kernel/timer.c).
    #[inline]
    pub(crate) fn choose(self, deadline: Instant, origin: Instant) -> (u64, u32) {
        let deadline = deadline.as_nanos();
        if self == Self::NONE { (deadline, 0) } else { self.choose_later(deadline, origin.as_nanos()) }
    }

    fn choose_later(self, deadline: u64, origin: u64) -> (u64, u32) {
        const LAST: u64 = Instant::FAR_FUTURE.as_nanos() - 1;
        // What lies before it has passed.
        if deadline > LAST || deadline <= origin {
            return (deadline, 0);
        }
        // The chosen one is above the one of these, and no further than the other.
        let (below, last) = (deadline - origin - 1, deadline.saturating_add(self.0.into()).min(LAST) - origin);
        let highest_difference = (below ^ last).ilog2();
        let chosen = origin + (last >> highest_difference << highest_difference);
        (chosen, (chosen - deadline) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(slack: u64, deadline: u64, origin: u64) -> u64 {
        let slack = Slack::new(Duration::from_nanos(slack));
        let (chosen, later) = slack.choose(Instant::from_nanos(deadline), Instant::from_nanos(origin));
        assert_eq!(chosen - u64::from(later), deadline);
        chosen
    }

    #[test]
    fn without_slack_nothing_is_late() {
        for deadline in [0, 1, 1000, u64::MAX - 1, u64::MAX] {
            assert_eq!(choose(0, deadline, 0), deadline);
        }
    }

    #[test]
    fn never_stays_never_and_nothing_else_becomes_it() {
        assert_eq!(choose(1000, u64::MAX, 0), u64::MAX);
        assert!((u64::MAX - 3..u64::MAX).contains(&choose(1000, u64::MAX - 3, 0)));
    }

    #[test]
    fn neighbours_choose_the_same() {
        assert_eq!((choose(20, 1001, 0), choose(30, 1010, 0)), (1008, 1024));
        assert_eq!((choose(30, 1001, 0), choose(20, 1010, 0)), (1024, 1024));
        assert_eq!((choose(30, 1008, 7), choose(20, 1017, 7)), (1031, 1031));
    }

    proptest! {
        #[test]
        fn it_is_never_early_and_never_later_than_allowed_and_the_roundest(
            slack in 0..100_000u64,
            deadline in any::<u64>(),
            origin in prop_oneof![Just(0), Just(1 << 63), any::<u64>()],
        ) {
            let chosen = choose(slack, deadline, origin);
            prop_assert!((deadline..=deadline.saturating_add(slack)).contains(&chosen));
            if deadline > origin && deadline < u64::MAX - 1 - slack {
                let zeros = (chosen - origin).trailing_zeros();
                let rounder = (deadline - origin + slack) >> (zeros + 1) << (zeros + 1);
                prop_assert!(rounder < deadline - origin, "{rounder} would have been rounder");
            }
        }
    }
}
