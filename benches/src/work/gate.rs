//! Gates that let everything through, which is what they do nearly always.

use core::future::{Ready, ready as succeed};
use core::hint::black_box;
use core::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use anywhen::retry::{Bulkhead, CallError, CircuitBreaker, RateLimiter};
use failsafe::futures::CircuitBreaker as _;
use governor::Quota;
use tower::Service as _;

use crate::harness::{Goal, Work, ours, peer, ready, repeat};

/// Succeeds at once; that it does cannot be seen.
fn attempt<E>(error: E) -> Ready<Result<u64, E>> {
    succeed(if black_box(true) { Ok(1) } else { Err(error) })
}

/// What no loop uses up: four permits a nanosecond.
const MOST: u32 = u32::MAX;

/// The same.
fn quota() -> Quota {
    let most = NonZeroU32::new(MOST).expect("it is not zero");
    Quota::per_second(most).allow_burst(most)
}

pub(crate) const RATE_TRIED: Work = Work {
    name: "rate limiter, try_acquire",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let limiter = RateLimiter::new(MOST, Duration::from_secs(1));
            repeat(times, |_| black_box(&limiter).try_acquire());
        }),
        peer("governor", |times| {
            let limiter = governor::RateLimiter::direct(quota());
            repeat(times, |_| black_box(&limiter).check());
        }),
        peer("a reading of std's clock", |times| repeat(times, |_| std::time::Instant::now())),
    ],
    note: "All go by std's clock. governor's default is one that counts the processor's cycles instead, and is set up by spinning \
           for a while, so that the instructions of what is done by it cannot be told.",
};

pub(crate) const RATE_ACQUIRED: Work = Work {
    name: "rate limiter, acquire, ready at once",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let limiter = RateLimiter::new(MOST, Duration::from_secs(1));
            repeat(times, |cx| ready!(cx, black_box(&limiter).acquire()));
        }),
        peer("governor", |times| {
            let limiter = governor::RateLimiter::direct(quota());
            repeat(times, |cx| ready!(cx, black_box(&limiter).until_ready()));
        }),
    ],
    note: "",
};

pub(crate) const BULKHEAD: Work = Work {
    name: "bulkhead, a call that is let through",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let bulkhead = Bulkhead::new(10, 10);
            repeat(times, |cx| ready!(cx, black_box(&bulkhead).call(attempt(CallError::Failed(2)))));
        }),
        peer("tower, ConcurrencyLimit", |times| {
            let service = tower::service_fn(|()| attempt(2_u64));
            let mut service = tower::limit::ConcurrencyLimit::new(service, 10);
            repeat(times, |cx| {
                assert!(service.poll_ready(cx).is_ready(), "there is a place");
                ready!(cx, service.call(()))
            });
        }),
        peer("tokio, a permit around the call", |times| {
            let places = tokio::sync::Semaphore::new(10);
            repeat(times, |cx| {
                let _place = ready!(cx, black_box(&places).acquire());
                ready!(cx, attempt(2_u64))
            });
        }),
        peer("tokio, the same with an owned permit", |times| {
            let places = Arc::new(tokio::sync::Semaphore::new(10));
            repeat(times, |cx| {
                let _place = ready!(cx, Arc::clone(black_box(&places)).acquire_owned());
                ready!(cx, attempt(2_u64))
            });
        }),
        peer("the call alone", |times| repeat(times, |cx| ready!(cx, attempt(2_u64)))),
    ],
    note: "Ours also counts the calls, and has a bound to those that wait. A service of tower's owns its permit.",
};

pub(crate) const BREAKER: Work = Work {
    name: "circuit breaker, a call that goes well",
    subjects: &[
        ours("anywhen, by failures in a row", Goal::ZERO_ALLOCATIONS, |times| {
            let breaker = CircuitBreaker::new();
            repeat(times, |cx| ready!(cx, black_box(&breaker).call(attempt(CallError::Failed(2)))));
        }),
        ours("anywhen, by the rate of 100 calls", Goal::ZERO_ALLOCATIONS, |times| {
            let breaker = CircuitBreaker::new().failure_rate_of_calls(0.5, 100);
            repeat(times, |cx| ready!(cx, black_box(&breaker).call(attempt(CallError::Failed(2)))));
        }),
        ours("anywhen, by the rate over 30 seconds", Goal::ZERO_ALLOCATIONS, |times| {
            let breaker = CircuitBreaker::new().failure_rate_over(0.8, Duration::from_secs(30));
            repeat(times, |cx| ready!(cx, black_box(&breaker).call(attempt(CallError::Failed(2)))));
        }),
        peer("failsafe, by failures in a row", |times| {
            let policy =
                failsafe::failure_policy::consecutive_failures(5, failsafe::backoff::constant(Duration::from_secs(10)));
            let breaker = failsafe::Config::new().failure_policy(policy).build();
            repeat(times, |cx| ready!(cx, black_box(&breaker).call(attempt(2_u64))));
        }),
        peer("failsafe, its default", |times| {
            let breaker = failsafe::Config::new().build();
            repeat(times, |cx| ready!(cx, black_box(&breaker).call(attempt(2_u64))));
        }),
        peer("recloser, by the rate of 100 calls", |times| {
            let breaker = recloser::AsyncRecloser::from(recloser::Recloser::custom().build());
            repeat(times, |cx| ready!(cx, black_box(&breaker).call(attempt(2_u64))));
        }),
        peer("the call alone", |times| repeat(times, |cx| ready!(cx, attempt(2_u64)))),
    ],
    note: "Ours also counts the calls, and a call that is given up is known for that. failsafe's default goes by the rate over \
           30 seconds, and by failures in a row. recloser's remembers 100 calls if nothing is said.",
};
