//! `select` of arrays.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Order, SelectChildren};
use crate::internal::pinned;

impl<F: Future, const N: usize> SelectChildren for [F; N] {
    type Output = (F::Output, usize);
    type State = Self;

    #[inline]
    fn into_state(self) -> Self {
        const { assert!(N > 0, "a race of nothing would never end") };
        self
    }

    #[inline]
    fn poll_first<O: Order>(children: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut children = pinned::as_slice(children);
        let mut index = O::start(N);
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
