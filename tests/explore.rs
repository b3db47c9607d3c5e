//! Every interleaving: that there are as many as there should be, that faults are found and come back, and that nothing
//! is accused wrongly.

#![cfg(feature = "testing")]

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex as StdMutex};
use std::task::Poll;

use anywhen::future::yield_now;
use anywhen::sync::{Mutex, Semaphore};
use anywhen::task;
use anywhen::testing::{Explore, Explored, Order, Sim, explore};
use anywhen::time::{self, Duration};

/// What `f` panics with.
fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it should panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().expect("a message").to_string(),
    }
}

fn replay_of(message: &str) -> &str {
    message.rsplit_once("ANYWHEN_REPLAY=").expect("a replay").1
}

/// Waits for all of them without making steps of its own between theirs: the root is not ready before the last is done.
async fn all<T>(tasks: impl IntoIterator<Item = task::JoinHandle<T>>) {
    for task in tasks {
        let _ = task.await;
    }
}

/// All courses that `tasks` tasks of `steps` steps each can take, from a run of `explore`.
fn courses(explore: Explore, tasks: u32, steps: u32) -> (Explored, BTreeSet<Vec<u32>>) {
    let seen = StdMutex::new(BTreeSet::new());
    let explored = explore.run(|_| {
        let seen = &seen;
        async move {
            let course = Arc::new(StdMutex::new(Vec::new()));
            let left = Arc::new(AtomicU32::new(tasks));
            let spawned: Vec<_> = (0..tasks)
                .map(|number| {
                    let (course, left) = (course.clone(), left.clone());
                    task::spawn(async move {
                        for step in 0..steps {
                            if step > 0 {
                                // Woken by another than itself, so that it may pass over the others as often as it
                                // likes.
                                let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
                                task::spawn_blocking(move || waker.wake());
                                let mut pending = true;
                                poll_fn(|_| if std::mem::take(&mut pending) { Poll::Pending } else { Poll::Ready(()) })
                                    .await;
                            }
                            course.lock().unwrap().push(number);
                        }
                        left.fetch_sub(1, Relaxed);
                    })
                })
                .collect();
            all(spawned).await;
            assert_eq!(left.load(Relaxed), 0);
            seen.lock().unwrap().insert(course.lock().unwrap().clone());
        }
    });
    (explored, seen.into_inner().unwrap())
}

#[test]
fn every_order_is_run() {
    let (explored, courses) = courses(Explore::new(), 2, 2);
    assert!(explored.exhaustive);
    assert_eq!(explored.pruned, 0);
    // All interleavings of two sequences of two: 4 over 2.
    assert_eq!(courses.len(), 6);
    let (explored, courses) = self::courses(Explore::new(), 3, 1);
    assert!(explored.exhaustive);
    assert_eq!(courses.len(), 6);
}

#[test]
fn there_are_as_many_orders_as_there_should_be() {
    // Where it would take more patience than there is, some are left out.
    for (tasks, steps, patience, expected) in
        [(2, 3, 3, 20), (2, 4, 3, 70), (3, 2, 3, 90), (2, 5, 3, 242), (2, 5, 10, 252), (3, 3, 9, 1680)]
    {
        let seen = StdMutex::new(BTreeSet::new());
        let explored = Explore::new().patience(patience).run(|_| {
            let seen = &seen;
            async move {
                let course = Arc::new(StdMutex::new(Vec::new()));
                let task = |number| {
                    let course = course.clone();
                    task::spawn(async move {
                        course.lock().unwrap().push(number);
                        for _ in 1..steps {
                            yield_now().await;
                            course.lock().unwrap().push(number);
                        }
                    })
                };
                all((0..tasks).map(task).collect::<Vec<_>>()).await;
                seen.lock().unwrap().insert(course.lock().unwrap().clone());
            }
        });
        assert!(explored.exhaustive);
        // All of them are (tasks * steps)! / steps! ^ tasks.
        assert_eq!(seen.into_inner().unwrap().len(), expected, "{tasks} tasks of {steps} steps");
    }
}

#[test]
fn deviations_are_bounded() {
    let (none, courses) = courses(Explore::new().max_deviations(0), 3, 2);
    assert_eq!((none.schedules, courses.len()), (1, 1));
    let (one, of_one) = self::courses(Explore::new().max_deviations(1), 3, 2);
    let (two, of_two) = self::courses(Explore::new().max_deviations(2), 3, 2);
    assert!(one.exhaustive && two.exhaustive);
    assert!(one.schedules < two.schedules);
    assert!(of_one.is_subset(&of_two) && of_one.len() < of_two.len());
}

