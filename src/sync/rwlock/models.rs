//! loom models: what threads may do to each other through one read-write lock.
//!
//! What it has in common with a semaphore, the models of that show. Here it is readers beside a writer, those who change
//! from one to the other, and those who go in front of the queue. Each ends by checking that nobody is in.

#![allow(unsafe_code, reason = "loom looks on while a cell is reached through the guards")]

use core::cell::UnsafeCell;
use core::task::Poll;
use std::boxed::Box;
use std::sync::Arc;

use loom::future::block_on;
use loom::thread;

use super::{Places, RwLock};
use crate::sync::Fairness;
use crate::sync::raw::models::{PREEMPTIONS, for_each_fairness, poll_once};

/// A number of which loom checks that it is not written while anybody else looks at it.
struct Number(loom::cell::UnsafeCell<u32>);

// SAFETY: reached through the guards of a lock only; loom checks that this is so.
unsafe impl Sync for Number {}
// SAFETY: as above.
unsafe impl Send for Number {}

impl Number {
    fn get(&self) -> u32 {
        // SAFETY: what the models are to show.
        self.0.with(|number| unsafe { *number })
    }

    fn add_one(&mut self) {
        // SAFETY: as above.
        self.0.with_mut(|number| unsafe { *number += 1 });
    }
}

fn locked(fairness: Fairness) -> Arc<RwLock<Number>> {
    Arc::new(RwLock::with_fairness(Number(loom::cell::UnsafeCell::new(0)), fairness))
}

fn assert_idle(lock: &RwLock<Number>, number: u32) {
    assert_eq!(lock.try_write().unwrap().get(), number);
    assert_eq!(lock.places.raw().waiters(), 0);
}

fn spawn(lock: &Arc<RwLock<Number>>, f: impl FnOnce(Arc<RwLock<Number>>) + 'static) -> thread::JoinHandle<()> {
    let lock = Arc::clone(lock);
    thread::spawn(move || f(lock))
}

#[test]
fn a_reader_and_a_writer_exclude_each_other() {
    for_each_fairness("rwlock", "a reader, a writer", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let lock = locked(fairness);
        let writes = spawn(&lock, |lock| block_on(lock.write()).add_one());
        for _ in 0..2 {
            assert!(block_on(lock.read()).get() <= 1);
        }
        writes.join().unwrap();
        assert_idle(&lock, 1);
    });
}

#[test]
fn readers_and_a_writer_exclude_each_other() {
    for_each_fairness("rwlock", "two readers, a writer", 2, 2, |fairness| {
        let lock = locked(fairness);
        let threads = [
            spawn(&lock, |lock| block_on(lock.write()).add_one()),
            spawn(&lock, |lock| assert!(block_on(lock.read()).get() <= 1)),
        ];
        assert!(block_on(lock.read()).get() <= 1);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_idle(&lock, 1);
    });
}

#[test]
fn two_writers_exclude_each_other_without_waiting() {
    for_each_fairness("rwlock", "two try to write, one reads", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let lock = locked(fairness);
        let threads = [(); 2].map(|()| {
            spawn(&lock, |lock| {
                if let Ok(mut number) = lock.try_write() {
                    number.add_one();
                }
            })
        });
        let seen = lock.try_read().map_or(0, |number| number.get());
        for thread in threads {
            thread.join().unwrap();
        }
        let number = lock.try_write().unwrap().get();
        assert!(seen <= number && number <= 2);
        assert_idle(&lock, number);
    });
}

#[test]
fn a_reader_behind_a_cancelled_writer_gets_in() {
    for_each_fairness("rwlock", "a writer gives up, a reader leaves, another waits", PREEMPTIONS, 2, |fairness| {
        let lock = locked(fairness);
        let first = lock.try_read().unwrap();
        let waits = spawn(&lock, |lock| assert_eq!(block_on(lock.read()).get(), 0));
        let gives_up = spawn(&lock, |lock| {
            let mut write = Box::pin(lock.write());
            if let Poll::Ready(guard) = poll_once(write.as_mut()) {
                assert_eq!(guard.get(), 0);
            }
        });
        drop(first);
        waits.join().unwrap();
        gives_up.join().unwrap();
        assert_idle(&lock, 0);
    });
}

