//! What the crate asks of a runtime, and the adapters that give it.
//!
//! An adapter is a value: hold one, clone it, pass it to whatever is generic over [`Runtime`]. Nothing is chosen by
//! features; switching on an adapter's feature changes nothing but that the adapter is there.
//!
//! | adapter | feature | tasks run on | its timer |
//! |---|---|---|---|
//! | [`Std`] | `std` | a small pool of its own, started at the first spawn | the built-in [`Clock`](crate::time::Clock) |
//! | `Tokio` | `tokio` | the tokio runtime whose handle it holds | tokio's, paused clocks included |
//! | `Smol` | `smol` | smol's global executor | async-io's |
//! | `AsyncStd` | `async-std` | async-std's global executor (discontinued) | async-io's |
//! | [`Handle`] | `std` | the runtime that it was made from, type erased | the built-in [`Clock`](crate::time::Clock) |
//!
//! With the feature `hyper`, `HyperTimer` makes of any of these timers one that hyper's servers and clients take.
//!
//! A runtime that is not here takes an implementation of [`Spawn`], a few lines; with its own timer, one of
//! [`Timer`] too.
//!
//! # The current runtime
//!
//! [`task::spawn`](crate::task::spawn) and its like spawn on the *current* runtime of the thread: the one that was
//! entered last, else [`Std`]. A runtime is entered by [`Runtime::enter`], by the `block_on` of the adapters here, and
//! while a task that was spawned through this crate is polled. A runtime's own `block_on` or `#[main]` attribute knows
//! nothing of it: enter the adapter there, or pass it on and use the `_on` forms.
//!
//! # Examples
//!
//! The same code on any runtime:
//!
//! ```
//! use anywhen::rt::{self, Runtime};
//! use anywhen::task;
//!
//! async fn sum<R: Runtime>(rt: R) -> u32 {
//!     let parts: Vec<_> = (1..=3).map(|n| task::spawn_on(&rt, async move { n * n })).collect();
//!     let mut sum = 0;
//!     for part in parts {
//!         sum += part.await.expect("squares do not panic");
//!     }
//!     sum
//! }
//!
//! assert_eq!(rt::Std.block_on(sum(rt::Std)), 14);
//! ```

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;

use crate::time::Timer;

#[cfg(any(feature = "smol", feature = "async-std"))]
mod async_io;
#[cfg(feature = "async-std")]
mod async_std;
mod handle;
#[cfg(feature = "hyper")]
mod hyper;
mod info;
#[cfg(feature = "smol")]
mod smol;
mod std;
mod timer;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(any(feature = "smol", feature = "async-std"))]
pub use self::async_io::AsyncIoSleep;
#[cfg(feature = "async-std")]
pub use self::async_std::AsyncStd;
pub use self::handle::{EnterGuard, Handle};
#[cfg(feature = "hyper")]
pub use self::hyper::HyperTimer;
pub use self::info::TaskInfo;
#[cfg(feature = "smol")]
pub use self::smol::Smol;
pub use self::std::Std;
#[cfg(feature = "tokio")]
pub use self::tokio::{Tokio, TokioSleep};

/// A task as a runtime sees it: a future without output, ready to be run to its end.
pub type BoxTask = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Work for a thread that may block.
pub type BoxWork = Box<dyn FnOnce() + Send + 'static>;

/// The least that can be asked of an executor.
///
/// The handles are ours (see [`task`](crate::task)): output, panics, abort and detaching work the same on every
/// runtime, so an adapter has nothing to do but run what it is given. What [`task`](crate::task) hands over never
/// unwinds.
///
/// # Examples
///
/// An adapter that is no more than this becomes a [`Runtime`] as a [`Handle`], which adds the built-in clock:
///
/// ```
/// use anywhen::rt::{self, BoxTask, BoxWork, Handle, Spawn};
/// use anywhen::task;
/// use std::thread;
///
/// /// A thread for each task.
/// struct Threads;
///
/// impl Spawn for Threads {
///     fn spawn_task(&self, task: BoxTask) {
///         thread::spawn(|| rt::Std.block_on(task));
///     }
///
///     fn spawn_work(&self, work: BoxWork) {
///         thread::spawn(work);
///     }
/// }
///
/// let rt = Handle::new(Threads);
/// let task = task::spawn_on(&rt, async { 42 });
/// assert_eq!(rt::Std.block_on(task).unwrap(), 42);
/// ```
pub trait Spawn {
    /// Runs `task` to completion, concurrently with the caller.
    ///
    /// A runtime that is shutting down drops the task instead; whoever awaits its handle then sees it cancelled.
    fn spawn_task(&self, task: BoxTask);

    /// Runs `work` on a thread where blocking harms nobody.
    fn spawn_work(&self, work: BoxWork);

    /// The same as [`spawn_task`](Self::spawn_task), for a runtime that wants to know what the task is called and where
    /// it was spawned. It is what [`task`](crate::task) calls.
    ///
    /// The provided implementation ignores `info`. One that wraps another runtime hands it on.
    fn spawn_task_with(&self, task: BoxTask, info: &TaskInfo<'_>) {
        let _ = info;
        self.spawn_task(task);
    }

    /// The same as [`spawn_work`](Self::spawn_work), and else as [`spawn_task_with`](Self::spawn_task_with).
    fn spawn_work_with(&self, work: BoxWork, info: &TaskInfo<'_>) {
        let _ = info;
        self.spawn_work(work);
    }

    /// This runtime as a [`Handle`], which forgets its type.
    ///
    /// It is called at each spawn. The provided implementation allocates; an adapter that is a `static` or lies behind
    /// an [`Arc`](alloc::sync::Arc) overrides it and does not, see [`Handle::from_static`] and [`Handle::from_arc`].
    fn handle(&self) -> Handle
    where
        Self: Clone + Send + Sync + Sized + 'static,
    {
        Handle::new(self.clone())
    }
}

/// A runtime: it spawns, it tells the time, and it can be moved between threads.
///
/// Implemented for everything that has the parts; see [`Timer`] and [`Spawn`].
pub trait Runtime: Timer<Sleep: Send + 'static> + Spawn + Send + Sync + 'static {
    /// Makes this the thread's [current runtime](self#the-current-runtime) until the guard is dropped.
    ///
    /// It is what [`task::spawn`](crate::task::spawn) then spawns on. Nothing else changes: a tokio runtime, for one,
    /// is not entered in tokio's own sense.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::rt::{self, Handle, Runtime};
    ///
    /// assert!(Handle::try_current().is_none());
    /// let entered = rt::Std.enter();
    /// assert!(Handle::try_current().is_some());
    /// drop(entered);
    /// assert!(Handle::try_current().is_none());
    /// ```
    fn enter(&self) -> EnterGuard {
        self.handle().enter()
    }
}

impl<R: Timer<Sleep: Send + 'static> + Spawn + Send + Sync + 'static> Runtime for R {}
