//! How runs are to be, and how many.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::future::Future;
use std::env;

use super::Sim;
use super::order::{self, Order};
use super::replay::Schedule;
use super::run::{Core, Session};
use super::trace::{Recorded, Trace};
use crate::internal::rng;

/// What holds in a run.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) schedule: Schedule,
    pub(super) max_steps: u32,
    pub(super) allow_leaks: bool,
    pub(super) allow_panics: bool,
}

/// Says how the runs of a [`Sim`] are to be, and how many; from [`Sim::builder`].
///
/// # Examples
///
/// ```
/// use anywhen::future::yield_now;
/// use anywhen::task;
/// use anywhen::testing::{Order, Sim};
///
/// Sim::builder().order(Order::Pct { depth: 2 }).iterations(200).check_deterministic().check(|_| async {
///     let task = task::spawn(async {
///         yield_now().await;
///         "done"
///     });
///     assert_eq!(task.await.unwrap(), "done");
/// });
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `build` or `check`"]
pub struct SimBuilder {
    settings: Settings,
    iterations: u64,
    deterministic: bool,
    replay: Option<String>,
}

impl SimBuilder {
    pub(super) fn new() -> Self {
        let schedule = Schedule { order: Order::default(), seed: 0, horizon: 100 };
        Self {
            settings: Settings { schedule, max_steps: 1_000_000, allow_leaks: false, allow_panics: false },
            iterations: 1000,
            deterministic: false,
            replay: None,
        }
    }

    /// Which of the tasks that are ready runs next; at first [`Order::Random`].
    pub fn order(mut self, order: Order) -> Self {
        self.settings.schedule.order = order;
        self
    }

    /// The seed, for [`check`](Self::check) that of its first run; at first 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.schedule.seed = seed;
        self
    }

    /// How many runs [`check`](Self::check) makes, each with the next seed; at first 1000.
    pub fn iterations(mut self, iterations: u64) -> Self {
        self.iterations = iterations;
        self
    }

    /// How many steps a run may take before it counts as a livelock; at first a million.
    pub fn max_steps(mut self, steps: u32) -> Self {
        self.settings.max_steps = steps;
        self
    }

    /// Whether tasks may be left when the root is done. They are dropped, then. At first they may not.
    pub fn allow_leaks(mut self, allow: bool) -> Self {
        self.settings.allow_leaks = allow;
        self
    }

    /// Whether tasks may panic without anybody hearing of it. At first they may not.
    pub fn allow_panics(mut self, allow: bool) -> Self {
        self.settings.allow_panics = allow;
        self
    }

    /// Has [`check`](Self::check) make each run twice, and compare them step by step: which task, woken by whom, when,
    /// with what result, waiting for what, after how many random choices. At the first difference it fails, and tells
    /// of the step in both runs.
    pub fn check_deterministic(mut self) -> Self {
        self.deterministic = true;
        self
    }

    /// Has [`check`](Self::check) make one run only, the one that a failure printed as `ANYWHEN_REPLAY`.
    pub fn replay(mut self, replay: impl Into<String>) -> Self {
        self.replay = Some(replay.into());
        self
    }

    /// The executor, for one run. It does not look at the environment.
    ///
    /// # Panics
    ///
    /// If there is a [replay](Self::replay), and it is not one.
    #[track_caller]
    pub fn build(mut self) -> Sim {
        if let Some(replay) = &self.replay {
            self.settings.schedule = parse(replay, "the replay");
        }
        sim(&self.settings, Trace::default())
    }

    /// Runs a scenario again and again, each time on a new executor with another seed.
    ///
    /// The environment has its say:
    ///
    /// | variable | is |
    /// |---|---|
    /// | `ANYWHEN_ITERATIONS` | how many runs |
    /// | `ANYWHEN_SEED` | the first seed; `random` for one that nobody knows before |
    /// | `ANYWHEN_REPLAY` | the one run to make, as a failure printed it |
    ///
    /// They hold for every test of the process: name the test that you mean when you set the last.
    ///
    /// # Panics
    ///
    /// If a run [fails](Sim#what-fails-a-run); it is the last one. Says which one it was, and how to have it again. If a
    /// variable, or the [replay](Self::replay), cannot be read.
    ///
    /// # Examples
    ///
    /// A race that is lost in some orders only:
    ///
    /// ```should_panic
    /// use anywhen::future::yield_now;
    /// use anywhen::task;
    /// use anywhen::testing::Sim;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// Sim::check(|_| async {
    ///     let balance = Arc::new(AtomicU32::new(100));
    ///     let draw = |amount: u32| {
    ///         let balance = balance.clone();
    ///         task::spawn(async move {
    ///             let before = balance.load(Relaxed);
    ///             yield_now().await; // somebody else may draw meanwhile
    ///             balance.store(before - amount, Relaxed);
    ///         })
    ///     };
    ///     let (a, b) = (draw(10), draw(20));
    ///     a.await.unwrap();
    ///     b.await.unwrap();
    ///     assert_eq!(balance.load(Relaxed), 70);
    /// });
    /// ```
    #[track_caller]
    pub fn check<F: Future<Output = ()>>(self, scenario: impl Fn(Sim) -> F) {
        let Self { mut settings, iterations, deterministic, replay } = self;
        if let Some(replay) = variable("ANYWHEN_REPLAY").or(replay) {
            settings.schedule = parse(&replay, "ANYWHEN_REPLAY");
            one(&settings, deterministic, &scenario, "the only run");
            return;
        }
        let iterations = variable("ANYWHEN_ITERATIONS").map_or(iterations, |text| number("ANYWHEN_ITERATIONS", &text));
        let first = match variable("ANYWHEN_SEED") {
            None => settings.schedule.seed,
            Some(text) if text == "random" => rng::fork().u64(..),
            Some(text) => number("ANYWHEN_SEED", &text),
        };
        for iteration in 0..iterations {
            settings.schedule.seed = first.wrapping_add(iteration);
            let steps = one(&settings, deterministic, &scenario, &format!("run {} of {iterations}", iteration + 1));
            settings.schedule.horizon = steps;
        }
    }
}

