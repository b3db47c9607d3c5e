//! The timer that smol and async-std share: async-io's.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use async_io::Timer;
use futures_core::FusedFuture;

use crate::time::{self, Instant};

/// async-io as a [`Timer`](time::Timer).
#[derive(Clone, Copy, Default)]
pub(super) struct AsyncIo;

impl time::Timer for AsyncIo {
    type Sleep = AsyncIoSleep;

    fn now(&self) -> Instant {
        Instant::now_system()
    }

    fn sleep_until(&self, deadline: Instant) -> AsyncIoSleep {
        let timer = if deadline.is_never() { Timer::never() } else { Timer::at(deadline.into()) };
        AsyncIoSleep { timer, elapsed: false }
    }

    fn reset(mut sleep: Pin<&mut AsyncIoSleep>, deadline: Instant) {
        sleep.elapsed = false;
        if deadline.is_never() {
            sleep.timer.clear();
        } else {
            sleep.timer.set_at(deadline.into());
        }
    }
}

/// A sleep on async-io's reactor; what `Smol` and `AsyncStd` make.
///
/// The reactor runs in a thread of its own or in a parked `block_on` of smol or async-std, and is started when it is
/// first needed: this works under every executor.
///
/// # Cancel safety
///
/// Dropping it loses nothing but the wait.
///
/// # Allocation
///
/// None here; async-io's reactor keeps its timers in a tree that allocates.
#[must_use = "futures do nothing unless polled"]
pub struct AsyncIoSleep {
    timer: Timer,
    /// async-io's timer fires once and is then pending; ours stays ready.
    elapsed: bool,
}

impl Future for AsyncIoSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.elapsed {
            ready!(Pin::new(&mut self.timer).poll(cx));
            self.elapsed = true;
        }
        Poll::Ready(())
    }
}

impl FusedFuture for AsyncIoSleep {
    fn is_terminated(&self) -> bool {
        self.elapsed
    }
}

impl fmt::Debug for AsyncIoSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncIoSleep").field("elapsed", &self.elapsed).finish_non_exhaustive()
    }
}
