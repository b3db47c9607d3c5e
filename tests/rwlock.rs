//! `RwLock`, polled by hand.
#![cfg(feature = "testing")]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::future::yield_now;
use anywhen::sync::{
    Fairness, OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
    RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent, cancel_at_every_poll};
use anywhen::{assert_pending, assert_ready, join};

const ALL: [Fairness; 3] = [Fairness::Fifo, Fairness::Eventual, Fairness::Unfair];

#[test]
fn many_read_or_one_writes() {
    let lock = RwLock::new(1);
    let one = assert_ready!(TestTask::new(lock.read()).poll());
    let another = assert_ready!(TestTask::new(lock.read()).poll());
    assert_eq!(*one + *another, 2);
    assert!(lock.try_write().is_err());
    drop((one, another));
    let mut writer = assert_ready!(TestTask::new(lock.write()).poll());
    *writer += 1;
    assert!(lock.try_read().is_err() && lock.try_write().is_err() && lock.try_upgradable_read().is_err());
    drop(writer);
    assert_eq!(*lock.try_read().unwrap(), 2);
    assert_eq!(lock.into_inner(), 2);
}

#[test]
fn readers_behind_a_writer_wait_and_are_let_in_together() {
    let lock = RwLock::new(());
    let first = lock.try_read().unwrap();
    let mut writer = TestTask::new(lock.write());
    assert_pending!(writer.poll());
    // There is room for them, but they would hold up the writer.
    assert!(lock.try_read().is_err());
    let mut readers = [(); 40].map(|()| TestTask::new(lock.read()));
    for reader in &mut readers {
        assert_pending!(reader.poll());
    }
    let mut last = TestTask::new(lock.write());
    assert_pending!(last.poll());
    drop(first);
    assert!(writer.is_woken() && !readers.iter().any(TestTask::is_woken));
    drop(assert_ready!(writer.poll()));
    assert!(readers.iter().all(TestTask::is_woken) && !last.is_woken());
    let guards = readers.each_mut().map(|reader| assert_ready!(reader.poll()));
    assert!(!last.is_woken());
    drop(guards);
    drop(assert_ready!(last.poll()));
    assert!(lock.try_write().is_ok());
}

#[test]
fn readers_behind_a_writer_that_gives_up_go_on_at_once() {
    for granted in [false, true] {
        let lock = RwLock::new(());
        let mut guard = Some(lock.try_read().unwrap());
        let mut writer = TestTask::new(lock.write());
        assert_pending!(writer.poll());
        let mut readers = [(); 40].map(|()| TestTask::new(lock.read()));
        for reader in &mut readers {
            assert_pending!(reader.poll());
        }
        if granted {
            drop(guard.take());
        }
        assert_eq!(writer.is_woken(), granted);
        writer.drop_future();
        let guards = readers.each_mut().map(|reader| assert_ready!(reader.poll()));
        drop((guards, guard));
        assert!(lock.try_write().is_ok());
    }
}

#[test]
fn no_more_than_the_greatest_number_of_readers_get_in() {
    let lock = RwLock::with_max_readers((), 2);
    let (one, another) = (lock.try_read().unwrap(), lock.try_read().unwrap());
    let mut third = TestTask::new(lock.read());
    assert_pending!(third.poll());
    assert!(lock.try_read().is_err());
    drop(one);
    let third = assert_ready!(third.poll());
    assert!(lock.try_write().is_err());
    drop((another, third));
    drop(lock.try_write().unwrap());

    static FEW: RwLock<u8> = RwLock::const_with_max_readers(1, 1);
    let only = FEW.try_read().unwrap();
    assert!(FEW.try_read().is_err());
    drop(only);
    *FEW.try_write().unwrap() = 2;
    static MANY: RwLock<u8> = RwLock::const_new(1);
    let readers: Vec<_> = (0..1000).map(|_| MANY.try_read().unwrap()).collect();
    assert!(readers.iter().all(|reader| **reader == 1));
}

#[test]
fn every_number_of_readers_has_room_for_one_upgradable_reader_and_no_more() {
    for max in 1..=9 {
        let lock = RwLock::with_max_readers((), max);
        let upgradable = lock.try_upgradable_read().unwrap();
        assert!(lock.try_upgradable_read().is_err() && lock.try_write().is_err());
        let readers: Vec<_> = std::iter::from_fn(|| lock.try_read().ok()).collect();
        assert_eq!(readers.len() as u32, (max - 1) / 2, "of {max}");
        drop(upgradable);
        // The readers alone leave no room for it where there are few places.
        drop(readers);
        let writer = lock.try_upgradable_read().unwrap().try_upgrade().unwrap();
        assert!(lock.try_read().is_err());
        drop(writer);
        assert!(lock.try_write().is_ok());
    }
}

