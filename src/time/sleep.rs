//! The future that waits for an instant.

#![allow(unsafe_code, reason = "the owner's side of the wheel's protocol")]

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use futures_core::FusedFuture;

use super::clock::{Setting, Source, current};
use super::slack::Slack;
use super::{Duration, Instant, driver};
use crate::internal::pin_project::pin_project;
use crate::internal::wake_batch::in_place_of;
use crate::internal::watch::{self, Wait};
use crate::internal::wheel::Entry;

/// Waits until `duration` has passed, by the current clock.
///
/// The deadline is fixed by this call, not by the first poll. A zero duration is over at once, [`Duration::MAX`] never.
///
/// The first poll is taken to follow soon, and does not read the system's clock again: where it comes after the deadline, the
/// future may be ready only when the driver has looked, which is microseconds later. [`sleep_until`] asks for the time.
///
/// # Cancel safety
///
/// Dropping the future loses nothing.
///
/// # Examples
///
/// ```
/// use anywhen::time::{self, Duration};
///
/// # anywhen::rt::Std.block_on(async {
/// time::sleep(Duration::from_millis(1)).await;
/// # });
/// ```
#[inline]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::after(current(), duration)
}

/// Waits until `deadline`, by the current clock. A deadline that has passed is over at once.
///
/// # Cancel safety
///
/// Dropping the future loses nothing.
///
/// # Examples
///
/// ```
/// use anywhen::time::{self, Duration, Instant};
///
/// # anywhen::rt::Std.block_on(async {
/// let deadline = Instant::now() + Duration::from_millis(1);
/// time::sleep_until(deadline).await;
/// assert!(Instant::now() >= deadline);
/// # });
/// ```
#[inline]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::until(current(), deadline)
}

pin_project! {
    /// Waits for an instant of a [`Clock`](super::Clock); from [`sleep`], [`sleep_until`] and `Clock` as a
    /// [`Timer`](super::Timer).
    ///
    /// Once its deadline has come it stays ready, until it is [reset](Self::reset).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Allocation
    ///
    /// None: its place in the wheel is part of it. Registering and dropping are O(1) at any number of timers.
    ///
    /// # Fairness
    ///
    /// Sleeps fire in the order of their deadlines, equal ones in the order in which they were first polled. One that was put
    /// off while it waited for the system's clock may fire before or after those that have its new deadline; in virtual time it
    /// comes after those that had it already.
    ///
    /// # Examples
    ///
    /// One sleep, used again and again:
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// use anywhen::time::{self, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let period = Duration::from_millis(1);
    /// let mut sleep = pin!(time::sleep(period));
    /// for _ in 0..3 {
    ///     sleep.as_mut().await;
    ///     let next = sleep.deadline() + period;
    ///     sleep.as_mut().reset(next);
    /// }
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Sleep {
        source: Source,
        // How late it may end.
        slack: Slack,
        // Whether the first poll need not ask what time it is, because it has been asked already.
        fresh: bool,
        #[pin]
        entry: Entry,
    }

    impl PinnedDrop for Sleep {
        fn drop(this: Pin<&mut Self>) {
            if this.entry.is_waiting() {
                drop(this.cancel());
            }
        }
    }
}

impl Sleep {
    #[inline]
    pub(super) fn until(setting: Setting, deadline: Instant) -> Self {
        Self::new(setting, deadline, false)
    }

    #[inline]
    pub(super) fn after(setting: Setting, duration: Duration) -> Self {
        let deadline = setting.source.now() + duration;
        Self::new(setting, deadline, !duration.is_zero())
    }

    #[inline]
    fn new(Setting { source, slack }: Setting, deadline: Instant, fresh: bool) -> Self {
        let (chosen, later) = slack.choose(deadline, source.origin());
        Self { source, slack, fresh, entry: Entry::new(chosen, later) }
    }

    /// When it ends, or may end, if its clock has [slack](super::Clock::with_slack): what was asked for.
    pub fn deadline(&self) -> Instant {
        Instant::from_nanos(self.entry.asked())
    }

    /// Whether it has ended: whether polling it would give `Ready` without asking for the time.
    pub fn is_elapsed(&self) -> bool {
        self.entry.is_fired()
    }

