//! What a runtime is handed: a future, or a closure for a blocking thread, that runs the user's and reports to the handle.
//!
//! Neither ever unwinds. Both are the one runner of [`Shared`]: they own what they run, drop it before they report, and
//! report once, be it from their own drop because the runtime gave up on them.

#![allow(unsafe_code, reason = "`Shared` asks its runner to report once")]

use alloc::sync::Arc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::JoinError;
use super::shared::{Outcome, Shared};
use crate::internal::unwind::{Payload, catch, quietly};
use crate::rt::Handle;

pin_project! {
    /// Runs a future. It is done when the future is gone.
    pub(super) struct Run<F: Future> {
        #[pin]
        future: Option<F>,
        shared: Arc<Shared<F::Output>>,
        // Where it runs; entered whenever the user's code does.
        runtime: Handle,
    }

    impl<F: Future> PinnedDrop for Run<F> {
        fn drop(this: Pin<&mut Self>) {
            this.end(Err(JoinError::cancelled()));
        }
    }
}

impl<F: Future> Run<F> {
    pub(super) fn new(future: F, shared: Arc<Shared<F::Output>>, runtime: Handle) -> Self {
        Self { future: Some(future), shared, runtime }
    }

    /// Drops the future and reports, unless that has been done.
    fn end(self: Pin<&mut Self>, outcome: Outcome<F::Output>) {
        let mut this = self.project();
        if this.future.is_none() {
            return;
        }
        let dropped = catch(|| {
            let _entered = this.runtime.enter();
            this.future.set(None);
        });
        // SAFETY: the future was there and no more is, even if its destructor panicked: this happens once.
        unsafe { this.shared.complete(after_drop(outcome, dropped)) };
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
            let polled = catch(|| {
                let _entered = this.runtime.enter();
                future.poll(cx)
            });
            match polled {
                Ok(Poll::Ready(output)) => Ok(output),
                Err(payload) => Err(JoinError::panic(payload)),
                Ok(Poll::Pending) => {
                    // A waker that cannot be cloned cannot be woken either; an abort then waits for the next poll.
                    if !catch(|| this.shared.register_runner(cx.waker())).unwrap_or(false) {
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

/// Runs a closure.
pub(super) struct Work<F: FnOnce() -> T, T> {
    /// `None` when it has been called or dropped.
    call: Option<F>,
    shared: Arc<Shared<T>>,
    runtime: Handle,
}

impl<F: FnOnce() -> T, T> Work<F, T> {
    pub(super) fn new(call: F, shared: Arc<Shared<T>>, runtime: Handle) -> Self {
        Self { call: Some(call), shared, runtime }
    }

    pub(super) fn run(mut self) {
        // From here on an abort comes too late. Without a call, our drop reports that it was cancelled.
        if self.shared.is_aborted() {
            return;
        }
        let Some(call) = self.call.take() else { return };
        let outcome = catch(|| {
            let _entered = self.runtime.enter();
            call()
        });
        // SAFETY: the call was there and no more is; this and `drop` are the only places, so it happens once.
        unsafe { self.shared.complete(outcome.map_err(JoinError::panic)) };
    }
}

impl<F: FnOnce() -> T, T> Drop for Work<F, T> {
    fn drop(&mut self) {
        let Some(call) = self.call.take() else { return };
        let dropped = catch(|| {
            let _entered = self.runtime.enter();
            drop(call);
        });
        // SAFETY: as in `run`.
        unsafe { self.shared.complete(after_drop(Err(JoinError::cancelled()), dropped)) };
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
