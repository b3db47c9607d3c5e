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
use core::mem::{ManuallyDrop, MaybeUninit};
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
    places: Places<F, O>,
    who: Who,
    /// It was polled with the task's own waker, before there was a set: the next pass polls it.
    stale: Option<usize>,
}

/// Where children and outputs lie.
struct Places<F, O> {
    /// The vector's buffer, with a place for each child.
    children: Vec<MaybeUninit<F>>,
    outputs: O,
}

/// Which children are not done.
enum Who {
    /// Few: those of these bits.
    Few(usize),
    /// Many, of whom all that were polled are done: so many are left, which are the last from the first one on, and round.
    First { first: usize, left: usize },
    /// Many, of whom one had to wait: those that are there as far as the set knows, who are so many.
    Woken { set: ReadySet, left: usize },
}

impl<F, O: Outputs> fmt::Debug for Slots<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("count", &self.count()).field("left", &self.left()).finish_non_exhaustive()
    }
}

// Children are pinned by the buffer, wherever this is.
impl<F, O: Outputs> Unpin for Slots<F, O> {}

impl<F, O: Outputs> Slots<F, O> {
    /// No allocation but that of the outputs.
    #[inline]
    pub(crate) fn new(children: Vec<F>) -> Self {
        let count = children.len();
        // First, for the children are dropped if it panics.
        let outputs = O::new(count);
        Self {
            who: if count <= FEW { Who::Few((1 << count) - 1) } else { Who::First { first: 0, left: count } },
            places: Places { children: hide(children), outputs },
            stale: None,
        }
    }

    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.places.children.len()
    }

    /// How many children wait, or were not polled yet.
    #[inline]
    fn left(&self) -> usize {
        match self.who {
            Who::Few(waiting) => waiting.count_ones() as usize,
            Who::First { left, .. } | Who::Woken { left, .. } => left,
        }
    }

    /// Whether all are done.
    #[inline]
    fn is_over(&self) -> bool {
        let (Who::Few(left) | Who::First { left, .. } | Who::Woken { left, .. }) = self.who;
        left == 0
    }

    /// Whether a child is not done.
    #[inline]
    fn is_there(&self, index: usize) -> bool {
        match &self.who {
            Who::Few(waiting) => waiting & (1 << index) != 0,
            Who::First { first, left } => {
                let position = around(index + self.count() - first, self.count());
                position >= self.count() - left
            }
            Who::Woken { set, .. } => set.is_there(index),
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
        match &mut self.who {
            Who::Few(_) => {}
            Who::First { first, left } => {
                *first = turn;
                let mut index = turn;
                if let Some(end) = self.places.poll_first(left, &mut index, cx, &mut judge) {
                    return Poll::Ready(ControlFlow::Break(end));
                }
                if *left > 0 {
                    self.waits(index, turn, cx);
                }
            }
            Who::Woken { set, .. } => {
                set.set_parent(cx.waker());
                if let Some(stale) = self.stale {
                    self.stale = None;
                    set.mark(stale);
                }
            }
        }
        let end = match &mut self.who {
            Who::Few(waiting) => self.places.poll_few(waiting, turn, cx, &mut judge),
            Who::First { .. } => None,
            Who::Woken { set, left } => self.places.poll_woken(set, left, turn, &mut judge),
        };
        match end {
            Some(end) => Poll::Ready(ControlFlow::Break(end)),
            // SAFETY: all are done, and none has panicked.
            None if self.is_over() => Poll::Ready(ControlFlow::Continue(unsafe { self.places.outputs.take() })),
            None => Poll::Pending,
        }
    }

    /// The first of many that has to wait. All before it are done; all behind it are polled next, with wakers of their own.
    #[cold]
    fn waits(&mut self, index: usize, turn: usize, cx: &Context<'_>) {
        let (count, left) = (self.count(), self.left());
        let mut set = ReadySet::new(count);
        set.set_parent(cx.waker());
        (turn..turn + count - left).for_each(|done| set.leave(around(done, count)));
        set.mark_all();
        set.unmark(index);
        self.stale = Some(index);
        self.who = Who::Woken { set, left };
    }
}

impl<F, O> Places<F, O> {
    #[inline]
    fn child(&mut self, index: usize) -> *mut F {
        debug_assert!(index < self.children.len());
        // SAFETY: there is a place for each.
        unsafe { self.children.as_mut_ptr().add(index) }.cast()
    }
}

impl<F: Future, O: Outputs> Places<F, O> {
    /// Any pass over few: all that wait, with the task's own waker.
    #[inline]
    fn poll_few<B>(
        &mut self,
        waiting: &mut usize,
        turn: usize,
        cx: &mut Context<'_>,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        let before = (1 << turn) - 1;
        let (mut now, mut later) = (*waiting & !before, *waiting & before);
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
                if let Some(end) = self.done(index, output, || *waiting &= !(1 << index), judge) {
                    return Some(end);
                }
            }
        }
    }

    /// The first pass over many, from `index` on up to the first that has to wait, if any is left. All are polled with the task's own
    /// waker.
    #[inline]
    fn poll_first<B>(
        &mut self,
        left: &mut usize,
        index: &mut usize,
        cx: &mut Context<'_>,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        while *left > 0 {
            // SAFETY: it was not polled yet.
            let Poll::Ready(output) = (unsafe { self.poll_child(*index, cx.waker()) }) else { break };
            if let Some(end) = self.done(*index, output, || *left -= 1, judge) {
                return Some(end);
            }
            *index += 1;
            if *index == self.children.len() {
                *index = 0;
            }
        }
        None
    }

    /// Any pass over many in which those are polled that were woken.
    #[inline]
    fn poll_woken<B>(
        &mut self,
        set: &mut ReadySet,
        left: &mut usize,
        turn: usize,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, O::One>,
    ) -> Option<B> {
        let mut walk = set.begin();
        loop {
            let index = set.next(&mut walk, turn)?;
            let waker = set.waker(index);
            // SAFETY: the set gives those that are there.
            if let Poll::Ready(output) = unsafe { self.poll_child(index, &waker) } {
                let leave = || {
                    *left -= 1;
                    set.leave(index);
                };
                if let Some(end) = self.done(index, output, leave, judge) {
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

    /// A child has given something. Unless it stays for the end, `leave` is told that it is not there any longer.
    #[inline(always)]
    fn done<B>(
        &mut self,
        index: usize,
        output: F::Output,
        leave: impl FnOnce(),
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
        leave();
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

/// What has that number, going on at the first behind the last.
#[inline]
const fn around(number: usize, count: usize) -> usize {
    if number < count { number } else { number - count }
}

/// The buffer of a vector whose values are there as far as somebody else knows.
#[inline]
fn hide<T>(values: Vec<T>) -> Vec<MaybeUninit<T>> {
    let mut values = ManuallyDrop::new(values);
    let (pointer, length, capacity) = (values.as_mut_ptr(), values.len(), values.capacity());
    // SAFETY: the buffer of a vector of the same layout, which is given up.
    unsafe { Vec::from_raw_parts(pointer.cast(), length, capacity) }
}

/// The other way round, of a buffer in which these many are there, from the beginning on.
///
/// # Safety
///
/// It is so.
#[inline]
unsafe fn show<T>(places: Vec<MaybeUninit<T>>, length: usize) -> Vec<T> {
    let mut places = ManuallyDrop::new(places);
    let (pointer, capacity) = (places.as_mut_ptr(), places.capacity());
    // SAFETY: the buffer of a vector of the same layout, which is given up, and the caller says what is there.
    unsafe { Vec::from_raw_parts(pointer.cast(), length, capacity) }
}
