//! Something else in place of what has failed.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::hedge::Condition;
use super::strategy::{AnyError, When};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// Does `future`, and if that fails, what `other` makes of the error: a value from a cache, a second server, a default.
///
/// [`when`](Fallback::when) says which errors it is for.
///
/// It is the last resort, when there is to be an answer at any price; what is only now and then unlucky is better
/// [tried again](super::retry()). Keep it simple: what is seldom used seldom works, and all of it is used at once when
/// something large is down. [`or_else`](crate::future::TryFutureExt::or_else) is the same for whoever needs no condition, and
/// may change the type of the error.
///
/// # Errors
///
/// The future gives the error of what `other` made, or that of `future` if it is not for it.
///
/// # Cancel safety
///
/// Dropping the future drops whichever of the two is under way.
///
/// # Examples
///
/// ```
/// use anywhen::retry::fallback;
///
/// # anywhen::rt::Std.block_on(async {
/// let fetch = async { Err("no route to host") };
/// let page = fallback(fetch, |_| async { Ok("what the cache has") }).await;
/// assert_eq!(page, Ok("what the cache has"));
/// # });
/// ```
#[inline]
pub fn fallback<T, E, F, H, G>(future: F, other: H) -> Fallback<F::IntoFuture, H, G>
where
    F: IntoFuture<Output = Result<T, E>>,
    H: FnOnce(E) -> G,
    G: Future<Output = Result<T, E>>,
{
    Fallback::new(future.into_future(), other, AnyError)
}

pin_project! {
    /// Something else in place of what has failed; from [`fallback()`].
    ///
    /// `F` is what is done first, `H` makes `G` of its error, and `C` says of which.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops whichever of the two is under way.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or one of the two or a closure has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct Fallback<F, H, G, C = AnyError> {
        #[pin]
        course: Live<Course<F, H, G, C>>,
    }
}

pin_project! {
    #[project = CourseProjection]
    enum Course<F, H, G, C> {
        First {
            #[pin]
            future: F,
            // Taken out when it fails.
            rest: Option<(H, C)>,
        },
        // The first is gone, and nobody knows yet what comes then.
        Between,
        Then {
            #[pin]
            future: G,
        },
    }
}

impl<F, H, G, C> Fallback<F, H, G, C> {
    #[inline]
    pub(super) fn new(future: F, other: H, condition: C) -> Self {
        Self { course: Live::new(Course::First { future, rest: Some((other, condition)) }) }
    }

    /// Only errors for which `condition` is true; any other is given as it is. Call it before the first poll.
    ///
    /// # Panics
    ///
    /// If it has been polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::fallback;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let fetch = |status| fallback(async move { Err(status) }, |_| async { Ok("") }).when(|status| *status == 404);
    /// assert_eq!(fetch(404).await, Ok(""));
    /// assert_eq!(fetch(500).await, Err(500));
    /// # });
    /// ```
    #[track_caller]
    pub fn when<T, E, P>(self, condition: P) -> Fallback<F, H, G, When<P>>
    where
        F: Future<Output = Result<T, E>>,
        P: FnMut(&E) -> bool,
    {
        match self.course.into_state() {
            Some(Course::First { future, rest: Some((other, _)) }) => Fallback::new(future, other, When(condition)),
            _ => panic!("a `Fallback` cannot be changed once it has been polled"),
        }
    }
}

impl<T, E, F, H, G, C> Future for Fallback<F, H, G, C>
where
    F: Future<Output = Result<T, E>>,
    H: FnOnce(E) -> G,
    G: Future<Output = Result<T, E>>,
    C: Condition<E>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        self.project().course.poll("Fallback", |mut course| {
            if let CourseProjection::First { future, rest } = course.as_mut().project() {
                let error = match ready!(future.poll(cx)) {
                    Ok(output) => return Poll::Ready(Ok(output)),
                    Err(error) => error,
                };
                let Some((other, mut condition)) = rest.take() else { unreachable!("it fails once") };
                // Before anybody is asked about its result.
                course.set(Course::Between);
                if !condition.goes_on(&error) {
                    return Poll::Ready(Err(error));
                }
                course.set(Course::Then { future: other(error) });
            }
            match course.project() {
                CourseProjection::Then { future } => future.poll(cx),
                _ => unreachable!("the first has failed"),
            }
        })
    }
}

impl<T, E, F, H, G, C> FusedFuture for Fallback<F, H, G, C>
where
    F: Future<Output = Result<T, E>>,
    H: FnOnce(E) -> G,
    G: Future<Output = Result<T, E>>,
    C: Condition<E>,
{
    fn is_terminated(&self) -> bool {
        self.course.is_over()
    }
}

impl<F, H, G, C> fmt::Debug for Fallback<F, H, G, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.course.debug("Fallback", f)
    }
}
