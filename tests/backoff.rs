//! Backoffs, jitters and the schedule: the half of retrying that knows no clock.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anywhen::retry::{
    Backoff, Constant, Decorrelated, Exponential, Fibonacci, Jitter, Linear, Policy, Schedule, StopReason,
};
// Its curve is made of functions that `core` does not have.
#[cfg(feature = "std")]
use anywhen::retry::Smooth;
use anywhen::time::Duration;
use proptest::prelude::*;

const ZERO: Duration = Duration::ZERO;
const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// The longest duration that is told from never.
const LONGEST: Duration = Duration::from_nanos(u64::MAX);

/// All sorts of durations, the extremes among them.
fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..5_u64).prop_map(Duration::from_nanos),
        any::<u64>().prop_map(Duration::from_nanos),
        (0..40_u32, 1..1000_u64).prop_map(|(bits, nanos)| Duration::from_nanos(nanos << bits)),
        (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
        Just(Duration::MAX),
        Just(LONGEST),
        Just(LONGEST - Duration::from_nanos(1)),
    ]
}

fn positive() -> impl Strategy<Value = Duration> {
    durations().prop_filter("zero would never grow", |duration| !duration.is_zero())
}

fn factors() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(1.0),
        Just(1.0 + f64::EPSILON),
        1.0..1.001,
        1.0..10.0,
        1.0..4_294_967_296.0,
        Just(4_294_967_295.999),
        Just(4_294_967_296.0),
    ]
}

fn jitters() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
        prop_oneof![Just(0.0), Just(1.0), Just(f64::MIN_POSITIVE), 0.0..1.0].prop_map(Jitter::Proportional),
    ]
}

/// Never less than the one before, and never more than `max`.
fn assert_grows(delays: impl Iterator<Item = Duration>, first: Duration, max: Duration) {
    let delays: Vec<_> = delays.take(200).collect();
    assert_eq!(delays.len(), 200);
    assert_eq!(delays[0], first.min(LONGEST));
    assert!(delays.is_sorted());
    assert!(delays[199] <= max);
}

