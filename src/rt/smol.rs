//! The adapter for smol.

use core::future::Future;

use super::async_io::AsyncIo;
use super::timer::timer_of;
use super::{AsyncIoSleep, BoxTask, BoxWork, Handle, Runtime, Spawn};

/// smol: its global executor, its pool for blocking work, and async-io's timer.
///
/// The executor runs on as many threads as the environment variable `SMOL_THREADS` says when it is first used, one if
/// it is not set.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// let answer = rt::Smol.block_on(async { task::spawn(async { 42 }).await.unwrap() });
/// assert_eq!(answer, 42);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Smol;

impl Smol {
    /// [`smol::block_on`], with this as the [current runtime](super#the-current-runtime).
    ///
    /// # Panics
    ///
    /// If `future` does.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.enter();
        ::smol::block_on(future)
    }
}

impl Spawn for Smol {
    fn spawn_task(&self, task: BoxTask) {
        ::smol::spawn(task).detach();
    }

    fn spawn_work(&self, work: BoxWork) {
        ::smol::unblock(work).detach();
    }

    fn handle(&self) -> Handle {
        Handle::from_static(&Smol)
    }
}

timer_of!(Smol, AsyncIoSleep, AsyncIo);
