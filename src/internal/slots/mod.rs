//! The children of a `Vec`, and what comes of them.
//!
//! The children stay in the vector's own buffer: it is theirs until the end, so nothing is moved once it has been polled,
//! and nothing is copied to begin with. What they give lies in a second buffer, which becomes the vector of the outputs, or is not
//! kept: see [`Outputs`]. That is all for a few children. Where there are more than [`FEW`], and not all of them are ready at once,
//! a [`ReadySet`] says who was woken.
//!
//! # Who is there
//!
//! Each child waits, or is done. One that waits is there, and has no output; one that is done was dropped, and has one, if outputs
//! are kept. [`Who`] says which are which.

#![allow(unsafe_code, reason = "children are pinned in a buffer that the vector knows nothing of")]

mod end;
mod outputs;

use alloc::vec::Vec;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

pub(crate) use self::outputs::{Kept, Outputs};
use super::ready_set::ReadySet;

/// Up to so many children are polled with the task's own waker, all of them that wait at each poll. That is faster than to
/// know who was woken.
pub(crate) const FEW: usize = if cfg!(anywhen_loom) { 1 } else { 30 };

/// What to do with what a child has given.
pub(crate) enum Verdict<B, T> {
    /// It is the child's output, to be given with the others.
    Keep(T),
    /// It is the end, whatever the others do. The child goes before them.
    End(B),
    /// The same, but the child goes with the others, in order.
    EndTogether(B),
}

/// Children, and the outputs of those that are done.
pub struct Slots<F, O: Outputs> {
    /// The vector's buffer, with nothing in it as far as the vector knows.
    buffer: ManuallyDrop<Vec<F>>,
    count: usize,
    /// How many children wait, or were not polled yet.
    left: usize,
    who: Who,
    /// It was polled with the task's own waker, before there was a set: the next pass polls it.
    stale: Option<usize>,
    outputs: O,
}

/// Which children are not done.
enum Who {
    /// Few: those of these bits.
    Few(usize),
    /// Many, of whom all that were polled are done: from this one on, and round.
    First(usize),
    /// Many, of whom one had to wait: those that are there as far as the set knows.
    Woken(ReadySet),
}

impl<F, O: Outputs> fmt::Debug for Slots<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("count", &self.count).field("left", &self.left).finish_non_exhaustive()
    }
}

// Children are pinned by the buffer, wherever this is.
impl<F, O: Outputs> Unpin for Slots<F, O> {}