/// Runs a scenario once, or twice to compare, and says in how many steps.
#[track_caller]
fn one<F: Future<Output = ()>>(
    settings: &Settings,
    deterministic: bool,
    scenario: &impl Fn(Sim) -> F,
    which: &str,
) -> u32 {
    let run = |trace| {
        let sim = sim(settings, trace);
        let result = sim.try_run(async { scenario(sim.clone()).await });
        (sim, result)
    };
    let trace = if deterministic { Trace::whole() } else { Trace::default() };
    let (sim, mut result) = run(trace);
    let steps = sim.0.steps().unwrap_or_default();
    if deterministic && result.is_ok() {
        (_, result) = run(Trace::like(Arc::new(recorded(&sim))));
    }
    if let Err(failure) = result {
        sim.fail(failure, &format!("this was {which}; {}", settings.schedule.advice()));
    }
    steps
}

fn recorded(sim: &Sim) -> Recorded {
    let session = sim.0.take_session();
    let trace = session.map(|session| session.trace).unwrap_or_default();
    sim.0.with_slots(|slots| trace.into_model(sim.elapsed(), slots))
}

fn sim(settings: &Settings, trace: Trace) -> Sim {
    let Schedule { order, seed, horizon } = settings.schedule;
    let chooser = order::chooser(order, seed, horizon);
    // Zero would mean that the generator has no seed yet.
    let rng = order::spread(seed).max(1);
    Sim(Arc::new(Core::new(settings.clone(), Session { chooser, rng, trace, steps: 0 })))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[track_caller]
fn number(name: &str, text: &str) -> u64 {
    let parsed = text.trim().parse();
    parsed.unwrap_or_else(|error: core::num::ParseIntError| panic!("{name}={text}: {}", error.to_string()))
}

#[track_caller]
fn parse(text: &str, name: &str) -> Schedule {
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}
