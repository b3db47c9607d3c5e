//! Law 12: `Send`, `Sync`, `Unpin`, unwind safety and variance of every public type, pinned.
//!
//! Losing one of these is a breaking change, and gaining one may be unsound; either shows here first. Every type has a
//! `pin!` with what holds of it when its parameters lack nothing. What it takes from its parameters is shown below those,
//! with parameters that lack one thing each:
//!
//! | parameter | `Send` | `Sync` |
//! |---|---|---|
//! | `Plain` | yes | yes |
//! | `OnlySend` | yes | no |
//! | `OnlySync` | no | yes |
//! | `Neither` | no | no |
//!
//! Every type with parameters is also either `covariant!`, or one of those that `compile_fail` shows not to be.
//!
//! The tests at the end read the sources, and fail when a public type is not in this file.

#![cfg(feature = "std")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use static_assertions::{assert_impl_all as is, assert_not_impl_any as is_not};
use support::source::{self, Kind, Source, Token};
use support::surface;

mod support;

/// The files of these assertions.
const HERE: &[&str] = &[
    include_str!("auto_traits.rs"),
    include_str!("auto_traits/retry_forms.rs"),
    include_str!("auto_traits/gates.rs"),
    include_str!("auto_traits/load.rs"),
    include_str!("auto_traits/sets.rs"),
    include_str!("auto_traits/stream.rs"),
    include_str!("auto_traits/stream_time.rs"),
    include_str!("auto_traits/ticks.rs"),
];

/// What holds of a type, for each of the five in this order: its name, or a dash where it does not hold.
macro_rules! pin {
    ($type:ty: $send:tt $sync:tt $unpin:tt $unwind_safe:tt $ref_unwind_safe:tt) => {
        pin!(@Send $send $type);
        pin!(@Sync $sync $type);
        pin!(@Unpin $unpin $type);
        pin!(@UnwindSafe $unwind_safe $type);
        pin!(@RefUnwindSafe $ref_unwind_safe $type);
    };
    (@$trait:ident - $type:ty) => { is_not!($type: $trait); };
    (@Send Send $type:ty) => { is!($type: Send); };
    (@Sync Sync $type:ty) => { is!($type: Sync); };
    (@Unpin Unpin $type:ty) => { is!($type: Unpin); };
    (@UnwindSafe UnwindSafe $type:ty) => { is!($type: UnwindSafe); };
    (@RefUnwindSafe RefUnwindSafe $type:ty) => { is!($type: RefUnwindSafe); };
}

/// The types go where one with a shorter lifetime is wanted. That the others do not is shown in `compile_fail`.
macro_rules! covariant {
    ($($x:lifetime $type:ty;)+) => {$(
        const _: () = {
            #[allow(dead_code, reason = "compiling is all that it is for")]
            type Of<$x> = $type;
            #[allow(dead_code, reason = "compiling is all that it is for")]
            fn shrink<'long: 'short, 'short>(of: Of<'long>) -> Of<'short> {
                of
            }
        };
    )+};
}

type Plain = u8;
type OnlySend = Cell<u8>;
type OnlySync = std::sync::MutexGuard<'static, u8>;
type Neither = Rc<u8>;

mod sync {
    use anywhen::sync::mutex::{BoundedLock, BoundedLockOwned, Lock, LockOwned};
    use anywhen::sync::semaphore::{Acquire, AcquireOwned, BoundedAcquire, BoundedAcquireOwned};
    use anywhen::sync::timeout::{AcquireTimeout, LockTimeout};
    use anywhen::sync::{
        AcquireError, AcquireTimeoutError, BoundedAcquireError, BoundedMutex, BoundedSemaphore, Fairness,
        MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, QueueFull,
        Semaphore, SemaphorePermit, TryAcquireError, TryLockError,
    };

    use super::*;

