//! A run of slots for children: one buffer, which never moves, and a [`ReadySet`] that says who of them was woken.

#![allow(unsafe_code, reason = "a buffer that is partly initialised")]

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use crate::internal::ready_set::ReadySet;

/// Where one child may be.
pub(super) struct Slot<T> {
    /// Goes up by one whenever a child comes or goes: odd while one is there.
    generation: u32,
    /// While a child is there: in which pass it was polled last. Otherwise: which free slot is next.
    link: u32,
    value: MaybeUninit<T>,
}

/// A slot that has been opened, in the buffer of a chunk that is there.
///
/// It is used by one at a time. The fields are reached one by one, since somebody may have borrowed the value.
pub(super) struct Place<T>(NonNull<Slot<T>>);

impl<T> Clone for Place<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Place<T> {}

/// Slots. Which of them have been opened, and are free, and whose turn it is, is up to the [`Pool`](super::Pool).
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

    /// # Safety
    ///
    /// The slot has been opened, or will be before anything else is done with it.
    #[inline]
    pub(super) unsafe fn slot(&self, offset: usize) -> Place<T> {
        debug_assert!(offset < self.capacity);
        // SAFETY: the buffer has room for so many.
        Place(unsafe { self.slots.add(offset) })
    }
}

impl<T> Place<T> {
    /// See [`Slot`].
    #[inline]
    pub(super) fn generation(self) -> u32 {
        // SAFETY: the slot has been opened.
        unsafe { (*self.0.as_ptr()).generation }
    }

    /// Whether a child is there.
    #[inline]
    pub(super) fn is_taken(self) -> bool {
        self.generation() % 2 == 1
    }

    /// See [`Slot`].
    #[inline]
    pub(super) fn link(self) -> u32 {
        // SAFETY: the slot has been opened.
        unsafe { (*self.0.as_ptr()).link }
    }

    #[inline]
    pub(super) fn set_link(self, link: u32) {
        // SAFETY: the slot has been opened.
        unsafe { (*self.0.as_ptr()).link = link };
    }

    /// Opens the slot, which was never used, for a child. Gives its generation.
    #[inline]
    pub(super) fn open(self, child: T, link: u32) -> u32 {
        // SAFETY: there is room for it.
        unsafe { self.0.write(Slot { generation: 1, link, value: MaybeUninit::new(child) }) };
        1
    }

    /// Puts in a child. Gives its generation. The slot is free.
    #[inline]
    pub(super) fn put(self, child: T, link: u32) -> u32 {
        // SAFETY: there is room for a child.
        unsafe { self.child().write(child) };
        self.set_link(link);
        self.next_generation()
    }

    /// Declares the slot free. The child is left to the caller.
    #[inline]
    pub(super) fn vacate(self, next_free: u32) {
        self.next_generation();
        self.set_link(next_free);
    }

    #[inline]
    fn next_generation(self) -> u32 {
        // SAFETY: the slot has been opened.
        unsafe {
            let generation = &mut (*self.0.as_ptr()).generation;
            *generation = generation.wrapping_add(1);
            *generation
        }
    }

    /// Where the child is.
    #[inline]
    pub(super) fn child(self) -> NonNull<T> {
        // SAFETY: within the buffer.
        unsafe { NonNull::new_unchecked((&raw mut (*self.0.as_ptr()).value).cast()) }
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
