//! Locking: alone, without waiting, and after a wait.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;

use anywhen::sync::{Fairness, Mutex};

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};
use crate::work::queue::drained;

/// All mutexes whose `lock` gives a future, ours first; `$do` is what is done with each.
macro_rules! asynchronous {
    ($goal:expr, [$($others:expr),*], $value:expr, $do:ident $(, $more:tt)*) => {
        &[
            ours("anywhen", $goal, $do!(anywhen::sync::Mutex::new($value) $(, $more)*)),
            $($others,)*
            peer("futures-util", $do!(futures_util::lock::Mutex::new($value) $(, $more)*)),
            peer("async-lock", $do!(async_lock::Mutex::new($value) $(, $more)*)),
            peer("maitake-sync", $do!(maitake_sync::Mutex::new($value) $(, $more)*)),
            peer("futures-intrusive, fair", $do!(futures_intrusive::sync::Mutex::new($value, true) $(, $more)*)),
            peer("asyncband", $do!(asyncband::mutex::Mutex::new($value) $(, $more)*)),
            peer("tokio", $do!(tokio::sync::Mutex::new($value) $(, $more)*)),
        ]
    };
}

/// Lock and unlock.
macro_rules! uncontended {
    ($mutex:expr) => {
        |times| {
            let mutex = Aligned($mutex);
            let mutex = black_box(&mutex.0);
            repeat(times, |cx| drop(ready!(cx, mutex.lock())));
        }
    };
    ($mutex:expr, write) => {
        |times| {
            let mutex = Aligned($mutex);
            let mutex = black_box(&mutex.0);
            repeat(times, |cx| *ready!(cx, mutex.lock()) += 1);
        }
    };
}

pub(crate) const UNCONTENDED: Work = Work {
    name: "Mutex: lock, unlock",
    subjects: asynchronous!(
        Goal::instructions(25).and_time(1.0, "std"),
        [
            peer("std", |times| {
                let mutex = Aligned(std::sync::Mutex::new(()));
                let mutex = black_box(&mutex.0);
                repeat(times, |_| drop(mutex.lock().unwrap()));
            }),
            peer("parking_lot", |times| {
                let mutex = Aligned(parking_lot::Mutex::new(()));
                let mutex = black_box(&mutex.0);
                repeat(times, |_| drop(mutex.lock()));
            }),
            peer("saa", |times| {
                let lock = Aligned(saa::Lock::new());
                let lock = black_box(&lock.0);
                repeat(times, |cx| {
                    ready!(cx, lock.lock_async());
                    lock.release_lock();
                });
            })
        ],
        (),
        uncontended
    ),
    note: "",
};

pub(crate) const WRITTEN: Work = Work {
    name: "Mutex: lock, add 1, unlock",
    subjects: asynchronous!(
        Goal::ZERO_ALLOCATIONS,
        [
            peer("std", |times| {
                let mutex = Aligned(std::sync::Mutex::new(0_u64));
                let mutex = black_box(&mutex.0);
                repeat(times, |_| *mutex.lock().unwrap() += 1);
            }),
            peer("parking_lot", |times| {
                let mutex = Aligned(parking_lot::Mutex::new(0_u64));
                let mutex = black_box(&mutex.0);
                repeat(times, |_| *mutex.lock() += 1);
            })
        ],
        0_u64,
        uncontended,
        write
    ),
    note: "A write to the cache line of the lock between the two atomic operations takes 2 ns on this machine if it \
           follows the first at once; std, which does more in between, does not pay it. A lock fills a line, so that \
           whether the value lies on the same one depends on where the mutex lies.",
};

/// Lock and unlock, for mutexes that give a guard, or nothing.
macro_rules! tried {
    ($mutex:expr) => {
        |times| {
            let mutex = Aligned($mutex);
            let mutex = black_box(&mutex.0);
            repeat(times, |_| drop(mutex.try_lock().into_iter().next().expect("it is free")));
        }
    };
    ($mutex:expr, locked) => {
        |times| {
            let mutex = Aligned($mutex);
            let mutex = black_box(&mutex.0);
            let _held = mutex.try_lock();
            repeat(times, |_| assert!(mutex.try_lock().into_iter().next().is_none()));
        }
    };
}

