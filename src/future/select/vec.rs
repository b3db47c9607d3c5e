//! `select` of vectors, and so `race`.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Order, SelectChildren};
use crate::internal::slots::{Slots, Verdict};

impl<F: Future> SelectChildren for Vec<F> {
    type Output = (F::Output, usize);
    /// Nothing is kept: who has an output is the last.
    type State = Slots<F, ()>;

    #[inline]
    #[track_caller]
    fn into_state(self) -> Self::State {
        assert!(!self.is_empty(), "a race of nothing would never end");
        Slots::new(self)
    }

    #[inline]
    fn poll_first<O: Order>(slots: Pin<&mut Self::State>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let slots = slots.get_mut();
        let start = O::start(slots.count());
        slots.poll(start, cx, |index, output| Verdict::EndTogether((output, index))).map(|end| match end {
            ControlFlow::Break(winner) => winner,
            ControlFlow::Continue(()) => unreachable!("there is a child, and the first to be done ends it"),
        })
    }
}