    /// Moves it to another deadline, whether it waits, has ended, or has never been polled.
    ///
    /// A task that waits for it is woken at the new deadline without having to poll it before, whoever moves it; at once, if
    /// that has passed. Putting a sleep off that waits for the system's clock, as an idle timeout does with each message, takes
    /// no lock: it costs a few instructions.
    pub fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        let this = self.as_mut().project();
        *this.fresh = false;
        let (chosen, later) = this.slack.choose(deadline, this.source.origin());
        #[cfg(target_has_atomic = "64")]
        if matches!(this.source, Source::System) && this.entry.is_waiting() && chosen >= this.entry.deadline() {
            // SAFETY: we are the owner, and it waits, or did a moment ago, for what is not later. If it has fired, its task has
            // been woken, and it is idle now, as after every other reset.
            unsafe { this.entry.put_off(chosen, later) };
            return;
        }
        let waker = if this.entry.is_waiting() { self.cancel() } else { None };
        let this = self.as_mut().project();
        // SAFETY: we are the owner, and it does not wait: it did not, or has just been cancelled, or had fired.
        unsafe {
            this.entry.set_fired(false);
            this.entry.set_deadline(chosen, later);
        }
        if let Some(waker) = waker {
            if in_place_of(&waker, |cx| self.poll(cx)).is_ready() {
                waker.wake();
            }
        }
    }

    /// Takes the entry out of the wheel, and gives its waker, unless it has fired in the meantime.
    fn cancel(&self) -> Option<Waker> {
        // SAFETY: we are the owner, and it was inserted there.
        unsafe {
            match &self.source {
                Source::System => driver::remove(&self.entry),
                Source::Virtual(shared) => shared.remove(&self.entry),
            }
        }
    }

    /// Goes into the wheel, or says that the deadline has come.
    ///
    /// # Safety
    ///
    /// It is pinned, and does not wait.
    #[inline]
    unsafe fn register(&self, waker: Waker) -> Poll<()> {
        let refused = match &self.source {
            // SAFETY: we are the owner; the entry is pinned with us, and our drop takes it out.
            Source::System => unsafe { driver::register(&self.entry, waker) },
            // SAFETY: as above.
            Source::Virtual(shared) => unsafe { shared.register(&self.entry, waker) },
        };
        match refused {
            Ok(()) => self.pending(),
            Err(waker) => {
                // SAFETY: it was not taken in.
                unsafe { self.entry.set_fired(true) };
                drop(waker);
                Poll::Ready(())
            }
        }
    }

    /// Has the wheel wake another task than before.
    #[cold]
    fn change_waker(&self, waker: Waker) -> Poll<()> {
        let old = match &self.source {
            // SAFETY: we are the owner, and it was inserted there.
            Source::System => unsafe { driver::replace_waker(&self.entry, waker) },
            // SAFETY: as above.
            Source::Virtual(shared) => unsafe { shared.replace_waker(&self.entry, waker) },
        };
        drop(old);
        if self.entry.is_fired() { Poll::Ready(()) } else { self.pending() }
    }

    /// `Pending`, with a note of what for.
    #[inline]
    fn pending(&self) -> Poll<()> {
        watch::waits(|| Wait::Until(self.entry.deadline()));
        Poll::Pending
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.as_ref().get_ref();
        if !this.entry.is_idle() {
            if this.entry.is_fired() {
                return Poll::Ready(());
            }
            // SAFETY: we are the owner, and it was neither idle nor had it fired, so it was waiting.
            if unsafe { this.entry.will_wake(cx.waker()) } {
                return this.pending();
            }
            return this.change_waker(cx.waker().clone());
        }
        let deadline = this.deadline();
        if !this.fresh && !deadline.is_never() && this.source.now() >= deadline {
            // SAFETY: we are the owner, and it does not wait.
            unsafe { this.entry.set_fired(true) };
            return Poll::Ready(());
        }
        // SAFETY: `self` is pinned, and does not wait.
        unsafe { this.register(cx.waker().clone()) }
    }
}

impl FusedFuture for Sleep {
    fn is_terminated(&self) -> bool {
        self.is_elapsed()
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline()).field("elapsed", &self.is_elapsed()).finish()
    }
}
