//! `join` of vectors.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Join, JoinChildren};
use crate::internal::slots::{Slots, Verdict};

impl<F: Future> JoinChildren for Vec<F> {
    type Slots = Slots<F, F::Output>;
    type Output = Vec<F::Output>;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        Slots::new(self)
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        slots.get_mut().poll(0, cx, |_, output| Verdict::<Infallible, _>::Keep(output)).map(|end| match end {
            ControlFlow::Continue(outputs) => outputs.unwrap_or_else(|| unreachable!("all are kept")),
            ControlFlow::Break(never) => match never {},
        })
    }
}

impl<F: Future> FromIterator<F> for Join<Vec<F>> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        Self::new(iter.into_iter().collect())
    }
}