#[test]
fn schedules_are_bounded_and_it_says_so() {
    let (some, _) = courses(Explore::new().max_schedules(7), 3, 2);
    assert_eq!((some.schedules, some.exhaustive), (7, false));
}

#[test]
fn a_race_that_needs_two_deviations_is_found_and_brought_back() {
    /// Fails in one of many orders only: `b` runs between the two halves of `a`, and `c` before both.
    async fn scenario(_: Sim) {
        let state = Arc::new(StdMutex::new(String::new()));
        let say = |name, times| {
            let state = state.clone();
            let say = async move {
                for _ in 0..times {
                    state.lock().unwrap().push_str(name);
                    yield_now().await;
                }
            };
            task::Builder::new().name(name).spawn(say).unwrap()
        };
        all([say("a", 2), say("b", 1), say("c", 1)]).await;
        assert_ne!(*state.lock().unwrap(), "caba");
    }
    Sim::builder().order(Order::Fifo).check(scenario);
    let explore = || Explore::new().max_steps(100);
    let message = panic_of(|| _ = explore().run(scenario));
    assert!(message.contains("caba"), "{message}");
    // The panic is the scenario's own; what was printed beside it is found out by asking for a deadlock instead.
    let message = panic_of(|| {
        let _ = explore().run(|sim| async {
            let failed = task::spawn(scenario(sim)).await;
            if failed.is_err() {
                std::future::pending::<()>().await;
            }
        });
    });
    assert!(message.contains("deadlock") && message.contains("last steps:"), "{message}");
    let runs = AtomicUsize::new(0);
    let again = panic_of(|| {
        let _ = explore().replay(replay_of(&message)).run(|sim| {
            runs.fetch_add(1, Relaxed);
            async {
                let failed = task::spawn(scenario(sim)).await;
                if failed.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        });
    });
    assert_eq!(runs.load(Relaxed), 1);
    assert_eq!(replay_of(&message), replay_of(&again));
    let told = |message: &str| message.split("\nthis was").next().unwrap().to_owned();
    assert_eq!(told(&message), told(&again));
}

/// A lock that grants the front of its queue, and forgets the grant if the waiter goes: the fault of many a first
/// draft.
mod forgetful {
    use std::collections::VecDeque;
    use std::future::poll_fn;
    use std::sync::{Arc, Mutex};
    use std::task::{Poll, Waker};

    #[derive(Default)]
    struct State {
        taken: bool,
        granted: Option<usize>,
        next: usize,
        queue: VecDeque<(usize, Waker)>,
    }

    #[derive(Clone, Default)]
    pub(crate) struct Lock(Arc<Mutex<State>>);

    pub(crate) struct Guard(Lock);

    impl Lock {
        pub(crate) async fn lock(&self) -> Guard {
            let mut ticket = None;
            poll_fn(|cx| {
                let mut state = self.0.lock().unwrap();
                match ticket {
                    None if !state.taken => {
                        state.taken = true;
                        Poll::Ready(())
                    }
                    None => {
                        let own = state.next;
                        state.next += 1;
                        state.queue.push_back((own, cx.waker().clone()));
                        ticket = Some(own);
                        Poll::Pending
                    }
                    Some(own) if state.granted == Some(own) => {
                        state.granted = None;
                        Poll::Ready(())
                    }
                    Some(_) => Poll::Pending,
                }
            })
            .await;
            Guard(self.clone())
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            let mut state = self.0.0.lock().unwrap();
            match state.queue.pop_front() {
                Some((ticket, waker)) => {
                    state.granted = Some(ticket);
                    drop(state);
                    waker.wake();
                }
                None => state.taken = false,
            }
        }
    }
}

#[test]
fn a_grant_that_is_lost_with_its_waiter_is_found_by_cancelling_and_only_by_that() {
    async fn scenario(_: Sim) {
        let lock = forgetful::Lock::default();
        let work = |name| {
            let lock = lock.clone();
            let work = async move {
                let _guard = lock.lock().await;
                yield_now().await;
            };
            task::Builder::new().name(name).spawn(work).unwrap()
        };
        all([work("first"), work("second"), work("third")]).await;
    }
    assert!(explore(scenario).exhaustive);
    let message = panic_of(|| _ = Explore::new().cancellations(1).run(scenario));
    assert!(message.contains("deadlock") && message.contains("cancelled"), "{message}");
    let again = panic_of(|| _ = Explore::new().cancellations(1).replay(replay_of(&message)).run(scenario));
    assert_eq!(replay_of(&message), replay_of(&again));
    // It is the waiter's cancellation that does it. To cancel none is harmless.
    let harmless = Explore::new().cancellations(1).cancel_only("nobody").run(scenario);
    assert!(harmless.exhaustive);
    // The same fault, by the other tool.
    let fifo = || Sim::builder().order(Order::Fifo);
    let message = panic_of(|| _ = fifo().cancel_at_every_poll("second", scenario));
    assert!(message.contains("\"second\" is cancelled after "), "{message}");
    let again = panic_of(|| _ = fifo().replay(replay_of(&message)).cancel_at_every_poll("second", scenario));
    assert_eq!(replay_of(&message), replay_of(&again));
    assert_eq!(fifo().cancel_at_every_poll("nobody", scenario), 0);
}

#[test]
fn the_locks_of_the_crate_stand_every_order_and_every_cancellation() {
    let explored = Explore::new().cancellations(1).run(|_| async {
        let lock = Arc::new(Mutex::new(()));
        let inside = Arc::new(AtomicBool::new(false));
        let work = || {
            let (lock, inside) = (lock.clone(), inside.clone());
            task::spawn(async move {
                struct Leave(Arc<AtomicBool>);
                impl Drop for Leave {
                    fn drop(&mut self) {
                        self.0.store(false, Relaxed);
                    }
                }
                let _guard = lock.lock().await;
                assert!(!inside.swap(true, Relaxed), "two inside");
                let _leave = Leave(inside);
                yield_now().await;
            })
        };
        let tasks = [work(), work(), work()];
        for task in tasks {
            assert!(!task.await.is_err_and(|error| error.is_panic()));
        }
        assert!(lock.try_lock().is_ok());
    });
    assert!(explored.exhaustive && explored.schedules > 500, "{explored:?}");
    let explored = Explore::new().cancellations(2).run(|_| async {
        let permits = Arc::new(Semaphore::new(2));
        let work = |many| {
            let permits = permits.clone();
            task::spawn(async move {
                let _permits = permits.acquire_many(many).await.unwrap();
                time::sleep(Duration::from_secs(1)).await;
            })
        };
        all([work(1), work(2), work(1)]).await;
        assert_eq!(permits.available_permits(), 2);
    });
    assert!(explored.exhaustive && explored.schedules > 500, "{explored:?}");
}

#[test]
fn cancelling_at_every_poll_reaches_each_of_them() {
    let met = StdMutex::new(BTreeSet::new());
    let polls = Sim::builder().cancel_at_every_poll("victim", |_| {
        let met = &met;
        async move {
            let had = Arc::new(AtomicU32::new(0));
            let counted = had.clone();
            let victim = async move {
                for _ in 0..3 {
                    counted.fetch_add(1, Relaxed);
                    time::sleep(Duration::from_secs(1)).await;
                }
            };
            let victim = task::Builder::new().name("victim").spawn(victim).unwrap();
            let cancelled = victim.await.is_err_and(|error| error.is_cancelled());
            met.lock().unwrap().insert((had.load(Relaxed), cancelled));
        }
    });
    assert_eq!(polls, 4);
    assert_eq!(met.into_inner().unwrap(), BTreeSet::from([(0, true), (1, true), (2, true), (3, true), (3, false)]));
}

#[test]
fn a_fingerprint_cuts_off_what_was_seen_and_loses_no_end() {
    let run = |fingerprint: bool| {
        let ends = StdMutex::new(BTreeSet::new());
        let explored = Explore::new().run(|sim| {
            let ends = &ends;
            async move {
                let sum = Arc::new(AtomicU32::new(0));
                if fingerprint {
                    let sum = sum.clone();
                    sim.set_fingerprint(move || sum.load(Relaxed));
                }
                let work = |factor: u32| {
                    let sum = sum.clone();
                    task::spawn(async move {
                        for _ in 0..2 {
                            let now = sum.load(Relaxed);
                            sum.store((now * factor + 1) % 5, Relaxed);
                            yield_now().await;
                        }
                    })
                };
                all([work(2), work(3), work(4)]).await;
                ends.lock().unwrap().insert(sum.load(Relaxed));
            }
        });
        (explored, ends.into_inner().unwrap())
    };
    let ((all, every_end), (cut, same)) = (run(false), run(true));
    assert!(all.exhaustive && cut.exhaustive);
    assert_eq!(every_end, same);
    assert!(cut.pruned > 0 && cut.schedules * 2 < all.schedules, "{cut:?} of {all:?}");
}

#[test]
fn a_loop_that_waits_by_giving_way_is_not_taken_for_a_livelock() {
    let explored = explore(|_| async {
        let flag = Arc::new(AtomicBool::new(false));
        let wait = || {
            let flag = flag.clone();
            task::spawn(async move {
                while !flag.load(Relaxed) {
                    yield_now().await;
                }
            })
        };
        let waiters = [wait(), wait()];
        let raised = flag.clone();
        let raise = task::spawn(async move { raised.store(true, Relaxed) });
        all(waiters).await;
        raise.await.unwrap();
    });
    assert!(explored.exhaustive, "{explored:?}");
}

#[test]
fn a_scenario_that_is_not_deterministic_is_refused() {
    let runs = AtomicUsize::new(0);
    let message = panic_of(|| {
        let _ = explore(|_| {
            let run = runs.fetch_add(1, Relaxed);
            async move {
                let tasks: Vec<_> = (0..2 + run % 2).map(|_| task::spawn(yield_now())).collect();
                all(tasks).await;
            }
        });
    });
    assert!(message.contains("the scenario is not deterministic"), "{message}");
}

#[test]
fn a_scenario_that_has_less_to_choose_in_a_later_run_is_refused_too() {
    let runs = AtomicUsize::new(0);
    let message = panic_of(|| {
        let _ = explore(|_| {
            let count = if runs.fetch_add(1, Relaxed) == 0 { 3 } else { 1 };
            async move {
                let tasks: Vec<_> = (0..count).map(|_| task::spawn(yield_now())).collect();
                all(tasks).await;
            }
        });
    });
    assert!(message.contains("the scenario is not deterministic"), "{message}");
}

#[test]
fn a_replay_of_another_scenario_is_told_from_one_whose_fault_was_mended() {
    let three = |_| all([(); 3].map(|()| task::spawn(yield_now())));
    let _ = Explore::new().replay("explore:0:21").run(three);
    let longer_than_the_run = Explore::new().replay("explore:0:2000000000000000000000000").run(three);
    assert_eq!(longer_than_the_run.schedules, 1);
    let message = panic_of(|| _ = Explore::new().replay("explore:0:9").run(three));
    assert!(message.contains("the replay does not fit"), "{message}");
}

#[test]
fn the_order_in_the_queue_of_a_lock_is_a_part_of_the_state() {
    let run = |fingerprint: bool| {
        let ends = StdMutex::new(BTreeSet::new());
        let explored = Explore::new().run(|sim| {
            let ends = &ends;
            async move {
                let lock = Arc::new(Mutex::new(()));
                let came = Arc::new(AtomicU32::new(0));
                let served = Arc::new(StdMutex::new(Vec::new()));
                if fingerprint {
                    let (came, served) = (came.clone(), served.clone());
                    sim.set_fingerprint(move || (came.load(Relaxed), served.lock().unwrap().clone()));
                }
                let guard = lock.clone().lock_owned().await;
                let waits = |number| {
                    let (lock, came, served) = (lock.clone(), came.clone(), served.clone());
                    task::spawn(async move {
                        came.fetch_add(1, Relaxed);
                        let _guard = lock.lock().await;
                        served.lock().unwrap().push(number);
                    })
                };
                let waiters = [waits(1), waits(2)];
                // Lets go when both are in the queue, and something else is going on.
                while came.load(Relaxed) < 2 {
                    yield_now().await;
                }
                let other = task::spawn(async {});
                yield_now().await;
                drop(guard);
                all(waiters).await;
                other.await.unwrap();
                ends.lock().unwrap().insert(served.lock().unwrap().clone());
            }
        });
        assert!(explored.exhaustive && fingerprint == (explored.pruned > 0), "{explored:?}");
        ends.into_inner().unwrap()
    };
    assert_eq!(run(false), BTreeSet::from([vec![1, 2], vec![2, 1]]));
    assert_eq!(run(true), run(false));
}

#[test]
fn what_is_not_a_replay_is_refused() {
    for bad in ["", "random:3", "explore:1"] {
        let message = panic_of(|| _ = Explore::new().replay(bad).run(|_| async {}));
        assert!(message.contains("is not what a failed `Explore` prints"), "{message}");
    }
}

#[test]
fn a_fingerprint_that_panics_fails_the_run_and_leaves_nothing_behind() {
    let alive = Arc::new(());
    let message = panic_of(|| {
        _ = explore(|sim| {
            let alive = alive.clone();
            async move {
                sim.set_fingerprint(|| -> u32 { panic!("no state") });
                let tasks = [alive.clone(), alive].map(|alive| {
                    task::spawn(async move {
                        yield_now().await;
                        drop(alive);
                    })
                });
                all(tasks).await;
            }
        });
    });
    assert_eq!(message, "no state");
    assert_eq!(Arc::strong_count(&alive), 1);
}
