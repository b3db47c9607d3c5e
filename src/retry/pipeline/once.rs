//! An operation that is done once, and not begun before it is polled.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::retry::Operation;

pin_project! {
    /// One attempt of an operation, which begins at the first poll; what [`Pipeline::call`](super::Pipeline::call) gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the attempt that is under way.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the operation or the attempt has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Once<Op: Operation> {
        #[pin]
        course: Live<Course<Op, Op::Future>>,
    }
}

pin_project! {
    struct Course<Op, F> {
        op: Op,
        #[pin]
        attempt: Option<F>,
    }
}

impl<Op: Operation> Once<Op> {
    #[inline]
    pub(super) fn new(op: Op) -> Self {
        Self { course: Live::new(Course { op, attempt: None }) }
    }
}

impl<Op: Operation> Future for Once<Op> {
    type Output = Result<Op::Output, Op::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().course.poll("Once", |course| {
            let mut this = course.project();
            if this.attempt.is_none() {
                this.attempt.set(Some(this.op.attempt()));
            }
            match this.attempt.as_pin_mut() {
                Some(attempt) => attempt.poll(cx),
                None => unreachable!("it has been begun"),
            }
        })
    }
}

impl<Op: Operation> FusedFuture for Once<Op> {
    fn is_terminated(&self) -> bool {
        self.course.is_over()
    }
}

impl<Op: Operation> fmt::Debug for Once<Op> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.course.debug("Once", f)
    }
}
