//! Threads that hammer on each primitive, and give up waiting now and then, wherever they are.
//!
//! The models show every interleaving of few steps, and the simulations every cancel on one thread; this is for what a real
//! machine does, and for tools that watch the memory. `ANYWHEN_ITERATIONS` says how many rounds each thread makes.

#![cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]

#[path = "support/dice.rs"]
mod dice;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use anywhen::sync::{
    Barrier, BoundedMutex, BoundedSemaphore, CancellationToken, Condvar, Event, Fairness, Mutex, Notify, OnceCell,
    RwLock, Semaphore, SetOnce, WaitGroup,
};

use dice::Dice;

const THREADS: usize = 4;
const FAIRNESSES: [Fairness; 3] = [Fairness::Fifo, Fairness::Eventual, Fairness::Unfair];

/// So many for each thread.
fn rounds() -> usize {
    std::env::var("ANYWHEN_ITERATIONS").map_or(300, |rounds| rounds.parse().expect("a number"))
}

/// Has each thread do it again and again. Meanwhile `relieve` is done, so that nobody waits for ever for a signal.
fn stress(act: impl Fn(&mut Dice) + Sync, relieve: impl Fn()) {
    thread::scope(|scope| {
        let threads: [_; THREADS] = std::array::from_fn(|n| {
            let act = &act;
            scope.spawn(move || {
                let mut dice = Dice::new(n as u64 + 1);
                (0..rounds()).for_each(|_| act(&mut dice));
            })
        });
        while threads.iter().any(|thread| !thread.is_finished()) {
            relieve();
            thread::yield_now();
        }
    });
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What comes of it, or nothing if the patience is at an end before.
fn wait<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    let patience = if dice.chance(50) { None } else { Some(dice.below(4)) };
    let mut future = pin!(future);
    let mut waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut polls = 0;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        match patience {
            Some(patience) if polls == patience => return None,
            Some(_) => (0..dice.below(3)).for_each(|_| thread::yield_now()),
            None => thread::park(),
        }
        polls += 1;
        if dice.chance(20) {
            waker = Waker::from(Arc::new(Unpark(thread::current())));
        }
    }
}

/// Holds what it was given for a moment, often for none.
fn linger(dice: &mut Dice) {
    if dice.chance(30) {
        thread::yield_now();
    }
}

/// A value that is seen to be changed by one at a time, though that takes two steps.
fn change(value: &mut (u64, u64), dice: &mut Dice) {
    assert_eq!(value.0, value.1);
    value.0 += 1;
    linger(dice);
    value.1 += 1;
}

#[test]
fn mutex() {
    for fairness in FAIRNESSES {
        let (mutex, had) = (Arc::new(Mutex::with_fairness((0, 0), fairness)), AtomicU64::new(0));
        stress(
            |dice| {
                let done = match dice.below(3) {
                    0 => wait(dice, mutex.lock()).map(|mut guard| change(&mut guard, dice)),
                    1 => wait(dice, mutex.clone().lock_owned()).map(|mut guard| change(&mut guard, dice)),
                    _ => mutex.try_lock().ok().map(|mut guard| change(&mut guard, dice)),
                };
                had.fetch_add(done.map_or(0, |()| 1), SeqCst);
            },
            || {},
        );
        assert_eq!(*mutex.try_lock().unwrap(), (had.load(SeqCst), had.load(SeqCst)));
        assert_eq!(Arc::strong_count(&mutex), 1);
    }
}

#[test]
fn bounded_mutex() {
    for fairness in FAIRNESSES {
        let mutex = BoundedMutex::with_fairness((0, 0), 1, fairness);
        stress(
            |dice| {
                if let Some(Ok(mut guard)) = wait(dice, mutex.lock()) {
                    change(&mut guard, dice);
                }
            },
            || {},
        );
        assert!(mutex.try_lock().is_ok());
    }
}

/// Takes so many out of three, and gives them back.
fn take(inside: &AtomicUsize, many: usize, dice: &mut Dice) {
    assert!(inside.fetch_add(many, SeqCst) + many <= 3);
    linger(dice);
    inside.fetch_sub(many, SeqCst);
}

