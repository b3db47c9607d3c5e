//! The bulkhead: so many calls at a time, so many that wait, and the rest is turned away.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use futures_core::FusedFuture;

use super::handle::{Admitted, Handle, Kind, Settles, Ticket};
use super::places::Places;
use super::slots::{self, Slots, Wait, slot_future};
use super::{GateMetrics, Gated, Outcome, Refused};
use crate::internal::live::Live;
use crate::internal::shim::const_unless_loom;
use crate::sync::observe::Site;
use crate::time::{Clock, Timer};

/// Lets so many calls through at a time and so many wait, and turns the rest [away](Refused::BulkheadFull).
///
/// It keeps what has become slow from taking everything with it: the calls that pile up before it are few, and the others hear
/// at once that there is no room. It is a [`BoundedSemaphore`](crate::sync::BoundedSemaphore) in the form of a gate; for
/// permits that are more than a place each, or that outlive calls, take that. Where the number is not known,
/// [`AdaptiveLimit`](super::AdaptiveLimit) finds it.
///
/// # Fairness
///
/// First come, first served.
///
/// # Cost
///
/// One atomic operation to take a place and one to give it back, and one to count. Waiting allocates nothing.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use anywhen::retry::Bulkhead;
/// use anywhen::time::Duration;
/// # async fn render() -> io::Result<String> { Ok(String::new()) }
///
/// static RENDERING: Bulkhead = Bulkhead::new(4, 16).max_wait(Duration::from_secs(2));
///
/// # anywhen::rt::Std.block_on(async {
/// let page: io::Result<String> = RENDERING.call(render()).await;
/// # page.unwrap();
/// # });
/// ```
pub struct Bulkhead<T = Clock> {
    places: Places<T>,
}

impl Bulkhead {
    const_unless_loom! {
        /// Lets `max_concurrent` calls through at a time, and has up to `max_waiting` wait, for as long as it takes.
        ///
        /// # Panics
        ///
        /// If `max_concurrent` is zero, or more than a semaphore can have permits.
        #[track_caller]
        pub fn new(max_concurrent: usize, max_waiting: usize) -> Self {
            assert!(max_concurrent > 0, "a bulkhead without places would never let anything through");
            Self { places: Places::new("Bulkhead", max_concurrent, max_waiting) }
        }
    }
}

impl<T> Bulkhead<T> {
    /// Who has waited for `duration` is turned away.
    #[must_use]
    pub const fn max_wait(mut self, duration: Duration) -> Self {
        self.places.max_wait = duration;
        self
    }

    /// The same bulkhead by another timer.
    #[must_use]
    pub fn on<U: Timer>(self, timer: U) -> Bulkhead<U> {
        Bulkhead { places: self.places.on(timer) }
    }

    /// How many places there are for somebody who comes now; of a permit each, as with a
    /// [semaphore](crate::sync::Semaphore::available_permits).
    ///
    /// The number may be another by the time it is looked at.
    pub fn available_permits(&self) -> usize {
        self.places.queue.available()
    }
}

slot_future! {
    /// Waits for a place in a [`Bulkhead`]; from [`Bulkhead::acquire`] and [`Bulkhead::acquire_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If it is polled after it has given its result.
    BulkheadAcquire of Bulkhead
}

impl<T: Timer> Slots for Bulkhead<T> {
    type Timer = T;

    const REFUSED: Refused = Refused::BulkheadFull;

    #[inline]
    fn places(&self) -> &Places<T> {
        &self.places
    }

    #[inline]
    fn ticket(&self) -> Ticket {
        Ticket { generation: 0, started: None }
    }
}

impl<T> Settles for Bulkhead<T> {
    #[inline]
    fn settle(&self, ticket: &mut Option<Ticket>, _: Outcome) {
        if ticket.take().is_some() {
            self.places.queue.release(1);
        }
    }
}

impl<T> fmt::Debug for Bulkhead<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.places.queue.fmt_as("Bulkhead", f)
    }
}
