//! Waiting for locks, permits and conditions with a limit, in virtual time.
#![cfg(feature = "testing")]

use std::sync::Arc;

use anywhen::sync::condvar::CondvarWait;
use anywhen::sync::timeout::{AcquireTimeout, LockTimeout};
use anywhen::sync::{AcquireTimeoutError, BoundedMutex, BoundedSemaphore, Condvar, Mutex, MutexGuard, Semaphore};
use anywhen::testing::TestTask;
use anywhen::time::{Duration, Instant, VirtualClock, timeout_at_on, timeout_on};
use anywhen::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_lock_that_comes_in_time_is_had() {
    let (time, mutex) = (VirtualClock::new(), Mutex::new(1));
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(LockTimeout::from(timeout_on(time.clock(), SECOND, mutex.lock())));
    assert_pending!(waits.poll());
    drop(guard);
    assert!(waits.is_woken());
    assert_eq!(*assert_ready_ok!(waits.poll()), 1);
}

#[test]
fn when_the_time_is_up_the_place_in_the_queue_is_free() {
    let (time, semaphore) = (VirtualClock::new(), Semaphore::new(2));
    let _held = semaphore.try_acquire().unwrap();
    let mut many = TestTask::new(AcquireTimeout::from(timeout_on(time.clock(), SECOND, semaphore.acquire_many(2))));
    assert_pending!(many.poll());
    let mut behind = TestTask::new(semaphore.acquire());
    assert_pending!(behind.poll());
    time.advance(SECOND);
    assert!(many.is_woken() && !behind.is_woken());
    assert_eq!(assert_ready_err!(many.poll()), AcquireTimeoutError::Elapsed);
    // And `many` is still there.
    assert!(behind.is_woken());
    let _second = assert_ready_ok!(behind.poll());
    assert_eq!(semaphore.waiters(), 0);
    drop(many);
}

#[test]
fn one_that_is_granted_as_the_time_is_up_has_the_lock() {
    let (time, mutex) = (VirtualClock::new(), Mutex::new(()));
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(LockTimeout::from(timeout_on(time.clock(), SECOND, mutex.lock())));
    assert_pending!(waits.poll());
    time.advance(SECOND);
    drop(guard);
    let _guard = assert_ready_ok!(waits.poll());
    assert!(mutex.try_lock().is_err());
}

#[test]
fn no_time_at_all_is_one_attempt() {
    let (time, mutex) = (VirtualClock::new(), Mutex::new(()));
    let attempt = || TestTask::new(LockTimeout::from(timeout_on(time.clock(), Duration::ZERO, mutex.lock())));
    let guard = assert_ready_ok!(attempt().poll());
    assert_ready_err!(attempt().poll());
    assert_eq!(mutex.waiters(), 0);
    drop(guard);
}

#[test]
fn a_deadline_can_be_shared() {
    let (time, semaphore) = (VirtualClock::new(), Semaphore::new(0));
    let deadline = time.now() + SECOND;
    let wait = || AcquireTimeout::from(timeout_at_on(time.clock(), deadline, semaphore.acquire()));
    let (mut first, mut second) = (TestTask::new(wait()), TestTask::new(wait()));
    assert_pending!(first.poll());
    time.advance(SECOND / 2);
    assert_pending!(second.poll());
    time.advance(SECOND / 2);
    assert_ready_err!(first.poll());
    assert_ready_err!(second.poll());
}

#[test]
fn each_refusal_has_its_error() {
    let time = VirtualClock::new();
    let limit = |future| AcquireTimeout::from(timeout_at_on(time.clock(), Instant::FAR_FUTURE, future));
    let semaphore = BoundedSemaphore::new(0, 1);
    let mut waits = TestTask::new(limit(semaphore.acquire()));
    assert_pending!(waits.poll());
    let mut refused = TestTask::new(limit(semaphore.acquire()));
    assert_eq!(assert_ready_err!(refused.poll()), AcquireTimeoutError::QueueFull);
    semaphore.close();
    assert_eq!(assert_ready_err!(waits.poll()), AcquireTimeoutError::Closed);

    let texts = [
        (AcquireTimeoutError::Elapsed, "deadline has elapsed"),
        (AcquireTimeoutError::QueueFull, "the queue of waiters is full"),
        (AcquireTimeoutError::Closed, "semaphore closed"),
    ];
    assert!(texts.iter().all(|(error, text)| error.to_string() == *text));
}

