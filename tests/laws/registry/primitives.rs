//! Objects for which many wait: who is let go one by one, and who all at once, by a release, a close, or because somebody
//! in front of them leaves.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use anywhen::sync::{BoundedMutex, BoundedSemaphore, Fairness, Mutex, Semaphore};
use anywhen::task::{AbortHandle, spawn_on};
use anywhen::time::{Clock, Duration, Sleep, Timer, VirtualClock};

use super::sync::{pass_through, touch_semaphore};
use super::task::ByHand;
use super::time::{is_idle, touch};
use crate::arena::{Arena, Seat, Setting};
use crate::stage::Gate;

pub(super) const SETTINGS: &[Setting] = &[
    lock,
    lock_owned,
    bounded_lock,
    bounded_lock_owned,
    acquire_one_by_one,
    acquire_at_once,
    acquire_many,
    acquire_behind_one_that_gives_up,
    acquire_until_closed,
    acquire_where_all_may_overtake,
    acquire_many_where_all_may_overtake,
    lock_where_some_may_overtake,
    acquire_owned,
    bounded_acquire,
    bounded_acquire_owned,
    sleeps_that_end_together,
    sleeps_that_end_one_by_one,
    sleeps_that_are_reset,
    tasks_that_end,
    tasks_that_are_aborted,
];

/// Drops what is held, from the last to the first.
pub(super) fn one_by_one<T: 'static>(mut held: Vec<T>) -> impl FnMut() -> bool + 'static {
    move || held.pop().is_some()
}