proptest! {
    // What fails is to be made a test of its own, by name.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn delays_grow_up_to_the_maximum(a in positive(), b in positive(), step in durations(), factor in factors()) {
        let (first, max) = (a.min(b), a.max(b));
        assert_grows(Exponential::new(first, factor).with_max(max).delays(0), first, max);
        assert_grows(Exponential::new(first, factor).delays(0), first, Duration::MAX);
        assert_grows(Fibonacci::new(first).with_max(max).delays(0), first, max);
        assert_grows(Fibonacci::new(first).delays(0), first, Duration::MAX);
        assert_grows(Linear::new(first, step).with_max(max).delays(0), first, max);
        assert_grows(Linear::new(first, step).delays(0), first, Duration::MAX);
    }

    #[test]
    fn every_factor_above_one_gets_to_the_maximum(first in 1..100_u64, factor in 1.001..2.0) {
        let (first, max) = (Duration::from_nanos(first), SECOND);
        let mut delays = Exponential::new(first, factor).with_max(max).delays(0).take(100_000);
        prop_assert!(delays.any(|delay| delay == max), "stuck");
    }

    #[test]
    fn exponential_delays_are_powers_of_the_factor(first in 1_000_000..1_000_000_000_u64, factor in 1.0..3.0) {
        let delays = Exponential::new(Duration::from_nanos(first), factor).delays(0);
        for (n, delay) in (0..20).zip(delays) {
            let exact = first as f64 * f64::powi(factor, n);
            let (relative, rounded) = (f64::from(n) * 1e-9, 20.0);
            let error = (delay.as_nanos() as f64 - exact).abs();
            prop_assert!(error <= exact * relative + rounded * f64::powi(factor, n), "{delay:?} is not {exact}");
        }
    }

    #[test]
    fn no_jitter_leaves_its_bounds(
        a in positive(), b in positive(), factor in factors(), jitter in jitters(), seed in any::<u64>(),
    ) {
        let (first, max) = (a.min(b), a.max(b));
        let backoff = Exponential::new(first, factor).with_max(max);
        let mut schedule = endless(backoff).jitter(jitter).seed(seed).schedule();
        let (max, mut before) = (max.min(LONGEST), first.min(LONGEST));
        for base in backoff.delays(0).take(100) {
            let delay = match schedule.after_failure(ZERO, None) {
                Ok(delay) => delay,
                Err(reason) => {
                    prop_assert_eq!(reason, StopReason::EndlessDelay);
                    prop_assert_eq!(max, LONGEST);
                    return Ok(());
                }
            };
            let (least, most) = match jitter {
                Jitter::None => (base, base),
                Jitter::Full => (ZERO, base),
                Jitter::Equal => (base / 2, base),
                Jitter::Decorrelated => (first, before.saturating_mul(3)),
                Jitter::Proportional(share) => {
                    let nanos = base.as_nanos() as f64;
                    let rounding = Duration::from_nanos(1 + (nanos * 1e-15) as u64);
                    let spread = Duration::from_nanos((nanos * share) as u64) + rounding;
                    (base.saturating_sub(spread), base.saturating_add(spread))
                }
                _ => unreachable!("there are no others"),
            };
            prop_assert!(delay <= max, "{delay:?} is above the maximum");
            prop_assert!(least <= delay && delay <= most, "{delay:?} is not from {least:?} to {most:?}");
            before = delay;
        }
    }

    #[test]
    fn decorrelated_delays_keep_their_bounds(a in positive(), b in positive(), seed in any::<u64>()) {
        let (min, max) = (a.min(b).min(LONGEST), a.max(b).min(LONGEST));
        let mut before = min;
        for delay in Decorrelated::new(min, max).delays(seed).take(100) {
            prop_assert!(min <= delay && delay <= max.min(before.saturating_mul(3)));
            before = delay;
        }
    }

    #[test]
    fn no_schedule_overflows(
        elapsed in durations(), requested in proptest::option::of(durations()), max_elapsed in durations(),
        max_slept in durations(), jitter in jitters(),
    ) {
        let policy = endless(Constant::new(Duration::MAX - SECOND)).max_elapsed(max_elapsed).max_slept(max_slept);
        let mut schedule = policy.jitter(jitter).schedule();
        for _ in 0..10 {
            if let Ok(delay) = schedule.after_failure(elapsed, requested) {
                prop_assert!(max_elapsed >= LONGEST || elapsed.saturating_add(delay) <= max_elapsed);
            }
        }
        prop_assert!(schedule.slept() <= max_slept);
    }

    #[test]
    fn a_seed_determines_the_delays(seed in any::<u64>(), jitter in jitters()) {
        let policy = endless(Exponential::new(MILLI, 2.0).with_max(SECOND)).jitter(jitter).seed(seed);
        prop_assert_eq!(delays_of(policy, 20), delays_of(policy, 20));
        let decorrelated = endless(Decorrelated::new(MILLI, SECOND)).seed(seed);
        prop_assert_eq!(delays_of(decorrelated, 20), delays_of(decorrelated, 20));
    }
}

fn endless<B>(backoff: B) -> Policy<B> {
    Policy::of(backoff).max_attempts(u32::MAX)
}

/// The next delays, while there are any.
fn next<D: Iterator<Item = Duration>>(schedule: &mut Schedule<D>, count: usize) -> Vec<Duration> {
    (0..count).map_while(|_| schedule.after_failure(ZERO, None).ok()).collect()
}

fn delays_of<B: Backoff>(policy: Policy<B>, count: usize) -> Vec<Duration> {
    next(&mut policy.schedule(), count)
}

