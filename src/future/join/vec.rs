//! `join` of vectors.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Join, JoinChildren};
use crate::internal::slots::{Kept, Slots, Verdict};

impl<F: Future> JoinChildren for Vec<F> {
    type Slots = Slots<F, Kept<F::Output>>;
    type Output = Vec<F::Output>;

    #[inline]
    fn into_slots(self) -> Self::Slots {
        Slots::new(self)
    }

    #[inline]
    fn poll_slots(slots: Pin<&mut Self::Slots>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        slots.get_mut().poll(0, cx, |_, output| Verdict::<Infallible, _>::Keep(output)).map(|end| match end {
            ControlFlow::Continue(outputs) => outputs,
            ControlFlow::Break(never) => match never {},
        })
    }
}

impl<F: Future> Join<Vec<F>> {
    /// Gives up, and hands out what there is: the outputs of the futures that are done, each in its place.
    ///
    /// A join that is dropped loses the outputs of the finished ones. This is for a join that is given up on purpose: because of a
    /// time limit, or because somebody says so. Borrow it while it is waited for, and take it apart afterwards. It is empty if the
    /// join has given its outputs.
    ///
    /// # Allocation
    ///
    /// One block for the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::{pending, ready};
    ///
    /// use anywhen::future::{FutureExt, abortable, join_all};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut join = join_all([ready(1).boxed(), pending().boxed(), ready(3).boxed()]);
    /// let (all, handle) = abortable(&mut join);
    /// # let mut all = std::pin::pin!(all);
    /// # assert_eq!(anywhen::future::poll_once(all.as_mut()).await, None);
    /// // Somebody else, somewhere else:
    /// handle.abort();
    /// assert!(all.await.is_err());
    /// assert_eq!(join.into_partial(), [Some(1), None, Some(3)]);
    /// # });
    /// ```
    pub fn into_partial(self) -> Vec<Option<F::Output>> {
        self.slots.into_state().map_or_else(Vec::new, Slots::into_partial)
    }
}

impl<F: Future> FromIterator<F> for Join<Vec<F>> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        Self::new(iter.into_iter().collect())
    }
}
