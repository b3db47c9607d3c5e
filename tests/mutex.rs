//! `Mutex` and `BoundedMutex`, polled by hand.
#![cfg(feature = "testing")]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use anywhen::sync::{BoundedMutex, MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent, cancel_at_every_poll};
use anywhen::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok};

#[test]
fn a_free_mutex_is_locked_at_the_first_poll() {
    let mutex = Mutex::new(1);
    let mut lock = TestTask::new(mutex.lock());
    let mut guard = assert_ready!(lock.poll());
    *guard += 1;
    assert!(mutex.try_lock().is_err());
    drop(guard);
    assert_eq!(*mutex.try_lock().unwrap(), 2);
    drop(lock);
    assert_eq!(mutex.into_inner(), 2);
}

#[test]
fn waiters_are_served_in_the_order_of_their_first_poll() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    // Made in one order, polled in another.
    let mut tasks = [(); 40].map(|()| TestTask::new(mutex.lock()));
    for task in tasks.iter_mut().rev() {
        assert_pending!(task.poll());
    }
    drop(guard);
    for n in (0..40).rev() {
        for (other, task) in tasks.iter().enumerate() {
            assert_eq!(task.is_woken(), other == n, "task {other} while {n} is next");
        }
        drop(assert_ready!(tasks[n].poll()));
    }
}

#[test]
fn nobody_overtakes_a_waiter() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut first = TestTask::new(mutex.lock());
    assert_pending!(first.poll());
    drop(guard);
    // Handed over, though `first` has not been polled since.
    assert!(mutex.try_lock().is_err());
    let mut second = TestTask::new(mutex.lock());
    assert_pending!(second.poll());
    drop(assert_ready!(first.poll()));
    drop(assert_ready!(second.poll()));
}

#[test]
fn a_granted_lock_that_is_dropped_goes_to_the_next() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut first = TestTask::new(mutex.lock());
    let mut second = TestTask::new(mutex.lock());
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(guard);
    assert!(first.is_woken() && !second.is_woken());
    drop(first);
    assert!(second.is_woken());
    drop(assert_ready!(second.poll()));
    assert!(mutex.try_lock().is_ok());
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[test]
fn dropping_a_lock_at_any_poll_loses_nothing() {
    let mutex = Mutex::new(());
    let polls = cancel_at_every_poll(
        || async {
            for _ in 0..3 {
                let guard = mutex.lock().await;
                let mut rival = Box::pin(mutex.lock());
                // Let the rival queue, then go to sleep with it in the queue.
                std::future::poll_fn(|cx| {
                    assert!(rival.as_mut().poll(cx).is_pending());
                    Poll::Ready(())
                })
                .await;
                yield_once().await;
                drop(guard);
                drop(rival.await);
            }
        },
        |k| assert!(mutex.try_lock().is_ok(), "locked for ever after a cancel at poll {k}"),
    );
    assert!(polls > 3);
}

#[test]
fn the_guard_of_a_panicking_holder_unlocks() {
    let mutex = Mutex::new(0);
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut guard = mutex.try_lock().unwrap();
        *guard = 7;
        panic!("while held");
    }));
    assert!(result.is_err());
    assert_eq!(*mutex.try_lock().unwrap(), 7);
}

#[test]
fn a_waker_that_locks_the_mutex_it_is_woken_by_does_not_deadlock() {
    let mutex = Arc::new(Mutex::new(()));
    for event in [WakerEvent::Wake, WakerEvent::Clone, WakerEvent::Drop] {
        let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
        let reenter = Arc::clone(&mutex);
        let waker = CountingWaker::hooked(move |now| {
            if now == event {
                drop(reenter.try_lock());
                drop(TestTask::new(reenter.lock()).poll());
            }
        });
        let mut lock = Box::pin(mutex.lock());
        let mut poll = |waker: &CountingWaker| {
            lock.as_mut().poll(&mut std::task::Context::from_waker(&waker.waker())).is_pending()
        };
        assert!(poll(&waker));
        // Another waker, so that the first is replaced and dropped.
        assert!(poll(&CountingWaker::new()));
        assert!(poll(&waker));
        drop(guard);
        assert!(!poll(&waker));
        drop(lock);
        assert!(mutex.try_lock().is_ok());
    }
}

#[test]
fn a_waker_that_panics_does_not_lose_the_lock() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let waker = CountingWaker::panicking(WakerEvent::Wake);
    let mut first = Box::pin(mutex.lock());
    assert!(first.as_mut().poll(&mut std::task::Context::from_waker(&waker.waker())).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(guard))).is_err());
    // It was granted before it was woken.
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(first.as_mut().poll(&mut cx).is_ready());
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn an_owned_guard_keeps_the_mutex_alive() {
    let mutex = Arc::new(Mutex::new(String::from("a")));
    let mut guard = assert_ready!(TestTask::new(Arc::clone(&mutex).lock_owned()).poll());
    assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
    drop(mutex);
    guard.push('b');
    assert_eq!(*guard, "ab");
}