/// Delays at the cap, 10,000 of them, in shares of the cap.
fn at_the_cap(jitter: Jitter) -> Vec<f64> {
    let backoff = Exponential::new(MILLI, 2.0).with_max(SECOND);
    let delays = delays_of(endless(backoff).jitter(jitter).seed(4), 10_100);
    delays[100..].iter().map(Duration::as_secs_f64).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// backon counts in `f32`, and tokio-retry takes the first delay to the power of n.
#[test]
fn no_nanosecond_is_lost() {
    let first = Duration::from_nanos((1 << 24) + 1);
    let doubled = Exponential::new(first, 2.0).delays(0).take(4).collect::<Vec<_>>();
    assert_eq!(doubled, [first, first * 2, first * 4, first * 8]);
    let year = SECOND * 86_400 * 365 + Duration::from_nanos(1);
    assert_eq!(delays_of(endless(Constant::new(year)), 1), [year]);
}

#[test]
fn means_are_as_documented() {
    for (jitter, expected) in [
        (Jitter::None, 1.0),
        (Jitter::Full, 0.5),
        (Jitter::Equal, 0.75),
        // Cut off at the cap, so below only.
        (Jitter::Proportional(0.2), 0.9),
    ] {
        let mean = mean(&at_the_cap(jitter));
        assert!((mean - expected).abs() < 0.01, "{jitter:?}: {mean}");
    }
    let free = delays_of(endless(Constant::new(SECOND)).jitter(Jitter::Proportional(0.2)).seed(4), 10_000);
    let free: Vec<_> = free.iter().map(Duration::as_secs_f64).collect();
    assert!((mean(&free) - 1.0).abs() < 0.01);
    assert!(free.iter().any(|&delay| delay > 1.19) && free.iter().any(|&delay| delay < 0.81));
}

#[test]
fn jitter_spreads_below_the_cap_and_does_not_pile_up_there() {
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::Proportional(0.1)] {
        let delays = at_the_cap(jitter);
        let near = delays.iter().filter(|&&delay| delay > 0.999).count();
        assert!(near < delays.len() / 50, "{jitter:?}: {near} of {} at the cap", delays.len());
        assert!(delays.iter().all(|&delay| delay <= 1.0));
    }
    let own = Decorrelated::new(MILLI, SECOND).delays(4).take(10_000);
    assert!(own.filter(|&delay| delay > SECOND - MILLI).count() < 200);
}

#[test]
fn full_jitter_is_even_over_its_range() {
    let mut tenths = [0; 10];
    for delay in at_the_cap(Jitter::Full) {
        tenths[((delay * 10.0) as usize).min(9)] += 1;
    }
    assert!(tenths.iter().all(|n| (900..1100).contains(n)), "{tenths:?}");
}

#[test]
fn jitter_draws_both_ends_of_its_range_and_all_between() {
    let nanos = Duration::from_nanos;
    for (jitter, least, most) in [
        (Jitter::Full, 0, 4),
        (Jitter::Equal, 2, 4),
        (Jitter::Proportional(0.5), 2, 6),
        (Jitter::Proportional(1.0), 0, 8),
    ] {
        let drawn: HashSet<_> =
            delays_of(endless(Constant::new(nanos(4))).jitter(jitter).seed(4), 1000).into_iter().collect();
        assert_eq!(drawn, (least..=most).map(nanos).collect(), "{jitter:?}");
    }
    let own: HashSet<_> = Decorrelated::new(nanos(2), nanos(5)).delays(4).take(1000).collect();
    assert_eq!(own, (2..=5).map(nanos).collect());
}

#[test]
fn runs_without_a_seed_differ_from_each_other_and_from_thread_to_thread() {
    let run = || delays_of(endless(Exponential::new(SECOND, 2.0)), 5);
    let (here, again, there) = (run(), run(), std::thread::spawn(run).join().unwrap());
    assert!(here != again && again != there && here != there);
    let own = || delays_of(endless(Decorrelated::new(MILLI, SECOND)), 5);
    assert_ne!(own(), own());
}

