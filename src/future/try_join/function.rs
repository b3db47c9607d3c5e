//! `try_join` to `try_join5`, with the signatures of futures.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use futures_core::TryFuture;

use crate::future::container;

/// The future of [`try_join`](crate::future::try_join()).
pub type TryJoin<A, B> = container::TryJoin<(A, B)>;
/// The future of [`try_join3`].
pub type TryJoin3<A, B, C> = container::TryJoin<(A, B, C)>;
/// The future of [`try_join4`].
pub type TryJoin4<A, B, C, D> = container::TryJoin<(A, B, C, D)>;
/// The future of [`try_join5`].
pub type TryJoin5<A, B, C, D, E> = container::TryJoin<(A, B, C, D, E)>;

/// Waits for two futures and gives both outputs, or stops at the first error.
///
/// It is the method [`.try_join()`](crate::future::traits::TryJoin::try_join) as a function, for those who are used to
/// futures'; the method takes up to twelve futures, and arrays. Use [`join`](crate::future::join()) to let both run to
/// the end whatever happens.
///
/// # Errors
///
/// The future gives the error of whichever was first to fail; the other is dropped before that.
///
/// # Cancel safety
///
/// Dropping the future drops the unfinished futures and loses the outputs of the finished ones.
///
/// # Examples
///
/// ```
/// use anywhen::future;
///
/// # anywhen::rt::Std.block_on(async {
/// let both = future::try_join(async { Ok::<_, &str>(1) }, async { Ok("two") }).await;
/// assert_eq!(both, Ok((1, "two")));
///
/// let never = std::future::pending::<Result<(), &str>>();
/// assert_eq!(future::try_join(never, async { Err::<(), _>("failed") }).await, Err("failed"));
/// # });
/// ```
#[inline]
pub fn try_join<A, B>(future1: A, future2: B) -> TryJoin<A, B>
where
    A: TryFuture,
    B: TryFuture<Error = A::Error>,
{
    container::TryJoin::new((future1, future2))
}

/// As [`try_join`](crate::future::try_join()), for three futures.
///
/// # Errors
///
/// As [`try_join`](crate::future::try_join()).
///
/// # Cancel safety
///
/// As [`try_join`](crate::future::try_join()).
///
/// # Examples
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// let three = anywhen::future::try_join3(async { Ok::<_, ()>(1) }, async { Ok(2) }, async { Ok(3) });
/// assert_eq!(three.await, Ok((1, 2, 3)));
/// # });
/// ```
#[inline]
pub fn try_join3<A, B, C>(future1: A, future2: B, future3: C) -> TryJoin3<A, B, C>
where
    A: TryFuture,
    B: TryFuture<Error = A::Error>,
    C: TryFuture<Error = A::Error>,
{
    container::TryJoin::new((future1, future2, future3))
}

/// As [`try_join`](crate::future::try_join()), for four futures.
///
/// # Errors
///
/// As [`try_join`](crate::future::try_join()).
///
/// # Cancel safety
///
/// As [`try_join`](crate::future::try_join()).
///
/// # Examples
///
/// ```
/// use anywhen::future::try_join4;
///
/// # anywhen::rt::Std.block_on(async {
/// let four = try_join4(async { Ok::<_, ()>(1) }, async { Ok(2) }, async { Ok(3) }, async { Ok(4) });
/// assert_eq!(four.await, Ok((1, 2, 3, 4)));
/// # });
/// ```
#[inline]
pub fn try_join4<A, B, C, D>(future1: A, future2: B, future3: C, future4: D) -> TryJoin4<A, B, C, D>
where
    A: TryFuture,
    B: TryFuture<Error = A::Error>,
    C: TryFuture<Error = A::Error>,
    D: TryFuture<Error = A::Error>,
{
    container::TryJoin::new((future1, future2, future3, future4))
}

/// As [`try_join`](crate::future::try_join()), for five futures. For more, use the method.
///
/// # Errors
///
/// As [`try_join`](crate::future::try_join()).
///
/// # Cancel safety
///
/// As [`try_join`](crate::future::try_join()).
///
/// # Examples
///
/// ```
/// use anywhen::future::try_join5;
///
/// # anywhen::rt::Std.block_on(async {
/// let five = try_join5(async { Ok::<_, ()>(1) }, async { Ok(2) }, async { Ok(3) }, async { Ok(4) }, async { Ok(5) });
/// assert_eq!(five.await, Ok((1, 2, 3, 4, 5)));
/// # });
/// ```
#[inline]
pub fn try_join5<A, B, C, D, E>(future1: A, future2: B, future3: C, future4: D, future5: E) -> TryJoin5<A, B, C, D, E>
where
    A: TryFuture,
    B: TryFuture<Error = A::Error>,
    C: TryFuture<Error = A::Error>,
    D: TryFuture<Error = A::Error>,
    E: TryFuture<Error = A::Error>,
{
    container::TryJoin::new((future1, future2, future3, future4, future5))
}

/// The future of [`try_join_all`].
#[cfg(feature = "alloc")]
pub type TryJoinAll<F> = container::TryJoin<Vec<F>>;

/// Waits for any number of futures and gives all outputs, in the order of the futures, or stops at the first error.
///
/// It is the method [`.try_join()`](crate::future::traits::TryJoin::try_join) of a `Vec` as a function, which takes
/// whatever can be iterated over. The first error comes at once, however many futures there are and whichever they are.
///
/// Up to 30 futures are all polled at each wake until they are done; of more, only those that were woken.
///
/// # Errors
///
/// The future gives the error of whichever was first to fail; the others are dropped before that.
///
/// # Allocation
///
/// As [`join_all`](crate::future::join_all()).
///
/// # Cancel safety
///
/// Dropping the future drops the unfinished futures and loses the outputs of the finished ones.
///
/// # Examples
///
/// ```
/// use anywhen::future::try_join_all;
///
/// # anywhen::rt::Std.block_on(async {
/// let parse = |text: &'static str| async move { text.parse::<u32>() };
/// assert_eq!(try_join_all(["1", "2"].map(parse)).await, Ok(vec![1, 2]));
/// assert!(try_join_all(["1", "two"].map(parse)).await.is_err());
/// # });
/// ```
#[cfg(feature = "alloc")]
#[inline]
pub fn try_join_all<I>(iter: I) -> TryJoinAll<I::Item>
where
    I: IntoIterator<Item: TryFuture>,
{
    container::TryJoin::new(iter.into_iter().collect())
}
