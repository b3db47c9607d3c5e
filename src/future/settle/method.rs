//! `.settle()`.

use super::SettleChildren;
use crate::future::container;
use crate::future::traits::IntoChildren;

/// The method [`.settle()`](Settle::settle), of tuples of 2 to 12 futures, of arrays and of `Vec`s, that give
/// `Result`s, all with one type of error.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait Settle {
    /// All outputs: a tuple or an array as the futures were.
    type Output;
    /// The error that any of the futures may give.
    type Error;
    /// The future that waits for all of them.
    type Future: Future<Output = Result<Self::Output, Self::Error>>;

    /// Waits until all futures are done, failed or not, and gives all outputs, in the order of the futures, or the first
    /// error.
    ///
    /// It is for work that is to be finished or undone in any case, whatever becomes of the rest: writes, clean-ups,
    /// transactions. [`.try_join()`](crate::future::traits::TryJoin::try_join) drops the rest at the first error;
    /// [`.join()`](crate::future::traits::Join::join) waits as this one does, and gives every `Result`.
    ///
    /// # Errors
    ///
    /// The error of the future that was the first in time to fail; if several fail in the same poll, of the first in
    /// order. Later errors are dropped, and so are all outputs.
    ///
    /// # Allocation
    ///
    /// None for tuples and arrays. A `Vec` is taken as it is, with the futures in its buffer; there is one block for the
    /// outputs, and one more, of a byte for each future, if there are more than 30 and one of them has to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the unfinished futures and loses what the finished ones gave.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let written = Cell::new(0);
    /// let write = |text: &'static str| async {
    ///     let number = text.parse::<u32>()?;
    ///     written.set(written.get() + number);
    ///     Ok::<_, std::num::ParseIntError>(number)
    /// };
    /// assert_eq!(["1", "2"].map(write).settle().await, Ok([1, 2]));
    ///
    /// // The last one is written, although the first fails.
    /// assert!((write("one"), write("4")).settle().await.is_err());
    /// assert_eq!(written.get(), 7);
    /// # });
    /// ```
    fn settle(self) -> Self::Future;
}

impl<C> Settle for C
where
    C: IntoChildren,
    C::Children: SettleChildren,
{
    type Output = <C::Children as SettleChildren>::Ok;
    type Error = <C::Children as SettleChildren>::Error;
    type Future = container::Settle<C::Children>;

    #[inline]
    fn settle(self) -> Self::Future {
        container::Settle::new(self.into_children())
    }
}
