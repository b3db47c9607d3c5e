//! Scenarios under some thousand seeds each, with invariants that hold in every order, at every cancellation.
//!
//! A scenario draws what its tasks do from the seed, and the executor the order in which they do it; so a thousand seeds
//! are a thousand different programmes. `ANYWHEN_ITERATIONS` makes it more or fewer, and what a failure prints brings
//! it back. Each scenario is also shown to fail: with a fault planted in it, or with a toy in the place of what is tested.

#![cfg(feature = "testing")]

#[path = "../support/dice.rs"]
mod dice;
mod permits;
mod retries;
mod roll;
mod rwlock;
mod signals;
mod ticks;
mod tokens;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anywhen::sync::Fairness;
use anywhen::task;
use anywhen::testing::{Sim, SimBuilder};
use anywhen::time::{self, Duration};

use dice::Dice;

const FAIRNESSES: [Fairness; 3] = [Fairness::Fifo, Fairness::Eventual, Fairness::Unfair];

fn seeds() -> SimBuilder {
    Sim::builder().iterations(10_000)
}

/// For one of many scenarios, which together are to be quick.
fn few_seeds() -> SimBuilder {
    Sim::builder().iterations(1000)
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

/// What is in there, also after a panic with it in hand: the fault shall be seen, not its aftermath.
fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tasks that each have dice of their own. Some of them are aborted, wherever they are; none may panic, and all who stay
/// have to come to an end.
async fn crowd<F: Future<Output = ()> + Send + 'static>(dice: &mut Dice, count: u64, task: impl Fn(Dice) -> F) {
    let tasks: Vec<_> = (0..count).map(|_| task::spawn(task(dice.another()))).collect();
    for task in &tasks {
        if dice.chance(40) {
            time::sleep(dice.millis(4)).await;
            task.abort();
        }
    }
    for task in tasks {
        assert!(!task.await.is_err_and(|error| error.is_panic()), "a task found a fault");
    }
}

/// What comes of it; now and then it is given up after a while.
async fn with_patience<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    if dice.chance(40) { time::timeout(dice.millis(6), future).await.ok() } else { Some(future.await) }
}

impl Dice {
    /// What a scenario draws from its seed.
    fn of(sim: &Sim) -> Self {
        Self::new(sim.seed())
    }

    /// Up to so many milliseconds; now and then none.
    fn millis(&mut self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound))
    }
}
