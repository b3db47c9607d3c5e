//! The ways out of the slots: children and outputs are dropped, or handed out.

#![allow(unsafe_code, reason = "children and outputs leave buffers that are partly initialised")]

use alloc::vec::Vec;

use super::outputs::{Kept, Outputs};
use super::{Slots, Who, show};

impl<F, T> Slots<F, Kept<T>> {
    /// What the children have given up to now, each in its place. Those that are not done are dropped.
    pub(crate) fn into_partial(mut self) -> Vec<Option<T>> {
        let mut partial = Vec::with_capacity(self.count());
        for index in 0..self.count() {
            // SAFETY: where the child is done its output is there. None is read twice: all are forgotten below, and nothing unwinds
            // before that, since there is room for all.
            partial.push(if self.is_there(index) { None } else { unsafe { self.places.outputs.read(index) } });
        }
        self.places.outputs.forget();
        // Not left to the end of the scope: if a destructor panics there, the result leaks (rust#47949).
        drop(self);
        partial
    }
}

impl<F: Unpin> Slots<F, ()> {
    /// The children that are not done, without the one that has brought about the end, which is dropped.
    pub(crate) fn into_rest(mut self, winner: usize) -> Vec<F> {
        let child = self.places.child(winner);
        match &mut self.who {
            Who::Few(waiting) => *waiting &= !(1 << winner),
            Who::First { left, .. } => *left -= 1,
            Who::Woken { set, left } => {
                *left -= 1;
                set.leave(winner);
            }
        }
        // SAFETY: it was there, and nobody takes it to be there any longer.
        unsafe { child.drop_in_place() };
        self.into_waiting()
    }

    /// The children that are not done. The last ones fill the gaps that others have left, as `Vec::swap_remove` does.
    pub(crate) fn into_waiting(mut self) -> Vec<F> {
        let mut length = 0;
        let mut end = self.count();
        while length < end {
            if self.is_there(length) {
                length += 1;
                continue;
            }
            end -= 1;
            if end > length && self.is_there(end) {
                let (gap, last) = (self.places.child(length), self.places.child(end));
                // SAFETY: different places; the one is there and the other not, and they may be moved.
                unsafe { gap.copy_from_nonoverlapping(last, 1) };
                length += 1;
            }
        }
        // There are no children here any longer.
        let children = core::mem::take(&mut self.places.children);
        // SAFETY: so many are there.
        let rest = unsafe { show(children, length) };
        // As above; it has the task's waker.
        drop(self);
        rest
    }
}

impl<F, O: Outputs> Drop for Slots<F, O> {
    fn drop(&mut self) {
        let count = self.count();
        if self.is_over() && !self.places.outputs.are_left() {
            // Nothing is left, as most often.
        } else if self.left() == count {
            // None is done, so there are no outputs either. This goes on where a destructor unwinds, too.
            let children = core::ptr::slice_from_raw_parts_mut(self.places.children.as_mut_ptr().cast::<F>(), count);
            // SAFETY: all are there, and dropped once, as this is the end.
            unsafe { children.drop_in_place() };
        } else {
            DropAll { slots: self, index: 0 }.run();
        }
    }
}

/// Drops for each child either itself or what it has given, in order, also where a destructor unwinds.
struct DropAll<'a, F, O: Outputs> {
    slots: &'a mut Slots<F, O>,
    index: usize,
}

impl<F, O: Outputs> DropAll<'_, F, O> {
    #[inline]
    fn run(&mut self) {
        let outputs_are_left = self.slots.places.outputs.are_left();
        while self.index < self.slots.count() {
            let index = self.index;
            self.index += 1;
            // SAFETY: the one or the other is there, and is dropped once: they are gone through one by one, and this is the end.
            unsafe {
                if self.slots.is_there(index) {
                    self.slots.places.child(index).drop_in_place();
                } else if outputs_are_left {
                    self.slots.places.outputs.drop_one(index);
                }
            }
        }
    }
}

impl<F, O: Outputs> Drop for DropAll<'_, F, O> {
    #[inline]
    fn drop(&mut self) {
        self.run();
    }
}
