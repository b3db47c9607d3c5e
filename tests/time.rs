//! Sleeps, timeouts and intervals, polled by hand in virtual time; and a few on the system's clock, where it is the clock
//! that is to be shown.
#![cfg(feature = "testing")]

use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use anywhen::future::FutureExt;
use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::task;
use anywhen::testing::{CountingWaker, TestTask, WakerEvent};
use anywhen::time::{self, Clock, Duration, Instant, Interval, MissedTickBehavior, Sleep, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready, assert_ready_eq, assert_ready_ok};

const MILLI: Duration = Duration::from_millis(1);

#[test]
fn a_sleep_is_woken_at_its_deadline_and_stays_ready() {
    let clock = VirtualClock::new();
    let mut sleep = TestTask::new(clock.clock().sleep(3 * MILLI));
    assert_pending!(sleep.poll());
    clock.advance(3 * MILLI - Duration::from_nanos(1));
    assert!(!sleep.is_woken());
    assert_pending!(sleep.poll());
    clock.advance(Duration::from_nanos(1));
    assert!(sleep.is_woken());
    assert!(sleep.future().is_elapsed());
    for _ in 0..3 {
        assert_ready!(sleep.poll());
    }
    assert_eq!(sleep.count().wakes(), 1);
}

#[test]
fn a_sleep_is_fixed_when_it_is_made() {
    let clock = VirtualClock::new();
    let deadline = clock.now() + 5 * MILLI;
    let mut sleep = TestTask::new(clock.clock().sleep(5 * MILLI));
    assert_eq!(sleep.future().deadline(), deadline);
    clock.advance(5 * MILLI);
    assert_ready!(sleep.poll());
}

#[test]
fn no_time_at_all_is_over_at_once_and_the_far_future_never() {
    let clock = VirtualClock::new();
    assert_ready!(TestTask::new(clock.clock().sleep(Duration::ZERO)).poll());
    assert_ready!(TestTask::new(clock.clock().sleep_until(clock.now())).poll());
    assert_ready!(TestTask::new(clock.clock().sleep_until(Instant::from_nanos(0))).poll());
    for mut never in [
        TestTask::new(clock.clock().sleep(Duration::MAX)),
        TestTask::new(clock.clock().sleep_until(Instant::FAR_FUTURE)),
    ] {
        assert_pending!(never.poll());
        clock.advance(Duration::from_secs(1 << 40));
        assert_pending!(never.poll());
        assert!(!never.is_woken());
    }
}

#[test]
fn the_latest_waker_is_woken_and_the_others_are_let_go() {
    let clock = VirtualClock::new();
    let mut sleep = Box::pin(clock.clock().sleep(MILLI));
    let (first, second) = (CountingWaker::new(), CountingWaker::new());
    for waker in [&first, &second] {
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    }
    assert_eq!((first.live(), second.live()), (0, 1));
    let clones = second.clones();
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&second.waker())).is_pending());
    assert_eq!(second.clones(), clones, "a spurious poll clones nothing");
    clock.advance(MILLI);
    assert_eq!((first.wakes(), second.wakes(), second.live()), (0, 1, 0));
}

#[test]
fn dropping_a_sleep_takes_it_out() {
    let clock = VirtualClock::new();
    let waker = CountingWaker::new();
    let mut sleep = Box::pin(clock.clock().sleep(MILLI));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    drop(sleep);
    assert_eq!(waker.live(), 0);
    assert!(!clock.advance_to_next());
    assert_eq!(waker.wakes(), 0);
}

