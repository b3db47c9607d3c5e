//! Retries: of what succeeds, and of what fails a few times and need not wait.

use core::cell::Cell;
use core::future::{Future, ready as succeed};
use core::hint::black_box;
use core::time::Duration;

use anywhen::retry::{Backoff as _, Constant, Exponential, Jitter, Policy, retry};
use backon::{BackoffBuilder as _, Retryable as _};

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
    note: "What is not over at once goes on out of line, and takes the state by reference; so a few words are written to begin \
           with. Two of the instructions are the attempt's, which takes 8 in the design's harness.",
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

/// Ten delays: 100 ms, twice as long each time, but no longer than 30 s.
const TEN: usize = 10;
const FIRST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(30);

fn backon_delays() -> backon::ExponentialBuilder {
    backon::ExponentialBuilder::default().with_min_delay(FIRST).with_max_delay(MOST).with_max_times(TEN)
}

fn tokio_retry_delays() -> tokio_retry::strategy::ExponentialBackoff {
    tokio_retry::strategy::ExponentialBackoff::from_millis(2).factor(50).max_delay(MOST)
}

pub(crate) const DELAYS: Work = Work {
    name: "ten backoff delays",
    subjects: &[
        ours("anywhen", Goal::instructions(250), |times| {
            let backoff = Exponential::new(FIRST, 2.0).with_max(MOST);
            let backoff = black_box(&backoff);
            repeat(times, |_| backoff.delays(0).take(TEN).for_each(|delay| _ = black_box(delay)));
        }),
        peer("doubled by hand", |times| {
            repeat(times, |_| {
                let mut nanos = black_box(100_000_000_u64);
                for _ in 0..TEN {
                    black_box(Duration::from_nanos(nanos));
                    nanos *= 2;
                }
            });
        }),
        peer("backon", |times| {
            let backoff = black_box(backon_delays());
            repeat(times, |_| backoff.build().for_each(|delay| _ = black_box(delay)));
        }),
        peer("tokio-retry", |times| {
            let backoff = black_box(tokio_retry_delays());
            repeat(times, |_| backoff.clone().take(TEN).for_each(|delay| _ = black_box(delay)));
        }),
    ],
    note: "Without jitter, as the design counted it.",
};

pub(crate) const DELAYS_JITTERED: Work = Work {
    name: "ten backoff delays, full jitter",
    subjects: &[
        ours("anywhen, all limits looked at", Goal::ZERO_ALLOCATIONS, |times| {
            let policy = Policy::new().max_retries(TEN as u32);
            let policy = black_box(&policy);
            repeat(times, |_| {
                let mut schedule = policy.schedule();
                for _ in 0..TEN {
                    let _ = black_box(schedule.after_failure(Duration::ZERO, None));
                }
            });
        }),
        peer("backon", |times| {
            let backoff = black_box(backon_delays().with_jitter());
            repeat(times, |_| backoff.build().for_each(|delay| _ = black_box(delay)));
        }),
        peer("tokio-retry", |times| {
            let backoff = black_box(tokio_retry_delays());
            let delays = || backoff.clone().map(tokio_retry::strategy::jitter).take(TEN);
            repeat(times, |_| delays().for_each(|delay| _ = black_box(delay)));
        }),
    ],
    note: "Ours are those of a run: with each the number of attempts, the time that has passed, what was slept and a deadline \
           are looked at. backon's jitter adds up to the first delay to each.",
};
