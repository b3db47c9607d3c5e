//! What the crate asks of a runtime, and the adapters that give it.
//!
//! An adapter is a value: hold one, clone it, pass it to whatever is generic over [`Runtime`]. Nothing is chosen by
//! features; switching on an adapter's feature changes nothing but that the adapter is there.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;

use crate::time::Timer;

/// A task as a runtime sees it: a future without output, ready to be run to its end.
pub type BoxTask = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Work for a thread that may block.
pub type BoxWork = Box<dyn FnOnce() + Send + 'static>;

/// The least that can be asked of an executor.
///
/// The handles are ours (see [`task`](crate::task)): output, panics, abort and detaching work the same on every
/// runtime, so an adapter has nothing to do but run what it is given. What [`task`](crate::task) hands over never
/// unwinds.
pub trait Spawn {
    /// Runs `task` to completion, concurrently with the caller.
    ///
    /// A runtime that is shutting down drops the task instead; whoever awaits its handle then sees it cancelled.
    fn spawn_task(&self, task: BoxTask);

    /// Runs `work` on a thread where blocking harms nobody.
    fn spawn_work(&self, work: BoxWork);
}

/// A runtime: it spawns, it tells the time, and it can be moved between threads.
///
/// Implemented for everything that has the parts; see [`Timer`] and [`Spawn`].
pub trait Runtime: Timer<Sleep: Send + 'static> + Spawn + Send + Sync + 'static {}

impl<R: Timer<Sleep: Send + 'static> + Spawn + Send + Sync + 'static> Runtime for R {}
