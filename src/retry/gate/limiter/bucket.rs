//! How much may pass when: the generic cell rate algorithm, without clock and locks.
//!
//! It is the virtual scheduling algorithm of the ATM Forum (*Traffic Management Specification 4.0*, 1996, 4.4.2). Whatever
//! passes makes a *debt*, which time pays off at the rate; what would make the debt larger than the burst has to wait until it
//! would not. So there is nothing that fills up while nothing happens, and nothing to be done for the time that has gone by.
//!
//! All is counted in whole numbers, and exactly. A rate of `permits` each `per` nanoseconds is rarely a whole number of
//! nanoseconds for a permit, so debts are in a smaller unit: of that, a nanosecond pays off `permits`, and a permit costs `per`.

use core::time::Duration;

use crate::retry::nanos::Nanos;
use crate::time::Instant;

/// So many permits in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    permits: u32,
    /// In nanoseconds. At least one.
    per: u64,
}

impl Rate {
    #[track_caller]
    pub(super) const fn new(permits: u32, per: Duration) -> Self {
        assert!(permits > 0, "a rate of nothing would never let anything through");
        assert!(!per.is_zero(), "the period of a rate must not be zero");
        Self { permits, per: Nanos::of(per).0 }
    }

    /// What `permits` cost. The largest number fits: it has 96 bits.
    const fn cost(self, permits: u32) -> u128 {
        permits as u128 * self.per as u128
    }
}

/// The debt, and when it was that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    debt: u128,
    at: Instant,
}

impl Bucket {
    /// Nothing is owed.
    pub(super) const fn new() -> Self {
        Self { debt: 0, at: Instant::from_nanos(0) }
    }

    /// The latest moment that it was told of.
    pub(super) const fn at(&self) -> Instant {
        self.at
    }

    /// What is owed, is owed `now`, though that lies before the latest moment.
    pub(super) const fn go_on_from(&mut self, now: Instant) {
        self.at = now;
    }

    /// Pays off what `now` allows, which is not before the latest moment.
    fn pay_off(&mut self, rate: Rate, now: Instant) {
        let paid = u128::from(now.as_nanos() - self.at.as_nanos()) * u128::from(rate.permits);
        self.debt = self.debt.saturating_sub(paid);
        self.at = now;
    }

    /// How long it takes until `permits` are there. Zero is now, [`Duration::MAX`] is never.
    pub(super) fn wait(&mut self, rate: Rate, burst: u32, now: Instant, permits: u32) -> Duration {
        self.pay_off(rate, now);
        if permits > burst {
            return Duration::MAX;
        }
        let too_much = (self.debt + rate.cost(permits)).saturating_sub(rate.cost(burst));
        // The usual case, without a division of 128 bits.
        if too_much == 0 {
            return Duration::ZERO;
        }
        match u64::try_from(too_much.div_ceil(u128::from(rate.permits))) {
            Err(_) | Ok(u64::MAX) => Duration::MAX,
            Ok(nanos) => Duration::from_nanos(nanos),
        }
    }

    /// Takes `permits`, or says how long it takes until they are there.
    pub(super) fn take(&mut self, rate: Rate, burst: u32, now: Instant, permits: u32) -> Result<(), Duration> {
        let wait = self.wait(rate, burst, now, permits);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.debt += rate.cost(permits);
        Ok(())
    }

    /// How many permits there are.
    pub(super) fn available(&mut self, rate: Rate, burst: u32, now: Instant) -> u32 {
        self.pay_off(rate, now);
        // No more than the burst, which has 32 bits.
        (rate.cost(burst).saturating_sub(self.debt) / u128::from(rate.per)) as u32
    }