#[test]
fn an_upgrade_waits_for_the_readers_and_goes_before_all_who_wait() {
    for fairness in ALL {
        let lock = RwLock::with_fairness(1, fairness);
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = lock.try_read().unwrap();
        let mut writer = TestTask::new(lock.write());
        let mut other = TestTask::new(lock.upgradable_read());
        assert_pending!(writer.poll());
        assert_pending!(other.poll());
        let mut upgrade = TestTask::new(upgradable.upgrade());
        assert_pending!(upgrade.poll());
        assert!(!upgrade.is_woken());
        drop(reader);
        assert!(upgrade.is_woken() && !writer.is_woken() && !other.is_woken(), "{fairness:?}");
        let mut guard = assert_ready!(upgrade.poll());
        *guard += 1;
        drop(guard);
        assert!(writer.is_woken() && (fairness != Fairness::Fifo || !other.is_woken()), "{fairness:?}");
        *assert_ready!(writer.poll()) += 1;
        assert!(other.is_woken());
        assert_eq!(*assert_ready!(other.poll()), 3);
        assert!(lock.try_write().is_ok());
    }
}

#[test]
fn an_upgrade_takes_what_is_kept_for_a_writer_that_waits() {
    for fairness in ALL {
        for at_once in [false, true] {
            let lock = RwLock::with_fairness(1, fairness);
            let upgradable = lock.try_upgradable_read().unwrap();
            let mut writer = TestTask::new(lock.write());
            assert_pending!(writer.poll());
            // There is no other reader: to wait in line would be to wait for a writer that waits for this one.
            let mut guard = if at_once {
                upgradable.try_upgrade().unwrap()
            } else {
                assert_ready!(TestTask::new(upgradable.upgrade()).poll())
            };
            *guard += 1;
            assert!(!writer.is_woken());
            drop(guard);
            assert_eq!(*assert_ready!(writer.poll()), 2, "{fairness:?}");
            assert!(lock.try_write().is_ok());
        }
    }
}

#[test]
fn an_upgrade_that_is_dropped_releases_the_lock() {
    for fairness in ALL {
        for granted in [false, true] {
            let lock = RwLock::with_fairness((), fairness);
            let upgradable = lock.try_upgradable_read().unwrap();
            let mut reader = Some(lock.try_read().unwrap());
            let mut upgrade = TestTask::new(upgradable.upgrade());
            assert_pending!(upgrade.poll());
            let mut writer = TestTask::new(lock.write());
            assert_pending!(writer.poll());
            if granted {
                drop(reader.take());
                assert!(upgrade.is_woken());
            }
            upgrade.drop_future();
            assert_eq!(writer.is_woken(), granted, "{fairness:?}");
            drop(reader);
            drop(assert_ready!(writer.poll()));
            assert!(lock.try_write().is_ok());
        }
        // Before it was polled, too.
        let lock = RwLock::with_fairness((), fairness);
        drop(lock.try_upgradable_read().unwrap().upgrade());
        assert!(lock.try_write().is_ok());
    }
}

#[test]
fn readers_behind_an_upgrade_that_is_dropped_go_on_if_no_writer_is_between() {
    let lock = RwLock::new(());
    let upgradable = lock.try_upgradable_read().unwrap();
    let first = lock.try_read().unwrap();
    let mut upgrade = TestTask::new(upgradable.upgrade());
    assert_pending!(upgrade.poll());
    let mut reader = TestTask::new(lock.read());
    assert_pending!(reader.poll());
    upgrade.drop_future();
    drop(assert_ready!(reader.poll()));
    drop(first);
    assert!(lock.try_write().is_ok());
}

