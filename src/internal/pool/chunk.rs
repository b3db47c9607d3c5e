//! A run of slots for children: one buffer, which never moves, and a [`ReadySet`] that says who of them was woken.

#![allow(unsafe_code, reason = "a buffer that is partly initialised")]

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::ptr::NonNull;

use crate::internal::ready_set::ReadySet;

/// Where one child may be.
pub(super) struct Slot<T> {
    /// Goes up by one whenever a child comes or goes: odd while one is there.
    pub(super) generation: u32,
    /// While a child is there: in which pass it was polled last. Otherwise: which free slot is next.
    pub(super) link: u32,
    value: MaybeUninit<T>,
}

/// Slots, of which the first so many have been used. Whose turn that is is up to the [`Pool`](super::Pool).
pub(super) struct Chunk<T> {
    slots: NonNull<Slot<T>>,
    capacity: usize,
    pub(super) set: ReadySet,
    children: PhantomData<T>,
}

// SAFETY: a chunk owns the children in it. They are reached through it alone: shared from `&self`, else from `&mut self`.
unsafe impl<T: Send> Send for Chunk<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Chunk<T> {}

// As with a box: it is as whole as its children. Of the wakers nothing is half done when one panics.
impl<T: UnwindSafe> UnwindSafe for Chunk<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Chunk<T> {}

impl<T> Chunk<T> {
    /// Two allocations. There must be room for one at least.
    ///
    /// # Panics
    ///
    /// If that many do not fit into memory.
    pub(super) fn new(capacity: usize) -> Self {
        // First, for it frees itself if the other panics.
        let set = ReadySet::new(capacity);
        let layout = Layout::array::<Slot<T>>(capacity).expect("capacity overflow");
        // SAFETY: a slot is not of size zero, and there is one.
        let Some(slots) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        Self { slots: slots.cast(), capacity, set, children: PhantomData }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline]
    fn place(&self, offset: usize) -> NonNull<Slot<T>> {
        debug_assert!(offset < self.capacity);
        // SAFETY: the buffer has room for so many.
        unsafe { self.slots.add(offset) }
    }

    /// Makes a free slot of a place that was never used.
    #[inline]
    pub(super) fn open(&mut self, offset: usize, next_free: u32) {
        let place = self.place(offset).as_ptr();
        // SAFETY: there is room for it. The value is left as it is.
        unsafe {
            (&raw mut (*place).generation).write(0);
            (&raw mut (*place).link).write(next_free);
        }
    }

    /// What a slot knows of itself.
    ///
    /// # Safety
    ///
    /// The slot has been opened. Nobody else uses what this gives.
    #[inline]
    pub(super) unsafe fn generation(&self, offset: usize) -> u32 {
        // SAFETY: the caller says so.
        unsafe { (*self.place(offset).as_ptr()).generation }
    }

    /// # Safety
    ///
    /// As with [`generation`](Self::generation).
    #[inline]
    pub(super) unsafe fn link(&mut self, offset: usize) -> &mut u32 {
        // SAFETY: the caller says so. Only the field is borrowed: others may have borrowed the value.
        unsafe { &mut (*self.place(offset).as_ptr()).link }
    }

    /// Puts a child into a free slot, and gives its generation.
    ///
    /// # Safety
    ///
    /// The slot has been opened, and is free.
    #[inline]
    pub(super) unsafe fn put(&mut self, offset: usize, child: T) -> u32 {
        let place = self.place(offset).as_ptr();
        self.set.enter(offset);
        // SAFETY: the caller says so.
        unsafe {
            (&raw mut (*place).value).cast::<T>().write(child);
            (*place).generation = (*place).generation.wrapping_add(1);
            (*place).generation
        }
    }

    /// Declares a slot free, and gives the place where the child is, which is left to the caller.
    ///
    /// # Safety
    ///
    /// There is a child.
    #[inline]
    pub(super) unsafe fn vacate(&mut self, offset: usize, next_free: u32) -> NonNull<T> {
        let place = self.place(offset).as_ptr();
        self.set.leave(offset);
        // SAFETY: the caller says so.
        unsafe {
            (*place).generation = (*place).generation.wrapping_add(1);
            (*place).link = next_free;
            self.child(offset)
        }
    }

    /// Where the child is.
    #[inline]
    pub(super) fn child(&self, offset: usize) -> NonNull<T> {
        let place = self.place(offset).as_ptr();
        // SAFETY: within the buffer.
        unsafe { NonNull::new_unchecked((&raw mut (*place).value).cast()) }
    }

    /// # Safety
    ///
    /// There is a child.
    #[inline]
    pub(super) unsafe fn pin_mut(&mut self, offset: usize) -> Pin<&mut T> {
        // SAFETY: the caller says that it is there; it is dropped before its place is used again, or freed.
        unsafe { Pin::new_unchecked(self.child(offset).as_mut()) }
    }
}

impl<T> Drop for Chunk<T> {
    /// The children are gone by then.
    fn drop(&mut self) {
        let Ok(layout) = Layout::array::<Slot<T>>(self.capacity) else { unreachable!("it was allocated") };
        // SAFETY: allocated with that layout, and freed once.
        unsafe { dealloc(self.slots.as_ptr().cast(), layout) };
    }
}
