//! Hedges that are not needed, and budgets that are asked.

use core::future::{Future, ready as succeed};
use core::hint::black_box;
use core::time::Duration;

use anywhen::retry::{Budget, HedgePolicy, Latencies, Pipeline, Policy, hedge};
use tower::Service as _;
use tower::retry::budget::{Budget as _, TpsBudget};

use crate::harness::{Goal, Work, ours, peer, ready, repeat};

/// Succeeds at once; that it does cannot be seen.
fn attempt() -> impl Future<Output = Result<u64, u64>> {
    succeed(if black_box(true) { Ok(1) } else { Err(2) })
}

pub(crate) const SUCCESS: Work = Work {
    name: "hedge, success at the first attempt",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            repeat(times, |cx| ready!(cx, hedge(attempt)));
        }),
        ours("anywhen, on a budget", Goal::ZERO_ALLOCATIONS, |times| {
            let budget = Budget::new(0.1);
            repeat(times, |cx| ready!(cx, hedge(attempt).budget(&budget)));
        }),
        ours("anywhen, after a percentile, which is measured", Goal::ZERO_ALLOCATIONS, |times| {
            let latencies = Latencies::new();
            repeat(times, |cx| ready!(cx, hedge(attempt).after_percentile(&latencies, 0.95)));
        }),
        ours("anywhen, in a pipeline, retried", Goal::ZERO_ALLOCATIONS, |times| {
            let pipeline = Pipeline::new().retry(Policy::new()).hedge(HedgePolicy::new());
            repeat(times, |cx| ready!(cx, pipeline.call(attempt)));
        }),
        peer("tower", |times| {
            // Its delays are made of tokio's timers.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let _entered = runtime.enter();
            // Its errors are to be errors.
            let attempt = || succeed(if black_box(true) { Ok(1_u64) } else { Err(core::fmt::Error) });
            let service = tower::service_fn(move |()| attempt());
            let mut service = tower::hedge::Hedge::new(service, Always, 10, 0.95, Duration::from_secs(10));
            repeat(times, |cx| {
                assert!(service.poll_ready(cx).is_ready(), "it always is");
                ready!(cx, service.call(()))
            });
        }),
        peer("the attempt alone", |times| repeat(times, |cx| ready!(cx, attempt()))),
    ],
    note: "tower's always goes by a percentile, and measures all attempts.",
};

/// Every request may be hedged.
#[derive(Clone)]
struct Always;

impl tower::hedge::Policy<()> for Always {
    fn clone_request(&self, (): &()) -> Option<()> {
        Some(())
    }

    fn can_retry(&self, (): &()) -> bool {
        true
    }
}

pub(crate) const BUDGET: Work = Work {
    name: "retry budget, a deposit and a withdrawal",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let budget = Budget::new(1.0);
            repeat(times, |_| {
                budget.deposit();
                black_box(budget.try_withdraw());
            });
        }),
        ours("anywhen, with a floor", Goal::ZERO_ALLOCATIONS, |times| {
            let budget = Budget::new(1.0).with_floor(10.0);
            repeat(times, |_| {
                budget.deposit();
                black_box(budget.try_withdraw());
            });
        }),
        peer("tower", |times| {
            let budget = TpsBudget::new(Duration::from_secs(10), 10, 1.0);
            repeat(times, |_| {
                budget.deposit();
                black_box(budget.withdraw());
            });
        }),
    ],
    note: "tower's budget always has a floor, and asks for the time at each deposit, too.",
};

pub(crate) const DEPOSIT: Work = Work {
    name: "retry budget, a deposit",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, |times| {
            let budget = Budget::new(0.1).with_floor(10.0);
            repeat(times, |_| black_box(&budget).deposit());
        }),
        peer("tower", |times| {
            let budget = TpsBudget::new(Duration::from_secs(10), 10, 0.1);
            repeat(times, |_| black_box(&budget).deposit());
        }),
    ],
    note: "",
};
