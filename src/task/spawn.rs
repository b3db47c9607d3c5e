//! Starting tasks.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::future::Future;
use core::panic::Location;
use core::pin::pin;
use core::task::{Context, Waker};

use super::JoinHandle;
use super::run::{Call, Run};
use super::shared::Shared;
use crate::rt::{BoxWork, Handle, Runtime, Spawn, TaskInfo};
use crate::time::Clock;

/// Runs `future` as a task of the [current runtime](crate::rt#the-current-runtime).
///
/// It starts at once, whether or not the handle is awaited. While it is polled, the runtime it was spawned on is
/// current, so what it spawns goes there too; and so is the [`Clock`] that was entered where it was
/// spawned.
///
/// Without a current runtime it runs on [`rt::Std`](crate::rt::Std), also under a runtime's own `block_on` or `main`: a
/// future that needs that runtime's reactor belongs to [`spawn_on`].
///
/// # Panics
///
/// If the runtime cannot take tasks, which no adapter here does but [`Std`](crate::rt::Std#panics) when the system
/// refuses it its first thread. A panic of `future` reaches the handle.
///
/// # Allocation
///
/// Two, one of which holds the future, and what the runtime needs.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// let task = task::spawn(async { 42 });
/// assert_eq!(rt::Std.block_on(task).unwrap(), 42);
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let current = Handle::current();
    spawn_in(&current, current.clone(), future, None, Location::caller())
}

/// Runs `future` as a task of `rt`; else the same as [`spawn`].
///
/// # Panics
///
/// As [`spawn`].
///
/// # Allocation
///
/// As [`spawn`], and one more if `rt` does not override [`Spawn::handle`].
///
/// # Examples
///
/// ```
/// use anywhen::rt::{self, Runtime};
/// use anywhen::task;
///
/// async fn answer<R: Runtime>(rt: R) -> u32 {
///     task::spawn_on(&rt, async { 42 }).await.unwrap()
/// }
///
/// assert_eq!(rt::Std.block_on(answer(rt::Std)), 42);
/// ```
#[track_caller]
pub fn spawn_on<R, F>(rt: &R, future: F) -> JoinHandle<F::Output>
where
    R: Runtime,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_in(rt, rt.handle(), future, None, Location::caller())
}

/// Runs `work` on a thread of the [current runtime](crate::rt#the-current-runtime) where blocking harms nobody.
///
/// For what blocks (files, DNS, a lock held for long) or computes for more than, say, 100 µs. Each runtime has a limit
/// on such threads, usually some hundreds; beyond it, work waits.
///
/// Once started it cannot be stopped: aborting is for what still waits for a thread.
///
/// In the scope of a [virtual clock](crate::time::VirtualClock) that is the clock of the work too, and time stands still
/// until the work is done: do not sleep there.
///
/// # Panics
///
/// As [`spawn`]. A panic of `work` reaches the handle.
///
/// # Allocation
///
/// Two, one of which holds the closure, and what the runtime needs.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// rt::Std.block_on(async {
///     let entries = task::spawn_blocking(|| std::fs::read_dir(".").map(Iterator::count)).await;
///     assert!(entries.expect("no panic").is_ok());
/// });
/// ```
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let current = Handle::current();
    spawn_blocking_in(&current, current.clone(), work, None, Location::caller())
}

/// Runs `work` on a thread of `rt` where blocking harms nobody; else the same as [`spawn_blocking`].
///
/// # Panics
///
/// As [`spawn`].
///
/// # Allocation
///
/// As [`spawn_blocking`], and one more if `rt` does not override [`Spawn::handle`].
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// let work = task::spawn_blocking_on(&rt::Std, || 42);
/// assert_eq!(rt::Std.block_on(work).unwrap(), 42);
/// ```
#[track_caller]
pub fn spawn_blocking_on<R, F, T>(rt: &R, work: F) -> JoinHandle<T>
where
    R: Runtime,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    spawn_blocking_in(rt, rt.handle(), work, None, Location::caller())
}

/// Where a task is spawned.
type Site = &'static Location<'static>;

/// `handle` is one on `rt`.
pub(super) fn spawn_in<F>(
    rt: &impl Spawn,
    handle: Handle,
    future: F,
    name: Option<&str>,
    site: Site,
) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (join, run) = task(future, handle);
    let info = TaskInfo::new(name, site, join.address());
    // The scope goes around the whole: to the clock, a task that was aborted has something to do, and whoever awaits it
    // has been woken before it has not.
    match Clock::entered() {
        None => rt.spawn_task_with(Box::pin(run), &info),
        Some(clock) => rt.spawn_task_with(Box::pin(clock.scope(run)), &info),
    }
    join
}

pub(super) fn spawn_blocking_in<F, T>(
    rt: &impl Spawn,
    handle: Handle,
    work: F,
    name: Option<&str>,
    site: Site,
) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (join, run) = task(Call::new(work), handle);
    let info = TaskInfo::new(name, site, join.address());
    // In a scope it holds virtual time until it is done: a scope that was not polled yet counts as busy.
    match Clock::entered() {
        None => rt.spawn_work_with(polled_once(run), &info),
        Some(clock) => rt.spawn_work_with(polled_once(clock.scope(run)), &info),
    }
    join
}

fn task<F: Future>(future: F, runtime: Handle) -> (JoinHandle<F::Output>, Run<F>) {
    let shared = Arc::new(Shared::new());
    (JoinHandle::new(shared.clone()), Run::new(future, shared, runtime))
}

fn polled_once(task: impl Future<Output = ()> + Send + 'static) -> BoxWork {
    Box::new(|| {
        let done = pin!(task).poll(&mut Context::from_waker(Waker::noop()));
        debug_assert!(done.is_ready());
    })
}
