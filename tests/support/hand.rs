//! A future in the hand, with nothing of the test kit, which needs `std`: what the kit's `TestTask` is, in little.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// How often it was woken.
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Holds a future, and polls it when the test says so.
pub(crate) struct Hand<F> {
    future: Pin<Box<F>>,
    count: Arc<Count>,
    waker: Waker,
    /// What the count was when the last poll began.
    before: usize,
    /// Whether each poll makes a new waker; the wakes of old ones are not counted then.
    changing: bool,
}

impl<F: Future> Hand<F> {
    pub(crate) fn new(future: F) -> Self {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        Self { future: Box::pin(future), waker: Arc::clone(&count).into(), count, before: 0, changing: false }
    }

    pub(crate) fn changing_wakers(self, changing: bool) -> Self {
        Self { changing, ..self }
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        if self.changing {
            self.count = Arc::new(Count(AtomicUsize::new(0)));
            self.waker = Arc::clone(&self.count).into();
        }
        self.before = self.wakes();
        self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
    }

    pub(crate) fn wakes(&self) -> usize {
        self.count.0.load(SeqCst)
    }

    /// Whether it was woken since the last poll began.
    pub(crate) fn is_woken(&self) -> bool {
        self.wakes() > self.before
    }

    /// For what a future can do beside being polled.
    pub(crate) fn as_mut(&mut self) -> Pin<&mut F> {
        self.future.as_mut()
    }
}
