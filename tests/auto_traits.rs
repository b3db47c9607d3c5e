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

#![cfg(feature = "std")]

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

mod future {
    use std::future::{Ready, ready};
    use std::marker::PhantomPinned;
    use std::task::Context;

    use anywhen::future::container::{self, Biased, Fair};
    use anywhen::future::{
        BoxFuture, CatchUnwind, Either, Either3, Either4, Either5, Either6, Either7, Either8, Either9, Either10,
        Either11, Either12, Flatten, Fuse, Inspect, Join, Join3, Join4, Join5, Lazy, LocalBoxFuture, Map, MaybeDone,
        PollOnce, Select, Then, TryJoin, TryJoin3, TryJoin4, TryJoin5, TrySelect, YieldNow,
    };

    use super::*;

    type Done<T> = Ready<T>;
    type Tried<T> = Ready<Result<T, ()>>;

    // What is made of futures sends, shares and stays as they and their outputs do.
    is!(Join<Done<Plain>, Done<Plain>>: Send, Sync, Unpin);
    is_not!(Join<Done<Plain>, Done<OnlySend>>: Sync);
    is_not!(Join<Done<Plain>, Done<OnlySync>>: Send);
    is_not!(Join<Done<Plain>, Done<Neither>>: Send, Sync);
    is!(Join5<Done<Plain>, Done<Plain>, Done<Plain>, Done<Plain>, Done<OnlySend>>: Send);
    is!(container::Join<[Done<OnlySend>; 3]>: Send);
    is_not!(container::Join<[Done<Neither>; 3]>: Send, Sync);
    is!(TryJoin<Tried<Plain>, Tried<Plain>>: Send, Sync, Unpin);
    is_not!(TryJoin<Tried<Plain>, Tried<Neither>>: Send, Sync);
    is!(Join3<Done<Plain>, Done<Plain>, Done<Plain>>: Send, Sync, Unpin);
    is!(Join4<Done<Plain>, Done<Plain>, Done<Plain>, Done<Plain>>: Send, Sync, Unpin);
    is!(TryJoin3<Tried<Plain>, Tried<Plain>, Tried<Plain>>: Send, Sync, Unpin);
    is!(TryJoin4<Tried<Plain>, Tried<Plain>, Tried<Plain>, Tried<Plain>>: Send, Sync, Unpin);
    is!(TryJoin5<Tried<Plain>, Tried<Plain>, Tried<Plain>, Tried<Plain>, Tried<Plain>>: Send, Sync, Unpin);
    is!(container::TryJoin<[Tried<Plain>; 3]>: Send, Sync, Unpin);
    is!(container::Race<(Done<Plain>, Done<Plain>)>: Send, Sync, Unpin);
    is!(container::Race<[Done<Plain>; 3], Biased>: Send, Sync, Unpin);
    is_not!(container::Race<[Done<Neither>; 3], Fair>: Send, Sync);
    is!(container::Select<(Done<Plain>, Done<OnlySend>)>: Send, Unpin);
    is_not!(container::Select<(Done<Plain>, Done<Neither>)>: Send, Sync);
    is!(Select<Done<Plain>, Done<Plain>>: Send, Sync, Unpin);
    is_not!(Select<Done<Plain>, Done<Neither>>: Send, Sync);
    is!(TrySelect<Tried<Plain>, Tried<Plain>>: Send, Sync, Unpin);
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

