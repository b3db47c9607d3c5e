//! `.race_ok()`.

use super::RaceOkChildren;
use crate::future::container;
use crate::future::traits::IntoChildren;

/// The method [`.race_ok()`](RaceOk::race_ok), of tuples of 2 to 12 futures, of arrays and of `Vec`s, that give
/// `Result`s, all with one type of `Ok`.
///
/// It comes into scope with the [prelude](crate::prelude).
pub trait RaceOk {
    /// What any of the futures gives that does not fail.
    type Output;
    /// All errors: a tuple, an array or a `Vec` as the futures were.
    type Error;
    /// The future that waits for the first success.
    type Future: Future<Output = Result<Self::Output, Self::Error>>;

    /// Waits for the first of several futures that does not fail, and drops the others.
    ///
    /// Where [`.race()`](crate::future::traits::Race::race) takes whatever comes first, be it an error, this one goes on
    /// for as long as there is a future that may succeed. Only the types of `Ok` have to be the same.
    ///
    /// The race of an empty array does not compile, as it would never end.
    ///
    /// ```compile_fail
    /// # use anywhen::prelude::*;
    /// let nobody: [std::future::Ready<Result<(), ()>>; 0] = [];
    /// let _ = nobody.race_ok();
    /// ```
    ///
    /// # Errors
    ///
    /// If all futures fail, every error, in the order of the futures: as they are, in a tuple or an array, so that
    /// `|[first, ..]| first` takes the one that matters.
    ///
    /// # Allocation
    ///
    /// None for tuples and arrays. A `Vec` is taken as it is, with the futures in its buffer; there is one block for the
    /// errors, and one more, of a byte for each future, if there are more than 30 and one of them has to wait.
    ///
    /// # Panics
    ///
    /// If a `Vec` is empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the unfinished futures and loses the errors of those that have failed. The losers are
    /// dropped likewise.
    ///
    /// # Fairness
    ///
    /// Each poll begins at a future drawn at random; with
    /// [`.race_ok().biased()`](crate::future::container::RaceOk::biased) at the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// async fn fetch(mirror: &str) -> Result<usize, String> {
    ///     if mirror.contains("down") { Err(format!("{mirror}: no answer")) } else { Ok(mirror.len()) }
    /// }
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(["a.down", "b.up", "c.down"].map(fetch).race_ok().await, Ok(4));
    ///
    /// let errors = ["a.down", "b.down"].map(fetch).race_ok().await.unwrap_err();
    /// assert_eq!(errors, ["a.down: no answer", "b.down: no answer"]);
    ///
    /// // The errors of a tuple may be of different types.
    /// let both = (fetch("a.down"), async { "7".parse() }).race_ok().await;
    /// assert_eq!(both, Ok(7));
    /// # });
    /// ```
    #[track_caller]
    fn race_ok(self) -> Self::Future;
}

impl<C> RaceOk for C
where
    C: IntoChildren,
    C::Children: RaceOkChildren,
{
    type Output = <C::Children as RaceOkChildren>::Ok;
    type Error = <C::Children as RaceOkChildren>::Error;
    type Future = container::RaceOk<C::Children>;

    #[inline]
    #[track_caller]
    fn race_ok(self) -> Self::Future {
        container::RaceOk::new(self.into_children())
    }
}