#[test]
fn a_sleep_can_be_reset_whatever_it_is_doing() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut sleep = TestTask::new(clock.clock().sleep(MILLI));
    let reset = |sleep: &mut TestTask<Sleep>, millis: u32| sleep.future_mut().reset(start + millis * MILLI);
    // Before the first poll, while it waits (further away, then nearer), and once it is over.
    reset(&mut sleep, 9);
    assert_pending!(sleep.poll());
    reset(&mut sleep, 20);
    assert_pending!(sleep.poll());
    clock.advance(10 * MILLI);
    assert!(!sleep.is_woken());
    reset(&mut sleep, 12);
    assert_pending!(sleep.poll());
    clock.advance(2 * MILLI);
    assert_ready!(sleep.poll());
    reset(&mut sleep, 13);
    assert!(!sleep.future().is_elapsed());
    assert_pending!(sleep.poll());
    // Into the past.
    reset(&mut sleep, 1);
    assert_ready!(sleep.poll());
    // And to where nothing comes.
    sleep.future_mut().reset(Instant::FAR_FUTURE);
    assert_pending!(sleep.poll());
    reset(&mut sleep, 14);
    assert_pending!(sleep.poll());
    clock.advance(2 * MILLI);
    assert_ready!(sleep.poll());
}

#[test]
fn a_sleep_that_is_reset_to_what_has_passed_is_ready_in_its_next_poll() {
    // On the system's clock as well, where the wheel learns only now and then what time it is.
    for clock in [Clock::system(), VirtualClock::new().clock()] {
        let mut sleep = TestTask::new(clock.sleep(Duration::from_secs(3600)));
        for polled in [false, true] {
            if polled {
                sleep.future_mut().reset(Instant::FAR_FUTURE);
                assert_pending!(sleep.poll());
            }
            sleep.future_mut().reset(clock.now());
            assert_ready!(sleep.poll());
        }
    }
}

#[test]
fn a_task_is_woken_at_the_new_deadline_without_polling_again() {
    // Another task resets what it waits for, as one that holds the sleep in a mutex does.
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut sleep = TestTask::new(clock.clock().sleep(9 * MILLI));
    assert_pending!(sleep.poll());
    sleep.future_mut().reset(start + 5 * MILLI);
    clock.advance(5 * MILLI);
    assert_eq!(sleep.count().wakes(), 1, "earlier");
    assert_ready!(sleep.poll());

    let mut sleep = TestTask::new(clock.clock().sleep(MILLI));
    assert_pending!(sleep.poll());
    sleep.future_mut().reset(start + 8 * MILLI);
    clock.advance(2 * MILLI);
    assert_eq!(sleep.count().wakes(), 0, "later");
    sleep.future_mut().reset(start);
    assert_eq!(sleep.count().wakes(), 1, "into the past");
    assert_ready!(sleep.poll());

    let mut sleep = TestTask::new(clock.clock().sleep(Duration::MAX));
    assert_pending!(sleep.poll());
    sleep.future_mut().reset(clock.now() + MILLI);
    clock.advance(MILLI);
    assert_eq!(sleep.count().wakes(), 1, "back from never");
    sleep.future_mut().reset(Instant::FAR_FUTURE);
    assert_pending!(sleep.poll());
}

#[test]
fn a_reset_that_panics_has_the_task_that_waits_look_itself() {
    let clock = VirtualClock::new();
    for (first, then) in [(2, 1), (1, 2)] {
        let left = Arc::new(AtomicUsize::new(1));
        let waker = CountingWaker::hooked(move |event| {
            if event == WakerEvent::Clone && left.fetch_sub(1, SeqCst) == 0 {
                panic!("no second clone");
            }
        });
        let start = clock.now();
        let mut sleep = Box::pin(clock.clock().sleep_until(start + first * MILLI));
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| sleep.as_mut().reset(start + then * MILLI))).is_err());
        assert_eq!((waker.wakes(), waker.live()), (1, 0));
        let mut task = TestTask::new(sleep);
        assert_pending!(task.poll());
        clock.advance(then * MILLI);
        assert_ready!(task.poll());
    }
}