    /// Goes on with another rate. What was owed is still owed, in permits.
    pub(super) fn change(&mut self, from: Rate, to: Rate, now: Instant) {
        self.pay_off(from, now);
        let (old, new) = (u128::from(from.per), u128::from(to.per));
        // Whole permits and the rest: 32 and 64 bits, times 64.
        self.debt = self.debt / old * new + (self.debt % old * new).div_ceil(old);
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const START: Instant = Instant::from_nanos(1 << 62);

    /// A moment, how long after the one before, and how much is wanted then.
    fn wishes() -> impl Strategy<Value = Vec<(u64, u32)>> {
        proptest::collection::vec((prop_oneof![8 => 0..200_u64, 1 => 0..1_u64 << 40], 0..8_u32), 1..200)
    }

    proptest! {
        /// From any moment to any other: no more than the burst and what the rate makes in between.
        #[test]
        fn no_window_sees_more_than_the_burst_and_its_share(
            (permits, per, burst) in (1..50_u32, 1..5_000_u64, 1..10_u32),
            wishes in wishes(),
        ) {
            let rate = Rate::new(permits, Duration::from_nanos(per));
            let (mut bucket, mut now, mut passed) = (Bucket::new(), START, Vec::new());
            for (later, want) in wishes {
                now += Duration::from_nanos(later);
                match bucket.take(rate, burst, now, want) {
                    Ok(()) => passed.push((now, want)),
                    Err(Duration::MAX) => prop_assert!(want > burst),
                    Err(wait) => {
                        // Just then, and not a nanosecond before.
                        let mut early = bucket;
                        prop_assert!(early.take(rate, burst, now + wait - Duration::from_nanos(1), want).is_err());
                        prop_assert!(bucket.clone().take(rate, burst, now + wait, want).is_ok());
                    }
                }
            }
            for (at, &(from, _)) in passed.iter().enumerate() {
                let mut sum = 0;
                for &(to, want) in &passed[at..] {
                    sum += u128::from(want);
                    let length = (to - from).as_nanos();
                    prop_assert!(sum * u128::from(per) <= u128::from(burst) * u128::from(per) + length * u128::from(permits));
                }
            }
        }

        /// Whoever always wants more gets all that there is, and no burst lapses.
        #[test]
        fn nothing_is_left_where_there_is_demand(
            (permits, per, burst) in (1..50_u32, 1..5_000_u64, 1..10_u32),
            steps in proptest::collection::vec(0..200_u64, 1..200),
        ) {
            let rate = Rate::new(permits, Duration::from_nanos(per));
            let (mut bucket, mut now, mut passed) = (Bucket::new(), START, 0);
            for later in steps {
                now += Duration::from_nanos(later);
                while bucket.take(rate, burst, now, 1).is_ok() {
                    passed += 1;
                }
                prop_assert_eq!(bucket.available(rate, burst, now), 0);
            }
            prop_assert!(passed >= u128::from(burst));
            let at_most = u128::from(burst) + (now - START).as_nanos() * u128::from(permits) / u128::from(per);
            prop_assert!(passed <= at_most);
        }

        #[test]
        fn what_is_owed_is_owed_at_another_rate_too(
            (permits, per, burst) in (1..=u32::MAX, 1..=u64::MAX, 1..=u32::MAX),
            (new_permits, new_per) in (1..=u32::MAX, 1..=u64::MAX),
            want in any::<u32>(),
        ) {
            let (from, to) = (Rate { permits, per }, Rate { permits: new_permits, per: new_per });
            let mut bucket = Bucket::new();
            let taken = if bucket.take(from, burst, START, want).is_ok() { want } else { 0 };
            bucket.change(from, to, START);
            prop_assert_eq!(bucket.available(to, burst, START), burst - taken);
        }
    }

    /// leaky-bucket#30, #32: after a while of nothing, as much as one liked.
    #[test]
    fn however_long_nothing_was_wanted_there_is_no_more_than_the_burst() {
        let rate = Rate::new(1000, Duration::from_nanos(1));
        let mut bucket = Bucket::new();
        for now in [Instant::from_nanos(0), START, Instant::from_nanos(u64::MAX - 1), Instant::FAR_FUTURE] {
            assert_eq!(bucket.available(rate, 7, now), 7);
            assert!(bucket.take(rate, 7, now, 7).is_ok());
            assert!(bucket.take(rate, 7, now, 1).is_err());
        }
    }

    #[test]
    fn what_is_owed_is_owed_by_another_clock_too() {
        let rate = Rate::new(1, Duration::from_nanos(10));
        let mut bucket = Bucket::new();
        assert!(bucket.take(rate, 1, START, 1).is_ok());
        let earlier = START - Duration::from_nanos(100);
        bucket.go_on_from(earlier);
        assert_eq!(bucket.take(rate, 1, earlier, 1), Err(Duration::from_nanos(10)));
        assert_eq!(bucket.take(rate, 1, earlier + Duration::from_nanos(4), 1), Err(Duration::from_nanos(6)));
    }

    #[test]
    fn the_largest_numbers_fit() {
        let slow = Rate::new(1, Duration::MAX);
        let mut bucket = Bucket::new();
        assert!(bucket.take(slow, u32::MAX, START, u32::MAX).is_ok());
        assert_eq!(bucket.take(slow, u32::MAX, START, 1), Err(Duration::MAX));
        let fast = Rate::new(u32::MAX, Duration::from_nanos(1));
        bucket.change(slow, fast, START);
        assert_eq!(bucket.take(fast, u32::MAX, START, 1), Err(Duration::from_nanos(1)));
    }
}
