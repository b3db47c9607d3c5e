//! The tasks of a run: what is run, and what reports say of it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::panic::Location;
use core::task::Waker;

use super::queue::{Alarm, Cause, Queue};
use crate::internal::lock::Lock;
use crate::internal::watch::Notes;
use crate::rt::{BoxTask, BoxWork, TaskInfo};

/// A task's number, in the order of spawning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TaskId(pub(super) u32);

impl TaskId {
    pub(crate) fn at(index: usize) -> Self {
        Self(index as u32)
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What a step of a task runs.
pub(super) enum Job {
    Task(BoxTask),
    /// Blocking work: one step, and done.
    Work(BoxWork),
    /// The future that `block_on` was given, which is on its stack.
    Root,
}

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    Task,
    Work,
}

/// A task, alive or not.
pub(crate) struct Slot {
    /// Taken out while it runs, and gone once it has ended.
    pub(super) job: Option<Job>,
    pub(super) wakes: Option<(Arc<Alarm>, Waker)>,
    pub(crate) kind: Kind,
    pub(crate) name: Option<Box<str>>,
    pub(crate) site: Option<&'static Location<'static>>,
    /// The address of what it shares with its handle; 0 if that is unknown.
    pub(super) key: usize,
    /// How often it has been polled.
    pub(crate) polls: u32,
    /// What it waited for when it was last polled.
    pub(super) notes: Notes,
    /// The step in which that was.
    pub(crate) since: u32,
}

impl Slot {
    /// Whether it has not ended.
    pub(crate) fn is_alive(&self) -> bool {
        self.wakes.is_some()
    }

    /// What it waited for when it was last polled, without addresses.
    pub(crate) fn waits(&self) -> Notes {
        self.notes.comparable()
    }
}

/// All tasks, by their numbers.
pub(super) struct Tasks {
    queue: Arc<Queue>,
    slots: Lock<Vec<Slot>>,
}

impl Tasks {
    pub(super) fn new(queue: &Arc<Queue>) -> Self {
        Self { queue: Arc::clone(queue), slots: Lock::new(Vec::new()) }
    }

    pub(super) fn with<R>(&self, f: impl FnOnce(&mut Vec<Slot>) -> R) -> R {
        self.slots.with(f)
    }

    /// Adds a task, which is ready.
    pub(super) fn add(&self, job: Job, info: Option<&TaskInfo<'_>>) -> TaskId {
        let kind = match job {
            Job::Root => Kind::Root,
            Job::Task(_) => Kind::Task,
            Job::Work(_) => Kind::Work,
        };
        let mut slot = Slot {
            job: Some(job),
            wakes: None,
            kind,
            name: info.and_then(TaskInfo::name).map(Box::from),
            site: info.map(TaskInfo::location),
            key: info.map_or(0, TaskInfo::key),
            polls: 0,
            notes: Notes::default(),
            since: 0,
        };
        let task = self.slots.with(|slots| {
            let task = TaskId(u32::try_from(slots.len()).expect("a run has no more than four billion tasks"));
            let alarm = Alarm::new(&self.queue, task);
            slot.wakes = Some((Arc::clone(&alarm), Waker::from(alarm)));
            slots.push(slot);
            task
        });
        self.queue.push(task, Cause::Spawned(self.queue.current()));
        task
    }

    /// Notes that a task has ended. What is left of it comes back, to be dropped by the caller.
    pub(super) fn end(&self, task: TaskId) -> impl Sized + use<> {
        let (wakes, job) = self.slots.with(|slots| {
            let slot = &mut slots[task.index()];
            (slot.wakes.take(), slot.job.take())
        });
        if let Some((alarm, _)) = &wakes {
            alarm.end();
        }
        (wakes, job)
    }

    /// The first task from this place on that has not ended.
    pub(super) fn alive_from(&self, index: usize) -> Option<TaskId> {
        self.slots.with(|slots| slots[index..].iter().position(Slot::is_alive)).map(|found| TaskId::at(index + found))
    }
}
