//! A stream whose items are gathered until a time has come: the machine in `debounce`, `sample` and `chunks_timeout`.
//!
//! What is gathered is the latest item, or a chunk of them; when it is given is for a [`Patience`] to say. Three things are
//! the same for all of them. What is ready comes first: the source is asked before the time is, in each poll. At the end of the
//! source what there is is given at once. And a source that is always ready has others go on after 128 items.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::stream::Stream;

use super::Fuse;
use crate::internal::budget::Budget;
use crate::internal::pin_project::pin_project;
use crate::time::alarm::Alarm;
use crate::time::{Duration, Timer};

/// What is gathered of items `T`.
pub(super) trait Gathered<T> {
    /// What is given.
    type Given;

    /// Adds an item. If it is complete with that, it is given.
    fn add(&mut self, item: T) -> Option<Self::Given>;
    /// Gives what there is, if there is something.
    fn take(&mut self) -> Option<Self::Given>;
    fn is_empty(&self) -> bool;
    /// How many are given at the least if there are so many items to come.
    fn least(&self, items: usize) -> usize;
}

/// The latest item.
impl<T> Gathered<T> for Option<T> {
    type Given = T;

    #[inline]
    fn add(&mut self, item: T) -> Option<T> {
        *self = Some(item);
        None
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.take()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.is_none()
    }

    fn least(&self, items: usize) -> usize {
        usize::from(self.is_some() || items > 0)
    }
}

/// When it is time to give what there is.
pub(super) trait Patience {
    /// Whether the time may come while the source is ready.
    fn presses(&self) -> bool;
    /// An item was added.
    fn added(self: Pin<&mut Self>) {}
    /// What there was is gone before its time has come.
    fn gone(self: Pin<&mut Self>) {}
    /// Waits for the time. Called only if there is something to give.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
}

pin_project! {
    /// Waits until so long after the first item that was added, or else after the last.
    pub(super) struct Since<T: Timer> {
        #[pin]
        alarm: Alarm<T>,
        duration: Duration,
        restarts: bool,
    }
}

impl<T: Timer> Since<T> {
    #[inline]
    pub(super) const fn first(timer: T, duration: Duration) -> Self {
        Self { alarm: Alarm::new(timer), duration, restarts: false }
    }

    #[inline]
    pub(super) const fn last(timer: T, duration: Duration) -> Self {
        Self { alarm: Alarm::new(timer), duration, restarts: true }
    }
}

impl<T: Timer> Patience for Since<T> {
    #[inline]
    fn presses(&self) -> bool {
        !self.restarts
    }

    #[inline]
    fn added(self: Pin<&mut Self>) {
        if self.restarts {
            self.project().alarm.clear();
        }
    }

    #[inline]
    fn gone(self: Pin<&mut Self>) {
        self.project().alarm.clear();
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        this.alarm.poll_after(*this.duration, cx)
    }
}

pin_project! {
    /// A stream, what there is of its items, and what that waits for.
    pub(super) struct Gather<St, G, P> {
        #[pin]
        stream: Fuse<St>,
        gathered: G,
        #[pin]
        patience: P,
    }
}

impl<St, G, P> Gather<St, G, P> {
    #[inline]
    pub(super) fn new(stream: St, gathered: G, patience: P) -> Self {
        Self { stream: Fuse::new(stream), gathered, patience }
    }
}

impl<St: Stream, G: Gathered<St::Item>, P: Patience> Gather<St, G, P> {
    /// Takes out what there is.
    pub(super) fn take(self: Pin<&mut Self>) -> Option<G::Given> {
        let this = self.project();
        this.patience.gone();
        this.gathered.take()
    }
}

impl<St: Stream, G: Gathered<St::Item>, P: Patience> Stream for Gather<St, G, P> {
    type Item = G::Given;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<G::Given>> {
        let mut this = self.project();
        let mut budget = Budget::new();
        loop {
            if budget.poll_round(cx).is_pending() {
                if this.patience.presses() {
                    break;
                }
                return Poll::Pending;
            }
            match this.stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(item)) => {
                    let complete = this.gathered.add(item);
                    this.patience.as_mut().added();
                    if complete.is_some() {
                        this.patience.gone();
                        return Poll::Ready(complete);
                    }
                }
                Poll::Ready(None) => return Poll::Ready(this.gathered.take()),
                Poll::Pending => break,
            }
        }
        if this.gathered.is_empty() {
            return Poll::Pending;
        }
        ready!(this.patience.poll(cx));
        Poll::Ready(this.gathered.take())
    }

    /// At the most something is given for each item, and before that what there is.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let begun = usize::from(!self.gathered.is_empty());
        (self.gathered.least(least), most.and_then(|most| most.checked_add(begun)))
    }
}
