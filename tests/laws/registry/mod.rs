//! The registry: an entry for each public future or stream, and more than one where it can wait for more than one thing;
//! and a setting for each public primitive, and each way of waiting for it.

mod future;
mod gates;
mod load;
mod primitives;
mod retry;
mod rt;
mod rwlock;
mod sets;
mod signal_crowds;
mod signals;
mod single;
mod stream;
mod stream_futures;
mod stream_time;
mod sync;
mod task;
mod testing;
mod ticks;
mod time;
mod timeouts;

pub(crate) use self::task::ByHand;
use crate::arena::Setting;
use crate::stage::Entry;
use crate::streams::StreamEntry;

/// All entries.
pub(crate) fn all() -> Vec<Entry> {
    [of_no_runtime(), rt::ENTRIES.to_vec()].concat()
}

/// Those that bring no runtime with them, and can be tried within one.
pub(crate) fn of_no_runtime() -> Vec<Entry> {
    [
        future::ENTRIES,
        single::ENTRIES,
        sync::ENTRIES,
        rwlock::ENTRIES,
        signals::ENTRIES,
        timeouts::ENTRIES,
        task::ENTRIES,
        time::ENTRIES,
        retry::ENTRIES,
        gates::ENTRIES,
        load::ENTRIES,
        stream_futures::ENTRIES,
        sets::FUTURES,
        testing::ENTRIES,
    ]
    .concat()
}

/// All streams.
pub(crate) fn streams() -> Vec<StreamEntry> {
    [stream::ENTRIES, stream_time::ENTRIES, retry::STREAMS, sets::STREAMS, ticks::STREAMS].concat()
}

/// All settings in which many wait for one object.
pub(crate) fn primitives() -> Vec<Setting> {
    [primitives::SETTINGS, rwlock::SETTINGS, signal_crowds::SETTINGS, single::SETTINGS, gates::SETTINGS].concat()
}
