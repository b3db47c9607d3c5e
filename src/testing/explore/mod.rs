//! A small scenario under every interleaving: what to explore, and what came of it. The walk itself is in `search.rs`.

mod search;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future;
use core::num::NonZero;

use self::search::{Bounds, Search, Walker};
use super::Sim;
use super::sim::{Chooser, Failure, Settings, Trace, build, iterations_or, seed_or, variable};
use crate::internal::lock::Lock;

/// Runs a scenario under every order of its steps; the same as [`Explore::run`] of an [`Explore`] that was told
/// nothing.
///
/// # Panics
///
/// As [`Explore::run`].
///
/// # Examples
///
/// ```
/// use anywhen::sync::Mutex;
/// use anywhen::task;
/// use anywhen::testing::explore;
/// use std::sync::Arc;
///
/// let explored = explore(|_| async {
///     let lock = Arc::new(Mutex::new(0));
///     let add = |amount| {
///         let lock = lock.clone();
///         task::spawn(async move { *lock.lock().await += amount })
///     };
///     let (a, b) = (add(1), add(2));
///     a.await.unwrap();
///     b.await.unwrap();
///     assert_eq!(*lock.lock().await, 3);
/// });
/// assert!(explored.exhaustive && explored.schedules > 1);
/// ```
#[track_caller]
pub fn explore<F: Future<Output = ()>>(scenario: impl Fn(Sim) -> F) -> Explored {
    Explore::new().run(scenario)
}

/// Runs a small scenario under *every* order of its steps, with tasks cancelled at every point, up to the bounds that
/// are set here.
///
/// [`Sim::check`] draws orders by lot, which suits scenarios of any size. This walks through all of them, so it can
/// show that there is none in which the scenario fails; but their number grows exponentially: keep to two or three
/// tasks that are polled a handful of times each. It is stateless model checking as Verisoft and loom do it, where a
/// step is one poll: what threads could do to each other within a poll is loom's business.
///
/// # What is a step
///
/// The executor is a [`Sim`]. Wherever more than one task is ready, each of them is tried as the next to be polled;
/// and, if [cancellations](Self::cancellations) are allowed, each task that is alive is tried as one to be dropped
/// there. Time goes on when nobody is ready, as always. Choices that the crate leaves to chance follow the
/// [seed](Self::seed) and are not explored.
///
/// # What is left out
///
/// * A task that is not ready is not polled: a poll that no wake asked for changes nothing, in futures that keep their
///   contract.
/// * Tasks that wake themselves to give way pass over the one that is ready for the longest time at most three times in
///   a row, or as often as [`patience`](Self::patience) says. Else a loop that waits by giving way would go round for
///   ever.
/// * With a [fingerprint](Sim::set_fingerprint): wherever a run comes into a state that one before it has been in, it
///   ends. The state is the value that the scenario gives, and what the executor knows: the time, how the crate's
///   generator stands, and of each task whether it is alive, ready, or cancelled, how often it was polled, what of this
///   crate it waits for, and in which order those in queues came. *This assumes that from equal states the scenario goes
///   on equally*: whatever else a task's next steps depend on, a value in a shared cell or one that a task has read and
///   keeps, the queue of a lock that is not of this crate, must be in the fingerprint. Hash what is shared, and what each
///   task has seen of it.
///
/// Nothing is left out because steps are independent of each other: what tasks share is the user's, and not known here.
///
/// # Examples
///
/// A permit is taken, and given back by hand; that a task may be cancelled in between is found:
///
/// ```should_panic
/// use anywhen::future::yield_now;
/// use anywhen::task;
/// use anywhen::testing::Explore;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// Explore::new().cancellations(1).run(|_| async {
///     let permits = Arc::new(AtomicU32::new(1));
///     let work = task::spawn({
///         let permits = permits.clone();
///         async move {
///             permits.fetch_sub(1, Relaxed);
///             yield_now().await;
///             permits.fetch_add(1, Relaxed);
///         }
///     });
///     let _ = work.await;
///     assert_eq!(permits.load(Relaxed), 1);
/// });
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `run`"]
pub struct Explore {
    settings: Settings,
    bounds: Bounds,
    max_schedules: u64,
    replay: Option<String>,
}

