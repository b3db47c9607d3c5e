//! Backoffs, policies and retries, with every extreme that they take.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use anywhen::prelude::*;
use anywhen::retry::strategy::Standing;
use anywhen::retry::{
    Attempts, Backoff, Constant, Decorrelated, Exponential, Fibonacci, Jitter, Linear, Observer, Policy, PolicyExt,
    Schedule, Smooth, StopReason, retry, retry_stream,
};
use anywhen::stream;
use anywhen::testing::TestTask;
use anywhen::time::error::Elapsed;
use anywhen::time::{self, Deadline, VirtualClock};

use super::DURATIONS;

pub(super) fn attempt(limit: Duration) -> impl Future {
    retry(pending::<Result<(), Elapsed>>).max_attempts(1).attempt_timeout(limit)
}

pub(super) fn attempt_by_policy(limit: Duration) -> impl Future {
    retry(pending::<Result<(), Elapsed>>).policy(Policy::new().max_attempts(1).attempt_timeout(limit))
}

pub(super) fn attempt_by_addition(limit: Duration) -> impl Future {
    let policy = PolicyExt::attempt_timeout(Policy::new().max_attempts(1).deadline(Deadline::NEVER), limit);
    retry(pending::<Result<(), Elapsed>>).policy(policy)
}

const FACTORS: [f64; 5] = [1.0, 1.0 + f64::EPSILON, 1.5, 2.0, 4_294_967_296.0];

const JITTERS: [Jitter; 7] = [
    Jitter::None,
    Jitter::Full,
    Jitter::Equal,
    Jitter::Decorrelated,
    Jitter::Proportional(0.0),
    Jitter::Proportional(f64::MIN_POSITIVE),
    Jitter::Proportional(1.0),
];

/// Calls `each` with every kind of backoff, made of every extreme that it takes, and the longest delay it may give.
fn every_backoff(each: &mut dyn FnMut(&Begin<'_>, Duration)) {
    fn steps<B: Backoff + Copy + 'static>(backoff: B) -> impl Fn(Limit, Jitter) -> Steps {
        move |limit, jitter| {
            let mut schedule = limit.of(Policy::of(backoff).jitter(jitter).max_attempts(u32::MAX)).schedule();
            Box::new(move |elapsed, requested| step(&mut schedule, elapsed, requested))
        }
    }
    for first in DURATIONS {
        each(&steps(Constant::new(first)), Duration::MAX);
        for max in DURATIONS {
            let fits = nanos(first) <= nanos(max);
            for step in DURATIONS.into_iter().filter(|_| fits) {
                each(&steps(Linear::new(first, step)), Duration::MAX);
                each(&steps(Linear::new(first, step).with_max(max)), max);
            }
            if !fits || first.is_zero() {
                continue;
            }
            each(&steps(Decorrelated::new(first, max)), max);
            each(&steps(Fibonacci::new(first)), Duration::MAX);
            each(&steps(Fibonacci::new(first).with_max(max)), max);
            for factor in FACTORS {
                each(&steps(Exponential::new(first, factor)), Duration::MAX);
                each(&steps(Exponential::new(first, factor).with_max(max)), max);
            }
        }
    }
}

/// Begins a run.
type Begin<'a> = dyn Fn(Limit, Jitter) -> Steps + 'a;

/// A run under way, whatever its backoff is.
type Steps = Box<dyn FnMut(Duration, Option<Duration>) -> Result<Duration, StopReason>>;

fn step<D>(schedule: &mut Schedule<D>, elapsed: Duration, asked: Option<Duration>) -> Result<Duration, StopReason>
where
    D: Iterator<Item = Duration>,
{
    let slept = schedule.slept();
    let next = schedule.after_failure(elapsed, asked);
    assert!(schedule.slept() >= slept, "what was slept has become less");
    next
}

/// What limits a policy.
#[derive(Clone, Copy)]
enum Limit {
    Elapsed(Duration),
    Slept(Duration),
}

