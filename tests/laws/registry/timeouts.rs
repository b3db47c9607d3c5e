//! Futures that wait for a lock or for permits, and not for too long: they end because they are served, or because time
//! moves. Either way nothing is left of them in the queue, nor in the clock.

use std::sync::Arc;

use anywhen::sync::timeout::{AcquireTimeout, LockTimeout};
use anywhen::sync::{BoundedMutex, Condvar, Mutex, Semaphore};
use anywhen::time::{Duration, VirtualClock, timeout_on};

use super::sync::{pass_through, touch_semaphore};
use super::time::{is_idle, touch};
use crate::stage::{Entry, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    lock_in_time,
    lock_too_late,
    acquire_in_time,
    acquire_too_late,
    acquire_until_closed,
    bounded_lock_too_late,
    condvar_in_time,
    condvar_too_late,
    condvar_while_in_time,
    condvar_while_too_late,
];

const PERIOD: Duration = Duration::from_millis(10);

fn lock_in_time(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex) = (VirtualClock::new(), Arc::new(Mutex::new(())));
    let mut guard = Some(mutex.try_lock().unwrap());
    let touched = Arc::clone(&mutex);
    let mut idle = is_idle(&time);
    let check = || {
        assert!(mutex.try_lock().is_ok(), "still locked");
        idle();
    };
    let make = || LockTimeout::from(timeout_on(time.clock(), PERIOD, mutex.lock()));
    let stage = Stage::made(make, move || drop(guard.take()));
    body(stage.touch(move || pass_through(touched.lock())).check(check));
}

fn lock_too_late(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex) = (VirtualClock::new(), Mutex::new(()));
    let _guard = mutex.try_lock().unwrap();
    let mut idle = is_idle(&time);
    let check = || {
        assert_eq!(mutex.waiters(), 0, "it is still in the queue");
        idle();
    };
    let make = || LockTimeout::from(timeout_on(time.clock(), PERIOD, mutex.lock()));
    let moved = time.clone();
    body(Stage::made(make, move || moved.advance(PERIOD)).touch(touch(&time)).check(check));
}

fn acquire_in_time(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, semaphore) = (VirtualClock::new(), Arc::new(Semaphore::new(3)));
    let mut permit = Some(semaphore.try_acquire_many(2).unwrap());
    let mut idle = is_idle(&time);
    let check = || {
        assert_eq!(semaphore.available_permits(), 3);
        idle();
    };
    let make = || AcquireTimeout::from(timeout_on(time.clock(), PERIOD, semaphore.acquire_many(3)));
    body(Stage::made(make, move || drop(permit.take())).touch(touch_semaphore(&semaphore)).check(check));
}

fn acquire_too_late(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, semaphore) = (VirtualClock::new(), Semaphore::new(1));
    let mut idle = is_idle(&time);
    let check = || {
        assert_eq!((semaphore.waiters(), semaphore.available_permits()), (0, 1), "it is still in the queue");
        idle();
    };
    let make = || AcquireTimeout::from(timeout_on(time.clock(), PERIOD, semaphore.acquire_many(2)));
    let moved = time.clone();
    body(Stage::made(make, move || moved.advance(PERIOD)).touch(touch(&time)).check(check));
}

fn acquire_until_closed(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, semaphore) = (VirtualClock::new(), Semaphore::new(0));
    let make = || AcquireTimeout::from(timeout_on(time.clock(), PERIOD, semaphore.acquire()));
    body(Stage::made(make, || semaphore.close()).touch(touch(&time)).check(is_idle(&time)));
}

fn bounded_lock_too_late(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex) = (VirtualClock::new(), BoundedMutex::new((), 2));
    let _guard = mutex.try_lock().unwrap();
    let mut idle = is_idle(&time);
    let check = || {
        assert_eq!(mutex.waiters(), 0, "it is still in the queue");
        idle();
    };
    let make = || AcquireTimeout::from(timeout_on(time.clock(), PERIOD, mutex.lock()));
    let moved = time.clone();
    body(Stage::made(make, move || moved.advance(PERIOD)).touch(touch(&time)).check(check));
}

fn condvar_in_time(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    let make = || condvar.wait_timeout_on(time.clock(), mutex.try_lock().unwrap(), PERIOD);
    body(Stage::made(make, || condvar.notify_one()).touch(touch(&time)).check(left_alone(&time, &mutex, &condvar)));
}

fn condvar_too_late(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    let make = || condvar.wait_timeout_on(time.clock(), mutex.try_lock().unwrap(), PERIOD);
    let moved = time.clone();
    let stage = Stage::made(make, move || moved.advance(PERIOD));
    body(stage.touch(touch(&time)).check(left_alone(&time, &mutex, &condvar)));
}

fn condvar_while_in_time(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    let make = || condvar.wait_timeout_while_on(time.clock(), mutex.try_lock().unwrap(), PERIOD, |n| *n == 0);
    let release = || {
        // Before the first poll the future has the lock.
        if let Ok(mut n) = mutex.try_lock() {
            *n = 1;
        }
        condvar.notify_all();
    };
    body(Stage::made(make, release).touch(touch(&time)).check(left_alone(&time, &mutex, &condvar)));
}

fn condvar_while_too_late(body: &mut dyn FnMut(Stage<'_>)) {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    let make = || condvar.wait_timeout_while_on(time.clock(), mutex.try_lock().unwrap(), PERIOD, |n| *n == 0);
    let moved = time.clone();
    let stage = Stage::made(make, move || moved.advance(PERIOD));
    body(stage.touch(touch(&time)).check(left_alone(&time, &mutex, &condvar)));
}

/// Nobody waits, the lock is free, and time has nothing to do.
fn left_alone<'a>(time: &VirtualClock, mutex: &'a Mutex<u32>, condvar: &'a Condvar) -> impl FnMut() + use<'a> {
    let mut idle = is_idle(time);
    move || {
        assert!(mutex.try_lock().is_ok(), "still locked");
        assert_eq!(condvar.waiters(), 0, "it is still in the queue");
        idle();
    }
}
