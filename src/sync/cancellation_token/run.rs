//! Futures that are given up when a token is cancelled.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::{CANCELLED, CancellationToken};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::sync::observe::Site;
use crate::sync::signal::{RawWait, Source};

pin_project! {
    /// The future, and the wait beside it, until one of them is over.
    struct Run<S: Source, F> {
        #[pin]
        wait: RawWait<S>,
        #[pin]
        future: F,
        has_begun: bool,
    }
}

impl<S: Source, F: Future> Run<S, F> {
    #[inline]
    fn new(token: S, future: F, site: Site) -> Live<Self> {
        Live::new(Self { wait: RawWait::new(token, site), future, has_begun: false })
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, name: &'static str, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        if !mem::replace(this.has_begun, true) && this.wait.source().signal().word() & CANCELLED != 0 {
            return Poll::Ready(None);
        }
        match this.future.poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => this.wait.poll_lasting(cx.waker(), name).map(|()| None),
        }
    }
}

pin_project! {
    /// Runs a future until a [`CancellationToken`] is cancelled; from [`CancellationToken::run_until_cancelled`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future inside.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the future inside has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct RunUntilCancelledFuture<'a, F: Future> {
        #[pin]
        run: Live<Run<&'a CancellationToken, F>>,
    }
}

pin_project! {
    /// Runs a future until a [`CancellationToken`], which it owns, is cancelled; from
    /// [`CancellationToken::run_until_cancelled_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future inside.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the future inside has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct RunUntilCancelledFutureOwned<F: Future> {
        #[pin]
        run: Live<Run<CancellationToken, F>>,
    }
}

macro_rules! run_future {
    ($name:ident [$($param:tt)*] [$($arg:tt)*]) => {
        impl<$($param)*> Future for $name<$($arg)*> {
            type Output = Option<F::Output>;

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().run.poll(stringify!($name), |run| run.poll(stringify!($name), cx))
            }
        }

        impl<$($param)*> FusedFuture for $name<$($arg)*> {
            fn is_terminated(&self) -> bool {
                self.run.is_over()
            }
        }

        impl<$($param)*> fmt::Debug for $name<$($arg)*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.run.debug(stringify!($name), f)
            }
        }
    };
}

run_future!(RunUntilCancelledFuture ['a, F: Future] ['a, F]);
run_future!(RunUntilCancelledFutureOwned [F: Future] [F]);

impl CancellationToken {
    /// Runs a future, unless and until the token is cancelled: then it is dropped, and the result is `None`.
    ///
    /// If the token is cancelled at the first poll, the future is not polled at all. Afterwards the future comes first: if
    /// it is ready when the token is cancelled too, its output counts.
    ///
    /// A future that never waits is never interrupted. A loop over something that may always be ready therefore belongs
    /// around this, not inside of it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future inside, and nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::CancellationToken;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let token = CancellationToken::new();
    /// assert_eq!(token.run_until_cancelled(async { 1 }).await, Some(1));
    ///
    /// let canceller = token.clone();
    /// anywhen::task::spawn(async move { canceller.cancel() });
    /// assert_eq!(token.run_until_cancelled(std::future::pending::<()>()).await, None);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn run_until_cancelled<F: Future>(&self, future: F) -> RunUntilCancelledFuture<'_, F> {
        RunUntilCancelledFuture { run: Run::new(self, future, Site::here()) }
    }

    /// Runs a future, unless and until the token is cancelled, and owns the token meanwhile; otherwise the same as
    /// [`run_until_cancelled`](Self::run_until_cancelled).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future inside, and nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::CancellationToken;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let token = CancellationToken::new();
    /// let task = anywhen::task::spawn(token.child_token().run_until_cancelled_owned(std::future::pending::<()>()));
    /// token.cancel();
    /// assert_eq!(task.await.unwrap(), None);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn run_until_cancelled_owned<F: Future>(self, future: F) -> RunUntilCancelledFutureOwned<F> {
        RunUntilCancelledFutureOwned { run: Run::new(self, future, Site::here()) }
    }
}
