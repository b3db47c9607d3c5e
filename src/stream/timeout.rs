//! `timeout` and `timeout_repeating`: a note that a stream has been silent for too long.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;
use crate::time::alarm::Alarm;
use crate::time::error::Elapsed;
use crate::time::{Clock, Duration, Interval, Timer};

pin_project! {
    /// A stream, and the alarm for its next item.
    struct Watched<St, T: Timer> {
        #[pin]
        stream: St,
        #[pin]
        alarm: Alarm<T>,
        duration: Duration,
        // Whether it was said already that the next item is late.
        is_late: bool,
    }
}

impl<St: Stream, T: Timer> Stream for Watched<St, T> {
    type Item = Result<St::Item, Elapsed>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if let Poll::Ready(item) = this.stream.poll_next(cx) {
            this.alarm.clear();
            *this.is_late = false;
            return Poll::Ready(item.map(Ok));
        }
        if *this.is_late {
            return Poll::Pending;
        }
        ready!(this.alarm.poll_after(*this.duration, cx));
        *this.is_late = true;
        Poll::Ready(Some(Err(Elapsed::new())))
    }

    /// One may be late before each item, and before the end.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let notes = |items: usize| items.checked_add(usize::from(!self.is_late));
        (least, most.and_then(|most| most.checked_add(notes(most)?)))
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::timeout`](super::StreamExt::timeout).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    Timeout<St, T = Clock> where [T: Timer] is Watched<St, T>;
    new(stream: St, timer: T, duration: Duration) = Watched { stream, alarm: Alarm::new(timer), duration, is_late: false };
    impl[St: Stream, T: Timer] Stream<Item = Result<St::Item, Elapsed>>;
}

pin_project! {
    /// A stream, and the interval in which it is said that its next item is late.
    struct Repeating<St, T: Timer> {
        #[pin]
        stream: St,
        interval: Interval<T>,
        // Whether an item has come, and the interval is to begin anew.
        is_stale: bool,
    }
}

impl<St: Stream, T: Timer> Stream for Repeating<St, T> {
    type Item = Result<St::Item, Elapsed>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if let Poll::Ready(item) = this.stream.poll_next(cx) {
            *this.is_stale = true;
            return Poll::Ready(item.map(Ok));
        }
        if *this.is_stale {
            this.interval.reset();
            *this.is_stale = false;
        }
        ready!(this.interval.poll_tick(cx));
        Poll::Ready(Some(Err(Elapsed::new())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.stream.size_hint().0, None)
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::timeout_repeating`](super::StreamExt::timeout_repeating).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source.
    TimeoutRepeating<St, T = Clock> where [T: Timer] is Repeating<St, T>;
    new(stream: St, interval: Interval<T>) = Repeating { stream, interval, is_stale: false };
    impl[St: Stream, T: Timer] Stream<Item = Result<St::Item, Elapsed>>;
}
