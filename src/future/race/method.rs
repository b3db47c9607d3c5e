//! `.race()`.

use super::SameOutput;
use crate::future::container;
use crate::future::select::SelectChildren;
use crate::future::traits::IntoChildren;

/// The method [`.race()`](Race::race), of tuples of 2 to 12 futures, of arrays and of `Vec`s, that all give one type.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait Race {
    /// The output of any of the futures.
    type Output;
    /// The future that waits for the first of them.
    type Future: Future<Output = Self::Output>;

    /// Waits for the first of several futures that give the same type, and drops the others.
    ///
    /// The first to end wins, be it with an error: outputs that are `Result`s are not looked into.
    /// [`.select()`](crate::future::traits::Select::select) takes futures of different types and says whose the output
    /// is.
    ///
    /// The race of an empty array does not compile, as it would never end.
    ///
    /// ```compile_fail
    /// # use anywhen::prelude::*;
    /// let nobody: [std::future::Ready<()>; 0] = [];
    /// let _ = nobody.race();
    /// ```
    ///
    /// # Allocation
    ///
    /// None for tuples and arrays. A `Vec` is taken as it is, with the futures in its buffer; there is one block, of a
    /// byte for each future, if there are more than 30 and the first has to wait.
    ///
    /// # Panics
    ///
    /// If a `Vec` is empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops all futures, and holds no output to lose. The losers are dropped likewise.
    ///
    /// # Fairness
    ///
    /// Each poll begins at a future drawn at random; with [`.race().biased()`](crate::future::container::Race::biased)
    /// at the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::pending;
    ///
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!((async { "answer" }, pending()).race().await, "answer");
    ///
    /// let mirrors = [1, 2, 3].map(|mirror| async move { mirror });
    /// assert!((1..=3).contains(&mirrors.race().await));
    /// # });
    /// ```
    #[track_caller]
    fn race(self) -> Self::Future;
}

impl<C> Race for C
where
    C: IntoChildren,
    C::Children: SelectChildren<Output: SameOutput>,
{
    type Output = <<C::Children as SelectChildren>::Output as SameOutput>::Output;
    type Future = container::Race<C::Children>;

    #[inline]
    #[track_caller]
    fn race(self) -> Self::Future {
        container::Race::new(self.into_children())
    }
}
