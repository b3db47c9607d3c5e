//! The wrappers of the test kit, which are futures of this crate like any other.

use anywhen::testing::ContractChecker;

use crate::stage::{Entry, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    // It gives its child a waker of its own at each poll.
    |body| body(Stage::over(ContractChecker::new).foreign()),
];
