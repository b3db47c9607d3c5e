//! loom models: what threads may do to each other through one semaphore.
//!
//! Every lock of this module is this algorithm, so that these models stand for all of them. Each ends by checking that
//! every permit is back, and that nobody is left in the queue.

#![allow(unsafe_code, reason = "the value that the permits guard is in a cell")]

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::boxed::Box;
use std::sync::Arc;

use loom::future::block_on;
use loom::thread;

use super::{Fairness, Owner, RawAcquire, RawSemaphore, Refusal};
use crate::internal::shim::model;
use crate::sync::observe::Site;

impl Owner for Arc<RawSemaphore> {
    fn raw(&self) -> &RawSemaphore {
        self
    }
}

/// How often the scheduler may interrupt a thread that could go on.
pub(in crate::sync) const PREEMPTIONS: usize = 3;

/// Runs a model with waiters whom nobody overtakes, with some who may be overtaken once, and with some who may for ever.
///
/// The latter two have more to explore: where that is too much, `open_preemptions` is a smaller bound for them.
pub(in crate::sync) fn for_each_fairness(
    what: &str,
    name: &str,
    preemptions: usize,
    open_preemptions: usize,
    body: impl Fn(Fairness) + Copy + Send + Sync + 'static,
) {
    for fairness in [Fairness::Fifo, Fairness::Eventual, Fairness::Unfair] {
        let preemptions = if fairness == Fairness::Fifo { preemptions } else { open_preemptions };
        model(&std::format!("{what}, {fairness:?}: {name}"), preemptions, move || body(fairness));
    }
}

fn acquire(semaphore: &Arc<RawSemaphore>, want: usize) -> impl Future<Output = Result<usize, Refusal>> + use<> {
    let mut acquire = Box::pin(RawAcquire::new(Arc::clone(semaphore), want, Site::here()));
    poll_fn(move |cx| acquire.as_mut().poll(cx, "model").map(|answer| answer.map(|(_, want, _)| want)))
}

/// Polls once, in a task that has its own waker each time.
pub(in crate::sync) fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let waker = lone_waker();
    future.poll(&mut Context::from_waker(&waker))
}

/// A waker that is not equal to any other, and wakes nobody.
fn lone_waker() -> core::task::Waker {
    struct Nobody;
    impl std::task::Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    Arc::new(Nobody).into()
}

fn assert_idle(semaphore: &RawSemaphore, permits: usize) {
    assert_eq!(semaphore.available(), permits);
    assert_eq!(semaphore.waiters(), 0);
}

#[test]
fn mutual_exclusion() {
    struct Shared {
        raw: Arc<RawSemaphore>,
        value: loom::cell::UnsafeCell<u32>,
    }
    // SAFETY: the value is reached with the permit held only; loom checks that this is so.
    unsafe impl Sync for Shared {}
    // SAFETY: as above.
    unsafe impl Send for Shared {}

    fn add_one(shared: &Shared) {
        block_on(acquire(&shared.raw, 1)).unwrap();
        // SAFETY: what this model is to show.
        shared.value.with_mut(|value| unsafe { *value += 1 });
        shared.raw.unlock();
    }

    for_each_fairness("semaphore", "mutual exclusion of 3 threads", PREEMPTIONS, 2, |fairness| {
        let shared = Arc::new(Shared {
            raw: Arc::new(RawSemaphore::mutex("model", usize::MAX, fairness)),
            value: loom::cell::UnsafeCell::new(0),
        });
        let threads = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || add_one(&shared))
        });
        add_one(&shared);
        for thread in threads {
            thread.join().unwrap();
        }
        // SAFETY: the others have ended.
        assert_eq!(shared.value.with(|value| unsafe { *value }), 3);
        assert_idle(&shared.raw, 1);
    });
}

#[test]
fn permits_that_stay_while_a_waiter_gives_up_still_publish() {
    for_each_fairness(
        "semaphore",
        "a release is seen through the cancel of another",
        PREEMPTIONS,
        PREEMPTIONS,
        |fairness| {
            let raw = Arc::new(RawSemaphore::new("model", 0, usize::MAX, fairness));
            let value = Arc::new(loom::cell::UnsafeCell::new(0));
            let cancels = {
                let raw = Arc::clone(&raw);
                thread::spawn(move || assert!(poll_once(Box::pin(acquire(&raw, 2)).as_mut()).is_pending()))
            };
            let reads = {
                let (raw, value) = (Arc::clone(&raw), Arc::clone(&value));
                thread::spawn(move || {
                    if raw.try_acquire(1).is_ok() {
                        // SAFETY: written before the permit was released; loom checks that this is so.
                        assert_eq!(value.with(|value| unsafe { *value }), 1);
                        raw.release(1);
                    }
                })
            };
            // SAFETY: as above.
            value.with_mut(|value| unsafe { *value = 1 });
            raw.release(1);
            reads.join().unwrap();
            cancels.join().unwrap();
            assert_idle(&raw, 1);
        },
    );
}

