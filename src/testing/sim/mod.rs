//! The deterministic executor: one thread, virtual time, and an order that follows from a seed.
//!
//! | file | what it is |
//! |---|---|
//! | `builder.rs` | how a run is to be; many runs of one scenario |
//! | `order.rs` | which task is next: the one place of decisions |
//! | `cancel.rs` | a scenario again and again, with a task cancelled after each of its polls |
//! | `replay.rs` | the short string that brings a run back |
//! | `run.rs` | the loop, and what is said when something is wrong |
//! | `tasks.rs`, `queue.rs` | the tasks; who is ready, which is all that wakers can reach |
//! | `trace.rs` | what happened, step by step |

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::hash::{Hash, Hasher};
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use std::hash::DefaultHasher;
use std::panic;

use self::run::{Fingerprint, Owner};
use crate::rt::{BoxTask, BoxWork, Handle, Spawn, TaskInfo};
use crate::time::{Duration, Instant, Sleep, Timer};

mod builder;
mod cancel;
mod order;
mod queue;
mod replay;
mod run;
mod tasks;
mod trace;

pub use self::builder::SimBuilder;
pub use self::order::Order;

// What a walk through all schedules needs.
pub(super) use self::builder::{Settings, iterations_or, seed_or, sim as build, variable};
pub(super) use self::order::{Choice, Chooser, View};
pub(super) use self::run::Failure;
pub(super) use self::tasks::{Kind, TaskId};
pub(super) use self::trace::Trace;

/// When every run begins: an instant that the system's clock could have told, too.
const START: Instant = Instant::from_nanos(1 << 63);

/// A deterministic executor: one thread, virtual time, and an order of the tasks that follows from a seed.
///
/// It is a [`Runtime`](crate::rt::Runtime), so code that is generic over that runs on it unchanged; and it is the
/// current one while it runs, with its clock the current one, so [`task::spawn`](crate::task::spawn),
/// [`time::sleep`](crate::time::sleep), [`Instant::now`] and the like do, too. The same seed always gives the same run:
/// the same order of polls, the same instants, the same [races](crate::future::container::Race) won and the same
/// jitter.
///
/// # What a run is
///
/// [`block_on`](Self::block_on) runs a future, the root, and what it spawns. In each step one task that is ready is
/// polled, chosen by the [`Order`]. Time stands still while a task is ready, and then leaps to the next timer. Blocking
/// work ([`task::spawn_blocking`](crate::task::spawn_blocking)) is one step on the same thread. When the root is done,
/// whatever is ready runs until it waits; time does not go on for it.
///
/// # What fails a run
///
/// * A panic of the root, which goes on to the caller.
/// * A *deadlock*: nothing is ready, no timer is left, and the root is not done. The panic lists the tasks: name, where
///   each was spawned, how often it was polled, and what it waits for, as far as that is of this crate.
/// * A *livelock*: no end after [`max_steps`](SimBuilder::max_steps).
/// * Tasks that are still there at the end ([unless allowed](SimBuilder::allow_leaks)), and panics of tasks which
///   nobody heard of ([unless allowed](SimBuilder::allow_panics)).
///
/// What is printed then has the seed in it, as a string that [brings the run back](SimBuilder::check).
///
/// # What it cannot do
///
/// Whatever is outside of its thread and its clock is outside of its order: threads, sockets, the system's clock,
/// hash maps with random keys. Where such a thing decides, runs differ, and
/// [`check_deterministic`](SimBuilder::check_deterministic) says where. A task that waits for another thread looks like
/// one that waits for nothing: that is a deadlock here. What a task waits for is what its last poll came upon: a wait that
/// was given up within that poll is told, too, and one below a future that polls only those children that were woken is
/// not. Blocking calls of this crate (`blocking_lock`,
/// [`Std::block_on`](crate::rt::Std::block_on)) panic in a task if they would have to wait.
///
/// It is a handle: clones are the same executor. With the last of them go the tasks that never ran.
///
/// # Examples
///
/// ```
/// use anywhen::task;
/// use anywhen::testing::Sim;
/// use anywhen::time::{self, Duration, Instant};
///
/// let sim = Sim::new(7);
/// let took = sim.block_on(async {
///     let start = Instant::now();
///     let nap = task::spawn(time::sleep(Duration::from_secs(3600)));
///     nap.await.unwrap();
///     start.elapsed()
/// });
/// assert_eq!(took, Duration::from_secs(3600));
/// ```
///
/// The same scenario under a thousand seeds:
///
/// ```
/// use anywhen::rt::Runtime;
/// use anywhen::sync::Mutex;
/// use anywhen::task;
/// use anywhen::testing::Sim;
/// use std::sync::Arc;
///
/// async fn counts<R: Runtime>(rt: R) {
///     let count = Arc::new(Mutex::new(0));
///     let tasks: Vec<_> = (0..3)
///         .map(|_| {
///             let count = count.clone();
///             task::spawn_on(&rt, async move { *count.lock().await += 1 })
///         })
///         .collect();
///     for task in tasks {
///         task.await.unwrap();
///     }
///     assert_eq!(*count.lock().await, 3);
/// }
///
/// Sim::check(counts);
/// ```
#[derive(Clone)]
pub struct Sim(Arc<Owner>);