#[test]
fn the_latest_waker_of_a_writer_is_woken() {
    for_each_fairness(
        "rwlock",
        "the reader leaves while a writer changes its waker",
        PREEMPTIONS,
        PREEMPTIONS,
        |fairness| {
            let lock = locked(fairness);
            let reader = Arc::clone(&lock).try_read_owned().unwrap();
            let leaves = thread::spawn(move || drop(reader));
            let mut write = Box::pin(lock.write());
            match poll_once(write.as_mut()) {
                Poll::Ready(mut number) => number.add_one(),
                Poll::Pending => block_on(write).add_one(),
            }
            leaves.join().unwrap();
            assert_idle(&lock, 1);
        },
    );
}

#[test]
fn an_upgrade_tries_and_then_waits_for_a_reader_that_leaves() {
    for_each_fairness("rwlock", "an upgrade is tried, a reader leaves", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let lock = locked(fairness);
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = Arc::clone(&lock).try_read_owned().unwrap();
        let leaves = thread::spawn(move || {
            assert_eq!(reader.get(), 0);
            drop(reader);
        });
        match upgradable.try_upgrade() {
            Ok(mut number) => number.add_one(),
            Err(upgradable) => block_on(upgradable.upgrade()).add_one(),
        }
        leaves.join().unwrap();
        assert_idle(&lock, 1);
    });
}

#[test]
fn an_upgrade_acquires_from_a_reader_that_left_while_others_were_told() {
    for_each_fairness("rwlock", "an upgrade where a reader was told", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let places = Places::new(5, fairness);
        let value = UnsafeCell::new(Number(loom::cell::UnsafeCell::new(0)));
        let lock = Arc::new(RwLock { places, value });
        let upgradable = lock.try_upgradable_read().unwrap();
        let (first, second) = (lock.try_read().unwrap(), Arc::clone(&lock).try_read_owned().unwrap());
        let mut waits = Some(Box::pin(lock.read()));
        assert!(waits.as_mut().is_some_and(|waits| poll_once(waits.as_mut()).is_pending()));
        // Where they may overtake, it is told of this place, and the next that comes free is given back without the queue.
        drop(first);
        let leaves = thread::spawn(move || {
            assert_eq!(second.get(), 0);
            drop(second);
        });
        match upgradable.try_upgrade() {
            Ok(mut number) => number.add_one(),
            Err(upgradable) => {
                drop(waits.take());
                block_on(upgradable.upgrade()).add_one();
            }
        }
        leaves.join().unwrap();
        drop(waits);
        assert_idle(&lock, 1);
    });
}

#[test]
fn an_upgrade_waits_for_readers_that_leave() {
    for_each_fairness("rwlock", "an upgrade, two readers leave", PREEMPTIONS, 2, |fairness| {
        let lock = locked(fairness);
        let upgradable = lock.try_upgradable_read().unwrap();
        let leave = [(); 2].map(|()| {
            let reader = Arc::clone(&lock).try_read_owned().unwrap();
            thread::spawn(move || {
                assert_eq!(reader.get(), 0);
                drop(reader);
            })
        });
        block_on(upgradable.upgrade()).add_one();
        for thread in leave {
            thread.join().unwrap();
        }
        assert_idle(&lock, 1);
    });
}

#[test]
fn an_upgrade_and_a_waiting_writer_do_not_wait_for_each_other() {
    for_each_fairness("rwlock", "an upgrade, a writer", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let lock = locked(fairness);
        let upgradable = lock.try_upgradable_read().unwrap();
        let writes = spawn(&lock, |lock| block_on(lock.write()).add_one());
        let mut guard = block_on(upgradable.upgrade());
        assert_eq!(guard.get(), 0, "nobody writes in between");
        guard.add_one();
        drop(guard);
        writes.join().unwrap();
        assert_idle(&lock, 2);
    });
}

