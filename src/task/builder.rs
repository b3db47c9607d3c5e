//! Spawning with a name.

use core::future::Future;
use core::panic::Location;
use std::io;

use super::JoinHandle;
use super::spawn::{spawn_blocking_in, spawn_in};
use crate::rt::{Handle, Runtime};

/// Spawns tasks that have a name.
///
/// The name is for whoever looks: a runtime is told of it ([`Spawn::spawn_task_with`](crate::rt::Spawn::spawn_task_with)),
/// and the test executor uses it in its reports. It need not be the only one of its kind.
///
/// It is what tokio's builder of this name is. The functions give an [`io::Result`], as there, so that code which was
/// written for that compiles; here it is always `Ok`.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// # fn main() -> std::io::Result<()> {
/// let greeter = task::Builder::new().name("greeter").spawn(async { "hello" })?;
/// assert_eq!(rt::Std.block_on(greeter).unwrap(), "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

#[expect(clippy::missing_errors_doc, reason = "there are none, as the type says")]
impl<'a> Builder<'a> {
    /// A task without a name.
    pub const fn new() -> Self {
        Self { name: None }
    }

    /// Gives it a name.
    pub const fn name(self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// The same as [`task::spawn`](super::spawn()), with the name.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let current = Handle::current();
        Ok(spawn_in(&current, current.clone(), future, self.name, Location::caller()))
    }

    /// The same as [`task::spawn_on`](super::spawn_on()), with the name; the runtime comes last, as in tokio.
    #[track_caller]
    pub fn spawn_on<R, F>(self, future: F, rt: &R) -> io::Result<JoinHandle<F::Output>>
    where
        R: Runtime,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(spawn_in(rt, rt.handle(), future, self.name, Location::caller()))
    }

    /// The same as [`task::spawn_blocking`](super::spawn_blocking()), with the name.
    #[track_caller]
    pub fn spawn_blocking<F, T>(self, work: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let current = Handle::current();
        Ok(spawn_blocking_in(&current, current.clone(), work, self.name, Location::caller()))
    }

    /// The same as [`task::spawn_blocking_on`](super::spawn_blocking_on()), with the name; the runtime comes last, as in
    /// tokio.
    #[track_caller]
    pub fn spawn_blocking_on<R, F, T>(self, work: F, rt: &R) -> io::Result<JoinHandle<T>>
    where
        R: Runtime,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(spawn_blocking_in(rt, rt.handle(), work, self.name, Location::caller()))
    }
}
