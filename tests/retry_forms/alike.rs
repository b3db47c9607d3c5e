//! The forms beside each other: whatever the policy and what is tried, a future, a loop, a thread, a stream and a pipeline make
//! the same attempts at the same instants, and give up for the same reason.

use std::cell::RefCell;
use std::future::Future;

use anywhen::prelude::*;
use anywhen::retry::{
    Budget, Exponential, HedgePolicy, Jitter, Pipeline, Policy, RetryError, StopReason, blocking_retry, retry,
    retry_stream,
};
use anywhen::rt::Std;
use anywhen::stream;
use anywhen::time::{Deadline, Duration, Instant, VirtualClock, sleep};
use proptest::prelude::*;

/// What an attempt does: takes so long, and fails with a delay that is asked for, or none; or succeeds.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    takes: Duration,
    result: Result<(), Option<Duration>>,
}

/// What is tried, and how.
#[derive(Clone, Debug)]
struct Case {
    policy: Policy,
    tokens: u32,
    deadline: Option<Duration>,
    script: Vec<Attempt>,
}

/// What came of it. All times are from the start.
#[derive(Debug, PartialEq)]
struct Course {
    begun: Vec<Duration>,
    took: Duration,
    /// Why there was no success.
    reason: Option<StopReason>,
    tokens_left: u32,
}

/// A case under way, in a time of its own.
struct Trial<'a> {
    case: &'a Case,
    time: VirtualClock,
    start: Instant,
    budget: Budget,
    begun: RefCell<Vec<Duration>>,
}

impl<'a> Trial<'a> {
    fn new(case: &'a Case) -> Self {
        let time = VirtualClock::new();
        let (start, budget) = (time.now(), Budget::new(0.0).with_capacity(case.tokens));
        Self { case, time, start, budget, begun: RefCell::default() }
    }

    fn deadline(&self) -> Deadline {
        self.case.deadline.map_or(Deadline::NEVER, |after| Deadline::at(self.start + after))
    }

    /// Begins an attempt.
    fn begin(&self) -> Attempt {
        let mut begun = self.begun.borrow_mut();
        begun.push(self.time.now() - self.start);
        self.case.script[begun.len() - 1]
    }

    fn attempt(&self) -> impl Future<Output = Result<(), Option<Duration>>> + use<> {
        let Attempt { takes, result } = self.begin();
        async move {
            if !takes.is_zero() {
                sleep(takes).await;
            }
            result
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        Std.block_on(self.time.scope(future))
    }

    fn ends(self, reason: Option<StopReason>) -> Course {
        let (took, tokens_left) = (self.time.now() - self.start, self.budget.level());
        Course { begun: self.begun.into_inner(), took, reason, tokens_left }
    }
}

fn reason<T, E>(result: Result<T, RetryError<E>>) -> Option<StopReason> {
    result.err().map(|error| error.reason)
}

fn as_a_future(case: &Case) -> Course {
    let trial = Trial::new(case);
    let retry = retry(|| trial.attempt()).policy(&case.policy).delay_from(|error| *error);
    let result = trial.run(retry.budget(&trial.budget).deadline(trial.deadline()).detailed());
    trial.ends(reason(result))
}

fn as_a_loop(case: &Case) -> Course {
    let trial = Trial::new(case);
    let reason = trial.run(async {
        let mut attempts = case.policy.attempts().budget(&trial.budget).deadline(trial.deadline());
        while attempts.next().await.is_some() {
            match trial.attempt().await {
                Ok(()) => break,
                Err(Some(delay)) => attempts.retry_after(delay),
                Err(None) => {}
            }
        }
        attempts.reason()
    });
    trial.ends(reason)
}

fn on_a_thread(case: &Case) -> Course {
    let trial = Trial::new(case);
    let attempt = || {
        let Attempt { takes, result } = trial.begin();
        trial.time.advance(takes);
        result
    };
    let retry = blocking_retry(attempt).policy(&case.policy).delay_from(|error| *error).on(trial.time.clock());
    let retry = retry.sleep_with(|delay| trial.time.advance(delay)).budget(&trial.budget).deadline(trial.deadline());
    let result = retry.detailed().call();
    trial.ends(reason(result))
}

fn as_a_stream(case: &Case) -> Course {
    let trial = Trial::new(case);
    // An attempt that succeeds is a stream without items.
    let connect = || Box::pin(stream::once(trial.attempt()).filter(|result| std::future::ready(result.is_err())));
    let retry = retry_stream(connect).policy(&case.policy).delay_from(|error| *error);
    let items = retry.budget(&trial.budget).deadline(trial.deadline()).detailed();
    let items = trial.run(items.collect::<Vec<_>>());
    assert!(items.len() <= 1);
    trial.ends(items.into_iter().find_map(reason))
}

/// It does not say why it gives up, which is `reason` therefore.
fn in_a_pipeline(case: &Case, reason: Option<StopReason>) -> Course {
    let trial = Trial::new(case);
    let policy = case.policy.delay_from(|error: &Option<Duration>| *error);
    let pipeline = Pipeline::new().retry(policy.budget(&trial.budget).deadline(trial.deadline()));
    let pipeline = pipeline.hedge(HedgePolicy::new().max_hedges::<0>());
    let result = trial.run(pipeline.call(|| trial.attempt()));
    assert_eq!(result.is_err(), reason.is_some());
    trial.ends(reason)
}

fn millis(most: u64) -> impl Strategy<Value = Duration> {
    (0..most).prop_map(Duration::from_millis)
}

const MOST_ATTEMPTS: u32 = 8;

fn policies() -> impl Strategy<Value = Policy> {
    let jitter = prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
        Just(Jitter::Proportional(0.3)),
    ];
    let backoff = (1..50_u64, 1.0..3.0_f64, millis(500)).prop_map(|(first, factor, more)| {
        let first = Duration::from_millis(first);
        Exponential::new(first, factor).with_max(first + more)
    });
    let limits = (1..=MOST_ATTEMPTS, prop::option::of(millis(800)), prop::option::of(millis(400)));
    (backoff, limits, jitter, any::<u64>()).prop_map(|(backoff, (attempts, elapsed, slept), jitter, seed)| {
        let policy = Policy::of(backoff).max_attempts(attempts).jitter(jitter).seed(seed);
        policy.max_elapsed(elapsed.unwrap_or(Duration::MAX)).max_slept(slept.unwrap_or(Duration::MAX))
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let result =
        prop_oneof![1 => Just(Ok(())), 6 => Just(Err(None)), 3 => millis(200).prop_map(|delay| Err(Some(delay)))];
    let takes = prop_oneof![Just(Duration::ZERO), millis(100)];
    let attempt = (takes, result).prop_map(|(takes, result)| Attempt { takes, result });
    let script = prop::collection::vec(attempt, MOST_ATTEMPTS as usize);
    (policies(), 1..6_u32, prop::option::of(millis(800)), script).prop_map(|(policy, tokens, deadline, script)| Case {
        policy,
        tokens,
        deadline,
        script,
    })
}

proptest! {
    #[test]
    fn every_form_makes_the_same_of_a_policy(case in cases()) {
        let course = as_a_future(&case);
        prop_assert_eq!(&course, &as_a_loop(&case));
        prop_assert_eq!(&course, &on_a_thread(&case));
        prop_assert_eq!(&course, &as_a_stream(&case));
        prop_assert_eq!(&course, &in_a_pipeline(&case, course.reason));
    }
}