impl<F, O: Outputs> Slots<F, O> {
    /// No allocation but that of the outputs.
    #[inline]
    pub(crate) fn new(mut children: Vec<F>) -> Self {
        let count = children.len();
        // First, since it panics where so many do not fit.
        let outputs = O::new(count);
        // SAFETY: none are more than there is room for, and it is known who is left behind.
        unsafe { children.set_len(0) };
        Self {
            buffer: ManuallyDrop::new(children),
            count,
            left: count,
            who: if count <= FEW { Who::Few((1 << count) - 1) } else { Who::First(0) },
            stale: None,
            outputs,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The place of a child.
    #[inline]
    fn child(&mut self, index: usize) -> *mut F {
        debug_assert!(index < self.count);
        // SAFETY: the buffer has room for `count`.
        unsafe { self.buffer.as_mut_ptr().add(index) }
    }

    /// Whether a child is not done.
    #[inline]
    fn is_there(&self, index: usize) -> bool {
        match &self.who {
            Who::Few(waiting) => waiting & (1 << index) != 0,
            Who::First(first) => {
                let position = if index < *first { index + self.count - first } else { index - first };
                position >= self.count - self.left
            }
            Who::Woken(set) => set.is_there(index),
        }
    }

    /// A child, the last that was polled, is not there any longer.
    #[inline(always)]
    fn leaves(&mut self, index: usize) {
        self.left -= 1;
        match &mut self.who {
            Who::Few(waiting) => *waiting &= !(1 << index),
            Who::First(_) => {}
            Who::Woken(set) => set.leave(index),
        }
    }
}

impl<F: Future, O: Outputs> Slots<F, O> {
    /// Polls those of the children that were not polled yet, or may have been woken. `judge` says what to do with what
    /// they give, and which child gave it. When none is left, their outputs are given.
    ///
    /// A pass begins at the child `turn`, which is less than the number of children, or zero; of many, a later one begins at another
    /// that follows from it.
    ///
    /// Must not be called again once it was ready, or has unwound; dropping this is all that may be done then.
    #[inline]
    pub(crate) fn poll<B>(
        &mut self,
        turn: usize,
        cx: &mut Context<'_>,
        mut judge: impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Poll<ControlFlow<B, O::All>> {
        let end = match &mut self.who {
            Who::Few(waiting) => {
                let waiting = *waiting;
                self.poll_few(waiting, turn, cx, &mut judge)
            }
            Who::First(first) => {
                *first = turn;
                self.poll_first(turn, cx, &mut judge).or_else(|| self.poll_woken(turn, &mut judge))
            }
            Who::Woken(set) => {
                set.set_parent(cx.waker());
                if let Some(stale) = self.stale.take() {
                    set.mark(stale);
                }
                self.poll_woken(turn, &mut judge)
            }
        };
        match end {
            Some(end) => Poll::Ready(ControlFlow::Break(end)),
            None if self.left > 0 => Poll::Pending,
            // SAFETY: all are done, and none has panicked.
            None => Poll::Ready(ControlFlow::Continue(unsafe { self.outputs.take() })),
        }
    }

    /// Any pass over few: all that wait, with the task's own waker.
    #[inline]
    fn poll_few<B>(
        &mut self,
        waiting: usize,
        turn: usize,
        cx: &mut Context<'_>,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        let before = (1 << turn) - 1;
        let (mut now, mut later) = (waiting & !before, waiting & before);
        loop {
            if now == 0 {
                if later == 0 {
                    return None;
                }
                now = core::mem::take(&mut later);
            }
            let index = now.trailing_zeros() as usize;
            now &= now - 1;
            // SAFETY: it waits.
            if let Poll::Ready(output) = unsafe { self.poll_child(index, cx.waker()) } {
                if let Some(end) = self.done(index, output, judge) {
                    return Some(end);
                }
            }
        }
    }

    /// The first pass over many, up to the first that has to wait. All are polled with the task's own waker.
    #[inline]
    fn poll_first<B>(
        &mut self,
        turn: usize,
        cx: &mut Context<'_>,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        let mut index = turn;
        while self.left > 0 {
            // SAFETY: it was not polled yet.
            match unsafe { self.poll_child(index, cx.waker()) } {
                Poll::Pending => {
                    self.waits(index, turn, cx);
                    break;
                }
                Poll::Ready(output) => {
                    if let Some(end) = self.done(index, output, judge) {
                        return Some(end);
                    }
                }
            }
            index += 1;
            if index == self.count {
                index = 0;
            }
        }
        None
    }

    /// The first of many that has to wait. All before it are done; all behind it are polled next, with wakers of their own.
    #[cold]
    fn waits(&mut self, index: usize, turn: usize, cx: &Context<'_>) {
        let mut set = ReadySet::new(self.count);
        set.set_parent(cx.waker());
        (0..self.count - self.left).for_each(|position| set.leave((turn + position) % self.count));
        set.mark_all();
        set.unmark(index);
        self.who = Who::Woken(set);
        self.stale = Some(index);
    }

    /// Any pass over many in which those are polled that were woken.
    #[inline]
    fn poll_woken<B>(
        &mut self,
        turn: usize,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        let Who::Woken(set) = &mut self.who else { return None };
        let mut walk = set.begin();
        loop {
            let Who::Woken(set) = &mut self.who else { return None };
            let index = set.next(&mut walk, turn)?;
            let waker = set.waker(index);
            // SAFETY: the set gives those that are there.
            if let Poll::Ready(output) = unsafe { self.poll_child(index, &waker) } {
                if let Some(end) = self.done(index, output, judge) {
                    return Some(end);
                }
            }
        }
    }

    /// # Safety
    ///
    /// The child is there.
    #[inline(always)]
    unsafe fn poll_child(&mut self, index: usize, waker: &Waker) -> Poll<F::Output> {
        // SAFETY: it is there, as the caller says, and pinned by the buffer.
        unsafe { Pin::new_unchecked(&mut *self.child(index)) }.poll(&mut Context::from_waker(waker))
    }

    /// A child has given something.
    #[inline(always)]
    fn done<B>(
        &mut self,
        index: usize,
        output: F::Output,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        /// The child has no output, and never will.
        struct Hole<'a, O: Outputs>(&'a mut O, usize);

        impl<O: Outputs> Drop for Hole<'_, O> {
            fn drop(&mut self) {
                self.0.put_none(self.1);
            }
        }

        let verdict = judge(index, output);
        if let Verdict::EndTogether(end) = verdict {
            return Some(end);
        }
        let child = self.child(index);
        // It is not there any longer, whatever its destructor does.
        self.leaves(index);
        let hole = Hole(&mut self.outputs, index);
        // SAFETY: it was there, and is dropped where it is, once.
        unsafe { child.drop_in_place() };
        match verdict {
            Verdict::Keep(output) => {
                core::mem::forget(hole);
                // SAFETY: there are as many places as children, and each is done once.
                unsafe { self.outputs.put(index, output) };
                None
            }
            Verdict::End(end) | Verdict::EndTogether(end) => Some(end),
        }
    }
}
