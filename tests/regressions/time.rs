//! Sleeps, timeouts, intervals, and the clocks under them.
//!
//! | scenario | shown by |
//! |---|---|
//! | a long duration overflows and panics, or is over at once (async-std#1037; tokio#5710, #6612, #6634; mio#1657; gloo#121; P tokio `sleep_until`) | [`the_longest_waits_are_taken_and_do_not_end`]; `time::nothing_overflows_at_the_end_of_time`; `timer::never_does_not_come` in `tests/conformance`; `instant::arithmetic_saturates_at_both_ends` |
//! | a timer is lost or late after others were added, moved or taken out: the last, the earliest, one that had expired, one that was moved into the past (tokio#849, #1700, #2290, #6682, #6751, #6752, #8274) | [`timers_do_as_a_list_of_deadlines_says`] |
//! | a new timer does not interrupt the wait for a later one (tokio#3190) | `time::a_new_earlier_timer_interrupts_the_wait_for_a_later_one` |
//! | a later timer takes the place of the earlier one that was waited for (esp-hal#4212, embassy#3758), or one that was cancelled goes on blocking it (embassy#4736) | [`an_earlier_timer_is_not_put_off_by_a_later_or_a_cancelled_one`] |
//! | a sleep that another task resets is lost (smol#149) | `timer::a_sleep_moves_to_another_task` in `tests/conformance` |
//! | a wait is cut to whole milliseconds, so that the task spins (smol#109, mio#1614) | [`the_wake_of_a_sleep_finds_it_over`]; `virtual_time::nanoseconds_are_told_apart` |
//! | every wait is a millisecond too long (calloop#142) | [`not_every_sleep_is_a_millisecond_late`] |
//! | a timer at exactly now waits (async-io#73) | `time::no_time_at_all_is_over_at_once_and_the_far_future_never` |
//! | an interval wakes its task after it has given the tick (tokio#5551) | [`an_interval_that_has_ticked_wakes_nobody_until_it_is_polled_again`], on tokio's timer too |
//! | an interval drifts (P futures-time) | `interval::a_million_ticks_do_not_drift` |
//! | virtual time goes too far, in steps of a millisecond, or not the same way each time (tokio#3179, #3710, #3837, #4614, #6029) | [`timers_do_as_a_list_of_deadlines_says`], to the nanosecond; `virtual_time::nanoseconds_are_told_apart` and `every_timer_sees_its_own_instant` |
//! | virtual time runs away from a thread that answers (tokio#8232) | `virtual_time::a_reply_from_another_thread_beats_a_timeout_while_time_is_held` |
//! | advancing by hand shows every timer the end instant (tokio#7841) | `virtual_time::advancing_by_hand_fires_in_order_each_at_its_instant`, and the docs of `VirtualClock::advance` on tasks |
//! | the clock goes backwards (tokio#3619) | [`a_clock_that_goes_backwards_is_endured`] |
//! | a sleep that is polled after it is over (futures-timer#74) | `time::a_sleep_is_woken_at_its_deadline_and_stays_ready`; law 6 |
//! | a panicking waker ends the only timer thread (P futures-timer) | `time::a_panicking_waker_does_not_kill_the_driver` and `virtual_time::a_panicking_waker_does_not_stop_time` |

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::Poll;

use anywhen::prelude::*;
use anywhen::retry::{Constant, Jitter, retry};
use anywhen::rt;
use anywhen::testing::{TestTask, watched};
use anywhen::time::{self, Clock, Duration, Instant, MissedTickBehavior, Sleep, Timer, VirtualClock};
use anywhen::{assert_pending, assert_ready, assert_ready_eq};
use proptest::prelude::*;

const MICRO: Duration = Duration::from_micros(1);
const MILLI: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Waits for a timer that the built-in clock's thread drives, because nothing here parks.
fn wait_for_wake<F: Future>(task: &TestTask<F>) {
    while !task.is_woken() {
        std::thread::yield_now();
    }
}

