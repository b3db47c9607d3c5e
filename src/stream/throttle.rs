//! `throttle`: all items, but not too fast.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::{Stream, shell};
use crate::internal::pin_project::pin_project;
use crate::time::alarm::Alarm;
use crate::time::{Clock, Duration, Timer};

pin_project! {
    /// A stream, and an alarm that is set until the next item may come.
    struct Throttled<St, T: Timer> {
        #[pin]
        stream: St,
        #[pin]
        alarm: Alarm<T>,
        duration: Duration,
    }
}

impl<St: Stream, T: Timer> Stream for Throttled<St, T> {
    type Item = St::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        let mut this = self.project();
        ready!(this.alarm.as_mut().poll(cx));
        let item = ready!(this.stream.poll_next(cx));
        // It is the instant of the item that counts, and that is now, not when the next one is asked for.
        if item.is_some() && !this.duration.is_zero() {
            let next = this.alarm.now() + *this.duration;
            this.alarm.set(next);
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

shell::named_stream! {
    /// The stream of [`StreamExt::throttle`](super::StreamExt::throttle).
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the source: it takes no item that it does not give at once.
    Throttle<St, T = Clock> where [T: Timer] is Throttled<St, T>;
    new(stream: St, timer: T, duration: Duration) = Throttled { stream, alarm: Alarm::new(timer), duration };
    impl[St: Stream, T: Timer] Stream<Item = St::Item>;
}
