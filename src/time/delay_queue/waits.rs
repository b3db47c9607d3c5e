//! How a task waits for items, and hears of what others do to the queue meanwhile.

use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};

use futures_core::stream::{FusedStream, Stream};

use super::{DelayQueue, Expired};
use crate::internal::wake_batch::in_place_of;
use crate::time::{Instant, Timer};

impl<T, Tm: Timer> DelayQueue<T, Tm> {
    /// Polls for the next item that is due; `None` if there are no items at all. For what is shared; else see
    /// [`StreamExt::next`](crate::stream::StreamExt::next).
    ///
    /// # Examples
    ///
    /// Two tasks that share a queue. The one that takes waits while it is empty, too:
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::sync::Mutex;
    /// use std::task::Poll;
    ///
    /// use anywhen::prelude::*;
    /// use anywhen::time::{self, DelayQueue, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let queue = Mutex::new(DelayQueue::new());
    /// let takes = poll_fn(|cx| match queue.lock().unwrap().poll_expired(cx) {
    ///     Poll::Ready(Some(expired)) => Poll::Ready(expired.into_inner()),
    ///     // Nothing is due, or there is nothing: we are woken when that has changed.
    ///     Poll::Ready(None) | Poll::Pending => Poll::Pending,
    /// });
    /// let puts = async {
    ///     time::sleep(Duration::from_millis(1)).await;
    ///     queue.lock().unwrap().insert("far away", Duration::from_secs(3600));
    ///     time::sleep(Duration::from_millis(1)).await;
    ///     queue.lock().unwrap().insert("soon", Duration::from_millis(1));
    /// };
    /// let (taken, ()) = (takes, puts).join().await;
    /// assert_eq!(taken, "soon");
    /// # });
    /// ```
    pub fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        let Some(first) = self.store.first() else {
            self.waits(cx);
            return Poll::Ready(None);
        };
        ready!(self.poll_due(first, cx));
        // While the item is still in the queue: a waker's destructor may panic.
        self.waiter = None;
        Poll::Ready(self.store.pop().map(Expired::new))
    }

    /// Waits until `first` has come, the first deadline.
    fn poll_due(&mut self, first: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if first <= self.seen && !first.is_never() {
            // It may be set for this item, and has not rung. It is not to ring for the next one.
            self.alarm.as_mut().clear();
            return Poll::Ready(());
        }
        if !self.alarm.is_set() {
            self.seen = self.alarm.now();
            if first.is_never() {
                self.waits(cx);
                return Poll::Pending;
            }
            if first <= self.seen {
                return Poll::Ready(());
            }
            // First, in case that panics: an alarm is moved only if somebody waits for it.
            self.waits(cx);
            self.alarm.as_mut().set(first);
        }
        if self.alarm.as_mut().poll(cx).is_pending() {
            self.waits(cx);
            return Poll::Pending;
        }
        self.seen = self.alarm.now().max(first);
        Poll::Ready(())
    }

    /// Makes a note of the task.
    fn waits(&mut self, cx: &Context<'_>) {
        if !self.waiter.as_ref().is_some_and(|waiter| waiter.will_wake(cx.waker())) {
            self.waiter = Some(cx.waker().clone());
        }
    }

    /// The first deadline was `before`, and may be another now. If a task waits, the alarm is set anew in its place.
    pub(super) fn changed_from(&mut self, before: Option<Instant>) {
        let first = self.store.first();
        if first == before {
            return;
        }
        let Some(waiter) = &self.waiter else { return };
        let has_come = match first {
            // That there are no more items is news, too.
            None => {
                self.alarm.as_mut().clear();
                true
            }
            Some(never) if never.is_never() => {
                self.alarm.as_mut().clear();
                false
            }
            Some(first) => {
                self.alarm.as_mut().set(first);
                in_place_of(waiter, |cx| self.alarm.as_mut().poll(cx)).is_ready()
            }
        };
        if has_come {
            self.waiter.take().into_iter().for_each(Waker::wake);
        }
    }
}

impl<T, Tm: Timer> Stream for DelayQueue<T, Tm> {
    type Item = Expired<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        self.get_mut().poll_expired(cx)
    }

    /// As many as there are, if none is put in or taken out.
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<T, Tm: Timer> FusedStream for DelayQueue<T, Tm> {
    /// Whether it is empty, so that a poll would give `None`. It may have items again.
    fn is_terminated(&self) -> bool {
        self.is_empty()
    }
}
