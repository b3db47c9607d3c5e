//! The children of a `Vec`, and what comes of them.
//!
//! The children stay in the vector's own buffer: it is theirs until the end, so nothing is moved once it has been polled,
//! and nothing is copied to begin with. What they give lies in a second buffer, which becomes the vector of the outputs.
//! That is all for a few children. Where there are more than [`FEW`], and not all of them are ready at once,
//! a [`ReadySet`] says who was woken.
//!
//! # Who is there
//!
//! Each child is in one of these states:
//!
//! | state | told by | child | output |
//! |---|---|---|---|
//! | not polled yet | its position is not below `fresh` | there | |
//! | waits | it is, and it is entered in `waiting` or in the set | there | |
//! | done | it is, and it is not | dropped | there, while `keeps` |
//!
//! A *position* is where a child comes in the first pass over many, which begins at any child and goes round; counting from
//! that one, `index` says where it is in the vector. Few all wait from the start, and their positions are their indices.

#![allow(unsafe_code, reason = "children are pinned in a buffer that is partly initialised")]

use alloc::vec::Vec;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit, needs_drop};
use core::ops::ControlFlow;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use super::ready_set::{ReadySet, Walk};

/// Up to so many children are polled with the task's own waker, all of them that wait at each poll. That is faster than to
/// know who was woken.
pub(crate) const FEW: usize = if cfg!(anywhen_loom) { 1 } else { 30 };

/// What to do with what a child has given.
pub(crate) enum Verdict<B, T> {
    /// It is the child's output, to be given with the others.
    Keep(T),
    /// There will be no outputs: those that are there are dropped, and none are kept from now on.
    Forget,
    /// It is the end, whatever the others do. The child goes before them.
    End(B),
    /// The same, but the child goes with the others, in order.
    EndTogether(B),
}

/// Children, and the outputs of those that are done.
pub struct Slots<F, T> {
    /// The vector's buffer, with nothing in it as far as the vector knows.
    buffer: ManuallyDrop<Vec<F>>,
    count: usize,
    /// Which child the first pass begins with.
    first: usize,
    /// How many positions have been polled.
    fresh: usize,
    /// How many children wait.
    left: usize,
    /// Which of the positions wait, where there are few.
    waiting: usize,
    /// The same where there are more.
    set: Option<ReadySet>,
    /// The child that was polled with the task's own waker although there is a set, if there is one: the next pass polls it.
    stale: Option<usize>,
    outputs: Vec<MaybeUninit<T>>,
    keeps: bool,
    /// The position of a child that is done and has no output though they are kept. It is the last that was polled.
    hole: Option<usize>,
}

impl<F, T> fmt::Debug for Slots<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("count", &self.count).field("left", &self.left).finish_non_exhaustive()
    }
}

// Children are pinned by the buffer, wherever this is.
impl<F, T> Unpin for Slots<F, T> {}

