//! Locking: alone, and after a wait.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};

/// Lock and unlock, for mutexes that look alike.
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
    subjects: &[
        ours("anywhen", Goal::instructions(25).and_time(1.0, "std"), uncontended!(anywhen::sync::Mutex::new(()))),
        peer("std", |times| {
            let mutex = Aligned(std::sync::Mutex::new(()));
            let mutex = black_box(&mutex.0);
            repeat(times, |_| drop(mutex.lock().unwrap()));
        }),
        peer("saa", |times| {
            let lock = Aligned(saa::Lock::new());
            let lock = black_box(&lock.0);
            repeat(times, |cx| {
                ready!(cx, lock.lock_async());
                lock.release_lock();
            });
        }),
        peer("futures-util", uncontended!(futures_util::lock::Mutex::new(()))),
        peer("async-lock", uncontended!(async_lock::Mutex::new(()))),
        peer("asyncband", uncontended!(asyncband::mutex::Mutex::new(()))),
        peer("tokio", uncontended!(tokio::sync::Mutex::new(()))),
    ],
    note: "",
};

pub(crate) const WRITTEN: Work = Work {
    name: "Mutex: lock, add 1, unlock",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, uncontended!(anywhen::sync::Mutex::new(0_u64), write)),
        peer("std", |times| {
            let mutex = Aligned(std::sync::Mutex::new(0_u64));
            let mutex = black_box(&mutex.0);
            repeat(times, |_| *mutex.lock().unwrap() += 1);
        }),
        peer("futures-util", uncontended!(futures_util::lock::Mutex::new(0_u64), write)),
        peer("async-lock", uncontended!(async_lock::Mutex::new(0_u64), write)),
        peer("asyncband", uncontended!(asyncband::mutex::Mutex::new(0_u64), write)),
        peer("tokio", uncontended!(tokio::sync::Mutex::new(0_u64), write)),
    ],
    note: "A write to the cache line of the lock between the two atomic operations takes 2 ns on this machine if it \
           follows the first at once; std, which does more in between, does not pay it. A lock fills a line, so that \
           whether the value lies on the same one depends on where the mutex lies.",
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
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, waited_for!(anywhen::sync::Mutex::new(()))),
        peer("futures-util", waited_for!(futures_util::lock::Mutex::new(()))),
        peer("async-lock", waited_for!(async_lock::Mutex::new(()))),
        peer("asyncband", waited_for!(asyncband::mutex::Mutex::new(()))),
        peer("tokio", waited_for!(tokio::sync::Mutex::new(()))),
    ],
    note: "",
};