/// Does it the first time.
pub(super) fn once(release: impl FnOnce() + 'static) -> impl FnMut() -> bool + 'static {
    let mut release = Some(release);
    move || release.take().map(|release| release()).is_some()
}

fn lock(crowd: usize) -> Arena {
    let mutex = Arc::new(Mutex::new(()));
    let (waited, touched) = (Arc::clone(&mutex), Arc::clone(&mutex));
    let wait = move |_: usize, seat: Seat| {
        let mutex = Arc::clone(&waited);
        async move { seat.keep(mutex.lock().await).await }
    };
    let touch = move || {
        drop(touched.try_lock());
        pass_through(touched.lock());
    };
    Arena::new::<Mutex<()>, _>("lock", crowd, wait)
        .release(one_by_one(vec![Arc::clone(&mutex).try_lock_owned().unwrap()]))
        .one_at_a_time()
        .touch(touch)
        .check(move || assert!(mutex.try_lock().is_ok(), "still locked"))
}

fn lock_owned(crowd: usize) -> Arena {
    let mutex = Arc::new(Mutex::new(()));
    let (waited, touched) = (Arc::clone(&mutex), Arc::clone(&mutex));
    let wait = move |_: usize, seat: Seat| {
        let lock = Arc::clone(&waited).lock_owned();
        async move { seat.keep(lock.await).await }
    };
    Arena::new::<Mutex<()>, _>("lock_owned", crowd, wait)
        .release(one_by_one(vec![Arc::clone(&mutex).try_lock_owned().unwrap()]))
        .one_at_a_time()
        .touch(move || pass_through(Arc::clone(&touched).lock_owned()))
        .check(move || assert!(mutex.try_lock().is_ok(), "still locked"))
}

fn bounded_lock(crowd: usize) -> Arena {
    let mutex = Arc::new(BoundedMutex::new((), crowd + 1));
    let (waited, touched) = (Arc::clone(&mutex), Arc::clone(&mutex));
    let wait = move |_: usize, seat: Seat| {
        let mutex = Arc::clone(&waited);
        async move { seat.keep(mutex.lock().await.unwrap()).await }
    };
    Arena::new::<BoundedMutex<()>, _>("lock", crowd, wait)
        .release(one_by_one(vec![Arc::clone(&mutex).try_lock_owned().unwrap()]))
        .one_at_a_time()
        .touch(move || pass_through(touched.lock()))
        .check(move || assert!(mutex.try_lock().is_ok(), "still locked"))
}

fn bounded_lock_owned(crowd: usize) -> Arena {
    let mutex = Arc::new(BoundedMutex::new((), crowd + 1));
    let (waited, touched) = (Arc::clone(&mutex), Arc::clone(&mutex));
    let wait = move |_: usize, seat: Seat| {
        let lock = Arc::clone(&waited).lock_owned();
        async move { seat.keep(lock.await.unwrap()).await }
    };
    Arena::new::<BoundedMutex<()>, _>("lock_owned", crowd, wait)
        .release(one_by_one(vec![Arc::clone(&mutex).try_lock_owned().unwrap()]))
        .one_at_a_time()
        .touch(move || pass_through(Arc::clone(&touched).lock_owned()))
        .check(move || assert!(mutex.try_lock().is_ok(), "still locked"))
}

/// A crowd of which each wants as many permits as `wants` says.
fn acquire(how: &str, crowd: usize, semaphore: &Arc<Semaphore>, wants: fn(usize) -> u32) -> Arena {
    let (waited, free) = (Arc::clone(semaphore), Arc::clone(semaphore));
    let wait = move |who: usize, seat: Seat| {
        let semaphore = Arc::clone(&waited);
        async move { seat.keep(semaphore.acquire_many(wants(who)).await).await }
    };
    let all: usize = (0..crowd).map(|who| wants(who) as usize).sum();
    Arena::new::<Semaphore, _>(how, crowd, wait)
        .touch(touch_semaphore(semaphore))
        .check(move || assert_eq!(free.available_permits(), all, "permits are lost"))
}

/// All permits but those that wait for it.
fn all_permits(semaphore: &Arc<Semaphore>) -> Vec<anywhen::sync::OwnedSemaphorePermit> {
    (0..semaphore.available_permits()).map(|_| Arc::clone(semaphore).try_acquire_owned().unwrap()).collect()
}

fn acquire_one_by_one(crowd: usize) -> Arena {
    let semaphore = Arc::new(Semaphore::new(crowd));
    let held = all_permits(&semaphore);
    acquire("acquire, one by one", crowd, &semaphore, |_| 1).release(one_by_one(held))
}

fn acquire_at_once(crowd: usize) -> Arena {
    let semaphore = Arc::new(Semaphore::new(0));
    let arena = acquire("acquire, at once", crowd, &semaphore, |_| 1);
    arena.release(once(move || semaphore.add_permits(crowd)))
}

/// Everybody wants another number of them, and most of the time some are saved up for the one in front.
fn acquire_many(crowd: usize) -> Arena {
    let wants = |who| 1 + who as u32 * 2 % 5;
    let semaphore = Arc::new(Semaphore::new((0..crowd).map(|who| wants(who) as usize).sum()));
    let held = all_permits(&semaphore);
    acquire("acquire_many", crowd, &semaphore, wants).release(one_by_one(held))
}

/// Nobody is handed anything: who was told and does not take it leaves it to others.
fn acquire_where_all_may_overtake(crowd: usize) -> Arena {
    let semaphore = Arc::new(Semaphore::with_fairness(crowd, Fairness::Unfair));
    let held = all_permits(&semaphore);
    acquire("acquire, unfair", crowd, &semaphore, |_| 1).overtaking().release(one_by_one(held))
}

fn acquire_many_where_all_may_overtake(crowd: usize) -> Arena {
    let wants = |who| 1 + who as u32 * 2 % 5;
    let total = (0..crowd).map(|who| wants(who) as usize).sum();
    let semaphore = Arc::new(Semaphore::with_fairness(0, Fairness::Unfair));
    let arena = acquire("acquire_many, unfair", crowd, &semaphore, wants);
    arena.overtaking().release(once(move || semaphore.add_permits(total)))
}

fn lock_where_some_may_overtake(crowd: usize) -> Arena {
    let mutex = Arc::new(Mutex::with_fairness((), Fairness::Eventual));
    let (waited, touched) = (Arc::clone(&mutex), Arc::clone(&mutex));
    let wait = move |_: usize, seat: Seat| {
        let mutex = Arc::clone(&waited);
        async move { seat.keep(mutex.lock().await).await }
    };
    let touch = move || {
        drop(touched.try_lock());
        pass_through(touched.lock());
    };
    Arena::new::<Mutex<()>, _>("lock, eventual", crowd, wait)
        .release(one_by_one(vec![Arc::clone(&mutex).try_lock_owned().unwrap()]))
        .one_at_a_time()
        .overtaking()
        .touch(touch)
        .check(move || assert!(mutex.try_lock().is_ok(), "still locked"))
}

/// There are permits for all, but one that came first wants one more.
fn acquire_behind_one_that_gives_up(crowd: usize) -> Arena {
    let semaphore = Arc::new(Semaphore::new(crowd));
    let mut first = Box::pin(Arc::clone(&semaphore).acquire_many_owned(crowd as u32 + 1));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    acquire("acquire, behind one that gives up", crowd, &semaphore, |_| 1).release(one_by_one(vec![first]))
}

fn acquire_until_closed(crowd: usize) -> Arena {
    let semaphore = Arc::new(Semaphore::new(0));
    let closed = Arc::clone(&semaphore);
    let check = move || assert_eq!((semaphore.available_permits(), semaphore.is_closed()), (0, true));
    acquire("acquire, until it is closed", crowd, &closed.clone(), |_| 1)
        .release(once(move || closed.close()))
        .check(check)
}

fn acquire_owned(crowd: usize) -> Arena {
    let semaphore = Arc::new(Semaphore::new(crowd));
    let (waited, free) = (Arc::clone(&semaphore), Arc::clone(&semaphore));
    let wait = move |_: usize, seat: Seat| {
        let acquire = Arc::clone(&waited).acquire_owned();
        async move { seat.keep(acquire.await.unwrap()).await }
    };
    Arena::new::<Semaphore, _>("acquire_owned", crowd, wait)
        .release(one_by_one(all_permits(&semaphore)))
        .touch(touch_semaphore(&semaphore))
        .check(move || assert_eq!(free.available_permits(), crowd, "permits are lost"))
}

fn bounded_acquire(crowd: usize) -> Arena {
    let semaphore = Arc::new(BoundedSemaphore::new(0, crowd + 1));
    let (waited, free, touched) = (Arc::clone(&semaphore), Arc::clone(&semaphore), Arc::clone(&semaphore));
    let wait = move |_: usize, seat: Seat| {
        let semaphore = Arc::clone(&waited);
        async move { seat.keep(semaphore.acquire().await.unwrap()).await }
    };
    Arena::new::<BoundedSemaphore, _>("acquire", crowd, wait)
        .release(once(move || semaphore.add_permits(crowd)))
        .touch(move || pass_through(touched.acquire()))
        .check(move || assert_eq!(free.available_permits(), crowd, "permits are lost"))
}

fn bounded_acquire_owned(crowd: usize) -> Arena {
    let semaphore = Arc::new(BoundedSemaphore::new(crowd, crowd + 1));
    let (waited, touched) = (Arc::clone(&semaphore), Arc::clone(&semaphore));
    let wait = move |_: usize, seat: Seat| {
        let acquire = Arc::clone(&waited).acquire_owned();
        async move { seat.keep(acquire.await.unwrap()).await }
    };
    let held = (0..crowd).map(|_| Arc::clone(&semaphore).try_acquire_owned().unwrap()).collect();
    Arena::new::<BoundedSemaphore, _>("acquire_owned", crowd, wait)
        .release(one_by_one(held))
        .touch(move || pass_through(Arc::clone(&touched).acquire_owned()))
        .check(move || assert_eq!(semaphore.available_permits(), crowd, "permits are lost"))
}

const PERIOD: Duration = Duration::from_millis(10);

/// A crowd of sleeps that `make` makes.
fn sleeps<P>(how: &str, crowd: usize, time: &VirtualClock, make: fn(&Clock, usize) -> Pin<Box<Sleep>>) -> Arena {
    let clock = time.clock();
    let wait = move |who: usize, seat: Seat| {
        let sleep = make(&clock, who);
        async move {
            sleep.await;
            seat.keep(()).await;
        }
    };
    Arena::new::<P, _>(how, crowd, wait).touch(touch(time)).check(is_idle(time))
}

/// One step of time for all of them, or those that it forgets would have their turn in the next.
fn sleeps_that_end_together(crowd: usize) -> Arena {
    let time = VirtualClock::new();
    let arena = sleeps::<Clock>("sleeps of one length", crowd, &time, |clock, _| Box::pin(clock.sleep(PERIOD)));
    let mut passed = false;
    arena.release(move || {
        let now = !passed && time.advance_to_next();
        passed |= now;
        now
    })
}

/// In the order of their deadlines, which is not that of their beginnings; now and then two at once.
fn sleeps_that_end_one_by_one(crowd: usize) -> Arena {
    let time = VirtualClock::new();
    let make = |clock: &Clock, who: usize| Box::pin(clock.sleep(PERIOD * (1 + who as u32 * 7 % 25)));
    sleeps::<VirtualClock>("sleeps of all lengths", crowd, &time, make).release(move || time.advance_to_next())
}

fn sleeps_that_are_reset(crowd: usize) -> Arena {
    let time = VirtualClock::new();
    let make = |clock: &Clock, who: usize| {
        let mut sleep = Box::pin(clock.sleep(PERIOD / 2));
        assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        sleep.as_mut().reset(clock.now() + PERIOD * (1 + who as u32 % 3));
        sleep
    };
    sleeps::<VirtualClock>("sleeps that were reset", crowd, &time, make).release(move || time.advance_to_next())
}

/// A crowd that waits for one task each, and what lets the last of those that still run end.
fn tasks(how: &str, crowd: usize, end: fn(&Gate, &AbortHandle)) -> Arena {
    let gates: Vec<_> = (0..crowd).map(|_| Gate::default()).collect();
    let runtimes: Vec<_> = (0..crowd).map(|_| ByHand::default()).collect();
    let handles: Vec<_> = runtimes.iter().zip(&gates).map(|(rt, gate)| spawn_on(rt, gate.leaf())).collect();
    runtimes.iter().for_each(ByHand::run);
    let aborts: Vec<_> = handles.iter().map(|handle| handle.abort_handle()).collect();
    let touched = aborts.clone();
    let idle = runtimes.clone();
    let mut left: Vec<_> = runtimes.into_iter().zip(gates).zip(aborts).collect();
    let handles = std::sync::Mutex::new(handles);
    let wait = move |_: usize, seat: Seat| {
        let handle = handles.lock().unwrap().pop().expect("one for each");
        async move { seat.keep(handle.await).await }
    };
    let release = move || {
        let Some(((rt, gate), abort)) = left.pop() else { return false };
        end(&gate, &abort);
        rt.run();
        true
    };
    Arena::new::<AbortHandle, _>(how, crowd, wait)
        .release(release)
        .touch(move || touched.iter().for_each(|abort| drop((abort.is_finished(), abort.clone()))))
        .check(move || assert!(idle.iter().all(ByHand::is_idle), "a task did not end"))
}

fn tasks_that_end(crowd: usize) -> Arena {
    tasks("tasks that end", crowd, |gate, _| gate.opener()())
}

fn tasks_that_are_aborted(crowd: usize) -> Arena {
    tasks("tasks that are aborted", crowd, |_, abort| abort.abort())
}
