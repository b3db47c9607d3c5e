//! A scenario again and again, and each time a task of it is cancelled a little later.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt::Display;
use core::future::Future;
use core::sync::atomic::{AtomicBool, Ordering};

use super::Sim;
use super::builder::{Settings, SimBuilder, one};
use super::order::{Choice, Chooser, View};
use super::replay::Cancel;
use super::tasks::{Slot, TaskId};

impl SimBuilder {
    /// Cancels a task of the scenario at every point where it can be, a run for each.
    ///
    /// It is [`cancel_at_every_poll`](crate::testing::cancel_at_every_poll) for a task among others. For `k` = 0, 1, 2,
    /// ... it runs the scenario, and drops the task called `name` (see [`task::Builder`](crate::task::Builder); of
    /// several the first that is spawned) after its `k`-th poll: in one run directly, and in another once it has been
    /// woken after that, when what it waits for may have been granted already. It ends when the task is done before it
    /// can be cancelled, and gives the number of polls that this took; the most, where [`iterations`](Self::iterations)
    /// says that there shall be more seeds than one. Assert on it if you want to be sure that the task was there, and
    /// did wait.
    ///
    /// Whoever awaits the handle of the task sees it cancelled. The scenario asserts that nothing was lost: the others
    /// get the lock, the permits are all there.
    ///
    /// The environment has its say, as for [`check`](Self::check).
    ///
    /// # Panics
    ///
    /// If a run [fails](Sim#what-fails-a-run).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::Semaphore;
    /// use anywhen::task;
    /// use anywhen::testing::Sim;
    /// use anywhen::time::{self, Duration};
    /// use std::sync::Arc;
    ///
    /// let polls = Sim::builder().cancel_at_every_poll("victim", |_| async {
    ///     let permits = Arc::new(Semaphore::new(1));
    ///     let work = |name| {
    ///         let permits = permits.clone();
    ///         let work = async move {
    ///             let _permit = permits.acquire().await;
    ///             time::sleep(Duration::from_secs(1)).await;
    ///         };
    ///         task::Builder::new().name(name).spawn(work).unwrap()
    ///     };
    ///     let tasks = [work("first"), work("victim"), work("last")];
    ///     for task in tasks {
    ///         let _ = task.await; // the victim's may be a `JoinError`
    ///     }
    ///     assert_eq!(permits.available_permits(), 1);
    /// });
    /// assert!(polls >= 2);
    /// ```
    #[track_caller]
    pub fn cancel_at_every_poll<F: Future<Output = ()>>(self, name: &str, scenario: impl Fn(Sim) -> F) -> u32 {
        let mut most = 0;
        let run = |settings: &Settings, which: &dyn Display| {
            let cancelled = Arc::new(AtomicBool::new(false));
            let wrap = |inner| -> Box<dyn Chooser> {
                let Some(point) = settings.schedule.cancel else { return inner };
                Box::new(CancelAt { inner, name: name.into(), point, cancelled: Arc::clone(&cancelled) })
            };
            one(settings, false, &scenario, which, &wrap);
            cancelled.load(Ordering::Relaxed)
        };
        let (mut settings, seeds) = match self.plan(1, true) {
            Ok(plan) => plan,
            Err(replay) => {
                run(&replay, &"the only run");
                return replay.schedule.cancel.map_or(0, |cancel| cancel.polls);
            }
        };
        for seed in seeds {
            settings.schedule.seed = seed;
            for polls in 0.. {
                let mut at = |woken| {
                    settings.schedule.cancel = Some(Cancel { polls, woken });
                    let when = if woken { "the wake after poll" } else { "poll" };
                    run(&settings, &format_args!("the run in which {name:?} is cancelled after {when} {polls}"))
                };
                if !at(false) {
                    most = most.max(polls);
                    break;
                }
                // A new task is ready from the start.
                if polls > 0 {
                    at(true);
                }
            }
        }
        most
    }
}

/// Another chooser, but for one point at which a task is cancelled.
struct CancelAt {
    inner: Box<dyn Chooser>,
    name: String,
    point: Cancel,
    /// Whether it has been done.
    cancelled: Arc<AtomicBool>,
}

impl CancelAt {
    fn is_victim(&self, slot: &Slot) -> bool {
        slot.name.as_deref() == Some(&*self.name)
    }

    /// The task, if it stands where it is to be cancelled.
    fn victim(&self, view: &View<'_>) -> Option<TaskId> {
        let index = view.tasks.iter().position(|slot| self.is_victim(slot))?;
        let (task, slot) = (TaskId::at(index), &view.tasks[index]);
        let woken = || view.ready.iter().any(|woken| woken.task == task);
        let here = slot.is_alive() && slot.polls == self.point.polls && (!self.point.woken || woken());
        here.then_some(task)
    }
}

impl Chooser for CancelAt {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        if !self.cancelled.load(Ordering::Relaxed) {
            if let Some(task) = self.victim(view) {
                self.cancelled.store(true, Ordering::Relaxed);
                return Choice::Cancel(task);
            }
        }
        self.inner.choose(view)
    }
}
