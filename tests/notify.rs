//! `Notify`, polled by hand.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Context;

use anywhen::sync::Notify;
use anywhen::sync::futures::{Notified, OwnedNotified};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent};
use anywhen::{assert_pending, assert_ready};

/// More than a batch of wakers holds, thrice.
const MANY: usize = 100;

static AT_REST: Notify = Notify::const_new();

fn queued(notify: &Notify) -> TestTask<Notified<'_>> {
    let mut task = TestTask::new(notify.notified());
    assert_pending!(task.poll());
    task
}

fn queued_owned(notify: &Arc<Notify>) -> TestTask<OwnedNotified> {
    let mut task = TestTask::new(Arc::clone(notify).notified_owned());
    assert_pending!(task.poll());
    task
}

#[test]
fn a_notification_that_nobody_waits_for_is_kept_once() {
    AT_REST.notify_one();
    AT_REST.notify_one();
    AT_REST.notify_last();
    assert_ready!(TestTask::new(AT_REST.notified()).poll());
    drop(queued(&AT_REST));
}

#[test]
fn waiters_are_notified_in_the_order_of_their_first_poll() {
    let notify = Notify::new();
    let mut tasks = [(); MANY].map(|()| TestTask::new(notify.notified()));
    for task in tasks.iter_mut().rev() {
        assert_pending!(task.poll());
    }
    for n in (0..MANY).rev() {
        notify.notify_one();
        for (other, task) in tasks.iter_mut().enumerate() {
            assert_eq!(task.wakes(), usize::from(other >= n), "task {other} when {n} is notified");
        }
    }
    for mut task in tasks {
        assert_ready!(task.poll());
    }
    drop(queued(&notify));
}

#[test]
fn the_last_is_notified_where_that_is_asked_for() {
    let notify = Notify::new();
    let mut tasks = [(); 3].map(|()| queued(&notify));
    notify.notify_last();
    notify.notify_one();
    assert_eq!(tasks.each_ref().map(TestTask::wakes), [1, 0, 1]);
    assert_ready!(tasks[2].poll());
    assert_pending!(tasks[1].poll());
    assert_ready!(tasks[0].poll());
}

#[test]
fn a_notified_that_is_dropped_passes_it_on_from_the_same_end() {
    let notify = Notify::new();
    for last in [false, true] {
        let [first, mut second, mut third, fourth] = [(); 4].map(|()| queued(&notify));
        if last {
            notify.notify_last();
            drop(fourth);
            assert_eq!((second.wakes(), third.wakes()), (0, 1));
            assert_ready!(third.poll());
            assert_eq!(first.wakes(), 0);
        } else {
            notify.notify_one();
            drop(first);
            assert_eq!((second.wakes(), third.wakes()), (1, 0));
            assert_ready!(second.poll());
            assert_eq!(fourth.wakes(), 0);
        }
    }
}

#[test]
fn what_the_last_waiter_passes_on_becomes_the_permit() {
    let notify = Notify::new();
    let only = queued(&notify);
    notify.notify_one();
    drop(only);
    assert_ready!(TestTask::new(notify.notified()).poll());
    drop(queued(&notify));
}

#[test]
fn a_notification_that_comes_after_the_last_waiter_has_gone_is_kept() {
    let notify = Notify::new();
    drop(queued(&notify));
    notify.notify_one();
    assert_ready!(TestTask::new(notify.notified()).poll());
}

#[test]
fn a_broadcast_is_for_those_who_called_before_it_polled_or_not() {
    let notify = Notify::new();
    let mut polled = queued(&notify);
    let mut called = TestTask::new(notify.notified());
    notify.notify_waiters();
    let mut late = TestTask::new(notify.notified());
    assert_eq!(polled.wakes(), 1);
    assert_ready!(polled.poll());
    assert_ready!(called.poll());
    assert_pending!(late.poll());
    // Nothing is kept.
    drop(late);
    drop(queued(&notify));
}

/// tokio#5396
#[test]
fn one_broadcast_does_not_complete_two_waits_in_a_row() {
    let notify = Notify::new();
    let mut task = TestTask::new(async {
        notify.notified().await;
        notify.notified().await;
    });
    assert_pending!(task.poll());
    notify.notify_waiters();
    assert_pending!(task.poll());
    notify.notify_waiters();
    assert_ready!(task.poll());
}

/// tokio#7996
#[test]
fn who_is_notified_by_a_broadcast_leaves_the_permit() {
    let notify = Notify::new();
    let mut earlier = TestTask::new(notify.notified());
    notify.notify_waiters();
    notify.notify_one();
    assert_ready!(earlier.poll());
    assert_ready!(TestTask::new(notify.notified()).poll());
}

#[test]
fn a_broadcast_leaves_the_permit_where_it_is() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_waiters();
    assert_ready!(TestTask::new(notify.notified()).poll());
    drop(queued(&notify));
}

#[test]
fn a_waiter_that_a_broadcast_notified_passes_nothing_on() {
    let notify = Notify::new();
    let (first, second) = (queued(&notify), TestTask::new(notify.notified()));
    notify.notify_waiters();
    drop((first, second));
    drop(queued(&notify));
}

