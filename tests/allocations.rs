//! Law 5: no hidden allocation, from making a future to dropping it.
//!
//! The law's own suite counts what waiting costs, for every public future; here the whole life of the common ones is
//! counted, as a user writes them, on an executor that allocates nothing itself.

#![cfg(feature = "testing")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::testing::{CountingAlloc, assert_pending, assert_ready, assert_ready_ok};

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

/// Asserts that `f` allocates nothing.
fn assert_free(f: impl FnOnce()) {
    let seen = CountingAlloc::count(f);
    assert!(seen.is_zero(), "{seen:?}");
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

mod sync {
    use anywhen::sync::{Mutex, Semaphore};

    use super::*;

    #[test]
    fn locking_a_mutex_with_and_without_waiting() {
        assert_free(|| {
            let mutex = Mutex::new(1);
            let guard = assert_ready!(poll(pin!(mutex.lock())));
            let (mut first, mut second) = (pin!(mutex.lock()), pin!(mutex.lock()));
            assert_pending!(poll(first.as_mut()));
            assert_pending!(poll(second.as_mut()));
            drop(guard);
            drop(assert_ready!(poll(first)));
            assert_eq!(*assert_ready!(poll(second)), 1);
        });
    }

    #[test]
    fn locking_an_owned_mutex() {
        let mutex = Arc::new(Mutex::new(1));
        assert_free(|| {
            let guard = assert_ready!(poll(pin!(Arc::clone(&mutex).lock_owned())));
            let mut waiting = pin!(Arc::clone(&mutex).lock_owned());
            assert_pending!(poll(waiting.as_mut()));
            drop(guard);
            assert_eq!(*assert_ready!(poll(waiting)), 1);
        });
    }

    #[test]
    fn acquiring_permits_with_and_without_waiting() {
        let semaphore = Arc::new(Semaphore::new(3));
        assert_free(|| {
            let permits = assert_ready_ok!(poll(pin!(semaphore.acquire_many(3))));
            let (mut one, mut two) = (pin!(semaphore.acquire()), pin!(Arc::clone(&semaphore).acquire_many_owned(2)));
            assert_pending!(poll(one.as_mut()));
            assert_pending!(poll(two.as_mut()));
            drop(permits);
            drop(assert_ready_ok!(poll(one)));
            drop(assert_ready_ok!(poll(two)));
        });
    }
}
