//! Retries: backoffs, jitter, policies, and the future.
//!
//! | scenario | shown by |
//! |---|---|
//! | jitter goes beyond the cap, up to twice (P backon) | [`no_delay_exceeds_the_cap_nor_overflows`] |
//! | a first delay above the cap is not cut (P backon), or panics in the middle of a run (P exponential-backoff) | [`what_makes_no_sense_is_refused_when_it_is_said`] |
//! | a first delay of zero loops for ever (P retry-policies) | the same |
//! | fractions of floating point lose nanoseconds (P backon); the base is raised to a power instead of multiplied (P tokio-retry) | [`delays_are_exact_to_the_nanosecond`] |
//! | sums, jitter and powers overflow and panic (P backon, P retry-policies; Polly#1866, WaitAndRetry#24, embassy#6141), or the retries end there without a word (P again) | [`no_delay_exceeds_the_cap_nor_overflows`] |
//! | a jitter that is tiny panics (P exponential-backoff) | the same |
//! | a delay that the error asks for revives a policy that has had enough: 51 calls instead of 1 (P backon) | [`a_requested_delay_does_not_revive_a_policy_that_has_had_enough`] |
//! | it is ignored (P tokio-retry2), or one above the limit ends the retries (cenkalti#159) | [`a_requested_delay_is_slept_within_its_limits`] |
//! | the hook is told of a delay that is not slept (P tokio-retry2) | [`the_hook_is_told_what_is_slept`] |
//! | polled after `Ready`, it polls the finished attempt again (P backon) | law 6 |
//! | a retry cannot be spawned (rust#151398), nor stored for its nine type parameters (backoff#68) | [`a_retry_can_be_spawned_and_stored`]; the docs of `Retry`, which name its type |

use std::cell::Cell;
use std::future::{Ready, ready};
use std::panic::catch_unwind;

use anywhen::retry::{
    Backoff, Constant, Decorrelated, Exponential, Fibonacci, Jitter, Linear, Policy, Retry, StopReason, retry,
};
use anywhen::rt::Std;
use anywhen::task;
use anywhen::time::{self, Duration, Instant, VirtualClock};

const NANO: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);

/// Runs a future in virtual time, for a year of that at most.
fn run<F: Future>(future: F) -> F::Output {
    Std.block_on(VirtualClock::new().scope(time::timeout(365 * 86_400 * SECOND, future))).expect("it should have ended")
}

fn jitters() -> impl Iterator<Item = Jitter> {
    let shares = [0.0, f64::MIN_POSITIVE, 1e-12, 0.5, 1.0].map(Jitter::Proportional);
    [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated].into_iter().chain(shares)
}

/// P backon, exponential-backoff, retry-policies, again; Polly#1866, WaitAndRetry#24, embassy#6141
#[test]
fn no_delay_exceeds_the_cap_nor_overflows() {
    fn check<B: Backoff + Clone>(backoff: B, cap: Duration) {
        for jitter in jitters() {
            for seed in 0..20 {
                let policy = Policy::of(backoff.clone()).jitter(jitter).seed(seed).max_attempts(u32::MAX);
                let mut schedule = policy.schedule();
                for attempt in 0..200 {
                    match schedule.after_failure(Duration::MAX, None) {
                        Ok(delay) => assert!(delay <= cap, "{jitter:?}, attempt {attempt}: {delay:?} is above {cap:?}"),
                        // Without a cap, a delay may come to be one that never ends; that is said, and not slept.
                        Err(StopReason::EndlessDelay) if cap == Duration::MAX => break,
                        Err(reason) => panic!("{jitter:?}, attempt {attempt}: {reason}"),
                    }
                }
            }
        }
    }
    for first in [NANO, Duration::from_millis(1), SECOND] {
        for cap in [SECOND, SECOND + NANO, Duration::from_secs(3600), Duration::MAX] {
            check(Exponential::new(first, 2.0).with_max(cap), cap);
            check(Exponential::new(first, 4_294_967_296.0).with_max(cap), cap);
            check(Fibonacci::new(first).with_max(cap), cap);
            check(Linear::new(first, Duration::MAX).with_max(cap), cap);
            check(Decorrelated::new(first, cap), cap);
        }
    }
    for longest in [Duration::MAX, Duration::MAX - NANO, Duration::from_nanos(u64::MAX)] {
        check(Constant::new(longest), Duration::MAX);
        check(Exponential::new(longest, 1.5), Duration::MAX);
        check(Fibonacci::new(longest), Duration::MAX);
        check(Linear::new(longest, longest), Duration::MAX);
        check(Decorrelated::new(longest, longest), Duration::MAX);
        check(std::iter::repeat(longest), Duration::MAX);
    }
}

