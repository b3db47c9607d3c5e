//! Virtual time: when it goes on, when it does not, and what is seen on the way.
#![cfg(feature = "testing")]

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use anywhen::future::yield_now;
use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::task;
use anywhen::testing::{CountingWaker, TestTask, WakerEvent};
use anywhen::time::{self, Clock, Duration, Instant, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready};

const SECOND: Duration = Duration::from_secs(1);

/// Runs a future in virtual time.
fn run<F: Future>(future: F) -> F::Output {
    Std.block_on(VirtualClock::new().scope(future))
}

#[test]
fn a_year_passes_in_no_time() {
    let started = std::time::Instant::now();
    run(async {
        let start = Instant::now();
        for _ in 0..365 {
            time::sleep(86_400 * SECOND).await;
        }
        assert_eq!(start.elapsed(), 365 * 86_400 * SECOND);
    });
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn every_timer_sees_its_own_instant() {
    run(async {
        let start = Instant::now();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [5u32, 1, 3, 2, 4]
            .into_iter()
            .map(|n| {
                let seen = Arc::clone(&seen);
                task::spawn(async move {
                    time::sleep(n * SECOND).await;
                    seen.lock().unwrap().push((n, start.elapsed()));
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let expected: Vec<_> = (1..=5).map(|n| (n, n * SECOND)).collect();
        assert_eq!(*seen.lock().unwrap(), expected);
    });
}

#[test]
fn time_stands_still_while_anything_can_run() {
    run(async {
        let start = Instant::now();
        let busy = async {
            for _ in 0..1000 {
                yield_now().await;
            }
            start.elapsed()
        };
        let (elapsed, ()) = (busy, time::sleep(Duration::from_nanos(1))).join().await;
        assert_eq!(elapsed, Duration::ZERO);
    });
}

#[test]
fn nanoseconds_are_told_apart() {
    run(async {
        let start = Instant::now();
        for n in 1..=100 {
            time::sleep(Duration::from_nanos(1)).await;
            assert_eq!(start.elapsed(), Duration::from_nanos(n));
        }
    });
}

#[test]
fn a_held_clock_stands_still_until_it_is_let_go() {
    let clock = VirtualClock::new();
    let first = clock.hold();
    let second = clock.hold();
    let mut sleeps = TestTask::new(clock.scope(async { time::sleep(SECOND).await }));
    assert_pending!(sleeps.poll());
    drop(first);
    assert!(!sleeps.is_woken());
    drop(second);
    assert!(sleeps.is_woken());
    assert_ready!(sleeps.poll());
}

#[test]
fn a_reply_from_another_thread_beats_a_timeout_while_time_is_held() {
    run(async {
        let reply = task::spawn_blocking(|| 42);
        assert_eq!(time::timeout(Duration::from_nanos(1), reply).await.unwrap().unwrap(), 42);
    });
}

#[test]
fn a_scope_that_is_dropped_does_not_hold_time() {
    let clock = VirtualClock::new();
    let never_polled = clock.scope(pending::<()>());
    let mut sleeps = TestTask::new(clock.scope(async { time::sleep(SECOND).await }));
    assert_pending!(sleeps.poll());
    assert!(!sleeps.is_woken(), "the other scope is to be polled");
    drop(never_polled);
    assert!(sleeps.is_woken());
}

#[test]
fn a_scope_that_panics_does_not_hold_time() {
    let clock = VirtualClock::new();
    let mut panics = TestTask::new(clock.scope(async { panic!("on purpose") }));
    let mut sleeps = TestTask::new(clock.scope(async { time::sleep(SECOND).await }));
    assert_pending!(sleeps.poll());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panics.poll()));
    assert!(outcome.is_err());
    assert!(sleeps.is_woken());
}

#[test]
fn a_cancelled_timer_does_not_move_time() {
    run(async {
        let start = Instant::now();
        {
            let mut sleep = pin!(time::sleep(3600 * SECOND));
            assert!(poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx))).await.is_pending());
        }
        time::sleep(SECOND).await;
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn the_scope_is_left_between_polls() {
    let clock = VirtualClock::new();
    let mut task = TestTask::new(clock.scope(async {
        assert!(Clock::current().is_virtual());
        yield_now().await;
    }));
    assert_pending!(task.poll());
    assert!(!Clock::current().is_virtual());
    assert_ready!(task.poll());
}

#[test]
fn what_is_dropped_with_a_scope_is_dropped_in_it() {
    struct Elapsed(Instant, Arc<Mutex<Duration>>);

    impl Drop for Elapsed {
        fn drop(&mut self) {
            *self.1.lock().unwrap() = self.0.elapsed();
        }
    }

    let clock = VirtualClock::new();
    let elapsed = Arc::new(Mutex::new(Duration::ZERO));
    let mut task = TestTask::new(clock.scope({
        let elapsed = Arc::clone(&elapsed);
        async move {
            let _elapsed = Elapsed(Instant::now(), elapsed);
            pending::<()>().await;
        }
    }));
    assert_pending!(task.poll());
    clock.advance(SECOND);
    drop(task);
    assert_eq!(*elapsed.lock().unwrap(), SECOND);
}

#[test]
fn a_future_that_is_dropped_takes_all_its_timers_with_it() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut waits = TestTask::new(clock.scope(pending::<()>()));
    assert_pending!(waits.poll());
    // Its guard goes first. From then on, nothing keeps time but that the sleep is about to go too.
    let mut both = TestTask::new(clock.scope({
        let clock = clock.clone();
        async move {
            let mut sleep = pin!(time::sleep(SECOND));
            let _hold = clock.hold();
            let _ = poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx))).await;
            pending::<()>().await;
        }
    }));
    assert_pending!(both.poll());
    drop(both);
    assert_eq!(clock.now(), start);
}

