//! Law 10: time never overflows. Whatever takes a time or a factor takes its extremes too: nothing panics, sums saturate,
//! and `Duration::MAX` means never.
//!
//! What concerns retries is in `tries`, what concerns gates in `gates`, what concerns locks in `locks`, what concerns streams in `streams`, and that no timer fires early in `early`.

mod early;
mod gates;
mod load;
mod locks;
mod streams;
mod ticks;
mod tries;

use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use anywhen::future::{FutureExt, lazy};
use anywhen::testing::{ContractChecker, ContractReport, Faulty, TestTask};
use anywhen::time::{
    Clock, Instant, MissedTickBehavior, Timer, VirtualClock, interval, interval_at, interval_at_on, interval_on, sleep,
    sleep_until, timeout, timeout_at, timeout_at_on, timeout_on,
};

use crate::stage::panic_of;
use crate::support::function::{Function, gaps, public_functions};
use crate::support::source::{self, Source};

const NANO: Duration = Duration::from_nanos(1);

const DURATIONS: [Duration; 10] = [
    Duration::ZERO,
    NANO,
    Duration::from_nanos(999_999),
    Duration::from_secs(1),
    Duration::from_secs(100 * 365 * 86_400),
    Duration::from_nanos(i64::MAX as u64),
    Duration::from_nanos(u64::MAX - 1),
    Duration::from_nanos(u64::MAX),
    Duration::from_secs(u64::MAX),
    Duration::MAX,
];

/// The ends of the scale, and what is around `now`.
fn instants(now: Instant) -> [Instant; 8] {
    let last = Instant::from_nanos(u64::MAX - 1);
    [
        Instant::from_nanos(0),
        Instant::from_nanos(1),
        now - NANO,
        now,
        now + NANO,
        last - NANO,
        last,
        Instant::FAR_FUTURE,
    ]
}

