//! What happened in a run, step by step: for the reports, and to see whether a second run goes the same way.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;
use core::panic::Location;

use super::queue::{By, Cause};
use super::tasks::{Slot, TaskId};
use crate::internal::watch::{Notes, Wait};
use crate::time::{Duration, Instant};

/// How many steps a report tells of.
const TOLD: usize = 20;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Pending,
    Ready,
    Panicked,
    Cancelled,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "done",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) task: TaskId,
    /// Why it was ready; `None` if it need not have been.
    pub(super) cause: Option<Cause>,
    /// Since the run began.
    pub(super) at: Duration,
    pub(super) end: End,
    /// How many tasks there were after it.
    pub(super) tasks: u32,
    /// How the generator of the crate stood after it.
    pub(super) rng: u64,
    /// For what of ours the task waits, without addresses.
    pub(super) waits: Notes,
}

/// A task as a report names it.
#[derive(Clone)]
pub(super) struct Label {
    name: Option<Box<str>>,
    site: Option<&'static Location<'static>>,
    root: bool,
}

impl Label {
    pub(super) fn of(slot: &Slot) -> Self {
        Self { name: slot.name.clone(), site: slot.site, root: slot.kind == super::tasks::Kind::Root }
    }

    /// `#3 "name", spawned at file:line:column`
    pub(super) fn describe(&self, task: TaskId) -> String {
        let mut text = alloc::format!("{task}");
        if self.root {
            text.push_str(" the root");
        }
        if let Some(name) = &self.name {
            let _ = write!(text, " {name:?}");
        }
        match self.site {
            Some(site) => _ = write!(text, ", spawned at {site}"),
            None if !self.root => text.push_str(", spawned by `Spawn::spawn_task` itself"),
            None => {}
        }
        text
    }
}

/// A whole run, to be compared with another.
pub(super) struct Recorded {
    steps: Vec<Step>,
    tasks: Vec<Label>,
    /// The time at which it ended.
    end: Duration,
}

/// What is kept of a run, and what it has to be like.
#[derive(Default)]
pub(in crate::testing) struct Trace {
    /// The last ones, or all of them.
    steps: Vec<Step>,
    /// How many were dropped in front.
    dropped: usize,
    whole: bool,
    model: Option<Arc<Recorded>>,
}

impl Trace {
    /// Keeps everything.
    pub(super) fn whole() -> Self {
        Self { whole: true, ..Self::default() }
    }

    /// Compares each step with that of an earlier run.
    pub(super) fn like(model: Arc<Recorded>) -> Self {
        Self { model: Some(model), ..Self::default() }
    }

    /// Adds a step. The error says where and how it differs from the earlier run's.
    pub(super) fn push(&mut self, step: Step, slots: &[Slot]) -> Result<(), String> {
        let at = self.dropped + self.steps.len();
        if !self.whole && self.steps.len() == 2 * TOLD {
            self.steps.drain(..TOLD);
            self.dropped += TOLD;
        }
        self.steps.push(step);
        let Some(model) = &self.model else { return Ok(()) };
        let before = model.steps.get(at);
        if before == Some(&step) {
            return Ok(());
        }
        let second = tell(&step, |task| Label::of(&slots[task.index()]).describe(task));
        let first = match before {
            Some(before) => tell(before, |task| model.tasks[task.index()].describe(task)),
            None => "the run had ended".into(),
        };
        Err(alloc::format!(
            "the run is not deterministic: with the same seed, it went another way at step {at}\n\
             first run:  {first}\n\
             second run: {second}\n"
        ))
    }

    /// Whether the run may end here. The error says that the earlier one did not.
    pub(super) fn check_end(&self, end: Duration, slots: &[Slot]) -> Result<(), String> {
        let at = self.dropped + self.steps.len();
        let Some(model) = &self.model else { return Ok(()) };
        let first = match model.steps.get(at) {
            Some(before) => tell(before, |task| model.tasks[task.index()].describe(task)),
            None if (model.end, model.tasks.len()) != (end, slots.len()) => {
                alloc::format!("ended at +{:?}, with {} tasks", model.end, model.tasks.len())
            }
            None => return Ok(()),
        };
        Err(alloc::format!(
            "the run is not deterministic: with the same seed, it went another way at step {at}\n\
             first run:  {first}\n\
             second run: ended at +{end:?}, with {} tasks\n",
            slots.len()
        ))
    }

