//! The ways out of the slots: children and outputs are dropped, or handed out.

#![allow(unsafe_code, reason = "children and outputs leave buffers that are partly initialised")]

use alloc::vec::Vec;
use core::mem::ManuallyDrop;

use super::Slots;
use super::outputs::{Kept, Outputs};

impl<F, T> Slots<F, Kept<T>> {
    /// What the children have given up to now, each in its place. Those that are not done are dropped.
    pub(crate) fn into_partial(mut self) -> Vec<Option<T>> {
        let mut partial = Vec::with_capacity(self.count);
        for index in 0..self.count {
            // SAFETY: where the child is done its output is there. None is read twice: all are forgotten below, and nothing unwinds
            // before that, since there is room for all.
            partial.push(if self.is_there(index) { None } else { unsafe { self.outputs.read(index) } });
        }
        self.outputs.forget();
        // Not left to the end of the scope: if a destructor panics there, the result leaks (rust#47949).
        drop(self);
        partial
    }
}

impl<F: Unpin> Slots<F, ()> {
    /// The children that are not done, without the one that has brought about the end, which is dropped.
    pub(crate) fn into_rest(mut self, winner: usize) -> Vec<F> {
        let child = self.child(winner);
        self.leaves(winner);
        // SAFETY: it was there, and nobody takes it to be there any longer.
        unsafe { child.drop_in_place() };
        self.into_waiting()
    }

    /// The children that are not done. The last ones fill the gaps that others have left, as `Vec::swap_remove` does.
    pub(crate) fn into_waiting(mut self) -> Vec<F> {
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
        // There are no children here any longer.
        (self.count, self.left) = (0, 0);
        let mut rest = core::mem::take(&mut *self.buffer);
        // SAFETY: so many children are there from the beginning on.
        unsafe { rest.set_len(length) };
        // As above; it has the task's waker.
        drop(self);
        rest
    }
}

impl<F, O: Outputs> Drop for Slots<F, O> {
    fn drop(&mut self) {
        /// Frees the buffer, also where a destructor unwinds.
        struct Free<'a, F, O: Outputs>(&'a mut Slots<F, O>);

        impl<F, O: Outputs> Drop for Free<'_, F, O> {
            fn drop(&mut self) {
                // SAFETY: dropped once, here.
                unsafe { ManuallyDrop::drop(&mut self.0.buffer) };
            }
        }

        let free = Free(self);
        if free.0.left == free.0.count {
            // None is done, so there are no outputs either. This goes on where a destructor unwinds, too.
            let children = core::ptr::slice_from_raw_parts_mut(free.0.buffer.as_mut_ptr(), free.0.count);
            // SAFETY: all are there, and dropped once, as this is the end.
            unsafe { children.drop_in_place() };
        } else if free.0.left > 0 || free.0.outputs.are_left() {
            DropAll { slots: free.0, index: 0 }.run();
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
        let outputs_are_left = self.slots.outputs.are_left();
        while self.index < self.slots.count {
            let index = self.index;
            self.index += 1;
            // SAFETY: the one or the other is there, and is dropped once: they are gone through one by one, and this is the end.
            unsafe {
                if self.slots.is_there(index) {
                    self.slots.child(index).drop_in_place();
                } else if outputs_are_left {
                    self.slots.outputs.drop_one(index);
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