/// A function, and what tries its extremes.
type Row = (&'static str, fn());

const TABLE: &[Row] = &[
    ("time::sleep", || durations(sleep, true)),
    ("time::sleep_until", || deadlines(|_, at| sleep_until(at))),
    ("time::timeout", || durations(|d| timeout(d, pending::<()>()), true)),
    ("time::timeout_at", || deadlines(|_, at| timeout_at(at, pending::<()>()))),
    ("time::timeout_on", || durations(|d| timeout_on(Clock::current(), d, pending::<()>()), true)),
    ("time::timeout_at_on", || deadlines(|time, at| timeout_at_on(time.clock(), at, pending::<()>()))),
    ("time::interval", || durations(|d| second_tick(interval(d)), false)),
    ("time::interval_on", || durations(|d| second_tick(interval_on(Clock::current(), d)), false)),
    ("time::interval_at", || deadlines(|_, at| tick(interval_at(at, Duration::MAX)))),
    ("time::interval_at_on", || deadlines(|time, at| tick(interval_at_on(time.clock(), at, NANO)))),
    ("future::FutureExt::timeout", || durations(|d| pending::<()>().timeout(d), true)),
    ("future::FutureExt::timeout_at", || deadlines(|_, at| pending::<()>().timeout_at(at))),
    ("time::Interval::reset_after", || durations(|d| tick_after_reset(move |interval| interval.reset_after(d)), true)),
    ("time::Interval::reset_at", || deadlines(|_, at| tick_after_reset(move |interval| interval.reset_at(at)))),
    ("time::Interval::set_missed_tick_behavior", late_ticks),
    ("time::Clock::with_slack", slacks),
    ("time::Sleep::reset", || deadlines(|time, at| slept_before(&time.clock(), at))),
    ("time::Timer::sleep", || every_timer(&EveryDuration)),
    ("time::Timer::sleep_until", || every_timer(&EveryDeadline)),
    ("time::Timer::reset", || every_timer(&EveryReset)),
    ("time::VirtualClock::advance", advance),
    ("time::VirtualClock::run_for", run_for),
    ("testing::ContractChecker::poll_bound", poll_bound),
    ("testing::ContractChecker::reentry_probe", reentry_probe),
    ("testing::Faulty::random_pending", random_pending),
    ("time::Instant::elapsed", elapsed),
    ("time::Instant::from_nanos", instants_saturate),
    ("time::Instant::as_nanos", instants_saturate),
    ("time::Instant::is_never", instants_saturate),
    ("time::Instant::now", instants_saturate),
    ("time::Instant::duration_since", instants_saturate),
    ("time::Instant::saturating_duration_since", instants_saturate),
    ("time::Instant::checked_duration_since", instants_saturate),
    ("time::Instant::from_std", as_those_of_std),
    ("time::Instant::into_std", as_those_of_std),
    ("time::Instant::checked_add", instants_saturate),
    ("time::Instant::checked_sub", instants_saturate),
    ("time::Instant::saturating_add", instants_saturate),
    ("time::Instant::saturating_sub", instants_saturate),
    ("retry::Policy::attempt_timeout", || durations(tries::attempt_by_policy, true)),
    ("retry::PolicyExt::attempt_timeout", || durations(tries::attempt_by_addition, true)),
    ("retry::PolicyExt::deadline", tries::deadlines),
    ("retry::PolicyExt::delay_from", tries::asked_for),
    ("retry::PolicyExt::delay_from_within", tries::asked_for),
    ("retry::Retry::attempt_timeout", || durations(tries::attempt, true)),
    ("retry::Hedge::after", || durations(load::hedge_after, true)),
    ("retry::HedgePolicy::after", || durations(load::hedge_by_policy, true)),
    ("retry::Hedge::deadline", || deadlines(|_, at| load::hedge_deadline(at))),
    ("retry::HedgePolicy::deadline", || deadlines(|_, at| load::hedge_deadline_by_policy(at))),
    ("retry::Hedge::after_percentile", load::latencies_saturate),
    ("retry::HedgePolicy::after_percentile", load::latencies_saturate),
    ("retry::Latencies::record", load::latencies_saturate),
    ("retry::Latencies::percentile", load::latencies_saturate),
    ("retry::Delay::learn", load::latencies_saturate),
    ("retry::Pipeline::timeout", || durations(load::pipeline, true)),
    ("retry::Pipeline::timeout_on", || durations(load::pipeline_on, true)),
    ("retry::Budget::new", load::budgets_saturate),
    ("retry::Budget::with_floor", load::budgets_saturate),
    ("retry::Policy::max_elapsed", tries::policies_saturate),
    ("retry::Policy::max_slept", tries::policies_saturate),
    ("retry::Policy::jitter", tries::policies_saturate),
    ("retry::Policy::max_attempts", tries::policies_saturate),
    ("retry::Policy::max_retries", tries::policies_saturate),
    ("retry::Schedule::after_failure", tries::policies_saturate),
    ("retry::Retry::max_elapsed", tries::retries_saturate),
    ("retry::Retry::max_slept", tries::retries_saturate),
    ("retry::Retry::jitter", tries::retries_saturate),
    ("retry::Retry::max_attempts", tries::retries_saturate),
    ("retry::Retry::max_retries", tries::retries_saturate),
    ("retry::Retry::delay_from", tries::asked_for),
    ("retry::Retry::delay_from_within", tries::asked_for),
    ("retry::Retry::deadline", tries::deadlines),
    ("retry::Policy::deadline", tries::deadlines),
    ("retry::Attempts::deadline", tries::deadlines),
    ("retry::Retry::reset_after", || durations(tries::reset_after, true)),
    ("retry::Attempts::retry_after", tries::loops_saturate),
    ("retry::Observer::on_retry", tries::loops_saturate),
    ("retry::Rule::retries", tries::loops_saturate),
    ("retry::Constant::new", tries::backoffs_saturate),
    ("retry::Linear::new", tries::backoffs_saturate),
    ("retry::Linear::with_max", tries::backoffs_saturate),
    ("retry::Fibonacci::new", tries::backoffs_saturate),
    ("retry::Fibonacci::with_max", tries::backoffs_saturate),
    ("retry::Exponential::new", tries::backoffs_saturate),
    ("retry::Exponential::with_max", tries::backoffs_saturate),
    ("retry::Decorrelated::new", tries::backoffs_saturate),
    ("retry::Smooth::new", tries::smooth_saturates),
    ("retry::Smooth::with_max", tries::smooth_saturates),
    ("retry::CircuitBreaker::failure_rate_of_calls", gates::breakers_saturate),
    ("retry::CircuitBreaker::failure_rate_over", gates::breakers_saturate),
    ("retry::CircuitBreaker::open_for", gates::breakers_open_for_as_long_as_they_are_told),
    ("retry::CircuitBreaker::slow_call", gates::breakers_saturate),
    ("retry::Settles::settle", gates::breakers_saturate),
    ("retry::RateLimiter::new", gates::limiters_saturate),
    ("retry::Bulkhead::max_wait", || durations(gates::at_a_bulkhead, true)),
    ("retry::AdaptiveLimit::max_wait", || durations(gates::at_an_adaptive_limit, true)),
    ("retry::AdaptiveLimit::slow_call", gates::adaptive_limits_saturate),
    ("retry::AdaptiveLimit::decrease", gates::adaptive_limits_saturate),
    ("retry::RateLimiter::set_rate", gates::limiters_saturate),
];

/// Calls `f` with this clock as the current one.
fn within<R>(time: &VirtualClock, f: impl FnOnce() -> R) -> R {
    let _hold = time.hold();
    match pin!(time.scope(lazy(|_| f()))).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it does not wait"),
    }
}

