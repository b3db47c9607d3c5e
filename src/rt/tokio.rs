//! The adapter for tokio.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use ::tokio::runtime;
use ::tokio::time as tokio_time;
use futures_core::FusedFuture;

use super::{BoxTask, BoxWork, Handle, Runtime, Spawn};
use crate::internal::pin_project::pin_project;
use crate::time::{Instant, Timer};

/// A tokio runtime, of any flavour: its tasks, its pool for blocking work, and its timer.
///
/// It works from any thread, inside of the runtime and outside. Time is the runtime's own, so a clock that was paused
/// with `tokio::time::pause` is followed. Like tokio's own sleeps, a sleep is due at the next full millisecond.
///
/// It keeps the runtime's handle, not the runtime: once that is shut down, what is spawned is cancelled.
///
/// # Panics
///
/// Making a sleep panics, with tokio's message, if the runtime was built without `enable_time`; polling one, if the
/// runtime has been shut down. The built-in [`Clock`](crate::time::Clock) works under such a runtime too.
///
/// # Allocation
///
/// One when it is made from tokio's handle; cloning it, and making and resetting sleeps, none.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
/// let rt = rt::Tokio::new(runtime.handle().clone());
///
/// let answer = rt.block_on(async { task::spawn(async { 42 }).await.unwrap() });
/// assert_eq!(answer, 42);
/// ```
#[derive(Clone)]
pub struct Tokio(Arc<Shared>);

/// Behind an `Arc` of its own, so that a type-erased handle is a clone of it.
struct Shared(runtime::Handle);

impl Tokio {
    /// The runtime that `handle` is of.
    pub fn new(handle: runtime::Handle) -> Self {
        Self(Arc::new(Shared(handle)))
    }

    /// The tokio runtime in whose context this is called.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::runtime::Handle::current`](runtime::Handle::current) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use anywhen::rt::Tokio;
    /// use anywhen::task;
    ///
    /// let rt = Tokio::current();
    /// assert_eq!(task::spawn_on(&rt, async { 42 }).await.unwrap(), 42);
    /// # }
    /// ```
    #[track_caller]
    pub fn current() -> Self {
        Self::new(runtime::Handle::current())
    }

    /// The tokio runtime in whose context this is called, if there is one.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime, and on a thread that is about to end.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(anywhen::rt::Tokio::try_current().is_err());
    /// ```
    pub fn try_current() -> Result<Self, runtime::TryCurrentError> {
        runtime::Handle::try_current().map(Self::new)
    }

    /// [`tokio::runtime::Handle::block_on`](runtime::Handle::block_on), with this as the
    /// [current runtime](super#the-current-runtime).
    ///
    /// It does not drive a runtime of the current-thread flavour: its tasks and timers stand still unless another
    /// thread is in `tokio::runtime::Runtime::block_on`. There, use that, and [`enter`](Runtime::enter) this.
    ///
    /// # Panics
    ///
    /// If `future` does, or when called inside of a tokio runtime.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.enter();
        self.0.0.block_on(future)
    }

    /// A runtime of one thread, with whatever drivers tokio was compiled with; for the test kit, which names no runtime.
    #[cfg(feature = "testing")]
    pub(crate) fn current_thread_for_test() -> (runtime::Runtime, Self) {
        Self::built_by(&mut runtime::Builder::new_current_thread())
    }

    /// The same with two worker threads.
    #[cfg(feature = "testing")]
    pub(crate) fn multi_thread_for_test() -> (runtime::Runtime, Self) {
        Self::built_by(runtime::Builder::new_multi_thread().worker_threads(2))
    }

    #[cfg(feature = "testing")]
    fn built_by(builder: &mut runtime::Builder) -> (runtime::Runtime, Self) {
        let runtime = builder.enable_all().build().expect("tokio got its threads");
        let rt = Self::new(runtime.handle().clone());
        (runtime, rt)
    }

    fn sleep(&self, deadline: Instant) -> tokio_time::Sleep {
        let _context = self.0.0.enter();
        tokio_time::sleep_until(instant(deadline))
    }
}

/// Both are wrappings of `std`'s instant, to the nanosecond.
fn instant(instant: Instant) -> tokio_time::Instant {
    tokio_time::Instant::from_std(instant.into())
}

impl From<runtime::Handle> for Tokio {
    fn from(handle: runtime::Handle) -> Self {
        Self::new(handle)
    }
}

impl Spawn for Shared {
    fn spawn_task(&self, task: BoxTask) {
        drop(self.0.spawn(task));
    }

    fn spawn_work(&self, work: BoxWork) {
        drop(self.0.spawn_blocking(work));
    }
}

impl Spawn for Tokio {
    fn spawn_task(&self, task: BoxTask) {
        self.0.spawn_task(task);
    }

    fn spawn_work(&self, work: BoxWork) {
        self.0.spawn_work(work);
    }

    fn handle(&self) -> Handle {
        Handle::from_arc(self.0.clone())
    }
}

impl Timer for Tokio {
    type Sleep = TokioSleep;

    fn now(&self) -> Instant {
        // Without the context, tokio would not know which clock may be paused.
        let _context = self.0.0.enter();
        tokio_time::Instant::now().into_std().into()
    }

    fn sleep_until(&self, deadline: Instant) -> TokioSleep {
        let sleep = (!deadline.is_never()).then(|| self.sleep(deadline));
        TokioSleep { runtime: self.clone(), sleep, elapsed: false }
    }

    fn reset(sleep: Pin<&mut TokioSleep>, deadline: Instant) {
        let mut this = sleep.project();
        let elapsed = core::mem::take(this.elapsed);
        if deadline.is_never() {
            this.sleep.set(None);
            return;
        }
        match this.sleep.as_mut().as_pin_mut() {
            Some(sleep) if !elapsed => sleep.reset(instant(deadline)),
            // tokio's sleep keeps the waker with which it was ready, and would wake that for whoever resets it next.
            _ => this.sleep.set(Some(this.runtime.sleep(deadline))),
        }
    }
}

impl fmt::Debug for Tokio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tokio").field(&self.0.0).finish()
    }
}

pin_project! {
    /// A sleep on a tokio runtime's timer; what [`Tokio`] makes.
    ///
    /// It may be polled under any executor.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing but the wait.
    ///
    /// # Panics
    ///
    /// When polled after the runtime was shut down, with tokio's message.
    #[must_use = "futures do nothing unless polled"]
    pub struct TokioSleep {
        // For making a sleep out of one that never ends.
        runtime: Tokio,
        // `None` if it never ends. Not a tokio sleep far away: where tokio's clock is paused, it would run towards it.
        #[pin]
        sleep: Option<tokio_time::Sleep>,
        // tokio's sleeps stay ready as well, but for its cooperative budget.
        elapsed: bool,
    }
}

impl Future for TokioSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if *this.elapsed {
            return Poll::Ready(());
        }
        let Some(sleep) = this.sleep.as_pin_mut() else { return Poll::Pending };
        ready!(sleep.poll(cx));
        *this.elapsed = true;
        Poll::Ready(())
    }
}

impl FusedFuture for TokioSleep {
    fn is_terminated(&self) -> bool {
        self.elapsed
    }
}

impl fmt::Debug for TokioSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioSleep").field("elapsed", &self.elapsed).finish_non_exhaustive()
    }
}
