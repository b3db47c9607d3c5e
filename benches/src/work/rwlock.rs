//! Reading and writing: alone, without waiting, and mostly reading.

use core::hint::black_box;

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};

/// All whose `read` and `write` give futures, ours first; `$do` is what is done with each.
macro_rules! asynchronous {
    ($goal:expr, [$($others:expr),*], $do:ident $(, $more:tt)*) => {
        &[
            ours("anywhen", $goal, $do!(anywhen::sync::RwLock::new(()) $(, $more)*)),
            $($others,)*
            peer("async-lock", $do!(async_lock::RwLock::new(()) $(, $more)*)),
            peer("maitake-sync", $do!(maitake_sync::RwLock::new(()) $(, $more)*)),
            peer("asyncband", $do!(asyncband::rwlock::RwLock::new(()) $(, $more)*)),
            peer("tokio", $do!(tokio::sync::RwLock::new(()) $(, $more)*)),
        ]
    };
}

/// One operation with the lock, again and again.
macro_rules! with {
    ($lock:expr, |$l:ident, $cx:ident| $operation:expr) => {
        |times| {
            let $l = Aligned($lock);
            let $l = black_box(&$l.0);
            repeat(times, |$cx| $operation);
        }
    };
}

macro_rules! read {
    ($lock:expr) => {
        with!($lock, |lock, cx| drop(ready!(cx, lock.read())))
    };
}

pub(crate) const READ: Work = Work {
    name: "RwLock: read, unlock",
    subjects: asynchronous!(
        Goal::instructions(40),
        [
            peer("std", with!(std::sync::RwLock::new(()), |lock, _cx| drop(lock.read().unwrap()))),
            peer("parking_lot", with!(parking_lot::RwLock::new(()), |lock, _cx| drop(lock.read()))),
            peer(
                "saa",
                with!(saa::Lock::new(), |lock, cx| {
                    ready!(cx, lock.share_async());
                    lock.release_share()
                })
            )
        ],
        read
    ),
    note: "",
};

macro_rules! write {
    ($lock:expr) => {
        with!($lock, |lock, cx| drop(ready!(cx, lock.write())))
    };
}

pub(crate) const WRITE: Work = Work {
    name: "RwLock: write, unlock",
    subjects: asynchronous!(
        Goal::instructions(45),
        [
            peer("std", with!(std::sync::RwLock::new(()), |lock, _cx| drop(lock.write().unwrap()))),
            peer("parking_lot", with!(parking_lot::RwLock::new(()), |lock, _cx| drop(lock.write()))),
            peer(
                "saa",
                with!(saa::Lock::new(), |lock, cx| {
                    ready!(cx, lock.lock_async());
                    lock.release_lock()
                })
            )
        ],
        write
    ),
    note: "",
};

/// For locks that give a guard, or nothing.
macro_rules! tried {
    ($lock:expr, $try:ident) => {
        with!($lock, |lock, _cx| drop(lock.$try().into_iter().next().expect("it is free")))
    };
}

pub(crate) const TRIED_READ: Work = Work {
    name: "RwLock: try_read, unlock",
    subjects: asynchronous!(
        Goal::ZERO_ALLOCATIONS,
        [
            peer("std", tried!(std::sync::RwLock::new(()), try_read)),
            peer("parking_lot", tried!(parking_lot::RwLock::new(()), try_read))
        ],
        tried,
        try_read
    ),
    note: "",
};

pub(crate) const TRIED_WRITE: Work = Work {
    name: "RwLock: try_write, unlock",
    subjects: asynchronous!(
        Goal::ZERO_ALLOCATIONS,
        [
            peer("std", tried!(std::sync::RwLock::new(()), try_write)),
            peer("parking_lot", tried!(parking_lot::RwLock::new(()), try_write))
        ],
        tried,
        try_write
    ),
    note: "",
};

/// So many reads to a write.
pub(crate) const READS: u64 = 64;

macro_rules! mostly_read {
    ($lock:expr) => {
        with!($lock, |lock, cx| {
            for _ in 0..READS {
                drop(ready!(cx, lock.read()));
            }
            drop(ready!(cx, lock.write()));
        })
    };
}

pub(crate) const MOSTLY_READ: Work = Work {
    name: "RwLock: 64 reads, one write",
    subjects: asynchronous!(
        Goal::ZERO_ALLOCATIONS,
        [
            peer(
                "std",
                with!(std::sync::RwLock::new(()), |lock, _cx| {
                    for _ in 0..READS {
                        drop(lock.read().unwrap());
                    }
                    drop(lock.write().unwrap());
                })
            ),
            peer(
                "parking_lot",
                with!(parking_lot::RwLock::new(()), |lock, _cx| {
                    for _ in 0..READS {
                        drop(lock.read());
                    }
                    drop(lock.write());
                })
            )
        ],
        mostly_read
    ),
    note: "One operation is all 65 of them.",
};

/// Have it written, have 32 wait to read, let go, and let all of them read.
macro_rules! queued {
    ($lock:expr) => {
        |times| {
            let lock = Aligned($lock);
            let lock = black_box(&lock.0);
            crate::work::queue::drained(times, |cx| ready!(cx, lock.write()), || lock.read());
        }
    };
}

pub(crate) const QUEUED: Work = Work {
    name: "RwLock: 32 wait to read, and do",
    subjects: asynchronous!(Goal::ZERO_ALLOCATIONS, [], queued),
    note: "One operation is all 32 of them.",
};

pub(crate) const UPGRADED: Work = Work {
    name: "RwLock: read, upgrade, unlock",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let lock = Aligned(anywhen::sync::RwLock::new(0));
            let lock = black_box(&lock.0);
            repeat(times, |cx| {
                let guard = ready!(cx, lock.upgradable_read());
                drop(ready!(cx, guard.upgrade()));
            });
        }),
        peer("parking_lot", |times| {
            let lock = Aligned(parking_lot::RwLock::new(0));
            let lock = black_box(&lock.0);
            repeat(times, |_| {
                let guard = black_box(lock.upgradable_read());
                drop(black_box(parking_lot::RwLockUpgradableReadGuard::upgrade(guard)));
            });
        }),
        peer("async-lock", |times| {
            let lock = Aligned(async_lock::RwLock::new(0));
            let lock = black_box(&lock.0);
            repeat(times, |cx| {
                let guard = ready!(cx, lock.upgradable_read());
                drop(ready!(cx, async_lock::RwLockUpgradableReadGuard::upgrade(guard)));
            });
        }),
    ],
    note: "",
};
