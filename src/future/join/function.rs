//! `join` to `join5`, with the signatures of futures.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::future::container;

/// The future of [`join`](crate::future::join()).
pub type Join<A, B> = container::Join<(A, B)>;
/// The future of [`join3`].
pub type Join3<A, B, C> = container::Join<(A, B, C)>;
/// The future of [`join4`].
pub type Join4<A, B, C, D> = container::Join<(A, B, C, D)>;
/// The future of [`join5`].
pub type Join5<A, B, C, D, E> = container::Join<(A, B, C, D, E)>;

/// Waits for two futures and gives both outputs.
///
/// It is the method [`.join()`](crate::future::traits::Join::join) as a function, for those who are used to futures';
/// the method takes up to twelve futures, and arrays. Use [`try_join`](crate::future::try_join()) to stop at the first
/// error.
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
/// let (a, b) = future::join(async { 1 }, async { "two" }).await;
/// assert_eq!((a, b), (1, "two"));
/// # });
/// ```
#[inline]
pub fn join<A: Future, B: Future>(future1: A, future2: B) -> Join<A, B> {
    container::Join::new((future1, future2))
}

/// As [`join`](crate::future::join()), for three futures.
///
/// # Cancel safety
///
/// As [`join`](crate::future::join()).
///
/// # Examples
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(anywhen::future::join3(async { 1 }, async { 2 }, async { 3 }).await, (1, 2, 3));
/// # });
/// ```
#[inline]
pub fn join3<A: Future, B: Future, C: Future>(future1: A, future2: B, future3: C) -> Join3<A, B, C> {
    container::Join::new((future1, future2, future3))
}

/// As [`join`](crate::future::join()), for four futures.
///
/// # Cancel safety
///
/// As [`join`](crate::future::join()).
///
/// # Examples
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(anywhen::future::join4(async { 1 }, async { 2 }, async { 3 }, async { 4 }).await, (1, 2, 3, 4));
/// # });
/// ```
#[inline]
pub fn join4<A: Future, B: Future, C: Future, D: Future>(
    future1: A,
    future2: B,
    future3: C,
    future4: D,
) -> Join4<A, B, C, D> {
    container::Join::new((future1, future2, future3, future4))
}

/// As [`join`](crate::future::join()), for five futures. For more, use the method.
///
/// # Cancel safety
///
/// As [`join`](crate::future::join()).
///
/// # Examples
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// let five = anywhen::future::join5(async { 1 }, async { 2 }, async { 3 }, async { 4 }, async { 5 });
/// assert_eq!(five.await, (1, 2, 3, 4, 5));
/// # });
/// ```
#[inline]
pub fn join5<A: Future, B: Future, C: Future, D: Future, E: Future>(
    future1: A,
    future2: B,
    future3: C,
    future4: D,
    future5: E,
) -> Join5<A, B, C, D, E> {
    container::Join::new((future1, future2, future3, future4, future5))
}

/// The future of [`join_all`].
#[cfg(feature = "alloc")]
pub type JoinAll<F> = container::Join<Vec<F>>;

/// Waits for any number of futures and gives all outputs, in the order of the futures.
///
/// It is the method [`.join()`](crate::future::traits::Join::join) of a `Vec` as a function, which takes whatever can be
/// iterated over. Use [`try_join_all`](crate::future::try_join_all()) to stop at the first error.
///
/// Up to 30 futures are all polled at each wake until they are done; of more, only those that were woken.
///
/// # Allocation
///
/// At most three blocks, however many futures there are: the futures themselves (a `Vec` is taken as it is, without a copy),
/// the outputs, and, if there are more than 30 futures and one of them has to wait, a byte for each.
///
/// # Cancel safety
///
/// Dropping the future drops the unfinished futures and loses the outputs of the finished ones.
///
/// # Examples
///
/// ```
/// use anywhen::future::join_all;
///
/// # anywhen::rt::Std.block_on(async {
/// let squares = join_all((1..=100).map(|n| async move { n * n })).await;
/// assert_eq!(squares.iter().sum::<u32>(), 338_350);
/// # });
/// ```
#[cfg(feature = "alloc")]
#[inline]
pub fn join_all<I>(iter: I) -> JoinAll<<I::Item as IntoFuture>::IntoFuture>
where
    I: IntoIterator<Item: IntoFuture>,
{
    container::Join::new(iter.into_iter().map(IntoFuture::into_future).collect())
}
