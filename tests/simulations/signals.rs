//! Tasks that wait for each other by the signals, give up waiting, and are aborted wherever they are.
//!
//! Each scenario has invariants of its own: nobody goes before its time, nothing is had twice, nobody is forgotten. Whoever
//! is forgotten stays behind, and the executor reports a deadlock. Each is also run with something left out or put wrong,
//! which has to be found.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex as StdMutex, OnceLock};

use anywhen::sync::wait_group::OwnedWaitGroupToken;
use anywhen::sync::{Barrier, Condvar, Event, Mutex, Notify, OnceCell, SetOnce, WaitGroup};
use anywhen::task;
use anywhen::testing::Sim;
use anywhen::time::{self, Duration, Instant};

use super::roll::Roll;
use super::{Dice, caught, crowd, few_seeds, open, with_patience};

/// A test for each scenario, which says how the planted fault shows, too.
macro_rules! scenarios {
    ($($name:ident: $shows:literal)*) => {$(
        #[test]
        fn $name() {
            few_seeds().check(|sim| scenario::$name(sim, false));
            let found = caught(|runs| runs.check(|sim| scenario::$name(sim, true)));
            assert!(found.contains($shows), "{found}");
        }
    )*};
}

scenarios! {
    notify: "deadlock"
    event: "was forgotten"
    barrier: "a task found a fault"
    once_cell: "a task found a fault"
    set_once: "was forgotten"
    condvar: "deadlock"
    wait_group: "too early"
}

mod scenario {
    use super::*;

    /// Items come onto a heap, with a notification each; who takes the last one tells all. The fault: no notification
    /// for the last.
    pub(super) async fn notify(sim: Sim, faulty: bool) {
        struct Heap {
            items: AtomicU32,
            left: AtomicU32,
            changed: Notify,
        }

        /// Takes all there are, and says whether there may be more, which it waits for.
        async fn take(heap: &Heap) -> bool {
            let mut changed = pin!(heap.changed.notified());
            // From here on it hears of all that happens.
            changed.as_mut().enable();
            let taken = heap.items.swap(0, Relaxed);
            let left = heap.left.fetch_sub(taken, Relaxed) - taken;
            if left > 0 {
                changed.await;
            } else if taken > 0 {
                heap.changed.notify_waiters();
            }
            left > 0
        }

        let mut dice = Dice::of(&sim);
        let count = 3 + dice.below(6) as u32;
        let heap = Arc::new(Heap { items: AtomicU32::new(0), left: AtomicU32::new(count), changed: Notify::new() });
        let stays = task::spawn({
            let heap = heap.clone();
            async move { while take(&heap).await {} }
        });
        let puts = task::spawn({
            let (heap, mut dice) = (heap.clone(), dice.another());
            async move {
                for n in 1..=count {
                    time::sleep(dice.millis(3)).await;
                    heap.items.fetch_add(1, Relaxed);
                    if n < count || !faulty {
                        heap.changed.notify_one();
                    }
                }
            }
        });
        crowd(&mut dice, 3, |mut dice| {
            let heap = heap.clone();
            async move { while with_patience(&mut dice, take(&heap)).await.unwrap_or(true) {} }
        })
        .await;
        puts.await.unwrap();
        stays.await.unwrap();
    }

    /// Who waits when the event is set goes, though it is reset at once. The fault: it is not set the first time.
    pub(super) async fn event(sim: Sim, faulty: bool) {
        let mut dice = Dice::of(&sim);
        let shared = Arc::new((Event::new(), Roll::default()));
        let sets = task::spawn({
            let (shared, mut dice) = (shared.clone(), dice.another());
            async move {
                let (event, roll) = &*shared;
                for n in 0..6 {
                    time::sleep(dice.millis(4)).await;
                    let set = || {
                        event.set();
                        event.reset();
                    };
                    roll.dismiss(|| {
                        if n > 0 || !faulty {
                            set()
                        }
                    })
                    .await;
                }
                event.set();
            }
        });
        crowd(&mut dice, 4, |mut dice| {
            let shared = shared.clone();
            async move {
                for _ in 0..3 {
                    with_patience(&mut dice, shared.1.call(shared.0.wait())).await;
                }
            }
        })
        .await;
        sets.await.unwrap();
    }

