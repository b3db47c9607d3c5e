//! Who holds and who waits: `sync::diagnostics` tells of every lock what is so, where it began, and nothing when it is over.
//!
//! The registry is one for the process, and tests run side by side: each looks only at locks of its own.

#![cfg(all(feature = "diagnostics", feature = "testing"))]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Instant;

use anywhen::future::yield_now;
use anywhen::rt::Std;
use anywhen::sync::diagnostics::{Holder, LockReport, Waiter, dump};
use anywhen::sync::{
    Barrier, BoundedMutex, BoundedSemaphore, Condvar, Event, Fairness, Mutex, MutexGuard, Notify, OnceCell, RwLock,
    RwLockWriteGuard, Semaphore, SetOnce, WaitGroup,
};
use anywhen::testing::{CountingAlloc, TestTask, assert_pending, assert_ready};
use anywhen::time::Duration;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

/// What the dump has of the lock of that name.
fn find(name: &str) -> Option<LockReport> {
    dump().locks().iter().find(|lock| lock.name() == Some(name)).cloned()
}

fn lines_of_holders(report: &LockReport) -> Vec<u32> {
    report.holders().iter().map(|holder| holder.location().line()).collect()
}

fn lines_of_waiters(report: &LockReport) -> Vec<u32> {
    report.waiters().iter().map(|waiter| waiter.location().line()).collect()
}

fn is_idle(report: &LockReport) -> bool {
    report.holders().is_empty() && report.waiters().is_empty()
}

#[test]
fn a_deadlock_can_be_read_off_the_dump() {
    static ACCOUNTS: Mutex<()> = Mutex::new(()).named("deadlock: accounts");
    static AUDIT: Mutex<()> = Mutex::new(()).named("deadlock: audit");

    let base = line!();
    let mut transfer = TestTask::new(async {
        let _accounts = ACCOUNTS.lock().await;
        yield_now().await;
        let _audit = AUDIT.lock().await;
    });
    let mut review = TestTask::new(async {
        let _audit = AUDIT.lock().await;
        yield_now().await;
        let _accounts = ACCOUNTS.lock().await;
    });
    for _ in 0..2 {
        assert_pending!(transfer.poll());
        assert_pending!(review.poll());
    }

    let accounts = find("deadlock: accounts").unwrap();
    let audit = find("deadlock: audit").unwrap();
    for (report, held, waited) in [(&accounts, base + 2, base + 9), (&audit, base + 7, base + 4)] {
        assert_eq!(
            (report.kind(), lines_of_holders(report), lines_of_waiters(report)),
            ("Mutex", vec![held], vec![waited])
        );
        assert_eq!(report.holders()[0].location().file(), file!());
        assert_eq!(report.waiters()[0].location().file(), file!());
        assert_eq!((report.waiters()[0].future(), report.waiters()[0].is_granted()), ("Lock", false));
    }
    assert_ne!(accounts.id(), audit.id());

    let told = dump().to_string();
    let mut lines = told.lines().skip_while(|line| !line.starts_with("Mutex \"deadlock: audit\" (#"));
    assert!(lines.next().is_some(), "{told}");
    let (held, waits) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(held.starts_with("    held for "), "{told}");
    assert!(held.ends_with(&format!(", taken at {}:{}:28", file!(), base + 7)), "{told}");
    assert!(waits.starts_with("    `Lock` has waited for "), "{told}");
    assert!(waits.ends_with(&format!(", since {}:{}:28", file!(), base + 4)), "{told}");

    drop((transfer, review));
    assert!(find("deadlock: accounts").is_none() && find("deadlock: audit").is_none());
}

#[test]
fn what_is_held_up_comes_first_and_then_what_is_only_waited_for() {
    let event = Event::new();
    let (wait, line) = (event.wait(), line!());
    let mut wait = TestTask::new(wait);
    assert_pending!(wait.poll());
    let [held, waited_for, waited_for_longer] = ["held", "waited", "longer"].map(|_| Mutex::new(()));
    let _guards = [&held, &waited_for, &waited_for_longer].map(|mutex| mutex.try_lock().unwrap());
    let mut longer = TestTask::new(waited_for_longer.lock());
    assert_pending!(longer.poll());
    let mut shorter = TestTask::new(waited_for.lock());
    assert_pending!(shorter.poll());

    let ours = [&waited_for_longer, &waited_for, &held].map(|mutex| mutex.report().id());
    let told = dump().locks().iter().map(LockReport::id).filter(|id| ours.contains(id)).collect::<Vec<_>>();
    assert_eq!(told, ours);

    let locks = dump().locks().iter().map(LockReport::id).collect::<Vec<_>>();
    let at = |wanted: usize| locks.iter().position(|&id| id == wanted).unwrap();
    let is_the_event = |lock: &&LockReport| lock.kind() == "Event" && lines_of_waiters(lock).contains(&line);
    let event = dump().locks().iter().find(is_the_event).map(LockReport::id).unwrap();
    assert!(at(waited_for.report().id()) < at(event) && at(event) < at(held.report().id()));
}