#[test]
fn an_upgrade_is_not_counted_among_those_who_overtake_a_writer() {
    let lock = RwLock::with_fairness((), Fairness::Eventual);
    let upgradable = lock.try_upgradable_read().unwrap();
    let mut writer = TestTask::new(lock.write());
    assert_pending!(writer.poll());
    // The writer is overtaken until it puts up with it no longer.
    let overtakings = (0..10 * Fairness::EVENTUAL_BOUND).take_while(|_| lock.try_read().is_ok()).count();
    assert_eq!(overtakings as u32, Fairness::EVENTUAL_BOUND);
    let mut upgrade = TestTask::new(upgradable.upgrade());
    let guard = assert_ready!(upgrade.poll()).downgrade_to_upgradable();
    assert!(lock.try_read().is_err(), "what is there is kept for the writer still");
    drop(guard);
    drop(assert_ready!(writer.poll()));
    // The same where the upgrade has to wait.
    let upgradable = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut writer = TestTask::new(lock.write());
    assert_pending!(writer.poll());
    while lock.try_read().is_ok() {}
    let mut upgrade = TestTask::new(upgradable.upgrade());
    assert_pending!(upgrade.poll());
    drop(reader);
    let guard = assert_ready!(upgrade.poll()).downgrade_to_upgradable();
    assert!(lock.try_read().is_err(), "what is there is kept for the writer still");
    let mut gives_up = TestTask::new(guard.upgrade());
    drop(assert_ready!(gives_up.poll()));
    drop(assert_ready!(writer.poll()));
    assert!(lock.try_write().is_ok());
}

#[test]
fn an_upgrade_is_overtaken_by_readers_as_often_as_the_fairness_says() {
    for fairness in ALL {
        let lock = RwLock::with_fairness((), fairness);
        let upgradable = lock.try_upgradable_read().unwrap();
        let reader = lock.try_read().unwrap();
        let mut upgrade = TestTask::new(upgradable.upgrade());
        assert_pending!(upgrade.poll());
        let most = 10 * Fairness::EVENTUAL_BOUND;
        let overtakings = (0..most).take_while(|_| lock.try_read().is_ok()).count() as u32;
        let expected = match fairness {
            Fairness::Fifo => 0,
            Fairness::Eventual => Fairness::EVENTUAL_BOUND,
            _ => most,
        };
        assert_eq!(overtakings, expected, "{fairness:?}");
        drop(reader);
        drop(assert_ready!(upgrade.poll()));
        assert!(lock.try_write().is_ok());
    }
}

#[test]
fn an_upgrade_that_gives_up_leaves_what_is_kept_to_the_writer_behind_it() {
    let lock = RwLock::with_fairness((), Fairness::Eventual);
    let upgradable = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut writer = TestTask::new(lock.write());
    assert_pending!(writer.poll());
    while lock.try_read().is_ok() {}
    let mut upgrade = TestTask::new(upgradable.upgrade());
    assert_pending!(upgrade.poll());
    upgrade.drop_future();
    assert!(lock.try_read().is_err());
    drop(reader);
    drop(assert_ready!(writer.poll()));
    assert!(lock.try_read().is_ok());
}

#[test]
fn a_writer_that_becomes_a_reader_lets_readers_in_and_no_writer() {
    for fairness in ALL {
        let lock = RwLock::with_fairness(1, fairness);
        let guard = lock.try_write().unwrap();
        let mut readers = [(); 40].map(|()| TestTask::new(lock.read()));
        for reader in &mut readers {
            assert_pending!(reader.poll());
        }
        let mut writer = TestTask::new(lock.write());
        assert_pending!(writer.poll());
        let guard = guard.downgrade();
        assert!(!writer.is_woken());
        let guards = readers.each_mut().map(|reader| assert_ready!(reader.poll()));
        assert_eq!(*guard, 1);
        drop(guards);
        assert!(!writer.is_woken());
        drop(guard);
        *assert_ready!(writer.poll()) += 1;
        assert_eq!(*lock.try_read().unwrap(), 2);
    }
}

#[test]
fn a_writer_that_becomes_an_upgradable_reader_lets_readers_in_and_nobody_else() {
    let lock = RwLock::new(1);
    let guard = lock.try_write().unwrap();
    let mut reader = TestTask::new(lock.read());
    let mut upgradable = TestTask::new(lock.upgradable_read());
    let mut behind = TestTask::new(lock.read());
    assert_pending!(reader.poll());
    assert_pending!(upgradable.poll());
    assert_pending!(behind.poll());
    let guard = guard.downgrade_to_upgradable();
    let reader = assert_ready!(reader.poll());
    assert!(!upgradable.is_woken() && !behind.is_woken());
    let guard = guard.downgrade();
    let upgradable = assert_ready!(upgradable.poll());
    let behind = assert_ready!(behind.poll());
    assert_eq!(*guard + *reader + *upgradable + *behind, 4);
}

