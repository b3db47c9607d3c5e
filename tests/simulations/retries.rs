//! An operation that fails for a while and takes its time, tried again under a limit.
//!
//! Without jitter everything is known beforehand, to the nanosecond: how many attempts, which result, when. With jitter the
//! delays are bounded. And whatever ends it, no attempt outlives it, and none overlaps another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use anywhen::retry::{Exponential, Jitter, Policy, retry};
use anywhen::task;
use anywhen::testing::Sim;
use anywhen::time::{self, Duration, Instant};

use super::{Dice, caught, seeds};

/// What an attempt does.
#[derive(Clone, Copy)]
struct Attempt {
    takes: Duration,
    succeeds: bool,
}

struct Plan {
    attempts: Vec<Attempt>,
    max_attempts: u32,
    first_delay: Duration,
    limit: Duration,
}

impl Plan {
    fn of(dice: &mut Dice) -> Self {
        let attempts = (0..8).map(|_| Attempt { takes: dice.millis(20), succeeds: dice.chance(25) }).collect();
        Self {
            attempts,
            max_attempts: 1 + dice.below(6) as u32,
            first_delay: Duration::from_millis(1 + dice.below(10)),
            limit: Duration::from_millis(1 + dice.below(150)),
        }
    }

    /// The delay after the attempt with this number, from 1 on.
    fn delay(&self, attempt: u32) -> Duration {
        (self.first_delay * 2u32.pow(attempt - 1)).min(Duration::from_millis(40))
    }

    /// How many attempts are begun, what comes of it (`None`: the limit does), and after how long.
    fn foretell(&self) -> (u32, Option<Result<u32, u32>>, Duration) {
        let mut elapsed = Duration::ZERO;
        for number in 1.. {
            let attempt = self.attempts[number as usize - 1];
            elapsed += attempt.takes;
            // Where both come at one instant, the value goes first.
            if elapsed > self.limit {
                return (number, None, self.limit);
            }
            if attempt.succeeds || number == self.max_attempts {
                let result = if attempt.succeeds { Ok(number) } else { Err(number) };
                return (number, Some(result), elapsed);
            }
            elapsed += self.delay(number);
            // An attempt that would begin at the limit does, and if it takes no time, it is in time.
            if elapsed > self.limit {
                return (number, None, self.limit);
            }
        }
        unreachable!("the attempts are limited")
    }
}

/// Says so while an attempt runs.
struct Running(Arc<AtomicBool>);

impl Running {
    fn begin(flag: &Arc<AtomicBool>) -> Self {
        assert!(!flag.swap(true, Relaxed), "two attempts at once");
        Self(flag.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

/// `more` is a fault to plant: so many attempts more than the plan says.
async fn scenario(sim: Sim, more: u32) {
    let mut dice = Dice::of(&sim);
    let tasks: Vec<_> = (0..1 + dice.below(3))
        .map(|_| {
            let mut dice = dice.another();
            task::spawn(async move { one(&mut dice, more).await })
        })
        .collect();
    for task in tasks {
        if let Err(error) = task.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

async fn one(dice: &mut Dice, more: u32) {
    let plan = Plan::of(dice);
    let (jittered, wait) = (dice.chance(30), dice.millis(30));
    time::sleep(wait).await;
    let (calls, running) = (AtomicU32::new(0), Arc::new(AtomicBool::new(false)));
    let (plan, calls, start) = (&plan, &calls, Instant::now());
    let jitter = if jittered { Jitter::Full } else { Jitter::None };
    let backoff = Exponential::new(plan.first_delay, 2.0).with_max(Duration::from_millis(40));
    let policy = Policy::of(backoff).max_attempts(plan.max_attempts + more).jitter(jitter);
    let operation = || {
        let number = calls.fetch_add(1, Relaxed) + 1;
        let running = &running;
        async move {
            let _running = Running::begin(running);
            let attempt = plan.attempts[number as usize - 1];
            time::sleep(attempt.takes).await;
            if attempt.succeeds { Ok(number) } else { Err(number) }
        }
    };
    let delayed = |event: &anywhen::retry::RetryEvent<'_, _, _>| {
        assert_eq!(event.attempts(), calls.load(Relaxed));
        let longest = plan.delay(event.attempts());
        assert!(event.delay() <= longest && (jittered || event.delay() == longest), "a delay of {:?}", event.delay());
    };
    let result = time::timeout(plan.limit, retry(operation).policy(policy).on_retry(delayed)).await.ok();
    assert!(!running.load(Relaxed), "an attempt outlives the whole");
    let (attempts, expected, elapsed) = plan.foretell();
    let (calls, took) = (calls.load(Relaxed), start.elapsed());
    if jittered {
        // Shorter delays: as much as was foretold, or more, and no later.
        assert!(calls >= attempts && calls <= plan.max_attempts, "{calls} attempts, {attempts} foretold");
        assert!(took <= plan.limit, "it took {took:?}");
        if let Some(expected) = expected {
            assert_eq!(result, Some(expected));
        }
    } else {
        assert_eq!((calls, result, took), (attempts, expected, elapsed), "not what was foretold");
    }
}

#[test]
fn a_retry_under_a_timeout() {
    seeds().check(|sim| scenario(sim, 0));
}

#[test]
fn an_attempt_too_many_is_found() {
    let message = caught(|runs| runs.check(|sim| scenario(sim, 1)));
    assert!(message.contains("foretold"), "{message}");
}