#[test]
fn enabling_queues_and_takes_what_is_there() {
    let notify = Notify::new();
    let mut first = TestTask::new(notify.notified());
    assert!(!first.future_mut().enable());
    let mut second = queued(&notify);
    notify.notify_one();
    assert_eq!(second.wakes(), 0, "the one that was enabled came first");
    assert!(first.future_mut().enable());
    assert_ready!(first.poll());

    // It does not forget the waker that a poll has left.
    assert!(!second.future_mut().enable());
    notify.notify_one();
    assert_eq!(second.wakes(), 1);
    assert_ready!(second.poll());

    notify.notify_one();
    let mut third = TestTask::new(notify.notified());
    assert!(third.future_mut().enable());
    drop(third);
    drop(queued(&notify));
}

/// tokio#5458: atomic, however many there are. In the middle of a broadcast a waker sees everything as it is when it is
/// over.
#[test]
fn in_the_middle_of_a_broadcast_everybody_has_been_notified() {
    type Waiting = Pin<Box<OwnedNotified>>;
    let notify = Arc::new(Notify::new());
    let waiting: Arc<Mutex<Vec<Option<Waiting>>>> = Arc::default();
    let late: Arc<Mutex<Vec<TestTask<OwnedNotified>>>> = Arc::default();
    let middle = CountingWaker::hooked({
        let (notify, waiting, late) = (Arc::clone(&notify), Arc::clone(&waiting), Arc::clone(&late));
        move |event| {
            if event != WakerEvent::Wake {
                return;
            }
            let mut waiting = waiting.lock().unwrap();
            let last = waiting.len() - 1;
            // One whose turn to be woken has not come is polled: it goes.
            let polled = waiting[last].as_mut().unwrap().as_mut();
            assert!(polled.poll(&mut Context::from_waker(&CountingWaker::new().waker())).is_ready());
            // Another is dropped.
            waiting[last - 1] = None;
            // Who comes now waits, and a notification now is for it.
            let (first, second) = (queued_owned(&notify), queued_owned(&notify));
            notify.notify_one();
            assert_eq!((first.wakes(), second.wakes()), (1, 0));
            late.lock().unwrap().extend([first, second]);
        }
    });
    let others = CountingWaker::new();
    for n in 0..MANY {
        let mut notified = Box::pin(Arc::clone(&notify).notified_owned());
        let waker = if n == 0 { middle.waker() } else { others.waker() };
        assert!(notified.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        waiting.lock().unwrap().push(Some(notified));
    }

    notify.notify_waiters();
    assert_eq!((middle.wakes(), others.wakes()), (1, MANY - 3));
    let [mut first, mut second] = <[_; 2]>::try_from(std::mem::take(&mut *late.lock().unwrap())).unwrap();
    assert_ready!(first.poll());
    assert_pending!(second.poll());
    for notified in waiting.lock().unwrap().iter_mut().flatten() {
        let waker = CountingWaker::new().waker();
        assert!(notified.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    }
}

#[test]
fn wakers_may_broadcast_again_and_again() {
    let notify = Arc::new(Notify::new());
    let mut tasks = Vec::new();
    for _ in 0..MANY {
        let again = CountingWaker::hooked({
            let notify = Arc::clone(&notify);
            move |event| {
                if event == WakerEvent::Wake {
                    notify.notify_waiters();
                }
            }
        });
        let mut notified = Box::pin(Arc::clone(&notify).notified_owned());
        assert!(notified.as_mut().poll(&mut Context::from_waker(&again.waker())).is_pending());
        tasks.push((notified, again));
    }
    notify.notify_waiters();
    assert!(tasks.iter().all(|(_, waker)| waker.wakes() == 1));
}

#[test]
fn wakers_that_panic_do_not_keep_a_broadcast_from_the_rest() {
    let notify = Notify::new();
    let mut waiters: Vec<_> = (0..MANY)
        .map(|n| {
            let panics = [0, 40].contains(&n);
            let waker = if panics { CountingWaker::panicking(WakerEvent::Wake) } else { CountingWaker::new() };
            (Box::pin(notify.notified()), waker)
        })
        .collect();
    for (notified, waker) in &mut waiters {
        assert!(notified.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| notify.notify_waiters()));
    assert!(outcome.is_err(), "a panic is not swallowed");
    assert!(waiters.iter().all(|(_, waker)| waker.wakes() == 1));
    drop(queued(&notify));
}

#[test]
fn debug_tells_of_permit_and_waiters() {
    let notify = Notify::new();
    let waits = queued(&notify);
    assert_eq!(format!("{notify:?}"), "Notify { permit: false, waiters: 1 }");
    assert_eq!(format!("{:?}", waits.future()), "Notified { is_terminated: false, .. }");
    drop(waits);
    notify.notify_one();
    assert_eq!(format!("{notify:?}"), "Notify { permit: true, waiters: 0 }");
}