#[test]
fn sleeps_fire_in_order_of_deadline_then_of_first_poll() {
    let clock = VirtualClock::new();
    let order = Arc::new(AtomicUsize::new(0));
    let mut sleeps: Vec<_> = [7u32, 3, 7, 3, 5]
        .into_iter()
        .map(|millis| {
            let order = Arc::clone(&order);
            let place = Arc::new(AtomicUsize::new(0));
            let waker = CountingWaker::hooked({
                let place = Arc::clone(&place);
                move |event| {
                    if event == WakerEvent::Wake {
                        place.store(order.fetch_add(1, SeqCst) + 1, SeqCst);
                    }
                }
            });
            (Box::pin(clock.clock().sleep(millis * MILLI)), waker, place)
        })
        .collect();
    for (sleep, waker, _) in &mut sleeps {
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    }
    clock.advance(10 * MILLI);
    let places: Vec<_> = sleeps.iter().map(|(_, _, place)| place.load(SeqCst)).collect();
    assert_eq!(places, [4, 1, 5, 2, 3]);
}

#[test]
fn a_timeout_prefers_the_value_and_counts_from_its_first_pending() {
    let clock = VirtualClock::new();
    let hold = clock.hold();
    let late = time::timeout(MILLI, pending::<()>());
    clock.advance(5 * MILLI);
    let mut late = TestTask::new(clock.scope(late));
    assert_pending!(late.poll());
    clock.advance(MILLI - Duration::from_nanos(1));
    assert!(!late.is_woken());
    clock.advance(Duration::from_nanos(1));
    assert!(late.is_woken());
    assert!(assert_ready!(late.poll()).is_err());
    drop(hold);

    // Both at once.
    let mut open = false;
    let value = poll_fn(move |_| if std::mem::replace(&mut open, true) { Poll::Ready(1) } else { Poll::Pending });
    let mut both = TestTask::new(time::timeout_on(clock.clock(), MILLI, value));
    assert_pending!(both.poll());
    clock.advance(MILLI);
    assert_eq!(assert_ready_ok!(both.poll()), 1);
}

#[test]
fn a_zero_timeout_is_up_in_the_first_poll() {
    assert!(assert_ready!(TestTask::new(time::timeout(Duration::ZERO, pending::<()>())).poll()).is_err());
    assert_eq!(assert_ready_ok!(TestTask::new(time::timeout(Duration::ZERO, ready(7))).poll()), 7);
    let past = Instant::now() - MILLI;
    assert!(assert_ready!(TestTask::new(time::timeout_at(past, pending::<()>())).poll()).is_err());
}

#[test]
fn a_zero_timeout_is_up_in_the_first_poll_on_any_timer() {
    /// One whose sleeps take their time, as those of runtimes that count in milliseconds do.
    #[derive(Clone)]
    struct Coarse(Clock);

    impl Timer for Coarse {
        type Sleep = Sleep;

        fn now(&self) -> Instant {
            self.0.now()
        }

        fn sleep_until(&self, deadline: Instant) -> Sleep {
            self.0.sleep_until(deadline + MILLI)
        }

        fn reset(sleep: std::pin::Pin<&mut Sleep>, deadline: Instant) {
            sleep.reset(deadline + MILLI);
        }
    }

    let coarse = Coarse(VirtualClock::new().clock());
    let mut timeout = TestTask::new(time::timeout_on(coarse, Duration::ZERO, pending::<()>()));
    assert!(assert_ready!(timeout.poll()).is_err());
}

#[test]
fn a_timeout_gives_its_future_back() {
    let mut timeout = time::timeout(Duration::MAX, ready(7));
    assert_eq!(timeout.get_ref().clone().into_inner(), 7);
    *timeout.get_mut() = ready(8);
    assert_eq!(timeout.into_inner().into_inner(), 8);
}

#[test]
fn a_timeout_whose_future_panics_is_over_and_its_timer_gone() {
    let clock = VirtualClock::new();
    let mut polls = 0;
    let panics = poll_fn(move |_| {
        polls += 1;
        if polls == 1 { Poll::<()>::Pending } else { panic!("on purpose") }
    });
    let mut task = TestTask::new(time::timeout_on(clock.clock(), MILLI, panics));
    assert_pending!(task.poll());
    assert!(catch_unwind(AssertUnwindSafe(|| task.poll())).is_err());
    assert!(!clock.advance_to_next());
    let again = catch_unwind(AssertUnwindSafe(|| task.poll())).unwrap_err();
    assert_eq!(again.downcast_ref::<String>().unwrap(), "`Timeout` polled after completion");
}