#[test]
fn semaphore() {
    for fairness in FAIRNESSES {
        let (semaphore, inside) = (Arc::new(Semaphore::with_fairness(3, fairness)), AtomicUsize::new(0));
        stress(
            |dice| {
                let many = dice.below(4) as u32;
                match dice.below(3) {
                    0 => {
                        if let Some(permit) = wait(dice, semaphore.acquire_many(many)) {
                            take(&inside, many as usize, dice);
                            drop(permit.unwrap());
                        }
                    }
                    1 => {
                        if let Some(permit) = wait(dice, semaphore.clone().acquire_many_owned(many)) {
                            take(&inside, many as usize, dice);
                            drop(permit.unwrap().split(1));
                        }
                    }
                    _ => {
                        if let Ok(_permit) = semaphore.try_acquire_many(many) {
                            take(&inside, many as usize, dice);
                        }
                    }
                }
            },
            || {},
        );
        assert_eq!(semaphore.available_permits(), 3);
        assert_eq!(Arc::strong_count(&semaphore), 1);
    }
}

#[test]
fn bounded_semaphore() {
    for fairness in FAIRNESSES {
        let (semaphore, inside) = (BoundedSemaphore::with_fairness(3, 1, fairness), AtomicUsize::new(0));
        stress(
            |dice| {
                let many = dice.below(4) as u32;
                if let Some(Ok(_permit)) = wait(dice, semaphore.acquire_many(many)) {
                    take(&inside, many as usize, dice);
                }
            },
            || {},
        );
        assert_eq!(semaphore.available_permits(), 3);
    }
}

#[test]
fn a_semaphore_that_is_closed() {
    for fairness in FAIRNESSES {
        for n in 0..rounds() {
            let semaphore = Semaphore::with_fairness(1, fairness);
            thread::scope(|scope| {
                for thread in 0..THREADS {
                    let (semaphore, mut dice) = (&semaphore, Dice::new((n * THREADS + thread) as u64));
                    scope.spawn(move || {
                        if thread == 0 {
                            linger(&mut dice);
                            return semaphore.close();
                        }
                        while !matches!(wait(&mut dice, semaphore.acquire()), Some(Err(_))) {}
                    });
                }
            });
            assert_eq!(semaphore.available_permits(), 1);
        }
    }
}

#[test]
fn rwlock() {
    for fairness in FAIRNESSES {
        let lock = Arc::new(RwLock::with_fairness((0, 0), fairness));
        let look = |value: &(u64, u64), dice: &mut Dice| {
            let seen = *value;
            linger(dice);
            assert_eq!((seen.0, seen.0), *value);
        };
        stress(
            |dice| match dice.below(6) {
                0 | 1 => drop(wait(dice, lock.read()).map(|guard| look(&guard, dice))),
                2 => drop(wait(dice, lock.clone().read_owned()).map(|guard| look(&guard, dice))),
                3 => {
                    if let Some(mut guard) = wait(dice, lock.write()) {
                        change(&mut guard, dice);
                        look(&guard.downgrade(), dice);
                    }
                }
                4 => drop(wait(dice, lock.clone().write_owned()).map(|mut guard| change(&mut guard, dice))),
                _ => {
                    let Some(guard) = wait(dice, lock.upgradable_read()) else { return };
                    let seen = *guard;
                    if let Some(mut guard) = wait(dice, guard.upgrade()) {
                        assert_eq!(*guard, seen);
                        change(&mut guard, dice);
                    }
                }
            },
            || {},
        );
        assert!(lock.try_write().is_ok());
        assert_eq!(Arc::strong_count(&lock), 1);
    }
}

#[test]
fn notify() {
    let notify = Arc::new(Notify::new());
    stress(
        |dice| match dice.below(5) {
            0 => notify.notify_one(),
            1 => notify.notify_last(),
            2 => notify.notify_waiters(),
            3 => drop(wait(dice, notify.notified())),
            _ => drop(wait(dice, notify.clone().notified_owned())),
        },
        || notify.notify_one(),
    );
    assert_eq!(Arc::strong_count(&notify), 1);
}

#[test]
fn event() {
    let event = Event::new();
    stress(
        |dice| match dice.below(4) {
            0 => event.set(),
            1 => event.reset(),
            _ => drop(wait(dice, event.wait())),
        },
        || event.set(),
    );
}

