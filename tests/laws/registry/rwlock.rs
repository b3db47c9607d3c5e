//! Those who wait for a read-write lock: alone, and in crowds of one kind and of all.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use anywhen::sync::{Fairness, RwLock};

use super::primitives::{once, one_by_one};
use super::sync::pass_through;
use crate::arena::{Arena, Seat, Setting};
use crate::stage::{Entry, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    read,
    read_behind_a_writer,
    write,
    upgradable_read,
    upgrade,
    upgrade_before_a_writer,
    read_owned,
    write_owned,
    upgradable_read_owned,
    upgrade_owned,
];

pub(super) const SETTINGS: &[Setting] = &[
    read_at_once,
    read_where_a_writer_becomes_a_reader,
    read_behind_a_writer_that_gives_up,
    read_behind_an_upgrade_that_gives_up,
    write_one_by_one,
    upgrade_one_by_one,
    read_and_write,
    read_and_write_where_some_may_overtake,
    read_and_write_where_all_may_overtake,
];

type Lock = Arc<RwLock<()>>;

fn lock() -> Lock {
    Arc::new(RwLock::new(()))
}

/// Calls everything that others may call while somebody waits.
fn touch(lock: &Lock) -> impl Fn() + Send + Sync + use<> {
    let lock = Arc::clone(lock);
    move || {
        drop(lock.try_read());
        drop(lock.try_write());
        drop(lock.try_upgradable_read().map(|guard| guard.try_upgrade().map(|guard| guard.downgrade())));
        pass_through(lock.read());
        pass_through(lock.write());
        pass_through(Arc::clone(&lock).upgradable_read_owned());
    }
}

fn check(lock: &Lock) -> impl FnMut() + use<> {
    let lock = Arc::clone(lock);
    move || {
        assert!(lock.try_write().is_ok(), "somebody is still in");
        assert_eq!(lock.waiters(), 0);
    }
}

fn queue<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    future
}

fn read(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let mut writer = Some(lock.try_write().unwrap());
    body(Stage::made(|| lock.read(), move || drop(writer.take())).touch(touch(&lock)).check(check(&lock)));
}

/// There is room for it, but it may not pass a writer.
fn read_behind_a_writer(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let reader = lock.try_read().unwrap();
    let mut writer = Some(queue(lock.write()));
    let check = || assert_eq!(lock.waiters(), 0);
    body(Stage::made(|| lock.read(), move || drop(writer.take())).touch(touch(&lock)).check(check));
    drop(reader);
}

fn write(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let mut readers = Some([(); 2].map(|()| lock.try_read().unwrap()));
    body(Stage::made(|| lock.write(), move || drop(readers.take())).touch(touch(&lock)).check(check(&lock)));
}

fn upgradable_read(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let mut other = Some(lock.try_upgradable_read().unwrap());
    body(Stage::made(|| lock.upgradable_read(), move || drop(other.take())).touch(touch(&lock)).check(check(&lock)));
}

fn upgrade(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let guard = lock.try_upgradable_read().unwrap();
    let mut readers = Some([(); 2].map(|()| lock.try_read().unwrap()));
    body(Stage::made(|| guard.upgrade(), move || drop(readers.take())).touch(touch(&lock)).check(check(&lock)));
}

/// What is free is kept for the writer, and goes to this one.
fn upgrade_before_a_writer(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let guard = lock.try_upgradable_read().unwrap();
    let mut reader = Some(lock.try_read().unwrap());
    let writer = queue(lock.write());
    let check = || assert_eq!(lock.waiters(), 0, "the writer is not let in");
    body(Stage::made(|| guard.upgrade(), move || drop(reader.take())).touch(touch(&lock)).check(check));
    drop(writer);
    assert!(lock.try_write().is_ok());
}

fn read_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let mut writer = Some(lock.try_write().unwrap());
    let make = || Arc::clone(&lock).read_owned();
    body(Stage::made(make, move || drop(writer.take())).touch(touch(&lock)).check(check(&lock)));
}

fn write_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let mut reader = Some(Arc::clone(&lock).try_read_owned().unwrap());
    let make = || Arc::clone(&lock).write_owned();
    body(Stage::made(make, move || drop(reader.take())).touch(touch(&lock)).check(check(&lock)));
}

fn upgradable_read_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let mut writer = Some(Arc::clone(&lock).try_write_owned().unwrap());
    let make = || Arc::clone(&lock).upgradable_read_owned();
    body(Stage::made(make, move || drop(writer.take())).touch(touch(&lock)).check(check(&lock)));
}