// What a failed run leaves behind is taken down before its panic goes on.
impl UnwindSafe for Sim {}
impl RefUnwindSafe for Sim {}

impl Sim {
    /// An executor with random order that follows `seed`.
    ///
    /// For everything else, and for many runs, see [`builder`](Self::builder).
    pub fn new(seed: u64) -> Self {
        Self::builder().seed(seed).build()
    }

    /// Says how runs are to be, and how many.
    pub fn builder() -> SimBuilder {
        SimBuilder::new()
    }

    /// Runs a scenario under a thousand seeds; the same as [`SimBuilder::check`] of a [`builder`](Self::builder) that
    /// was told nothing.
    ///
    /// # Panics
    ///
    /// If a run [fails](Self#what-fails-a-run).
    #[track_caller]
    pub fn check<F: Future<Output = ()>>(scenario: impl Fn(Self) -> F) {
        Self::builder().check(scenario);
    }

    /// Runs `future` and what it spawns, and gives its output.
    ///
    /// The future need be neither `Send` nor `'static`. It is called the root in reports. Tasks that were spawned on
    /// this executor before the call run as well; those that are left at the end are dropped. Another call goes on with
    /// the time, and with what follows from the seed.
    ///
    /// # Panics
    ///
    /// If the run [fails](Self#what-fails-a-run), or when it is called from within a task of its own.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.try_run(future) {
            Ok(output) => output,
            Err(failure) => self.fail(failure, &alloc::format!("this was a run of {}", self.0.0.settings.schedule)),
        }
    }

    /// Says how to sum up the state of the scenario at a moment; [`Explore`](super::Explore) asks for it before each
    /// step, and does not go on from where it has been before. See there for what has to be in it.
    ///
    /// `state` is asked between the steps, and dropped at the end of the run.
    pub fn set_fingerprint<H: Hash>(&self, state: impl Fn() -> H + Send + Sync + 'static) {
        let fingerprint: Fingerprint = Arc::new(move || {
            let mut hasher = DefaultHasher::new();
            state().hash(&mut hasher);
            hasher.finish()
        });
        let before = self.0.0.fingerprint.with(|place| place.replace(fingerprint));
        drop(before);
    }

    /// What it was built with, or [`SimBuilder::check`] gave it.
    pub fn seed(&self) -> u64 {
        self.0.0.settings.schedule.seed
    }

    /// How much time has passed since it was made.
    pub fn elapsed(&self) -> Duration {
        self.0.0.since_start()
    }

    /// How many steps the last run took.
    pub(super) fn steps(&self) -> u32 {
        self.0.0.steps().unwrap_or_default()
    }

    pub(super) fn try_run<F: Future>(&self, future: F) -> Result<F::Output, Failure> {
        let mut output = None;
        self.0.0.run(Box::pin(async { output = Some(future.await) }))?;
        Ok(output.expect("a run without a failure has run the root to its end"))
    }

    /// Panics with the failure of a run, and says how to bring it back.
    #[track_caller]
    pub(super) fn fail(&self, failure: Failure, replay: &str) -> ! {
        match failure {
            Failure::Panic(payload, unheard) => {
                std::eprintln!("{unheard}`Sim`: {replay}");
                panic::resume_unwind(payload)
            }
            Failure::Broken(what) => panic!("`Sim`: {}\n{replay}", what.trim_end()),
            Failure::Stopped => unreachable!("only those who explore stop runs, and they do not ask for an output"),
        }
    }
}

impl Spawn for Sim {
    fn spawn_task(&self, task: BoxTask) {
        self.0.0.spawn_task(task);
    }

    fn spawn_work(&self, work: BoxWork) {
        self.0.0.spawn_work(work);
    }

    fn spawn_task_with(&self, task: BoxTask, info: &TaskInfo<'_>) {
        self.0.0.spawn_task_with(task, info);
    }

    fn spawn_work_with(&self, work: BoxWork, info: &TaskInfo<'_>) {
        self.0.0.spawn_work_with(work, info);
    }

    fn handle(&self) -> Handle {
        Handle::from_arc(self.0.0.clone())
    }
}

impl Timer for Sim {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        self.0.0.clock.now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        self.0.0.clock.clock().sleep_until(deadline)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.0.clock.clock().sleep(duration)
    }

    fn reset(sleep: Pin<&mut Sleep>, deadline: Instant) {
        sleep.reset(deadline);
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("schedule", &format_args!("{}", self.0.0.settings.schedule))
            .field("steps", &self.0.0.steps())
            .finish_non_exhaustive()
    }
}