/// Asserts that a future ends when `deadline` comes: not a nanosecond before, and never if that never comes.
fn ends_at<F: Future>(time: &VirtualClock, deadline: Instant, future: F) {
    // The future goes by the current clock at any poll.
    let mut task = TestTask::new(time.scope(future));
    let _hold = time.hold();
    let ready = task.poll().is_ready();
    assert_eq!(ready, deadline <= time.now() && !deadline.is_never(), "at once, though it is due at {deadline:?}");
    if ready {
        return;
    }
    time.advance((deadline - time.now()).saturating_sub(NANO));
    assert!(!task.is_woken() && task.poll().is_pending(), "early for {deadline:?}");
    time.advance(if deadline.is_never() { Duration::MAX } else { NANO });
    assert_eq!((task.is_woken(), task.poll().is_ready()), (!deadline.is_never(), !deadline.is_never()), "{deadline:?}");
}

/// Futures that end after a time.
fn durations<F: Future>(make: impl Fn(Duration) -> F, takes_zero: bool) {
    for duration in DURATIONS.into_iter().filter(|duration| takes_zero || !duration.is_zero()) {
        let time = VirtualClock::new();
        ends_at(&time, time.now() + duration, within(&time, || make(duration)));
    }
}

/// Futures that end at an instant.
fn deadlines<F: Future>(make: impl Fn(&VirtualClock, Instant) -> F) {
    for n in 0..8 {
        let time = VirtualClock::new();
        let deadline = instants(time.now())[n];
        ends_at(&time, deadline, within(&time, || make(&time, deadline)));
    }
}

async fn tick(mut interval: anywhen::time::Interval) {
    interval.tick().await;
}

async fn second_tick(mut interval: anywhen::time::Interval) {
    interval.tick().await;
    interval.tick().await;
}

fn tick_after_reset(reset: impl Fn(&mut anywhen::time::Interval)) -> impl Future {
    let mut interval = interval(Duration::MAX);
    reset(&mut interval);
    tick(interval)
}

fn slept_before(clock: &Clock, deadline: Instant) -> impl Future<Output = ()> + use<> {
    let mut sleep = Box::pin(clock.sleep(Duration::from_secs(1)));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    sleep.as_mut().reset(deadline);
    sleep
}

/// Ticks that are taken when centuries of them have been missed.
fn late_ticks() {
    for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
        for period in DURATIONS.into_iter().filter(|period| !period.is_zero()) {
            for late in DURATIONS {
                let time = VirtualClock::new();
                let mut interval = interval_on(time.clock(), period);
                interval.set_missed_tick_behavior(behavior);
                for _ in 0..3 {
                    let _due = TestTask::new(interval.tick()).poll();
                    time.advance(late);
                }
            }
        }
    }
}

/// Not early, and not later than the slack allows, whatever that is.
fn slacks() {
    for slack in DURATIONS {
        for duration in DURATIONS {
            let time = VirtualClock::new();
            let clock = time.clock().with_slack(slack);
            let due = clock.now() + duration;
            let mut task = TestTask::new(time.scope(clock.sleep(duration)));
            let _hold = time.hold();
            assert_eq!(task.poll().is_ready(), duration.is_zero());
            if duration.is_zero() {
                continue;
            }
            time.advance((due - time.now()).saturating_sub(NANO));
            assert!(task.poll().is_pending(), "{slack:?}: early for {due:?}");
            time.advance(NANO);
            time.advance(clock.slack());
            assert_eq!(task.poll().is_ready(), !due.is_never(), "{slack:?}: {due:?}");
        }
    }
}

