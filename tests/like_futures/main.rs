//! What puts any number of futures together beside futures-util's: the same random children, which are made ready, woken and
//! polled in the same random order, with the same results and drops after every step.
//!
//! A child is a script: it waits until it is made ready, or is ready from the start, and then succeeds, fails or panics. A
//! program makes children ready, wakes them for nothing, polls the whole, and at the end drops it or sees it to its end. After
//! every step both must have given the same, must have dropped the same children and outputs, and whoever has something to
//! say must have been woken. A program that shows a difference is made as short as it can be, and printed. `PROPTEST_CASES`
//! makes them more; `cargo test --release --test like_futures -- --nocapture` says how many steps they had.
//!
//! These differences are meant:
//!
//! | what | futures-util | here |
//! |---|---|---|
//! | an error among more than 30 futures | `try_join_all` gives it once all before it are done | at once |
//! | where several of a `select_ok` are ready at once, and one has failed before | any of them wins | the first in order |
//! | a child that panics | stays until the whole is dropped | is dropped with all others during the unwinding |
//! | in which order things are dropped when more than 30 are over | that of their ends | that of the children |

#![cfg(feature = "testing")]

mod all;
mod child;
mod sets;

use std::cell::Cell;
use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Runs random programs of less than 64 operations over each number of children.
fn programs<S: Debug + Clone, O: Debug + Clone>(
    name: &str,
    start: impl Strategy<Value = S>,
    op: impl Strategy<Value = O>,
    run: impl Fn(&S, &[O]),
) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = config.cases;
    let steps = Cell::new(0);
    let outcome = TestRunner::new(config).run(&(start, prop::collection::vec(op, 1..64)), |(start, program)| {
        steps.set(steps.get() + program.len());
        run(&start, &program);
        Ok(())
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
    eprintln!("{name}: {cases} programs, {} steps", steps.get());
}
