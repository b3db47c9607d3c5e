//! A future and its output in one place: [`MaybeDone`], the slot that `join`, `try_join` and their macros keep for each
//! child; and [`TryMaybeDone`], which keeps values and hands out errors.

#![allow(unsafe_code, reason = "pin projection into an enum with tuple variants, which `pin_project!` has not")]

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedFuture, TryFuture};

use crate::internal::live::polled_after_completion;

/// A slot: its name, what it takes for futures, and what it keeps of them.
macro_rules! slot {
    ($($(#[$doc:meta])* $name:ident<F: $future:ident> of $output:ty, giving $result:ty;)+) => {$(
        $(#[$doc])*
        #[must_use = "futures do nothing unless polled"]
        pub enum $name<F: $future> {
            /// The future, not done yet.
            Future(F),
            /// Its output.
            Done($output),
            /// The output was taken, or the future failed or panicked.
            Gone,
        }

        // An output is never pinned, so whether it is `Unpin` does not matter.
        impl<F: $future + Unpin> Unpin for $name<F> {}

        impl<F: $future> $name<F> {
            /// The output, if the future is done and the output has not been taken.
            #[inline]
            pub fn output_mut(self: Pin<&mut Self>) -> Option<&mut $output> {
                // SAFETY: only the output is handed out, and it is never pinned.
                match unsafe { self.get_unchecked_mut() } {
                    Self::Done(output) => Some(output),
                    Self::Future(_) | Self::Gone => None,
                }
            }

            /// Takes the output out, if the future is done and that was not done before.
            #[inline]
            pub fn take_output(self: Pin<&mut Self>) -> Option<$output> {
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
        }

        impl<F: $future> Future for $name<F> {
            type Output = $result;

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$result> {
                let mut unwinding = GoneOnUnwind(self);
                let result = unwinding.0.as_mut().poll_slot(cx);
                core::mem::forget(unwinding);
                result
            }
        }

        impl<F: $future> FusedFuture for $name<F> {
            /// Whether there is nothing left to poll for: the future is done, or gone.
            fn is_terminated(&self) -> bool {
                !matches!(self, Self::Future(_))
            }
        }

        impl<F: $future + fmt::Debug> fmt::Debug for $name<F>
        where
            $output: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Future(future) => f.debug_tuple("Future").field(future).finish(),
                    Self::Done(output) => f.debug_tuple("Done").field(output).finish(),
                    Self::Gone => f.write_str("Gone"),
                }
            }
        }

        impl<F: $future> Slot for $name<F> {
            fn clear(mut self: Pin<&mut Self>) {
                self.set(Self::Gone);
            }
        }
    )+};
}

/// A slot that can be told to drop what it has.
trait Slot {
    fn clear(self: Pin<&mut Self>);
}

/// Clears the slot of a future that panicked; forgotten when none did.
struct GoneOnUnwind<'a, S: Slot>(Pin<&'a mut S>);

impl<S: Slot> Drop for GoneOnUnwind<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.as_mut().clear();
    }
}

slot! {
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
    MaybeDone<F: Future> of F::Output, giving ();

    /// A future of a `Result` that may be done, and then keeps its value until somebody takes it.
    ///
    /// It is a [`MaybeDone`] that keeps no errors: the poll in which the future fails gives the error, and nothing is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future, or the value that was not taken.
    ///
    /// # Errors
    ///
    /// It gives the error of the future.
    ///
    /// # Panics
    ///
    /// Polling panics once the value has been taken, or the future has failed or panicked. While the value is there, polling
    /// gives `Ready(Ok(()))` again and again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use anywhen::future::{FutureExt, ok, err, try_maybe_done};
    ///
    /// let mut slot = pin!(try_maybe_done(ok::<_, ()>(5)));
    /// assert_eq!(slot.as_mut().now_or_never(), Some(Ok(())));
    /// assert_eq!(slot.as_mut().take_output(), Some(5));
    ///
    /// let mut slot = pin!(try_maybe_done(err::<(), _>(5)));
    /// assert_eq!(slot.as_mut().now_or_never(), Some(Err(5)));
    /// assert_eq!(slot.as_mut().take_output(), None);
    /// ```
    TryMaybeDone<F: TryFuture> of F::Ok, giving Result<(), F::Error>;
}

/// Wraps a future in [`MaybeDone`].
///
/// # Examples
///
/// See [`MaybeDone`].
#[inline]
pub fn maybe_done<F: Future>(future: F) -> MaybeDone<F> {
    MaybeDone::Future(future)
}

/// Wraps a future of a `Result` in [`TryMaybeDone`].
///
/// # Examples
///
/// See [`TryMaybeDone`].
#[inline]
pub fn try_maybe_done<F: TryFuture>(future: F) -> TryMaybeDone<F> {
    TryMaybeDone::Future(future)
}

impl<F: Future> MaybeDone<F> {
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

impl<F: TryFuture> TryMaybeDone<F> {
    /// As that of [`MaybeDone`], but hands the error out.
    fn poll_slot(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), F::Error>> {
        // SAFETY: the future is pinned again at once, and not moved in between.
        match unsafe { self.as_mut().get_unchecked_mut() } {
            Self::Future(future) => {
                // SAFETY: as in `MaybeDone::poll_slot`.
                let future = unsafe { Pin::new_unchecked(future) };
                match ready!(future.try_poll(cx)) {
                    Ok(output) => self.set(Self::Done(output)),
                    Err(error) => {
                        self.set(Self::Gone);
                        return Poll::Ready(Err(error));
                    }
                }
            }
            Self::Done(_) => {}
            Self::Gone => polled_after_completion("TryMaybeDone"),
        }
        Poll::Ready(Ok(()))
    }
}
