//! What outlives what it borrows, is used after it was given away, or is moved though it is pinned.

use std::pin::{Pin, pin};
use std::sync::Arc;

use anywhen::future::{FutureExt, join, select};
use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::sync::{Mutex, Semaphore};
use anywhen::task::{self, JoinHandle};
use anywhen::time::{Duration, interval, sleep};

fn a_guard_after_its_lock() {
    let mutex = Mutex::new(1);
    let guard = mutex.try_lock();
    #[cfg(wrong)]
    drop(mutex); //~ E0505
    drop(guard);
}

fn a_guard_out_of_the_scope_of_its_lock() {
    #[cfg(not(wrong))]
    let mutex = Mutex::new(1);
    let guard;
    {
        #[cfg(wrong)]
        let mutex = Mutex::new(1);
        guard = mutex.try_lock(); //~ E0597
    }
    drop(guard);
}

fn a_value_taken_out_of_a_lock_that_is_held() {
    let mutex = Mutex::new(1);
    let guard = mutex.try_lock();
    #[cfg(wrong)]
    mutex.into_inner(); //~ E0505
    drop(guard);
}

fn a_value_reached_past_a_lock_that_is_held() {
    let mut mutex = Mutex::new(1);
    let guard = mutex.try_lock();
    #[cfg(wrong)]
    mutex.get_mut(); //~ E0502
    drop(guard);
    mutex.get_mut();
}

fn a_value_kept_after_its_guard() {
    let mutex = Mutex::new(1);
    let mut guard = mutex.try_lock().unwrap();
    let value = &mut *guard;
    #[cfg(wrong)]
    drop(guard); //~ E0505
    *value += 1;
}

pub async fn a_wait_after_its_lock() {
    let mutex = Mutex::new(1);
    let lock = mutex.lock();
    #[cfg(wrong)]
    drop(mutex); //~ E0505
    drop(lock.await);
}

fn a_permit_after_its_semaphore() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire();
    #[cfg(wrong)]
    drop(semaphore); //~ E0505
    drop(permit);
}

fn an_owned_guard_of_a_lock_that_is_not_shared(mutex: Mutex<u8>) {
    #[cfg(not(wrong))]
    let mutex = Arc::new(mutex);
    drop(mutex.try_lock_owned()); //~ E0599
}

fn two_ticks_at_once() {
    let mut interval = interval(Duration::from_secs(1));
    let first = interval.tick();
    #[cfg(wrong)]
    let second = interval.tick(); //~ E0499
    drop(first);
}

pub async fn a_future_that_was_joined() {
    let (one, two) = (sleep(Duration::ZERO), sleep(Duration::ZERO));
    join(one, two).await;
    #[cfg(wrong)]
    drop(one); //~ E0382
}

pub async fn a_loser_of_a_race() {
    let (one, two) = (sleep(Duration::ZERO), sleep(Duration::ZERO));
    (one, two).race().await;
    #[cfg(wrong)]
    two.await; //~ E0382
}

pub async fn a_future_that_was_awaited() {
    let done = async {}.fuse();
    done.await;
    #[cfg(wrong)]
    done.await; //~ E0382
}

pub async fn a_handle_that_was_detached() {
    let handle = task::spawn_on(&Std, async {}).abort_on_drop();
    drop(handle.detach());
    #[cfg(wrong)]
    handle.abort(); //~ E0382
}

fn a_task_that_borrows() {
    let text = String::new();
    #[cfg(wrong)]
    task::spawn_on(&Std, async { text.len() }); //~ E0373
    #[cfg(not(wrong))]
    task::spawn_on(&Std, async move { text.len() });
}

fn a_pinned_sleep_that_is_moved() {
    let sleep = pin!(sleep(Duration::ZERO));
    #[cfg(wrong)]
    let moved = *sleep; //~ E0507
    drop(sleep);
}

pub async fn a_pinned_lock_that_is_moved() {
    let mutex = Mutex::new(1);
    let lock = Box::pin(mutex.lock());
    #[cfg(wrong)]
    drop(Pin::into_inner(lock)); //~ E0277
    #[cfg(not(wrong))]
    drop(lock);
}

fn what_must_be_pinned_and_is_not() {
    let mutex = Mutex::new(1);
    let mut lock = mutex.lock();
    #[cfg(wrong)]
    let lock = Pin::new(&mut lock); //~ E0277
    #[cfg(not(wrong))]
    let lock = pin!(lock);
}

fn a_select_of_what_is_not_pinned() {
    let (one, two) = (sleep(Duration::ZERO), sleep(Duration::ZERO));
    #[cfg(not(wrong))]
    let (one, two) = (pin!(one), pin!(two));
    drop(select(one, two)); //~ E0277
}

fn a_guard_that_is_cloned() {
    let mutex = Mutex::new(1);
    let guard = mutex.try_lock().unwrap();
    #[cfg(wrong)]
    let again: anywhen::sync::MutexGuard<'_, u8> = guard.clone(); //~ E0308
}

fn a_permit_that_is_cloned() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire().unwrap();
    #[cfg(wrong)]
    permit.clone(); //~ E0599
    drop(permit);
}

fn a_handle_that_is_cloned(handle: JoinHandle<u8>) {
    #[cfg(wrong)]
    handle.clone(); //~ E0599
    drop(handle.abort_handle().clone());
}
