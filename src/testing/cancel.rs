//! Cancellation at every point where it can happen: after each poll, and after each wake.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::Context;
use core::time::Duration;
use std::thread;

use super::{CountingWaker, WakerEvent};

/// How long a pending future may go without being woken before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drops a future at every point where its owner could, and calls `check` after each time.
///
/// For `k` = 0, 1, 2, ... it takes a new future from `make` and polls it `k` times, waiting for a wake before each
/// poll but the first. Then it drops it: in one run directly after the `k`-th poll, and in another after the wake that
/// follows it, when what the future waits for may have been granted already. When a future is ready at its `k`-th poll
/// it is dropped and checked a last time, and `k` is the result. Assert on it if you want to be sure that the future
/// did wait.
///
/// `check` is given the number of polls that the dropped future has had. It asserts that nothing was lost: the lock
/// can be taken, the permits are all there, the message is still in the queue.
///
/// The future must make progress by itself. Join it with the other side, or let another thread play that. For one task
/// among others, in virtual time, there is
/// [`SimBuilder::cancel_at_every_poll`](super::SimBuilder::cancel_at_every_poll).
///
/// # Panics
///
/// If a pending future is not woken within ten seconds, or when `make`, the future or `check` panics.
///
/// # Examples
///
/// ```
/// use anywhen::testing::cancel_at_every_poll;
/// use core::cell::Cell;
/// use core::future::poll_fn;
/// use core::task::Poll;
///
/// /// Gives the permit back, however the future ends.
/// struct Permit<'a>(&'a Cell<u32>);
///
/// impl Drop for Permit<'_> {
///     fn drop(&mut self) {
///         self.0.set(self.0.get() + 1);
///     }
/// }
///
/// async fn yield_once() {
///     let mut yielded = false;
///     poll_fn(|cx| {
///         if yielded {
///             return Poll::Ready(());
///         }
///         yielded = true;
///         cx.waker().wake_by_ref();
///         Poll::Pending
///     })
///     .await
/// }
///
/// let permits = Cell::new(1);
/// let work = || async {
///     permits.set(permits.get() - 1);
///     let _permit = Permit(&permits);
///     yield_once().await;
/// };
/// let polls = cancel_at_every_poll(work, |polls| assert_eq!(permits.get(), 1, "lost after {polls} polls"));
/// assert_eq!(polls, 2);
/// ```
pub fn cancel_at_every_poll<F: Future>(mut make: impl FnMut() -> F, mut check: impl FnMut(usize)) -> usize {
    for polls in 0.. {
        let mut run = Run::new(make());
        let ready = run.poll_times(polls);
        let woken = run.is_woken();
        drop(run);
        check(polls);
        if ready {
            return polls;
        }
        // Where the wake came within the poll, the second run would be the first.
        if polls > 0 && !woken {
            let mut run = Run::new(make());
            if !run.poll_times(polls) {
                run.wait();
            }
            drop(run);
            check(polls);
        }
    }
    unreachable!("the range has no end");
}

/// One life of a future.
struct Run<F> {
    future: Pin<Box<F>>,
    count: CountingWaker,
    /// The wakes that came before the last poll.
    seen: usize,
    polls: usize,
}

impl<F: Future> Run<F> {
    fn new(future: F) -> Self {
        let thread = thread::current();
        // Not hooked: the wake may come out of the hook of another waker, where hooks do not run.
        let count = CountingWaker::observed(move |act| {
            if act.event == WakerEvent::Wake {
                thread.unpark();
            }
        });
        Self { future: Box::pin(future), count, seen: 0, polls: 0 }
    }

    /// Polls it up to `times` times, each as soon as it is woken, and says whether it is ready.
    fn poll_times(&mut self, times: usize) -> bool {
        let waker = self.count.waker();
        for _ in 0..times {
            if self.polls > 0 {
                self.wait();
            }
            self.seen = self.count.wakes();
            self.polls += 1;
            if self.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                return true;
            }
        }
        false
    }

    fn is_woken(&self) -> bool {
        self.count.wakes() > self.seen
    }

    /// Blocks the thread until the future has been woken.
    fn wait(&self) {
        let give_up = std::time::Instant::now() + PATIENCE;
        while !self.is_woken() {
            let left = give_up.saturating_duration_since(std::time::Instant::now());
            assert!(!left.is_zero(), "pending after poll {}, and not woken for {PATIENCE:?}", self.polls);
            thread::park_timeout(left);
        }
    }
}