#[test]
fn a_timer_that_wakes_nobody_does_not_stop_time() {
    run(async {
        let start = Instant::now();
        let mut interval = time::interval(SECOND);
        interval.tick().await;
        // Polled with a waker that does nothing, then left.
        assert!(interval.tick().now_or_never().is_none());
        time::sleep(5 * SECOND).await;
        assert_eq!(start.elapsed(), 5 * SECOND);
    });
}

#[test]
fn a_wake_that_leads_nowhere_does_not_stop_time() {
    // Somebody outside of the scope waits for this clock, and has nothing more to do with it once woken.
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut outside = pin!(clock.clock().sleep(SECOND));
    assert!(outside.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut inside = TestTask::new(clock.scope(async { time::sleep(2 * SECOND).await }));
    assert_pending!(inside.poll());
    assert!(inside.is_woken());
    assert_ready!(inside.poll());
    assert_eq!(clock.now() - start, 2 * SECOND);
}

#[test]
fn a_scope_that_is_polled_before_its_wake_has_returned_does_not_stop_time() {
    // As another thread of an executor may do it; here the executor's waker polls by itself.
    let clock = VirtualClock::new();
    let woken_by = Arc::new(Mutex::new(Waker::noop().clone()));
    let scope = Arc::new(Mutex::new(Box::pin(clock.scope(poll_fn({
        let woken_by = Arc::clone(&woken_by);
        move |cx| {
            *woken_by.lock().unwrap() = cx.waker().clone();
            Poll::<()>::Pending
        }
    })))));
    let executor = CountingWaker::hooked({
        let scope = Arc::clone(&scope);
        move |event| {
            if event == WakerEvent::Wake {
                let _ = scope.lock().unwrap().as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
        }
    });
    assert!(scope.lock().unwrap().as_mut().poll(&mut Context::from_waker(&executor.waker())).is_pending());
    let waker = woken_by.lock().unwrap().clone();
    waker.wake();
    assert_eq!(executor.wakes(), 1);
    let mut waits = TestTask::new(clock.scope(clock.clock().sleep(SECOND)));
    assert_pending!(waits.poll());
    assert!(waits.is_woken(), "nobody has anything to do any more");
    // Breaks the circle of the scope, its waker and the hook.
    *woken_by.lock().unwrap() = Waker::noop().clone();
}

#[test]
fn a_task_outside_that_has_ended_does_not_stop_time() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let timer = clock.clock();
    let _outside = task::spawn(async move { timer.sleep(SECOND).await });
    Std.block_on(clock.scope(async {
        for _ in 0..3 {
            time::sleep(SECOND).await;
        }
    }));
    assert!(clock.now() - start >= 3 * SECOND);
}

#[test]
fn scopes_nest() {
    let (outer, inner) = (VirtualClock::new(), VirtualClock::new());
    let seen = Std.block_on(outer.scope(async {
        let start = Instant::now();
        inner.scope(async { time::sleep(5 * SECOND).await }).await;
        start.elapsed()
    }));
    assert_eq!(seen, Duration::ZERO);
    let back = Clock::system().scope(async { Clock::current().is_virtual() });
    assert!(!Std.block_on(outer.scope(back)));
}

#[test]
fn tasks_and_blocking_work_inherit_the_clock() {
    run(async {
        assert!(task::spawn(async { Clock::current().is_virtual() }).await.unwrap());
        assert!(task::spawn_blocking(|| Clock::current().is_virtual()).await.unwrap());
        let nested = task::spawn(async { task::spawn(async { Clock::current().is_virtual() }).await.unwrap() });
        assert!(nested.await.unwrap());
    });
}

#[test]
fn a_task_outside_of_the_scope_gets_its_time() {
    let clock = VirtualClock::new();
    let timer = clock.clock();
    let start = clock.now();
    // Spawned outside, so it does not inherit the clock; it uses it all the same.
    let outside = task::spawn({
        let timer = timer.clone();
        async move {
            for _ in 0..10 {
                timer.sleep(SECOND).await;
            }
            timer.now() - start
        }
    });
    let elapsed = Std.block_on(clock.scope(outside)).unwrap();
    assert_eq!(elapsed, 10 * SECOND);
}

#[test]
fn advancing_by_hand_fires_in_order_each_at_its_instant() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut sleeps: Vec<_> = [30u64, 10, 20, 20]
        .into_iter()
        .enumerate()
        .map(|(n, nanos)| {
            let (clock, seen) = (clock.clone(), Arc::clone(&seen));
            let waker = CountingWaker::hooked({
                let clock = clock.clone();
                move |event| {
                    if event == WakerEvent::Wake {
                        seen.lock().unwrap().push((n, clock.now() - start));
                    }
                }
            });
            let mut sleep = Box::pin(clock.clock().sleep(Duration::from_nanos(nanos)));
            assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
            sleep
        })
        .collect();
    clock.advance(Duration::from_nanos(25));
    let nanos = Duration::from_nanos;
    assert_eq!(*seen.lock().unwrap(), [(1, nanos(10)), (2, nanos(20)), (3, nanos(20))]);
    assert_eq!(clock.now() - start, nanos(25));
    assert!(clock.advance_to_next());
    assert_eq!(clock.now() - start, nanos(30));
    assert!(!clock.advance_to_next());
    for sleep in &mut sleeps {
        assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
}

#[test]
fn all_timers_of_an_instant_fire_together_however_many_they_are() {
    let clock = VirtualClock::new();
    let mut sleeps: Vec<_> = (0..100).map(|_| TestTask::new(clock.clock().sleep(SECOND))).collect();
    for sleep in &mut sleeps {
        assert_pending!(sleep.poll());
    }
    assert!(clock.advance_to_next());
    for sleep in &mut sleeps {
        assert!(sleep.is_woken());
        assert_ready!(sleep.poll());
    }
    assert!(!clock.advance_to_next());
}

#[test]
fn a_panicking_waker_does_not_stop_time() {
    let clock = VirtualClock::new();
    let waker = CountingWaker::panicking(WakerEvent::Wake);
    let mut bad = Box::pin(clock.clock().sleep(SECOND));
    assert!(bad.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    Std.block_on(clock.scope(async {
        time::sleep(SECOND).await;
        time::sleep(SECOND).await;
    }));
    assert_eq!(waker.wakes(), 1);
}

#[test]
fn ten_thousand_sleeps_on_many_threads_keep_order() {
    let count = Arc::new(AtomicUsize::new(0));
    run(async {
        let tasks: Vec<_> = (0..2000u32)
            .map(|n| {
                let count = Arc::clone(&count);
                task::spawn(async move {
                    let start = Instant::now();
                    for k in 1..=5 {
                        time::sleep(Duration::from_nanos(u64::from(n % 97) + 1)).await;
                        count.fetch_add(1, SeqCst);
                        assert!(start.elapsed() >= k * Duration::from_nanos(u64::from(n % 97) + 1));
                    }
                    start.elapsed()
                })
            })
            .collect();
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.await.unwrap(), 5 * Duration::from_nanos(n % 97 + 1));
        }
    });
    assert_eq!(count.load(SeqCst), 10_000);
}

