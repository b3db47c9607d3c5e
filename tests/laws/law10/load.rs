//! Budgets, latencies and hedges, with every extreme that they take.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::time::Duration;

use anywhen::future::Either;
use anywhen::retry::{Budget, HedgePolicy, Latencies, Operation, Pipeline, hedge};
use anywhen::testing::TestTask;
use anywhen::time::error::Elapsed;
use anywhen::time::{Clock, Instant, VirtualClock};

use super::DURATIONS;

/// The first attempt never ends, the second is over at once.
fn second_succeeds() -> impl Operation<Output = (), Error = ()> {
    let tried = Cell::new(false);
    move || if tried.replace(true) { Either::Left(ready(Ok(()))) } else { Either::Right(pending()) }
}

pub(super) fn hedge_after(delay: Duration) -> impl Future {
    hedge(second_succeeds()).after(delay)
}

pub(super) fn hedge_by_policy(delay: Duration) -> impl Future {
    hedge(second_succeeds()).policy(HedgePolicy::new().after(delay))
}

pub(super) fn hedge_deadline(deadline: Instant) -> impl Future {
    hedge(pending::<Result<(), Elapsed>>).max_hedges::<0>().deadline(deadline)
}

pub(super) fn hedge_deadline_by_policy(deadline: Instant) -> impl Future {
    let policy = HedgePolicy::new().after(Duration::MAX).deadline(deadline);
    hedge(pending::<Result<(), Elapsed>>).policy(policy)
}

pub(super) fn pipeline(limit: Duration) -> impl Future {
    Pipeline::new().timeout(limit).call(pending::<Result<(), Elapsed>>)
}

pub(super) fn pipeline_on(limit: Duration) -> impl Future {
    Pipeline::new().timeout_on(Clock::current(), limit).call(pending::<Result<(), Elapsed>>)
}

/// Every terms, with calls in between, while time leaps.
pub(super) fn budgets_saturate() {
    const SHARES: [f64; 5] = [0.0, f64::MIN_POSITIVE, 0.1, 1.0, 10_000.0];
    for ratio in SHARES {
        for floor in SHARES {
            for capacity in [1, 7, u32::MAX] {
                let time = VirtualClock::new();
                let budget = Budget::new(ratio).with_floor(floor).with_capacity(capacity).on(time.clock());
                for pause in DURATIONS.into_iter().chain(DURATIONS) {
                    assert!(budget.level() <= capacity);
                    let before = budget.level();
                    assert_eq!(budget.try_withdraw(), before > 0);
                    assert_eq!(budget.level(), before.saturating_sub(1));
                    budget.deposit();
                    time.advance(pause);
                }
            }
        }
    }
}

/// Every latency, and each as what a hedge goes by.
pub(super) fn latencies_saturate() {
    const SHARES: [f64; 4] = [0.0, f64::MIN_POSITIVE, 0.95, 1.0];
    for latency in DURATIONS {
        let latencies = Latencies::new();
        (0..32).for_each(|_| latencies.record(latency));
        for share in SHARES {
            let delay = latencies.percentile(share).expect("there are enough");
            assert!(delay > latency || delay == Duration::from_micros(1 << 32), "{latency:?} {delay:?}");
            let time = VirtualClock::new();
            let by_policy = HedgePolicy::new().after_percentile(&latencies, share);
            let mut task = TestTask::new(hedge(second_succeeds()).on(time.clock()).policy(by_policy));
            assert!(task.poll().is_pending());
            let mut other =
                TestTask::new(hedge(second_succeeds()).on(time.clock()).after_percentile(&latencies, share));
            assert!(other.poll().is_pending());
            time.advance(delay);
            assert!(task.poll().is_ready());
            assert!(other.poll().is_ready());
        }
    }
}
