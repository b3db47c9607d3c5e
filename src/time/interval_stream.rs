//! An interval as a stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use super::{Clock, Instant, Interval, Timer};

/// The ticks of an [`Interval`] as a stream, which has no end; from [`Interval::into_stream`].
///
/// Its items are the instants at which the ticks were due. It lends the interval, to be reset for example.
///
/// # Cancel safety
///
/// Dropping what waits for its next item loses nothing: the tick comes to the next call.
///
/// # Examples
///
/// Ticks beside the items of another stream:
///
/// ```
/// use anywhen::prelude::*;
/// use anywhen::stream;
/// use anywhen::time::{self, Duration};
///
/// # anywhen::rt::Std.block_on(async {
/// let ticks = time::interval(Duration::from_micros(100)).into_stream().map(|_| "tick").take(2);
/// let words = stream::iter(["a", "word"]);
/// assert_eq!((ticks, words).merge().count().await, 4);
/// # });
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct IntervalStream<T: Timer = Clock> {
    interval: Interval<T>,
    /// Whether a poll panicked.
    is_over: bool,
}

impl<T: Timer> IntervalStream<T> {
    /// The ticks of `interval`.
    pub fn new(interval: Interval<T>) -> Self {
        Self { interval, is_over: false }
    }

    /// The interval. No tick is lost.
    pub fn into_inner(self) -> Interval<T> {
        self.interval
    }
}

impl<T: Timer> From<Interval<T>> for IntervalStream<T> {
    fn from(interval: Interval<T>) -> Self {
        Self::new(interval)
    }
}

impl<T: Timer> AsRef<Interval<T>> for IntervalStream<T> {
    fn as_ref(&self) -> &Interval<T> {
        &self.interval
    }
}

impl<T: Timer> AsMut<Interval<T>> for IntervalStream<T> {
    fn as_mut(&mut self) -> &mut Interval<T> {
        &mut self.interval
    }
}

impl<T: Timer> Stream for IntervalStream<T> {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        // It stays so if the timer panics.
        self.is_over = true;
        let tick = self.interval.poll_tick(cx);
        self.is_over = false;
        tick.map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.is_over { (0, Some(0)) } else { (usize::MAX, None) }
    }
}

impl<T: Timer> FusedStream for IntervalStream<T> {
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}

// As its interval is.
impl<T: Timer> Unpin for IntervalStream<T> {}

impl<T: Timer> fmt::Debug for IntervalStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntervalStream").field("interval", &self.interval).finish_non_exhaustive()
    }
}
