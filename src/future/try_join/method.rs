//! `.try_join()`.

use super::TryJoinChildren;
use crate::future::container;
use crate::future::traits::IntoChildren;

/// The method [`.try_join()`](TryJoin::try_join), of tuples of 2 to 12 futures, of arrays and of `Vec`s, that give
/// `Result`s.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait TryJoin {
    /// All outputs: a tuple or an array as the futures were.
    type Output;
    /// The error that any of the futures may give.
    type Error;
    /// The future that waits for all of them.
    type Future: Future<Output = Result<Self::Output, Self::Error>>;

    /// Waits for all futures and gives all outputs, in the order of the futures, or stops at the first error.
    ///
    /// They run concurrently, on the task that awaits the whole. As soon as one fails, the rest are dropped where they
    /// are; [`.join()`](crate::future::traits::Join::join) lets all of them run to the end and gives every `Result`.
    ///
    /// # Errors
    ///
    /// The error of the future that was first to fail; if several fail in the same poll, of the first in order.
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
    /// async fn parse(text: &str) -> Result<i32, std::num::ParseIntError> {
    ///     text.parse()
    /// }
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!((parse("1"), parse("2")).try_join().await, Ok((1, 2)));
    /// assert!(["1", "two", "3"].map(parse).try_join().await.is_err());
    /// # });
    /// ```
    fn try_join(self) -> Self::Future;
}

impl<C> TryJoin for C
where
    C: IntoChildren,
    C::Children: TryJoinChildren,
{
    type Output = <C::Children as TryJoinChildren>::Ok;
    type Error = <C::Children as TryJoinChildren>::Error;
    type Future = container::TryJoin<C::Children>;

    #[inline]
    fn try_join(self) -> Self::Future {
        container::TryJoin::new(self.into_children())
    }
}