#[test]
fn barrier() {
    let (barrier, leaders, others) = (Barrier::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
    let count = |leads: bool| (if leads { &leaders } else { &others }).fetch_add(1, SeqCst);
    stress(
        |dice| {
            if let Some(result) = wait(dice, barrier.wait()) {
                count(result.is_leader());
            }
        },
        || {
            // In the place of threads that have ended.
            let mut arrivals = [pin!(barrier.wait()), pin!(barrier.wait())];
            for arrival in &mut arrivals {
                if let Poll::Ready(result) = arrival.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    count(result.is_leader());
                }
            }
        },
    );
    // Each leads two others, who may have gone without hearing of it.
    assert!(others.into_inner() <= 2 * leaders.into_inner());
}

#[test]
fn once_cell() {
    for n in 0..rounds() {
        let (cell, running) = (OnceCell::new(), AtomicBool::new(false));
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (cell, running, mut dice) = (&cell, &running, Dice::new((n * THREADS + thread) as u64));
                scope.spawn(move || {
                    let mut inner = dice.another();
                    let value = wait(
                        &mut dice,
                        cell.get_or_try_init(async || {
                            assert!(!running.swap(true, SeqCst), "two at once");
                            linger(&mut inner);
                            running.store(false, SeqCst);
                            if inner.chance(50) { Err(()) } else { Ok(Box::new(thread)) }
                        }),
                    );
                    if let Some(Ok(value)) = value {
                        assert_eq!(Some(value), cell.get());
                    }
                });
            }
        });
    }
}

#[test]
fn set_once() {
    for n in 0..rounds() {
        let cell = SetOnce::new();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (cell, mut dice) = (&cell, Dice::new((n * THREADS + thread) as u64));
                scope.spawn(move || {
                    if thread < 2 {
                        linger(&mut dice);
                        drop(cell.set(Box::new(thread)));
                    } else if let Some(value) = wait(&mut dice, cell.wait()) {
                        assert_eq!(Some(value), cell.get());
                    }
                });
            }
        });
        assert!(cell.initialized());
    }
}

#[test]
fn condvar() {
    let (mutex, condvar) = (Mutex::new((0, 0)), Condvar::new());
    stress(
        |dice| {
            let Some(mut guard) = wait(dice, mutex.lock()) else { return };
            change(&mut guard, dice);
            match dice.below(4) {
                0 => condvar.notify_one(),
                1 => condvar.notify_all(),
                _ => {
                    if let Some(mut guard) = wait(dice, condvar.wait(guard)) {
                        change(&mut guard, dice);
                    }
                }
            }
        },
        || condvar.notify_all(),
    );
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn wait_group() {
    let group = Arc::new(WaitGroup::new());
    stress(
        |dice| match dice.below(3) {
            0 => {
                let token = group.token();
                linger(dice);
                drop(token.clone());
            }
            1 => drop(group.clone().token_owned()),
            _ => drop(wait(dice, group.wait())),
        },
        || {},
    );
    assert!(group.is_empty());
    assert_eq!(Arc::strong_count(&group), 1);
}

/// Trees that grow, shrink and are cancelled at any place. Whoever has cancelled finds nothing below that is not.
#[test]
fn cancellation_token() {
    // All tokens are below one that is cancelled in the end.
    let root = std::sync::Mutex::new(CancellationToken::new());
    let child = || root.lock().unwrap().child_token();
    let places: [_; 6] = std::array::from_fn(|_| std::sync::Mutex::new(child()));
    stress(
        |dice| {
            let token = places[dice.below(6) as usize].lock().unwrap().clone();
            match dice.below(8) {
                0 => {
                    let below = token.child_token().child_token();
                    token.cancel_with("stress");
                    assert!(token.is_cancelled() && below.is_cancelled());
                }
                1 => drop(wait(dice, token.child_token().run_until_cancelled_owned(std::future::pending::<()>()))),
                2 => drop(wait(dice, token.cancelled())),
                what => {
                    let next = if token.is_cancelled() { child() } else { token.child_token() };
                    let last = std::mem::replace(&mut *places[dice.below(6) as usize].lock().unwrap(), next);
                    let below = token.child_token();
                    drop(token);
                    linger(dice);
                    if what == 3 {
                        below.cancel();
                    }
                    drop(last);
                }
            }
        },
        || {
            let all = std::mem::take(&mut *root.lock().unwrap());
            all.cancel();
            assert_eq!(all.waiters(), 0);
        },
    );
}
