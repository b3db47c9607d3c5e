//! What is held: the part of a guard that gives something back.
//!
//! Each guard is a [`Hold`] and a way to the value. The hold alone has a destructor. So a guard can be taken apart and put
//! together as a guard of another kind, and whatever unwinds meanwhile gives back all the same.

#![allow(unsafe_code, reason = "a value is moved out of what has a destructor")]

use core::mem::ManuallyDrop;
use core::ptr;

use super::observe::{HoldNote, Site, Told};

/// What was taken from a lock or a semaphore, and is to be given back once.
pub(crate) trait Held {
    fn give_back(&mut self);

    /// What those who watch are told of it, if anything.
    #[inline]
    fn told(&self) -> Option<Told<'_>> {
        None
    }
}

/// Gives back what it holds when it is dropped.
pub(crate) struct Hold<H: Held> {
    held: H,
    note: HoldNote,
}

impl<H: Held> Hold<H> {
    /// The caller has taken what `held` stands for, which was asked for at `site`.
    #[inline]
    pub(crate) fn new(held: H, site: Site) -> Self {
        let note = HoldNote::new(held.told(), site);
        Self { held, note }
    }

    #[inline]
    pub(crate) fn held(&self) -> &H {
        &self.held
    }

    /// Changes how much is held: `change` says that of what it has given back, or taken over.
    #[inline]
    pub(crate) fn change<R>(&mut self, change: impl FnOnce(&mut H) -> R) -> R {
        let result = change(&mut self.held);
        self.note.change(self.held.told());
        result
    }

    /// The same, held in another way: `change` gives nothing back, and does not unwind.
    #[inline]
    pub(crate) fn map<G: Held>(self, change: impl FnOnce(H) -> G) -> Hold<G> {
        let (held, note) = self.into_parts();
        let hold = Hold { held: change(held), note };
        hold.note.change(hold.held.told());
        hold
    }

    /// What is held, which will not be given back.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn into_held(self) -> H {
        let (held, note) = self.into_parts();
        note.ends(held.told());
        held
    }

    #[inline]
    fn into_parts(self) -> (H, HoldNote) {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used again, nor dropped.
        unsafe { (ptr::read(&this.held), ptr::read(&this.note)) }
    }
}

impl<H: Held> Drop for Hold<H> {
    #[inline]
    fn drop(&mut self) {
        // First: nobody is told of two who hold the same.
        self.note.ends(self.held.told());
        self.held.give_back();
    }
}
