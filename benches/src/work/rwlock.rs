//! Reading and writing, without waiting.

use core::hint::black_box;

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};

/// All locks whose ways in give a future, ours first; then those of threads.
macro_rules! everybody {
    ($goal:expr, $way:ident) => {
        &[
            ours("anywhen", $goal, uncontended!(anywhen::sync::RwLock::new(0), $way)),
            peer("std", |times| {
                let lock = Aligned(std::sync::RwLock::new(0));
                let lock = black_box(&lock.0);
                repeat(times, |_| drop(black_box(lock.$way().unwrap())));
            }),
            peer("parking_lot", |times| {
                let lock = Aligned(parking_lot::RwLock::new(0));
                let lock = black_box(&lock.0);
                repeat(times, |_| drop(black_box(lock.$way())));
            }),
            peer("async-lock", uncontended!(async_lock::RwLock::new(0), $way)),
            peer("asyncband", uncontended!(asyncband::rwlock::RwLock::new(0), $way)),
            peer("maitake-sync", uncontended!(maitake_sync::RwLock::new(0), $way)),
            peer("tokio", uncontended!(tokio::sync::RwLock::new(0), $way)),
        ]
    };
}

/// Lock and unlock.
macro_rules! uncontended {
    ($lock:expr, $way:ident) => {
        |times| {
            let lock = Aligned($lock);
            let lock = black_box(&lock.0);
            repeat(times, |cx| drop(ready!(cx, lock.$way())));
        }
    };
}

pub(crate) const READ: Work =
    Work { name: "RwLock: read, unlock", subjects: everybody!(Goal::instructions(40), read), note: "" };

pub(crate) const WRITTEN: Work =
    Work { name: "RwLock: write, unlock", subjects: everybody!(Goal::instructions(45), write), note: "" };

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
