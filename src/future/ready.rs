//! What is ready at once, once or always.

use core::fmt;
use core::future::{Ready, ready};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

/// A future that is ready with `Ok` of a value.
///
/// # Cancel safety
///
/// Dropping the future drops the value.
///
/// # Examples
///
/// ```
/// use anywhen::future;
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(future::ok::<_, ()>(1).await, Ok(1));
/// # });
/// ```
#[inline]
pub fn ok<T, E>(value: T) -> Ready<Result<T, E>> {
    ready(Ok(value))
}

/// A future that is ready with `Err` of an error.
///
/// # Errors
///
/// The future gives the error.
///
/// # Cancel safety
///
/// Dropping the future drops the error.
///
/// # Examples
///
/// ```
/// use anywhen::future;
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(future::err::<(), _>(1).await, Err(1));
/// # });
/// ```
#[inline]
pub fn err<T, E>(error: E) -> Ready<Result<T, E>> {
    ready(Err(error))
}

/// The future of [`always_ready`].
///
/// # Cancel safety
///
/// Dropping it loses nothing.
#[must_use = "futures do nothing unless polled"]
#[derive(Clone, Copy)]
pub struct AlwaysReady<G> {
    function: G,
}

// The function is only called by reference.
impl<G> Unpin for AlwaysReady<G> {}

/// A future that is ready at each poll, with what a function returns then.
///
/// # Cancel safety
///
/// Dropping the future loses nothing.
///
/// # Examples
///
/// ```
/// use anywhen::future::always_ready;
///
/// # anywhen::rt::Std.block_on(async {
/// let mut one = always_ready(|| 1);
/// assert_eq!((&mut one).await, 1);
/// assert_eq!((&mut one).await, 1);
/// # });
/// ```
#[inline]
pub fn always_ready<T, G: Fn() -> T>(function: G) -> AlwaysReady<G> {
    AlwaysReady { function }
}

impl<T, G: Fn() -> T> Future for AlwaysReady<G> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Ready((self.function)())
    }
}

impl<T, G: Fn() -> T> FusedFuture for AlwaysReady<G> {
    /// Never: it can be polled again and again.
    fn is_terminated(&self) -> bool {
        false
    }
}

impl<G> fmt::Debug for AlwaysReady<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlwaysReady").finish_non_exhaustive()
    }
}
