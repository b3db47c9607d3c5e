//! What the children of a vector have given, until all of it is handed out.

#![allow(unsafe_code, reason = "a buffer that is partly initialised")]

use alloc::vec::Vec;
use core::mem::{MaybeUninit, needs_drop};

use super::show;

/// What becomes of what children give. Each has a place for its output; who has one there is known by whoever has this.
pub trait Outputs {
    /// What is kept of one child.
    type One;
    /// What is handed out when all are done.
    type All;

    /// Places for so many.
    fn new(count: usize) -> Self;

    /// Puts in the output of a child.
    ///
    /// # Safety
    ///
    /// There is a place for it, in which nothing is, and the outputs were not taken.
    unsafe fn put(&mut self, index: usize, output: Self::One);

    /// The child is done, and will never have an output. It is the last that was polled.
    fn put_none(&mut self, index: usize);

    /// Takes all of them. From then on there are none.
    ///
    /// # Safety
    ///
    /// All are there.
    unsafe fn take(&mut self) -> Self::All;

    /// Whether there may be something to be dropped.
    fn are_left(&self) -> bool;

    /// Drops the output of a child that is done.
    ///
    /// # Safety
    ///
    /// It is done, and its output was not dropped, nor moved out.
    unsafe fn drop_one(&mut self, index: usize);
}

/// Nothing is kept.
impl Outputs for () {
    type One = ();
    type All = ();

    #[inline]
    fn new(_: usize) -> Self {}

    #[inline]
    unsafe fn put(&mut self, _: usize, (): ()) {}

    #[inline]
    fn put_none(&mut self, _: usize) {}

    #[inline]
    unsafe fn take(&mut self) {}

    #[inline]
    fn are_left(&self) -> bool {
        false
    }

    #[inline]
    unsafe fn drop_one(&mut self, _: usize) {}
}

/// All is kept, and becomes a vector.
#[derive(Debug)]
pub struct Kept<T> {
    /// The buffer of that vector; empty when it was taken.
    places: Vec<MaybeUninit<T>>,
    /// The place of a child that is done and has no output.
    hole: Option<usize>,
}

impl<T> Kept<T> {
    /// Moves out the output of a child that is done, if it has one.
    ///
    /// # Safety
    ///
    /// As with [`drop_one`](Outputs::drop_one). From then on it counts as moved out.
    pub(super) unsafe fn read(&self, index: usize) -> Option<T> {
        if self.hole == Some(index) {
            return None;
        }
        // SAFETY: the caller says so.
        self.places.get(index).map(|place| unsafe { place.assume_init_read() })
    }

    /// There is nothing to be dropped any longer.
    pub(super) fn forget(&mut self) {
        self.places.clear();
    }
}

impl<T> Outputs for Kept<T> {
    type One = T;
    type All = Vec<T>;

    /// One allocation, unless outputs take no room.
    #[inline]
    fn new(count: usize) -> Self {
        let mut places = Vec::with_capacity(count);
        // SAFETY: there is room for as many, and they need not be initialised.
        unsafe { places.set_len(count) };
        Self { places, hole: None }
    }

    #[inline]
    unsafe fn put(&mut self, index: usize, output: T) {
        // SAFETY: the caller says so.
        unsafe { self.places.get_unchecked_mut(index) }.write(output);
    }

    fn put_none(&mut self, index: usize) {
        self.hole = Some(index);
    }

    #[inline]
    unsafe fn take(&mut self) -> Vec<T> {
        let places = core::mem::take(&mut self.places);
        let length = places.len();
        // SAFETY: all outputs are there.
        unsafe { show(places, length) }
    }

    #[inline]
    fn are_left(&self) -> bool {
        needs_drop::<T>() && !self.places.is_empty()
    }

    unsafe fn drop_one(&mut self, index: usize) {
        // SAFETY: as the caller says.
        drop(unsafe { self.read(index) });
    }
}
