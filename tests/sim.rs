//! The deterministic executor: what it runs, how it fails, and that a failure comes back.

#![cfg(feature = "testing")]

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Poll, Waker};

use anywhen::future::yield_now;
use anywhen::prelude::*;
use anywhen::rt::{self, Runtime, Spawn};
use anywhen::sync::{Barrier, Event, Mutex, Notify, Semaphore};
use anywhen::task::{self, JoinHandle};
use anywhen::testing::{Order, Sim, SimBuilder};
use anywhen::time::{self, Duration, Instant};

/// What `f` panics with.
fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it should panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().expect("a message").to_string(),
    }
}

/// Asserts that the lines come in this order in the text.
#[track_caller]
fn assert_tells(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => panic!("no {part:?} (in its place) in:\n{text}"),
        }
    }
}

type Log = Arc<StdMutex<Vec<u32>>>;

/// A task that puts its number into the log, gives way, and does so again, three times in all.
fn talker(log: &Log, number: u32) -> JoinHandle<()> {
    let log = log.clone();
    task::spawn(async move {
        for _ in 0..3 {
            log.lock().unwrap().push(number);
            yield_now().await;
        }
    })
}

/// Who talked, where three talkers are spawned.
fn talk(builder: SimBuilder) -> Vec<u32> {
    let log = Log::default();
    builder.build().block_on(async {
        let talkers = [1, 2, 3].map(|number| talker(&log, number));
        for talker in talkers {
            talker.await.unwrap();
        }
    });
    Arc::into_inner(log).expect("the tasks are gone").into_inner().unwrap()
}

#[test]
fn it_runs_what_is_generic_over_runtimes() {
    async fn case<R: Runtime>(rt: R) -> u32 {
        let start = rt.now();
        let child = task::spawn_on(&rt, {
            let rt = rt.clone();
            async move {
                rt.sleep(Duration::from_secs(5)).await;
                task::spawn_blocking(|| 40).await.unwrap()
            }
        });
        let slow = time::timeout_on(rt.clone(), Duration::from_secs(4), pending::<()>());
        assert!(slow.await.is_err());
        let output = child.await.unwrap() + 2;
        assert_eq!(rt.now() - start, Duration::from_secs(5));
        output
    }
    let sim = Sim::new(1);
    assert_eq!(sim.block_on(case(sim.clone())), 42);
    assert_eq!(sim.elapsed(), Duration::from_secs(5));
}

#[test]
fn inside_it_is_the_current_runtime_and_its_clock_the_current_clock() {
    let sim = Sim::new(1);
    assert!(rt::Handle::try_current().is_none());
    let before = Instant::now();
    let (start, end, on) = sim.block_on(async {
        let thread = std::thread::current().id();
        let nested = task::spawn(async move {
            let start = Instant::now();
            let inner = task::spawn(async {
                time::sleep(Duration::from_secs(86_400)).await;
                (Instant::now(), std::thread::current().id())
            });
            (start, inner.await.unwrap())
        });
        let (start, (end, on)) = nested.await.unwrap();
        (start, end, on == thread)
    });
    assert_eq!(end - start, Duration::from_secs(86_400));
    assert!(on);
    assert!(rt::Handle::try_current().is_none());
    assert!(before.elapsed() < Duration::from_secs(3600), "the clock of the thread is what it was");
}

#[test]
fn the_root_need_not_be_send_and_may_borrow() {
    let shared = Rc::new(RefCell::new(vec![1]));
    let borrowed = String::from("borrowed");
    let length = Sim::new(1).block_on(async {
        shared.borrow_mut().push(2);
        yield_now().await;
        borrowed.len()
    });
    assert_eq!((length, shared.borrow().len()), (8, 2));
}

