//! A future and its output in one place: [`MaybeDone`], the slot that `join`, `try_join` and their macros keep for each
//! child.

#![allow(unsafe_code, reason = "pin projection into an enum with tuple variants, which pin-project-lite has not")]

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use crate::internal::live::polled_after_completion;

/// A future that may be done, and then keeps its output until somebody takes it.
///
/// Polling it drives the future; once that is done, the future is dropped in place and its output is kept in the same
/// memory. It is what `join` is made of, and is of use by itself where several futures are driven by hand.
///
/// # Cancel safety
///
/// Dropping it drops the future, or the output that was not taken.
///
/// # Panics
///
/// Polling panics once the output has been taken, or the future has panicked. While the output is there, polling gives
/// `Ready(())` again and again.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
///
/// use anywhen::future::{FutureExt, maybe_done};
///
/// let mut slot = pin!(maybe_done(async { 5 }));
/// assert_eq!(slot.as_mut().take_output(), None); // not polled yet
/// slot.as_mut().now_or_never();
/// assert_eq!(slot.as_mut().output_mut(), Some(&mut 5));
/// assert_eq!(slot.as_mut().take_output(), Some(5));
/// assert_eq!(slot.as_mut().take_output(), None); // taken
/// ```
#[must_use = "futures do nothing unless polled"]
pub enum MaybeDone<F: Future> {
    /// The future, not done yet.
    Future(F),
    /// Its output.
    Done(F::Output),
    /// The output was taken, or the future panicked.
    Gone,
}

// An output is never pinned, so whether it is `Unpin` does not matter.
impl<F: Future + Unpin> Unpin for MaybeDone<F> {}

/// Wraps a future in [`MaybeDone`].
///
/// # Examples
///
/// See [`MaybeDone`].
#[inline]
pub fn maybe_done<F: Future>(future: F) -> MaybeDone<F> {
    MaybeDone::Future(future)
}

impl<F: Future> MaybeDone<F> {
    /// The output, if the future is done and the output has not been taken.
    #[inline]
    pub fn output_mut(self: Pin<&mut Self>) -> Option<&mut F::Output> {
        // SAFETY: only the output is handed out, and it is never pinned.
        match unsafe { self.get_unchecked_mut() } {
            Self::Done(output) => Some(output),
            Self::Future(_) | Self::Gone => None,
        }
    }

    /// Takes the output out, if the future is done and that was not done before.
    #[inline]
    pub fn take_output(self: Pin<&mut Self>) -> Option<F::Output> {
        // SAFETY: what is replaced is the output, which is never pinned; a future stays where it is.
        let this = unsafe { self.get_unchecked_mut() };
        match this {
            Self::Done(_) => match core::mem::replace(this, Self::Gone) {
                Self::Done(output) => Some(output),
                Self::Future(_) | Self::Gone => None,
            },
            Self::Future(_) | Self::Gone => None,
        }
    }

    /// One poll. If the future panics, the caller is to see that it is dropped and not polled again.
    #[inline]
    pub(super) fn poll_slot(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the future is pinned again at once, and not moved in between.
        match unsafe { self.as_mut().get_unchecked_mut() } {
            Self::Future(future) => {
                // SAFETY: the future is pinned because the slot is. It is dropped in place, by the `set` below or with
                // the slot, and there is no `Drop` for the slot itself that could move it.
                let future = unsafe { Pin::new_unchecked(future) };
                let output = ready!(future.poll(cx));
                self.set(Self::Done(output));
            }
            Self::Done(_) => {}
            Self::Gone => polled_after_completion("MaybeDone"),
        }
        Poll::Ready(())
    }
}

impl<F: Future> Future for MaybeDone<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut unwinding = GoneOnUnwind(self);
        let result = unwinding.0.as_mut().poll_slot(cx);
        core::mem::forget(unwinding);
        result
    }
}

/// Drops the future that panicked; forgotten when none did.
struct GoneOnUnwind<'a, F: Future>(Pin<&'a mut MaybeDone<F>>);

impl<F: Future> Drop for GoneOnUnwind<'_, F> {
    fn drop(&mut self) {
        self.0.set(MaybeDone::Gone);
    }
}

impl<F: Future> FusedFuture for MaybeDone<F> {
    /// Whether there is nothing left to poll for: the future is done, or gone.
    fn is_terminated(&self) -> bool {
        !matches!(self, Self::Future(_))
    }
}

impl<F: Future + fmt::Debug> fmt::Debug for MaybeDone<F>
where
    F::Output: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Future(future) => f.debug_tuple("Future").field(future).finish(),
            Self::Done(output) => f.debug_tuple("Done").field(output).finish(),
            Self::Gone => f.write_str("Gone"),
        }
    }
}
