//! The sizes in `docs/sizes.md` are those of the types.
//!
//! The table is read from the document and compared with `size_of`, in both directions: a type here that is not in the
//! table fails too. Sizes are those of a 64-bit target; elsewhere there is nothing to check. Nor is there with the features
//! that note who holds and waits, and need room for that: what they take must not be there without them.

#![cfg(all(feature = "std", target_pointer_width = "64", not(any(feature = "diagnostics", feature = "tracing"))))]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of two words that gives one, and leaves no bit unused.
struct Child([u64; 2]);

impl Future for Child {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(self.0[0])
    }
}

/// A `Child` that gives a `Result`, as an attempt does.
struct Tried([u64; 2]);

impl Future for Tried {
    type Output = Result<u64, u64>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(self.0[0]))
    }
}

/// The types of the table, by the name that they have there.
macro_rules! sizes {
    ($($kind:ty),* $(,)?) => {
        BTreeMap::from([$((stringify!($kind).replace(' ', ""), size_of::<$kind>())),*])
    };
}

fn actual() -> BTreeMap<String, usize> {
    use anywhen::future::{Fuse, Join, Select, YieldNow, container};
    use anywhen::retry::{Policy, Retry};
    use anywhen::sync::barrier::BarrierWait;
    use anywhen::sync::condvar::CondvarWait;
    use anywhen::sync::event::EventWait;
    use anywhen::sync::futures::{Notified, OwnedNotified};
    use anywhen::sync::mutex::{BoundedLock, Lock, LockOwned};
    use anywhen::sync::once_cell::GetOrInit;
    use anywhen::sync::rwlock::{Read, ReadOwned, Upgrade, Write};
    use anywhen::sync::semaphore::{Acquire, AcquireOwned};
    use anywhen::sync::set_once::SetOnceWait;
    use anywhen::sync::wait_group::WaitGroupWait;
    use anywhen::sync::{
        Barrier, BoundedMutex, CancellationToken, Condvar, DropGuard, Event, MappedMutexGuard, Mutex, MutexGuard,
        Notify, OnceCell, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedWaitGroupToken, RunUntilCancelledFuture,
        Semaphore, SemaphorePermit, SetOnce, WaitForCancellationFuture, WaitForCancellationFutureOwned, WaitGroup,
        WaitGroupToken,
    };
    use anywhen::sync::{
        OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockMappedWriteGuard,
        RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    };
    use anywhen::time::{Clock, Instant, Interval, Sleep, Timeout, VirtualClock};

    type Attempt = fn() -> Tried;

    sizes! {
        Child,
        Join<Child, Child>,
        container::Join<[Child; 10]>,
        container::Race<[Child; 10]>,
        Select<Child, Child>,
        Fuse<Child>,
        YieldNow,
        Instant,
        Clock,
        VirtualClock,
        Sleep,
        Timeout<Child>,
        Interval,
        Policy,
        Retry<Attempt, &'static Policy>,
        Retry<Attempt>,
        Mutex<()>,
        BoundedMutex<()>,
        MutexGuard<'_, ()>,
        OwnedMutexGuard<()>,
        MappedMutexGuard<'_, ()>,
        OwnedMappedMutexGuard<(), ()>,
        Lock<'_, ()>,
        LockOwned<()>,
        BoundedLock<'_, ()>,
        Semaphore,
        SemaphorePermit<'_>,
        Acquire<'_>,
        AcquireOwned,
        RwLock<()>,
        RwLockReadGuard<'_, ()>,
        RwLockWriteGuard<'_, ()>,
        RwLockMappedWriteGuard<'_, ()>,
        RwLockUpgradableReadGuard<'_, ()>,
        OwnedRwLockReadGuard<(), ()>,
        OwnedRwLockWriteGuard<()>,
        OwnedRwLockMappedWriteGuard<(), ()>,
        Read<'_, ()>,
        ReadOwned<()>,
        Write<'_, ()>,
        Upgrade<'_, ()>,
        Notify,
        Notified<'_>,
        OwnedNotified,
        Event,
        EventWait<'_>,
        Barrier,
        BarrierWait<'_>,
        WaitGroup,
        WaitGroupToken<'_>,
        OwnedWaitGroupToken,
        WaitGroupWait<'_>,
        CancellationToken,
        DropGuard,
        WaitForCancellationFuture<'_>,
        WaitForCancellationFutureOwned,
        RunUntilCancelledFuture<'_, Child>,
        Condvar,
        CondvarWait<'_, MutexGuard<'_, ()>>,
        OnceCell<u64>,
        SetOnce<u64>,
        SetOnceWait<'_, u64>,
        GetOrInit<'_, u64, fn() -> Child, Child>,
    }
}

fn documented() -> BTreeMap<String, usize> {
    let mut table = BTreeMap::new();
    for line in include_str!("../docs/sizes.md").lines() {
        let Some(row) = line.strip_prefix("| `") else { continue };
        let (name, rest) = row.split_once("` |").expect("a cell for the type");
        let bytes = rest.split('|').next().expect("a cell for the bytes").trim();
        let replaced = table.insert(name.replace(' ', ""), bytes.parse().expect("a number of bytes"));
        assert_eq!(replaced, None, "{name} is there twice");
    }
    table
}

#[test]
fn the_table_of_sizes_is_true() {
    let (documented, actual) = (documented(), actual());
    let mut wrong = Vec::new();
    for (name, bytes) in &actual {
        match documented.get(name) {
            Some(stated) if stated == bytes => {}
            Some(stated) => wrong.push(format!("{name}: {bytes} bytes, docs/sizes.md says {stated}")),
            None => wrong.push(format!("{name}: {bytes} bytes, not in docs/sizes.md")),
        }
    }
    wrong.extend(
        documented.keys().filter(|name| !actual.contains_key(*name)).map(|name| format!("{name}: not checked")),
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