/// async-std#1037; tokio#5710, #6612, #6634; mio#1657; gloo#121
#[test]
fn the_longest_waits_are_taken_and_do_not_end() {
    let time = VirtualClock::new();
    let longest =
        [Duration::MAX, Duration::MAX - Duration::from_nanos(1), Duration::from_nanos(u64::MAX), 500 * 365 * 24 * HOUR];
    for clock in [time.clock(), Clock::system()] {
        for wait in longest {
            let until = clock.now() + wait;
            let tick = |start: Instant, period: Duration| {
                let mut interval = time::interval_at_on(clock.clone(), start, period);
                async move {
                    interval.tick().await;
                }
            };
            let second_tick = || {
                let mut interval = time::interval_on(clock.clone(), wait);
                async move {
                    interval.tick().await;
                    interval.tick().await;
                }
            };
            let reset = || {
                let mut sleep = Box::pin(clock.sleep(MILLI));
                sleep.as_mut().reset(until);
                sleep
            };
            let mut waits = [
                clock.sleep(wait).boxed(),
                clock.sleep_until(until).boxed(),
                time::timeout_on(clock.clone(), wait, pending::<()>()).map(drop).boxed(),
                time::timeout_at_on(clock.clone(), until, pending::<()>()).map(drop).boxed(),
                tick(until, MILLI).boxed(),
                tick(until, Duration::MAX).boxed(),
                second_tick().boxed(),
                reset().boxed(),
                clock.scope(async move { time::sleep(wait).await }).boxed(),
            ]
            .map(TestTask::new);
            waits.iter_mut().for_each(|task| assert_pending!(task.poll()));
            time.advance(HOUR);
            waits.iter_mut().for_each(|task| assert_pending!(task.poll()));
            assert!(!waits.iter().any(TestTask::is_woken));
        }
    }
}

/// embassy#4736, #3758; esp-hal#4212; tokio#1700
#[test]
fn an_earlier_timer_is_not_put_off_by_a_later_or_a_cancelled_one() {
    watched("timers on the driver's thread", || {
        let sleep = |wait| TestTask::new(Clock::system().sleep(wait));
        let [mut cancelled, mut never, mut later, mut last] = [HOUR / 2, Duration::MAX, HOUR, HOUR].map(sleep);
        assert_pending!(cancelled.poll());
        assert_pending!(never.poll());
        let [mut first, mut second] = [2 * MILLI, 4 * MILLI].map(sleep);
        // They may be over already, if the machine is slow.
        let (_, _) = (first.poll(), second.poll());
        cancelled.drop_future();
        never.drop_future();
        assert_pending!(later.poll());
        while !first.future().is_elapsed() {
            std::thread::yield_now();
        }
        // One has fired, and another late one comes in.
        assert_pending!(last.poll());
        while !second.future().is_elapsed() {
            std::thread::yield_now();
        }
    });
    watched("timers in a parked block_on", || {
        rt::Std.block_on(async {
            let [first, second, later] = [2 * MILLI, 4 * MILLI, HOUR].map(time::sleep);
            let mut cancelled = TestTask::new(time::sleep(HOUR / 2));
            assert_pending!(cancelled.poll());
            drop(cancelled);
            assert_eq!((first.map(|()| "first"), later.map(|()| "later")).race().await, "first");
            let later = time::sleep(HOUR);
            assert_eq!((later.map(|()| "later"), second.map(|()| "second")).race().await, "second");
        });
    });
}

/// smol#109, mio#1614
#[test]
fn the_wake_of_a_sleep_finds_it_over() {
    watched("short sleeps", || {
        for wait in [50, 300, 999, 1001, 1500] {
            let mut task = TestTask::new(Clock::system().sleep(wait * MICRO));
            if task.poll().is_pending() {
                wait_for_wake(&task);
                assert_ready!(task.poll(), "woken, and not over");
                assert_eq!(task.count().wakes(), 1);
            }
            // The same where the waiting thread drives.
            let mut polls = 0;
            let mut sleep = std::pin::pin!(time::sleep(wait * MICRO));
            rt::Std.block_on(std::future::poll_fn(|cx| {
                polls += 1;
                sleep.as_mut().poll(cx)
            }));
            assert!(polls <= 2, "{polls} polls for {wait} µs");
        }
    });
}

