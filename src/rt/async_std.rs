//! The adapter for async-std.

use core::future::Future;

use super::async_io::AsyncIo;
use super::timer::timer_of;
use super::{AsyncIoSleep, BoxTask, BoxWork, Handle, Runtime, Spawn};

/// async-std: its global executor, its pool for blocking work, and async-io's timer, which is the one it uses itself.
///
/// **async-std is discontinued** ([RUSTSEC-2025-0052](https://rustsec.org/advisories/RUSTSEC-2025-0052)). This is for
/// programs that still run on it, and for leaving it step by step: with code that is generic over
/// [`Runtime`], the last step is another adapter, of which `Smol` is the closest.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// let answer = rt::AsyncStd.block_on(async { task::spawn(async { 42 }).await.unwrap() });
/// assert_eq!(answer, 42);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AsyncStd;

impl AsyncStd {
    /// [`async_std::task::block_on`], with this as the [current runtime](super#the-current-runtime).
    ///
    /// # Panics
    ///
    /// If `future` does.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.enter();
        ::async_std::task::block_on(future)
    }
}

impl Spawn for AsyncStd {
    fn spawn_task(&self, task: BoxTask) {
        // A handle of async-std detaches when it is dropped.
        drop(::async_std::task::spawn(task));
    }

    fn spawn_work(&self, work: BoxWork) {
        drop(::async_std::task::spawn_blocking(work));
    }

    fn handle(&self) -> Handle {
        Handle::from_static(&AsyncStd)
    }
}

timer_of!(AsyncStd, AsyncIoSleep, AsyncIo);
