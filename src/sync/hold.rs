//! What is held: the part of a guard that gives something back.
//!
//! Each guard is a [`Hold`] and a way to the value. The hold alone has a destructor. So a guard can be taken apart and put
//! together as a guard of another kind, and whatever unwinds meanwhile gives back all the same.

#![allow(unsafe_code, reason = "a value is moved out of what has a destructor")]

use core::mem::ManuallyDrop;
use core::ptr;

/// What was taken from a lock or a semaphore, and is to be given back once.
pub(crate) trait Held {
    fn give_back(&mut self);
}

/// Gives back what it holds when it is dropped.
pub(crate) struct Hold<H: Held>(H);

impl<H: Held> Hold<H> {
    /// The caller has taken what `held` stands for.
    #[inline]
    pub(crate) fn new(held: H) -> Self {
        Self(held)
    }

    #[inline]
    pub(crate) fn held(&self) -> &H {
        &self.0
    }

    #[inline]
    pub(crate) fn held_mut(&mut self) -> &mut H {
        &mut self.0
    }

    /// The same, held in another way: `change` gives nothing back, and does not unwind.
    #[inline]
    pub(crate) fn map<G: Held>(self, change: impl FnOnce(H) -> G) -> Hold<G> {
        Hold(change(self.into_held()))
    }

    /// What is held, which will not be given back.
    #[inline]
    pub(crate) fn into_held(self) -> H {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used again, nor dropped.
        unsafe { ptr::read(&this.0) }
    }
}

impl<H: Held> Drop for Hold<H> {
    #[inline]
    fn drop(&mut self) {
        self.0.give_back();
    }
}
