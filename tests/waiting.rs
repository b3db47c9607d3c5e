//! Waiting, with or without `std`: what the locks do while threads and tasks meet in them, with nothing of the test kit,
//! which needs `std`.
//!
//! `cargo test --no-default-features --features critical-section,alloc` runs it with critical sections for internal
//! locks. The rest of the behaviour is in `mutex.rs` and `semaphore.rs`; `like_tokio` and `stress` run so, too.

#![cfg(any(feature = "std", feature = "critical-section"))]

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use anywhen::sync::{BoundedMutex, BoundedSemaphore, Mutex, Semaphore};

/// A `block_on` that owes nothing to the crate.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn is_pending<F: Future>(future: &mut Pin<Box<F>>) -> bool {
    poll(future).is_pending()
}

/// `.await`s something between taking and giving back.
async fn turn_over() {
    let first = Cell::new(true);
    std::future::poll_fn(|context| {
        if first.replace(false) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

static MUTEX: Mutex<u32> = Mutex::new(0);
static SEMAPHORE: Semaphore = Semaphore::new(3);

#[test]
fn a_static_mutex_keeps_threads_apart() {
    const ROUNDS: u32 = 200;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    block_on(async {
                        let mut count = MUTEX.lock().await;
                        let before = *count;
                        turn_over().await;
                        *count = before + 1;
                    });
                }
            });
        }
    });
    assert_eq!(block_on(async { *MUTEX.lock().await }), 4 * ROUNDS);
}

#[test]
fn a_static_semaphore_lets_in_as_many_as_it_has_permits() {
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for many in [1, 2, 3, 1, 2] {
            let (inside, most) = (&inside, &most);
            scope.spawn(move || {
                for _ in 0..200 {
                    block_on(async {
                        let _permits = SEMAPHORE.acquire_many(many).await.unwrap();
                        let now = inside.fetch_add(many as usize, SeqCst) + many as usize;
                        most.fetch_max(now, SeqCst);
                        turn_over().await;
                        inside.fetch_sub(many as usize, SeqCst);
                    });
                }
            });
        }
    });
    assert!(most.into_inner() <= 3);
    assert_eq!(SEMAPHORE.available_permits(), 3);
}

#[test]
fn first_come_first_served_and_who_leaves_passes_it_on() {
    let mutex = Mutex::new(());
    let held = mutex.try_lock().unwrap();
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(mutex.lock())).collect();
    assert!(waiting.iter_mut().all(is_pending));
    drop(held);
    assert!(is_pending(&mut waiting[1]), "the lock is the first one's");
    // It was handed to the first, which is dropped without having seen it.
    drop(waiting.remove(0));
    assert!(is_pending(&mut waiting[1]));
    let Poll::Ready(second) = poll(&mut waiting[0]) else { panic!("the lock was not passed on") };
    drop(waiting.pop());
    drop(second);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn who_leaves_the_front_makes_room_for_who_wants_less() {
    let semaphore = Semaphore::new(1);
    let mut two = Box::pin(semaphore.acquire_many(2));
    let mut one = Box::pin(semaphore.acquire());
    assert!(is_pending(&mut two) && is_pending(&mut one));
    drop(two);
    assert!(matches!(poll(&mut one), Poll::Ready(Ok(_))));
}

#[test]
fn a_full_queue_refuses_at_once() {
    let mutex = BoundedMutex::new((), 1);
    let held = mutex.try_lock().unwrap();
    let mut waits = Box::pin(mutex.lock());
    assert!(is_pending(&mut waits));
    assert!(matches!(poll(&mut Box::pin(mutex.lock())), Poll::Ready(Err(_))));
    drop(held);
    assert!(matches!(poll(&mut waits), Poll::Ready(Ok(_))));

    let semaphore = BoundedSemaphore::new(0, 1);
    let mut waits = Box::pin(semaphore.acquire());
    assert!(is_pending(&mut waits));
    assert!(matches!(poll(&mut Box::pin(semaphore.acquire())), Poll::Ready(Err(_))));
    semaphore.add_permits(1);
    assert!(matches!(poll(&mut waits), Poll::Ready(Ok(_))));
}

#[test]
fn closing_sends_away_more_waiters_than_one_batch_holds() {
    let semaphore = Semaphore::new(0);
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(semaphore.acquire())).collect();
    assert!(waiting.iter_mut().all(is_pending));
    semaphore.close();
    assert!(waiting.iter_mut().all(|waits| matches!(poll(waits), Poll::Ready(Err(_)))));
}

#[cfg(feature = "alloc")]
#[test]
fn owned_guards_and_permits_need_no_std() {
    let mutex = Arc::new(Mutex::new(1));
    let semaphore = Arc::new(Semaphore::new(1));
    *block_on(Arc::clone(&mutex).lock_owned()) += 1;
    assert_eq!(*block_on(Arc::clone(&mutex).lock_owned()), 2);
    let permit = block_on(Arc::clone(&semaphore).acquire_owned()).unwrap();
    assert_eq!(semaphore.available_permits(), 0);
    drop(permit);
    assert_eq!(semaphore.available_permits(), 1);
}

/// A waker that uses the object that wakes it: with critical sections too, that must happen outside of them.
#[test]
fn a_waker_may_use_the_mutex_that_wakes_it() {
    struct Prying(Arc<Mutex<u32>>, AtomicUsize);
    impl Wake for Prying {
        fn wake(self: Arc<Self>) {
            // It has been handed to the waiter by now; queueing takes the internal lock.
            assert!(is_pending(&mut Box::pin(self.0.lock())));
            self.1.fetch_add(1, SeqCst);
        }
    }
    let mutex = Arc::new(Mutex::new(0));
    let prying = Arc::new(Prying(Arc::clone(&mutex), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&prying));
    let held = mutex.try_lock().unwrap();
    let mut waits = pin!(mutex.lock());
    assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(held);
    assert_eq!(prying.1.load(SeqCst), 1);
    assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
}