/// P backon, tokio-retry
#[test]
fn delays_are_exact_to_the_nanosecond() {
    // Neither an `f32` nor, from some point on, an `f64` can tell these from their neighbours.
    let first = SECOND + NANO;
    let delays = Exponential::new(first, 2.0).delays(0);
    for (n, delay) in delays.take(32).enumerate() {
        assert_eq!(delay, first * (1_u32 << n));
    }
    let odd = Duration::from_nanos((1 << 62) + 1);
    assert_eq!(Exponential::new(odd, 1.0).delays(0).nth(100), Some(odd));
    assert_eq!(Policy::of(Constant::new(odd)).jitter(Jitter::None).schedule().after_failure(SECOND, None), Ok(odd));
    // A base of 2 s with a factor of 3 is 2, 6, 18 s, and not powers of either.
    let seconds: Vec<_> = Exponential::new(2 * SECOND, 3.0).delays(0).take(3).map(|delay| delay.as_secs()).collect();
    assert_eq!(seconds, [2, 6, 18]);
}

/// P backon, exponential-backoff, retry-policies
#[test]
fn what_makes_no_sense_is_refused_when_it_is_said() {
    fn make<T>(_: T) {}
    let refused: [fn(); 12] = [
        || make(Exponential::new(2 * SECOND, 2.0).with_max(SECOND).delays(0)),
        || make(Fibonacci::new(2 * SECOND).with_max(SECOND).delays(0)),
        || make(Linear::new(2 * SECOND, NANO).with_max(SECOND).delays(0)),
        || make(Decorrelated::new(2 * SECOND, SECOND).delays(0)),
        || make(Exponential::new(Duration::ZERO, 2.0).delays(0)),
        || make(Fibonacci::new(Duration::ZERO).delays(0)),
        || make(Decorrelated::new(Duration::ZERO, SECOND).delays(0)),
        || make(Exponential::new(SECOND, f64::NAN).delays(0)),
        || make(Exponential::new(SECOND, 0.5).delays(0)),
        || make(Policy::new().jitter(Jitter::Proportional(1.1)).schedule()),
        || make(Policy::new().jitter(Jitter::Proportional(f64::NAN)).schedule()),
        || make(Policy::new().max_attempts(0).schedule()),
    ];
    for (n, refused) in refused.into_iter().enumerate() {
        assert!(catch_unwind(refused).is_err(), "number {n} is taken");
    }
}