#[test]
fn a_reader_that_is_told_of_a_place_twice_takes_one() {
    // Where they may be overtaken, a reader that comes new gets in while a writer waits.
    let lock = RwLock::with_fairness((), Fairness::Unfair);
    let first = lock.try_read().unwrap();
    let mut writer = TestTask::new(lock.write());
    assert_pending!(writer.poll());
    let second = lock.try_read().unwrap();
    drop(first);
    assert_pending!(writer.poll());
    drop(second);
    assert!(writer.is_woken());
    drop(assert_ready!(writer.poll()));
    assert!(lock.try_write().is_ok());
}

#[test]
fn guards_are_narrowed_and_keep_the_lock() {
    let lock = RwLock::new((1, [2, 3]));
    let read = RwLockReadGuard::map(lock.try_read().unwrap(), |value| &value.1);
    let read = RwLockReadGuard::try_map(read, |list| list.get(9)).unwrap_err();
    let read = RwLockReadGuard::try_map(read, |list| list.get(1)).unwrap();
    assert_eq!((*read, format!("{read:?} {read}")), (3, "3 3".into()));
    assert!(lock.try_write().is_err());
    drop(read);

    let write = RwLockWriteGuard::try_map(lock.try_write().unwrap(), |_| None::<&mut u8>).unwrap_err();
    assert!(std::ptr::eq(RwLockWriteGuard::rwlock(&write), &lock));
    let write = RwLockWriteGuard::try_map(write, |value| Some(&mut value.1)).unwrap();
    let mut write = RwLockMappedWriteGuard::map(write, |list| &mut list[..]);
    write[0] = 7;
    let write = RwLockMappedWriteGuard::try_map(write, |list| list.get_mut(9)).unwrap_err();
    let mut write = RwLockMappedWriteGuard::try_map(write, |list| list.get_mut(1)).unwrap();
    *write = 8;
    assert_eq!(format!("{write:?} {write}"), "8 8");
    assert!(lock.try_read().is_err());
    drop(write);
    let mut whole = RwLockWriteGuard::into_mapped(lock.try_write().unwrap());
    whole.0 = 6;
    drop(whole);

    let read = RwLockWriteGuard::downgrade_map(lock.try_write().unwrap(), |value| &value.1);
    assert_eq!((*read, lock.try_read().unwrap().0), ([7, 8], 6));
    drop(read);
    let write = RwLockWriteGuard::try_downgrade_map(lock.try_write().unwrap(), |_| None::<&u8>).unwrap_err();
    assert!(lock.try_read().is_err());
    let read = RwLockWriteGuard::try_downgrade_map(write, |value| Some(&value.0)).unwrap();
    assert_eq!((*read, lock.try_read().unwrap().0), (6, 6));
    drop(read);
    assert!(lock.try_write().is_ok());
}

#[test]
fn owned_guards_are_narrowed_and_keep_the_lock_alive() {
    let lock = Arc::new(RwLock::new((1, [2, 3])));
    let take = || Arc::clone(&lock);
    let read = OwnedRwLockReadGuard::map(take().try_read_owned().unwrap(), |value| &value.1);
    assert!(take().try_write_owned().is_err());
    let read = OwnedRwLockReadGuard::try_map(read, |list| list.get(9)).unwrap_err();
    let read = OwnedRwLockReadGuard::try_map(read, |list| list.get(1)).unwrap();
    assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&read), &lock));
    assert_eq!(format!("{read:?} {read}"), "3 3");
    drop(read);

    let write = OwnedRwLockWriteGuard::try_map(take().try_write_owned().unwrap(), |_| None::<&mut u8>).unwrap_err();
    assert!(Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&write), &lock));
    assert!(take().try_read_owned().is_err() && take().try_upgradable_read_owned().is_err());
    let write = OwnedRwLockWriteGuard::try_map(write, |value| Some(&mut value.1)).unwrap();
    let mut write = OwnedRwLockMappedWriteGuard::map(write, |list| &mut list[..]);
    write[0] = 7;
    let write = OwnedRwLockMappedWriteGuard::try_map(write, |list| list.get_mut(9)).unwrap_err();
    let mut write = OwnedRwLockMappedWriteGuard::try_map(write, |list| list.get_mut(1)).unwrap();
    *write = 8;
    assert!(Arc::ptr_eq(OwnedRwLockMappedWriteGuard::rwlock(&write), &lock));
    assert!(take().try_read_owned().is_err());
    drop(write);
    OwnedRwLockWriteGuard::into_mapped(take().try_write_owned().unwrap()).0 = 6;

    let read = OwnedRwLockWriteGuard::downgrade_map(take().try_write_owned().unwrap(), |value| &value.1);
    assert_eq!((*read, lock.try_read().unwrap().0), ([7, 8], 6));
    drop(read);
    let write =
        OwnedRwLockWriteGuard::try_downgrade_map(take().try_write_owned().unwrap(), |_| None::<&u8>).unwrap_err();
    let read = OwnedRwLockWriteGuard::try_downgrade_map(write, |value| Some(&value.0)).unwrap();
    assert_eq!(lock.try_read().unwrap().0, *read);
    drop(read);
    drop(take().try_write_owned().unwrap().downgrade());

    let upgradable = take().try_write_owned().unwrap().downgrade_to_upgradable();
    assert!(Arc::ptr_eq(OwnedRwLockUpgradableReadGuard::rwlock(&upgradable), &lock));
    let reader = take().try_read_owned().unwrap();
    let upgradable = upgradable.try_upgrade().unwrap_err();
    let mut upgrade = TestTask::new(upgradable.upgrade());
    assert_pending!(upgrade.poll());
    drop(reader);
    assert_ready!(upgrade.poll()).0 = 5;
    assert_eq!(take().try_upgradable_read_owned().unwrap().downgrade().0, 5);

    let guard = assert_ready!(TestTask::new(take().write_owned()).poll());
    let mut waits = TestTask::new(take().read_owned());
    let mut gives_up = TestTask::new(take().upgradable_read_owned());
    assert_pending!(waits.poll());
    assert_pending!(gives_up.poll());
    drop(gives_up);
    drop(guard);
    let last = assert_ready!(waits.poll());
    assert_eq!(Arc::strong_count(&lock), 2);
    drop(lock);
    assert_eq!(last.0, 5);
}

