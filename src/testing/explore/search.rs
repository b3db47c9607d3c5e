//! The walk through all schedules: depth first, each run one path from the root of the tree to a leaf.
//!
//! A run cannot be taken back, so each begins anew and repeats the choices of the one before, up to the last at which
//! something was left to try. The tree is never stored; only the path is.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::num::NonZero;
use std::collections::HashSet;
use std::hash::DefaultHasher;

use crate::internal::lock::Lock;
use crate::internal::rng;
use crate::testing::sim::{Choice, Chooser, Kind, TaskId, View};

#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// How often in a row tasks that give way may pass over the one that is ready for the longest time.
    pub(super) patience: NonZero<u32>,
    pub(super) cancellations: u32,
    /// The names of those that may be cancelled; all, if there are none.
    pub(super) cancel_only: Vec<String>,
    /// How often another than the first may be chosen.
    pub(super) deviations: Option<u32>,
}

impl Default for Bounds {
    fn default() -> Self {
        let patience = const { NonZero::new(3).unwrap() };
        Self { patience, cancellations: 0, cancel_only: Vec::new(), deviations: None }
    }
}

/// A point at which there was something to choose.
#[derive(Debug)]
struct Branch {
    chosen: u32,
    /// How many choices there were; `None` if that is not known, in a replay.
    options: Option<u32>,
}

/// Where the walk is.
#[derive(Debug)]
pub(super) struct Search {
    bounds: Bounds,
    path: Vec<Branch>,
    /// States that have been seen, with what was left of the bounds there.
    seen: HashSet<u64>,
    run: Progress,
}

/// Where the present run is.
#[derive(Debug, Default)]
struct Progress {
    /// How many branches it has come by.
    depth: usize,
    deviations: u32,
    cancelled: Vec<TaskId>,
    /// Who was passed over by one that gave way, and how often in a row.
    passed: Option<(TaskId, NonZero<u32>)>,
    /// The scenario did not do what it did before.
    diverged: bool,
}

impl Search {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, path: Vec::new(), seen: HashSet::new(), run: Progress::default() }
    }

    /// Has the next run take these choices.
    pub(super) fn follow(&mut self, choices: &[u32]) {
        self.path = choices.iter().map(|&chosen| Branch { chosen, options: None }).collect();
    }

    /// A run begins.
    pub(super) fn begin(&mut self) {
        self.run = Progress::default();
    }

    /// The choices of the run, but for those at the end where the first option was taken.
    pub(super) fn choices(&self) -> Vec<u32> {
        let mut choices: Vec<_> = self.path[..self.run.depth].iter().map(|branch| branch.chosen).collect();
        while choices.last() == Some(&0) {
            choices.pop();
        }
        choices
    }

    /// Whether the run, which has ended, did not come by the branches that were known.
    pub(super) fn has_diverged(&self) -> bool {
        self.run.diverged || self.run.depth < self.path.len()
    }

    /// Goes on to the next path. Says whether there is one.
    pub(super) fn advance(&mut self) -> bool {
        while let Some(last) = self.path.last_mut() {
            last.chosen += 1;
            if last.options.is_some_and(|options| last.chosen < options) {
                return true;
            }
            self.path.pop();
        }
        false
    }

    fn choose(&mut self, view: &View<'_>) -> Choice {
        let polls = self.polls(view);
        let victims = self.victims(view);
        let options = polls.max(1) + victims.len() as u32;
        let Some(chosen) = self.branch(options, view) else { return Choice::Stop };
        match chosen.checked_sub(polls.max(1)) {
            Some(victim) => {
                let victim = victims[victim as usize];
                self.run.cancelled.push(victim);
                Choice::Cancel(victim)
            }
            None if polls == 0 => Choice::Idle,
            None => {
                self.note_poll(chosen as usize, view);
                Choice::Poll(chosen as usize)
            }
        }
    }

    /// How many of those that are ready may be polled next, from the front of the queue.
    fn polls(&self, view: &View<'_>) -> u32 {
        let used_up = self.bounds.deviations.is_some_and(|bound| self.run.deviations >= bound);
        let starved = self.run.passed.is_some_and(|(_, times)| times >= self.bounds.patience);
        let all = view.ready.len() as u32;
        if used_up || starved { all.min(1) } else { all }
    }

    /// Who may be cancelled next. Nobody once the root is done: nothing that is to be checked would come after it.
    fn victims(&self, view: &View<'_>) -> Vec<TaskId> {
        if self.run.cancelled.len() as u32 >= self.bounds.cancellations {
            return Vec::new();
        }
        let root_is_alive = view.tasks.iter().any(|slot| slot.kind == Kind::Root && slot.is_alive());
        let only = &self.bounds.cancel_only;
        let alive = view.tasks.iter().enumerate().filter(|(_, slot)| {
            let named =
                only.is_empty() || slot.name.as_deref().is_some_and(|name| only.iter().any(|only| only == name));
            root_is_alive && slot.kind == Kind::Task && slot.is_alive() && named
        });
        alive.map(|(index, _)| TaskId::at(index)).collect()
    }

    /// Which option to take; `None` if the run is to end here.
    fn branch(&mut self, options: u32, view: &View<'_>) -> Option<u32> {
        if options == 1 {
            return Some(0);
        }
        let depth = self.run.depth;
        if let Some(branch) = self.path.get(depth) {
            let same = branch.options.is_none_or(|known| known == options) && branch.chosen < options;
            self.run.diverged |= !same;
            self.run.depth += 1;
            return same.then_some(branch.chosen);
        }
        if let Some(user) = view.fingerprint {
            if !self.seen.insert(self.state(user, view)) {
                return None;
            }
        }
        self.path.push(Branch { chosen: 0, options: Some(options) });
        self.run.depth += 1;
        Some(0)
    }

    fn note_poll(&mut self, place: usize, view: &View<'_>) {
        self.run.deviations += u32::from(place > 0);
        let (front, polled) = (view.ready[0].task, view.ready[place]);
        let before = self.run.passed.filter(|(task, _)| *task == front).map_or(0, |(_, times)| times.get());
        let times = if place == 0 { 0 } else { before + u32::from(polled.by_itself()) };
        self.run.passed = NonZero::new(times).map(|times| (front, times));
    }

    /// All that what follows depends on, as far as it is known.
    fn state(&self, user: u64, view: &View<'_>) -> u64 {
        let mut state = DefaultHasher::new();
        (user, view.now, rng::position(), &self.run.cancelled, self.run.passed).hash(&mut state);
        let mut queues = Vec::new();
        for (index, slot) in view.tasks.iter().enumerate() {
            (slot.is_alive(), slot.polls).hash(&mut state);
            if slot.is_alive() {
                let waits = slot.waits();
                waits.hash(&mut state);
                queues.extend(waits.is_in_a_queue().then_some((slot.since, index)));
            }
        }
        // Who began to wait first is served first, which is not for the user to know.
        queues.sort_unstable();
        for (_, index) in queues {
            index.hash(&mut state);
        }
        let mut ready: Vec<_> = view.ready.iter().map(|woken| (woken.task, woken.by_itself())).collect();
        match self.bounds.deviations {
            Some(_) => self.run.deviations.hash(&mut state),
            // Each of them is tried, whatever their order.
            None => ready.sort_unstable(),
        }
        ready.hash(&mut state);
        state.finish()
    }
}

/// The walk as a chooser.
pub(super) struct Walker(pub(super) Arc<Lock<Search>>);

impl Chooser for Walker {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        self.0.with(|search| search.choose(view))
    }

    fn wants_fingerprint(&self) -> bool {
        true
    }
}
