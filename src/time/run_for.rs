//! The future of whoever runs a virtual clock by hand.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::Instant;
use super::virtual_time::Shared;
use crate::internal::live::polled_after_completion;

/// Lets virtual time pass, and everything in the clock's scopes run; from
/// [`VirtualClock::run_for`](super::VirtualClock::run_for) and
/// [`VirtualClock::run_until_stalled`](super::VirtualClock::run_until_stalled).
///
/// # Cancel safety
///
/// Dropping it stops time where it is, on a clock that is manual.
///
/// # Allocation
///
/// Room in a list of the clock when it is made; none when it waits.
#[must_use = "futures do nothing unless polled"]
pub struct RunFor {
    clock: Arc<Shared>,
    /// The number of the stall that it waits for.
    stall: u64,
    done: bool,
}

impl RunFor {
    pub(super) fn new(clock: Arc<Shared>, until: Instant) -> Self {
        let stall = clock.new_stall(until);
        Self { clock, stall, done: false }
    }
}

impl Future for RunFor {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.done {
            polled_after_completion("RunFor");
        }
        let waits = match self.clock.awaits_stall(self.stall, cx.waker()) {
            // If the stall comes before this returns, whoever polls now is woken, and finds out at the next poll.
            Some(false) => self.clock.await_stall(self.stall, cx.waker().clone()).is_ok(),
            waits => waits.is_some(),
        };
        if waits {
            return Poll::Pending;
        }
        self.done = true;
        Poll::Ready(())
    }
}

impl FusedFuture for RunFor {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for RunFor {
    fn drop(&mut self) {
        drop(self.clock.remove_stall(self.stall));
    }
}

impl fmt::Debug for RunFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFor").field("is_terminated", &self.is_terminated()).finish_non_exhaustive()
    }
}