#[test]
fn each_backoff_has_the_jitter_that_suits_it_unless_the_policy_says_otherwise() {
    let exact = |delays: Vec<Duration>| delays.iter().all(|delay| *delay == SECOND);
    assert!(exact(delays_of(endless(Constant::new(SECOND)), 10)));
    assert!(exact(delays_of(endless(std::iter::repeat(SECOND)), 10)));
    assert!(!exact(delays_of(endless(Exponential::new(SECOND, 1.0)), 10)));
    assert!(!exact(delays_of(endless(Constant::new(SECOND)).jitter(Jitter::Full), 10)));
    // Decorrelated delays would fall below their minimum if they were spread once more.
    let (min, max) = (SECOND * 9, SECOND * 10);
    assert!(delays_of(endless(Decorrelated::new(min, max)), 100).iter().all(|delay| (min..=max).contains(delay)));
}

#[test]
fn a_schedule_that_is_spelled_out_is_used_up_unless_the_policy_says_otherwise() {
    let seven = || [SECOND; 7].into_iter();
    assert_eq!(delays_of(Policy::of(seven()), 99).len(), 7);
    assert_eq!(delays_of(Policy::new().backoff(seven()), 99).len(), 7);
    assert_eq!(delays_of(Policy::of(seven()).max_attempts(3), 99).len(), 2);
    assert_eq!(delays_of(Policy::new().max_retries(2).backoff(seven()), 99).len(), 2);
    // Those that are rules have no end of their own.
    assert_eq!(delays_of(Policy::of(Constant::new(SECOND)), 99).len(), 3);
    assert_eq!(delays_of(Policy::of(seven()).backoff(Constant::new(SECOND)), 99).len(), 3);
}

/// The means are those of the curve, integrated.
#[cfg(feature = "std")]
#[test]
fn smooth_delays_follow_their_curve() {
    const RUNS: u64 = 20_000;
    let mut sums = [0.0; 6];
    for seed in 0..RUNS {
        for (sum, delay) in sums.iter_mut().zip(Smooth::new(SECOND).delays(seed)) {
            *sum += delay.as_secs_f64();
        }
    }
    // The mean of the time of the n-th retry, by the midpoint rule; differences of it are the means of the delays.
    let at = |n: usize| {
        let curve = |t: f64| t.exp2() * (4.0 * t).sqrt().tanh() / 1.4;
        (0..10_000).map(|k| curve(n as f64 + (f64::from(k) + 0.5) / 10_000.0)).sum::<f64>() / 10_000.0
    };
    for (n, sum) in sums.into_iter().enumerate() {
        let (mean, expected) = (sum / RUNS as f64, at(n) - if n == 0 { 0.0 } else { at(n - 1) });
        // Five times the standard error, as the spread is below the mean.
        assert!((mean - expected).abs() < expected * 5.0 / (RUNS as f64).sqrt(), "retry {n}: {mean}, not {expected}");
    }
}

#[cfg(feature = "std")]
#[test]
fn smooth_delays_do_not_pile_up_at_the_maximum() {
    let delays = Smooth::new(MILLI).with_max(SECOND).delays(4).take(10_000).collect::<Vec<_>>();
    assert!(delays.iter().all(|delay| *delay <= SECOND));
    assert!(delays[20..].iter().all(|delay| *delay >= SECOND / 2), "it does not fall again");
    assert!(delays.iter().filter(|delay| **delay > SECOND - MILLI).count() < 100);
}

#[test]
fn a_backoff_and_its_jitter_draw_different_numbers() {
    let policy = Policy::of(Decorrelated::new(SECOND, SECOND * 10));
    let same = |seed: &u64| {
        let first = |policy| delays_of::<Decorrelated>(policy, 1)[0].as_secs_f64();
        let (base, spread) = (first(policy.seed(*seed)), first(policy.seed(*seed).jitter(Jitter::Full)));
        // Where in their ranges, from 1 s to 3 s and from nothing to the base, the two were drawn.
        ((base - 1.0) / 2.0 - spread / base).abs() < 1e-3
    };
    let count = (0..1000).filter(same).count();
    assert!(count < 20, "{count} of 1000 are the same");
}