#[test]
fn an_upgrade_goes_before_a_waiting_writer_when_a_reader_leaves() {
    for_each_fairness("rwlock", "an upgrade, a writer, a reader leaves", 2, 2, |fairness| {
        let lock = locked(fairness);
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = Arc::clone(&lock).try_read_owned().unwrap();
        let leaves = thread::spawn(move || drop(reader));
        let writes = spawn(&lock, |lock| block_on(lock.write()).add_one());
        let before = upgradable.get();
        let mut guard = block_on(upgradable.upgrade());
        assert_eq!(guard.get(), before, "nobody writes in between");
        guard.add_one();
        drop(guard);
        leaves.join().unwrap();
        writes.join().unwrap();
        assert_idle(&lock, 2);
    });
}

#[test]
fn an_upgrade_that_gives_up_passes_on_what_it_was_granted() {
    for_each_fairness(
        "rwlock",
        "an upgrade before a writer gives up, a reader leaves",
        PREEMPTIONS,
        PREEMPTIONS,
        |fairness| {
            let lock = locked(fairness);
            let upgradable = lock.try_upgradable_read().unwrap();
            let reader = Arc::clone(&lock).try_read_owned().unwrap();
            let leaves = thread::spawn(move || drop(reader));
            let mut write = Box::pin(lock.write());
            assert!(poll_once(write.as_mut()).is_pending());
            let mut upgrade = Box::pin(upgradable.upgrade());
            drop(poll_once(upgrade.as_mut()));
            drop(upgrade);
            block_on(write).add_one();
            leaves.join().unwrap();
            assert_idle(&lock, 1);
        },
    );
}

#[test]
fn upgrades_of_two_happen_one_after_the_other() {
    for_each_fairness("rwlock", "two upgrade", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let lock = locked(fairness);
        let upgrade = |lock: Arc<RwLock<Number>>| {
            let guard = block_on(lock.upgradable_read());
            let before = guard.get();
            let mut guard = block_on(guard.upgrade());
            assert_eq!(guard.get(), before, "nobody writes in between");
            guard.add_one();
        };
        let other = spawn(&lock, upgrade);
        upgrade(Arc::clone(&lock));
        other.join().unwrap();
        assert_idle(&lock, 2);
    });
}

#[test]
fn a_downgrade_lets_readers_in_and_no_writer() {
    for_each_fairness("rwlock", "a downgrade, a reader, a writer", PREEMPTIONS, 2, |fairness| {
        let lock = locked(fairness);
        let mut guard = lock.try_write().unwrap();
        let writes = spawn(&lock, |lock| block_on(lock.write()).add_one());
        guard.add_one();
        let guard = guard.downgrade();
        // Unless the writer waits already, and is not to be overtaken, this is let in.
        let beside = lock.try_read().map(|number| number.get());
        assert_eq!(beside.unwrap_or(1), 1, "no writer was let in");
        assert_eq!(guard.get(), 1);
        drop(guard);
        writes.join().unwrap();
        assert_idle(&lock, 2);
    });
}

#[test]
fn a_reader_that_waits_is_served_by_a_downgrade() {
    for_each_fairness("rwlock", "a downgrade serves a reader", PREEMPTIONS, PREEMPTIONS, |fairness| {
        let lock = locked(fairness);
        let mut guard = lock.try_write().unwrap();
        let reads = spawn(&lock, |lock| assert_eq!(block_on(lock.read()).get(), 1));
        guard.add_one();
        let guard = guard.downgrade_to_upgradable();
        // It ends although the guard is held: a downgrade that told nobody hangs here.
        reads.join().unwrap();
        assert_eq!(guard.get(), 1);
        drop(guard);
        assert_idle(&lock, 1);
    });
}
