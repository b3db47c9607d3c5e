//! A future in the hand, for tests that run without `std`, where there is no test kit: its `TestTask`, in little.

#![allow(dead_code, unused_macros, reason = "each test binary that includes this file uses a part of it")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// How often it was woken.
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Holds a future, and polls it when the test says so.
pub(crate) struct TestTask<F> {
    future: Pin<Box<F>>,
    count: Arc<Count>,
    waker: Waker,
    /// What the count was when the last poll began.
    before: usize,
    /// Whether each poll makes a new waker; the wakes of old ones are not counted then.
    changing: bool,
}

impl<F: Future> TestTask<F> {
    pub(crate) fn new(future: F) -> Self {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        Self { future: Box::pin(future), waker: Arc::clone(&count).into(), count, before: 0, changing: false }
    }

    pub(crate) fn changing_wakers(self) -> Self {
        Self { changing: true, ..self }
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        if self.changing {
            self.count = Arc::new(Count(AtomicUsize::new(0)));
            self.waker = Arc::clone(&self.count).into();
        }
        self.before = self.count.wakes();
        self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
    }

    /// How often it was woken since the last poll began.
    pub(crate) fn wakes(&self) -> usize {
        self.count.wakes() - self.before
    }

    /// For what is to be known of it when it is gone.
    pub(crate) fn count(&self) -> &Arc<Count> {
        &self.count
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.wakes() > 0
    }

    /// For what a future can do beside being polled.
    pub(crate) fn future_mut(&mut self) -> Pin<&mut F> {
        self.future.as_mut()
    }
}

macro_rules! assert_ready {
    ($poll:expr) => {
        match $poll {
            ::std::task::Poll::Ready(value) => value,
            ::std::task::Poll::Pending => panic!("pending, but should be ready"),
        }
    };
}

macro_rules! assert_ready_ok {
    ($poll:expr) => {
        assert_ready!($poll).unwrap()
    };
}

macro_rules! assert_ready_eq {
    ($poll:expr, $expected:expr) => {
        assert_eq!(assert_ready!($poll), $expected)
    };
}

macro_rules! assert_pending {
    ($poll:expr) => {
        match $poll {
            ::std::task::Poll::Pending => {}
            ::std::task::Poll::Ready(value) => panic!("ready with {value:?}, but should be pending"),
        }
    };
}

#[allow(unused_imports, reason = "each test binary that includes this file uses a part of it")]
pub(crate) use {assert_pending, assert_ready, assert_ready_eq, assert_ready_ok};
