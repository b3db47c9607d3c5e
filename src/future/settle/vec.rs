//! `settle` of vectors.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::SettleChildren;
use crate::future::try_join::AsResult;
use crate::internal::slots::{Kept, Slots, Verdict};

/// What each has given.
type Ends<F> = Kept<Result<<F as TryFuture>::Ok, <F as TryFuture>::Error>>;

/// The children of a vector with what they gave, and who was the first to fail.
pub struct SettlingVec<F: TryFuture> {
    slots: Slots<AsResult<F>, Ends<F>>,
    first_failed: Option<usize>,
}

// The children lie in a buffer.
impl<F: TryFuture> Unpin for SettlingVec<F> {}

impl<F: TryFuture> fmt::Debug for SettlingVec<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slots.fmt(f)
    }
}

impl<F: TryFuture> SettleChildren for Vec<F> {
    type Slots = SettlingVec<F>;
    type Ok = Vec<F::Ok>;
    type Error = F::Error;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        SettlingVec { slots: Slots::new(self.into_iter().map(AsResult::new).collect()), first_failed: None }
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>> {
        let SettlingVec { slots, first_failed } = slots.get_mut();
        let judge = |index, result: Result<_, _>| {
            if result.is_err() {
                first_failed.get_or_insert(index);
            }
            Verdict::<Infallible, _>::Keep(result)
        };
        slots
            .poll(0, cx, judge)
            .map(|end| {
                let mut results = match end {
                    ControlFlow::Continue(results) => results,
                    ControlFlow::Break(never) => match never {},
                };
                match *first_failed {
                    Some(index) => {
                        let failed = results.remove(index);
                        // Not left to the end of the scope, see rust#47949.
                        drop(results);
                        Err(failed)
                    }
                    None => Ok(results),
                }
            })
            .map(|settled| match settled {
                Ok(results) => Ok(results.into_iter().filter_map(Result::ok).collect()),
                Err(failed) => Err(failed.err().unwrap_or_else(|| unreachable!("it has failed"))),
            })
    }
}