impl Explore {
    /// Every order, no cancellations, and no more than 100,000 schedules of at most 10,000 steps.
    pub fn new() -> Self {
        let settings = Settings { max_steps: 10_000, ..Settings::default() };
        Self { settings, bounds: Bounds::default(), max_schedules: 100_000, replay: None }
    }

    /// How many tasks may be cancelled in one run; at first none.
    pub fn cancellations(mut self, count: u32) -> Self {
        self.bounds.cancellations = count;
        self
    }

    /// Lets only tasks of this name be cancelled. Call it again for another name.
    pub fn cancel_only(mut self, name: impl Into<String>) -> Self {
        self.bounds.cancel_only.push(name.into());
        self
    }

    /// How often a run may poll another task than the one that has been ready for the longest time; at first as often
    /// as it can.
    ///
    /// Most faults show after one or two such deviations, and the number of runs grows with a power of the bound,
    /// instead of exponentially. The idea is Emmi, Qadeer and Rakamarić's ("Delay-bounded scheduling", POPL 2011).
    pub fn max_deviations(mut self, count: u32) -> Self {
        self.bounds.deviations = Some(count);
        self
    }

    /// How often in a row tasks that wake themselves, to give way, may pass over the one that has been ready for the
    /// longest time; at first three times.
    ///
    /// Without any bound a loop that waits by giving way would go round for ever. So where the steps of tasks end with
    /// [`yield_now`](crate::future::yield_now), an order in which one task takes more of them than this before another
    /// takes its first is not run. Set it to the number of all of them, and every order is.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn patience(mut self, times: u32) -> Self {
        self.bounds.patience = NonZero::new(times).expect("`patience` is zero: nobody could ever give way");
        self
    }

    /// How many runs to make at most; at first 100,000. `ANYWHEN_ITERATIONS` overrides it.
    pub fn max_schedules(mut self, count: u64) -> Self {
        self.max_schedules = count;
        self
    }

    /// How many steps a run may take before it counts as a livelock; at first 10,000.
    pub fn max_steps(mut self, steps: u32) -> Self {
        self.settings.max_steps = steps;
        self
    }

    /// What the choices of the crate follow from; at first 0. `ANYWHEN_SEED` overrides it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.schedule.seed = seed;
        self
    }

    /// Whether tasks may be left when the root is done, as [`SimBuilder::allow_leaks`](super::SimBuilder::allow_leaks).
    pub fn allow_leaks(mut self, allow: bool) -> Self {
        self.settings.allow_leaks = allow;
        self
    }

    /// Whether tasks may panic without anybody hearing of it, as
    /// [`SimBuilder::allow_panics`](super::SimBuilder::allow_panics).
    pub fn allow_panics(mut self, allow: bool) -> Self {
        self.settings.allow_panics = allow;
        self
    }

    /// Makes one run only, the one that a failure printed as `ANYWHEN_REPLAY`. That variable does the same.
    pub fn replay(mut self, replay: impl Into<String>) -> Self {
        self.replay = Some(replay.into());
        self
    }

    /// Runs the scenario under every schedule within the bounds, each on a new executor, until one fails.
    ///
    /// # Panics
    ///
    /// If a run [fails](Sim#what-fails-a-run); it is the last one. Says how to have just that one again. If the
    /// scenario does not do the same whenever the same choices are made; then exploring it is of no use.
    #[track_caller]
    pub fn run<F: Future<Output = ()>>(mut self, scenario: impl Fn(Sim) -> F) -> Explored {
        let mut search = Search::new(self.bounds);
        let replay = variable("ANYWHEN_REPLAY").or(self.replay);
        let once = replay.is_some();
        if let Some(replay) = replay {
            let (seed, choices) = parse(&replay).unwrap_or_else(|| {
                panic!("ANYWHEN_REPLAY: {replay:?} is not what a failed `Explore` prints, such as \"explore:0:012\"")
            });
            self.settings.schedule.seed = seed;
            search.follow(&choices);
        } else {
            self.settings.schedule.seed = seed_or(self.settings.schedule.seed);
            self.max_schedules = iterations_or(self.max_schedules);
        }
        let mut explored = Explored::default();
        let search = Arc::new(Lock::new(search));
        loop {
            search.with(Search::begin);
            let walk = |_| -> Box<dyn Chooser> { Box::new(Walker(Arc::clone(&search))) };
            let sim = build(&self.settings, Trace::default(), &walk);
            let result = sim.try_run(async { scenario(sim.clone()).await });
            explored.schedules += 1;
            explored.longest = explored.longest.max(sim.steps());
            let pruned = matches!(result, Err(Failure::Stopped));
            match result {
                Ok(()) | Err(Failure::Stopped) => {
                    let diverged = search.with(|search| search.has_diverged());
                    // What is replayed may have been mended in the meantime, and go another way for that.
                    assert!(
                        !diverged || once && !pruned,
                        "`Explore`: {}",
                        if once {
                            "the replay does not fit: the scenario has been changed, or it is of another one"
                        } else {
                            "the scenario is not deterministic: with the same choices it went another way"
                        }
                    );
                    explored.pruned += u64::from(pruned);
                }
                Err(failure) => {
                    let choices = search.with(|search| search.choices());
                    let replay = format(self.settings.schedule.seed, &choices);
                    let number = explored.schedules;
                    let advice = format!("to run just this again: ANYWHEN_REPLAY={replay}");
                    sim.fail(failure, &format!("this was schedule number {number}; {advice}"));
                }
            }
            if once {
                return explored;
            }
            if !search.with(Search::advance) {
                explored.exhaustive = true;
                return explored;
            }
            if explored.schedules >= self.max_schedules {
                return explored;
            }
        }
    }
}

