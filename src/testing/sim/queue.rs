//! Who is ready: the part of the executor that wakers can reach, from any thread.
//!
//! It knows tasks by their numbers only, so that a waker that outlives a run keeps nothing of it alive.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::tasks::TaskId;
use crate::internal::lock::Lock;

/// Who woke a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Cause {
    /// It is new.
    Spawned(By),
    Woken(By),
}

/// On whose account something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct By(u32);

impl By {
    /// Not within a run: before it, or after it.
    pub(super) const NOBODY: Self = Self(u32::MAX);
    /// A timer, while time goes on.
    pub(super) const TIMER: Self = Self(u32::MAX - 1);

    pub(super) const fn task(task: TaskId) -> Self {
        Self(task.0)
    }

    /// The task, if it is one.
    pub(super) fn as_task(self) -> Option<TaskId> {
        (self.0 < Self::TIMER.0).then_some(TaskId(self.0))
    }
}

/// A task that is ready, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Woken {
    pub(crate) task: TaskId,
    pub(crate) cause: Cause,
}

impl Woken {
    /// Whether it gave way: it woke itself while it was polled.
    pub(crate) fn by_itself(&self) -> bool {
        self.cause == Cause::Woken(By::task(self.task))
    }
}

/// The tasks that are ready, each once, in the order of their wakes.
pub(super) struct Queue {
    ready: Lock<VecDeque<Woken>>,
    /// On whose account things happen at the moment; a [`By`].
    current: AtomicU32,
}

impl Queue {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { ready: Lock::new(VecDeque::new()), current: AtomicU32::new(By::NOBODY.0) })
    }

    pub(super) fn with<R>(&self, f: impl FnOnce(&mut VecDeque<Woken>) -> R) -> R {
        self.ready.with(f)
    }

    // ORDERING: of `current`, Relaxed: the thread that runs reads what it wrote. Another thread may be told a wrong
    // culprit, and has no business here anyway.
    pub(super) fn current(&self) -> By {
        By(self.current.load(Ordering::Relaxed))
    }

    pub(super) fn set_current(&self, by: By) {
        self.current.store(by.0, Ordering::Relaxed);
    }

    pub(super) fn push(&self, task: TaskId, cause: Cause) {
        self.ready.with(|ready| ready.push_back(Woken { task, cause }));
    }
}

/// What a task's wakers refer to.
pub(super) struct Alarm {
    queue: Arc<Queue>,
    task: TaskId,
    /// Whether it is in the queue, or has ended and need not be. It goes up under the queue's lock, together with what it
    /// tells of: a wake from another thread is not left half done, to put a task there that has ended meanwhile.
    queued: AtomicBool,
}

impl Alarm {
    /// For a new task, which is pushed by the caller.
    pub(super) fn new(queue: &Arc<Queue>, task: TaskId) -> Arc<Self> {
        Arc::new(Self { queue: Arc::clone(queue), task, queued: AtomicBool::new(true) })
    }

    /// The task is about to be polled: from now on wakes count.
    pub(super) fn arm(&self) {
        // ORDERING: Acquire, so that what was done before the wake is seen by the poll.
        self.queued.swap(false, Ordering::Acquire);
    }

    /// The task has ended: wakes do nothing any more.
    pub(super) fn end(&self) {
        // ORDERING: Relaxed, the lock orders them.
        self.queue.with(|ready| {
            if self.queued.swap(true, Ordering::Relaxed) {
                ready.retain(|woken| woken.task != self.task);
            }
        });
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let cause = Cause::Woken(self.queue.current());
        self.queue.with(|ready| {
            // ORDERING: Release, see `arm`.
            if !self.queued.swap(true, Ordering::Release) {
                ready.push_back(Woken { task: self.task, cause });
            }
        });
    }
}