#[test]
fn each_holder_of_permits_is_told_of_and_what_becomes_of_them() {
    let slots = Semaphore::new(10).named("three holders");
    let holders = || slots.report().holders().iter().map(Holder::permits).collect::<Vec<_>>();
    let (mut one, first) = (slots.try_acquire().unwrap(), line!());
    let (mut two, second) = (slots.try_acquire_many(2).unwrap(), line!());
    let (three, third) = (slots.try_acquire_many(3).unwrap(), line!());
    assert_eq!(holders(), [1, 2, 3]);
    assert_eq!(lines_of_holders(&slots.report()), [first, second, third]);
    assert_eq!(slots.report().holders()[0].mode(), "permits");
    assert!(slots.report().to_string().contains("3 held for "), "{}", slots.report());

    one.merge(three);
    assert_eq!(holders(), [4, 2]);
    let (half, split_at) = (two.split(1).unwrap(), line!());
    assert_eq!(holders(), [4, 1, 1]);
    assert_eq!(lines_of_holders(&slots.report())[2], split_at);
    assert!(two.split(2).is_none());
    half.forget();
    assert_eq!(holders(), [4, 1]);
    drop(one);
    assert_eq!(holders(), [1]);

    // Who has none has nothing to be told of.
    let none = slots.try_acquire_many(0).unwrap();
    assert_eq!(holders(), [1]);
    drop((none, two));
    assert!(is_idle(&slots.report()) && find("three holders").is_none());
}

#[test]
fn owned_permits_are_told_of_in_the_same_way() {
    let slots = Arc::new(Semaphore::new(4));
    let holders = || slots.report().holders().iter().map(Holder::permits).collect::<Vec<_>>();
    let (mut three, line) = (slots.clone().try_acquire_many_owned(3).unwrap(), line!());
    let one = three.split(1).unwrap();
    assert_eq!((holders(), lines_of_holders(&slots.report())[0]), (vec![2, 1], line));
    three.merge(one);
    assert_eq!(holders(), [3]);
    three.forget();
    assert!(is_idle(&slots.report()));
}

#[test]
fn what_is_over_is_not_told_of() {
    let mutex = Mutex::new(()).named("over");
    let guard = mutex.try_lock().unwrap();
    let mut given_up = TestTask::new(mutex.lock());
    let mut served = TestTask::new(mutex.lock());
    assert_pending!(given_up.poll());
    assert_pending!(served.poll());
    assert_eq!(mutex.report().waiters().len(), 2);
    drop(given_up);
    assert_eq!(mutex.report().waiters().len(), 1);
    drop(guard);
    drop(assert_ready!(served.poll()));
    assert!(is_idle(&mutex.report()));

    catch_unwind(AssertUnwindSafe(|| {
        let _guard = mutex.try_lock().unwrap();
        panic!("while it is held");
    }))
    .unwrap_err();
    assert!(mutex.try_lock().is_ok());
    assert!(is_idle(&mutex.report()) && find("over").is_none());
}

#[test]
fn who_is_refused_is_not_told_of() {
    let slots = BoundedSemaphore::new(1, 1).named("refused");
    let held = slots.try_acquire().unwrap();
    let mut waits = TestTask::new(slots.acquire_many(1));
    assert_pending!(waits.poll());
    assert_ready!(TestTask::new(slots.acquire()).poll()).unwrap_err();
    assert_eq!((slots.report().kind(), slots.report().waiters().len()), ("BoundedSemaphore", 1));
    slots.close();
    // It is in no queue any more, but has not heard of that.
    assert!(!slots.report().waiters()[0].is_granted());
    assert_ready!(waits.poll()).unwrap_err();
    drop(held);
    assert!(is_idle(&slots.report()));
}