#[test]
fn a_closure_that_panics_releases_the_lock() {
    let lock = Arc::new(RwLock::new(1));
    let take = || Arc::clone(&lock);
    let panics: [fn(&Arc<RwLock<i32>>); 9] = [
        |lock| drop(RwLockReadGuard::map(lock.try_read().unwrap(), |_| -> &u8 { panic!("mapping") })),
        |lock| drop(RwLockReadGuard::try_map(lock.try_read().unwrap(), |_| -> Option<&u8> { panic!("mapping") })),
        |lock| drop(RwLockWriteGuard::map(lock.try_write().unwrap(), |_| -> &mut u8 { panic!("mapping") })),
        |lock| drop(RwLockWriteGuard::downgrade_map(lock.try_write().unwrap(), |_| -> &u8 { panic!("mapping") })),
        |lock| {
            let guard = RwLockWriteGuard::into_mapped(lock.try_write().unwrap());
            drop(RwLockMappedWriteGuard::map(guard, |_| -> &mut u8 { panic!("mapping") }));
        },
        |lock| {
            drop(OwnedRwLockReadGuard::map(lock.clone().try_read_owned().unwrap(), |_| -> &u8 { panic!("mapping") }))
        },
        |lock| {
            let guard = lock.clone().try_write_owned().unwrap();
            drop(OwnedRwLockWriteGuard::try_downgrade_map(guard, |_| -> Option<&u8> { panic!("mapping") }));
        },
        |lock| {
            let guard = OwnedRwLockWriteGuard::into_mapped(lock.clone().try_write_owned().unwrap());
            drop(OwnedRwLockMappedWriteGuard::try_map(guard, |_| -> Option<&mut u8> { panic!("mapping") }));
        },
        |lock| {
            let mut guard = lock.try_upgradable_read().unwrap().try_upgrade().unwrap();
            *guard += 1;
            panic!("writing");
        },
    ];
    for panics in panics {
        assert!(catch_unwind(AssertUnwindSafe(|| panics(&lock))).is_err());
        assert!(take().try_write_owned().is_ok());
    }
    assert_eq!(*lock.try_read().unwrap(), 2);
}

#[test]
fn a_waker_that_panics_at_a_downgrade_leaves_the_lock_as_if_the_guard_had_been_dropped() {
    let ways: [fn(RwLockWriteGuard<'_, ()>); 3] = [
        |guard| drop(guard.downgrade()),
        |guard| drop(guard.downgrade_to_upgradable()),
        |guard| drop(guard.downgrade_to_upgradable().downgrade()),
    ];
    for way in ways {
        let lock = RwLock::new(());
        let guard = lock.try_write().unwrap();
        let waker = CountingWaker::panicking(WakerEvent::Wake);
        let mut reader = Box::pin(lock.read());
        assert!(reader.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| way(guard))).is_err());
        // It was let in before it was woken, and nobody else is in.
        let Poll::Ready(reader) = reader.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("not let in")
        };
        drop(reader);
        assert!(lock.try_write().is_ok());
    }
}