#[test]
fn many_panicking_wakers_do_not_stop_time() {
    /// Panics whatever else goes on. A second panic while the first one unwinds would end the process.
    struct Bomb(Arc<AtomicUsize>);

    impl std::task::Wake for Bomb {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
            panic!("on purpose");
        }
    }

    let clock = VirtualClock::new();
    let wakes = Arc::new(AtomicUsize::new(0));
    let mut sleeps: Vec<_> = (0..40).map(|_| Box::pin(clock.clock().sleep(SECOND))).collect();
    for sleep in &mut sleeps {
        let waker = Waker::from(Arc::new(Bomb(wakes.clone())));
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    clock.advance(2 * SECOND);
    assert_eq!(wakes.load(SeqCst), 40);
    assert!(sleeps.iter().all(|sleep| sleep.is_elapsed()));
}

/// Runs by hand what `in_scope` spawns: gives the clock to `by_hand`, outside of the scope.
fn by_hand<T>(in_scope: impl Future<Output = T>, by_hand: impl AsyncFnOnce(&VirtualClock, T)) {
    let clock = VirtualClock::manual();
    Std.block_on(async {
        let given = clock.scope(in_scope).await;
        by_hand(&clock, given).await;
    });
}

#[test]
fn a_manual_clock_stands_still_until_it_is_told_to_go_on() {
    let clock = VirtualClock::manual();
    let start = clock.now();
    let mut sleeps = TestTask::new(clock.scope(async { time::sleep(SECOND).await }));
    assert_pending!(sleeps.poll());
    assert!(!sleeps.is_woken());
    clock.advance(SECOND / 2);
    assert!(!sleeps.is_woken());
    assert!(clock.advance_to_next());
    assert_eq!(clock.now() - start, SECOND);
    assert!(sleeps.is_woken());
    assert_ready!(sleeps.poll());
    assert!(!clock.advance_to_next());
}

