//! The wrappers of the test kit, which are futures of this crate like any other.

use anywhen::testing::{ContractChecker, Faulty};

use crate::stage::{Entry, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    // It gives its child a waker of its own at each poll.
    |body| body(Stage::over(ContractChecker::new).foreign()),
    // What it does when it is done is what its child does.
    |body| body(Stage::over(Faulty::new).panics_as("Leaf")),
    |body| {
        let polls_thrice = |leaf| Faulty::new(leaf).spurious_polls(2).address_check();
        body(Stage::over(polls_thrice).most_polls(3).panics_as("Leaf"));
    },
    |body| body(Stage::over(|leaf| Faulty::new(leaf).changing_wakers()).panics_as("Leaf").foreign()),
];
