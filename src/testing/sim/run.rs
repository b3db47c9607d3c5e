//! The executor's loop: choose, poll, and when nobody is ready let time go on.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;
use core::mem;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};

use super::builder::Settings;
use super::order::{Choice, Chooser, View};
use super::queue::{By, Cause, Queue};
use super::tasks::{Job, Slot, TaskId, Tasks};
use super::trace::{End, Label, Step, Trace, Waits};
use crate::internal::lock::Lock;
use crate::internal::rng;
use crate::internal::unwind::{Payload, catch, quietly};
use crate::internal::watch::{self, Notes, Panicked, Watch};
use crate::rt::{BoxTask, BoxWork, Handle, Spawn, TaskInfo};
use crate::time::{Duration, Instant, VirtualClock};

/// The future that `block_on` runs. It leaves its output with its owner.
pub(super) type Root<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// What a user tells of the state of a scenario.
pub(super) type Fingerprint = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The executor.
pub(super) struct Core {
    pub(super) settings: Settings,
    pub(super) clock: VirtualClock,
    queue: Arc<Queue>,
    tasks: Tasks,
    /// What goes on from one run to the next; taken out during a run.
    session: Lock<Option<Session>>,
    pub(super) fingerprint: Lock<Option<Fingerprint>>,
    /// Nobody is left who could run anything.
    closed: AtomicBool,
}

/// What goes on from one `block_on` to the next.
pub(super) struct Session {
    pub(super) chooser: Box<dyn Chooser>,
    /// How the crate's generator stands.
    pub(super) rng: u64,
    pub(super) trace: Trace,
    /// How many steps the last run took.
    pub(super) steps: u32,
}

/// Why a run gave no output.
pub(in crate::testing) enum Failure {
    /// The root panicked.
    Panic(Payload, String),
    /// Something is wrong, and this is what.
    Broken(String),
    /// The chooser stopped it.
    Stopped,
}

impl Core {
    pub(super) fn new(settings: Settings, session: Session) -> Self {
        let queue = Queue::new();
        Self {
            settings,
            clock: VirtualClock::driven(super::START),
            tasks: Tasks::new(&queue),
            queue,
            session: Lock::new(Some(session)),
            fingerprint: Lock::new(None),
            closed: AtomicBool::new(false),
        }
    }

    /// How many steps the last run took; `None` while it runs.
    pub(super) fn steps(&self) -> Option<u32> {
        self.session.with(|session| session.as_ref().map(|session| session.steps))
    }

    /// Gives the session away for good.
    pub(super) fn take_session(&self) -> Option<Session> {
        self.session.with(Option::take)
    }

    pub(super) fn since_start(&self) -> Duration {
        self.clock.now() - super::START
    }

    fn add(&self, job: Job, info: Option<&TaskInfo<'_>>) -> TaskId {
        let task = self.tasks.add(job, info);
        if self.closed.load(Ordering::Relaxed) {
            quietly(|| drop(self.tasks.end(task)));
        }
        task
    }

    pub(super) fn with_slots<R>(&self, f: impl FnOnce(&[Slot]) -> R) -> R {
        self.tasks.with(|slots| f(slots))
    }

    /// Runs `root`, and what it spawns.
    ///
    /// # Panics
    ///
    /// If it runs already.
    #[track_caller]
    pub(super) fn run(self: &Arc<Self>, root: Root<'_>) -> Result<(), Failure> {
        /// Puts the thread back to what it was.
        struct Restore<'a> {
            core: &'a Core,
            rng: u64,
            session: Option<Session>,
        }

        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let stands = rng::replace(self.rng);
                let session = self.session.take().map(|session| Session { rng: stands, ..session });
                self.core.session.with(|place| *place = session);
                self.core.queue.set_current(By::NOBODY);
            }
        }

        let session = self.take_session().expect("a `Sim` cannot be run from within itself: use `.await` there");
        let before = rng::replace(session.rng);
        let mut restore = Restore { core: self, rng: before, session: Some(session) };
        let Some(session) = &mut restore.session else { unreachable!("it has just been put there") };
        let watch = Watch::begin();
        let handle = Handle::from_arc(self.clone());
        let setting = self.clock.clock().setting();
        handle.enter_during(|| {
            setting.enter(|| {
                let id = self.add(Job::Root, None);
                let now = self.clock.now();
                let mut run = Run { core: self, session, watch: &watch, id, root: Some(root), now, steps: 0 };
                let result = run.go();
                let torn = run.tear_down();
                run.session.steps = run.steps;
                // What went wrong first is what matters.
                result.and(torn)
            })
        })
    }
}

