//! Who fights, and for what.

use core::fmt;
use std::sync::Arc;

use anywhen::sync::{Fairness, Mutex, RwLock};

use super::trial::{On, Outcome, Trial};
use crate::work::READS;

/// A kind of lock.
#[derive(Debug)]
pub(super) struct Fight {
    pub(super) name: &'static str,
    pub(super) subjects: &'static [Subject],
}

/// A lock of that kind.
pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) ours: bool,
    /// Whether the design's goal is for it.
    pub(super) goal: bool,
    /// With so many nanoseconds under the lock, for so many milliseconds.
    pub(super) run: fn(On, u64, u64) -> Outcome,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Two tasks each of which takes `$turn` with what is shared, again and again; it says how many locks that was.
macro_rules! subject {
    ($name:literal, $shared:expr, |$s:ident, $trial:ident| $turn:expr) => {
        Subject {
            name: $name,
            ours: false,
            goal: false,
            run: |on, section, millis| {
                let shared = Arc::new($crate::harness::Aligned($shared));
                Trial::run(on, section, millis, |$trial, number| {
                    let shared = Arc::clone(&shared);
                    async move {
                        let $s = &shared.0;
                        $trial.begins().await;
                        while $trial.goes_on() {
                            let locks = $turn;
                            $trial.had_lock(number, locks);
                        }
                    }
                })
            },
        }
    };
}

const fn ours(subject: Subject) -> Subject {
    Subject { ours: true, ..subject }
}

const fn with_goal(subject: Subject) -> Subject {
    Subject { goal: true, ..subject }
}

/// Lock, do what there is to do, unlock.
macro_rules! mutex {
    ($name:literal, $mutex:expr, |$m:ident| $lock:expr) => {
        subject!($name, $mutex, |$m, trial| {
            let held = $lock;
            trial.section();
            drop(held);
            1
        })
    };
    ($name:literal, $mutex:expr) => {
        mutex!($name, $mutex, |mutex| mutex.lock().await)
    };
}

const MUTEX: Fight = Fight {
    name: "Mutex",
    subjects: &[
        ours(mutex!("anywhen, Fifo", Mutex::new(()))),
        ours(with_goal(mutex!("anywhen, Eventual", Mutex::with_fairness((), Fairness::Eventual)))),
        ours(mutex!("anywhen, Unfair", Mutex::with_fairness((), Fairness::Unfair))),
        mutex!("std", std::sync::Mutex::new(()), |mutex| mutex.lock().unwrap()),
        mutex!("parking_lot", parking_lot::Mutex::new(()), |mutex| mutex.lock()),
        subject!("saa", saa::Lock::new(), |lock, trial| {
            lock.lock_async().await;
            trial.section();
            lock.release_lock();
            1
        }),
        mutex!("futures-util", futures_util::lock::Mutex::new(())),
        mutex!("async-lock", async_lock::Mutex::new(())),
        mutex!("maitake-sync", maitake_sync::Mutex::new(())),
        mutex!("futures-intrusive, fair", futures_intrusive::sync::Mutex::new((), true)),
        mutex!("futures-intrusive, unfair", futures_intrusive::sync::Mutex::new((), false)),
        mutex!("asyncband", asyncband::mutex::Mutex::new(())),
        mutex!("tokio", tokio::sync::Mutex::new(())),
    ],
};

/// Reads, and a write after so many of them.
macro_rules! rwlock {
    ($name:literal, $lock:expr, |$l:ident| $read:expr, $write:expr) => {
        subject!($name, $lock, |$l, trial| {
            for _ in 0..READS {
                let held = $read;
                trial.section();
                drop(held);
            }
            let held = $write;
            trial.section();
            drop(held);
            READS + 1
        })
    };
    ($name:literal, $lock:expr) => {
        rwlock!($name, $lock, |lock| lock.read().await, lock.write().await)
    };
}

const RWLOCK: Fight = Fight {
    name: "RwLock, 64 reads to a write",
    subjects: &[
        ours(rwlock!("anywhen, Fifo", RwLock::new(()))),
        ours(rwlock!("anywhen, Eventual", RwLock::with_fairness((), Fairness::Eventual))),
        rwlock!("std", std::sync::RwLock::new(()), |lock| lock.read().unwrap(), lock.write().unwrap()),
        rwlock!("parking_lot", parking_lot::RwLock::new(()), |lock| lock.read(), lock.write()),
        subject!("saa", saa::Lock::new(), |lock, trial| {
            for _ in 0..READS {
                lock.share_async().await;
                trial.section();
                lock.release_share();
            }
            lock.lock_async().await;
            trial.section();
            lock.release_lock();
            READS + 1
        }),
        rwlock!("async-lock", async_lock::RwLock::new(())),
        rwlock!("maitake-sync", maitake_sync::RwLock::new(())),
        rwlock!("asyncband", asyncband::rwlock::RwLock::new(())),
        rwlock!("tokio", tokio::sync::RwLock::new(())),
    ],
};

/// Every kind, in the order of the report.
pub(super) const ALL: &[Fight] = &[MUTEX, RWLOCK];