#[test]
fn an_interval_ticks_at_once_and_does_not_drift() {
    Std.block_on(VirtualClock::new().scope(async {
        let start = Instant::now();
        let mut interval = time::interval(10 * MILLI);
        for n in 0..100 {
            assert_eq!(interval.tick().await, start + n * 10 * MILLI);
            // Work that takes time, but less than is late.
            time::sleep(Duration::from_micros(u64::from(n) * 40)).await;
        }
    }));
}

#[test]
fn late_ticks_are_treated_as_was_said() {
    let millis = |behavior| {
        Std.block_on(VirtualClock::new().scope(async move {
            let start = Instant::now();
            let mut interval = time::interval(10 * MILLI);
            interval.set_missed_tick_behavior(behavior);
            assert_eq!(interval.missed_tick_behavior(), behavior);
            for _ in 0..2 {
                interval.tick().await;
            }
            time::sleep_until(start + 45 * MILLI).await;
            assert_eq!(interval.tick().await, start + 20 * MILLI);
            let mut taken = Vec::new();
            for _ in 0..4 {
                interval.tick().await;
                taken.push(start.elapsed().as_millis());
            }
            taken
        }))
    };
    assert_eq!(millis(MissedTickBehavior::Burst), [45, 45, 50, 60]);
    assert_eq!(millis(MissedTickBehavior::Delay), [55, 65, 75, 85]);
    assert_eq!(millis(MissedTickBehavior::Skip), [50, 60, 70, 80]);
}

#[test]
fn an_interval_that_is_dropped_in_the_middle_of_a_tick_loses_none() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut interval = time::interval_at_on(clock.clock(), start + MILLI, MILLI);
    assert_eq!(interval.period(), MILLI);
    assert_pending!(TestTask::new(interval.tick()).poll());
    clock.advance(MILLI);
    assert_ready_eq!(TestTask::new(interval.tick()).poll(), start + MILLI);
}

#[test]
fn an_interval_can_be_reset() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut interval = time::interval_on(clock.clock(), 10 * MILLI);
    let next = |interval: &mut Interval| Std.block_on(clock.scope(interval.tick())) - start;
    assert_eq!(next(&mut interval), Duration::ZERO);
    interval.reset();
    assert_eq!(next(&mut interval), 10 * MILLI);
    interval.reset_after(MILLI);
    assert_eq!(next(&mut interval), 11 * MILLI);
    interval.reset_at(start + 50 * MILLI);
    assert_eq!(next(&mut interval), 50 * MILLI);
    interval.reset_immediately();
    assert_eq!(next(&mut interval), 50 * MILLI);
    assert_eq!(next(&mut interval), 60 * MILLI);
}

#[test]
fn a_zero_period_is_refused() {
    let refused = catch_unwind(|| time::interval(Duration::ZERO)).unwrap_err();
    assert_eq!(*refused.downcast_ref::<&str>().unwrap(), "`period` must be non-zero");
}

#[test]
fn nothing_overflows_at_the_end_of_time() {
    let clock = VirtualClock::new();
    let mut interval = time::interval_on(clock.clock(), Duration::MAX);
    assert_ready!(TestTask::new(interval.tick()).poll());
    assert_pending!(TestTask::new(interval.tick()).poll());
    for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
        interval.set_missed_tick_behavior(behavior);
        interval.reset_after(MILLI);
        clock.advance(100 * MILLI);
        assert_ready!(TestTask::new(interval.tick()).poll());
        assert_pending!(TestTask::new(interval.tick()).poll());
    }
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Instant::FAR_FUTURE);
}

#[test]
fn the_system_clock_is_never_early() {
    Std.block_on(async {
        for micros in [0u64, 1, 50, 100, 999, 1000, 1500] {
            let duration = Duration::from_micros(micros);
            let start = std::time::Instant::now();
            time::sleep(duration).await;
            assert!(start.elapsed() >= duration);
        }
    });
}