    /// What the run was, for another to be compared with.
    pub(super) fn into_model(self, end: Duration, slots: &[Slot]) -> Recorded {
        Recorded { steps: self.steps, tasks: slots.iter().map(Label::of).collect(), end }
    }

    /// The last steps, a line for each.
    pub(super) fn last(&self, slots: &[Slot]) -> String {
        let mut text = String::new();
        let skipped = self.steps.len().saturating_sub(TOLD);
        let number = self.dropped + skipped;
        for (number, step) in (number..).zip(&self.steps[skipped..]) {
            let told = tell(step, |task| short(task, slots));
            let _ = writeln!(text, "  {number}: {told}");
        }
        text
    }
}

/// The task and its name, where there is one.
fn short(task: TaskId, slots: &[Slot]) -> String {
    match slots.get(task.index()).and_then(|slot| slot.name.as_deref()) {
        Some(name) => alloc::format!("{task} {name:?}"),
        None => alloc::format!("{task}"),
    }
}

fn tell(step: &Step, mut name: impl FnMut(TaskId) -> String) -> String {
    let mut text = alloc::format!("{}, ", name(step.task));
    let by = |by: By| match by.as_task() {
        Some(task) if task == step.task => " by itself".into(),
        Some(task) => alloc::format!(" by {task}"),
        None if by == By::TIMER => " by a timer".into(),
        None => String::new(),
    };
    let _ = match step.cause {
        Some(Cause::Spawned(whom)) => write!(text, "spawned{}", by(whom)),
        Some(Cause::Woken(whom)) => write!(text, "woken{}", by(whom)),
        None => write!(text, "not woken"),
    };
    let _ = write!(text, ", at +{:?}: {}", step.at, step.end.word());
    let waits = Waits { notes: step.waits, seen: None, slots: &[] };
    if step.end == End::Pending {
        let _ = write!(text, ", waits for {waits}");
    }
    text
}

/// Tells what a task waits for.
pub(super) struct Waits<'a> {
    pub(super) notes: Notes,
    /// Which objects were told of before, to number them; `None` where their addresses are not known.
    pub(super) seen: Option<&'a core::cell::RefCell<Vec<usize>>>,
    pub(super) slots: &'a [Slot],
}

impl core::fmt::Display for Waits<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut first = true;
        for wait in self.notes.first.iter().flatten() {
            if !first {
                f.write_str(", or ")?;
            }
            first = false;
            self.one(*wait, f)?;
        }
        match (first, self.notes.more) {
            (true, _) => f.write_str("something outside of this crate"),
            (false, 0) => Ok(()),
            (false, more) => write!(f, ", or {more} more"),
        }
    }
}

impl Waits<'_> {
    fn one(&self, wait: Wait, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match wait {
            Wait::Permits { future, of, want } => {
                write!(f, "`{future}`")?;
                if want != 1 {
                    write!(f, " of {want} permits")?;
                }
                match self.seen {
                    Some(seen) => write!(f, " on object {}", number(&mut seen.borrow_mut(), of)),
                    None => Ok(()),
                }
            }
            Wait::Until(u64::MAX) => f.write_str("a `Sleep` that never ends"),
            Wait::Until(deadline) => {
                write!(f, "`Sleep` until +{:?}", Instant::from_nanos(deadline) - super::START)
            }
            Wait::Task(key) => match self.slots.iter().rposition(|slot| slot.key == key && key != 0) {
                Some(index) => write!(f, "the end of {}", short(TaskId::at(index), self.slots)),
                None => f.write_str("the end of a task"),
            },
            Wait::Turn => f.write_str("another turn"),
        }
    }
}

/// A small number for an address: the same for the same one.
fn number(seen: &mut Vec<usize>, address: usize) -> usize {
    let known = seen.iter().position(|&known| known == address);
    1 + known.unwrap_or_else(|| {
        seen.push(address);
        seen.len() - 1
    })
}
