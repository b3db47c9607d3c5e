//! What is measured, a file per subject.

mod mutex;
mod semaphore;

use crate::harness::Work;

/// Every work, in the order of the report.
pub(crate) const ALL: &[&Work] = &[
    &mutex::UNCONTENDED,
    &mutex::WRITTEN,
    &mutex::WAITED_FOR,
    &semaphore::ONE,
    &semaphore::MANY,
    &semaphore::WAITED_FOR,
];
