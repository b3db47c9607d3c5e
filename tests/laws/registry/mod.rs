//! The registry: an entry for each public future, and more than one where it can wait for more than one thing.

mod future;
mod retry;
mod rt;
mod sync;
mod task;
mod time;

use crate::stage::Entry;

/// All of them.
pub(crate) fn all() -> Vec<Entry> {
    [future::ENTRIES, sync::ENTRIES, task::ENTRIES, time::ENTRIES, retry::ENTRIES, rt::ENTRIES].concat()
}
