//! What a runtime is handed: a future that runs the user's and reports to the handle.
//!
//! It never unwinds. It is the one runner of [`Shared`]: it owns what it runs, drops it before it reports, and reports
//! once, be it from its own drop because the runtime gave up on it. Blocking work is run by it too, as a future that is
//! done at its first poll.

#![allow(unsafe_code, reason = "`Shared` asks its runner to report once")]

use alloc::sync::Arc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::JoinError;
use super::shared::{Outcome, Shared};
use crate::internal::pin_project::pin_project;
use crate::internal::unwind::{Payload, catch, quietly};
use crate::rt::Handle;

pin_project! {
    /// Runs a future, and is done when the future is gone.
    pub(super) struct Run<F: Future> {
        #[pin]
        future: Option<F>,
        shared: Arc<Shared<F::Output>>,
        // Where it runs; entered whenever the user's code does.
        runtime: Handle,
        // Whether an abort has a waker to find, which has to go at the end.
        registered: bool,
    }

    impl<F: Future> PinnedDrop for Run<F> {
        fn drop(this: Pin<&mut Self>) {
            this.end(Err(JoinError::cancelled()));
        }
    }
}

impl<F: Future> Run<F> {
    pub(super) fn new(future: F, shared: Arc<Shared<F::Output>>, runtime: Handle) -> Self {
        Self { future: Some(future), shared, runtime, registered: false }
    }

    /// Drops the future and reports, unless that has been done.
    fn end(self: Pin<&mut Self>, outcome: Outcome<F::Output>) {
        let mut this = self.project();
        if this.future.is_none() {
            return;
        }
        let dropped = catch(|| this.runtime.enter_during(|| this.future.set(None)));
        // SAFETY: the future was there and no more is, even if its destructor panicked: this happens once.
        unsafe { this.shared.complete(after_drop(outcome, dropped), *this.registered) };
    }
}

impl<F: Future> Future for Run<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.as_mut().project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Ready(()) };
        let outcome = if this.shared.is_aborted() {
            Err(JoinError::cancelled())
        } else {
            match catch(|| this.runtime.enter_during(|| future.poll(cx))) {
                Ok(Poll::Ready(output)) => Ok(output),
                Err(payload) => Err(JoinError::panic(payload)),
                Ok(Poll::Pending) => {
                    *this.registered = true;
                    // A waker that cannot be cloned cannot be woken either; an abort then waits for the next poll.
                    let mut stop = false;
                    quietly(|| stop = this.shared.register_runner(cx.waker()));
                    if !stop {
                        return Poll::Pending;
                    }
                    Err(JoinError::cancelled())
                }
            }
        };
        self.end(outcome);
        Poll::Ready(())
    }
}

/// A closure as a future: its first poll calls it. Blocking work is polled once, on a thread where it may block.
pub(super) struct Call<F>(Option<F>);

impl<F> Call<F> {
    pub(super) fn new(call: F) -> Self {
        Self(Some(call))
    }
}

// The closure is moved out and called, never pinned.
impl<F> Unpin for Call<F> {}

impl<F: FnOnce() -> T, T> Future for Call<F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let call = self.0.take().expect("`Run` polls no more after this");
        Poll::Ready(call())
    }
}

/// The outcome, given how dropping what was run went. Its panic matters unless there was one before.
fn after_drop<T>(outcome: Outcome<T>, dropped: Result<(), Payload>) -> Outcome<T> {
    let Err(payload) = dropped else { return outcome };
    match outcome {
        Err(error) if error.is_panic() => {
            quietly(|| drop(payload));
            Err(error)
        }
        outcome => {
            quietly(|| drop(outcome));
            Err(JoinError::panic(payload))
        }
    }
}