/// The methods, by the clock that is current.
#[test]
fn every_method_waits_so_long() {
    let time = VirtualClock::new();
    let mutex = Arc::new(Mutex::new(()));
    let bounded = Arc::new(BoundedMutex::new((), 8));
    let semaphore = Arc::new(Semaphore::new(2));
    let few = Arc::new(BoundedSemaphore::new(2, 8));
    let _held = (mutex.try_lock().unwrap(), bounded.try_lock().unwrap());
    let _permits = (semaphore.try_acquire().unwrap(), few.try_acquire().unwrap());
    let mut late = TestTask::new(time.scope(async {
        let (one, two) = (SECOND, 2);
        let _elapsed = mutex.lock_timeout(one).await.unwrap_err();
        let _elapsed = Arc::clone(&mutex).lock_owned_timeout(one).await.unwrap_err();
        let mut errors = Vec::new();
        errors.push(bounded.lock_timeout(one).await.unwrap_err());
        errors.push(Arc::clone(&bounded).lock_owned_timeout(one).await.unwrap_err());
        errors.push(semaphore.acquire_many_timeout(two, one).await.unwrap_err());
        errors.push(Arc::clone(&semaphore).acquire_many_owned_timeout(two, one).await.unwrap_err());
        errors.push(few.acquire_many_timeout(two, one).await.unwrap_err());
        errors.push(Arc::clone(&few).acquire_many_owned_timeout(two, one).await.unwrap_err());
        assert_eq!(errors, [AcquireTimeoutError::Elapsed; 6]);
    }));
    let began = time.now();
    while late.poll().is_pending() {}
    assert_eq!(time.now() - began, 8 * SECOND);

    let mut at_once = TestTask::new(time.scope(async {
        drop(semaphore.acquire_timeout(SECOND).await.unwrap());
        drop(Arc::clone(&semaphore).acquire_owned_timeout(SECOND).await.unwrap());
        drop(few.acquire_timeout(SECOND).await.unwrap());
        drop(Arc::clone(&few).acquire_owned_timeout(SECOND).await.unwrap());
    }));
    assert_ready!(at_once.poll());
}

/// A wait without a limit, in the queue.
fn queued<'a>(condvar: &'a Condvar, mutex: &'a Mutex<u32>) -> TestTask<CondvarWait<'a, MutexGuard<'a, u32>>> {
    let mut task = TestTask::new(condvar.wait(mutex.try_lock().unwrap()));
    assert_pending!(task.poll());
    task
}

#[test]
fn a_wait_ends_when_the_time_is_up() {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    let mut task = TestTask::new(condvar.wait_timeout_on(time.clock(), mutex.try_lock().unwrap(), SECOND));
    assert_pending!(task.poll());
    let held = mutex.try_lock().unwrap();
    time.advance(SECOND);
    assert!(task.is_woken());
    // The lock is still to be had, and a notification is for others.
    assert_pending!(task.poll());
    assert_eq!(condvar.waiters(), 0);
    drop(held);
    let (_guard, result) = assert_ready!(task.poll());
    assert!(result.timed_out());
}

#[test]
fn a_notification_that_comes_with_the_end_of_the_time_counts() {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    let mut task = TestTask::new(condvar.wait_timeout_on(time.clock(), mutex.try_lock().unwrap(), SECOND));
    assert_pending!(task.poll());
    time.advance(SECOND);
    condvar.notify_one();
    let (_guard, result) = assert_ready!(task.poll());
    assert!(!result.timed_out());
}

#[test]
fn one_that_is_dropped_while_it_locks_passes_its_notification_on_unless_it_has_none() {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    for notified in [true, false] {
        let guard = mutex.try_lock().unwrap();
        let mut first = TestTask::new(condvar.wait_timeout_on(time.clock(), guard, SECOND));
        assert_pending!(first.poll());
        let mut second = queued(&condvar, &mutex);
        let held = mutex.try_lock().unwrap();
        if notified {
            condvar.notify_one();
        }
        time.advance(SECOND);
        assert_pending!(first.poll());
        drop(first);
        assert_eq!(second.is_woken(), notified);
        drop(held);
        assert_eq!(second.poll().is_ready(), notified);
    }
}

#[test]
fn the_condition_is_looked_at_when_the_time_is_up() {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(0), Condvar::new());
    for done in [0, 1] {
        let guard = mutex.try_lock().unwrap();
        let mut task = TestTask::new(condvar.wait_timeout_while_on(time.clock(), guard, SECOND, |n| *n == 0));
        assert_pending!(task.poll());
        // One limit, however often it is notified.
        time.advance(SECOND / 2);
        condvar.notify_one();
        assert_pending!(task.poll());
        // Nobody says so.
        *mutex.try_lock().unwrap() = done;
        time.advance(SECOND / 2);
        let (guard, result) = assert_ready!(task.poll());
        assert_eq!((*guard, result.timed_out()), (done, done == 0));
    }
}

/// By the clock that is current.
#[test]
fn waits_with_a_limit_take_as_long_as_that() {
    let (time, mutex, condvar) = (VirtualClock::new(), Mutex::new(()), Condvar::new());
    let began = time.now();
    let mut task = TestTask::new(time.scope(async {
        let (guard, result) = condvar.wait_timeout(mutex.lock().await, SECOND).await;
        assert!(result.timed_out());
        let (_guard, result) = condvar.wait_timeout_while(guard, SECOND, |()| true).await;
        assert!(result.timed_out());
    }));
    while task.poll().is_pending() {}
    assert_eq!(time.now() - began, 2 * SECOND);
}
