//! `merge` of vectors.
//!
//! A few streams are scanned. Where there are more than [`FEW`], a [`ReadySet`] says who was woken, and whoever gives an item is
//! marked to be asked again. A walk that is left off because of an item is gone on with at the next poll, so that all who have
//! items have their turn; in the biased order, what is left of it goes back into the set. A poll may so come to have an old walk to
//! end, and a new one: whom it has polled in the one it does not poll in the other, but marks, and has the task woken.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::iter;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use super::MergeChildren;
use super::scan::{Row, Scanned};
use crate::future::Order;
use crate::internal::pinned;
use crate::internal::ready_set::{ReadySet, Walk};
use crate::internal::slots::FEW;
use crate::stream::Fuse;

/// The streams, pinned by their buffer.
type Streams<St> = Pin<Box<[Fuse<St>]>>;

/// The streams of a vector.
pub struct Children<St> {
    scan: Scanned<Streams<St>>,
    /// Who was woken, if there are more than a few.
    woken: Option<Woken>,
}

struct Woken {
    set: ReadySet,
    /// The walk that was left off, or is over.
    walk: Walk,
    /// Counts the polls.
    pass: u32,
    /// In which of them each stream was polled last.
    last: Box<[u32]>,
}

impl Woken {
    /// All of so many are to be polled.
    fn new(count: usize) -> Self {
        let mut set = ReadySet::new(count);
        set.mark_all();
        Self { set, walk: Walk::new(), pass: 0, last: iter::repeat_n(0, count).collect() }
    }
}

impl<St> fmt::Debug for Children<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("left", &self.scan.left).finish_non_exhaustive()
    }
}

impl<St: Stream> Row for Streams<St> {
    type Item = St::Item;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn is_over(&self, index: usize) -> bool {
        self[index].is_terminated()
    }

    fn size_hint(&self, index: usize) -> (usize, Option<usize>) {
        self[index].size_hint()
    }

    #[inline]
    fn poll_next(self: Pin<&mut Self>, index: usize, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        pinned::element(self.as_deref_mut(), index).poll_next(cx)
    }
}

impl<St: Stream> Children<St> {
    /// The rest of the walk before, if there is one, and then a walk over those that have been woken since.
    fn poll_woken<O: Order>(&mut self, cx: &Context<'_>) -> Poll<Option<St::Item>> {
        let (Some(Woken { set, walk, pass, last }), Scanned { row, left }) = (&mut self.woken, &mut self.scan) else {
            unreachable!("there are more than a few")
        };
        set.set_parent(cx.waker());
        *pass = pass.wrapping_add(1);
        let mut told = false;
        let turn = O::start(row.len());
        for is_new in [false, true] {
            if is_new {
                *walk = set.begin();
            }
            while let Some(index) = set.next(walk, turn) {
                if core::mem::replace(&mut last[index], *pass) == *pass {
                    // It has had its turn, and has another in the next poll.
                    set.mark(index);
                    if !core::mem::replace(&mut told, true) {
                        cx.waker().wake_by_ref();
                    }
                    continue;
                }
                let waker = set.waker(index);
                match Pin::new(&mut *row).poll_next(index, &mut Context::from_waker(&waker)) {
                    Poll::Pending => {}
                    Poll::Ready(None) => {
                        set.leave(index);
                        *left -= 1;
                    }
                    item => {
                        set.mark(index);
                        if O::BIASED {
                            set.put_back(walk);
                        }
                        return item;
                    }
                }
            }
        }
        if *left == 0 { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl<St: Stream> MergeChildren for Vec<St> {
    type Item = St::Item;
    type State = Children<St>;

    fn into_state(self) -> Children<St> {
        let woken = if self.len() > FEW { Some(Woken::new(self.len())) } else { None };
        let streams = self.into_iter().map(Fuse::new).collect::<Box<[_]>>();
        Children { scan: Scanned::new(Box::into_pin(streams)), woken }
    }

    #[inline]
    fn poll_first<O: Order>(children: Pin<&mut Children<St>>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        let children = children.get_mut();
        if children.woken.is_some() {
            children.poll_woken::<O>(cx)
        } else {
            Pin::new(&mut children.scan).poll_first::<O>(cx)
        }
    }

    fn size_hint(children: &Children<St>) -> (usize, Option<usize>) {
        children.scan.size_hint()
    }
}