#[test]
fn fifo_and_lifo_run_in_their_orders() {
    assert_eq!(talk(Sim::builder().order(Order::Fifo)), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
    // The last one woken first; but one that gives way comes after all others, or nobody else would ever run.
    assert_eq!(talk(Sim::builder().order(Order::Lifo)), [3, 2, 1, 3, 2, 1, 3, 2, 1]);
}

#[test]
fn random_orders_follow_the_seed_and_differ() {
    for order in [Order::Random, Order::Pct { depth: 3 }] {
        let run = |seed| talk(Sim::builder().order(order).seed(seed));
        let runs: Vec<_> = (0..50).map(run).collect();
        assert_eq!(runs, (0..50).map(run).collect::<Vec<_>>());
        let distinct = runs.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert!(distinct >= 6, "{order:?}: {distinct} different runs of 50");
    }
}

#[test]
fn priorities_let_a_task_run_on() {
    // With a depth of 1 there is an order of the tasks and nothing else: a talker falls behind only where it gives way.
    let runs: Vec<_> = (0..30).map(|seed| talk(Sim::builder().order(Order::Pct { depth: 1 }).seed(seed))).collect();
    for run in runs {
        assert_eq!(run[..3], run[3..6]);
    }
}

#[test]
fn timers_of_one_instant_fire_in_the_order_of_their_polls_and_time_stands_still_while_anything_runs() {
    let log = Log::default();
    Sim::builder().order(Order::Fifo).build().block_on(async {
        let tasks = [3, 1, 2, 1].map(|seconds| {
            let log = log.clone();
            task::spawn(async move {
                time::sleep(Duration::from_secs(seconds)).await;
                log.lock().unwrap().push(seconds as u32);
            })
        });
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(log.lock().unwrap().is_empty());
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*log.lock().unwrap(), [1, 1, 2, 3]);
}

#[test]
fn choices_of_the_crate_follow_the_seed_and_the_threads_own_come_back_afterwards() {
    let draw = |sim: &Sim| {
        sim.block_on(async {
            let mut starts = Vec::new();
            for _ in 0..40 {
                starts.push([1, 2, 3, 4].map(|n| async move { n }).race().await);
            }
            starts
        })
    };
    assert_eq!(draw(&Sim::new(3)), draw(&Sim::new(3)));
    assert_ne!(draw(&Sim::new(3)), draw(&Sim::new(4)));
    // A second run goes on where the first ended, and another executor within does not disturb that.
    let twice = Sim::new(3);
    let (first, second) = (draw(&twice), draw(&twice));
    assert_ne!(first, second);
    let nested = Sim::new(3);
    let outer = nested.block_on(async {
        let first: Vec<_> = vec![[1, 2, 3, 4].map(|n| async move { n }).race().await];
        draw(&Sim::new(9));
        let mut all = first;
        for _ in 0..39 {
            all.push([1, 2, 3, 4].map(|n| async move { n }).race().await);
        }
        all
    });
    assert_eq!(outer, draw(&Sim::new(3)));
    // Were the generator left seeded, two threads' worth of draws after the same run would be equal.
    let after = || {
        draw(&Sim::new(3));
        (0..40).map(|_| rt::Std.block_on([1, 2, 3, 4].map(|n| async move { n }).race())).collect::<Vec<_>>()
    };
    assert_ne!(after(), after());
}

#[test]
fn a_deadlock_lists_who_waits_where_and_for_what() {
    let message = panic_of(|| {
        Sim::builder().order(Order::Fifo).seed(5).check(|_| async {
            let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
            let cross = |name, first: &Arc<Mutex<()>>, second: &Arc<Mutex<()>>| {
                let (first, second) = (first.clone(), second.clone());
                let future = async move {
                    let _first = first.lock().await;
                    time::sleep(Duration::from_secs(1)).await;
                    let _second = second.lock().await;
                };
                task::Builder::new().name(name).spawn(future).unwrap()
            };
            let left = cross("left", &a, &b);
            let right = cross("right", &b, &a);
            let permits = Arc::new(Semaphore::new(1));
            task::spawn({
                let permits = permits.clone();
                async move { permits.acquire_many(3).await.map(drop).unwrap() }
            });
            task::spawn(poll_fn(|_| Poll::<()>::Pending));
            task::spawn(time::sleep(Duration::MAX));
            left.await.unwrap();
            right.await.unwrap();
        });
    });
    assert_tells(
        &message,
        &[
            "deadlock: nothing can run, and no timer is left (at +1s, after ",
            "live tasks:",
            "#0 the root, polled once, waits for the end of #1 \"left\"",
            "#1 \"left\", spawned at tests/sim.rs:",
            ", polled 2 times, waits for `Lock` on object 1",
            "#2 \"right\", spawned at tests/sim.rs:",
            ", polled 2 times, waits for `Lock` on object 2",
            "#3, spawned at tests/sim.rs:",
            ", polled once, waits for `Acquire` of 3 permits on object 3",
            "#4, spawned at tests/sim.rs:",
            ", polled once, waits for something outside of this crate",
            "#5, spawned at tests/sim.rs:",
            ", polled once, waits for a `Sleep` that never ends",
            "last steps:",
            "run number 1; to run just this again: ANYWHEN_REPLAY=fifo:5",
        ],
    );
}

#[test]
fn a_deadlock_tells_of_signals_too() {
    let message = panic_of(|| {
        Sim::builder().order(Order::Fifo).build().block_on(async {
            let (notify, event) = (Arc::new(Notify::new()), Arc::new(Event::new()));
            for _ in 0..2 {
                let notify = notify.clone();
                task::spawn(async move { notify.notified().await });
            }
            task::spawn({
                let event = event.clone();
                async move { event.wait().await }
            });
            Barrier::new(2).wait().await;
        });
    });
    assert_tells(
        &message,
        &[
            "the root, polled once, waits for `BarrierWait` on object 1",
            "waits for `Notified` on object 2",
            "waits for `Notified` on object 2",
            "waits for `EventWait` on object 3",
        ],
    );
}

#[test]
fn two_who_wait_for_one_lock_are_seen_to() {
    let message = panic_of(|| {
        Sim::new(1).block_on(async {
            let lock = Arc::new(Mutex::new(()));
            std::mem::forget(lock.clone().lock_owned().await);
            let wait = || task::spawn(lock.clone().lock_owned());
            let (a, b) = (wait(), wait());
            drop((lock.lock(), (a, b).join()).select().await);
        });
    });
    assert_eq!(message.matches("`LockOwned` on object 1").count(), 2, "{message}");
    assert_tells(&message, &["the root", "`Lock` on object 1, or the end of #", ", or the end of #"]);
}

#[test]
fn a_livelock_is_told_from_a_run_that_takes_its_time() {
    let message = panic_of(|| {
        Sim::builder().max_steps(500).build().block_on(async {
            let spinner = task::Builder::new().name("spinner").spawn(async {
                loop {
                    yield_now().await;
                }
            });
            spinner.unwrap().await.unwrap();
        });
    });
    assert_tells(&message, &["no end after 500 steps", "\"spinner\"", "waits for another turn"]);
    // As many steps as allowed are fine.
    let exactly = |steps| {
        Sim::builder().max_steps(steps).build().block_on(async {
            for _ in 0..9 {
                yield_now().await;
            }
        });
    };
    exactly(10);
    panic_of(|| exactly(9));
    // It is each run's own number.
    let sim = Sim::builder().max_steps(10).build();
    for _ in 0..5 {
        sim.block_on(async {
            for _ in 0..9 {
                yield_now().await;
            }
        });
    }
}

#[test]
fn leaked_tasks_fail_the_run_unless_allowed_and_are_dropped_either_way() {
    let scenario = |builder: SimBuilder, alive: Arc<()>| {
        builder.build().block_on(async {
            task::Builder::new().name("forgotten").spawn(async move {
                time::sleep(Duration::from_secs(1)).await;
                drop(alive);
            })
        })
    };
    let alive = Arc::new(());
    let message = panic_of(|| drop(scenario(Sim::builder(), alive.clone())));
    assert_tells(&message, &["tasks were leaked", "#1 \"forgotten\", spawned at tests/sim.rs:", "`Sleep` until +1s"]);
    assert_eq!(Arc::strong_count(&alive), 1);
    let handle = scenario(Sim::builder().allow_leaks(true), alive.clone()).unwrap();
    assert!(handle.is_finished());
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn what_is_ready_at_the_end_still_runs() {
    let done = Arc::new(AtomicUsize::new(0));
    let sim = Sim::new(1);
    sim.block_on(async {
        let counted = done.clone();
        task::spawn(async move {
            for _ in 0..5 {
                yield_now().await;
            }
            let inner = counted.clone();
            task::spawn(async move { inner.fetch_add(1, Relaxed) });
            task::spawn_blocking(move || counted.fetch_add(1, Relaxed));
        });
    });
    assert_eq!(done.load(Relaxed), 2);
}

#[test]
fn a_panic_that_nobody_heard_of_fails_the_run_and_one_that_somebody_did_does_not() {
    let unheard = |builder: SimBuilder, keep: bool| {
        builder.build().block_on(async {
            let failing = task::Builder::new().name("failing").spawn(async { panic!("out of luck") }).unwrap();
            let failing: JoinHandle<()> = failing;
            yield_now().await;
            keep.then_some(failing)
        })
    };
    for keep in [false, true] {
        let message = panic_of(|| drop(unheard(Sim::builder(), keep)));
        assert_tells(&message, &["unobserved panic in task #1 \"failing\", spawned at tests/sim.rs:", "out of luck"]);
        drop(unheard(Sim::builder().allow_panics(true), keep));
    }
    Sim::check(|_| async {
        let task = task::spawn(async { panic!("out of luck") });
        assert!(task.await.unwrap_err().is_panic());
        let work = task::spawn_blocking(|| panic!("out of luck"));
        assert!(work.await.unwrap_err().is_panic());
    });
}

#[test]
fn a_panic_is_told_of_the_task_whose_it_was_though_others_came_to_its_place() {
    let message = panic_of(|| {
        Sim::builder().order(Order::Fifo).build().block_on(async {
            for name in ["failing", "second", "third"] {
                let task = async move { assert_ne!(name, "failing", "out of luck") };
                drop(task::Builder::new().name(name).spawn(task));
                yield_now().await;
            }
        });
    });
    assert_tells(&message, &["unobserved panic in task #1 \"failing\"", "out of luck"]);
    // One that the runtime was handed without a handle.
    let message = panic_of(|| {
        let sim = Sim::new(1);
        let spawner = sim.clone();
        sim.block_on(async move { spawner.spawn_task(Box::pin(async { panic!("out of luck") })) });
    });
    assert_tells(&message, &["unobserved panic in task #1, spawned by `Spawn::spawn_task` itself: out of luck"]);
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_panic_of_what_is_dropped_at_the_end_fails_the_run() {
    let leaves_a_bomb = |builder: SimBuilder| {
        builder.allow_leaks(true).build().block_on(async {
            task::Builder::new()
                .name("left")
                .spawn(async {
                    let _bomb = Bomb;
                    pending::<()>().await;
                })
                .map(drop)
                .unwrap();
        });
    };
    let message = panic_of(|| leaves_a_bomb(Sim::builder()));
    assert_tells(&message, &["unobserved panic in task #1 \"left\"", "dropped"]);
    leaves_a_bomb(Sim::builder().allow_panics(true));
}

#[test]
fn tasks_that_spawn_others_when_they_are_dropped_come_to_an_end() {
    struct Again(u32);
    impl Drop for Again {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                leave(left);
            }
        }
    }
    fn leave(left: u32) {
        let again = Again(left);
        task::spawn(async move {
            let _again = again;
            pending::<()>().await;
        });
    }
    let leaves = |left| {
        Sim::builder().allow_leaks(true).max_steps(100).build().block_on(async { leave(left) });
    };
    leaves(100);
    let message = panic_of(|| leaves(u32::MAX));
    assert_tells(&message, &["no end of tasks that are spawned by others when they are dropped"]);
}

#[test]
fn tasks_that_never_ran_go_with_the_executor() {
    let alive = Arc::new(());
    let captured = alive.clone();
    let waits = |captured| async move {
        let _captured: Arc<()> = captured;
        pending::<()>().await;
    };
    let sim = Sim::new(1);
    let handle = sim.handle();
    let task = task::spawn_on(&sim, waits(captured));
    drop(sim.clone());
    assert!(!task.is_finished());
    drop(sim);
    assert!(task.is_finished());
    let late = task::spawn_on(&handle, waits(alive.clone()));
    assert!(late.is_finished());
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn an_unheard_panic_is_told_with_the_deadlock_that_it_caused() {
    let message = panic_of(|| {
        Sim::new(1).block_on(async {
            drop(task::spawn(async { panic!("the other side") }));
            pending::<()>().await;
        });
    });
    assert_tells(&message, &["deadlock", "unobserved panic in task #1", "the other side", "live tasks:"]);
}

#[test]
fn a_panic_of_the_root_goes_on_as_it_is() {
    #[derive(Debug, PartialEq)]
    struct Special(u32);
    let payload = catch_unwind(|| {
        Sim::new(1).block_on(async {
            task::spawn(pending::<()>());
            yield_now().await;
            std::panic::panic_any(Special(7));
        })
    });
    assert_eq!(payload.unwrap_err().downcast_ref(), Some(&Special(7)));
}

#[test]
fn blocking_calls_panic_where_they_would_have_to_wait_and_only_there() {
    Sim::new(1).block_on(async {
        let lock = Arc::new(Mutex::new(1));
        assert_eq!(*lock.blocking_lock(), 1);
        assert_eq!(
            rt::Std.block_on(async {
                yield_now().await;
                2
            }),
            2
        );
        let held = lock.lock().await;
        let other = lock.clone();
        let blocks = task::spawn(async move { *other.blocking_lock() });
        let error = blocks.await.unwrap_err();
        assert!(error.to_string().contains("would block the thread of a `Sim`"), "{error}");
        drop(held);
        let work = task::spawn_blocking(move || *lock.blocking_lock());
        assert_eq!(work.await.unwrap(), 1);
    });
    // The thread may block again.
    let (waker, woken) = (Arc::new(StdMutex::new(None::<Waker>)), Arc::new(AtomicUsize::new(0)));
    let other = std::thread::spawn({
        let (waker, woken) = (waker.clone(), woken.clone());
        move || loop {
            if let Some(waker) = waker.lock().unwrap().take() {
                woken.store(1, Relaxed);
                return waker.wake();
            }
            std::thread::yield_now();
        }
    });
    rt::Std.block_on(poll_fn(|cx| {
        if woken.load(Relaxed) == 1 {
            return Poll::Ready(());
        }
        *waker.lock().unwrap() = Some(cx.waker().clone());
        Poll::Pending
    }));
    other.join().unwrap();
}

#[test]
fn it_refuses_to_run_within_itself_and_runs_within_another() {
    let sim = Sim::new(1);
    let again = sim.clone();
    let message = panic_of(|| sim.block_on(async { again.block_on(async {}) }));
    assert!(message.contains("cannot be run from within itself"), "{message}");
    let nested = Sim::new(1).block_on(async {
        time::sleep(Duration::from_secs(1)).await;
        let inner = Sim::new(2);
        let start = Instant::now();
        inner.block_on(async { task::spawn(time::sleep(Duration::from_secs(5))).await.unwrap() });
        time::sleep(Duration::from_secs(1)).await;
        (inner.elapsed(), start.elapsed())
    });
    assert_eq!(nested, (Duration::from_secs(5), Duration::from_secs(1)));
}

#[test]
fn a_wake_that_is_lost_in_some_orders_is_found_and_brought_back() {
    /// Looks whether the flag is up, and *then* leaves the waker: a flag that goes up in between is missed.
    async fn wait(flag: Arc<AtomicUsize>, waker: Arc<StdMutex<Option<Waker>>>) {
        while flag.load(Relaxed) == 0 {
            yield_now().await; // what the other thread could do meanwhile
            let mut left = false;
            poll_fn(|cx| {
                if left {
                    return Poll::Ready(());
                }
                left = true;
                *waker.lock().unwrap() = Some(cx.waker().clone());
                Poll::Pending
            })
            .await;
        }
    }
    async fn scenario(_: Sim) {
        let (flag, waker) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let waits = task::Builder::new().name("waits").spawn(wait(flag.clone(), Arc::clone(&waker))).unwrap();
        let wakes = task::spawn(async move {
            flag.store(1, Relaxed);
            if let Some(waker) = waker.lock().unwrap().take() {
                waker.wake();
            }
        });
        wakes.await.unwrap();
        waits.await.unwrap();
    }
    for order in [Order::Random, Order::Lifo, Order::Pct { depth: 2 }] {
        let found = catch_unwind(|| Sim::builder().order(order).check(scenario));
        if order == Order::Lifo {
            // Here the one who wakes goes first, always.
            found.unwrap();
            continue;
        }
        let message = *found.unwrap_err().downcast::<String>().unwrap();
        assert_tells(&message, &["deadlock", "\"waits\"", "something outside of this crate", "ANYWHEN_REPLAY="]);
        let replay = message.rsplit_once("ANYWHEN_REPLAY=").unwrap().1;
        let again = panic_of(|| Sim::builder().replay(replay).check(scenario));
        let told = |message: &str| message.split("\nthis was").next().unwrap().to_owned();
        assert_eq!(told(&message), told(&again));
    }
}

#[test]
fn runs_that_differ_with_the_same_seed_are_told_apart_at_the_step() {
    // As a `HashMap` or a thread could make it.
    let outside = AtomicUsize::new(0);
    let message = panic_of(|| {
        Sim::builder().check_deterministic().check(|_| {
            let odd = outside.fetch_add(1, Relaxed) % 2 == 1;
            async move {
                yield_now().await;
                let name = if odd { "odd" } else { "even" };
                let task = task::Builder::new().name(name).spawn(async move {
                    if odd {
                        yield_now().await;
                    }
                });
                task.unwrap().await.unwrap();
            }
        });
    });
    assert_tells(
        &message,
        &[
            "not deterministic",
            "at step 2\n",
            "first run:  #1 \"even\", spawned at tests/sim.rs:",
            "done",
            "second run: #1 \"odd\", spawned at tests/sim.rs:",
            "pending",
            "ANYWHEN_REPLAY=random:0",
        ],
    );
    let slept = AtomicUsize::new(0);
    let message = panic_of(|| {
        Sim::builder().check_deterministic().check(|_| {
            let nap = Duration::from_secs(slept.fetch_add(1, Relaxed) as u64);
            async move { time::sleep(Duration::from_secs(1) + nap).await }
        });
    });
    assert_tells(&message, &["at step 0", "waits for `Sleep` until +1s", "waits for `Sleep` until +2s"]);
    // What follows from the seed is not accused, nor is a clock of the scenario's own.
    Sim::builder().iterations(3).check_deterministic().check(|_| async {
        let clock = time::VirtualClock::new();
        clock.scope(time::sleep(Duration::from_secs(1))).await;
    });
    Sim::builder().iterations(100).check_deterministic().check(|_| async {
        let lock = Arc::new(Mutex::new(0));
        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let lock = lock.clone();
                task::spawn(async move {
                    [1, 2, 3].map(|n| time::sleep(Duration::from_millis(n))).race().await;
                    *lock.lock().await += n;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_replay_is_that_run_and_no_other() {
    let runs = AtomicUsize::new(0);
    Sim::builder().replay("pct3/120:17").check(|sim| {
        runs.fetch_add(1, Relaxed);
        async move { assert_eq!(sim.seed(), 17) }
    });
    assert_eq!(runs.load(Relaxed), 1);
    for bad in ["", "17", "random", "random:x", "pct:1", "pct3:1", "random:1:2:3", "random:1+w", "random:1+2ww"] {
        let message = panic_of(|| drop(Sim::builder().replay(bad).build()));
        assert!(message.contains("is not what a failed run of a `Sim` prints"), "{message}");
    }
    // One that would pass because it is another tool's.
    let of_cancelling = || Sim::builder().replay("random:1+2w");
    for message in [panic_of(|| of_cancelling().check(|_| async {})), panic_of(|| drop(of_cancelling().build()))] {
        assert!(message.contains("is a replay of `cancel_at_every_poll`"), "{message}");
    }
    let message = panic_of(|| _ = Sim::builder().replay("random:1").cancel_at_every_poll("victim", |_| async {}));
    assert!(message.contains("is not a replay of `cancel_at_every_poll`"), "{message}");
}

#[test]
fn no_runs_are_not_a_success() {
    let message = panic_of(|| Sim::builder().iterations(0).check(|_| async {}));
    assert!(message.contains("`iterations`, or ANYWHEN_ITERATIONS, is 0"), "{message}");
}

#[test]
fn tasks_spawned_before_the_run_run_in_it() {
    let sim = Sim::new(1);
    let before = task::spawn_on(&sim, async { time::sleep(Duration::from_secs(2)).await });
    assert!(!before.is_finished());
    sim.block_on(before).unwrap();
    assert_eq!(sim.elapsed(), Duration::from_secs(2));
}

#[test]
fn wakers_outlive_the_run_and_wake_nobody() {
    let mut kept = None;
    let sim = Sim::new(1);
    sim.block_on(poll_fn(|cx| {
        kept = Some(cx.waker().clone());
        Poll::Ready(())
    }));
    let kept = kept.unwrap();
    kept.wake_by_ref();
    sim.block_on(yield_now());
    kept.wake();
}

fn assert_runtime<R: Runtime + Send + Sync>(_: &R) {}

#[test]
fn it_is_a_runtime_and_its_handle_too() {
    let sim = Sim::new(1);
    assert_runtime(&sim);
    let handle = sim.handle();
    let output = sim.block_on(async move { task::spawn_on(&handle, async { 3 }).await.unwrap() });
    assert_eq!(output, 3);
}

/// Runs the test called `name` of this binary, alone, in a process of its own with these variables, and gives what it said.
fn in_environment(name: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--include-ignored"]).env("RUST_BACKTRACE", "0");
    for variable in ["ANYWHEN_SEED", "ANYWHEN_ITERATIONS", "ANYWHEN_REPLAY"] {
        command.env_remove(variable);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
#[ignore = "run by others, in an environment of their making"]
fn child_that_tells_its_seeds() {
    Sim::builder().iterations(3).check(|sim| async move {
        eprintln!("[{}]", sim.seed());
    });
}

#[test]
#[ignore = "run by others, in an environment of their making"]
fn child_that_fails_with_seed_seven() {
    Sim::builder().iterations(10).check(|sim| async move {
        eprintln!("[{}]", sim.seed());
        assert_ne!(sim.seed(), 7);
    });
}

fn seeds(said: &str) -> Vec<u64> {
    said.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')?.parse().ok()).collect()
}

#[test]
fn the_environment_says_which_runs_to_make() {
    let tells = |variables: &[(&str, &str)]| in_environment("child_that_tells_its_seeds", variables);
    assert_eq!(seeds(&tells(&[]).1), [0, 1, 2]);
    assert_eq!(seeds(&tells(&[("ANYWHEN_SEED", "40")]).1), [40, 41, 42]);
    assert_eq!(seeds(&tells(&[("ANYWHEN_SEED", "40"), ("ANYWHEN_ITERATIONS", "1")]).1), [40]);
    assert_eq!(seeds(&tells(&[("ANYWHEN_REPLAY", "lifo:9"), ("ANYWHEN_ITERATIONS", "5")]).1), [9]);
    let random = || seeds(&tells(&[("ANYWHEN_SEED", "random")]).1);
    assert_ne!(random(), random());
    let (ok, said) = tells(&[("ANYWHEN_SEED", "four")]);
    assert!(!ok && said.contains("ANYWHEN_SEED=four"), "{said}");
}

#[test]
fn a_panic_of_the_root_has_the_replay_printed_beside_it() {
    let (ok, said) = in_environment("child_that_fails_with_seed_seven", &[]);
    assert!(!ok && seeds(&said).ends_with(&[7]), "{said}");
    let replay = said.lines().find_map(|line| line.split("ANYWHEN_REPLAY=").nth(1)).expect("a replay");
    assert_eq!(replay, "random:7");
    let (ok, said) = in_environment("child_that_fails_with_seed_seven", &[("ANYWHEN_REPLAY", replay)]);
    assert!(!ok, "{said}");
    assert_eq!(seeds(&said), [7]);
}
