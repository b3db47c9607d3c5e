//! `try_join` of vectors.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::{AsResult, TryJoin, TryJoinChildren};
use crate::internal::slots::{Kept, Slots, Verdict};

impl<F: TryFuture> TryJoinChildren for Vec<F> {
    type Slots = Slots<AsResult<F>, Kept<F::Ok>>;
    type Ok = Vec<F::Ok>;
    type Error = F::Error;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        Slots::new(self.into_iter().map(AsResult::new).collect())
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Error>> {
        let judge = |_, result| match result {
            Ok(output) => Verdict::Keep(output),
            Err(error) => Verdict::End(error),
        };
        slots.get_mut().poll(0, cx, judge).map(|end| match end {
            ControlFlow::Continue(outputs) => Ok(outputs),
            ControlFlow::Break(error) => Err(error),
        })
    }
}

impl<F: TryFuture> FromIterator<F> for TryJoin<Vec<F>> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        Self::new(iter.into_iter().collect())
    }
}