impl Default for Explore {
    fn default() -> Self {
        Self::new()
    }
}

/// What was explored; from [`Explore::run`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use = "it says whether all schedules were run"]
pub struct Explored {
    /// How many runs were made.
    pub schedules: u64,
    /// How many of them ended early, in a state that was known.
    pub pruned: u64,
    /// Whether there is no other schedule within the bounds. If not, [`max_schedules`](Explore::max_schedules) was too
    /// small.
    pub exhaustive: bool,
    /// How many steps the longest run took.
    pub longest: u32,
}

/// `explore:seed:choices`, a digit of base 36 for each choice, in parentheses where one is not enough.
fn format(seed: u64, choices: &[u32]) -> String {
    let mut text = format!("explore:{seed}:");
    for &choice in choices {
        match char::from_digit(choice, 36) {
            Some(digit) => text.push(digit),
            None => text.push_str(&format!("({choice})")),
        }
    }
    text
}

fn parse(text: &str) -> Option<(u64, Vec<u32>)> {
    let (seed, text) = text.trim().strip_prefix("explore:")?.split_once(':')?;
    let mut choices = Vec::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        choices.push(match char {
            '(' => {
                let rest = chars.as_str();
                let (number, after) = rest.split_once(')')?;
                chars = after.chars();
                number.parse().ok()?
            }
            digit => digit.to_digit(36)?,
        });
    }
    Some((seed.parse().ok()?, choices))
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read() {
        let choices = [0, 9, 35, 36, 1000, 2];
        let text = format(7, &choices);
        assert_eq!(text, "explore:7:09z(36)(1000)2");
        assert_eq!(parse(&text), Some((7, choices.to_vec())));
        assert_eq!(parse("explore:7:"), Some((7, Vec::new())));
        for bad in ["", "explore", "explore:x:1", "explore:1", "explore:1:-", "explore:1:(3", "random:7"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