#[test]
fn a_cancelled_waiter_passes_its_grant_on() {
    for_each_fairness("semaphore", "unlock races cancel, another waits", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let raw = Arc::new(RawSemaphore::mutex("model", usize::MAX, fairness));
        assert!(raw.try_lock());
        let cancels = {
            let raw = Arc::clone(&raw);
            thread::spawn(move || {
                let mut waits = Box::pin(acquire(&raw, 1));
                if poll_once(waits.as_mut()).is_ready() {
                    raw.unlock();
                }
            })
        };
        let waits = {
            let raw = Arc::clone(&raw);
            thread::spawn(move || {
                block_on(acquire(&raw, 1)).unwrap();
                raw.unlock();
            })
        };
        raw.unlock();
        cancels.join().unwrap();
        waits.join().unwrap();
        assert_idle(&raw, 1);
    });
}

#[test]
fn a_waiter_behind_a_cancelled_large_one_is_served() {
    for_each_fairness(
        "semaphore",
        "cancel of acquire_many at the head races release",
        PREEMPTIONS,
        PREEMPTIONS,
        |fairness| {
            let raw = Arc::new(RawSemaphore::new("model", 1, usize::MAX, fairness));
            raw.try_acquire(1).unwrap();
            let mut large = Box::pin(acquire(&raw, 3));
            assert!(poll_once(large.as_mut()).is_pending());
            let waits = {
                let raw = Arc::clone(&raw);
                thread::spawn(move || {
                    block_on(acquire(&raw, 1)).unwrap();
                    raw.release(1);
                })
            };
            let releases = {
                let raw = Arc::clone(&raw);
                thread::spawn(move || raw.release(1))
            };
            drop(large);
            waits.join().unwrap();
            releases.join().unwrap();
            assert_idle(&raw, 1);
        },
    );
}

#[test]
fn the_latest_waker_is_woken() {
    for_each_fairness("semaphore", "release races a change of waker", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let raw = Arc::new(RawSemaphore::new("model", 0, usize::MAX, fairness));
        let releases = {
            let raw = Arc::clone(&raw);
            thread::spawn(move || raw.release(1))
        };
        let mut waits = Box::pin(acquire(&raw, 1));
        let first = poll_once(waits.as_mut());
        if first.is_pending() {
            // `block_on` polls with another waker; if the release woke the first one only, this hangs.
            assert_eq!(block_on(waits), Ok(1));
        }
        raw.release(1);
        releases.join().unwrap();
        assert_idle(&raw, 1);
    });
}

#[test]
fn closing_answers_everybody() {
    for_each_fairness("semaphore", "close races two acquires and a release", PREEMPTIONS, 2, |fairness| {
        let raw = Arc::new(RawSemaphore::new("model", 0, usize::MAX, fairness));
        let threads = [(); 2].map(|()| {
            let raw = Arc::clone(&raw);
            thread::spawn(move || match block_on(acquire(&raw, 1)) {
                Ok(_) => raw.release(1),
                Err(refusal) => assert_eq!(refusal, Refusal::Closed),
            })
        });
        raw.release(1);
        raw.close();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(raw.is_closed());
        assert_idle(&raw, 1);
    });
}

#[test]
fn a_batch_that_is_full_is_followed_by_another() {
    // Under loom a batch holds two wakers.
    for_each_fairness("semaphore", "release of 3 to 3 waiters, one cancels", 2, 2, |fairness| {
        let raw = Arc::new(RawSemaphore::new("model", 0, usize::MAX, fairness));
        let mut waiting = [(); 3].map(|()| Box::pin(acquire(&raw, 1)));
        for waits in &mut waiting {
            assert!(poll_once(waits.as_mut()).is_pending());
        }
        let [first, second, third] = waiting;
        let cancels = thread::spawn(move || drop(second));
        let releases = {
            let raw = Arc::clone(&raw);
            thread::spawn(move || raw.release(3))
        };
        assert_eq!(block_on(third), Ok(1));
        assert_eq!(block_on(first), Ok(1));
        cancels.join().unwrap();
        releases.join().unwrap();
        raw.release(2);
        assert_idle(&raw, 3);
    });
}