impl<F, T> Slots<F, T> {
    /// One allocation for the outputs, unless they take no room.
    pub(crate) fn new(mut children: Vec<F>) -> Self {
        let count = children.len();
        // SAFETY: none are more than there is room for, and what is left behind is told by `fresh` and the others.
        unsafe { children.set_len(0) };
        let mut outputs = Vec::with_capacity(count);
        // SAFETY: there is room for as many, and they need not be initialised.
        unsafe { outputs.set_len(count) };
        // Few wait from the start.
        let is_few = count <= FEW;
        Self {
            buffer: ManuallyDrop::new(children),
            count,
            first: 0,
            fresh: if is_few { count } else { 0 },
            left: if is_few { count } else { 0 },
            waiting: if is_few { (1 << count) - 1 } else { 0 },
            set: None,
            stale: None,
            outputs,
            keeps: true,
            hole: None,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    #[inline]
    fn index(&self, position: usize) -> usize {
        let index = self.first + position;
        if index < self.count { index } else { index - self.count }
    }

    /// The position of a child.
    #[inline]
    fn position(&self, index: usize) -> usize {
        if index < self.first { index + self.count - self.first } else { index - self.first }
    }

    /// The place of the child at a position.
    #[inline]
    fn child(&mut self, position: usize) -> NonNull<F> {
        let index = self.index(position);
        debug_assert!(index < self.count);
        // SAFETY: the buffer has room for `count`, and its pointer is not null.
        unsafe { NonNull::new_unchecked(self.buffer.as_mut_ptr().add(index)) }
    }

    /// Whether the child at a position is not done.
    #[inline]
    fn is_there(&mut self, position: usize) -> bool {
        position >= self.fresh
            || match &mut self.set {
                Some(set) => set.is_entered(position),
                None => position < usize::BITS as usize && self.waiting & (1 << position) != 0,
            }
    }

    /// The child at a position, which has just had its first poll or has waited, is not there any longer.
    #[inline]
    fn leaves(&mut self, is_fresh: bool, position: usize) {
        if is_fresh {
            self.fresh += 1;
            return;
        }
        self.left -= 1;
        if let Some(set) = &mut self.set {
            set.leave(position);
        } else {
            self.waiting &= !(1 << position);
        }
    }

    /// Drops what the children have given, and has nothing kept from now on.
    fn forget(&mut self) {
        if core::mem::replace(&mut self.keeps, false) && needs_drop::<T>() {
            DropAll { slots: self, index: 0, drop: Self::drop_output }.run();
        }
    }

    fn drop_output(&mut self, position: usize) {
        if position < self.fresh && !self.is_there(position) && self.hole != Some(position) {
            let index = self.index(position);
            // SAFETY: the child is done, so its output is there; `keeps` has been taken back, so nobody drops it again.
            unsafe { self.outputs[index].assume_init_drop() };
        }
    }

    fn drop_child(&mut self, position: usize) {
        if self.is_there(position) {
            // SAFETY: it is there, and dropped once: the positions are gone through one by one, and this is the end.
            unsafe { self.child(position).drop_in_place() };
        }
    }
}

impl<F, T> Slots<F, T> {
    /// What the children have given up to now, each in its place. Those that are not done are dropped.
    pub(crate) fn into_partial(mut self) -> Vec<Option<T>> {
        let mut partial = Vec::with_capacity(self.count);
        for index in 0..self.count {
            let position = self.position(index);
            let is_done = position < self.fresh && !self.is_there(position);
            partial.push(if is_done && self.keeps && self.hole != Some(position) {
                // SAFETY: the child is done, so its output is there. None is read twice: `keeps` is taken back below, and
                // nothing unwinds before that, since there is room for all.
                Some(unsafe { self.outputs[index].assume_init_read() })
            } else {
                None
            });
        }
        self.keeps = false;
        // Not left to the end of the scope: if a destructor panics there, the result leaks (rust#47949).
        drop(self);
        partial
    }
}

impl<F: Unpin, T> Slots<F, T> {
    /// The children that are not done, without the one that has brought about the end, which is dropped. None has kept
    /// anything. The last ones fill the gaps that others have left, as `Vec::swap_remove` does.
    pub(crate) fn into_rest(mut self, winner: usize) -> Vec<F> {
        debug_assert!(size_of::<T>() == 0 && self.first == 0);
        let child = self.child(winner);
        self.leaves(winner == self.fresh, winner);
        // SAFETY: it was there, and nobody takes it to be there any longer.
        unsafe { child.drop_in_place() };
        let mut length = 0;
        let mut end = self.count;
        while length < end {
            if self.is_there(length) {
                length += 1;
                continue;
            }
            end -= 1;
            if end > length && self.is_there(end) {
                let (gap, last) = (self.child(length), self.child(end));
                // SAFETY: different places; the one is there and the other not, and they may be moved.
                unsafe { gap.copy_from_nonoverlapping(last, 1) };
                length += 1;
            }
        }
        // The set has not to be told: nothing is looked up again.
        self.count = 0;
        // SAFETY: `count` is zero, so that nobody looks for children here, and the buffer is replaced by one of its own.
        let mut rest = core::mem::take(&mut *self.buffer);
        // SAFETY: so many children are there from the beginning on.
        unsafe { rest.set_len(length) };
        // As above; it has the task's waker.
        drop(self);
        rest
    }
}

impl<F: Future, T> Slots<F, T> {
    /// Polls those of the children that were not polled yet, or may have been woken. `judge` says what to do with what
    /// they give, and which child gave it. When none is left, their outputs are given, if they were kept.
    ///
    /// The first pass begins at the child `turn`, the others at another that follows from it; it is less than the number of
    /// children, or zero.
    ///
    /// Must not be called again once it was ready, or has unwound; dropping this is all that may be done then.
    #[inline]
    pub(crate) fn poll<B>(
        &mut self,
        turn: usize,
        cx: &mut Context<'_>,
        judge: impl FnMut(usize, F::Output) -> Verdict<B, T>,
    ) -> Poll<ControlFlow<B, Option<Vec<T>>>> {
        let end = if self.count <= FEW {
            self.poll_few(turn, cx, judge)
        } else if self.fresh < self.count {
            self.poll_fresh(turn, cx, judge)
        } else {
            self.poll_woken(turn as u32, cx, judge)
        };
        match end {
            Some(end) => Poll::Ready(ControlFlow::Break(end)),
            None if self.left > 0 => Poll::Pending,
            None => Poll::Ready(ControlFlow::Continue(self.take_outputs())),
        }
    }

    /// Any pass over few: all that wait, with the task's own waker.
    #[inline]
    fn poll_few<B>(
        &mut self,
        turn: usize,
        cx: &mut Context<'_>,
        mut judge: impl FnMut(usize, F::Output) -> Verdict<B, T>,
    ) -> Option<B> {
        let before = (1 << turn) - 1;
        let (mut now, mut later) = (self.waiting & !before, self.waiting & before);
        loop {
            if now == 0 {
                if later == 0 {
                    return None;
                }
                now = core::mem::take(&mut later);
            }
            let index = now.trailing_zeros() as usize;
            now &= now - 1;
            // SAFETY: there is such a child, and it waits. It is pinned by the buffer.
            let child = unsafe { Pin::new_unchecked(&mut *self.buffer.as_mut_ptr().add(index)) };
            if let Poll::Ready(output) = child.poll(cx) {
                if let Some(end) = self.done::<false, _>(index, index, output, &mut judge) {
                    return Some(end);
                }
            }
        }
    }

    /// The first pass over many.
    #[inline]
    fn poll_fresh<B>(
        &mut self,
        turn: usize,
        cx: &mut Context<'_>,
        mut judge: impl FnMut(usize, F::Output) -> Verdict<B, T>,
    ) -> Option<B> {
        self.first = turn;
        let mut index = turn;
        while self.fresh < self.count {
            // SAFETY: there is such a child, and it is not polled yet or, where it is about to wait, is there again.
            let child = unsafe { self.buffer.as_mut_ptr().add(index) };
            match self.poll_child(child, self.fresh, cx) {
                Poll::Ready(output) => {
                    if let Some(end) = self.done::<true, _>(self.fresh, index, output, &mut judge) {
                        return Some(end);
                    }
                }
                Poll::Pending => self.waits(cx),
            }
            index += 1;
            if index == self.count {
                index = 0;
            }
        }
        None
    }

    /// Any other pass over many: those that were woken.
    #[inline]
    fn poll_woken<B>(
        &mut self,
        turn: u32,
        cx: &mut Context<'_>,
        mut judge: impl FnMut(usize, F::Output) -> Verdict<B, T>,
    ) -> Option<B> {
        let stale = self.stale.take();
        let mut walk = match &mut self.set {
            Some(set) => {
                set.set_parent(cx.waker());
                set.begin()
            }
            // All were ready in the first pass.
            None => return None,
        };
        // It comes first, since in the first pass it did.
        let mut next = stale.or_else(|| self.next(&mut walk, turn, None));
        while let Some(position) = next {
            let index = self.index(position);
            // SAFETY: there is such a child, and it waits.
            let child = unsafe { self.buffer.as_mut_ptr().add(index) };
            if let Poll::Ready(output) = self.poll_child(child, position, cx) {
                if let Some(end) = self.done::<false, _>(position, index, output, &mut judge) {
                    return Some(end);
                }
            }
            next = self.next(&mut walk, turn, stale);
        }
        None
    }

    /// Who is polled next, but for one that has been already.
    #[inline]
    fn next(&mut self, walk: &mut Walk, turn: u32, but: Option<usize>) -> Option<usize> {
        let set = self.set.as_mut()?;
        let mut next = set.next(walk, turn)?;
        if Some(next) == but {
            // It has woken itself, and is polled the next time.
            set.wake(next);
            next = set.next(walk, turn)?;
        }
        Some(next)
    }

    /// Polls a child with the waker that is right for it.
    #[inline(always)]
    fn poll_child(&self, child: *mut F, position: usize, cx: &Context<'_>) -> Poll<F::Output> {
        // SAFETY: whoever calls says that it is there. It is pinned by the buffer.
        let child = unsafe { Pin::new_unchecked(&mut *child) };
        let own = self.set.as_ref().map(|set| set.waker(position));
        let waker = own.as_deref().unwrap_or(cx.waker());
        child.poll(&mut Context::from_waker(waker))
    }

    /// A fresh child is pending.
    #[inline]
    fn waits(&mut self, cx: &Context<'_>) {
        if let Some(set) = &mut self.set {
            set.enter(self.fresh);
        } else {
            self.make_set(cx);
        }
        self.left += 1;
        self.fresh += 1;
    }

    /// The first child of many that is pending. All before it are done, and all behind it have wakers of their own.
    #[cold]
    fn make_set(&mut self, cx: &Context<'_>) {
        let mut set = ReadySet::new(self.count);
        set.set_parent(cx.waker());
        set.enter(self.fresh);
        self.set = Some(set);
        self.stale = Some(self.fresh);
    }

    /// A child has given something.
    #[inline(always)]
    fn done<const FRESH: bool, B>(
        &mut self,
        position: usize,
        index: usize,
        output: F::Output,
        judge: &mut impl FnMut(usize, F::Output) -> Verdict<B, T>,
    ) -> Option<B> {
        let verdict = judge(index, output);
        if let Verdict::EndTogether(end) = verdict {
            return Some(end);
        }
        // The child is not there any longer, whatever its destructor does; but nor is an output.
        let gone = Gone::<FRESH, F, T> { slots: self, position };
        // SAFETY: it is pinned, and dropped where it is, once: `gone` says that it is not there, also if this unwinds.
        unsafe { gone.slots.buffer.as_mut_ptr().add(index).drop_in_place() };
        match verdict {
            Verdict::Keep(output) if gone.slots.keeps => {
                // SAFETY: there are as many places as children.
                unsafe { gone.slots.outputs.get_unchecked_mut(index) }.write(output);
                gone.keeps();
                None
            }
            Verdict::Keep(_) => None,
            Verdict::Forget => {
                drop(gone);
                self.forget();
                None
            }
            Verdict::End(end) | Verdict::EndTogether(end) => Some(end),
        }
    }

    fn take_outputs(&mut self) -> Option<Vec<T>> {
        if !core::mem::replace(&mut self.keeps, false) {
            return None;
        }
        let mut outputs = ManuallyDrop::new(core::mem::take(&mut self.outputs));
        let (pointer, length, capacity) = (outputs.as_mut_ptr(), outputs.len(), outputs.capacity());
        // SAFETY: the buffer of a vector of the same layout. All children are done, so all outputs are there.
        Some(unsafe { Vec::from_raw_parts(pointer.cast(), length, capacity) })
    }
}

/// A child that is done and whose output is not there yet, and may never be.
struct Gone<'a, const FRESH: bool, F, T> {
    slots: &'a mut Slots<F, T>,
    position: usize,
}

impl<const FRESH: bool, F, T> Gone<'_, FRESH, F, T> {
    /// Its output is there.
    #[inline]
    fn keeps(self) {
        let mut this = ManuallyDrop::new(self);
        let position = this.position;
        this.slots.leaves(FRESH, position);
    }
}