#[test]
fn one_policy_serves_any_number_of_runs() {
    let policy = Policy::of([1, 2, 3].map(Duration::from_secs).into_iter()).max_attempts(9);
    for _ in 0..2 {
        let mut schedule = policy.schedule();
        assert_eq!(next(&mut schedule, 9), [1, 2, 3].map(Duration::from_secs));
        assert_eq!(schedule.after_failure(ZERO, None), Err(StopReason::BackoffEnded));
    }
}

#[test]
fn attempts_count_the_first_call_and_retries_do_not() {
    let constant = || Policy::of(Constant::new(ZERO));
    assert_eq!(delays_of(constant().max_attempts(3), 9).len(), 2);
    assert_eq!(delays_of(constant().max_retries(3), 9).len(), 3);
    assert_eq!(delays_of(constant().max_attempts(1), 9).len(), 0);
    assert_eq!(delays_of(constant().max_retries(0), 9).len(), 0);
    assert_eq!(delays_of(constant().max_retries(u32::MAX), 9).len(), 9);
    assert_eq!(delays_of(constant(), 9).len(), 3);
}

#[test]
fn what_has_stopped_stays_so_for_the_same_reason() {
    let policy = Policy::of(Constant::new(SECOND)).max_attempts(10).max_slept(SECOND * 2);
    let mut schedule = policy.schedule();
    assert_eq!(next(&mut schedule, 9).len(), 2);
    for requested in [None, Some(ZERO), Some(MILLI)] {
        assert_eq!(schedule.after_failure(ZERO, requested), Err(StopReason::MaxSlept));
    }
    assert_eq!(schedule.slept(), SECOND * 2);
}

#[test]
fn limits_may_be_reached_and_not_exceeded() {
    let constant = Policy::of(Constant::new(SECOND)).max_attempts(u32::MAX);
    assert_eq!(delays_of(constant.max_slept(SECOND * 3), 9).len(), 3);
    assert_eq!(delays_of(constant.max_slept(SECOND * 3 - Duration::from_nanos(1)), 9).len(), 2);
    let elapsed = constant.max_elapsed(SECOND * 3);
    assert_eq!(elapsed.schedule().after_failure(SECOND * 2, None), Ok(SECOND));
    let late = elapsed.schedule().after_failure(SECOND * 2 + Duration::from_nanos(1), None);
    assert_eq!(late, Err(StopReason::MaxElapsed));
    // Elapsed time is no slept time.
    assert_eq!(constant.max_slept(SECOND).schedule().after_failure(SECOND * 1000, None), Ok(SECOND));
}

#[test]
fn a_delay_without_end_is_refused() {
    let mut schedule = Policy::new().max_attempts(9).schedule();
    assert!(schedule.after_failure(ZERO, None).is_ok());
    assert_eq!(schedule.after_failure(ZERO, Some(Duration::MAX)), Err(StopReason::EndlessDelay));
    let forever = Policy::of(Constant::new(Duration::MAX));
    assert_eq!(forever.schedule().after_failure(ZERO, None), Err(StopReason::EndlessDelay));
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::Proportional(0.5)] {
        assert_eq!(
            forever.jitter(jitter).schedule().after_failure(ZERO, None),
            Err(StopReason::EndlessDelay),
            "{jitter:?} makes something of never"
        );
    }
    // One that overflows on its way does not pass in silence either, and not for a moment is it short.
    let mut doubling = endless(Exponential::new(SECOND, 2.0)).jitter(Jitter::None).schedule();
    assert_eq!(next(&mut doubling, 100).len(), 35);
    assert_eq!(doubling.after_failure(ZERO, None), Err(StopReason::EndlessDelay));
}

