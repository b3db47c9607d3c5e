//! Permits: there for the taking, without waiting, and after a wait.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};
use crate::work::queue::drained;

/// Take permits and give them back.
macro_rules! uncontended {
    ($semaphore:expr, |$s:ident| $acquire:expr) => {
        |times| {
            let $s = Aligned($semaphore);
            let $s = black_box(&$s.0);
            repeat(times, |cx| drop(ready!(cx, $acquire)));
        }
    };
}

/// What nobody can go below: one atomic operation to take, and one to give back.
const TWO_ATOMICS: fn(u64) = |times| {
    let permits = Aligned(AtomicUsize::new(10));
    let permits = black_box(&permits.0);
    repeat(times, |_| {
        let _ = black_box(permits.compare_exchange(10, 9, Ordering::Acquire, Ordering::Relaxed));
        let _ = black_box(permits.fetch_add(1, Ordering::Release));
    });
};

pub(crate) const ONE: Work = Work {
    name: "Semaphore: acquire(1), release",
    subjects: &[
        ours("anywhen", Goal::instructions(35), uncontended!(anywhen::sync::Semaphore::new(10), |s| s.acquire())),
        peer("two atomic operations", TWO_ATOMICS),
        peer("saa", |times| {
            let semaphore = Aligned(saa::Semaphore::with_permits(10));
            let semaphore = black_box(&semaphore.0);
            repeat(times, |cx| {
                ready!(cx, semaphore.acquire_async());
                semaphore.release()
            });
        }),
        peer("async-lock", uncontended!(async_lock::Semaphore::new(10), |s| s.acquire())),
        peer("maitake-sync", uncontended!(maitake_sync::Semaphore::new(10), |s| s.acquire(1))),
        peer(
            "futures-intrusive, fair",
            uncontended!(futures_intrusive::sync::Semaphore::new(true, 10), |s| s.acquire(1)),
        ),
        peer("asyncband", uncontended!(asyncband::semaphore::Semaphore::new(10), |s| s.acquire(1))),
        peer("tokio", uncontended!(tokio::sync::Semaphore::new(10), |s| s.acquire())),
    ],
    note: "",
};

pub(crate) const MANY: Work = Work {
    name: "Semaphore: acquire_many(8), release",
    subjects: &[
        ours("anywhen", Goal::instructions(35), uncontended!(anywhen::sync::Semaphore::new(10), |s| s.acquire_many(8))),
        peer("two atomic operations", TWO_ATOMICS),
        peer("saa", |times| {
            let semaphore = Aligned(saa::Semaphore::with_permits(10));
            let semaphore = black_box(&semaphore.0);
            repeat(times, |cx| {
                ready!(cx, semaphore.acquire_many_async(8));
                semaphore.release_many(8)
            });
        }),
        peer("maitake-sync", uncontended!(maitake_sync::Semaphore::new(10), |s| s.acquire(8))),
        peer(
            "futures-intrusive, fair",
            uncontended!(futures_intrusive::sync::Semaphore::new(true, 10), |s| s.acquire(8)),
        ),
        peer("asyncband", uncontended!(asyncband::semaphore::Semaphore::new(10), |s| s.acquire(8))),
        peer("tokio", uncontended!(tokio::sync::Semaphore::new(10), |s| s.acquire_many(8))),
    ],
    note: "async-lock takes permits one by one only.",
};

/// Take a permit and give it back, for semaphores that give a guard, or nothing.
macro_rules! tried {
    ($semaphore:expr, |$s:ident| $acquire:expr) => {
        |times| {
            let $s = Aligned($semaphore);
            let $s = black_box(&$s.0);
            repeat(times, |_| drop($acquire.into_iter().next().expect("there are permits")));
        }
    };
}

pub(crate) const TRIED: Work = Work {
    name: "Semaphore: try_acquire(1), release",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, tried!(anywhen::sync::Semaphore::new(10), |s| s.try_acquire())),
        peer("two atomic operations", TWO_ATOMICS),
        peer("saa", |times| {
            let semaphore = Aligned(saa::Semaphore::with_permits(10));
            let semaphore = black_box(&semaphore.0);
            repeat(times, |_| {
                assert!(semaphore.try_acquire());
                semaphore.release()
            });
        }),
        peer("async-lock", tried!(async_lock::Semaphore::new(10), |s| s.try_acquire())),
        peer("maitake-sync", tried!(maitake_sync::Semaphore::new(10), |s| s.try_acquire(1))),
        peer(
            "futures-intrusive, fair",
            tried!(futures_intrusive::sync::Semaphore::new(true, 10), |s| s.try_acquire(1)),
        ),
        peer("asyncband", tried!(asyncband::semaphore::Semaphore::new(10), |s| s.try_acquire(1))),
        peer("tokio", tried!(tokio::sync::Semaphore::new(10), |s| s.try_acquire())),
    ],
    note: "",
};

/// Find none left, wait, get one when its holder gives it back, give it back.
macro_rules! waited_for {
    ($semaphore:expr, |$s:ident| $acquire:expr) => {
        |times| {
            let $s = Aligned($semaphore);
            let $s = black_box(&$s.0);
            repeat(times, |cx| {
                let held = ready!(cx, $acquire);
                let mut waits = pin!($acquire);
                assert!(waits.as_mut().poll(cx).is_pending());
                drop(held);
                drop(ready!(cx, waits));
            });
        }
    };
}

pub(crate) const WAITED_FOR: Work = Work {
    name: "Semaphore: acquire, wait, hand over, release",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, waited_for!(anywhen::sync::Semaphore::new(1), |s| s.acquire())),
        peer("async-lock", waited_for!(async_lock::Semaphore::new(1), |s| s.acquire())),
        peer("maitake-sync", waited_for!(maitake_sync::Semaphore::new(1), |s| s.acquire(1))),
        peer(
            "futures-intrusive, fair",
            waited_for!(futures_intrusive::sync::Semaphore::new(true, 1), |s| s.acquire(1)),
        ),
        peer("asyncband", waited_for!(asyncband::semaphore::Semaphore::new(1), |s| s.acquire(1))),
        peer("tokio", waited_for!(tokio::sync::Semaphore::new(1), |s| s.acquire())),
    ],
    note: "",
};

/// Take the only permit, have 32 wait for it, give it back, and let one after the other have it.
macro_rules! queued {
    ($semaphore:expr, |$s:ident| $acquire:expr) => {
        |times| {
            let $s = Aligned($semaphore);
            let $s = black_box(&$s.0);
            drained(times, |cx| ready!(cx, $acquire), || $acquire);
        }
    };
}

pub(crate) const QUEUED: Work = Work {
    name: "Semaphore: 32 wait, and get it",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, queued!(anywhen::sync::Semaphore::new(1), |s| s.acquire())),
        peer("async-lock", queued!(async_lock::Semaphore::new(1), |s| s.acquire())),
        peer("maitake-sync", queued!(maitake_sync::Semaphore::new(1), |s| s.acquire(1))),
        peer("futures-intrusive, fair", queued!(futures_intrusive::sync::Semaphore::new(true, 1), |s| s.acquire(1))),
        peer("asyncband", queued!(asyncband::semaphore::Semaphore::new(1), |s| s.acquire(1))),
        peer("tokio", queued!(tokio::sync::Semaphore::new(1), |s| s.acquire())),
    ],
    note: "One operation is all 32 of them.",
};