impl<const FRESH: bool, F, T> Drop for Gone<'_, FRESH, F, T> {
    /// Its output will never be there.
    fn drop(&mut self) {
        self.slots.leaves(FRESH, self.position);
        self.slots.hole = Some(self.position);
    }
}

impl<F, T> Drop for Slots<F, T> {
    fn drop(&mut self) {
        /// Frees the buffer, also where a destructor unwinds.
        struct Free<'a, F, T>(&'a mut Slots<F, T>);

        impl<F, T> Drop for Free<'_, F, T> {
            fn drop(&mut self) {
                // SAFETY: dropped once, here.
                unsafe { ManuallyDrop::drop(&mut self.0.buffer) };
            }
        }

        let free = Free(self);
        let keeps = core::mem::replace(&mut free.0.keeps, false);
        if free.0.left == 0 && free.0.fresh == free.0.count && !(keeps && needs_drop::<T>()) {
            return;
        }
        // In order: for each child either itself or what it has given.
        let drop = if keeps {
            |slots: &mut Self, position| {
                slots.drop_child(position);
                slots.drop_output(position);
            }
        } else {
            Self::drop_child
        };
        DropAll { slots: free.0, index: 0, drop }.run();
    }
}

/// Goes through all children in order, also where a destructor unwinds.
struct DropAll<'a, F, T> {
    slots: &'a mut Slots<F, T>,
    index: usize,
    drop: fn(&mut Slots<F, T>, usize),
}

impl<F, T> DropAll<'_, F, T> {
    fn run(&mut self) {
        while self.index < self.slots.count {
            let position = self.slots.position(self.index);
            self.index += 1;
            (self.drop)(self.slots, position);
        }
    }
}

impl<F, T> Drop for DropAll<'_, F, T> {
    fn drop(&mut self) {
        self.run();
    }
}