#[test]
fn running_for_a_while_lets_each_task_see_its_own_instant() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let spawns = async {
        let start = Instant::now();
        for n in [5u32, 1, 3, 3, 2] {
            let seen = Arc::clone(&seen);
            task::spawn(async move {
                let nano = Duration::from_nanos(1);
                time::sleep(n * nano).await;
                seen.lock().unwrap().push((n, start.elapsed()));
                // What follows from it is under way before time goes on.
                for _ in 0..10 {
                    yield_now().await;
                }
                time::sleep(10 * nano).await;
                seen.lock().unwrap().push((n + 10, start.elapsed()));
            });
        }
        start
    };
    by_hand(spawns, async |clock, start| {
        let nanos = Duration::from_nanos;
        let seen = || std::mem::take(&mut *seen.lock().unwrap());
        clock.run_for(nanos(2)).await;
        assert_eq!(seen(), [(1, nanos(1)), (2, nanos(2))]);
        assert_eq!(clock.now() - start, nanos(2));
        clock.run_for(nanos(9)).await;
        assert_eq!(seen(), [(3, nanos(3)), (3, nanos(3)), (5, nanos(5)), (11, nanos(11))]);
        clock.run_for(Duration::MAX).await;
        assert_eq!(seen(), [(12, nanos(12)), (13, nanos(13)), (13, nanos(13)), (15, nanos(15))]);
        assert_eq!(clock.now() - start, nanos(15), "as far as there was something to do");
    });
}

#[test]
fn running_until_all_is_stalled_takes_no_time() {
    let spawns = async {
        let relay = task::spawn(async {
            let mut hops = 0;
            for _ in 0..20 {
                hops += task::spawn(async { 1 }).await.unwrap();
            }
            hops
        });
        (relay, task::spawn(time::sleep(Duration::from_nanos(1))), Instant::now())
    };
    by_hand(spawns, async |clock, (relay, sleep, start)| {
        clock.run_until_stalled().await;
        assert!(relay.is_finished());
        assert!(!sleep.is_finished());
        assert_eq!(clock.now(), start);
        // Again, with nothing to do.
        clock.run_until_stalled().await;
        assert_eq!(clock.now(), start);
        clock.run_for(Duration::from_nanos(1)).await;
        assert!(sleep.is_finished());
    });
}

#[test]
fn what_runs_the_clock_may_be_in_its_scope() {
    // On a clock that goes on by itself, too.
    for clock in [VirtualClock::new(), VirtualClock::manual()] {
        Std.block_on(clock.scope(async {
            let start = Instant::now();
            let sleeps = [1, 2, 3].map(|n| task::spawn(time::sleep(n * SECOND)));
            let finished = || sleeps.iter().filter(|sleep| sleep.is_finished()).count();
            for n in 0..=3 {
                clock.run_until_stalled().await;
                assert_eq!((finished(), start.elapsed()), (n, n as u32 * SECOND));
                clock.run_for(SECOND).await;
            }
            assert_eq!(start.elapsed(), 4 * SECOND);
        }));
    }
}

