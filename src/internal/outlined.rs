//! A value whose destructor is not inlined.
//!
//! A future whose first poll succeeds has places for what it would have needed later: the sleep of a timeout, the delay
//! of a retry. They are empty then, but the destructor of a sleep is so long that the optimiser makes a function of the
//! whole future's, and calls it to find that there is nothing to drop. With the sleep's out of line, what remains is
//! short, is inlined, and folds away.

#![allow(unsafe_code, reason = "a value that is dropped by hand, to keep its destructor out of line")]

use core::mem::ManuallyDrop;
use core::pin::Pin;

/// Holds a value, and drops it out of line. It is pinned where the value is to be.
#[repr(transparent)]
pub(crate) struct Outlined<T>(ManuallyDrop<T>);

impl<T> Outlined<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }

    /// The value.
    #[inline]
    pub(crate) fn get(self: Pin<&mut Self>) -> Pin<&mut T> {
        // SAFETY: the value is pinned whenever we are: nothing moves it out, and `drop` drops it in place. We are `Unpin`
        // only if it is.
        unsafe { self.map_unchecked_mut(|this| &mut *this.0) }
    }
}

impl<T> Drop for Outlined<T> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: here only, and nobody sees it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}
