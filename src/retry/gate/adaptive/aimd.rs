//! How many calls the other side bears, found by trying: additive increase, multiplicative decrease.
//!
//! Where all goes well and the places are used, there is one more place for each round of calls. Where a call fails there is a
//! share less, once a round: what is learnt from the other calls that were under way then has been learnt already. It is what
//! TCP does to find its share of a line (D. Chiu, R. Jain: *Analysis of the Increase and Decrease Algorithms for Congestion
//! Avoidance in Computer Networks*, 1989), and one of the algorithms of Netflix' `concurrency-limits`.

use crate::sync::raw::MAX_PERMITS;

/// Between what the limit moves, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// At least one.
    pub(super) min: usize,
    pub(super) max: usize,
    /// What it begins with.
    pub(super) initial: usize,
    /// What is left of the limit when a call has failed.
    pub(super) decrease: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Aimd {
    limit: f64,
    /// How often the limit has been lowered.
    round: u64,
}

impl Aimd {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit: limit as f64, round: 0 }
    }

    /// How many may be under way.
    pub(super) fn limit(&self) -> usize {
        // The largest of all is rounded up, where a number with a point is kept in its place.
        (self.limit as usize).min(MAX_PERMITS)
    }

    /// The round in which a call begins.
    pub(super) fn round(&self) -> u64 {
        self.round
    }

    /// A call has gone well, while so many places were taken, its own included. Nothing is learnt of places that nobody uses.
    pub(super) fn succeeded(&mut self, rules: &Rules, in_use: usize) {
        if in_use.saturating_mul(2) > self.limit() {
            self.limit = (self.limit + 1.0 / self.limit).min(rules.max as f64);
        }
    }

    /// A call has failed that began in that round.
    pub(super) fn failed(&mut self, rules: &Rules, round: u64) {
        if round == self.round {
            self.limit = (self.limit * rules.decrease).max(rules.min as f64);
            self.round += 1;
        }
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_stays_within_its_bounds_and_goes_the_way_it_is_told(
            (min, more, most) in (1..20_usize, 0..20_usize, 0..200_usize),
            decrease in 0.01..0.99_f64,
            calls in proptest::collection::vec((any::<bool>(), 0..300_usize, 0..3_u64), 1..500),
        ) {
            let rules = Rules { min, max: min + more + most, initial: min + more, decrease };
            let mut aimd = Aimd::new(min + more);
            for (went_well, in_use, ago) in calls {
                let (before, round) = (aimd.clone(), aimd.round());
                if went_well {
                    aimd.succeeded(&rules, in_use);
                    prop_assert!(aimd.limit >= before.limit && aimd.limit <= before.limit + 1.0);
                    prop_assert_eq!(aimd.round(), round);
                } else {
                    aimd.failed(&rules, round.saturating_sub(ago));
                    prop_assert!(aimd.limit <= before.limit);
                    prop_assert_eq!(aimd.round() != round, ago == 0 || round == 0);
                }
                prop_assert!((rules.min..=rules.max).contains(&aimd.limit()));
            }
        }

        /// Against a server that bears so many and fails each call beyond that: it comes near that number, whatever the start.
        #[test]
        fn it_finds_what_the_other_side_bears(start in 1..300_usize, bears in 10..200_usize) {
            let rules = Rules { min: 1, max: 1000, initial: start, decrease: 0.9 };
            let mut aimd = Aimd::new(start);
            for round in 0..1000 {
                let (limit, began) = (aimd.limit(), aimd.round());
                for call in 0..limit {
                    if call < bears { aimd.succeeded(&rules, limit - call) } else { aimd.failed(&rules, began) }
                }
                if round > 500 {
                    prop_assert!(aimd.limit() <= bears + 1, "{} for {bears}", aimd.limit());
                    prop_assert!(aimd.limit() * 10 >= bears * 7, "{} for {bears}", aimd.limit());
                }
            }
        }
    }

    #[test]
    fn all_that_fail_of_one_round_count_once() {
        let rules = Rules { min: 1, max: 100, initial: 64, decrease: 0.5 };
        let mut aimd = Aimd::new(64);
        let round = aimd.round();
        (0..64).for_each(|_| aimd.failed(&rules, round));
        assert_eq!(aimd.limit(), 32);
        aimd.failed(&rules, aimd.round());
        assert_eq!(aimd.limit(), 16);
    }
}