impl Spawn for Core {
    fn spawn_task(&self, task: BoxTask) {
        self.add(Job::Task(task), None);
    }

    fn spawn_work(&self, work: BoxWork) {
        self.add(Job::Work(work), None);
    }

    fn spawn_task_with(&self, task: BoxTask, info: &TaskInfo<'_>) {
        self.add(Job::Task(task), Some(info));
    }

    fn spawn_work_with(&self, work: BoxWork, info: &TaskInfo<'_>) {
        self.add(Job::Work(work), Some(info));
    }
}

/// A `Sim`, of which all clones share this. The tasks refer to the executor, which they would keep alive, and it them, if
/// none of them ever ran: so they go when the last clone does, and those that are spawned after it go at once.
pub(super) struct Owner(pub(super) Arc<Core>);

impl Drop for Owner {
    fn drop(&mut self) {
        let core = &self.0;
        // ORDERING: Relaxed, the lock of the tasks orders it: one that is not there for us is added by somebody who sees it.
        core.closed.store(true, Ordering::Relaxed);
        let mut next = 0;
        while let Some(task) = core.tasks.alive_from(next) {
            quietly(|| drop(core.tasks.end(task)));
            next = task.index() + 1;
        }
    }
}

/// A run.
struct Run<'a> {
    core: &'a Core,
    session: &'a mut Session,
    watch: &'a Watch,
    id: TaskId,
    /// `None` once it has ended.
    root: Option<Root<'a>>,
    now: Instant,
    /// How many steps it has taken.
    steps: u32,
}

