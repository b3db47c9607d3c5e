//! Four scenarios under ten thousand seeds each, with invariants that hold in every order, at every cancellation.
//!
//! A scenario draws what its tasks do from the seed, and the executor the order in which they do it; so ten thousand seeds
//! are ten thousand different programmes. `ANYWHEN_ITERATIONS` makes it more or fewer, and what a failure prints brings
//! it back. Each scenario is also shown to fail: with a fault planted in it, or with a toy in the place of what is tested.

#![cfg(feature = "testing")]

mod permits;
mod retries;
mod ticks;

use std::panic::{AssertUnwindSafe, catch_unwind};

use anywhen::testing::{Sim, SimBuilder};
use anywhen::time::Duration;

const SEEDS: u64 = 10_000;

fn seeds() -> SimBuilder {
    Sim::builder().iterations(SEEDS)
}

/// What the fault made the runs fail with; it has to be found in a thousand of them.
#[track_caller]
fn caught(runs: impl FnOnce(SimBuilder)) -> String {
    let found = catch_unwind(AssertUnwindSafe(|| runs(Sim::builder().iterations(1000))));
    match found.expect_err("the planted fault was not found").downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).into(),
    }
}

/// What a scenario draws from its seed. (Marsaglia's xorshift64.)
struct Dice(u64);

impl Dice {
    fn of(sim: &Sim) -> Self {
        Self(sim.seed().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Up to so many milliseconds; now and then none.
    fn millis(&mut self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound))
    }
}
