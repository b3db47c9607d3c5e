//! `select` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::SelectChildren;
use crate::internal::pinned;

impl<F: Future, const N: usize> SelectChildren for [F; N] {
    type Output = (F::Output, usize);

    const COUNT: usize = N;

    #[inline]
    fn poll_from(self: Pin<&mut Self>, start: usize, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut children = pinned::as_slice(self);
        let mut index = start;
        for _ in 0..N {
            if let Poll::Ready(output) = pinned::element(children.as_mut(), index).poll(cx) {
                return Poll::Ready((output, index));
            }
            index += 1;
            if index == N {
                index = 0;
            }
        }
        Poll::Pending
    }
}