fn upgrade_owned(body: &mut dyn FnMut(Stage<'_>)) {
    let lock = lock();
    let guard = Arc::clone(&lock).try_upgradable_read_owned().unwrap();
    let mut reader = Some(lock.try_read().unwrap());
    body(Stage::made(|| guard.upgrade(), move || drop(reader.take())).touch(touch(&lock)).check(check(&lock)));
}

/// A crowd of which each does what `enter` makes for it.
fn crowd<F>(how: &str, crowd: usize, lock: &Lock, enter: impl Fn(usize, Lock) -> F + 'static) -> Arena
where
    F: Future<Output: Send> + Send + 'static,
{
    let waited = Arc::clone(lock);
    let wait = move |who: usize, seat: Seat| {
        let enters = enter(who, Arc::clone(&waited));
        async move { seat.keep(enters.await).await }
    };
    Arena::new::<RwLock<()>, _>(how, crowd, wait).touch(touch(lock)).check(check(lock))
}

/// Drops them, from the last to the first.
fn in_turn(held: Vec<Box<dyn Any>>) -> impl FnMut() -> bool + 'static {
    one_by_one(held)
}

fn read_at_once(size: usize) -> Arena {
    let lock = lock();
    let writer = Arc::clone(&lock).try_write_owned().unwrap();
    crowd("read", size, &lock, |_, lock| lock.read_owned()).release(once(move || drop(writer)))
}

fn read_where_a_writer_becomes_a_reader(size: usize) -> Arena {
    let lock = lock();
    let mut writer = Some(Arc::clone(&lock).try_write_owned().unwrap());
    let mut reader = None;
    let release = move || {
        let before = (writer.is_some(), reader.is_some());
        reader = writer.take().map(|writer| writer.downgrade());
        before != (false, false)
    };
    crowd("read, beside one who wrote", size, &lock, |_, lock| lock.read_owned()).release(release)
}

fn read_behind_a_writer_that_gives_up(size: usize) -> Arena {
    let lock = lock();
    let reader = Arc::clone(&lock).try_read_owned().unwrap();
    let writer = queue(Arc::clone(&lock).write_owned());
    crowd("read, behind a writer that gives up", size, &lock, |_, lock| lock.read_owned())
        .release(in_turn(vec![Box::new(reader), Box::new(writer)]))
}

fn read_behind_an_upgrade_that_gives_up(size: usize) -> Arena {
    let lock = lock();
    let guard = Arc::clone(&lock).try_upgradable_read_owned().unwrap();
    let reader = Arc::clone(&lock).try_read_owned().unwrap();
    let upgrade = queue(guard.upgrade());
    crowd("read, behind an upgrade that gives up", size, &lock, |_, lock| lock.read_owned())
        .release(in_turn(vec![Box::new(reader), Box::new(upgrade)]))
}

fn write_one_by_one(size: usize) -> Arena {
    let lock = lock();
    let reader = Arc::clone(&lock).try_read_owned().unwrap();
    crowd("write", size, &lock, |_, lock| lock.write_owned()).release(once(move || drop(reader))).one_at_a_time()
}

fn upgrade_one_by_one(size: usize) -> Arena {
    let lock = lock();
    let writer = Arc::clone(&lock).try_write_owned().unwrap();
    crowd("upgrade", size, &lock, |_, lock| async { lock.upgradable_read_owned().await.upgrade().await })
        .release(once(move || drop(writer)))
        .one_at_a_time()
}

/// Some of each kind, who hold the lock until they leave.
fn mixed(how: &str, size: usize, fairness: Fairness) -> Arena {
    let lock = Arc::new(RwLock::with_fairness((), fairness));
    let writer = Arc::clone(&lock).try_write_owned().unwrap();
    let enter = |who: usize, lock: Lock| async move {
        match who % 5 {
            0 => (Some(lock.write_owned().await), None, None),
            3 => (None, Some(lock.upgradable_read_owned().await), None),
            _ => (None, None, Some(lock.read_owned().await)),
        }
    };
    crowd(how, size, &lock, enter).release(once(move || drop(writer))).one_at_a_time()
}

fn read_and_write(size: usize) -> Arena {
    mixed("read and write", size, Fairness::Fifo)
}

fn read_and_write_where_some_may_overtake(size: usize) -> Arena {
    mixed("read and write, eventual", size, Fairness::Eventual).overtaking()
}

fn read_and_write_where_all_may_overtake(size: usize) -> Arena {
    mixed("read and write, unfair", size, Fairness::Unfair).overtaking()
}
