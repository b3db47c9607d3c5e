//! How runs are to be, and how many.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt::Display;
use core::future::Future;
use std::env;

use super::Sim;
use super::order::{self, Chooser, Order};
use super::replay::Schedule;
use super::run::{Core, Owner, Session};
use super::trace::{Recorded, Trace};
use crate::internal::rng;

/// What holds in a run.
#[derive(Clone, Debug)]
pub(in crate::testing) struct Settings {
    pub(in crate::testing) schedule: Schedule,
    pub(in crate::testing) max_steps: u32,
    pub(in crate::testing) allow_leaks: bool,
    pub(in crate::testing) allow_panics: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let schedule = Schedule { order: Order::default(), seed: 0, horizon: 100, cancel: None };
        Self { schedule, max_steps: 1_000_000, allow_leaks: false, allow_panics: false }
    }
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
    /// `None` for as many as suits what is done.
    iterations: Option<u64>,
    deterministic: bool,
    replay: Option<String>,
}

impl SimBuilder {
    pub(super) fn new() -> Self {
        Self { settings: Settings::default(), iterations: None, deterministic: false, replay: None }
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

    /// How many seeds are tried, from the first on; at first 1000 by [`check`](Self::check), and one by
    /// [`cancel_at_every_poll`](Self::cancel_at_every_poll).
    pub fn iterations(mut self, iterations: u64) -> Self {
        self.iterations = Some(iterations);
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
            self.settings.schedule = parse(replay, "the replay", false);
        }
        sim(&self.settings, Trace::default(), &|chooser| chooser)
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
    /// If a run [fails](Sim#what-fails-a-run); it is the last one. Says which one it was, and how to have it again. If
    /// a variable, or the [replay](Self::replay), cannot be read, or is one of
    /// [`cancel_at_every_poll`](Self::cancel_at_every_poll). If there are to be no runs at all.
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
        let deterministic = self.deterministic;
        let (mut settings, seeds) = match self.plan(1000, false) {
            Ok(plan) => plan,
            Err(replay) => {
                one(&replay, deterministic, &scenario, &"the only run", &|chooser| chooser);
                return;
            }
        };
        for (number, seed) in (1..).zip(seeds) {
            settings.schedule.seed = seed;
            let which = format_args!("run number {number}");
            settings.schedule.horizon = one(&settings, deterministic, &scenario, &which, &|chooser| chooser);
        }
    }

    /// What holds in the runs, and their seeds; `iterations` of them unless somebody said otherwise. The error is the
    /// one run to make, for which `cancels` says whether a task is to be cancelled in it.
    #[track_caller]
    pub(super) fn plan(
        self,
        iterations: u64,
        cancels: bool,
    ) -> Result<(Settings, impl Iterator<Item = u64> + use<>), Settings> {
        let Self { mut settings, replay, .. } = self;
        if let Some(replay) = variable("ANYWHEN_REPLAY").or(replay) {
            settings.schedule = parse(&replay, "ANYWHEN_REPLAY", cancels);
            return Err(settings);
        }
        let iterations = iterations_or(self.iterations.unwrap_or(iterations));
        assert!(iterations > 0, "`Sim`: of no runs nothing can be said: `iterations`, or ANYWHEN_ITERATIONS, is 0");
        let first = seed_or(settings.schedule.seed);
        Ok((settings, (0..iterations).map(move |number| first.wrapping_add(number))))
    }
}

/// Runs a scenario once, or twice to compare, and says in how many steps. `wrap` may put another chooser around that of
/// the order.
#[track_caller]
pub(super) fn one<F: Future<Output = ()>>(
    settings: &Settings,
    deterministic: bool,
    scenario: &impl Fn(Sim) -> F,
    which: &dyn Display,
    wrap: &dyn Fn(Box<dyn Chooser>) -> Box<dyn Chooser>,
) -> u32 {
    let run = |trace| {
        let sim = sim(settings, trace, wrap);
        let result = sim.try_run(async { scenario(sim.clone()).await });
        (sim, result)
    };
    let trace = if deterministic { Trace::whole() } else { Trace::default() };
    let (sim, mut result) = run(trace);
    let steps = sim.0.0.steps().unwrap_or_default();
    if deterministic && result.is_ok() {
        (_, result) = run(Trace::like(Arc::new(recorded(&sim))));
    }
    if let Err(failure) = result {
        sim.fail(failure, &format!("this was {which}; to run just this again: ANYWHEN_REPLAY={}", settings.schedule));
    }
    steps
}

fn recorded(sim: &Sim) -> Recorded {
    let session = sim.0.0.take_session();
    let trace = session.map(|session| session.trace).unwrap_or_default();
    sim.0.0.with_slots(|slots| trace.into_model(sim.elapsed(), slots))
}

/// An executor for these settings.
pub(in crate::testing) fn sim(
    settings: &Settings,
    trace: Trace,
    wrap: &dyn Fn(Box<dyn Chooser>) -> Box<dyn Chooser>,
) -> Sim {
    let Schedule { order, seed, horizon, .. } = settings.schedule;
    let chooser = wrap(order::chooser(order, seed, horizon));
    // Zero would mean that the generator has no seed yet.
    let rng = order::spread(seed).max(1);
    let session = Session { chooser, rng, trace, steps: 0 };
    Sim(Arc::new(Owner(Arc::new(Core::new(settings.clone(), session)))))
}

/// What the environment says of the first seed, else `seed`.
#[track_caller]
pub(in crate::testing) fn seed_or(seed: u64) -> u64 {
    match variable("ANYWHEN_SEED") {
        None => seed,
        Some(text) if text == "random" => rng::fork().u64(..),
        Some(text) => number("ANYWHEN_SEED", &text),
    }
}

/// What the environment says of the number of runs, else `iterations`.
#[track_caller]
pub(in crate::testing) fn iterations_or(iterations: u64) -> u64 {
    variable("ANYWHEN_ITERATIONS").map_or(iterations, |text| number("ANYWHEN_ITERATIONS", &text))
}

pub(in crate::testing) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[track_caller]
fn number(name: &str, text: &str) -> u64 {
    let parsed = text.trim().parse();
    parsed.unwrap_or_else(|error: core::num::ParseIntError| panic!("{name}={text}: {}", error.to_string()))
}

#[track_caller]
fn parse(text: &str, name: &str, cancels: bool) -> Schedule {
    let schedule: Schedule = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    match (&schedule.cancel, cancels) {
        (Some(_), false) => panic!("{name}: {text:?} is a replay of `cancel_at_every_poll`, which this is not"),
        (None, true) => panic!("{name}: {text:?} is not a replay of `cancel_at_every_poll`, which this is"),
        _ => schedule,
    }
}