#[test]
fn a_waiter_that_was_let_in_and_is_not_polled_is_told_of_as_such() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(mutex.lock());
    assert_pending!(waits.poll());
    drop(guard);

    let report = mutex.report();
    assert!(report.holders().is_empty());
    assert!(report.waiters()[0].is_granted());
    assert!(report.to_string().ends_with("; it has been let in, and has not been polled since"), "{report}");

    let _guard = assert_ready!(waits.poll());
    assert_eq!((mutex.report().holders().len(), mutex.report().waiters().len()), (1, 0));
}

#[test]
fn who_is_only_told_to_try_is_a_waiter_like_any_other() {
    let mutex = Mutex::with_fairness((), Fairness::Unfair);
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(mutex.lock());
    assert_pending!(waits.poll());
    drop(guard);
    assert!(!mutex.report().waiters()[0].is_granted());
    drop(assert_ready!(waits.poll()));
    assert!(is_idle(&mutex.report()));
}

#[test]
fn ages_are_counted_from_when_it_began() {
    let mutex = Mutex::new(());
    let before = Instant::now();
    let _guard = mutex.try_lock().unwrap();
    let held = Instant::now();
    let mut first = TestTask::new(mutex.lock());
    assert_pending!(first.poll());
    let queued = Instant::now();
    let mut second = TestTask::new(mutex.lock());
    assert_pending!(second.poll());

    let (least_held, least_queued) = (held.elapsed(), queued.elapsed());
    let report = mutex.report();
    let most = before.elapsed();
    assert!((least_held..=most).contains(&report.holders()[0].age()));
    assert_eq!(report.oldest_wait(), Some(report.waiters()[0].age()));
    assert!((least_queued..=most).contains(&report.waiters()[0].age()));
    assert!(report.waiters()[0].age() >= report.waiters()[1].age());
    assert!(report.waiters()[0].age() <= report.holders()[0].age());
}

#[test]
fn places_are_those_where_the_users_code_asks() {
    let mutex = Arc::new(Mutex::new(0));
    let line_of = |report: LockReport| lines_of_holders(&report)[0];
    let (guard, line) = (mutex.blocking_lock(), line!());
    assert_eq!(line_of(mutex.report()), line);
    drop(guard);
    let (guard, line) = (mutex.clone().try_lock_owned().unwrap(), line!());
    assert_eq!(line_of(mutex.report()), line);
    drop(guard);
    let (guard, line) = (Std.block_on(mutex.lock_timeout(Duration::from_secs(1))).unwrap(), line!());
    assert_eq!(line_of(mutex.report()), line);
    drop(guard);
    let (future, line) = (mutex.clone().lock_owned(), line!());
    let guard = Std.block_on(future);
    assert_eq!(line_of(mutex.report()), line);
    drop(guard);

    #[track_caller]
    fn wrapped<'a>(mutex: &'a Mutex<u32>) -> impl Future<Output = MutexGuard<'a, u32>> + use<'a> {
        mutex.lock()
    }
    let (guard, line) = (Std.block_on(wrapped(&mutex)), line!());
    assert_eq!(line_of(mutex.report()), line);
    drop(guard);

    let bounded = BoundedMutex::new((), 1).named("bounded");
    let (guard, line) = (Std.block_on(bounded.lock()).unwrap(), line!());
    assert_eq!((line_of(bounded.report()), bounded.report().kind()), (line, "BoundedMutex"));
    drop(guard);
}

#[test]
fn a_guard_that_is_narrowed_is_still_the_one_that_took_the_lock() {
    let mutex = Arc::new(Mutex::new((1, 2)).named("narrowed"));
    let (guard, line) = (mutex.try_lock().unwrap(), line!());
    let part = MutexGuard::map(guard, |pair| &mut pair.0);
    assert_eq!(lines_of_holders(&mutex.report()), [line]);
    drop(part);
    assert!(is_idle(&mutex.report()));
}