/// There and back it is the same instant, where `std` has it too.
fn as_those_of_std() {
    let now = Clock::system().now();
    for instant in instants(now) {
        let back = Instant::from_std(instant.into_std());
        assert!(back == instant || ![now - NANO, now, now + NANO].contains(&instant), "{instant:?}: {back:?}");
    }
}

/// What is to be tried on a timer, whichever it is.
trait Trial {
    fn on<T: Timer>(&self, timer: T);
}

struct EveryDuration;
struct EveryDeadline;
struct EveryReset;

/// Asserts, in real time, that what is due long after now is not over, and what was due before is.
fn is_over_or_not<T: Timer>(timer: &T, deadline: Instant, sleep: T::Sleep) {
    let mut task = TestTask::new(sleep);
    let ready = task.poll().is_ready();
    let now = timer.now();
    assert!(!ready || deadline <= now, "over, and due in {:?}", deadline - now);
    // Some look at their past only when their driver does.
    assert!(!ready || !deadline.is_never());
}

impl Trial for EveryDuration {
    fn on<T: Timer>(&self, timer: T) {
        for duration in DURATIONS {
            let deadline = timer.now() + duration;
            is_over_or_not(&timer, deadline, timer.sleep(duration));
        }
    }
}

impl Trial for EveryDeadline {
    fn on<T: Timer>(&self, timer: T) {
        for deadline in instants(timer.now()) {
            is_over_or_not(&timer, deadline, timer.sleep_until(deadline));
        }
    }
}

impl Trial for EveryReset {
    fn on<T: Timer>(&self, timer: T) {
        for first in instants(timer.now()) {
            for second in instants(timer.now()) {
                let mut task = TestTask::new(timer.sleep_until(first));
                let _poll = task.poll();
                T::reset(task.future_mut(), second);
                assert!(task.poll().is_pending() || second <= timer.now());
            }
        }
    }
}

fn every_timer(trial: &impl Trial) {
    trial.on(Clock::system());
    trial.on(Clock::default());
    trial.on(VirtualClock::new().clock());
    trial.on(anywhen::rt::Handle::current());
    trial.on(anywhen::rt::Std);
    trial.on(anywhen::testing::Sim::new(1));
    #[cfg(feature = "smol")]
    trial.on(anywhen::rt::Smol);
    #[cfg(feature = "async-std")]
    trial.on(anywhen::rt::AsyncStd);
    #[cfg(feature = "tokio")]
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        trial.on(anywhen::rt::Tokio::new(runtime.handle().clone()));
    }
}

fn advance() {
    for first in DURATIONS {
        for second in DURATIONS {
            let time = VirtualClock::new();
            let start = time.now();
            time.advance(first);
            time.advance(second);
            assert_eq!(time.now(), start + first + second);
        }
    }
}

/// Without an end, it stops at the last timer.
fn run_for() {
    for duration in DURATIONS {
        let time = VirtualClock::manual();
        let start = time.now();
        let mut last = TestTask::new(time.scope(time.clock().sleep(NANO)));
        assert!(last.poll().is_pending());
        assert!(
            TestTask::new(time.run_for(duration)).run_until_stalled().is_pending() || duration < NANO,
            "{duration:?}"
        );
        assert_eq!(last.is_woken(), duration >= NANO, "{duration:?}");
        drop(last);
        assert!(TestTask::new(time.run_for(duration)).run_until_stalled().is_ready());
        let (now, end) = (time.now(), start + duration);
        assert!(if end.is_never() { now == start + NANO } else { now >= end }, "{duration:?}");
    }
}

fn elapsed() {
    for instant in instants(Instant::now()) {
        assert!(instant.elapsed() <= Instant::now() - Instant::from_nanos(0));
    }
}

fn instants_saturate() {
    let all = instants(Instant::now());
    for a in all {
        assert_eq!(Instant::from_nanos(a.as_nanos()), a);
        for d in DURATIONS {
            let (sum, difference) = (a + d, a - d);
            assert!(sum >= a && difference <= a);
            assert_eq!(a.saturating_add(d), sum);
            assert_eq!(a.saturating_sub(d), difference);
            assert_eq!(a.checked_add(d).is_none(), sum.is_never());
            assert!(a.checked_sub(d).is_none_or(|checked| checked == difference));
            assert!(d < Duration::MAX || sum.is_never(), "`Duration::MAX` is not never");
            let (mut a, mut b) = (a, a);
            a += d;
            b -= d;
            assert_eq!((a, b), (sum, difference));
            let _there_and_back = Instant::from(std::time::Instant::from(sum));
        }
        for b in all {
            let between = a.duration_since(b);
            assert_eq!((a - b, a.saturating_duration_since(b)), (between, between));
            assert_eq!(a.checked_duration_since(b), (a >= b).then_some(between));
            assert!(a < b || b + between == a, "{a:?} is {between:?} after {b:?}");
        }
    }
}