#[test]
fn the_limit_holds() {
    for_each_fairness("semaphore", "a queue for one, three threads", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let raw = Arc::new(RawSemaphore::mutex("model", 1, fairness));
        assert!(raw.try_lock());
        let threads = [(); 2].map(|()| {
            let raw = Arc::clone(&raw);
            thread::spawn(move || match block_on(acquire(&raw, 1)) {
                Ok(_) => {
                    raw.unlock();
                    true
                }
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::QueueFull);
                    false
                }
            })
        });
        raw.unlock();
        let served = threads.map(|thread| thread.join().unwrap());
        assert!(served.contains(&true), "one at least finds the lock free or the queue empty");
        assert_idle(&raw, 1);
    });
}

/// Takes the lock if it can be had, so many times, and says how often that was.
fn overtake(raw: &RawSemaphore, times: u32) -> u32 {
    let had = |_: &u32| raw.try_lock().then(|| raw.unlock()).is_some();
    (0..times).filter(had).count() as u32
}

#[test]
fn those_who_overtake_count_each_other() {
    model("semaphore, Eventual: two overtake one who waits", PREEMPTIONS, || {
        let raw = Arc::new(RawSemaphore::mutex("model", usize::MAX, Fairness::Eventual));
        assert!(raw.try_lock());
        let mut waits = Box::pin(acquire(&raw, 1));
        assert!(poll_once(waits.as_mut()).is_pending());
        let threads = [(); 2].map(|()| {
            let raw = Arc::clone(&raw);
            thread::spawn(move || overtake(&raw, 2))
        });
        raw.unlock();
        let overtaken: u32 = threads.map(|thread| thread.join().unwrap()).into_iter().sum();
        assert!(overtaken <= Fairness::EVENTUAL_BOUND);
        assert_eq!(block_on(waits), Ok(1));
        raw.unlock();
        assert_idle(&raw, 1);
    });
}

#[test]
fn a_count_that_races_a_new_front_is_at_most_too_high() {
    use loom::sync::atomic::{AtomicBool, Ordering};

    model("semaphore, Eventual: the front leaves while others overtake it", PREEMPTIONS, || {
        let raw = Arc::new(RawSemaphore::mutex("model", usize::MAX, Fairness::Eventual));
        let is_front = Arc::new(AtomicBool::new(false));
        assert!(raw.try_lock());
        let mut leaves = Box::pin(acquire(&raw, 1));
        let mut waits = Box::pin(acquire(&raw, 1));
        assert!(poll_once(leaves.as_mut()).is_pending());
        assert!(poll_once(waits.as_mut()).is_pending());
        let overtakes = {
            let (raw, is_front) = (Arc::clone(&raw), Arc::clone(&is_front));
            thread::spawn(move || {
                overtake(&raw, 1);
                // What comes now overtakes the second.
                let is_front = is_front.load(Ordering::Acquire);
                let overtaken = overtake(&raw, 2);
                assert!(!is_front || overtaken <= Fairness::EVENTUAL_BOUND);
            })
        };
        let unlocks = {
            let raw = Arc::clone(&raw);
            thread::spawn(move || raw.unlock())
        };
        drop(leaves);
        is_front.store(true, Ordering::Release);
        overtakes.join().unwrap();
        unlocks.join().unwrap();
        assert_eq!(block_on(waits), Ok(1));
        raw.unlock();
        assert_idle(&raw, 1);
    });
}

#[test]
fn a_waiter_that_tries_in_vain_has_the_lock_kept_for_it_or_passes_that_on() {
    model("semaphore, Eventual: the front tries, and leaves, while others overtake it", PREEMPTIONS, || {
        let raw = Arc::new(RawSemaphore::mutex("model", usize::MAX, Fairness::Eventual));
        assert!(raw.try_lock());
        let mut tries = Box::pin(acquire(&raw, 1));
        let mut waits = Box::pin(acquire(&raw, 1));
        assert!(poll_once(tries.as_mut()).is_pending());
        assert!(poll_once(waits.as_mut()).is_pending());
        raw.unlock();
        let overtakes = {
            let raw = Arc::clone(&raw);
            thread::spawn(move || overtake(&raw, 2))
        };
        // It has been told.
        if poll_once(tries.as_mut()).is_ready() {
            raw.unlock();
        }
        drop(tries);
        assert_eq!(block_on(waits), Ok(1));
        raw.unlock();
        overtakes.join().unwrap();
        assert_idle(&raw, 1);
    });
}