impl Limit {
    fn of<B>(self, policy: Policy<B>) -> Policy<B> {
        match self {
            Self::Elapsed(limit) => policy.max_elapsed(limit),
            Self::Slept(limit) => policy.max_slept(limit),
        }
    }
}

/// As backoffs count.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn backoffs_saturate() {
    every_backoff(&mut |begin, max| {
        for jitter in JITTERS {
            let mut steps = begin(Limit::Elapsed(Duration::MAX), jitter);
            for _ in 0..70 {
                match steps(Duration::ZERO, None) {
                    Ok(delay) => assert!(delay <= max, "{delay:?} is above {max:?} with {jitter:?}"),
                    Err(reason) => {
                        let ends = [StopReason::EndlessDelay, StopReason::MaxSlept];
                        assert!(ends.contains(&reason), "{reason:?}");
                        break;
                    }
                }
            }
        }
    });
}

pub(super) fn policies_saturate() {
    for max in [0, 1, u32::MAX - 1, u32::MAX] {
        let mut schedule = Policy::of(Constant::new(Duration::ZERO)).max_retries(max).schedule();
        let tries_again = (0..100).take_while(|_| schedule.after_failure(Duration::MAX, None).is_ok()).count();
        assert_eq!(tries_again, max.min(100) as usize);
    }
    assert!(Policy::new().max_attempts(u32::MAX).schedule().after_failure(Duration::ZERO, None).is_ok());

    for first in DURATIONS {
        for limit in DURATIONS.iter().flat_map(|&limit| [Limit::Elapsed(limit), Limit::Slept(limit)]) {
            for elapsed in DURATIONS {
                for asked in DURATIONS.into_iter().map(Some).chain([None]) {
                    let mut schedule = limit.of(Policy::of(Constant::new(first)).max_attempts(u32::MAX)).schedule();
                    for _ in 0..3 {
                        let next = step(&mut schedule, elapsed, asked);
                        let delay = asked.unwrap_or(first);
                        let endless = nanos(delay) == u64::MAX;
                        assert_eq!(next == Err(StopReason::EndlessDelay), endless, "{delay:?}: {next:?}");
                        match limit {
                            Limit::Elapsed(Duration::MAX) => assert!(next.is_ok() || endless, "never is up: {next:?}"),
                            Limit::Elapsed(limit) | Limit::Slept(limit) => assert!(next.is_err() || delay <= limit),
                        }
                        if next.is_err() {
                            break;
                        }
                    }
                }
            }
        }
    }
}

/// The whole future, polled to its end while time leaps.
pub(super) fn retries_saturate() {
    for delay in DURATIONS {
        for limit in DURATIONS {
            for jitter in JITTERS {
                let time = VirtualClock::new();
                let fails = retry(|| ready(Err::<(), _>(()))).on(time.clock()).backoff(Constant::new(delay));
                let fails = fails.jitter(jitter).max_attempts(u32::MAX).max_retries(3).max_attempts(4);
                let mut task = TestTask::new(fails.max_elapsed(limit).max_slept(limit).detailed());
                let mut polls = 0;
                while task.poll().is_pending() {
                    if !time.advance_to_next() {
                        // The scale of instants ends before that of delays does.
                        assert!(nanos(delay) >= 1 << 61, "it waits for something that never comes");
                        break;
                    }
                    polls += 1;
                    assert!(polls < 10);
                }
            }
        }
    }
}

/// The one that counts in floating point.
pub(super) fn smooth_saturates() {
    for median in DURATIONS.into_iter().filter(|median| !median.is_zero()) {
        for max in DURATIONS.into_iter().filter(|max| median <= *max) {
            assert!(Smooth::new(median).with_max(max).delays(7).take(3000).all(|delay| delay <= max));
        }
        assert_eq!(Smooth::new(median).delays(7).take(3000).count(), 3000);
    }
}