pub(crate) const TRIED: Work = Work {
    name: "Mutex: try_lock, unlock",
    subjects: asynchronous!(
        Goal::ZERO_ALLOCATIONS,
        [
            peer("std", tried!(std::sync::Mutex::new(()))),
            peer("parking_lot", tried!(parking_lot::Mutex::new(()))),
            peer("saa", |times| {
                let lock = Aligned(saa::Lock::new());
                let lock = black_box(&lock.0);
                repeat(times, |_| {
                    lock.try_lock().expect("it is free");
                    lock.release_lock();
                });
            })
        ],
        (),
        tried
    ),
    note: "",
};

pub(crate) const TRIED_LOCKED: Work = Work {
    name: "Mutex: try_lock, which is locked",
    subjects: asynchronous!(
        Goal::ZERO_ALLOCATIONS,
        [
            peer("std", tried!(std::sync::Mutex::new(()), locked)),
            peer("parking_lot", tried!(parking_lot::Mutex::new(()), locked)),
            peer("saa", |times| {
                let lock = Aligned(saa::Lock::new());
                let lock = black_box(&lock.0);
                lock.lock_sync();
                repeat(times, |_| assert!(lock.try_lock().is_err()));
            })
        ],
        (),
        tried,
        locked
    ),
    note: "",
};

/// Find it locked, wait, get it when the holder unlocks, unlock.
macro_rules! waited_for {
    ($mutex:expr) => {
        |times| {
            let mutex = Aligned($mutex);
            let mutex = black_box(&mutex.0);
            repeat(times, |cx| {
                let held = ready!(cx, mutex.lock());
                let mut waits = pin!(mutex.lock());
                assert!(waits.as_mut().poll(cx).is_pending());
                drop(held);
                drop(ready!(cx, waits));
            });
        }
    };
}

pub(crate) const WAITED_FOR: Work = Work {
    name: "Mutex: lock, wait, hand over, unlock",
    subjects: asynchronous!(Goal::ZERO_ALLOCATIONS, [], (), waited_for),
    note: "",
};

/// Lock, have 32 wait, unlock, and let one after the other have it.
macro_rules! queued {
    ($mutex:expr) => {
        |times| {
            let mutex = Aligned($mutex);
            let mutex = black_box(&mutex.0);
            drained(times, |cx| ready!(cx, mutex.lock()), || mutex.lock());
        }
    };
}

pub(crate) const QUEUED: Work = Work {
    name: "Mutex: 32 wait, and get it",
    subjects: asynchronous!(Goal::ZERO_ALLOCATIONS, [], (), queued),
    note: "One operation is all 32 of them.",
};

/// What a task does once: lock, let the others come, unlock.
macro_rules! handed_over {
    ($mutex:expr, $tasks:expr) => {
        $crate::tasks::take_turns!($tasks, $mutex, |mutex| {
            let held = mutex.lock().await;
            futures_lite::future::yield_now().await;
            drop(held);
        })
    };
}

macro_rules! handed_over_among {
    ($tasks:literal) => {
        Work {
            name: concat!("Mutex: handed over among ", $tasks, " tasks"),
            subjects: asynchronous!(
                Goal::ZERO_ALLOCATIONS.and_time(1.0, "futures-util").and_even(),
                [
                    ours(
                        "anywhen, Eventual",
                        Goal::ZERO_ALLOCATIONS,
                        handed_over!(Mutex::with_fairness((), Fairness::Eventual), $tasks)
                    ),
                    ours(
                        "anywhen, Unfair",
                        Goal::ZERO_ALLOCATIONS,
                        handed_over!(Mutex::with_fairness((), Fairness::Unfair), $tasks)
                    )
                ],
                (),
                handed_over,
                $tasks
            ),
            note: "A task keeps the lock while each of the others is polled once. What the executor does is in everybody's figures.",
        }
    };
}

pub(crate) const HANDED_OVER_2: Work = handed_over_among!(2);
pub(crate) const HANDED_OVER_8: Work = handed_over_among!(8);
pub(crate) const HANDED_OVER_64: Work = handed_over_among!(64);
pub(crate) const HANDED_OVER_1024: Work = handed_over_among!(1024);
