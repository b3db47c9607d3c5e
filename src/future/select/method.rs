//! `.select()`.

use super::SelectChildren;
use crate::future::container;
use crate::future::traits::IntoChildren;

/// The method [`.select()`](Select::select), of tuples of 2 to 12 futures, and of arrays and `Vec`s of futures.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait Select {
    /// The output of any of the futures, and whose it is.
    type Output;
    /// The future that waits for the first of them.
    type Future: Future<Output = Self::Output>;

    /// Waits for the first of several futures, which may give different types, and drops the others.
    ///
    /// A pair gives [`Either`](crate::future::Either), larger tuples give [`Either3`](crate::future::Either3) to
    /// [`Either12`](crate::future::Either12), and an array gives the output and its index. Nothing needs to be `Unpin`.
    /// Where the outputs are of one type and it does not matter whose it is,
    /// [`.race()`](crate::future::traits::Race::race) gives it bare. The function [`select`](crate::future::select())
    /// hands the loser back instead of dropping it.
    ///
    /// The select of an empty array does not compile, as it would never end.
    ///
    /// ```compile_fail
    /// # use anywhen::prelude::*;
    /// let nothing: [std::future::Ready<()>; 0] = [];
    /// let _ = nothing.select();
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
    /// Each poll begins at a future drawn at random; with
    /// [`.select().biased()`](crate::future::container::Select::biased) at the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::pending;
    ///
    /// use anywhen::future::{Either, Either3};
    /// use anywhen::prelude::*;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// match (async { "a line" }, pending::<()>()).select().await {
    ///     Either::Left(line) => assert_eq!(line, "a line"),
    ///     Either::Right(()) => unreachable!(),
    /// }
    ///
    /// let third = (pending::<u8>(), pending::<u16>(), async { 3u32 }).select().await;
    /// assert_eq!(third, Either3::Third(3));
    ///
    /// assert_eq!([async { "the only one" }].select().await, ("the only one", 0));
    /// # });
    /// ```
    #[track_caller]
    fn select(self) -> Self::Future;
}

impl<C> Select for C
where
    C: IntoChildren,
    C::Children: SelectChildren,
{
    type Output = <C::Children as SelectChildren>::Output;
    type Future = container::Select<C::Children>;

    #[inline]
    #[track_caller]
    fn select(self) -> Self::Future {
        container::Select::new(self.into_children())
    }
}