#[test]
fn an_owned_future_that_is_dropped_while_it_waits_frees_the_mutex() {
    let mutex = Arc::new(Mutex::new(()));
    let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
    let mut lock = TestTask::new(Arc::clone(&mutex).lock_owned());
    assert_pending!(lock.poll());
    assert_eq!(Arc::strong_count(&mutex), 3);
    drop(lock);
    drop(guard);
    assert_eq!(Arc::strong_count(&mutex), 1);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn an_unsized_value_can_be_locked() {
    let mutex: Box<Mutex<[u8]>> = Box::new(Mutex::new([1, 2, 3]));
    let mut guard = assert_ready!(TestTask::new(mutex.lock()).poll());
    guard[0] = 9;
    assert_eq!(MutexGuard::mutex(&guard) as *const _, &*mutex as *const _);
    assert_eq!(*guard, [9, 2, 3]);
}

#[test]
fn blocking_lock_waits_for_another_thread() {
    let mutex = Arc::new(Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    *mutex.blocking_lock() += 1;
                    *Arc::clone(&mutex).blocking_lock_owned() += 1;
                }
            });
        }
    });
    assert_eq!(*mutex.try_lock().unwrap(), 4000);
}

#[test]
fn debug_shows_the_data_or_that_it_is_locked() {
    let mutex = Mutex::new(5);
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 5 }");
    let guard = mutex.try_lock().unwrap();
    assert_eq!(format!("{mutex:?} {guard:?} {guard}"), "Mutex { data: <locked> } 5 5");
    let bounded = BoundedMutex::new(5, 1);
    assert_eq!(format!("{bounded:?}"), "BoundedMutex(Mutex { data: 5 })");
}

#[test]
fn a_bounded_mutex_refuses_when_its_queue_is_full() {
    let mutex = BoundedMutex::new((), 2);
    assert_eq!(mutex.max_waiters(), 2);
    let guard = assert_ready_ok!(TestTask::new(mutex.lock()).poll());
    let mut first = TestTask::new(mutex.lock());
    let mut second = TestTask::new(mutex.lock());
    let mut third = TestTask::new(mutex.lock());
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    assert_ready_err!(third.poll());
    // One that gives up makes room.
    drop(first);
    let mut fourth = TestTask::new(mutex.lock());
    assert_pending!(fourth.poll());
    drop(guard);
    drop(assert_ready_ok!(second.poll()));
    drop(assert_ready_ok!(fourth.poll()));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_bounded_mutex_gives_owned_guards() {
    let mutex = Arc::new(BoundedMutex::new(1, 0));
    let guard = assert_ready_ok!(TestTask::new(Arc::clone(&mutex).lock_owned()).poll());
    assert_ready_err!(TestTask::new(Arc::clone(&mutex).lock_owned()).poll());
    assert!(Arc::clone(&mutex).try_lock_owned().is_err());
    assert!(mutex.blocking_lock().is_err());
    drop(guard);
    *mutex.blocking_lock().unwrap() += 1;
    assert_eq!(Arc::try_unwrap(mutex).unwrap().into_inner(), 2);
}

#[test]
fn a_guard_is_narrowed_and_still_unlocks() {
    let mutex = Mutex::new((1, vec![2, 3]));
    let list = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.1);
    let mut last = MappedMutexGuard::map(list, |list| list.last_mut().unwrap());
    *last += 1;
    assert!(mutex.try_lock().is_err());
    drop(last);
    assert_eq!(*mutex.try_lock().unwrap(), (1, vec![2, 4]));
}

#[test]
fn a_guard_that_cannot_be_narrowed_is_given_back() {
    let mutex = Mutex::new(vec![1]);
    let guard = MutexGuard::try_map(mutex.try_lock().unwrap(), |list| list.get_mut(1)).unwrap_err();
    let list = MutexGuard::map(guard, |list| list.as_mut_slice());
    let list = MappedMutexGuard::try_map(list, |list| list.get_mut(1)).unwrap_err();
    assert!(mutex.try_lock().is_err());
    let first = MappedMutexGuard::try_map(list, |list| list.first_mut()).unwrap();
    assert_eq!(*first, 1);
    drop(first);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn an_owned_guard_is_narrowed_and_keeps_the_mutex_alive() {
    let mutex = Arc::new(Mutex::new((String::from("a"), 1)));
    let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
    let guard = OwnedMutexGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    let name = OwnedMutexGuard::map(guard, |pair| &mut pair.0);
    let name = OwnedMappedMutexGuard::try_map(name, |_| None::<&mut str>).unwrap_err();
    let mut name = OwnedMappedMutexGuard::map(name, |name| name.as_mut_str());
    name.make_ascii_uppercase();
    let weak = Arc::downgrade(&mutex);
    drop(mutex);
    assert_eq!(&*name, "A");
    assert!(weak.upgrade().unwrap().try_lock().is_err());
    drop(name);
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_panic_while_a_guard_is_narrowed_unlocks() {
    let mutex = Arc::new(Mutex::new(0));
    let panics = [
        catch_unwind(|| drop(MutexGuard::map(mutex.try_lock().unwrap(), |_| -> &mut u8 { panic!("narrowing") }))),
        catch_unwind(|| {
            let guard = MutexGuard::map(mutex.try_lock().unwrap(), |value| value);
            drop(MappedMutexGuard::map(guard, |_| -> &mut u8 { panic!("narrowing") }));
        }),
        catch_unwind(|| {
            let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
            drop(OwnedMutexGuard::map(guard, |_| -> &mut u8 { panic!("narrowing") }));
        }),
    ];
    assert!(panics.iter().all(Result::is_err));
    assert!(mutex.try_lock().is_ok());
    assert_eq!(Arc::strong_count(&mutex), 1);
}