#[test]
fn readers_and_writers_are_told_apart_whatever_becomes_of_them() {
    let lock = RwLock::with_max_readers((1, 2), 8).named("readers");
    let holders = || {
        let report = lock.report();
        report.holders().iter().map(|holder| (holder.mode(), holder.permits())).collect::<Vec<_>>()
    };
    let (reader, line) = (lock.try_read().unwrap(), line!());
    let (may_write, upgradable) = (lock.try_upgradable_read().unwrap(), line!());
    assert_eq!(holders(), [("read", 1), ("upgradable read", 5)]);
    assert_eq!((lock.report().kind(), lines_of_holders(&lock.report())), ("RwLock", vec![line, upgradable]));

    let (upgrade, line) = (may_write.upgrade(), line!());
    let mut upgrade = TestTask::new(upgrade);
    assert_pending!(upgrade.poll());
    assert_eq!((holders().len(), lines_of_waiters(&lock.report())), (2, vec![line]));
    assert_eq!((lock.report().waiters()[0].future(), lock.report().waiters()[0].want()), ("Upgrade", 3));
    assert!(lock.report().to_string().contains("held (upgradable read) for "), "{}", lock.report());
    drop(reader);
    assert_eq!(lines_of_holders(&lock.report()), [upgradable]);
    let writer = assert_ready!(upgrade.poll());
    assert_eq!(holders(), [("write", 8)]);
    let part = RwLockWriteGuard::map(writer, |pair| &mut pair.1);
    assert_eq!((holders(), lines_of_holders(&lock.report())), (vec![("write", 8)], vec![upgradable]));
    drop(part);

    let (writer, line) = (lock.try_write().unwrap(), line!());
    let reader = writer.downgrade();
    assert_eq!((holders(), lines_of_holders(&lock.report())), (vec![("read", 1)], vec![line]));
    let mut writes = TestTask::new(lock.write());
    assert_pending!(writes.poll());
    assert_eq!((lock.report().waiters()[0].future(), lock.report().waiters()[0].want()), ("Write", 8));
    drop((writes, reader));
    assert!(is_idle(&lock.report()));
}

#[test]
fn a_lock_may_move_and_what_was_forgotten_goes_with_it() {
    let mutex = Mutex::new(()).named("forgotten");
    let id = mutex.report().id();
    let line = line!() + 1;
    std::mem::forget(mutex.try_lock().unwrap());
    let moved = Box::new(mutex);
    assert_eq!((moved.report().id(), lines_of_holders(&moved.report())), (id, vec![line]));
    let mut waits = TestTask::new(moved.lock());
    assert_pending!(waits.poll());
    drop(waits);
    assert!(find("forgotten").is_some());
    drop(moved);
    assert!(find("forgotten").is_none());
}

/// Whoever waits once is in the dump meanwhile, with the place, and not afterwards.
#[track_caller]
fn waits_for<F: Future<Output: std::fmt::Debug>>(kind: &str, name: &str, line: u32, future: F, release: impl FnOnce()) {
    let told = || {
        let ours = |waiter: &&Waiter| waiter.location().line() == line && waiter.location().file() == file!();
        let report = dump().locks().iter().find(|lock| lock.waiters().iter().any(|waiter| ours(&waiter))).cloned();
        report.map(|report| (report.kind(), report.waiters().iter().find(ours).map(Waiter::future)))
    };
    let mut waits = TestTask::new(future);
    assert!(told().is_none());
    assert_pending!(waits.poll());
    assert_eq!(
        told().map(|(kind, future)| (kind.to_owned(), future.unwrap().to_owned())),
        Some((kind.into(), name.into()))
    );
    release();
    assert_ready!(waits.poll());
    assert!(told().is_none());

    drop(waits);
    assert!(told().is_none());
}

#[test]
fn who_waits_for_a_signal_is_told_of() {
    let notify = Arc::new(Notify::new());
    let (waits, line) = (notify.notified(), line!());
    waits_for("Notify", "Notified", line, waits, || notify.notify_one());
    let (waits, line) = (notify.clone().notified_owned(), line!());
    waits_for("Notify", "OwnedNotified", line, waits, || notify.notify_waiters());
    let event = Event::new();
    let (waits, line) = (event.wait(), line!());
    waits_for("Event", "EventWait", line, waits, || event.set());
    let once = SetOnce::new();
    let (waits, line) = (once.wait(), line!());
    waits_for("SetOnce", "SetOnceWait", line, waits, || once.set(1).unwrap());
    let group = WaitGroup::new();
    let token = group.token();
    let (waits, line) = (group.wait(), line!());
    waits_for("WaitGroup", "WaitGroupWait", line, waits, || drop(token));
    let barrier = Barrier::new(2);
    let (waits, line) = (barrier.wait(), line!());
    waits_for("Barrier", "BarrierWait", line, waits, || {
        assert_ready!(TestTask::new(barrier.wait()).poll());
    });

    let cell = OnceCell::new();
    let mut first = TestTask::new(cell.get_or_init(std::future::pending::<u32>));
    assert_pending!(first.poll());
    let (waits, line) = (cell.get_or_init(|| std::future::ready(2)), line!());
    waits_for("OnceCell", "OnceCell", line, waits, || drop(first));
}

