//! `select` and `try_select`, with the signatures of futures: the loser is handed back.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedFuture, TryFuture};

use super::{Biased, SelectChildren};
use crate::future::Either;
use crate::internal::live::{Live, dropping};

/// The future of [`select`](crate::future::select()).
///
/// # Cancel safety
///
/// Dropping it drops both futures, and holds no output to lose. To keep them, select over references to them.
///
/// # Fairness
///
/// Biased: each poll polls the left future first.
///
/// # Panics
///
/// Polling panics once an output has been given, or one of the futures has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct Select<A, B> {
    pair: Live<(A, B)>,
}

/// Waits for the first of two futures, and gives its output together with the other future.
///
/// Both must be `Unpin`; pass `pin!(future)`, `Box::pin(future)` or `&mut` of such. If the loser is not needed, the method
/// [`.select()`](crate::future::traits::Select::select) asks no `Unpin`, takes up to twelve futures and is fair.
///
/// # Cancel safety
///
/// Dropping the future drops both futures, and holds no output to lose.
///
/// # Fairness
///
/// Biased, as futures' is: each poll polls the left future first.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
///
/// use anywhen::future::{Either, select};
///
/// # anywhen::rt::Std.block_on(async {
/// let fast = pin!(async { 1 });
/// let slow = pin!(async { "two" });
/// match select(fast, slow).await {
///     Either::Left((one, slow)) => assert_eq!((one, slow.await), (1, "two")),
///     Either::Right(_) => unreachable!(),
/// }
/// # });
/// ```
#[inline]
pub fn select<A, B>(future1: A, future2: B) -> Select<A, B>
where
    A: Future + Unpin,
    B: Future + Unpin,
{
    Select { pair: Live::new((future1, future2)) }
}

impl<A: Future + Unpin, B: Future + Unpin> Future for Select<A, B> {
    type Output = Either<(A::Output, B), (B::Output, A)>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.pair).poll_and_take("Select", |pair| <(A, B)>::poll_first::<Biased>(pair, cx)).map(
            |(winner, (future1, future2))| match winner {
                Either::Left(output) => Either::Left(dropping(future1, (output, future2))),
                Either::Right(output) => Either::Right(dropping(future2, (output, future1))),
            },
        )
    }
}

impl<A: Future + Unpin, B: Future + Unpin> FusedFuture for Select<A, B> {
    fn is_terminated(&self) -> bool {
        self.pair.is_over()
    }
}

impl<A, B> fmt::Debug for Select<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pair.debug("Select", f)
    }
}

/// The future of [`try_select`].
///
/// # Cancel safety
///
/// Dropping it drops both futures, and holds no output to lose.
///
/// # Fairness
///
/// Biased: each poll polls the left future first.
///
/// # Panics
///
/// Polling panics once an output has been given, or one of the futures has panicked.
#[must_use = "futures do nothing unless polled"]
pub struct TrySelect<A, B> {
    pair: Live<(A, B)>,
}

/// As [`select`](crate::future::select()), for futures that give `Result`s: what was won comes as `Ok`, what was lost as
/// `Err`, and the other future beside either.
///
/// # Errors
///
/// The future gives the error of the first future to end, if that was an error, together with the other future.
///
/// # Cancel safety
///
/// Dropping the future drops both futures, and holds no output to lose.
///
/// # Fairness
///
/// Biased, as futures' is: each poll polls the left future first.
///
/// # Examples
///
/// ```
/// use std::future::{Ready, pending, ready};
///
/// use anywhen::future::{Either, try_select};
///
/// # anywhen::rt::Std.block_on(async {
/// let failed: Ready<Result<u8, &str>> = ready(Err("failed"));
/// match try_select(pending::<Result<u8, ()>>(), failed).await {
///     Err(Either::Right((error, _still_pending))) => assert_eq!(error, "failed"),
///     _ => unreachable!(),
/// }
/// # });
/// ```
#[inline]
pub fn try_select<A, B>(future1: A, future2: B) -> TrySelect<A, B>
where
    A: TryFuture + Unpin,
    B: TryFuture + Unpin,
{
    TrySelect { pair: Live::new((future1, future2)) }
}

/// What [`TrySelect`] gives: one side of each `Either` is the value and the other future.
type Tried<A, B> = Result<
    Either<(<A as TryFuture>::Ok, B), (<B as TryFuture>::Ok, A)>,
    Either<(<A as TryFuture>::Error, B), (<B as TryFuture>::Error, A)>,
>;

impl<A: TryFuture + Unpin, B: TryFuture + Unpin> Future for TrySelect<A, B> {
    type Output = Tried<A, B>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // `TryFuture` does not say that the output is a `Result`, so each side is polled as such by hand.
        let first = |pair: Pin<&mut (A, B)>| {
            let (future1, future2) = pair.get_mut();
            if let Poll::Ready(result) = Pin::new(future1).try_poll(cx) {
                return Poll::Ready(Either::Left(result));
            }
            Pin::new(future2).try_poll(cx).map(Either::Right)
        };
        Pin::new(&mut self.pair).poll_and_take("TrySelect", first).map(|(winner, (future1, future2))| match winner {
            Either::Left(Ok(output)) => Ok(Either::Left(dropping(future1, (output, future2)))),
            Either::Left(Err(error)) => Err(Either::Left(dropping(future1, (error, future2)))),
            Either::Right(Ok(output)) => Ok(Either::Right(dropping(future2, (output, future1)))),
            Either::Right(Err(error)) => Err(Either::Right(dropping(future2, (error, future1)))),
        })
    }
}

impl<A: TryFuture + Unpin, B: TryFuture + Unpin> FusedFuture for TrySelect<A, B> {
    fn is_terminated(&self) -> bool {
        self.pair.is_over()
    }
}

impl<A, B> fmt::Debug for TrySelect<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pair.debug("TrySelect", f)
    }
}
