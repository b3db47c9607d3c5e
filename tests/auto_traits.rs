//! Law 12: `Send`, `Sync`, `Unpin` and unwind safety of every public type, pinned.
//!
//! Losing one of these is a breaking change, and gaining one may be unsound; either shows here first. Types are probed
//! with parameters that lack one thing each:
//!
//! | parameter | `Send` | `Sync` |
//! |---|---|---|
//! | `Plain` | yes | yes |
//! | `OnlySend` | yes | no |
//! | `OnlySync` | no | yes |
//! | `Neither` | no | no |
//!
//! The last test reads the sources, and fails when a public type is not in this file.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use static_assertions::{assert_impl_all as is, assert_not_impl_any as is_not};
use support::source;

mod support;

type Plain = u8;
type OnlySend = Cell<u8>;
type OnlySync = std::sync::MutexGuard<'static, u8>;
type Neither = Rc<u8>;

mod sync {
    use anywhen::sync::mutex::{BoundedLock, BoundedLockOwned, Lock, LockOwned};
    use anywhen::sync::semaphore::{Acquire, AcquireOwned, BoundedAcquire, BoundedAcquireOwned};
    use anywhen::sync::{
        AcquireError, BoundedAcquireError, BoundedMutex, BoundedSemaphore, Mutex, MutexGuard, OwnedMutexGuard,
        OwnedSemaphorePermit, QueueFull, Semaphore, SemaphorePermit, TryAcquireError, TryLockError,
    };

    use super::*;

    // A mutex moves its value to whichever thread locks it, and never lends it to two.
    is!(Mutex<OnlySend>: Send, Sync, Unpin);
    is_not!(Mutex<OnlySync>: Send, Sync);
    is!(BoundedMutex<OnlySend>: Send, Sync, Unpin);
    is_not!(BoundedMutex<OnlySync>: Send, Sync);

    // A guard is a mutable borrow: it sends what can be sent, and shares what can be shared.
    is!(MutexGuard<'_, Plain>: Send, Sync, Unpin);
    is!(MutexGuard<'_, OnlySend>: Send);
    is_not!(MutexGuard<'_, OnlySend>: Sync);
    is_not!(MutexGuard<'_, OnlySync>: Send);
    is_not!(MutexGuard<'_, Neither>: Send, Sync);
    is!(OwnedMutexGuard<Plain>: Send, Sync, Unpin);
    is!(OwnedMutexGuard<OnlySend>: Send);
    is_not!(OwnedMutexGuard<OnlySend>: Sync);
    is_not!(OwnedMutexGuard<OnlySync>: Send);
    is_not!(OwnedMutexGuard<Neither>: Send, Sync);

    // What waits is part of the queue, and stays where it is.
    is!(Lock<'_, OnlySend>: Send, Sync);
    is_not!(Lock<'_, Plain>: Unpin);
    is_not!(Lock<'_, OnlySync>: Send, Sync);
    is!(LockOwned<OnlySend>: Send, Sync);
    is_not!(LockOwned<Plain>: Unpin);
    is_not!(LockOwned<OnlySync>: Send, Sync);
    is!(BoundedLock<'_, OnlySend>: Send, Sync);
    is_not!(BoundedLock<'_, Plain>: Unpin);
    is_not!(BoundedLock<'_, OnlySync>: Send, Sync);
    is!(BoundedLockOwned<OnlySend>: Send, Sync);
    is_not!(BoundedLockOwned<Plain>: Unpin);
    is_not!(BoundedLockOwned<OnlySync>: Send, Sync);
    is!(Acquire<'_>: Send, Sync);
    is_not!(Acquire<'_>: Unpin);
    is!(AcquireOwned: Send, Sync);
    is_not!(AcquireOwned: Unpin);
    is!(BoundedAcquire<'_>: Send, Sync);
    is_not!(BoundedAcquire<'_>: Unpin);
    is!(BoundedAcquireOwned: Send, Sync);
    is_not!(BoundedAcquireOwned: Unpin);

    is!(Semaphore: Send, Sync, Unpin);
    is!(BoundedSemaphore: Send, Sync, Unpin);
    is!(SemaphorePermit<'_>: Send, Sync, Unpin);
    is!(OwnedSemaphorePermit: Send, Sync, Unpin);

    is!(AcquireError: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(BoundedAcquireError: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(QueueFull: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(TryAcquireError: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(TryLockError: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
}

mod time {
    use anywhen::time::Instant;

    use super::*;

    is!(Instant: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
}

#[cfg(feature = "testing")]
mod testing {
    use anywhen::testing::{Allocations, CountingAlloc, CountingWaker, TestTask, WakerEvent};

    use super::*;

    is!(Allocations: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(CountingAlloc: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    // Its hook is any closure.
    is!(CountingWaker: Send, Sync, Unpin);
    is!(WakerEvent: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(TestTask<Plain>: Send, Sync, Unpin);
    is!(TestTask<OnlySend>: Send);
    is_not!(TestTask<OnlySend>: Sync);
    is_not!(TestTask<OnlySync>: Send);
    is!(TestTask<std::marker::PhantomPinned>: Unpin);
}

#[test]
fn every_public_type_is_pinned_here() {
    let here = source::lex(include_str!("auto_traits.rs"));
    let here = here.iter().filter_map(source::Token::ident).collect::<BTreeSet<_>>();
    let sources = source::library();
    let missing = source::public_types(&sources).into_iter().filter(|(_, name)| !here.contains(name.as_str()));
    let missing = missing.map(|(source, name)| format!("{}: {name}", source.place(1))).collect::<Vec<_>>();
    assert!(missing.is_empty(), "not in tests/auto_traits.rs:\n{}", missing.join("\n"));
}