    pin!(Mutex<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(BoundedMutex<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MutexGuard<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MappedMutexGuard<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedMappedMutexGuard<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedMutexGuard<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Lock<'_, Plain>: Send Sync - - -);
    pin!(LockOwned<Plain>: Send Sync - - -);
    pin!(BoundedLock<'_, Plain>: Send Sync - - -);
    pin!(BoundedLockOwned<Plain>: Send Sync - - -);
    pin!(Semaphore: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(BoundedSemaphore: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(SemaphorePermit<'_>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedSemaphorePermit: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Acquire<'_>: Send Sync - - -);
    pin!(AcquireOwned: Send Sync - - -);
    pin!(BoundedAcquire<'_>: Send Sync - - -);
    pin!(BoundedAcquireOwned: Send Sync - - -);
    pin!(LockTimeout<Lock<'_, Plain>>: Send Sync - - -);
    pin!(AcquireTimeout<Acquire<'_>>: Send Sync - - -);
    pin!(AcquireTimeoutError: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Fairness: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AcquireError: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(BoundedAcquireError: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(QueueFull: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryAcquireError: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryLockError: Send Sync Unpin UnwindSafe RefUnwindSafe);

    covariant! {
        'x MutexGuard<'x, Plain>;
        'x MappedMutexGuard<'x, Plain>;
        'x Lock<'x, Plain>;
        'x BoundedLock<'x, Plain>;
        'x SemaphorePermit<'x>;
        'x Acquire<'x>;
        'x LockTimeout<Lock<'x, Plain>>;
        'x AcquireTimeout<Acquire<'x>>;
        'x BoundedAcquire<'x>;
    }

    // A mutex moves its value to whichever thread locks it, and never lends it to two.
    is!(Mutex<OnlySend>: Send, Sync, Unpin);
    is_not!(Mutex<OnlySync>: Send, Sync);
    is!(BoundedMutex<OnlySend>: Send, Sync, Unpin);
    is_not!(BoundedMutex<OnlySync>: Send, Sync);

    // A guard is a mutable borrow: it sends what can be sent, and shares what can be shared.
    is!(MutexGuard<'_, OnlySend>: Send);
    is_not!(MutexGuard<'_, OnlySend>: Sync);
    is_not!(MutexGuard<'_, OnlySync>: Send);
    is_not!(MutexGuard<'_, Neither>: Send, Sync);
    is!(MappedMutexGuard<'_, OnlySend>: Send);
    is_not!(MappedMutexGuard<'_, OnlySend>: Sync);
    is_not!(MappedMutexGuard<'_, OnlySync>: Send);
    is_not!(MappedMutexGuard<'_, Neither>: Send, Sync);
    is!(OwnedMappedMutexGuard<OnlySend, OnlySend>: Send);
    is_not!(OwnedMappedMutexGuard<Plain, OnlySend>: Sync);
    is_not!(OwnedMappedMutexGuard<Plain, OnlySync>: Send);
    is_not!(OwnedMappedMutexGuard<OnlySync, Plain>: Send, Sync);
    is_not!(OwnedMappedMutexGuard<Plain, Neither>: Send, Sync);
    is!(OwnedMutexGuard<OnlySend>: Send);
    is_not!(OwnedMutexGuard<OnlySend>: Sync);
    is_not!(OwnedMutexGuard<OnlySync>: Send);
    is_not!(OwnedMutexGuard<Neither>: Send, Sync);

    // What waits is part of the queue, and stays where it is.
    is!(Lock<'_, OnlySend>: Send, Sync);
    is_not!(Lock<'_, OnlySync>: Send, Sync);
    is!(LockOwned<OnlySend>: Send, Sync);
    is_not!(LockOwned<OnlySync>: Send, Sync);
    is!(BoundedLock<'_, OnlySend>: Send, Sync);
    is_not!(BoundedLock<'_, OnlySync>: Send, Sync);
    is!(BoundedLockOwned<OnlySend>: Send, Sync);
    is_not!(BoundedLockOwned<OnlySync>: Send, Sync);
}

mod rwlock {
    use anywhen::sync::rwlock::{
        Read, ReadOwned, UpgradableRead, UpgradableReadOwned, Upgrade, UpgradeOwned, Write, WriteOwned,
    };
    use anywhen::sync::{
        OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
        RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    };

    use super::*;

    pin!(RwLock<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RwLockReadGuard<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RwLockWriteGuard<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RwLockMappedWriteGuard<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RwLockUpgradableReadGuard<'_, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedRwLockReadGuard<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedRwLockWriteGuard<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedRwLockMappedWriteGuard<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedRwLockUpgradableReadGuard<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Read<'_, Plain>: Send Sync - - -);
    pin!(ReadOwned<Plain>: Send Sync - - -);
    pin!(Write<'_, Plain>: Send Sync - - -);
    pin!(WriteOwned<Plain>: Send Sync - - -);
    pin!(UpgradableRead<'_, Plain>: Send Sync - - -);
    pin!(UpgradableReadOwned<Plain>: Send Sync - - -);
    pin!(Upgrade<'_, Plain>: Send Sync - - -);
    pin!(UpgradeOwned<Plain>: Send Sync - - -);

    covariant! {
        // A reader's value may have a shorter lifetime, too: it only lends it.
        'x RwLockReadGuard<'x, &'x Plain>;
        'x OwnedRwLockReadGuard<Plain, &'x Plain>;
        'x RwLockWriteGuard<'x, Plain>;
        'x RwLockMappedWriteGuard<'x, Plain>;
        'x RwLockUpgradableReadGuard<'x, Plain>;
        'x Read<'x, Plain>;
        'x Write<'x, Plain>;
        'x UpgradableRead<'x, Plain>;
        'x Upgrade<'x, Plain>;
    }

    // A read-write lock lends its value to many threads, and moves it to one.
    is!(RwLock<OnlySend>: Send, Unpin);
    is_not!(RwLock<OnlySend>: Sync);
    is_not!(RwLock<OnlySync>: Send, Sync);

    // To read is a shared borrow. To write is a mutable one; and through what knows of the lock, others follow.
    is!(RwLockReadGuard<'_, OnlySync>: Send, Sync);
    is_not!(RwLockReadGuard<'_, OnlySend>: Send, Sync);
    is!(RwLockMappedWriteGuard<'_, OnlySend>: Send);
    is_not!(RwLockMappedWriteGuard<'_, OnlySend>: Sync);
    is_not!(RwLockMappedWriteGuard<'_, OnlySync>: Send);
    is_not!(RwLockWriteGuard<'_, OnlySend>: Send, Sync);
    is_not!(RwLockWriteGuard<'_, OnlySync>: Send, Sync);
    is_not!(RwLockUpgradableReadGuard<'_, OnlySend>: Send, Sync);
    is_not!(RwLockUpgradableReadGuard<'_, OnlySync>: Send, Sync);
    // The last owner drops the value.
    is!(OwnedRwLockReadGuard<Plain, OnlySync>: Send, Sync);
    is_not!(OwnedRwLockReadGuard<Plain, OnlySend>: Send, Sync);
    is_not!(OwnedRwLockReadGuard<OnlySync, Plain>: Send, Sync);
    is_not!(OwnedRwLockReadGuard<OnlySend, Plain>: Send, Sync);
    is_not!(OwnedRwLockWriteGuard<OnlySend>: Send, Sync);
    is_not!(OwnedRwLockWriteGuard<OnlySync>: Send, Sync);
    is!(OwnedRwLockMappedWriteGuard<Plain, OnlySend>: Send);
    is_not!(OwnedRwLockMappedWriteGuard<Plain, OnlySend>: Sync);
    is_not!(OwnedRwLockMappedWriteGuard<Plain, OnlySync>: Send);
    is_not!(OwnedRwLockMappedWriteGuard<OnlySync, Plain>: Send, Sync);
    is_not!(OwnedRwLockMappedWriteGuard<OnlySend, Plain>: Send, Sync);
    is_not!(OwnedRwLockUpgradableReadGuard<OnlySend>: Send, Sync);
    is_not!(OwnedRwLockUpgradableReadGuard<OnlySync>: Send, Sync);
    is_not!(Read<'_, OnlySend>: Send, Sync);
    is_not!(Read<'_, OnlySync>: Send, Sync);
    is_not!(Write<'_, OnlySend>: Send, Sync);
    is_not!(WriteOwned<OnlySync>: Send, Sync);
    is_not!(Upgrade<'_, OnlySend>: Send, Sync);
    is_not!(UpgradeOwned<OnlySync>: Send, Sync);
}

mod signals {
    use anywhen::sync::barrier::BarrierWait;
    use anywhen::sync::condvar::{
        CondvarWait, CondvarWaitTimeout, CondvarWaitTimeoutWhile, CondvarWaitWhile, WaitTimeoutResult,
    };
    use anywhen::sync::event::EventWait;
    use anywhen::sync::futures::{Notified, OwnedNotified};
    use anywhen::sync::once_cell::{GetOrInit, GetOrTryInit};
    use anywhen::sync::set_once::SetOnceWait;
    use anywhen::sync::wait_group::WaitGroupWait;
    use anywhen::sync::{
        Barrier, BarrierWaitResult, Condvar, Event, MutexGuard, Notify, OnceCell, OwnedMutexGuard, OwnedWaitGroupToken,
        SetError, SetOnce, SetOnceError, WaitGroup, WaitGroupToken,
    };

    use super::*;

    pin!(Notify: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Notified<'_>: Send Sync - - -);
    pin!(OwnedNotified: Send Sync - - -);
    pin!(Event: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(EventWait<'_>: Send Sync - - -);
    pin!(Barrier: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(BarrierWait<'_>: Send Sync - - -);
    pin!(BarrierWaitResult: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OnceCell<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(GetOrInit<'_, Plain, Plain, Plain>: Send Sync - - -);
    pin!(GetOrTryInit<'_, Plain, Plain, Plain>: Send Sync - - -);
    pin!(SetError<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(SetOnce<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(SetOnceWait<'_, Plain>: Send Sync - - -);
    pin!(SetOnceError<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(WaitGroup: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(WaitGroupToken<'_>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OwnedWaitGroupToken: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(WaitGroupWait<'_>: Send Sync - - -);
    pin!(Condvar: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(CondvarWait<'_, MutexGuard<'_, Plain>>: Send Sync - - -);
    pin!(CondvarWait<'_, OwnedMutexGuard<Plain>>: Send Sync - - -);
    pin!(CondvarWaitWhile<'_, MutexGuard<'_, Plain>, Plain>: Send Sync - - -);
    pin!(CondvarWaitTimeout<'_, MutexGuard<'_, Plain>>: Send Sync - - -);
    pin!(CondvarWaitTimeoutWhile<'_, MutexGuard<'_, Plain>, Plain>: Send Sync - - -);
    pin!(WaitTimeoutResult: Send Sync Unpin UnwindSafe RefUnwindSafe);

    covariant! {
        'x Notified<'x>;
        'x EventWait<'x>;
        'x BarrierWait<'x>;
        'x GetOrInit<'x, Plain, &'x Plain, &'x Plain>;
        'x GetOrTryInit<'x, Plain, &'x Plain, &'x Plain>;
        'x SetError<&'x Plain>;
        'x SetOnceWait<'x, Plain>;
        'x SetOnceError<&'x Plain>;
        'x WaitGroupToken<'x>;
        'x WaitGroupWait<'x>;
    }

    // A cell moves its value to whichever thread drops it, and lends it to many.
    is!(OnceCell<OnlySend>: Send);
    is_not!(OnceCell<OnlySend>: Sync, RefUnwindSafe);
    is_not!(OnceCell<OnlySync>: Send, Sync);
    is_not!(GetOrInit<'_, OnlySend, Plain, Plain>: Send, Sync);
    is_not!(GetOrInit<'_, Plain, Plain, Neither>: Send, Sync);
    is!(GetOrTryInit<'_, Plain, OnlySend, OnlySend>: Send);
    is_not!(GetOrTryInit<'_, Plain, Neither, Plain>: Send, Sync);
    is!(SetOnce<OnlySend>: Send);
    is_not!(SetOnce<OnlySend>: Sync, RefUnwindSafe);
    is_not!(SetOnce<OnlySync>: Send, Sync);
    is_not!(SetOnceWait<'_, OnlySend>: Send, Sync);

    // It holds the guard at first.
    is!(CondvarWait<'_, MutexGuard<'_, OnlySend>>: Send);
    is_not!(CondvarWait<'_, MutexGuard<'_, OnlySend>>: Sync);
    is_not!(CondvarWait<'_, MutexGuard<'_, OnlySync>>: Send);
    is_not!(CondvarWait<'_, OwnedMutexGuard<OnlySync>>: Send);
    is_not!(CondvarWaitWhile<'_, MutexGuard<'_, Plain>, Neither>: Send, Sync);
}

mod tokens {
    use std::future::Ready;

    use anywhen::sync::{
        CancelReason, CancellationToken, DropGuard, DropGuardRef, RunUntilCancelledFuture,
        RunUntilCancelledFutureOwned, WaitForCancellationFuture, WaitForCancellationFutureOwned,
    };

    use super::*;

    pin!(CancellationToken: Send Sync Unpin UnwindSafe RefUnwindSafe);
    // An error need not be unwind safe.
    pin!(CancelReason: Send Sync Unpin - -);
    pin!(DropGuard: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(DropGuardRef<'_>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(WaitForCancellationFuture<'_>: Send Sync - - -);
    pin!(WaitForCancellationFutureOwned: Send Sync - - -);
    pin!(RunUntilCancelledFuture<'_, Ready<Plain>>: Send Sync - - -);
    pin!(RunUntilCancelledFutureOwned<Ready<Plain>>: Send Sync - - -);

    covariant! {
        'x DropGuardRef<'x>;
        'x WaitForCancellationFuture<'x>;
        'x RunUntilCancelledFuture<'x, Ready<&'x Plain>>;
        'x RunUntilCancelledFutureOwned<Ready<&'x Plain>>;
    }

    is!(RunUntilCancelledFuture<'_, Ready<OnlySend>>: Send);
    is_not!(RunUntilCancelledFuture<'_, Ready<OnlySend>>: Sync);
    is_not!(RunUntilCancelledFutureOwned<Ready<OnlySync>>: Send);
}

mod future {
    use std::future::{Ready, ready};
    use std::marker::PhantomPinned;
    use std::task::Context;

    use anywhen::future::container::{self, Biased, Fair};
    use anywhen::future::{
        BoxFuture, CatchUnwind, Either, Either3, Either4, Either5, Either6, Either7, Either8, Either9, Either10,
        Either11, Either12, Flatten, Fuse, Inspect, Join, Join3, Join4, Join5, JoinAll, Lazy, LocalBoxFuture, Map,
        MaybeDone, PollOnce, Select, SelectAll, SelectOk, Then, TryJoin, TryJoin3, TryJoin4, TryJoin5, TryJoinAll,
        TrySelect, YieldNow,
    };

    use super::*;

    pin!(container::Join<[Done<Plain>; 3]>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Join<Done<Plain>, Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Join3<Done<Plain>, Done<Plain>, Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Join4<Done<Plain>, Done<Plain>, Done<Plain>, Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Join5<Done<Plain>, Done<Plain>, Done<Plain>, Done<Plain>, Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(container::TryJoin<[Tried<Plain>; 3]>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryJoin<Tried<Plain>, Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryJoin3<Tried<Plain>, Tried<Plain>, Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryJoin4<Tried<Plain>, Tried<Plain>, Tried<Plain>, Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryJoin5<Tried<Plain>, Tried<Plain>, Tried<Plain>, Tried<Plain>, Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(container::Race<[Done<Plain>; 3]>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    // What they share with their wakers has the parent's in it, which may be changed while wakers are about.
    pin!(JoinAll<Done<Plain>>: Send Sync Unpin - -);
    pin!(TryJoinAll<Tried<Plain>>: Send Sync Unpin - -);
    pin!(container::Race<Vec<Done<Plain>>>: Send Sync Unpin - -);
    pin!(container::Select<Vec<Done<Plain>>>: Send Sync Unpin - -);
    pin!(SelectAll<Done<Plain>>: Send Sync Unpin - -);
    pin!(SelectOk<Tried<Plain>>: Send Sync Unpin - -);
    pin!(container::RaceOk<[Tried<Plain>; 3]>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(container::Select<(Done<Plain>, Done<Plain>)>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(container::Settle<[Tried<Plain>; 3]>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Select<Done<Plain>, Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TrySelect<Tried<Plain>, Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Biased: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Fair: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Map<Done<Plain>, fn(Plain)>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Then<Done<Plain>, Done<Plain>, fn(Plain) -> Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Flatten<Done<Done<Plain>>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Inspect<Done<Plain>, fn(&Plain)>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Fuse<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(CatchUnwind<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(PollOnce<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MaybeDone<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Lazy<fn(&mut Context<'_>) -> Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(YieldNow: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either<Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either3<u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either4<u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either5<u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either6<u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either7<u8, u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either8<u8, u8, u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either9<u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either10<u8, u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either11<u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Either12<u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(BoxFuture<'static, Plain>: Send - Unpin - -);
    pin!(LocalBoxFuture<'static, Plain>: - - Unpin - -);

    covariant! {
        'x SelectAll<Done<&'x u8>>;
        'x Select<Done<&'x u8>, Done<&'x u8>>;
        'x TrySelect<Tried<&'x u8>, Tried<&'x u8>>;
        'x Map<Done<&'x u8>, &'x u8>;
        'x Then<Done<&'x u8>, Done<&'x u8>, &'x u8>;
        'x Inspect<Done<&'x u8>, &'x u8>;
        'x Fuse<Done<&'x u8>>;
        'x CatchUnwind<Done<&'x u8>>;
        'x PollOnce<Done<&'x u8>>;
        'x Lazy<&'x u8>;
        'x Either<&'x u8, &'x u8>;
        'x Either3<&'x u8, &'x u8, &'x u8>;
        'x Either4<&'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either5<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either6<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either7<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either8<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either9<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either10<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either11<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x Either12<&'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8, &'x u8>;
        'x BoxFuture<'x, Plain>;
        'x LocalBoxFuture<'x, Plain>;
    }

    type Done<T> = Ready<T>;
    type Tried<T> = Ready<Result<T, ()>>;

    // What is made of futures sends, shares and stays as they and their outputs do.
    is_not!(Join<Done<Plain>, Done<OnlySend>>: Sync);
    is_not!(Join<Done<Plain>, Done<OnlySync>>: Send);
    is_not!(Join<Done<Plain>, Done<Neither>>: Send, Sync);
    is!(Join5<Done<Plain>, Done<Plain>, Done<Plain>, Done<Plain>, Done<OnlySend>>: Send);
    is!(container::Join<[Done<OnlySend>; 3]>: Send);
    is_not!(container::Join<[Done<Neither>; 3]>: Send, Sync);
    is_not!(TryJoin<Tried<Plain>, Tried<Neither>>: Send, Sync);
    is!(JoinAll<Done<OnlySend>>: Send);
    is_not!(JoinAll<Done<OnlySend>>: Sync);
    is_not!(JoinAll<Done<OnlySync>>: Send);
    is_not!(TryJoinAll<Tried<Neither>>: Send, Sync);
    is_not!(container::Race<Vec<Done<OnlySync>>>: Send);
    is_not!(SelectAll<Done<Neither>>: Send, Sync);
    is_not!(SelectOk<Tried<OnlySend>>: Sync);
    is_not!(SelectOk<Tried<Neither>>: Send, Sync);
    is!(container::Race<(Done<Plain>, Done<Plain>)>: Send, Sync, Unpin);
    is!(container::Race<[Done<Plain>; 3], Biased>: Send, Sync, Unpin);
    is_not!(container::Race<[Done<Neither>; 3], Fair>: Send, Sync);
    is!(container::RaceOk<(Tried<Plain>, Tried<Plain>), Biased>: Send, Sync, Unpin);
    is_not!(container::RaceOk<[Tried<Neither>; 3], Fair>: Send, Sync);
    is!(container::Settle<(Tried<Plain>, Tried<OnlySend>)>: Send, Unpin);
    is_not!(container::Settle<[Tried<Neither>; 3]>: Send, Sync);
    is!(container::Select<(Done<Plain>, Done<OnlySend>)>: Send, Unpin);
    is_not!(container::Select<(Done<Plain>, Done<Neither>)>: Send, Sync);
    is_not!(Select<Done<Plain>, Done<Neither>>: Send, Sync);
    is_not!(TrySelect<Tried<Plain>, Tried<Neither>>: Send, Sync);

    // A child that must stay keeps the whole in its place.
    async fn stays() {}
    const _: fn() = || {
        fn is_send_and_sync<T: Send + Sync>(_: T) {}
        is_send_and_sync(anywhen::future::join(stays(), ready(1)));
        is_send_and_sync(anywhen::future::FutureExt::map(stays(), |()| 1));
    };
    is!(Join<Stays, Done<Plain>>: Send);
    is_not!(Join<Stays, Done<Plain>>: Unpin);
    is_not!(container::Race<(Stays, Stays)>: Unpin);
    is_not!(container::RaceOk<(Fails, Fails)>: Unpin);
    is_not!(container::Settle<(Fails, Fails)>: Unpin);
    is_not!(Fuse<Stays>: Unpin);
    is_not!(Map<Stays, fn(())>: Unpin);
    is_not!(MaybeDone<Stays>: Unpin);

    /// A future that must not move.
    struct Stays(PhantomPinned);

    impl Future for Stays {
        type Output = ();

        fn poll(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> std::task::Poll<()> {
            std::task::Poll::Ready(())
        }
    }

    type Fails = Flatten<Map<Stays, fn(()) -> Tried<Plain>>>;

    // The closure of an adapter is not pinned, whatever it captures.
    is!(Map<Done<Plain>, PhantomPinned>: Unpin);
    is_not!(Map<Done<Plain>, Neither>: Send, Sync);
    is_not!(Then<Done<Plain>, Done<Neither>, fn(Plain) -> Done<Neither>>: Send, Sync);
    is_not!(Flatten<Done<Done<Neither>>>: Send, Sync);
    is_not!(Fuse<Done<Neither>>: Send, Sync);
    is_not!(MaybeDone<Done<Neither>>: Send, Sync);
    is!(Lazy<fn(&mut Context<'_>) -> Neither>: Send, Sync, Unpin);
    is_not!(Lazy<Neither>: Send, Sync);

    is_not!(Either<Plain, Neither>: Send, Sync);
    is!(Either3<Plain, Plain, Plain>: Send, Sync, Unpin);
    is_not!(Either3<Plain, Plain, Neither>: Send, Sync);

    is!(BoxFuture<'static, Neither>: Send, Unpin);
}

mod single {
    use std::future::{Ready, ready};
    use std::marker::PhantomPinned;

    use anywhen::future::{
        self, AbortRegistration, Abortable, Aborted, AlwaysReady, AndThen, BoxFuture, ErrInto, FlattenStream,
        InspectErr, InspectOk, IntoFuture, IntoStream, MapErr, MapInto, MapOk, MapOkOrElse, NeverError, OkInto, OnDrop,
        OptionFuture, OrElse, PollImmediate, Remote, RemoteHandle, Shared, TryFlatten, TryFlattenStream, TryMaybeDone,
        UnitError, UnwrapOrElse, WeakShared,
    };

    use super::*;

    type Done<T> = Ready<T>;
    type Tried<T> = Ready<Result<T, T>>;
    type Call<T> = fn(T) -> T;

    pin!(MapInto<Done<Plain>, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(UnitError<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(NeverError<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(InspectOk<Tried<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(InspectErr<Tried<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MapOk<Tried<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MapErr<Tried<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MapOkOrElse<Tried<Plain>, Call<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(UnwrapOrElse<Tried<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OkInto<Tried<Plain>, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(ErrInto<Tried<Plain>, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AndThen<Tried<Plain>, Tried<Plain>, fn(Plain) -> Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OrElse<Tried<Plain>, Tried<Plain>, fn(Plain) -> Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryFlatten<Ready<Result<Tried<Plain>, Plain>>, Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(IntoFuture<Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(IntoStream<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(FlattenStream<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryFlattenStream<Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TryMaybeDone<Tried<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OptionFuture<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(PollImmediate<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AlwaysReady<fn() -> Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OnDrop<Done<Plain>, fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Abortable<Done<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(future::AbortHandle: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AbortRegistration: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Aborted: Send Sync Unpin UnwindSafe RefUnwindSafe);
    is!(Aborted: Copy);
    // They have cells that are guarded by hand.
    pin!(Shared<Done<Plain>>: Send Sync Unpin - -);
    pin!(WeakShared<Done<Plain>>: Send Sync Unpin - -);
    pin!(Remote<Done<Plain>>: Send Sync Unpin - -);
    pin!(RemoteHandle<Plain>: Send Sync Unpin - -);

    covariant! {
        'x MapInto<Done<&'x u8>, &'x u8>;
        'x UnitError<Done<&'x u8>>;
        'x NeverError<Done<&'x u8>>;
        'x InspectOk<Tried<&'x u8>, &'x u8>;
        'x InspectErr<Tried<&'x u8>, &'x u8>;
        'x MapOk<Tried<&'x u8>, &'x u8>;
        'x MapErr<Tried<&'x u8>, &'x u8>;
        'x MapOkOrElse<Tried<&'x u8>, &'x u8, &'x u8>;
        'x UnwrapOrElse<Tried<&'x u8>, &'x u8>;
        'x OkInto<Tried<&'x u8>, &'x u8>;
        'x ErrInto<Tried<&'x u8>, &'x u8>;
        'x AndThen<Tried<&'x u8>, Tried<&'x u8>, &'x u8>;
        'x OrElse<Tried<&'x u8>, Tried<&'x u8>, &'x u8>;
        'x TryFlatten<Tried<&'x u8>, Tried<&'x u8>>;
        'x IntoFuture<Tried<&'x u8>>;
        'x IntoStream<Done<&'x u8>>;
        'x OptionFuture<Done<&'x u8>>;
        'x PollImmediate<Done<&'x u8>>;
        'x AlwaysReady<&'x u8>;
        'x Abortable<Done<&'x u8>>;
        'x OnDrop<Done<&'x u8>, fn()>;
    }

    // A handle can be moved between polls, and the future stays where it is.
    is!(Shared<Stays>: Unpin);
    is_not!(Remote<Stays>: Unpin);
    is_not!(Abortable<Stays>: Unpin);
    is_not!(IntoStream<Stays>: Unpin);
    is_not!(OnDrop<Stays, fn()>: Unpin);
    is!(OnDrop<Done<Plain>, fn()>: Unpin);

    /// A future that must not move.
    struct Stays(PhantomPinned);

    impl Future for Stays {
        type Output = ();

        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
            std::task::Poll::Ready(())
        }
    }

    // The future is polled by whoever has the turn, and its output read by all: it has to be sent, and that shared too.
    is!(Shared<BoxFuture<'static, Plain>>: Send, Sync);
    is_not!(Shared<Done<OnlySend>>: Send, Sync);
    is_not!(Shared<Done<OnlySync>>: Send, Sync);
    is_not!(WeakShared<Done<OnlySend>>: Send, Sync);
    is_not!(Shared<future::LocalBoxFuture<'static, Plain>>: Send, Sync);

    // The output goes from one thread to another, and is never shared.
    is!(RemoteHandle<OnlySend>: Send, Sync, Unpin);
    is_not!(RemoteHandle<OnlySync>: Send, Sync);
    is!(Remote<Done<OnlySend>>: Send);
    is_not!(Remote<Done<OnlySync>>: Send);

    is_not!(Abortable<Done<Neither>>: Send, Sync);
    is_not!(AndThen<Tried<Plain>, Tried<Neither>, fn(Plain) -> Tried<Neither>>: Send, Sync);
    is_not!(OnDrop<Done<Neither>, fn()>: Send, Sync);
    // What is only made is not held.
    is!(OkInto<Tried<Plain>, Neither>: Send, Sync);

    const _: fn() = || {
        fn is_send<T: Send>(_: T) {}
        async fn stays() {}
        is_send(future::FutureExt::shared(stays()));
        is_send(future::FutureExt::remote_handle(stays()).0);
        is_send(future::abortable(ready(1)));
    };
}

mod retry {
    use std::future::Ready;
    use std::marker::PhantomPinned;

    use anywhen::retry::backoff::{DecorrelatedDelays, ExponentialDelays, FibonacciDelays, LinearDelays};
    use anywhen::retry::strategy::{
        AttemptTimeout, DelayFrom, Detailed, Limits, OnRetry, Standing, When, WhenResult, With,
    };
    use anywhen::retry::{
        Constant, Decorrelated, Exponential, Fibonacci, Jitter, Linear, Policy, Retry, RetryError, RetryEvent,
        Schedule, StopReason,
    };

    use super::*;

    pin!(Retry<Attempt<Plain>>: Send Sync - - -);
    pin!(Policy: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Limits: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Jitter: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(StopReason: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Standing: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Constant: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Linear: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Exponential: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Fibonacci: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Decorrelated: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(LinearDelays: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(ExponentialDelays: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(FibonacciDelays: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(DecorrelatedDelays: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Schedule<ExponentialDelays>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RetryError<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RetryEvent<'_, Plain, Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AttemptTimeout: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(DelayFrom<fn(&Plain)>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(OnRetry<fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(When<fn(&Plain) -> bool>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(WhenResult<fn(&Plain) -> bool>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(With<Policy, AttemptTimeout>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Detailed<Policy>: Send Sync Unpin UnwindSafe RefUnwindSafe);

    covariant! {
        'x Policy<&'x u8>;
        'x Schedule<&'x u8>;
        'x RetryError<&'x u8>;
        'x RetryEvent<'x, Plain, Plain>;
        'x RetryEvent<'x, &'x u8, &'x u8>;
        'x DelayFrom<&'x u8>;
        'x OnRetry<&'x u8>;
        'x When<&'x u8>;
        'x WhenResult<&'x u8>;
        'x With<&'x u8, &'x u8>;
        'x Detailed<&'x u8>;
    }

    type Attempt<T> = fn() -> Ready<Result<T, T>>;

    // The whole is what its operation, attempts and additions are; a sleep is part of it, so it stays where it is.
    is!(Retry<Attempt<OnlySend>>: Send);
    is_not!(Retry<Attempt<Neither>>: Send, Sync);
    is!(Retry<Attempt<Plain>, &'static Policy>: Send, Sync);
    is!(Retry<Attempt<Plain>, Detailed<With<Policy, When<fn(&Plain) -> bool>>>>: Send, Sync);
    is_not!(Retry<Attempt<Plain>, With<Policy, When<Neither>>>: Send, Sync);

    is!(Policy: Copy);
    is!(Limits: Copy);
    is!(Jitter: Copy);
    is!(StopReason: Copy);
    is!(Standing: Copy);
    is!(Constant: Copy);
    is!(Linear: Copy);
    is!(Exponential: Copy);
    is!(Fibonacci: Copy);
    is!(Decorrelated: Copy);
    is_not!(RetryError<Neither>: Send, Sync);
    is_not!(RetryError<PhantomPinned>: Unpin);
    is!(RetryEvent<'_, Plain, OnlySync>: Sync);
    is_not!(RetryEvent<'_, Plain, OnlySend>: Send, Sync);
    is!(DelayFrom<OnlySend>: Send, Unpin);
    is_not!(DelayFrom<Neither>: Send, Sync);
    is_not!(OnRetry<Neither>: Send, Sync);
    is_not!(WhenResult<Neither>: Send, Sync);
}

mod rt {
    use anywhen::rt::{BoxTask, BoxWork, EnterGuard, Handle, Std, TaskInfo};

    use super::*;

    pin!(Std: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Handle: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TaskInfo<'_>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    covariant! { 'x TaskInfo<'x>; }
    pin!(BoxTask: Send - Unpin - -);
    pin!(BoxWork: Send - Unpin - -);
    // It puts back what the thread had, so it stays on the thread.
    pin!(EnterGuard: - - Unpin UnwindSafe RefUnwindSafe);

    is!(Std: Copy);
    is!(TaskInfo<'_>: Copy);

    #[cfg(feature = "hyper")]
    mod hyper {
        use anywhen::rt::HyperTimer;

        use super::*;

        pin!(HyperTimer: Send Sync Unpin UnwindSafe RefUnwindSafe);
        is!(HyperTimer<Std>: Copy);
        is!(HyperTimer<OnlySend>: Send);
        is_not!(HyperTimer<OnlySend>: Sync);
        covariant! { 'x HyperTimer<&'x u8>; }
    }

    #[cfg(feature = "tokio")]
    mod tokio {
        use anywhen::rt::{Tokio, TokioSleep};

        use super::*;

        pin!(Tokio: Send Sync Unpin UnwindSafe RefUnwindSafe);
        pin!(TokioSleep: Send Sync - - -);
    }

    #[cfg(feature = "smol")]
    mod smol {
        use anywhen::rt::{AsyncIoSleep, Smol};

        use super::*;

        pin!(Smol: Send Sync Unpin UnwindSafe RefUnwindSafe);
        pin!(AsyncIoSleep: Send Sync Unpin UnwindSafe RefUnwindSafe);
    }

    #[cfg(feature = "async-std")]
    mod async_std {
        use anywhen::rt::AsyncStd;

        use super::*;

        pin!(AsyncStd: Send Sync Unpin UnwindSafe RefUnwindSafe);
    }
}

#[path = "auto_traits/gates.rs"]
mod gates;
#[path = "auto_traits/load.rs"]
mod load;
#[path = "auto_traits/retry_forms.rs"]
mod retry_forms;
#[path = "auto_traits/sets.rs"]
mod sets;

#[path = "auto_traits/stream.rs"]
mod stream;
#[path = "auto_traits/stream_time.rs"]
mod stream_time;

#[path = "auto_traits/ticks.rs"]
mod ticks;

mod task {
    use anywhen::task::{AbortHandle, AbortOnDrop, Builder, JoinError, JoinHandle};

    use super::*;

    pin!(JoinHandle<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AbortOnDrop<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(AbortHandle: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(JoinError: Send Sync Unpin UnwindSafe RefUnwindSafe);

    // The output goes from one thread to another, and is never shared.
    is!(JoinHandle<OnlySend>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is_not!(JoinHandle<OnlySync>: Send, Sync);
    is!(AbortOnDrop<OnlySend>: Send, Sync, Unpin);
    is_not!(AbortOnDrop<OnlySync>: Send, Sync);
    pin!(Builder<'_>: Send Sync Unpin UnwindSafe RefUnwindSafe);
    covariant! { 'x Builder<'x>; }
    is!(Builder<'_>: Copy);
}

mod time {
    use std::future::Ready;
    use std::marker::PhantomPinned;

    use anywhen::time::error::Elapsed;
    use anywhen::time::{
        Clock, Deadline, Hold, Instant, Interval, MissedTickBehavior, RunFor, Scope, Sleep, Tick, Timeout, Timer,
        VirtualClock,
    };

    use super::*;

    pin!(Instant: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Clock: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Deadline: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(VirtualClock: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Hold: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(RunFor: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Elapsed: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(MissedTickBehavior: Send Sync Unpin UnwindSafe RefUnwindSafe);
    // A sleep is part of the wheel, and stays where it is.
    pin!(Sleep: Send Sync - - -);
    pin!(Timeout<Ready<Plain>>: Send Sync - - -);
    pin!(Scope<Ready<Plain>>: Send Sync Unpin - -);
    // An interval keeps its sleep in a box.
    pin!(Interval: Send Sync Unpin - -);
    pin!(Tick<'_>: Send Sync Unpin - -);

    covariant! {
        'x Timeout<Ready<&'x u8>>;
        'x Scope<Ready<&'x u8>>;
        'x Tick<'x>;
    }

    is!(Timeout<Ready<OnlySend>>: Send);
    is_not!(Timeout<Ready<Neither>>: Send, Sync);
    is_not!(Scope<PhantomPinned>: Unpin);
    is_not!(Scope<Neither>: Send, Sync);

    // A timer that lives on one thread fits, and keeps what uses it there.
    #[derive(Clone)]
    struct OneThread(Neither);

    impl Timer for OneThread {
        type Sleep = std::future::Pending<()>;

        fn now(&self) -> Instant {
            Instant::from_nanos(u64::from(*self.0))
        }

        fn sleep_until(&self, _: Instant) -> Self::Sleep {
            std::future::pending()
        }

        fn reset(_: std::pin::Pin<&mut Self::Sleep>, _: Instant) {}
    }

    is_not!(Timeout<Ready<Plain>, OneThread>: Send, Sync);
    is_not!(Interval<OneThread>: Send, Sync);
    is_not!(Tick<'_, OneThread>: Send, Sync);
}

#[cfg(feature = "diagnostics")]
mod diagnostics {
    use anywhen::sync::diagnostics::{Holder, LockReport, Report, Waiter};

    use super::*;

    pin!(Holder: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(LockReport: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Report: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Waiter: Send Sync Unpin UnwindSafe RefUnwindSafe);
}

#[cfg(feature = "testing")]
mod testing {
    use anywhen::testing::{
        Allocations, Breach, ContractChecker, ContractCounts, ContractReport, CountingAlloc, CountingWaker, Explore,
        Explored, Faulty, Finding, Order, Sim, SimBuilder, TestTask, WakerEvent,
    };

    use super::*;

    pin!(Sim: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(SimBuilder: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Explore: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Explored: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Order: Send Sync Unpin UnwindSafe RefUnwindSafe);
    is!(Order: Copy);

    pin!(Allocations: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(CountingAlloc: Send Sync Unpin UnwindSafe RefUnwindSafe);
    // Its hook is any closure.
    pin!(CountingWaker: Send Sync Unpin - -);
    pin!(WakerEvent: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(TestTask<Plain>: Send Sync Unpin - -);

    covariant! {
        'x ContractChecker<&'x u8>;
        'x Faulty<&'x u8>;
        'x TestTask<&'x u8>;
        'x CountingAlloc<&'x u8>;
    }

    is!(TestTask<OnlySend>: Send);
    is_not!(TestTask<OnlySend>: Sync);
    is_not!(TestTask<OnlySync>: Send);
    is!(TestTask<std::marker::PhantomPinned>: Unpin);

    pin!(Breach: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(Finding: Send Sync Unpin UnwindSafe RefUnwindSafe);
    pin!(ContractCounts: Send Sync Unpin UnwindSafe RefUnwindSafe);
    // Findings come from whichever thread.
    pin!(ContractReport: Send Sync Unpin UnwindSafe RefUnwindSafe);
    // To be moved once it was polled is what it watches for.
    pin!(ContractChecker<Plain>: Send Sync - - -);
    is!(ContractChecker<OnlySend>: Send);
    is_not!(ContractChecker<OnlySend>: Sync);
    is_not!(ContractChecker<OnlySync>: Send);
    // To be moved once it was polled is what it watches for.
    pin!(Faulty<Plain>: Send Sync - UnwindSafe RefUnwindSafe);
    is_not!(Faulty<OnlySend>: Sync);
    is_not!(Faulty<OnlySync>: Send);
}

/// Public for the expansions of macros alone, and hidden in the docs.
const HIDDEN: &[&str] = &["Branches", "Rotation"];

/// What holds a future of a type that another crate's trait determines: not covariant, and not among the cases that do not
/// compile, since they are without that crate.
const OF_A_TRAIT: &[&str] = &["ServiceAttempt"];

/// The last name of each path that follows on `begin`: of the types that a macro is called with.
fn types_after<'a>(tokens: &'a [Token], begin: &[&str]) -> Vec<&'a str> {
    let starts = tokens.windows(begin.len()).enumerate();
    let starts = starts.filter(|(_, window)| window.iter().zip(begin).all(|(token, text)| token.is(text)));
    starts.filter_map(|(at, _)| last_name(&tokens[at + begin.len()..])).collect()
}

/// The last name of the path at the start.
fn last_name(tokens: &[Token]) -> Option<&str> {
    let path = tokens.iter().take_while(|token| token.is("::") || token.ident().is_some());
    path.filter_map(Token::ident).last()
}

/// The public types that are pinned less often than there are types of that name.
fn without_pin(sources: &[Source], here: &[Token]) -> Vec<String> {
    let mut pins = types_after(here, &["pin", "!", "("]);
    pins.extend(HIDDEN);
    let mut missing = Vec::new();
    for (source, name) in surface::public_types(sources) {
        match pins.iter().position(|pin| *pin == name) {
            Some(at) => drop(pins.swap_remove(at)),
            None => missing.push(format!("{}: {name}", source.place(1))),
        }
    }
    missing
}

/// The public types with parameters of which nothing says how they vary. Those that macros declare are not seen.
fn without_variance(sources: &[Source], here: &[Token], wrong: &[Token]) -> Vec<String> {
    let lifetimes = here.iter().enumerate().filter(|(_, token)| token.kind == Kind::Lifetime("x".to_owned()));
    let mut told = lifetimes.filter_map(|(at, _)| last_name(&here[at + 1..])).collect::<BTreeSet<_>>();
    told.extend(wrong.iter().filter_map(Token::ident));
    told.extend(HIDDEN);
    told.extend(OF_A_TRAIT);
    let mut missing = Vec::new();
    for source in sources {
        for window in source.tokens.windows(4) {
            let name = window[2].ident().unwrap_or_default();
            let declared = window[0].is("pub") && ["struct", "enum", "type"].iter().any(|kind| window[1].is(kind));
            if declared
                && window[3].is("<")
                && source.public.contains(name)
                && !name.starts_with('$')
                && !told.contains(name)
            {
                missing.push(format!("{}: {name}", source.place(window[2].line)));
            }
        }
    }
    missing
}

#[test]
fn every_public_type_is_pinned_here() {
    let (here, sources) = (source::lex(&HERE.concat()), source::library());
    let missing = without_pin(&sources, &here);
    assert!(missing.is_empty(), "without a `pin!` in tests/auto_traits.rs:\n{}", missing.join("\n"));
    let wrong = source::lex(include_str!("compile_fail/cases/variance.rs"));
    let missing = without_variance(&sources, &here, &wrong);
    assert!(
        missing.is_empty(),
        "neither `covariant!` in tests/auto_traits.rs nor in tests/compile_fail/cases/variance.rs:\n{}",
        missing.join("\n")
    );
}

#[test]
fn a_type_that_is_not_pinned_is_found() {
    let text = "pub struct Once; pub struct Pinned<T>(T); pub struct Shrinks<'a>(&'a u8); pub struct Loose<T>(T); struct Own<T>(T);";
    let sources = [Source::planted("sync/mod.rs", text), Source::planted("time/mod.rs", "pub enum Once {}")];
    let here = source::lex(
        "pin!(Once: Send); pin!(sync::Pinned<u8>: -); pin!(Shrinks<'_>: -); covariant! { 'x Shrinks<'x>; }",
    );
    assert_eq!(without_pin(&sources, &here), ["src/sync/mod.rs:1: Loose", "src/time/mod.rs:1: Once"]);
    let wrong = source::lex("fn pinned<'a, 'b>(of: Pinned<&'a u8>) -> Pinned<&'b u8> {}");
    assert_eq!(without_variance(&sources, &here, &wrong), ["src/sync/mod.rs:1: Loose"]);
}
