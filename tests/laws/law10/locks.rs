//! Waits for locks and permits that never come, with all kinds of limits.

use std::mem;
use std::sync::Arc;

use anywhen::sync::{BoundedMutex, BoundedSemaphore, Condvar, Mutex, OwnedMutexGuard, RwLock, Semaphore};
use anywhen::time::Clock;

use super::{Row, durations};

pub(super) const TABLE: &[Row] = &[
    ("sync::Mutex::lock_timeout", || {
        let mutex = mutex();
        durations(|d| mutex.lock_timeout(d), true);
    }),
    ("sync::Mutex::lock_owned_timeout", || {
        let mutex = mutex();
        durations(|d| Arc::clone(&mutex).lock_owned_timeout(d), true);
    }),
    ("sync::BoundedMutex::lock_timeout", || {
        let mutex = bounded_mutex();
        durations(|d| mutex.lock_timeout(d), true);
    }),
    ("sync::BoundedMutex::lock_owned_timeout", || {
        let mutex = bounded_mutex();
        durations(|d| Arc::clone(&mutex).lock_owned_timeout(d), true);
    }),
    ("sync::RwLock::read_timeout", || {
        let lock = rwlock();
        durations(|d| lock.read_timeout(d), true);
    }),
    ("sync::RwLock::read_owned_timeout", || {
        let lock = rwlock();
        durations(|d| Arc::clone(&lock).read_owned_timeout(d), true);
    }),
    ("sync::RwLock::write_timeout", || {
        let lock = rwlock();
        durations(|d| lock.write_timeout(d), true);
    }),
    ("sync::RwLock::write_owned_timeout", || {
        let lock = rwlock();
        durations(|d| Arc::clone(&lock).write_owned_timeout(d), true);
    }),
    ("sync::RwLock::upgradable_read_timeout", || {
        let lock = rwlock();
        durations(|d| lock.upgradable_read_timeout(d), true);
    }),
    ("sync::RwLock::upgradable_read_owned_timeout", || {
        let lock = rwlock();
        durations(|d| Arc::clone(&lock).upgradable_read_owned_timeout(d), true);
    }),
    // `Semaphore` and `BoundedSemaphore`.
    ("sync::$semaphore::acquire_timeout", || {
        let (semaphore, bounded) = semaphores();
        durations(|d| semaphore.acquire_timeout(d), true);
        durations(|d| bounded.acquire_timeout(d), true);
    }),
    ("sync::$semaphore::acquire_many_timeout", || {
        let (semaphore, bounded) = semaphores();
        durations(|d| semaphore.acquire_many_timeout(2, d), true);
        durations(|d| bounded.acquire_many_timeout(2, d), true);
    }),
    ("sync::$semaphore::acquire_owned_timeout", || {
        let (semaphore, bounded) = semaphores();
        durations(|d| Arc::clone(&semaphore).acquire_owned_timeout(d), true);
        durations(|d| Arc::clone(&bounded).acquire_owned_timeout(d), true);
    }),
    ("sync::$semaphore::acquire_many_owned_timeout", || {
        let (semaphore, bounded) = semaphores();
        durations(|d| Arc::clone(&semaphore).acquire_many_owned_timeout(2, d), true);
        durations(|d| Arc::clone(&bounded).acquire_many_owned_timeout(2, d), true);
    }),
    ("sync::Condvar::wait_timeout", || durations(|d| CONDVAR.wait_timeout(free(), d), true)),
    ("sync::Condvar::wait_timeout_on", || {
        durations(|d| CONDVAR.wait_timeout_on(Clock::current(), free(), d), true);
    }),
    ("sync::Condvar::wait_timeout_while", || {
        durations(|d| CONDVAR.wait_timeout_while(free(), d, |()| true), true);
    }),
    ("sync::Condvar::wait_timeout_while_on", || {
        durations(|d| CONDVAR.wait_timeout_while_on(Clock::current(), free(), d, |()| true), true);
    }),
];

/// That nobody notifies.
static CONDVAR: Condvar = Condvar::new();

/// The guard of a mutex of its own.
fn free() -> OwnedMutexGuard<()> {
    Arc::new(Mutex::new(())).try_lock_owned().unwrap()
}

/// One that is locked for good.
fn mutex() -> Arc<Mutex<()>> {
    let mutex = Arc::new(Mutex::new(()));
    mem::forget(mutex.try_lock().unwrap());
    mutex
}

fn rwlock() -> Arc<RwLock<()>> {
    let lock = Arc::new(RwLock::new(()));
    mem::forget(lock.try_write().unwrap());
    lock
}

fn bounded_mutex() -> Arc<BoundedMutex<()>> {
    let mutex = Arc::new(BoundedMutex::new((), 1));
    mem::forget(mutex.try_lock().unwrap());
    mutex
}

/// Without permits.
fn semaphores() -> (Arc<Semaphore>, Arc<BoundedSemaphore>) {
    (Arc::new(Semaphore::new(0)), Arc::new(BoundedSemaphore::new(0, 1)))
}
