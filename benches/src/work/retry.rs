//! Retries: of what succeeds, and of what fails a few times and need not wait.

use core::cell::Cell;
use core::future::{Future, ready as succeed};
use core::hint::black_box;
use core::time::Duration;

use anywhen::retry::{Constant, Jitter, Policy, retry};
use backon::Retryable;

use crate::harness::{Goal, Work, ours, peer, ready, repeat};

/// Succeeds at once; that it does cannot be seen.
fn attempt() -> impl Future<Output = Result<u64, u64>> {
    succeed(if black_box(true) { Ok(1) } else { Err(2) })
}

pub(crate) const SUCCESS: Work = Work {
    name: "retry, success at the first attempt",
    subjects: &[
        ours("anywhen", Goal::instructions(25), |times| {
            repeat(times, |cx| ready!(cx, retry(attempt)));
        }),
        ours("anywhen, policy borrowed", Goal::instructions(25), |times| {
            static POLICY: Policy = Policy::new();
            let policy = black_box(&POLICY);
            repeat(times, |cx| ready!(cx, retry(attempt).policy(policy)));
        }),
        peer("the attempt alone", |times| repeat(times, |cx| ready!(cx, attempt()))),
        peer("backon", |times| {
            let policy = backon::ExponentialBuilder::default().with_jitter();
            let policy = black_box(&policy);
            repeat(times, |cx| ready!(cx, attempt.retry(*policy)));
        }),
        peer("tokio-retry", |times| {
            let policy = || {
                let delays = tokio_retry::strategy::ExponentialBackoff::from_millis(10);
                delays.map(tokio_retry::strategy::jitter).take(3)
            };
            repeat(times, |cx| ready!(cx, tokio_retry::Retry::start(policy(), attempt)));
        }),
    ],
    note: "Missed. The state is in memory, because what goes on after a failure is out of line and takes it by reference: a \
           few words are written to begin with, and read again to find that there is nothing to drop. A policy by value is \
           seven words more. Two of the instructions are the attempt's, which takes 8 in the design's harness.",
};

/// Three attempts that fail, and one that does not.
fn fails_thrice() -> impl FnMut() -> core::future::Ready<Result<u64, u64>> {
    let left = Cell::new(3_u64);
    move || {
        let now = black_box(left.get());
        left.set(now.wrapping_sub(1));
        succeed(if now == 0 { Ok(1) } else { Err(now) })
    }
}

pub(crate) const FAILURES: Work = Work {
    name: "retry, success at the fourth attempt, no delay",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let policy = Policy::of(Constant::new(Duration::ZERO)).jitter(Jitter::None);
            let policy = black_box(&policy);
            repeat(times, |cx| ready!(cx, retry(fails_thrice()).policy(policy)));
        }),
        peer("backon, sleep replaced", |times| {
            let policy = backon::ConstantBuilder::default().with_delay(Duration::ZERO);
            let policy = black_box(&policy);
            repeat(times, |cx| {
                let retries = fails_thrice().retry(*policy).sleep(|_| succeed(()));
                ready!(cx, retries)
            });
        }),
    ],
    note: "backon sleeps also where the delay is zero, so its sleep is replaced by one that is over at once; tokio-retry's \
           cannot be replaced.",
};