/// Each function whose extremes break it, as a line for the reader.
fn broken(table: &[Row]) -> Vec<String> {
    let broken = |(function, call): &Row| panic_of(call).map(|message| format!("{function}: {message}"));
    table.iter().filter_map(broken).collect()
}

/// The functions that take a time, a factor or a jitter, and those that the table has besides.
fn timed<'a>(sources: &'a [Source], table: &[&str]) -> Vec<Function<'a>> {
    let functions = sources.iter().filter(|source| source.top() != "internal").flat_map(public_functions);
    let timed = |function: &Function<'_>| {
        function.takes(&["Duration", "Instant", "f64", "Jitter"])
            || function.name.starts_with("time::Instant::")
            || table.contains(&function.name.as_str())
    };
    functions.filter(timed).collect()
}

#[test]
fn nothing_overflows() {
    let found = broken(&[TABLE, locks::TABLE, streams::TABLE, ticks::TABLE].concat());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// No poll takes longer than never, and each longer than nothing.
fn poll_bound() {
    for bound in DURATIONS {
        let report = ContractReport::new();
        let future = ContractChecker::new(lazy(|_| ())).report_to(&report).poll_bound(bound);
        assert!(TestTask::new(future).poll().is_ready());
        let blocked = !report.breaches().is_empty();
        assert!(if bound.is_zero() { blocked } else { !blocked || bound < Duration::from_secs(100) }, "{bound:?}");
    }
}

/// A call that returns at once is within any bound but those that no machine keeps.
fn reentry_probe() {
    for bound in DURATIONS.into_iter().filter(|&bound| bound >= Duration::from_secs(1)) {
        let report = ContractReport::new();
        let future = ContractChecker::new(sleep(Duration::MAX)).report_to(&report);
        let mut task = TestTask::new(future.reentry_probe("nothing", bound, || ()));
        assert!(task.poll().is_pending());
        drop(task);
        assert!(report.breaches().is_empty(), "{bound:?}: {report:?}");
    }
}

/// However close to always, it is ready some time; what is not below that is refused.
fn random_pending() {
    for probability in [0.0, f64::MIN_POSITIVE, 0.5, 0.99, 1.0 - f64::EPSILON] {
        let mut task = TestTask::new(Faulty::new(lazy(|_| ())).random_pending(probability));
        let ready = (0..10_000).any(|_| task.poll().is_ready());
        assert!(ready || probability > 0.99, "{probability}");
    }
    for probability in [1.0, -f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert!(panic_of(|| drop(Faulty::new(lazy(|_| ())).random_pending(probability))).is_some(), "{probability}");
    }
}

#[test]
fn every_function_that_takes_a_time_is_in_the_table() {
    let mut table = [TABLE, locks::TABLE, streams::TABLE, ticks::TABLE]
        .concat()
        .into_iter()
        .map(|(name, _)| name)
        .collect::<Vec<_>>();
    // A bound on how long a test may take, which is real time and none of the laws.
    table.push("testing::watched_for");
    let sources = source::library();
    let found = gaps(&timed(&sources, &table), &table);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_sum_that_overflows_and_a_never_that_comes_are_caught() {
    let overflows = || {
        assert!(
            DURATIONS
                .iter()
                .all(|&duration| std::time::SystemTime::now() + duration > std::time::SystemTime::UNIX_EPOCH)
        )
    };
    let comes = || durations(|duration| sleep(duration.min(Duration::from_secs(1))), true);
    let found = broken(&[("overflows", overflows), ("comes", comes)]);
    // Of what it is that is added to, the toolchains think differently.
    assert!(found[0].starts_with("overflows: overflow when adding duration to"), "{found:?}");
    assert!(found[1].starts_with("comes: early for "), "{found:?}");

    let planted = [Source::planted("time/nap.rs", "pub fn nap(for_: Option<Duration>) {} fn own(d: Duration) {}")];
    assert_eq!(gaps(&timed(&planted, &[]), &[]), ["src/time/nap.rs:1: time::nap is not in the table"]);
}