#[test]
fn several_run_the_clock_each_as_far_as_it_wants() {
    let clock = VirtualClock::manual();
    let start = clock.now();
    let mut runs = [3, 1, 2, 1].map(|n| TestTask::new(clock.run_for(n * SECOND)));
    let mut sleeps = TestTask::new(clock.scope(async { time::sleep(2 * SECOND).await }));
    let woken = |runs: &[TestTask<_>]| runs.iter().map(TestTask::is_woken).collect::<Vec<_>>();
    for run in &mut runs {
        assert_pending!(run.poll());
    }
    assert_eq!(woken(&runs), [false; 4], "the scope has not been polled");
    assert_pending!(sleeps.poll());
    assert_eq!(woken(&runs), [false, true, false, true]);
    assert_eq!(clock.now() - start, 2 * SECOND, "its timer is due");
    assert_ready!(sleeps.poll());
    assert_eq!(woken(&runs), [true; 4]);
    for run in &mut runs {
        assert_ready!(run.poll());
    }
    assert_eq!(clock.now() - start, 3 * SECOND);
}

#[test]
fn a_run_that_is_dropped_stops_time_where_it_is() {
    let clock = VirtualClock::manual();
    let start = clock.now();
    let mut ticks = TestTask::new(clock.scope(async {
        loop {
            time::sleep(SECOND).await;
        }
    }));
    let mut run = TestTask::new(clock.run_for(10 * SECOND));
    assert_pending!(run.poll());
    for _ in 0..3 {
        assert_pending!(ticks.poll());
    }
    assert_eq!(clock.now() - start, 3 * SECOND);
    drop(run);
    assert_pending!(ticks.poll());
    assert!(!ticks.is_woken());
    assert_eq!(clock.now() - start, 3 * SECOND);
}

#[test]
fn a_run_waits_for_a_foreign_thread_that_holds_time() {
    let clock = VirtualClock::manual();
    let start = clock.now();
    let hold = clock.hold();
    let mut run = TestTask::new(clock.run_for(SECOND));
    assert_pending!(run.poll());
    assert_pending!(run.poll());
    std::thread::spawn(move || drop(hold)).join().unwrap();
    assert!(run.is_woken());
    assert_eq!(clock.now() - start, SECOND);
    assert_ready!(run.poll());
}

#[test]
fn a_run_waits_for_blocking_work() {
    let (go, going) = std::sync::mpsc::channel();
    let spawns = async { [task::spawn_blocking(move || going.recv().unwrap())] };
    by_hand(spawns, async |clock, [work]| {
        let mut run = pin!(clock.run_until_stalled());
        assert!(poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx))).await.is_pending());
        go.send(7).unwrap();
        run.await;
        assert!(work.is_finished());
    });
}

#[cfg(feature = "tokio")]
mod under_tokio {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use anywhen::rt::Tokio;
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn multi_thread() -> (Runtime, Tokio) {
        let runtime = Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
        let rt = Tokio::new(runtime.handle().clone());
        (runtime, rt)
    }

    /// tokio: "`time::pause()` requires the `current_thread` Tokio runtime".
    #[test]
    fn tokios_own_pause_panics_on_many_threads() {
        let (runtime, _) = multi_thread();
        let paused = catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { tokio::time::pause() })));
        let panic = *paused.unwrap_err().downcast::<String>().unwrap();
        assert!(panic.contains("current_thread"), "{panic}");
    }

    #[test]
    fn ours_goes_on_by_itself_there() {
        let (_runtime, rt) = multi_thread();
        let clock = VirtualClock::new();
        let real = std::time::Instant::now();
        rt.block_on(clock.scope(async {
            let start = Instant::now();
            let tasks: Vec<_> = (1..=100u32)
                .map(|n| {
                    task::spawn(async move {
                        for k in 1..=10 {
                            time::sleep(n * SECOND).await;
                            assert_eq!(start.elapsed(), k * n * SECOND);
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(start.elapsed(), 1000 * SECOND);
        }));
        assert!(real.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn ours_is_run_by_hand_there_and_every_task_sees_its_own_instant() {
        let (_runtime, rt) = multi_thread();
        let clock = VirtualClock::manual();
        rt.block_on(async {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let start = clock.now();
            clock
                .scope(async {
                    for n in 1..=50u64 {
                        let seen = Arc::clone(&seen);
                        task::spawn(async move {
                            let wait = Duration::from_nanos(n * 37 % 51);
                            time::sleep(wait).await;
                            // On whichever thread, in the meantime time has not gone on.
                            yield_now().await;
                            assert_eq!(start.elapsed(), wait);
                            seen.lock().unwrap().push(wait);
                        });
                    }
                })
                .await;
            for n in 1..=50u64 {
                clock.run_for(Duration::from_nanos(1)).await;
                assert_eq!(seen.lock().unwrap().last(), Some(&Duration::from_nanos(n)));
                assert_eq!(seen.lock().unwrap().len() as u64, n);
            }
            assert_eq!(clock.now() - start, Duration::from_nanos(50));
        });
    }
}