    // The closure of an adapter is not pinned, whatever it captures.
    is!(Map<Done<Plain>, PhantomPinned>: Unpin);
    is!(Map<Done<Plain>, fn(Plain)>: Send, Sync, Unpin);
    is_not!(Map<Done<Plain>, Neither>: Send, Sync);
    is!(Then<Done<Plain>, Done<Plain>, fn(Plain) -> Done<Plain>>: Send, Sync, Unpin);
    is_not!(Then<Done<Plain>, Done<Neither>, fn(Plain) -> Done<Neither>>: Send, Sync);
    is!(Flatten<Done<Done<Plain>>>: Send, Sync, Unpin);
    is_not!(Flatten<Done<Done<Neither>>>: Send, Sync);
    is!(Inspect<Done<Plain>, fn(&Plain)>: Send, Sync, Unpin);
    is!(Fuse<Done<Plain>>: Send, Sync, Unpin);
    is_not!(Fuse<Done<Neither>>: Send, Sync);
    is!(CatchUnwind<Done<Plain>>: Send, Sync, Unpin);
    is!(PollOnce<Done<Plain>>: Send, Sync, Unpin);
    is!(MaybeDone<Done<Plain>>: Send, Sync, Unpin);
    is_not!(MaybeDone<Done<Neither>>: Send, Sync);
    is!(Lazy<fn(&mut Context<'_>) -> Neither>: Send, Sync, Unpin);
    is_not!(Lazy<Neither>: Send, Sync);
    is!(YieldNow: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);

    is!(Either<Plain, Plain>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is_not!(Either<Plain, Neither>: Send, Sync);
    is!(Either3<Plain, Plain, Plain>: Send, Sync, Unpin);
    is_not!(Either3<Plain, Plain, Neither>: Send, Sync);
    is!(Either4<u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either5<u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either6<u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either7<u8, u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either8<u8, u8, u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either9<u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either10<u8, u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either11<u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Either12<u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8>: Send, Sync, Unpin);
    is!(Biased: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(Fair: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);

    is!(BoxFuture<'static, Neither>: Send, Unpin);
    is_not!(BoxFuture<'static, Plain>: Sync);
    is_not!(LocalBoxFuture<'static, Plain>: Send, Sync);
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

    type Attempt<T> = fn() -> Ready<Result<T, T>>;

    // The whole is what its operation, attempts and additions are; a sleep is part of it, so it stays where it is.
    is!(Retry<Attempt<OnlySend>>: Send);
    is_not!(Retry<Attempt<Neither>>: Send, Sync);
    is_not!(Retry<Attempt<Plain>>: Unpin);
    is!(Retry<Attempt<Plain>, &'static Policy>: Send, Sync);
    is!(Retry<Attempt<Plain>, Detailed<With<Policy, When<fn(&Plain) -> bool>>>>: Send, Sync);
    is_not!(Retry<Attempt<Plain>, With<Policy, When<Neither>>>: Send, Sync);

    is!(Policy: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Limits: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Jitter: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(StopReason: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Standing: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Constant: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Linear: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Exponential: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Fibonacci: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(Decorrelated: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, Copy);
    is!(LinearDelays: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(ExponentialDelays: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(FibonacciDelays: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(DecorrelatedDelays: Send, Sync, Unpin);
    is!(Schedule<ExponentialDelays>: Send, Sync, Unpin);
    is!(RetryError<Plain>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is_not!(RetryError<Neither>: Send, Sync);
    is_not!(RetryError<PhantomPinned>: Unpin);
    is!(RetryEvent<'_, Plain, OnlySync>: Sync);
    is_not!(RetryEvent<'_, Plain, OnlySend>: Send, Sync);
    is!(AttemptTimeout: Send, Sync, Unpin);
    is!(DelayFrom<OnlySend>: Send, Unpin);
    is_not!(DelayFrom<Neither>: Send, Sync);
    is_not!(OnRetry<Neither>: Send, Sync);
    is_not!(WhenResult<Neither>: Send, Sync);
}

mod rt {
    use anywhen::rt::{BoxTask, BoxWork, EnterGuard, Handle, Std, TaskInfo};

    use super::*;

    is!(Std: Send, Sync, Unpin, Copy, UnwindSafe, RefUnwindSafe);
    is!(Handle: Send, Sync, Unpin);
    is!(TaskInfo<'_>: Send, Sync, Unpin, Copy, UnwindSafe, RefUnwindSafe);
    is!(BoxTask: Send, Unpin);
    is_not!(BoxTask: Sync);
    is!(BoxWork: Send, Unpin);
    is_not!(BoxWork: Sync);
    // It puts back what the thread had, so it stays on the thread.
    is_not!(EnterGuard: Send);

    #[cfg(feature = "tokio")]
    mod tokio {
        use anywhen::rt::{Tokio, TokioSleep};

        use super::*;

        is!(Tokio: Send, Sync, Unpin);
        is!(TokioSleep: Send, Sync);
        is_not!(TokioSleep: Unpin);
    }

    #[cfg(feature = "smol")]
    mod smol {
        use super::*;

        is!(anywhen::rt::Smol: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
        is!(anywhen::rt::AsyncIoSleep: Send, Sync, Unpin);
    }

    #[cfg(feature = "async-std")]
    is!(anywhen::rt::AsyncStd: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
}

mod task {
    use anywhen::task::{AbortHandle, AbortOnDrop, Builder, JoinError, JoinHandle};

    use super::*;

    // The output goes from one thread to another, and is never shared.
    is!(JoinHandle<OnlySend>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is_not!(JoinHandle<OnlySync>: Send, Sync);
    is!(AbortOnDrop<OnlySend>: Send, Sync, Unpin);
    is_not!(AbortOnDrop<OnlySync>: Send, Sync);
    is!(AbortHandle: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(JoinError: Send, Sync, Unpin);
    is!(Builder<'_>: Send, Sync, Unpin, Copy, UnwindSafe, RefUnwindSafe);
}

mod time {
    use std::future::Ready;
    use std::marker::PhantomPinned;

    use anywhen::time::error::Elapsed;
    use anywhen::time::{
        Clock, Hold, Instant, Interval, MissedTickBehavior, Scope, Sleep, Tick, Timeout, Timer, VirtualClock,
    };

    use super::*;

    is!(Instant: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(Clock: Send, Sync, Unpin);
    is!(VirtualClock: Send, Sync, Unpin);
    is!(Hold: Send, Sync, Unpin);
    is!(Elapsed: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(MissedTickBehavior: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);

    // A sleep is part of the wheel, and stays where it is.
    is!(Sleep: Send, Sync);
    is_not!(Sleep: Unpin);
    is!(Timeout<Ready<OnlySend>>: Send);
    is_not!(Timeout<Ready<Plain>>: Unpin);
    is_not!(Timeout<Ready<Neither>>: Send, Sync);
    is!(Scope<Ready<Plain>>: Send, Sync, Unpin);
    is_not!(Scope<PhantomPinned>: Unpin);
    is_not!(Scope<Neither>: Send, Sync);
    // An interval keeps its sleep in a box.
    is!(Interval: Send, Sync, Unpin);
    is!(Tick<'_>: Send, Sync, Unpin);

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

#[cfg(feature = "testing")]
mod testing {
    use anywhen::testing::{
        Allocations, Breach, ContractChecker, ContractCounts, ContractReport, CountingAlloc, CountingWaker, Explore,
        Explored, Finding, Order, Sim, SimBuilder, TestTask, WakerEvent,
    };

    use super::*;

    is!(Sim: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(SimBuilder: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(Explore: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(Explored: Send, Sync, Unpin, Copy, UnwindSafe, RefUnwindSafe);
    is!(Order: Send, Sync, Unpin, Copy, UnwindSafe, RefUnwindSafe);

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

    is!(Breach: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(Finding: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(ContractCounts: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    // Findings come from whichever thread.
    is!(ContractReport: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    is!(ContractChecker<Plain>: Send, Sync);
    is!(ContractChecker<OnlySend>: Send);
    is_not!(ContractChecker<OnlySend>: Sync);
    is_not!(ContractChecker<OnlySync>: Send);
    // To be moved once it was polled is what it watches for.
    is_not!(ContractChecker<Plain>: Unpin);
}

/// Public for the expansions of macros alone, and hidden in the docs.
const HIDDEN: &[&str] = &["Live", "Rotation"];

#[test]
fn every_public_type_is_pinned_here() {
    let here = source::lex(include_str!("auto_traits.rs"));
    let here = here.iter().filter_map(source::Token::ident).collect::<BTreeSet<_>>();
    let sources = source::library();
    let types = source::public_types(&sources).into_iter();
    let missing = types.filter(|(_, name)| !here.contains(name.as_str()) && !HIDDEN.contains(&name.as_str()));
    let missing = missing.map(|(source, name)| format!("{}: {name}", source.place(1))).collect::<Vec<_>>();
    assert!(missing.is_empty(), "not in tests/auto_traits.rs:\n{}", missing.join("\n"));
}
