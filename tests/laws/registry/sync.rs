//! Futures that wait for a lock or for permits. They are released by what held them back; a waker that calls back tries
//! every way in, and joins and leaves the queue.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use anywhen::sync::{BoundedMutex, BoundedSemaphore, Mutex, Semaphore};

use crate::stage::{Entry, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    lock,
    lock_owned,
    bounded_lock,
    bounded_lock_owned,
    acquire,
    acquire_many,
    acquire_behind_another,
    acquire_until_closed,
    acquire_owned,
    bounded_acquire,
    bounded_acquire_owned,
];

/// Joins a queue, is polled again there, and leaves it.
pub(super) fn pass_through<F: Future>(future: F) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        if future.as_mut().poll(&mut cx).is_ready() {
            return;
        }
    }
}

fn lock(body: &mut dyn FnMut(Stage<'_>)) {
    let mutex = Arc::new(Mutex::new(()));
    let mut guard = Some(mutex.try_lock().unwrap());
    let touched = Arc::clone(&mutex);
    let touch = move || {
        drop(touched.try_lock());
        pass_through(touched.lock());
    };
    let check = || assert!(mutex.try_lock().is_ok(), "still locked");
    body(Stage::made(|| mutex.lock(), move || drop(guard.take())).touch(touch).check(check));
}

fn lock_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let mutex = Arc::new(Mutex::new(()));
    let mut guard = Some(Arc::clone(&mutex).try_lock_owned().unwrap());
    let touched = Arc::clone(&mutex);
    let touch = move || {
        drop(Arc::clone(&touched).try_lock_owned());
        pass_through(Arc::clone(&touched).lock_owned());
    };
    let check = || assert!(mutex.try_lock().is_ok(), "still locked");
    body(Stage::made(|| Arc::clone(&mutex).lock_owned(), move || drop(guard.take())).touch(touch).check(check));
}

fn bounded_lock(body: &mut dyn FnMut(Stage<'_>)) {
    let mutex = Arc::new(BoundedMutex::new((), 1));
    let mut guard = Some(mutex.try_lock().unwrap());
    let touched = Arc::clone(&mutex);
    let touch = move || pass_through(touched.lock());
    let check = || assert!(mutex.try_lock().is_ok(), "still locked");
    body(Stage::made(|| mutex.lock(), move || drop(guard.take())).touch(touch).check(check));
}

fn bounded_lock_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let mutex = Arc::new(BoundedMutex::new((), 2));
    let mut guard = Some(Arc::clone(&mutex).try_lock_owned().unwrap());
    let touched = Arc::clone(&mutex);
    let touch = move || pass_through(Arc::clone(&touched).lock_owned());
    let check = || assert!(mutex.try_lock().is_ok(), "still locked");
    body(Stage::made(|| Arc::clone(&mutex).lock_owned(), move || drop(guard.take())).touch(touch).check(check));
}

/// Calls everything of a semaphore that others may call while somebody waits.
pub(super) fn touch_semaphore(semaphore: &Arc<Semaphore>) -> impl Fn() + Send + Sync + use<> {
    let semaphore = Arc::clone(semaphore);
    move || {
        drop(semaphore.try_acquire());
        pass_through(semaphore.acquire_many(2));
        pass_through(Arc::clone(&semaphore).acquire_owned());
        semaphore.add_permits(0);
        let _permits = semaphore.available_permits();
    }
}

fn acquire(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(Semaphore::new(1));
    let mut permit = Some(semaphore.try_acquire().unwrap());
    let check = || assert_eq!(semaphore.available_permits(), 1);
    let stage = Stage::made(|| semaphore.acquire(), move || drop(permit.take()));
    body(stage.touch(touch_semaphore(&semaphore)).check(check));
}

/// Half of what it wants is free, and kept for it.
fn acquire_many(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(Semaphore::new(4));
    let mut permit = Some(semaphore.try_acquire_many(2).unwrap());
    let check = || assert_eq!(semaphore.available_permits(), 4);
    let stage = Stage::made(|| semaphore.acquire_many(4), move || drop(permit.take()));
    body(stage.touch(touch_semaphore(&semaphore)).check(check));
}

/// There are permits enough for it, but one that came first wants more.
fn acquire_behind_another(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(Semaphore::new(2));
    let permit = semaphore.try_acquire().unwrap();
    let mut first = Some(Box::pin(semaphore.acquire_many(2)));
    assert!(first.as_mut().unwrap().as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let check = || assert_eq!(semaphore.available_permits(), 1);
    let stage = Stage::made(|| semaphore.acquire(), move || drop(first.take()));
    body(stage.touch(touch_semaphore(&semaphore)).check(check));
    drop(permit);
}

fn acquire_until_closed(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(Semaphore::new(0));
    let check = || assert!(semaphore.try_acquire().is_err());
    let stage = Stage::made(|| semaphore.acquire(), || semaphore.close());
    body(stage.touch(touch_semaphore(&semaphore)).check(check));
}

fn acquire_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(Semaphore::new(3));
    let mut permit = Some(Arc::clone(&semaphore).try_acquire_many_owned(2).unwrap());
    let check = || assert_eq!(semaphore.available_permits(), 3);
    let stage = Stage::made(|| Arc::clone(&semaphore).acquire_many_owned(3), move || drop(permit.take()));
    body(stage.touch(touch_semaphore(&semaphore)).check(check));
}

fn bounded_acquire(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(BoundedSemaphore::new(1, 2));
    let mut permit = Some(semaphore.try_acquire().unwrap());
    let touched = Arc::clone(&semaphore);
    let touch = move || pass_through(touched.acquire());
    let check = || assert_eq!(semaphore.available_permits(), 1);
    body(Stage::made(|| semaphore.acquire(), move || drop(permit.take())).touch(touch).check(check));
}

fn bounded_acquire_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let semaphore = Arc::new(BoundedSemaphore::new(1, 1));
    let mut permit = Some(Arc::clone(&semaphore).try_acquire_owned().unwrap());
    let touched = Arc::clone(&semaphore);
    let touch = move || pass_through(Arc::clone(&touched).acquire_owned());
    let check = || assert_eq!(semaphore.available_permits(), 1);
    body(Stage::made(|| Arc::clone(&semaphore).acquire_owned(), move || drop(permit.take())).touch(touch).check(check));
}