#[test]
fn a_new_earlier_timer_interrupts_the_wait_for_a_later_one() {
    // Under a foreign executor, so that the thread drives.
    async_io::block_on(async {
        let later = time::sleep(Duration::from_secs(3600)).map(|()| "later");
        let earlier = async {
            anywhen::future::yield_now().await;
            time::sleep(MILLI).await;
            "earlier"
        };
        assert_eq!((later, earlier).race().await, "earlier");
    });
    // And in a parked `block_on`, where another thread registers.
    Std.block_on(async {
        let later = time::sleep(Duration::from_secs(3600)).map(|()| "later");
        let earlier = task::spawn(async {
            time::sleep(MILLI).await;
            "earlier"
        });
        assert_eq!((later, earlier.map(Result::unwrap)).race().await, "earlier");
    });
}

/// Runs a test of this file in a process of its own, where no other test's timers keep the driver awake.
fn alone(name: &str, test: impl FnOnce()) {
    alone_with(name, &[], test);
}

/// The same with some variables of its environment.
fn alone_with(name: &str, variables: &[(&str, &str)], test: impl FnOnce()) {
    const MARK: &str = "ANYWHEN_TEST_ALONE";
    if std::env::var_os(MARK).is_some() {
        return test();
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name]).envs(variables.iter().copied()).env(MARK, "").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_timer_of_a_block_on_that_has_ended_is_served_elsewhere() {
    alone("a_timer_of_a_block_on_that_has_ended_is_served_elsewhere", || {
        // Registered with the waker of a `block_on` that then leaves; polled on from another executor.
        let mut sleep = Box::pin(time::sleep(2 * MILLI));
        Std.block_on(poll_fn(|cx| {
            assert!(sleep.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        }));
        let served = sleep.map(|()| true);
        // It is a stream as well.
        let given_up = FutureExt::map(async_io::Timer::after(Duration::from_secs(20)), |_| false);
        assert!(async_io::block_on((served, given_up).race()), "nobody drives the timer");
    });
}

/// With a stack for which there is no room, as where there are as many threads as may be.
#[cfg(target_os = "linux")]
#[test]
fn where_no_thread_can_be_started_who_needs_it_is_told_and_a_block_on_does_without() {
    let variables = [("RUST_MIN_STACK", "1125899906842624")];
    alone_with("where_no_thread_can_be_started_who_needs_it_is_told_and_a_block_on_does_without", &variables, || {
        Std.block_on(async {
            let mut later = pin!(time::sleep(Duration::from_secs(3600)));
            assert!(poll_fn(|cx| Poll::Ready(later.as_mut().poll(cx))).await.is_pending());
            for _ in 0..3 {
                // After each of these somebody else would have to see to the other.
                time::sleep(MILLI).await;
            }
        });
        let mut sleep = pin!(Clock::system().sleep(MILLI));
        for _ in 0..3 {
            let poll = || sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let payload = catch_unwind(AssertUnwindSafe(poll)).unwrap_err();
            assert!(payload.downcast_ref::<String>().unwrap().starts_with("cannot start the timer thread"));
        }
        Std.block_on(sleep);
    });
}

#[test]
fn timers_of_nested_and_neighbouring_block_ons_are_all_served() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..50u64 {
                    Std.block_on(async {
                        let mut outer = pin!(time::sleep(Duration::from_micros(n * 7)));
                        let _ = poll_fn(|cx| Poll::Ready(outer.as_mut().poll(cx))).await;
                        Std.block_on(time::sleep(Duration::from_micros(n * 5)));
                        async_io::block_on(time::sleep(Duration::from_micros(n * 3)));
                        outer.await;
                    });
                }
            });
        }
    });
}

#[test]
fn a_block_on_that_never_parks_gets_its_timers_too() {
    // The sleep is polled again and again with the waker it has, and the thread never comes to wait.
    let busy = async {
        loop {
            anywhen::future::yield_now().await;
        }
    };
    Std.block_on((time::sleep(MILLI), busy).race());
    // The same with a sleep that was first polled in another `block_on` on this thread, which has ended.
    let mut sleep = pin!(time::sleep(MILLI));
    Std.block_on(poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx).is_pending())));
    let busy = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    Std.block_on((sleep, busy).race());
}