/// calloop#142
#[test]
fn not_every_sleep_is_a_millisecond_late() {
    fn one_in_time(sleep: impl Fn(Duration)) -> bool {
        (0..1000).any(|_| {
            let start = std::time::Instant::now();
            sleep(100 * MICRO);
            start.elapsed() < MILLI
        })
    }
    watched("sleeps of 100 µs", || {
        assert!(one_in_time(|wait| rt::Std.block_on(time::sleep(wait))), "a parked block_on");
        assert!(
            one_in_time(|wait| {
                let mut task = TestTask::new(Clock::system().sleep(wait));
                if task.poll().is_pending() {
                    wait_for_wake(&task);
                }
            }),
            "the driver's thread"
        );
    });
}

/// tokio#5551
#[test]
fn an_interval_that_has_ticked_wakes_nobody_until_it_is_polled_again() {
    let time = VirtualClock::new();
    let start = time.now();
    let mut interval = time::interval_at_on(time.clock(), start + MILLI, MILLI);
    let mut task = TestTask::new(std::future::poll_fn(move |cx| interval.poll_tick(cx)));
    assert_pending!(task.poll());
    time.advance(MILLI);
    assert_eq!(task.wakes(), 1);
    assert_ready_eq!(task.poll(), start + MILLI);
    assert!(!time.advance_to_next(), "nothing waits");
    time.advance(5 * MILLI);
    assert_eq!(task.wakes(), 0);
    assert_ready_eq!(task.poll(), start + 2 * MILLI);
}

/// tokio#5551, where tokio's own interval has a way of resetting a sleep that others do not have
#[cfg(feature = "tokio")]
#[test]
fn an_interval_on_a_runtimes_timer_wakes_nobody_either() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let timer = rt::Tokio::current();
        let start = timer.now();
        let mut interval = time::interval_at_on(timer, start, MILLI);
        let mut task = TestTask::new(std::future::poll_fn(move |cx| interval.poll_tick(cx)));
        for n in 0..3 {
            assert_ready_eq!(task.poll(), start + n * MILLI);
            tokio::time::advance(MILLI).await;
            assert_eq!(task.wakes(), 0, "it has ticked, and nobody waits");
        }
    });
}

/// Sleeps as a virtual clock does, and tells whatever time it is told to tell.
#[derive(Clone)]
struct Told {
    clock: Clock,
    now: Arc<AtomicU64>,
}

impl Timer for Told {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::from_nanos(self.now.load(SeqCst))
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        self.clock.sleep_until(deadline)
    }

    fn reset(sleep: Pin<&mut Sleep>, deadline: Instant) {
        Clock::reset(sleep, deadline);
    }
}

/// tokio#3619
#[test]
fn a_clock_that_goes_backwards_is_endured() {
    let time = VirtualClock::new();
    let start = time.now();
    let timer = Told { clock: time.clock(), now: Arc::new(AtomicU64::new(start.as_nanos())) };
    let tell = |instant: Instant| timer.now.store(instant.as_nanos(), SeqCst);

    for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
        let due = time.now() + HOUR;
        let mut interval = time::interval_at_on(timer.clone(), due, HOUR);
        interval.set_missed_tick_behavior(behavior);
        let mut task = TestTask::new(std::future::poll_fn(move |cx| interval.poll_tick(cx)));
        assert_pending!(task.poll());
        time.advance(HOUR);
        tell(start);
        assert_ready_eq!(task.poll(), due, "{behavior:?}");
        assert_pending!(task.poll());
    }

    // A retry whose time runs backwards has taken no time at all.
    tell(start + HOUR);
    let mut elapsed = Vec::new();
    let fails = || {
        tell(timer.now() - MILLI);
        std::future::ready(Err::<(), _>("no"))
    };
    let mut task = TestTask::new(
        retry(fails)
            .backoff(Constant::new(Duration::ZERO))
            .jitter(Jitter::None)
            .max_attempts(4)
            .max_elapsed(MILLI)
            .on_retry(|event| elapsed.push(event.elapsed()))
            .on(timer.clone()),
    );
    assert_ready_eq!(task.poll(), Err("no"));
    drop(task);
    assert_eq!(elapsed, [Duration::ZERO; 3]);

    assert_eq!(start - (start + HOUR), Duration::ZERO);
}

