//! A future with a limit to how long it is waited for.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::error::Elapsed;
use super::{Clock, Duration, Instant, Timer};
use crate::internal::live::polled_after_completion;
use crate::internal::outlined::Outlined;
use crate::internal::pin_project::pin_project;

/// Waits for `future`, but no longer than `duration`, by the current clock.
///
/// The time counts from when the future is first pending. A future that is ready at its first poll costs neither a clock
/// reading nor a timer, and [`Duration::MAX`] never ends.
///
/// # Errors
///
/// The future gives [`Elapsed`] if the time is up first. The value has precedence: what is ready in the poll in which the
/// time is up is given. A zero duration is up in the first poll.
///
/// # Cancel safety
///
/// Dropping it drops `future`. When the time is up `future` is kept, but not polled, until the `Timeout` is dropped or
/// [gives it back](Timeout::into_inner).
///
/// # Examples
///
/// ```
/// use anywhen::time::{self, Duration};
///
/// # anywhen::rt::Std.block_on(async {
/// let limit = Duration::from_millis(1);
/// assert_eq!(time::timeout(limit, async { "done" }).await, Ok("done"));
///
/// let error = time::timeout(limit, std::future::pending::<()>()).await.unwrap_err();
/// assert_eq!(error.to_string(), "deadline has elapsed");
/// # });
/// ```
#[inline]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    timeout_on(Clock::default(), duration, future)
}

/// Waits for `future`, but no longer than until `deadline`, by the current clock.
///
/// Apart from when it ends it is as [`timeout`]; a deadline that has passed is up in the first poll.
///
/// # Errors
///
/// The future gives [`Elapsed`] if the deadline comes first.
///
/// # Cancel safety
///
/// As for [`timeout`].
///
/// # Examples
///
/// ```
/// use anywhen::time::{self, Duration, Instant};
///
/// # anywhen::rt::Std.block_on(async {
/// let deadline = Instant::now() + Duration::from_millis(1);
/// for _ in 0..2 {
///     // Both share the deadline.
///     assert!(time::timeout_at(deadline, std::future::pending::<()>()).await.is_err());
/// }
/// # });
/// ```
#[inline]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    timeout_at_on(Clock::default(), deadline, future)
}

/// As [`timeout`], by a timer of your choice.
///
/// # Errors
///
/// The future gives [`Elapsed`] if the time is up first.
///
/// # Cancel safety
///
/// As for [`timeout`].
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::time::{self, Duration};
///
/// # rt::Std.block_on(async {
/// assert_eq!(time::timeout_on(rt::Std, Duration::from_secs(1), async { 1 }).await, Ok(1));
/// # });
/// ```
#[inline]
pub fn timeout_on<F: IntoFuture, T: Timer>(timer: T, duration: Duration, future: F) -> Timeout<F::IntoFuture, T> {
    Timeout { future: future.into_future(), limit: Limit::Fresh { timer, when: When::After(duration) } }
}

/// As [`timeout_at`], by a timer of your choice.
///
/// # Errors
///
/// The future gives [`Elapsed`] if the deadline comes first.
///
/// # Cancel safety
///
/// As for [`timeout`].
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::time::{self, Instant};
///
/// # rt::Std.block_on(async {
/// assert_eq!(time::timeout_at_on(rt::Std, Instant::FAR_FUTURE, async { 1 }).await, Ok(1));
/// # });
/// ```
#[inline]
pub fn timeout_at_on<F: IntoFuture, T: Timer>(timer: T, deadline: Instant, future: F) -> Timeout<F::IntoFuture, T> {
    Timeout { future: future.into_future(), limit: Limit::Fresh { timer, when: When::At(deadline) } }
}

pin_project! {
    /// Waits for a future, but not for too long; from [`timeout`] and its siblings.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the future inside.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the future inside has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<F, T: Timer = Clock> {
        #[pin]
        future: F,
        #[pin]
        limit: Limit<T, T::Sleep>,
    }
}

pin_project! {
    #[project = LimitProj]
    enum Limit<T, S> {
        // Not pending yet.
        Fresh { timer: T, when: When },
        Armed {
            #[pin]
            sleep: Outlined<S>,
        },
        // The result was given, or the future panicked.
        Over,
    }
}

/// When the time is up: so long after the first `Pending`, or at an instant.
enum When {
    After(Duration),
    At(Instant),
}

impl<F, T: Timer> Timeout<F, T> {
    /// The future inside.
    pub fn get_ref(&self) -> &F {
        &self.future
    }

    /// The future inside.
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    /// The future inside, without the limit.
    pub fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future, T: Timer> Future for Timeout<F, T> {
    type Output = Result<F::Output, Elapsed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if matches!(*this.limit, Limit::Over) {
            polled_after_completion("Timeout");
        }
        let mut end = End(this.limit);
        let result = match this.future.poll(cx) {
            Poll::Ready(output) => {
                // Not left to the end of the scope: if a destructor panics there, the output leaks (rust#47949).
                drop(end);
                return Poll::Ready(Ok(output));
            }
            Poll::Pending => poll_limit(end.0.as_mut(), cx),
        };
        if result.is_pending() {
            mem::forget(end);
        }
        result.map(Err)
    }
}

/// Looks whether the time is up. Apart from the rest, so that what is ready at once is all that is inlined.
fn poll_limit<T: Timer>(mut limit: Pin<&mut Limit<T, T::Sleep>>, cx: &mut Context<'_>) -> Poll<Elapsed> {
    let armed = match limit.as_mut().project() {
        // Not left to the timer, which may count in milliseconds and let one pass.
        LimitProj::Fresh { when: When::After(Duration::ZERO), .. } => return Poll::Ready(Elapsed::new()),
        LimitProj::Fresh { timer, when: When::After(duration) } => Some(timer.sleep(*duration)),
        LimitProj::Fresh { timer, when: When::At(deadline) } => Some(timer.sleep_until(*deadline)),
        LimitProj::Armed { .. } | LimitProj::Over => None,
    };
    if let Some(sleep) = armed {
        limit.set(Limit::Armed { sleep: Outlined::new(sleep) });
    }
    match limit.project() {
        LimitProj::Armed { sleep } => sleep.get().poll(cx).map(|()| Elapsed::new()),
        _ => Poll::Pending,
    }
}

/// Ends the timeout, unless it is forgotten because the poll ended with `Pending`.
struct End<'a, T: Timer>(Pin<&'a mut Limit<T, T::Sleep>>);

impl<T: Timer> Drop for End<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.set(Limit::Over);
    }
}

impl<F: Future, T: Timer> FusedFuture for Timeout<F, T> {
    fn is_terminated(&self) -> bool {
        matches!(self.limit, Limit::Over)
    }
}

impl<F: fmt::Debug, T: Timer> fmt::Debug for Timeout<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("future", &self.future).finish_non_exhaustive()
    }
}