#[test]
fn a_block_on_within_a_wake_gets_its_timers() {
    // The waker is woken by a parked `block_on`, or by the thread if the other test's `block_on`s keep that busy.
    let done = Arc::new(AtomicUsize::new(0));
    let waker = CountingWaker::hooked({
        let done = Arc::clone(&done);
        move |event| {
            if event == WakerEvent::Wake {
                Std.block_on(time::sleep(MILLI));
                done.store(1, SeqCst);
            }
        }
    });
    let mut outer = pin!(time::sleep(MILLI));
    assert!(outer.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    Std.block_on(async {
        while done.load(SeqCst) == 0 {
            time::sleep(MILLI).await;
        }
    });
}

#[test]
fn a_block_on_within_a_wake_of_the_drivers_thread_is_served_when_the_parked_one_leaves() {
    alone("a_block_on_within_a_wake_of_the_drivers_thread_is_served_when_the_parked_one_leaves", || {
        const MICRO: Duration = Duration::from_micros(1);
        for round in 0..50 {
            let (done, is_done) = std::sync::mpsc::channel();
            let both = Arc::new(std::sync::Barrier::new(2));
            let waker = CountingWaker::hooked({
                let (done, both) = (Mutex::new(done), Arc::clone(&both));
                move |event| {
                    if event == WakerEvent::Wake {
                        both.wait();
                        Std.block_on(time::sleep(MILLI));
                        done.lock().unwrap().send(()).unwrap();
                    }
                }
            });
            let mut sleep = pin!(Clock::system().sleep(MICRO));
            if sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending() {
                // Parks now, most likely before the one within the wake does, and does not come back.
                both.wait();
                Std.block_on(time::sleep(200 * MICRO));
                is_done.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("stuck in round {round}"));
            }
        }
    });
}

#[test]
fn a_parked_block_on_is_not_polled_when_others_set_timers() {
    let others = std::thread::spawn(|| {
        for _ in 0..20 {
            async_io::block_on(time::sleep(MILLI));
        }
    });
    let mut polls = 0;
    let mut sleep = pin!(time::sleep(200 * MILLI));
    Std.block_on(poll_fn(|cx| {
        polls += 1;
        sleep.as_mut().poll(cx)
    }));
    others.join().unwrap();
    assert_eq!(polls, 2, "once to begin, once when its own timer fires");
}

#[test]
fn a_panicking_waker_does_not_kill_the_driver() {
    let waker = CountingWaker::panicking(WakerEvent::Wake);
    let mut bad = Box::pin(Clock::system().sleep(MILLI));
    assert!(bad.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_pending());
    async_io::block_on(async {
        while waker.wakes() == 0 {
            time::sleep(MILLI).await;
        }
        time::sleep(MILLI).await;
    });
    assert!(bad.is_elapsed());
}

#[test]
fn panicking_wakers_that_fire_together_do_not_kill_the_driver() {
    /// Panics whatever else goes on. A second panic while the first one unwinds would end the process.
    struct Bomb;

    impl std::task::Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    let deadline = Instant::now() + 2 * MILLI;
    let mut sleeps: Vec<_> = (0..40).map(|_| Box::pin(time::sleep_until(deadline))).collect();
    for sleep in &mut sleeps {
        let waker = Waker::from(Arc::new(Bomb));
        let _ = sleep.as_mut().poll(&mut Context::from_waker(&waker));
    }
    async_io::block_on(time::sleep_until(deadline + MILLI));
    Std.block_on(time::sleep(MILLI));
    assert!(sleeps.iter().all(|sleep| sleep.is_elapsed()));
}

#[test]
fn an_elapsed_error_is_an_io_error_of_kind_timed_out() {
    let error = Std.block_on(time::timeout(Duration::ZERO, pending::<()>())).unwrap_err();
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::TimedOut);
}