/// What may be done to timers in virtual time.
#[derive(Clone, Debug)]
enum Op {
    Sleep(Duration),
    Poll(usize),
    /// To so far from now, into the past if that is what the flag says.
    Reset(usize, Duration, bool),
    Drop(usize),
    Advance(Duration),
    AdvanceToNext,
}

/// Durations of every magnitude, and beside the limits of a wheel's levels.
fn duration() -> impl Strategy<Value = Duration> {
    let magnitude = (0..10u32, 0..64u64, 0..64u64).prop_map(|(level, factor, rest)| (factor << (6 * level)) + rest);
    prop_oneof![
        8 => magnitude.prop_map(Duration::from_nanos),
        1 => Just(Duration::MAX),
        1 => (0..1000u64).prop_map(Duration::from_micros),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => duration().prop_map(Op::Sleep),
        8 => any::<usize>().prop_map(Op::Poll),
        3 => (any::<usize>(), duration(), prop::bool::weighted(0.2)).prop_map(|(n, d, past)| Op::Reset(n, d, past)),
        2 => any::<usize>().prop_map(Op::Drop),
        3 => duration().prop_filter("so that time does not end", |d| *d < 100_000 * HOUR).prop_map(Op::Advance),
        3 => Just(Op::AdvanceToNext),
    ]
}

/// A sleep, and what a list of deadlines says of it.
struct Listed {
    task: TestTask<Sleep>,
    deadline: Instant,
    /// Polled, and not over since.
    waits: bool,
    fired: bool,
    wakes: usize,
}

/// Time comes to `now` for all of them.
fn fire(listed: &mut [Listed], now: Instant) {
    for timer in listed.iter_mut().filter(|timer| timer.waits && timer.deadline <= now) {
        (timer.waits, timer.fired) = (false, true);
        timer.wakes += 1;
    }
}

proptest! {
    // What fails is to be made a test of its own, by name.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// tokio#849, #1700, #2290, #3710, #3837, #6682, #6751, #6752, #8274
    #[test]
    fn timers_do_as_a_list_of_deadlines_says(ops in prop::collection::vec(op(), 1..60)) {
        let time = VirtualClock::new();
        let mut now = time.now();
        let mut listed: Vec<Listed> = Vec::new();
        for op in ops {
            let count = listed.len();
            match op {
                Op::Sleep(wait) => {
                    let task = TestTask::new(time.clock().sleep(wait));
                    let deadline = task.future().deadline();
                    assert_eq!(deadline, now + wait);
                    listed.push(Listed { task, deadline, waits: false, fired: false, wakes: 0 });
                }
                Op::Poll(n) if count > 0 => {
                    let timer = &mut listed[n % count];
                    timer.fired |= timer.deadline <= now;
                    timer.waits = !timer.fired;
                    timer.wakes = 0;
                    assert_eq!(timer.task.poll(), if timer.fired { Poll::Ready(()) } else { Poll::Pending });
                }
                Op::Reset(n, by, past) if count > 0 => {
                    let timer = &mut listed[n % count];
                    timer.deadline = if past { now - by } else { now + by };
                    timer.fired = false;
                    timer.task.future_mut().reset(timer.deadline);
                    // Who waits goes on waiting, or is told that it is over.
                    fire(std::slice::from_mut(timer), now);
                }
                Op::Drop(n) if count > 0 => drop(listed.swap_remove(n % count)),
                Op::Advance(by) => {
                    now += by;
                    time.advance(by);
                    fire(&mut listed, now);
                }
                Op::AdvanceToNext => {
                    let waiting = listed.iter().filter(|timer| timer.waits).map(|timer| timer.deadline);
                    let next = waiting.filter(|deadline| !deadline.is_never()).min();
                    assert_eq!(time.advance_to_next(), next.is_some());
                    now = next.unwrap_or(now);
                    fire(&mut listed, now);
                }
                _ => {}
            }
            assert_eq!(time.now(), now);
            for timer in &listed {
                assert_eq!(timer.task.wakes(), timer.wakes);
                assert_eq!(timer.task.future().is_elapsed(), timer.fired);
            }
        }
    }
}