#[test]
fn a_signal_that_is_dropped_in_the_queue_is_not_told_of() {
    let notify = Notify::new();
    let (waits, line) = (notify.notified(), line!());
    let is_told =
        || dump().locks().iter().any(|lock| lines_of_waiters(lock).contains(&line) && lock.kind() == "Notify");
    let mut waits = Box::pin(waits);
    assert!(!waits.as_mut().enable());
    assert!(is_told());
    drop(waits);
    assert!(!is_told());
}

#[test]
fn a_wait_for_a_condition_takes_the_lock_again_where_it_was_asked_for() {
    let (mutex, changed) = (Mutex::new(false), Condvar::new());
    let (waits, line) = (changed.wait_while(mutex.try_lock().unwrap(), |ready| !*ready), line!());
    let mut waits = TestTask::new(waits);
    assert_pending!(waits.poll());
    assert!(is_idle(&mutex.report()));
    let mut guard = mutex.try_lock().unwrap();
    *guard = true;
    changed.notify_all();
    assert_pending!(waits.poll());
    assert_eq!(lines_of_waiters(&mutex.report()), [line]);
    drop(guard);
    let _guard = assert_ready!(waits.poll());
    assert_eq!(lines_of_holders(&mutex.report()), [line]);
}

#[test]
fn there_is_room_for_any_number() {
    let slots = Semaphore::new(1000);
    let mut permits = (0..1000).map(|_| slots.try_acquire().unwrap()).collect::<Vec<_>>();
    assert_eq!(slots.report().holders().len(), 1000);
    // Every second one, so that places are given back out of order, and used again.
    let mut at = 0;
    permits.retain(|_| {
        at += 1;
        at % 2 == 0
    });
    assert_eq!(slots.report().holders().len(), 500);
    permits.extend((0..500).map(|_| slots.try_acquire().unwrap()));
    assert_eq!(slots.report().holders().len(), 1000);
    let mut waits = TestTask::new(slots.acquire());
    assert_pending!(waits.poll());
    assert_eq!(slots.report().waiters().len(), 1);
    drop(permits);
    drop(waits);
    assert!(is_idle(&slots.report()));
}

#[test]
fn places_are_used_again_and_so_nothing_is_allocated() {
    let mutex = Mutex::new(());
    // Nor need there be more than the first places, with other tests beside this one.
    let seen = CountingAlloc::count(|| {
        for _ in 0..10_000 {
            let guard = mutex.try_lock().unwrap();
            let mut lock = pin!(mutex.lock());
            assert!(lock.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            drop(guard);
            drop(lock.as_mut().poll(&mut Context::from_waker(Waker::noop())));
        }
    });
    assert!(seen.is_zero(), "{seen:?}");
}

#[test]
fn threads_that_come_and_go_leave_nothing_behind() {
    static MUTEXES: [Mutex<u32>; 3] = [const { Mutex::new(0).named("stress") }; 3];
    static SLOTS: Semaphore = Semaphore::new(2).named("stress");

    thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                for round in 0..500 {
                    let mutex = &MUTEXES[(seed + round) % 3];
                    Std.block_on(async {
                        let _slot = SLOTS.acquire().await.unwrap();
                        *mutex.lock().await += 1;
                        // One that gives up.
                        let mut lock = pin!(mutex.lock());
                        drop(anywhen::future::poll_once(lock.as_mut()).await);
                    });
                    let lines = dump().locks().iter().filter(|lock| lock.name() == Some("stress")).count();
                    assert!(lines <= 4, "there are four locks, and {lines} of them are told of");
                }
            });
        }
    });
    assert!(find("stress").is_none());
    assert_eq!(MUTEXES.iter().map(|mutex| *mutex.try_lock().unwrap()).sum::<u32>(), 2000);
}

#[test]
fn a_lock_that_nobody_uses_has_nothing_to_tell() {
    let mutex = Mutex::new(()).named("idle");
    assert!(find("idle").is_none());
    assert_eq!(mutex.report().to_string(), format!("Mutex \"idle\" (#{})", mutex.report().id()));
    assert_eq!(mutex.report().oldest_wait(), None);
}
