//! `sample`: the latest item, at every tick for which there is one.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::gather::{Gather, Patience};
use super::{Stream, shell};
use crate::internal::pin_project::pin_project;
use crate::time::alarm::Alarm;
use crate::time::{Clock, Duration, Instant, Timer};

pin_project! {
    /// Waits for the next tick. The ticks are fixed, but nobody is woken for one that has nothing to give.
    struct Ticks<T: Timer> {
        #[pin]
        alarm: Alarm<T>,
        period: Duration,
        // A tick, before which there is no other that has not been waited for.
        next: Instant,
    }
}

impl<T: Timer> Ticks<T> {
    #[track_caller]
    fn new(timer: T, period: Duration) -> Self {
        assert!(!period.is_zero(), "`period` must be non-zero");
        let next = timer.now() + period;
        Self { alarm: Alarm::new(timer), period, next }
    }
}

impl<T: Timer> Patience for Ticks<T> {
    #[inline]
    fn presses(&self) -> bool {
        true
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if !this.alarm.is_set() {
            *this.next = first_from(this.alarm.now(), *this.next, *this.period);
            this.alarm.as_mut().set(*this.next);
        }
        ready!(this.alarm.poll(cx));
        *this.next += *this.period;
        Poll::Ready(())
    }
}

/// The first of the ticks from `tick` on that is not before `now`.
fn first_from(now: Instant, tick: Instant, period: Duration) -> Instant {
    if now <= tick {
        return tick;
    }
    // What has passed since the last one. It is no more than what has passed since `tick`, so that it fits.
    let passed = Duration::from_nanos(((now - tick).as_nanos() % period.as_nanos()) as u64);
    if passed.is_zero() { now } else { now + (period - passed) }
}

shell::named_stream! {
    /// The stream of [`StreamExt::sample`](super::StreamExt::sample).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the item that it holds.
    Sample<St, T = Clock> where [St: Stream, T: Timer] is Gather<St, Option<St::Item>, Ticks<T>>;
    new(stream: St, timer: T, period: Duration) = Gather::new(stream, None, Ticks::new(timer, period));
    impl[St: Stream, T: Timer] Stream<Item = St::Item>;
}