#[test]
fn dropping_a_future_at_any_poll_loses_nothing() {
    for fairness in ALL {
        let lock = RwLock::with_fairness((), fairness);
        let polls = cancel_at_every_poll(
            || async {
                let reader = lock.read().await;
                let reads = async {
                    yield_now().await;
                    drop(reader);
                    let _reader = lock.read().await;
                    yield_now().await;
                };
                let writes = async {
                    let guard = lock.write().await.downgrade_to_upgradable();
                    yield_now().await;
                    drop(guard.upgrade().await);
                };
                let upgrades = async {
                    let guard = lock.upgradable_read().await;
                    yield_now().await;
                    drop(guard.upgrade().await);
                };
                join!(reads, writes, upgrades);
            },
            |k| assert!(lock.try_write().is_ok(), "{fairness:?}: locked for ever after a cancel at poll {k}"),
        );
        assert!(polls > 4, "{polls} polls");
    }
}

#[test]
fn threads_that_block_share_it() {
    let lock = RwLock::new([0; 2]);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..300 {
                    let mut guard = lock.blocking_write();
                    guard[0] += 1;
                    guard[1] += 1;
                    drop(guard);
                    let guard = lock.blocking_read();
                    assert_eq!(guard[0], guard[1]);
                }
            });
        }
    });
    assert_eq!(lock.into_inner(), [900; 2]);
}

#[test]
fn an_unsized_value_can_be_locked() {
    let lock: Arc<RwLock<[u8]>> = Arc::new(RwLock::new([1, 2, 3]));
    lock.try_write().unwrap()[0] = 9;
    assert_eq!(*lock.try_read().unwrap(), [9, 2, 3]);
    let guard = RwLock::try_upgradable_read(&lock).unwrap();
    assert!(std::ptr::eq(RwLockUpgradableReadGuard::rwlock(&guard), &*lock));
    let mut dynamic: Box<RwLock<dyn Send>> = Box::new(RwLock::new(1));
    let _value: &mut dyn Send = dynamic.get_mut();
}

#[test]
fn debug_shows_the_value_or_that_it_is_locked() {
    let lock = RwLock::from(5);
    assert_eq!(format!("{lock:?} {:?}", RwLock::<u8>::default()), "RwLock { data: 5 } RwLock { data: 0 }");
    let guard = lock.try_upgradable_read().unwrap();
    assert_eq!(format!("{lock:?} {guard:?} {guard}"), "RwLock { data: 5 } 5 5");
    let guard = guard.try_upgrade().unwrap();
    assert_eq!(format!("{lock:?} {guard:?} {guard}"), "RwLock { data: <locked> } 5 5");
}

mod against_a_model {
    //! Random programs of operations and cancels, run against the lock and against a queue that a child could check, polled
    //! in lockstep.

    use std::collections::VecDeque;
    use std::task::Poll;

    use anywhen::sync::rwlock::{Read, UpgradableRead, Upgrade, Write};
    use anywhen::sync::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
    use anywhen::testing::TestTask;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Kind {
        Read,
        Upgradable,
        Write,
    }

