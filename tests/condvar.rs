//! `Condvar`, polled by hand.
#![cfg(any(feature = "std", feature = "critical-section"))]

#[path = "support/hand.rs"]
mod hand;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use anywhen::sync::condvar::CondvarWait;
use anywhen::sync::{Condvar, Mutex, MutexGuard};

use hand::{TestTask, assert_pending, assert_ready};

fn waiting<'a>(condvar: &'a Condvar, mutex: &'a Mutex<u32>) -> TestTask<CondvarWait<'a, MutexGuard<'a, u32>>> {
    let mut task = TestTask::new(condvar.wait(mutex.try_lock().unwrap()));
    assert_pending!(task.poll());
    task
}

#[test]
fn a_wait_gives_the_lock_up_and_takes_it_again() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut task = TestTask::new(condvar.wait(mutex.try_lock().unwrap()));
    assert!(mutex.try_lock().is_err(), "locked until it is polled");
    assert_pending!(task.poll());
    assert_pending!(task.poll());
    *mutex.try_lock().unwrap() = 1;
    condvar.notify_one();
    assert_eq!(task.wakes(), 1);
    let guard = assert_ready!(task.poll());
    assert_eq!(*guard, 1);
    assert!(mutex.try_lock().is_err());
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn who_is_notified_under_the_lock_waits_for_it() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut task = waiting(&condvar, &mutex);
    let mut guard = mutex.try_lock().unwrap();
    *guard = 1;
    condvar.notify_all();
    assert_pending!(task.poll());
    *guard = 2;
    drop(guard);
    assert!(task.is_woken());
    assert_eq!(*assert_ready!(task.poll()), 2);
}

/// asyncband#70, #73
#[test]
fn it_waits_before_it_unlocks() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    // This one gets the lock the moment that the wait unlocks, and notifies.
    let mut notifies = TestTask::new(async {
        *mutex.lock().await = 1;
        condvar.notify_one();
    });
    let guard = mutex.try_lock().unwrap();
    assert_pending!(notifies.poll());
    let mut task = TestTask::new(condvar.wait(guard));
    assert_pending!(task.poll());
    assert_ready!(notifies.poll());
    assert_eq!(*assert_ready!(task.poll()), 1);
}

#[test]
fn notifications_are_served_in_order_and_never_kept() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    condvar.notify_one();
    condvar.notify_all();
    let mut tasks = [(); 3].map(|()| waiting(&condvar, &mutex));
    condvar.notify_one();
    assert_eq!(tasks.each_ref().map(TestTask::wakes), [1, 0, 0]);
    drop(assert_ready!(tasks[0].poll()));
    condvar.notify_all();
    assert_eq!(tasks.each_ref().map(TestTask::wakes), [0, 1, 1]);
    drop(assert_ready!(tasks[1].poll()));
    drop(assert_ready!(tasks[2].poll()));
    assert_eq!(format!("{condvar:?}"), "Condvar { waiters: 0 }");
}

#[test]
fn a_notification_that_is_not_used_is_passed_on() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    // Dropped when it was notified, and when it was waiting for the lock.
    for polled in [false, true] {
        let (mut first, mut second) = (waiting(&condvar, &mutex), waiting(&condvar, &mutex));
        let guard = mutex.try_lock().unwrap();
        condvar.notify_one();
        if polled {
            assert_pending!(first.poll());
        }
        assert_eq!(second.wakes(), 0);
        drop(first);
        assert_eq!(second.wakes(), 1);
        drop(guard);
        drop(assert_ready!(second.poll()));
    }
    // One that was notified with all the others has nothing to pass on.
    let (first, second) = (waiting(&condvar, &mutex), waiting(&condvar, &mutex));
    condvar.notify_all();
    let third = waiting(&condvar, &mutex);
    drop((first, second));
    assert_eq!(third.wakes(), 0);
}

#[test]
fn what_was_used_is_not_passed_on() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let (mut first, second) = (waiting(&condvar, &mutex), waiting(&condvar, &mutex));
    condvar.notify_one();
    drop(assert_ready!(first.poll()));
    drop(first);
    assert_eq!(second.wakes(), 0);
}

#[test]
fn a_wait_that_is_dropped_unlocks() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    drop(condvar.wait(mutex.try_lock().unwrap()));
    drop(waiting(&condvar, &mutex));
    drop(condvar.wait_while(mutex.try_lock().unwrap(), |_| true));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_wait_ends_when_the_condition_does() {
    let (mutex, condvar) = (Mutex::new(3), Condvar::new());
    let mut task = TestTask::new(condvar.wait_while(mutex.try_lock().unwrap(), |left| *left > 0));
    for left in [3, 2, 1] {
        assert_pending!(task.poll());
        assert_pending!(task.poll());
        let mut guard = mutex.try_lock().unwrap();
        assert_eq!(*guard, left);
        *guard -= 1;
        condvar.notify_one();
    }
    assert_eq!(*assert_ready!(task.poll()), 0);
    // At once, if it is over before.
    drop(assert_ready!(TestTask::new(condvar.wait_while(mutex.try_lock().unwrap(), |left| *left > 0)).poll()));
}

#[test]
fn a_condition_that_panics_unlocks() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut task = TestTask::new(condvar.wait_while(mutex.try_lock().unwrap(), |n| {
        assert_eq!(*n, 0, "odd");
        true
    }));
    assert_pending!(task.poll());
    *mutex.try_lock().unwrap() = 1;
    condvar.notify_one();
    assert!(catch_unwind(AssertUnwindSafe(|| task.poll().is_ready())).is_err());
    assert!(mutex.try_lock().is_ok());
    let outcome = catch_unwind(AssertUnwindSafe(|| task.poll().is_ready()));
    let message = outcome.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*message, "`CondvarWaitWhile` polled after completion");
}

#[test]
fn an_owned_guard_is_given_up_and_taken_again() {
    let (mutex, condvar) = (Arc::new(Mutex::new(1)), Condvar::new());
    let mut task = TestTask::new(condvar.wait(Arc::clone(&mutex).try_lock_owned().unwrap()));
    assert_pending!(task.poll());
    *mutex.try_lock().unwrap() = 2;
    condvar.notify_one();
    let weak = Arc::downgrade(&mutex);
    drop(mutex);
    let guard = assert_ready!(task.poll());
    assert_eq!(*guard, 2);
    drop(guard);
    drop(task);
    assert!(weak.upgrade().is_none());
}