/// P backon
#[test]
fn a_requested_delay_does_not_revive_a_policy_that_has_had_enough() {
    let ends: [(Policy, u32, StopReason); 4] = [
        (Policy::new().max_attempts(1), 1, StopReason::MaxAttempts),
        (Policy::new().max_retries(2), 3, StopReason::MaxAttempts),
        (Policy::new().max_elapsed(SECOND * 3 / 2), 2, StopReason::MaxElapsed),
        (Policy::new().max_slept(SECOND * 3 / 2), 2, StopReason::MaxSlept),
    ];
    for (policy, calls, reason) in ends {
        let called = Cell::new(0);
        let fails = || {
            called.set(called.get() + 1);
            assert!(called.get() < 10, "{reason:?}");
            ready(Err::<(), _>("no"))
        };
        let error = run(retry(fails).policy(policy).delay_from(|_| Some(SECOND)).detailed()).unwrap_err();
        assert_eq!((called.get(), error.attempts, error.reason), (calls, calls, reason));
    }
    // Nor one whose delays are used up.
    let called = Cell::new(0);
    let fails = || {
        called.set(called.get() + 1);
        ready(Err::<(), _>("no"))
    };
    let once = Policy::of(std::iter::once(NANO)).max_attempts(10);
    assert_eq!(run(retry(fails).policy(once).delay_from(|_| Some(SECOND))), Err("no"));
    assert_eq!(called.get(), 2);
}

/// P tokio-retry2; cenkalti#159
#[test]
fn a_requested_delay_is_slept_within_its_limits() {
    let slept = |requests: [u64; 3]| {
        run(async {
            let mut requests = requests.into_iter();
            let (mut before, mut slept) = (Instant::now(), Vec::new());
            let limited = || {
                slept.push((Instant::now() - before).as_secs());
                before = Instant::now();
                ready(requests.next().map_or(Ok(()), Err))
            };
            retry(limited)
                .policy(Policy::of(Constant::new(SECOND)).jitter(Jitter::None))
                .delay_from_within(2 * SECOND, 60 * SECOND, |seconds| {
                    (*seconds > 0).then(|| Duration::from_secs(*seconds))
                })
                .await
                .unwrap();
            slept
        })
    };
    // The first call comes at once; zero asks for nothing.
    assert_eq!(slept([7, 0, 8]), [0, 7, 1, 8]);
    // Below the floor and above the ceiling it is cut, and the retries go on.
    assert_eq!(slept([1, u64::MAX, 3600]), [0, 2, 60, 60]);
}

/// P tokio-retry2
#[test]
fn the_hook_is_told_what_is_slept() {
    for jitter in jitters() {
        run(async {
            let (start, told) = (Instant::now(), Cell::new(Duration::ZERO));
            let fails = || {
                assert_eq!(start.elapsed(), told.get(), "{jitter:?}");
                ready(Err::<(), _>(()))
            };
            let requests = Cell::new(0);
            let result = retry(fails)
                .policy(Policy::of(Exponential::new(SECOND, 2.0)).jitter(jitter).max_attempts(20))
                .delay_from(|()| {
                    requests.set(requests.get() + 1);
                    (requests.get() % 3 == 0).then_some(5 * SECOND)
                })
                .on_retry(|event| {
                    assert_eq!(event.elapsed(), told.get());
                    told.set(told.get() + event.delay());
                })
                .await;
            assert_eq!(result, Err(()));
            assert_eq!(start.elapsed(), told.get());
            assert!(told.get() >= 5 * SECOND);
        });
    }
}

/// rust#151398, backoff#68
#[test]
fn a_retry_can_be_spawned_and_stored() {
    type Answer = Ready<Result<u8, ()>>;
    struct Ping {
        attempts: Retry<fn() -> Answer, Policy<Constant>>,
    }
    let op: fn() -> _ = || ready(Ok(7));
    let ping = Ping { attempts: retry(op).policy(Policy::of(Constant::new(SECOND))) };
    assert_eq!(Std.block_on(ping.attempts), Ok(7));

    let result = run(async {
        let mut left = vec![String::from("late"), String::from("no"), String::from("no")];
        let answers = retry(move || {
            let answer = left.pop().unwrap();
            async move {
                anywhen::future::yield_now().await;
                if answer == "no" { Err(answer) } else { Ok(answer) }
            }
        });
        task::spawn(answers.max_retries(2).when(|error| error == "no").on_retry(|_| ())).await.unwrap()
    });
    assert_eq!(result.as_deref(), Ok("late"));
}
