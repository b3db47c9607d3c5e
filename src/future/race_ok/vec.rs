//! `race_ok` of vectors.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::TryFuture;

use super::RaceOkChildren;
use crate::future::select::Order;
use crate::future::try_join::AsResult;
use crate::internal::slots::{Kept, Slots, Verdict};

impl<F: TryFuture> RaceOkChildren for Vec<F> {
    /// What is kept are the errors.
    type Slots = Slots<AsResult<F>, Kept<F::Error>>;
    type Ok = F::Ok;
    type Error = Vec<F::Error>;

    #[inline]
    #[track_caller]
    fn into_slots(self) -> Self::Slots {
        assert!(!self.is_empty(), "a race of nothing would never end");
        Slots::new(self.into_iter().map(AsResult::new).collect())
    }

    #[inline]
    fn poll_slots<O: Order>(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Result<F::Ok, Self::Error>> {
        let slots = slots.get_mut();
        let start = O::start(slots.count());
        let judge = |_, result| match result {
            Ok(output) => Verdict::End(output),
            Err(error) => Verdict::Keep(error),
        };
        slots.poll(start, cx, judge).map(|end| match end {
            ControlFlow::Break(output) => Ok(output),
            ControlFlow::Continue(errors) => Err(errors),
        })
    }
}
