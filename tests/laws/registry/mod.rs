//! The registry: an entry for each public future, and more than one where it can wait for more than one thing.

mod sync;

use crate::stage::Entry;

/// All of them.
pub(crate) fn all() -> Vec<Entry> {
    [sync::ENTRIES].concat()
}
