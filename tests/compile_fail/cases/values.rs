//! What nobody but the crate may make, match to the end, or leave out.

use anywhen::future::join;
use anywhen::prelude::*;
use anywhen::retry::retry;
use anywhen::sync::{AcquireError, BoundedAcquireError, Mutex, QueueFull, TryAcquireError, TryLockError};
use anywhen::time::error::Elapsed;
use std::future::{Ready, ready};

fn errors_of_the_crates_own() {
    #[cfg(wrong)]
    drop(Elapsed(())); //~ E0423
    #[cfg(wrong)]
    drop(TryLockError(())); //~ E0423
    #[cfg(wrong)]
    drop(AcquireError(())); //~ E0423
    #[cfg(wrong)]
    drop(QueueFull(())); //~ E0423
}

fn names<T>(_: fn(T)) {}

fn the_names_above_are_right() {
    names::<(Elapsed, TryLockError, AcquireError, QueueFull)>(drop);
}