/// The time that a stream must have run, which it has not.
pub(super) fn reset_after(run: Duration) -> impl Future {
    async move {
        let late = || stream::once(async { time::timeout(run, pending::<()>()).await.map_err(drop) });
        let mut anew = pin!(retry_stream(late).max_attempts(1).reset_after(run));
        assert_eq!(anew.next().await, Some(Err(())));
    }
}

/// Every deadline, of every form.
pub(super) fn deadlines() {
    for left in DURATIONS {
        for delay in DURATIONS {
            let time = VirtualClock::new();
            let deadline = Deadline::after_on(&time.clock(), left);
            let policy = Policy::of(Constant::new(delay)).max_attempts(2);
            let fails = || retry(|| ready(Err::<(), _>(()))).on(time.clock());
            let left = deadline.remaining_on(&time.clock());
            let refused = delay >= left || nanos(delay) == u64::MAX;
            let one = fails().policy(policy).deadline(deadline).detailed();
            let other = fails().policy(policy.deadline(deadline)).detailed();
            assert_eq!(TestTask::new(one).poll().is_ready(), refused || delay.is_zero(), "{delay:?} of {left:?}");
            assert_eq!(TestTask::new(other).poll().is_ready(), refused || delay.is_zero(), "{delay:?} of {left:?}");
            let added = fails().policy(PolicyExt::deadline(policy, deadline)).detailed();
            assert_eq!(TestTask::new(added).poll().is_ready(), refused || delay.is_zero(), "{delay:?} of {left:?}");
            let mut attempts = Attempts::new(policy).on(time.clock()).deadline(deadline);
            let _poll = TestTask::new(attempts.failed(())).poll();
            assert_eq!(attempts.reason().is_some(), refused, "{delay:?} of {left:?}");
        }
    }
}

/// A loop of one's own, which asks for each delay, and tells of it.
pub(super) fn loops_saturate() {
    struct Told(Cell<Duration>);

    impl Observer for Told {
        fn on_retry(&self, standing: Standing, delay: Duration) {
            assert!(standing.slept() >= delay);
            self.0.set(delay);
        }
    }

    for asked in DURATIONS {
        let (time, told) = (VirtualClock::new(), Told(Cell::default()));
        let mut attempts = Attempts::new(Policy::new().max_attempts(u32::MAX)).on(time.clock()).observe(&told);
        for _ in 0..3 {
            attempts.retry_after(asked);
            let mut task = TestTask::new(attempts.failed(()));
            if task.poll().is_pending() && time.advance_to_next() {
                assert_eq!(told.0.get(), asked);
                assert_eq!(task.poll(), Poll::Ready(Ok(())));
            }
        }
    }
}

type Asked<'a> = Pin<Box<dyn Future<Output = Result<(), Duration>> + 'a>>;

/// A delay that comes with the error.
pub(super) fn asked_for() {
    for asked in DURATIONS {
        for floor in DURATIONS {
            for ceiling in DURATIONS.into_iter().filter(|ceiling| floor <= *ceiling) {
                let time = VirtualClock::new();
                let fails_once = || {
                    let mut failed = false;
                    move || ready(if std::mem::replace(&mut failed, true) { Ok(()) } else { Err(asked) })
                };
                let retry = || retry(fails_once()).on(time.clock());
                let here = retry().delay_from(|_| None).delay_from_within(floor, ceiling, |asked| Some(*asked));
                let policy = Policy::new().delay_from(|_: &Duration| None);
                let policy = policy.delay_from_within(floor, ceiling, |asked: &Duration| Some(*asked));
                let both: [Asked<'_>; 2] = [Box::pin(here), Box::pin(retry().policy(policy))];
                for future in both {
                    let (mut task, start, wanted) = (TestTask::new(future), time.now(), asked.clamp(floor, ceiling));
                    if task.poll().is_pending() {
                        assert!(time.advance_to_next() || (start + wanted).is_never());
                        let slept = if (start + wanted).is_never() { Duration::ZERO } else { wanted };
                        assert_eq!(time.now() - start, slept);
                    }
                }
            }
        }
    }
}
