//! An alarm that is set again and again: what the streams over time wait for beside their source, and a queue for its first item.
//!
//! There is a sleep, in place, only while the alarm is set. So what never has to wait asks no clock and fills no
//! place in the wheel, and one whose alarm was put away is not woken for nothing. Setting it makes a new sleep rather than
//! moving the old one, which would be of the clock that was current when that was made.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::{Duration, Instant, Timer};
use crate::internal::outlined::Outlined;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// An alarm by a timer, not set at first.
    pub(crate) struct Alarm<T: Timer> {
        timer: T,
        #[pin]
        sleep: Option<Outlined<T::Sleep>>,
    }
}

impl<T: Timer> Alarm<T> {
    #[inline]
    pub(crate) const fn new(timer: T) -> Self {
        Self { timer, sleep: None }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Instant {
        self.timer.now()
    }

    pub(crate) const fn is_set(&self) -> bool {
        self.sleep.is_some()
    }

    /// Sets it for `deadline`.
    pub(crate) fn set(self: Pin<&mut Self>, deadline: Instant) {
        let mut this = self.project();
        this.sleep.set(Some(Outlined::new(this.timer.sleep_until(deadline))));
    }

    /// Puts it away.
    #[inline]
    pub(crate) fn clear(self: Pin<&mut Self>) {
        self.project().sleep.set(None);
    }

    /// Waits until it rings, and puts it away. One that is not set has nobody wait.
    #[inline]
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut sleep = self.project().sleep;
        if let Some(set) = sleep.as_mut().as_pin_mut() {
            ready!(set.get().poll(cx));
            sleep.set(None);
        }
        Poll::Ready(())
    }

    /// Sets it for `duration` from now on, unless it is set, and waits until it rings.
    pub(crate) fn poll_after(mut self: Pin<&mut Self>, duration: Duration, cx: &mut Context<'_>) -> Poll<()> {
        // Not left to the timer, which may count in milliseconds and let one pass.
        if duration.is_zero() {
            return Poll::Ready(());
        }
        if !self.is_set() {
            let mut this = self.as_mut().project();
            this.sleep.set(Some(Outlined::new(this.timer.sleep(duration))));
        }
        self.poll(cx)
    }
}