    /// The leader finds as many there as are to meet, and the others go when it does. The fault: one less is to meet.
    pub(super) async fn barrier(sim: Sim, faulty: bool) {
        /// Who has arrived since the barrier opened last, and when that was.
        #[derive(Default)]
        struct Meeting {
            next: AtomicU32,
            arrived: StdMutex<BTreeSet<u32>>,
            opened: StdMutex<Option<Instant>>,
        }

        struct Arrival<'a>(&'a Meeting, u32);

        impl Drop for Arrival<'_> {
            fn drop(&mut self) {
                open(&self.0.arrived).remove(&self.1);
            }
        }

        async fn meet(barrier: &Barrier, meeting: &Meeting, size: usize) {
            let arrival = Arrival(meeting, meeting.next.fetch_add(1, Relaxed));
            open(&meeting.arrived).insert(arrival.1);
            let leads = barrier.wait().await.is_leader();
            let mut arrived = open(&meeting.arrived);
            let mut opened = open(&meeting.opened);
            if leads {
                assert_eq!(std::mem::take(&mut *arrived).len(), size);
                *opened = Some(Instant::now());
            }
            assert!(!arrived.contains(&arrival.1), "it went before its time");
            assert_eq!(*opened, Some(Instant::now()), "it was not told");
        }

        let mut dice = Dice::of(&sim);
        let size = 2 + dice.below(3) as usize;
        let shared = Arc::new((Barrier::new(size - usize::from(faulty)), Meeting::default()));
        crowd(&mut dice, 5, |mut dice| {
            let shared = shared.clone();
            async move {
                for _ in 0..4 {
                    time::sleep(dice.millis(4)).await;
                    let _too_few = time::timeout(dice.millis(8), meet(&shared.0, &shared.1, size)).await;
                }
            }
        })
        .await;
    }

    /// Initialisers run one at a time, until one succeeds; then all have its value. The fault: each task has a cell of its
    /// own.
    pub(super) async fn once_cell(sim: Sim, faulty: bool) {
        /// Says so while an initialiser runs.
        struct Running<'a>(&'a AtomicUsize);

        impl Drop for Running<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Relaxed);
            }
        }

        #[derive(Default)]
        struct Shared {
            cell: OnceCell<u64>,
            running: AtomicUsize,
            value: OnceLock<u64>,
        }

        async fn get(cell: &OnceCell<u64>, shared: &Shared, dice: &mut Dice) {
            let value = cell.get_or_try_init(async || {
                assert!(shared.value.get().is_none(), "there is a value already");
                let before = shared.running.fetch_add(1, Relaxed);
                let _running = Running(&shared.running);
                assert_eq!(before, 0, "two at once");
                time::sleep(dice.millis(3)).await;
                let value = dice.below(1000);
                if dice.chance(50) {
                    return Err(());
                }
                shared.value.set(value).unwrap();
                Ok(value)
            });
            if let Ok(value) = value.await {
                assert_eq!(Some(value), shared.value.get());
            }
        }

        let mut dice = Dice::of(&sim);
        let shared = Arc::new(Shared::default());
        crowd(&mut dice, 5, |mut dice| {
            let shared = shared.clone();
            async move {
                let own = OnceCell::new();
                let cell = if faulty { &own } else { &shared.cell };
                for _ in 0..3 {
                    let mut inner = dice.another();
                    with_patience(&mut dice, get(cell, &shared, &mut inner)).await;
                }
            }
        })
        .await;
        assert_eq!(shared.cell.get(), shared.value.get());
    }

    /// One of two values is set, and all who wait go with it. The fault: it is set elsewhere.
    pub(super) async fn set_once(sim: Sim, faulty: bool) {
        let mut dice = Dice::of(&sim);
        let shared = Arc::new((SetOnce::new(), Roll::default()));
        let setters = [1, 2].map(|value| {
            let (shared, mut dice) = (shared.clone(), dice.another());
            task::spawn(async move {
                time::sleep(dice.millis(4)).await;
                let mut was_set = faulty;
                shared.1.dismiss(|| was_set = !faulty && shared.0.set(value).is_ok()).await;
                was_set.then_some(value)
            })
        });
        crowd(&mut dice, 4, |mut dice| {
            let shared = shared.clone();
            async move {
                time::sleep(dice.millis(4)).await;
                with_patience(&mut dice, shared.1.call(shared.0.wait())).await;
            }
        })
        .await;
        let mut winner = None;
        for setter in setters {
            let set = setter.await.unwrap();
            assert!(winner.is_none() || set.is_none(), "it was set twice");
            winner = winner.or(set);
        }
        assert_eq!(Some(*shared.0.wait().await), winner);
    }

    /// As for `notify`, one item at a time, under a lock, and with limits of the condition's own. The fault is the same.
    pub(super) async fn condvar(sim: Sim, faulty: bool) {
        struct Heap {
            items: u32,
            left: u32,
        }

        type Shared = (Mutex<Heap>, Condvar);

        /// Takes an item, and says whether there may be more. Now and then it waits no longer than so.
        async fn take((heap, changed): &Shared, limit: Option<Duration>) -> bool {
            let none_yet = |heap: &mut Heap| heap.items == 0 && heap.left > 0;
            let guard = heap.lock().await;
            let mut heap = match limit {
                None => changed.wait_while(guard, none_yet).await,
                Some(limit) => {
                    let (guard, result) = changed.wait_timeout_while(guard, limit, none_yet).await;
                    if result.timed_out() {
                        return true;
                    }
                    guard
                }
            };
            if heap.left == 0 {
                return false;
            }
            heap.items -= 1;
            heap.left -= 1;
            if heap.left == 0 {
                changed.notify_all();
            }
            true
        }

        let mut dice = Dice::of(&sim);
        let left = 3 + dice.below(6) as u32;
        let shared: Arc<Shared> = Arc::new((Mutex::new(Heap { items: 0, left }), Condvar::new()));
        let stays = task::spawn({
            let shared = shared.clone();
            async move { while take(&shared, None).await {} }
        });
        let puts = task::spawn({
            let (shared, mut dice) = (shared.clone(), dice.another());
            async move {
                for n in 1..=left {
                    time::sleep(dice.millis(3)).await;
                    shared.0.lock().await.items += 1;
                    if n < left || !faulty {
                        shared.1.notify_one();
                    }
                }
            }
        });
        crowd(&mut dice, 3, |mut dice| {
            let shared = shared.clone();
            async move {
                let mut more = true;
                while more {
                    let limit = dice.chance(30).then(|| dice.millis(4));
                    more = with_patience(&mut dice, take(&shared, limit)).await.unwrap_or(true);
                }
            }
        })
        .await;
        puts.await.unwrap();
        stays.await.unwrap();
        assert_eq!(shared.0.lock().await.items, 0);
    }

    /// Who waits goes when the last token has gone, wherever its task was aborted, and not before. The fault: a task
    /// drops its token before it begins.
    pub(super) async fn wait_group(sim: Sim, faulty: bool) {
        /// Is counted before the token goes.
        struct Held {
            _token: Option<OwnedWaitGroupToken>,
            count: Arc<AtomicUsize>,
        }

        impl Drop for Held {
            fn drop(&mut self) {
                self.count.fetch_sub(1, Relaxed);
            }
        }

        let mut dice = Dice::of(&sim);
        let (group, count) = (Arc::new(WaitGroup::new()), Arc::new(AtomicUsize::new(4)));
        let first = group.clone().token_owned();
        let tokens = StdMutex::new(vec![first.clone(), first.clone(), first.clone(), first]);
        let waits = [(); 3].map(|()| {
            let (group, count, mut dice) = (group.clone(), count.clone(), dice.another());
            task::spawn(async move {
                time::sleep(dice.millis(4)).await;
                if with_patience(&mut dice, group.wait()).await.is_some() {
                    assert_eq!(count.load(Relaxed), 0, "it went too early");
                }
            })
        });
        crowd(&mut dice, 4, |mut dice| {
            let token = open(&tokens).pop().filter(|_| !faulty);
            let held = Held { _token: token, count: count.clone() };
            async move {
                time::sleep(dice.millis(6)).await;
                drop(held);
            }
        })
        .await;
        for task in waits {
            task.await.unwrap();
        }
        group.wait().await;
    }
}
