//! `select_all` and `select_ok`, with the signatures of futures: those that are not done are handed back.

use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, TryFuture};

use super::{Biased, SelectChildren};
use crate::future::try_join::AsResult;
use crate::internal::live::{Live, dropping};
use crate::internal::slots::{Slots, Verdict};

/// The future of [`select_all`].
///
/// # Cancel safety
///
/// Dropping it drops all futures, and holds no output to lose. To keep them, select over references to them.
///
/// # Fairness
///
/// Biased: each poll polls the futures in order, and of more than 30 those that were woken.
///
/// # Allocation
///
/// As [`select_all`].
///
/// # Panics
///
/// Polling panics once an output has been given, or one of the futures has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct SelectAll<F> {
    slots: Live<Slots<F, ()>>,
}

/// Waits for the first of any number of futures, and gives its output, its index, and the other futures.
///
/// The last of the others takes the place of the one that is done, as with `Vec::swap_remove`. They must be `Unpin`;
/// pass `Box::pin(future)` or `&mut` of such. If the losers are not needed, the method
/// [`.select()`](crate::future::traits::Select::select) of a `Vec` asks no `Unpin` and is fair. To wait for one after the
/// other of a number of futures, use a set: selecting again and again from what is left polls all of them each time.
///
/// # Cancel safety
///
/// Dropping the future drops all futures, and holds no output to lose.
///
/// # Fairness
///
/// Biased, as futures' is: each poll polls the futures in order, and of more than 30 those that were woken.
///
/// # Allocation
///
/// At most two blocks: the futures themselves (a `Vec` is taken as it is), and, if there are more than 30 of them and the
/// first have to wait, a byte for each. What is handed back lies in the first.
///
/// # Panics
///
/// If there are no futures at all.
///
/// # Examples
///
/// ```
/// use std::future::{pending, ready};
///
/// use anywhen::future::{FutureExt, select_all};
///
/// # anywhen::rt::Std.block_on(async {
/// let futures = [pending().boxed(), ready(2).boxed(), pending().boxed()];
/// let (output, index, rest) = select_all(futures).await;
/// assert_eq!((output, index, rest.len()), (2, 1, 2));
/// # });
/// ```
#[track_caller]
pub fn select_all<I>(iter: I) -> SelectAll<I::Item>
where
    I: IntoIterator<Item: Future + Unpin>,
{
    let futures = iter.into_iter().collect::<Vec<_>>();
    assert!(!futures.is_empty(), "`select_all` of nothing would never end");
    SelectAll { slots: Live::new(futures.into_state()) }
}

impl<F: Unpin> SelectAll<F> {
    /// The futures, in order, as they are; none if one has given its output, or has panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use anywhen::future::select_all;
    ///
    /// let futures = select_all([ready(1), ready(2)]).into_inner();
    /// assert_eq!(futures.len(), 2);
    /// ```
    pub fn into_inner(self) -> Vec<F> {
        self.slots.into_state().map_or_else(Vec::new, Slots::into_waiting)
    }
}

impl<F: Future + Unpin> FromIterator<F> for SelectAll<F> {
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        select_all(iter)
    }
}

impl<F: Future + Unpin> Future for SelectAll<F> {
    type Output = (F::Output, usize, Vec<F>);

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.slots)
            .poll_and_take("SelectAll", |slots| Vec::<F>::poll_first::<Biased>(slots, cx))
            .map(|((output, index), slots)| (output, index, slots.into_rest(index)))
    }
}

impl<F: Future + Unpin> FusedFuture for SelectAll<F> {
    fn is_terminated(&self) -> bool {
        self.slots.is_over()
    }
}

impl<F> fmt::Debug for SelectAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slots.debug("SelectAll", f)
    }
}

/// The future of [`select_ok`].
///
/// # Cancel safety
///
/// Dropping it drops all futures; the last error up to now is lost.
///
/// # Fairness
///
/// Biased: each poll polls the futures in order, and of more than 30 those that were woken.
///
/// # Allocation
///
/// As [`select_all`].
///
/// # Panics
///
/// Polling panics once it has given its result, or one of the futures has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct SelectOk<F: TryFuture> {
    state: Live<Rivals<F>>,
}

/// Those that may still succeed, and the error of the last that did not.
struct Rivals<F: TryFuture> {
    slots: Slots<AsResult<F>, ()>,
    error: Option<F::Error>,
}

// The futures lie in a buffer, and the error is never pinned.
impl<F: TryFuture> Unpin for Rivals<F> {}

/// Waits for the first of any number of futures to succeed, and gives what it gave, and the other futures.
///
/// Futures that fail are dropped; the rest come back in any order.
///
/// # Errors
///
/// If all fail, the future gives the error of the one that was last to do so.
///
/// # Cancel safety
///
/// Dropping the future drops all futures; the last error up to now is lost.
///
/// # Fairness
///
/// Biased, as futures' is: each poll polls the futures in order, and of more than 30 those that were woken.
///
/// # Allocation
///
/// As [`select_all`].
///
/// # Panics
///
/// If there are no futures at all.
///
/// # Examples
///
/// ```
/// use std::future::ready;
///
/// use anywhen::future::select_ok;
///
/// # anywhen::rt::Std.block_on(async {
/// let (answer, rest) = select_ok([ready(Err("no")), ready(Ok(2)), ready(Ok(3))]).await.unwrap();
/// assert_eq!((answer, rest.len()), (2, 1));
///
/// let failed = select_ok([ready(Err::<(), _>("no")), ready(Err("no, never"))]).await;
/// assert_eq!(failed.unwrap_err(), "no, never");
/// # });
/// ```
#[track_caller]
pub fn select_ok<I>(iter: I) -> SelectOk<I::Item>
where
    I: IntoIterator<Item: TryFuture + Unpin>,
{
    let futures = iter.into_iter().map(AsResult::new).collect::<Vec<_>>();
    assert!(!futures.is_empty(), "`select_ok` of nothing would never end");
    SelectOk { state: Live::new(Rivals { slots: Slots::new(futures), error: None }) }
}

impl<F: TryFuture + Unpin> FromIterator<F> for SelectOk<F> {
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        select_ok(iter)
    }
}

impl<F: TryFuture + Unpin> Future for SelectOk<F> {
    type Output = Result<(F::Ok, Vec<F>), F::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let pass = |rivals: Pin<&mut Rivals<F>>| {
            let Rivals { slots, error } = rivals.get_mut();
            slots.poll(0, cx, |index, result| match result {
                Ok(output) => Verdict::EndTogether((output, index)),
                Err(last) => {
                    *error = Some(last);
                    Verdict::Keep(())
                }
            })
        };
        Pin::new(&mut self.state).poll_and_take("SelectOk", pass).map(|(end, Rivals { slots, error })| match end {
            ControlFlow::Break((output, winner)) => {
                let output = dropping(error, output);
                Ok((output, slots.into_rest(winner).into_iter().map(AsResult::into_inner).collect()))
            }
            ControlFlow::Continue(()) => match error {
                // The slots have the task's waker.
                Some(error) => Err(dropping(slots, error)),
                None => unreachable!("there is a child, and it has failed"),
            },
        })
    }
}

impl<F: TryFuture + Unpin> FusedFuture for SelectOk<F> {
    fn is_terminated(&self) -> bool {
        self.state.is_over()
    }
}

impl<F: TryFuture> fmt::Debug for SelectOk<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.debug("SelectOk", f)
    }
}