impl Run<'_> {
    fn go(&mut self) -> Result<(), Failure> {
        let limit = self.core.settings.max_steps;
        loop {
            match self.choose()? {
                Choice::Stop => return Err(Failure::Stopped),
                Choice::Idle if self.root.is_none() => return self.verdict(),
                Choice::Idle => self.let_time_go_on()?,
                Choice::Poll(_) | Choice::Cancel(_) if self.steps >= limit => {
                    let what = "a livelock, or `max_steps` is too small for this";
                    return Err(self.broken(&alloc::format!("no end after {limit} steps: {what}")));
                }
                Choice::Poll(place) => self.poll(place)?,
                Choice::Cancel(task) => self.cancel(task)?,
            }
        }
    }

    fn choose(&mut self) -> Result<Choice, Failure> {
        let wanted = self.session.chooser.wants_fingerprint();
        let user = if wanted { self.core.fingerprint.with(|user| user.clone()) } else { None };
        let fingerprint = match catch(|| user.map(|user| user())) {
            Ok(fingerprint) => fingerprint,
            Err(payload) => return Err(Failure::Panic(payload, self.unheard())),
        };
        let Self { core, session, now, .. } = self;
        Ok(core.tasks.with(|tasks| {
            core.queue.with(|ready| {
                let choice = session.chooser.choose(&View { ready, tasks, fingerprint, now: *now });
                debug_assert!(choice != Choice::Idle || ready.is_empty());
                choice
            })
        }))
    }

    fn let_time_go_on(&mut self) -> Result<(), Failure> {
        self.core.queue.set_current(By::TIMER);
        let went_on = self.core.clock.advance_to_next();
        self.core.queue.set_current(By::NOBODY);
        if !went_on {
            return Err(self.broken("deadlock: nothing can run, and no timer is left"));
        }
        self.now = self.core.clock.now();
        Ok(())
    }

    /// Polls the ready task at `place`.
    fn poll(&mut self, place: usize) -> Result<(), Failure> {
        let Some(woken) = self.core.queue.with(|ready| ready.remove(place)) else {
            unreachable!("the chooser chooses among those that are ready")
        };
        let task = woken.task;
        let taken = self.core.tasks.with(|slots| {
            let slot = &mut slots[task.index()];
            slot.polls += 1;
            let (alarm, waker) = slot.wakes.clone()?;
            Some((slot.job.take()?, alarm, waker))
        });
        let Some((job, alarm, waker)) = taken else { unreachable!("what has ended is not ready") };
        alarm.arm();
        watch::begin();
        self.core.queue.set_current(By::task(task));
        let (polled, left) = self.poll_job(job, &mut Context::from_waker(&waker));
        let notes = watch::notes();
        let end = match polled {
            Ok(Poll::Pending) => {
                self.core.tasks.with(|slots| {
                    let slot = &mut slots[task.index()];
                    slot.job = left;
                    slot.notes = notes;
                    slot.since = self.steps;
                });
                End::Pending
            }
            Ok(Poll::Ready(())) => End::Ready,
            Err(_) => End::Panicked,
        };
        if end != End::Pending {
            self.end(task);
        }
        if let Err(payload) = &polled {
            // Those that were spawned by this crate have caught theirs.
            if task != self.id {
                watch::panicked(0, || message(&**payload));
            }
        }
        self.name_panics(task);
        self.core.queue.set_current(By::NOBODY);
        self.step(task, Some(woken.cause), end, notes)?;
        match polled {
            Err(payload) if task == self.id => Err(Failure::Panic(payload, self.unheard())),
            Err(payload) => {
                quietly(|| drop(payload));
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Runs a job one step further. What is left of it comes back if it is pending; else it is gone.
    fn poll_job(&mut self, job: Job, cx: &mut Context<'_>) -> (Result<Poll<()>, Payload>, Option<Job>) {
        match job {
            Job::Work(work) => (catch(work).map(Poll::Ready), None),
            Job::Root => match &mut self.root {
                Some(root) => (catch(|| root.as_mut().poll(cx)), Some(Job::Root)),
                None => unreachable!("the root is polled until it has ended"),
            },
            Job::Task(mut future) => {
                let polled = catch(|| future.as_mut().poll(cx));
                if matches!(polled, Ok(Poll::Pending)) {
                    return (polled, Some(Job::Task(future)));
                }
                let dropped = catch(|| drop(future));
                (polled.and_then(|ready| dropped.map(|()| ready)), None)
            }
        }
    }

    fn cancel(&mut self, task: TaskId) -> Result<(), Failure> {
        self.core.queue.set_current(By::task(task));
        self.end(task);
        self.name_panics(task);
        self.core.queue.set_current(By::NOBODY);
        self.step(task, None, End::Cancelled, Notes::default())
    }

    /// Drops what is left of a task.
    fn end(&mut self, task: TaskId) {
        let left = self.core.tasks.end(task);
        let root = if task == self.id { self.root.take() } else { None };
        if let Err(payload) = catch(|| drop((left, root))) {
            // It is not one of those that were spawned by this crate, which have caught theirs.
            watch::panicked(0, || message(&*payload));
            quietly(|| drop(payload));
        }
    }

    /// Says of the panics that are new whose they are: while their tasks are there, as addresses are used again. Those
    /// that do not say are `task`'s.
    fn name_panics(&self, task: TaskId) {
        watch::name_panics(|key| match key {
            0 => Some(task.index()),
            _ => self.core.with_slots(|slots| slots.iter().rposition(|slot| slot.key == key)),
        });
    }

    /// Notes that a step has been taken.
    fn step(&mut self, task: TaskId, cause: Option<Cause>, end: End, notes: Notes) -> Result<(), Failure> {
        self.steps += 1;
        let Self { core, session, .. } = self;
        let (at, rng) = (self.now - super::START, rng::position());
        let pushed = core.tasks.with(|slots| {
            let waits = notes.comparable();
            let step = Step { task, cause, at, end, tasks: slots.len() as u32, rng, waits };
            session.trace.push(step, slots)
        });
        pushed.map_err(Failure::Broken)
    }

    /// The root has ended, and nothing can run: whether anything is wrong with what is left.
    fn verdict(&mut self) -> Result<(), Failure> {
        let settings = &self.core.settings;
        let leaks = !settings.allow_leaks && self.core.with_slots(|slots| slots.iter().any(Slot::is_alive));
        let unheard = if settings.allow_panics { String::new() } else { self.unheard() };
        if leaks {
            return Err(self.broken_with("tasks were leaked: the root has ended, and they have not", &unheard));
        }
        if !unheard.is_empty() {
            return Err(Failure::Broken(unheard));
        }
        let Self { core, session, .. } = self;
        let at = self.now - super::START;
        core.with_slots(|slots| session.trace.check_end(at, slots)).map_err(Failure::Broken)
    }

    fn broken(&mut self, what: &str) -> Failure {
        let unheard = self.unheard();
        self.broken_with(what, &unheard)
    }

    /// A failure with all there is to be told.
    fn broken_with(&self, what: &str, unheard: &str) -> Failure {
        let (at, steps) = (self.now - super::START, self.steps);
        let mut text = alloc::format!("{what} (at +{at:?}, after {steps} steps)\n");
        text.push_str(unheard);
        self.core.with_slots(|slots| {
            text.push_str("live tasks:\n");
            let seen = RefCell::new(Vec::new());
            for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.is_alive()) {
                let task = Label::of(slot).describe(TaskId::at(index));
                let _ = match slot.polls {
                    0 => writeln!(text, "  {task}, never polled"),
                    polls => {
                        let times = if polls == 1 { "once".into() } else { alloc::format!("{polls} times") };
                        let waits = Waits { notes: slot.notes, seen: Some(&seen), slots };
                        writeln!(text, "  {task}, polled {times}, waits for {waits}")
                    }
                };
            }
            let _ = write!(text, "last steps:\n{}", self.session.trace.last(slots));
        });
        Failure::Broken(text)
    }

    /// The panics that nobody has heard of, a line for each; nothing if there are none.
    fn unheard(&self) -> String {
        let mut text = String::new();
        for Panicked { task, message, .. } in self.watch.take_panics() {
            let described =
                task.map(|index| self.core.with_slots(|slots| Label::of(&slots[index]).describe(TaskId::at(index))));
            let _ = match described {
                Some(task) => writeln!(text, "unobserved panic in task {task}: {message}"),
                None => writeln!(text, "unobserved panic in a task of another executor: {message}"),
            };
        }
        text
    }

    /// Drops whatever is alive, and what is spawned meanwhile, without running it. A panic of that fails the run, too.
    fn tear_down(&mut self) -> Result<(), Failure> {
        if self.root.is_some() {
            self.end(self.id);
            self.name_panics(self.id);
        }
        let (mut next, there) = (0, self.core.with_slots(<[Slot]>::len));
        let limit = there.saturating_add(self.core.settings.max_steps as usize);
        while let Some(task) = self.core.tasks.alive_from(next) {
            next = task.index() + 1;
            if next > limit {
                // The one way out: nothing more is dropped.
                mem::forget(self.core.tasks.end(task));
                continue;
            }
            self.core.queue.set_current(By::task(task));
            self.end(task);
            self.name_panics(task);
        }
        self.core.queue.set_current(By::NOBODY);
        let fingerprint = self.core.fingerprint.with(Option::take);
        quietly(|| drop(fingerprint));
        if next > limit {
            return Err(Failure::Broken("no end of tasks that are spawned by others when they are dropped".into()));
        }
        let unheard = if self.core.settings.allow_panics { String::new() } else { self.unheard() };
        if unheard.is_empty() { Ok(()) } else { Err(Failure::Broken(unheard)) }
    }
}

/// What a panic said, if it said anything.
fn message(payload: &(dyn core::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").into()
}