    #[derive(Clone, Debug)]
    enum Op {
        Take(Kind),
        Try(Kind),
        /// Poll the task with this index among those that wait, and so on.
        Poll(usize),
        Cancel(usize),
        Release(usize),
        Upgrade(usize),
        TryUpgrade(usize),
        Downgrade(usize, Kind),
    }

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![5 => Just(Kind::Read), 2 => Just(Kind::Upgradable), 2 => Just(Kind::Write)]
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            6 => kind().prop_map(Op::Take),
            2 => kind().prop_map(Op::Try),
            4 => any::<usize>().prop_map(Op::Poll),
            2 => any::<usize>().prop_map(Op::Cancel),
            4 => any::<usize>().prop_map(Op::Release),
            4 => any::<usize>().prop_map(Op::Upgrade),
            1 => any::<usize>().prop_map(Op::TryUpgrade),
            2 => (any::<usize>(), kind()).prop_map(|(n, to)| Op::Downgrade(n, to)),
        ]
    }

    /// The specification: who is in, who waits in which order, and who may be in together.
    struct Model {
        max: usize,
        /// Who is in, be it that it has not been polled since it was let in.
        inside: Vec<(usize, Kind)>,
        queue: VecDeque<(usize, Kind)>,
        answered: Vec<usize>,
    }

    impl Model {
        fn count(&self, kind: Kind) -> usize {
            self.inside.iter().filter(|(_, other)| *other == kind).count()
        }

        /// Whether there is room for one more beside those who are in, but for `id`, which is to change.
        fn admits(&self, id: usize, kind: Kind) -> bool {
            let others = self.inside.iter().filter(|(other, _)| *other != id).count();
            let was = self.inside.iter().find(|(other, _)| *other == id).map(|(_, kind)| *kind);
            let upgradable = self.count(Kind::Upgradable) - usize::from(was == Some(Kind::Upgradable));
            let readers = self.count(Kind::Read) - usize::from(was == Some(Kind::Read));
            let writers = others - readers - upgradable;
            match kind {
                Kind::Write => others == 0,
                _ if writers > 0 => false,
                Kind::Read if upgradable > 0 => readers < (self.max - 1) / 2,
                Kind::Read => readers < self.max,
                Kind::Upgradable => upgradable == 0 && readers <= (self.max - 1) / 2,
            }
        }

        fn serve(&mut self) {
            while let Some(&(id, kind)) = self.queue.front().filter(|(id, kind)| self.admits(*id, *kind)) {
                self.queue.pop_front();
                self.set(id, Some(kind));
                self.answered.push(id);
            }
        }

        fn set(&mut self, id: usize, kind: Option<Kind>) {
            self.inside.retain(|(other, _)| *other != id);
            self.inside.extend(kind.map(|kind| (id, kind)));
        }

        fn try_take(&mut self, id: usize, kind: Kind) -> bool {
            let ok = self.queue.is_empty() && self.admits(id, kind);
            if ok {
                self.set(id, Some(kind));
            }
            ok
        }
    }

    enum Waits<'a> {
        Read(TestTask<Read<'a, ()>>),
        Upgradable(TestTask<UpgradableRead<'a, ()>>),
        Write(TestTask<Write<'a, ()>>),
        Upgrade(TestTask<Upgrade<'a, ()>>),
    }

    enum Held<'a> {
        Read(#[expect(dead_code, reason = "it is held")] RwLockReadGuard<'a, ()>),
        Upgradable(RwLockUpgradableReadGuard<'a, ()>),
        Write(RwLockWriteGuard<'a, ()>),
    }

    impl<'a> Waits<'a> {
        fn new(lock: &'a RwLock<()>, kind: Kind) -> Self {
            match kind {
                Kind::Read => Self::Read(TestTask::new(lock.read())),
                Kind::Upgradable => Self::Upgradable(TestTask::new(lock.upgradable_read())),
                Kind::Write => Self::Write(TestTask::new(lock.write())),
            }
        }

        fn poll(&mut self) -> Poll<Held<'a>> {
            match self {
                Self::Read(task) => task.poll().map(Held::Read),
                Self::Upgradable(task) => task.poll().map(Held::Upgradable),
                Self::Write(task) => task.poll().map(Held::Write),
                Self::Upgrade(task) => task.poll().map(Held::Write),
            }
        }

        fn is_woken(&self) -> bool {
            match self {
                Self::Read(task) => task.is_woken(),
                Self::Upgradable(task) => task.is_woken(),
                Self::Write(task) => task.is_woken(),
                Self::Upgrade(task) => task.is_woken(),
            }
        }
    }

    impl Held<'_> {
        fn kind(&self) -> Kind {
            match self {
                Self::Read(_) => Kind::Read,
                Self::Upgradable(_) => Kind::Upgradable,
                Self::Write(_) => Kind::Write,
            }
        }
    }

    struct Run<'a> {
        lock: &'a RwLock<()>,
        model: Model,
        waiting: Vec<(usize, Waits<'a>)>,
        held: Vec<(usize, Held<'a>)>,
    }

    impl<'a> Run<'a> {
        fn wait(&mut self, id: usize, mut task: Waits<'a>, kind: Kind, served: bool, in_front: bool) {
            match task.poll() {
                Poll::Ready(held) => {
                    assert!(served && held.kind() == kind);
                    self.held.push((id, held));
                }
                Poll::Pending => {
                    assert!(!served);
                    if in_front {
                        self.model.queue.push_front((id, kind));
                    } else {
                        self.model.queue.push_back((id, kind));
                    }
                    self.waiting.push((id, task));
                }
            }
        }

        /// The `n`th of those that are held in this way.
        fn take_held(&mut self, n: usize, kind: Option<Kind>) -> Option<(usize, Held<'a>)> {
            let fits = |held: &Held<'_>| kind.is_none_or(|kind| held.kind() == kind);
            let at: Vec<_> = (0..self.held.len()).filter(|&at| fits(&self.held[at].1)).collect();
            (!at.is_empty()).then(|| self.held.remove(at[n % at.len()]))
        }

        fn step(&mut self, id: usize, op: Op) {
            match op {
                Op::Take(kind) => {
                    let served = self.model.try_take(id, kind);
                    self.wait(id, Waits::new(self.lock, kind), kind, served, false);
                }
                Op::Try(kind) => {
                    let real = match kind {
                        Kind::Read => self.lock.try_read().map(Held::Read),
                        Kind::Upgradable => self.lock.try_upgradable_read().map(Held::Upgradable),
                        Kind::Write => self.lock.try_write().map(Held::Write),
                    };
                    assert_eq!(real.is_ok(), self.model.try_take(id, kind));
                    self.held.extend(real.ok().map(|held| (id, held)));
                }
                Op::Poll(n) if !self.waiting.is_empty() => {
                    let n = n % self.waiting.len();
                    let id = self.waiting[n].0;
                    let answer = self.model.answered.iter().position(|other| *other == id);
                    assert_eq!(self.waiting[n].1.is_woken(), answer.is_some());
                    match self.waiting[n].1.poll() {
                        Poll::Pending => assert!(answer.is_none()),
                        Poll::Ready(held) => {
                            self.model.answered.remove(answer.expect("it is not its turn"));
                            self.waiting.remove(n);
                            self.held.push((id, held));
                        }
                    }
                }
                Op::Cancel(n) if !self.waiting.is_empty() => {
                    let (id, task) = self.waiting.remove(n % self.waiting.len());
                    drop(task);
                    self.model.queue.retain(|(other, _)| *other != id);
                    self.model.answered.retain(|other| *other != id);
                    self.model.set(id, None);
                    self.model.serve();
                }
                Op::Release(n) => {
                    if let Some((id, held)) = self.take_held(n, None) {
                        drop(held);
                        self.model.set(id, None);
                        self.model.serve();
                    }
                }
                Op::Upgrade(n) => {
                    if let Some((id, Held::Upgradable(guard))) = self.take_held(n, Some(Kind::Upgradable)) {
                        let served = self.model.admits(id, Kind::Write);
                        if served {
                            self.model.set(id, Some(Kind::Write));
                        }
                        self.wait(id, Waits::Upgrade(TestTask::new(guard.upgrade())), Kind::Write, served, true);
                    }
                }
                Op::TryUpgrade(n) => {
                    if let Some((id, Held::Upgradable(guard))) = self.take_held(n, Some(Kind::Upgradable)) {
                        let real = guard.try_upgrade();
                        assert_eq!(real.is_ok(), self.model.admits(id, Kind::Write));
                        let held = real.map_or_else(Held::Upgradable, Held::Write);
                        self.model.set(id, Some(held.kind()));
                        self.held.push((id, held));
                    }
                }
                Op::Downgrade(n, to) => {
                    if let Some((id, held)) = self.take_held(n, None) {
                        let held = match (held, to) {
                            (Held::Write(guard), Kind::Read) => Held::Read(guard.downgrade()),
                            (Held::Write(guard), Kind::Upgradable) => Held::Upgradable(guard.downgrade_to_upgradable()),
                            (Held::Upgradable(guard), Kind::Read) => Held::Read(guard.downgrade()),
                            (held, _) => held,
                        };
                        self.model.set(id, Some(held.kind()));
                        self.model.serve();
                        self.held.push((id, held));
                    }
                }
                Op::Poll(_) | Op::Cancel(_) => {}
            }
            for (id, task) in &self.waiting {
                assert_eq!(task.is_woken(), self.model.answered.contains(id), "{id} after a step");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        #[test]
        fn the_lock_does_as_the_model(max in 1..8u32, ops in proptest::collection::vec(op(), 1..80)) {
            let lock = RwLock::with_max_readers((), max);
            let model = Model { max: max as usize, inside: vec![], queue: VecDeque::new(), answered: vec![] };
            let mut run = Run { lock: &lock, model, waiting: vec![], held: vec![] };
            for (id, op) in ops.into_iter().enumerate() {
                run.step(id, op);
            }
            drop(run);
            prop_assert!(lock.try_write().is_ok());
        }
    }
}