#[test]
fn a_policy_is_a_constant() {
    const POLICY: Policy<Fibonacci> = Policy::of(Fibonacci::new(MILLI).with_max(SECOND))
        .max_attempts(5)
        .max_elapsed(SECOND)
        .max_slept(SECOND)
        .jitter(Jitter::Proportional(0.1))
        .seed(1);
    assert_eq!(delays_of(POLICY, 9).len(), 4);
    assert_eq!(Policy::default(), Policy::new());
    assert_eq!(Policy::from(Constant::new(SECOND)), Policy::of(Constant::new(SECOND)));
    assert_eq!(POLICY.backoff(Constant::new(SECOND)).schedule().after_failure(ZERO, Some(ZERO)), Ok(ZERO));
}

#[test]
fn the_default_is_as_documented() {
    let delays = delays_of(Policy::new().jitter(Jitter::None), 9);
    assert_eq!(delays, [100, 200, 400].map(Duration::from_millis));
    assert!(delays_of(Policy::new(), 9).iter().zip(delays).all(|(jittered, base)| *jittered <= base));
}

#[track_caller]
fn assert_refused<R>(f: impl FnOnce() -> R, message: &str) {
    let payload = catch_unwind(AssertUnwindSafe(|| drop(f()))).expect_err("it was not refused");
    let seen = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    assert!(seen.is_some_and(|seen| seen.contains(message)), "{seen:?} does not say {message:?}");
}

#[test]
fn what_makes_no_sense_is_refused_and_told() {
    for factor in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -2.0, 0.0, 0.999, 4_294_967_297.0] {
        assert_refused(|| Exponential::new(SECOND, factor), "factor of a backoff must be a number from 1 to 2^32");
    }
    let zero = "first delay of a growing backoff must not be zero";
    assert_refused(|| Exponential::new(ZERO, 2.0), zero);
    assert_refused(|| Fibonacci::new(ZERO), zero);
    assert_refused(|| Decorrelated::new(ZERO, SECOND), zero);
    let maximum = "maximum of a backoff must not be below its first delay";
    assert_refused(|| Exponential::new(SECOND, 2.0).with_max(MILLI), maximum);
    assert_refused(|| Fibonacci::new(SECOND).with_max(MILLI), maximum);
    assert_refused(|| Linear::new(SECOND, SECOND).with_max(MILLI), maximum);
    assert_refused(|| Decorrelated::new(SECOND, MILLI), maximum);
    for share in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        assert_refused(|| Policy::new().jitter(Jitter::Proportional(share)), "must be from 0 to 1");
    }
    assert_refused(|| Policy::new().max_attempts(0), "must allow one attempt at least");
}

#[test]
fn debug_shows_durations_and_not_how_they_are_counted() {
    let exponential = Exponential::new(MILLI * 100, 1.5);
    assert_eq!(format!("{exponential:?}"), "Exponential { first: 100ms, factor: 1.5, max: endless }");
    assert_eq!(
        format!("{:?}", exponential.with_max(SECOND * 30).delays(0)),
        "ExponentialDelays { next: 100ms, factor: 1.5, max: 30s }"
    );
    assert_eq!(format!("{:?}", Linear::new(ZERO, MILLI)), "Linear { first: 0ns, step: 1ms, max: endless }");
    assert_eq!(format!("{:?}", Fibonacci::new(SECOND)), "Fibonacci { first: 1s, max: endless }");
    assert_eq!(format!("{:?}", Decorrelated::new(MILLI, SECOND)), "Decorrelated { min: 1ms, max: 1s }");
    let policy = Policy::of(Constant::new(SECOND)).max_attempts(7).max_slept(SECOND / 2);
    assert_eq!(
        format!("{policy:?}"),
        "Policy { backoff: Constant { delay: 1s }, limits: Limits { max_attempts: Some(7), max_elapsed: endless, \
         max_slept: 500ms, jitter: None, seed: None } }"
    );
}
