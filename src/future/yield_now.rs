//! `yield_now`: let others run.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::polled_after_completion;
use crate::internal::watch::{self, Wait};

/// The future of [`yield_now`].
///
/// # Cancel safety
///
/// Nothing is lost when it is dropped.
///
/// # Panics
///
/// Polling panics once it has been ready.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug, Clone)]
pub struct YieldNow(State);

#[derive(Debug, Clone)]
enum State {
    New,
    Yielded,
    Over,
}

/// Gives way to other tasks once: wakes its own task and is pending, and is ready at the next poll.
///
/// It works under every executor. How many others run in between is the executor's affair.
///
/// # Cancel safety
///
/// Nothing is lost when it is dropped.
///
/// # Examples
///
/// ```
/// use anywhen::future::yield_now;
///
/// # anywhen::rt::Std.block_on(async {
/// for chunk in [1..1000, 1000..2000] {
///     assert!(chunk.sum::<u32>() > 0); // long work, in pieces
///     yield_now().await;
/// }
/// # });
/// ```
#[inline]
pub fn yield_now() -> YieldNow {
    YieldNow(State::New)
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0 {
            State::New => {
                self.0 = State::Yielded;
                cx.waker().wake_by_ref();
                watch::waits(|| Wait::Turn);
                Poll::Pending
            }
            State::Yielded => {
                self.0 = State::Over;
                Poll::Ready(())
            }
            State::Over => polled_after_completion("YieldNow"),
        }
    }
}

impl FusedFuture for YieldNow {
    fn is_terminated(&self) -> bool {
        matches!(self.0, State::Over)
    }
}
