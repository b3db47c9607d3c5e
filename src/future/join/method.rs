//! `.join()`.

use super::JoinChildren;
use crate::future::container;
use crate::future::traits::IntoChildren;

/// The method [`.join()`](Join::join), of tuples of 2 to 12 futures, and of arrays and `Vec`s of futures.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait Join {
    /// All outputs: a tuple or an array as the futures were.
    type Output;
    /// The future that waits for all of them.
    type Future: Future<Output = Self::Output>;

    /// Waits for all futures and gives all outputs, in the order of the futures.
    ///
    /// They run concurrently, on the task that awaits the whole. Outputs that are `Result`s are kept, whatever they
    /// are; [`.try_join()`](crate::future::traits::TryJoin::try_join) stops at the first error instead, and
    /// [`.race()`](crate::future::traits::Race::race) at the first output. In an array with much more than 30 futures
    /// each wake polls all that are not done yet; of a `Vec` with more than 30, only those that were woken.
    ///
    /// # Allocation
    ///
    /// None for tuples and arrays. A `Vec` is taken as it is, with the futures in its buffer; there is one block for the
    /// outputs, and one more, of a byte for each future, if there are more than 30 and one of them has to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the unfinished futures and loses the outputs of the finished ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let (number, name) = (async { 7 }, async { "seven" }).join().await;
    /// assert_eq!((number, name), (7, "seven"));
    ///
    /// let squares = [1, 2, 3].map(|n| async move { n * n }).join().await;
    /// assert_eq!(squares, [1, 4, 9]);
    /// # });
    /// ```
    fn join(self) -> Self::Future;
}

impl<C> Join for C
where
    C: IntoChildren,
    C::Children: JoinChildren,
{
    type Output = <C::Children as JoinChildren>::Output;
    type Future = container::Join<C::Children>;

    #[inline]
    fn join(self) -> Self::Future {
        container::Join::new(self.into_children())
    }
}
