//! State that most futures never need, and that is not to cost those that do not.
//!
//! What drops an `Option` is inlined wherever its owner is dropped, or if it is large, not inlined, and then its owner is
//! not either. Here only the question whether there is anything is asked in place.

#![allow(unsafe_code, reason = "a destructor out of line, and pin projection around it")]

use core::mem::ManuallyDrop;
use core::pin::Pin;

/// An `Option` that is pinned and hardly ever `Some`.
pub(crate) struct Rare<T>(ManuallyDrop<Option<T>>);

impl<T> Rare<T> {
    /// Nothing.
    #[inline]
    pub(crate) const fn none() -> Self {
        Self(ManuallyDrop::new(None))
    }

    /// Whether there is nothing.
    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The value, if there is one.
    #[inline]
    pub(crate) fn get(self: Pin<&mut Self>) -> Option<Pin<&mut T>> {
        // SAFETY: the value is pinned because the whole is: it is not moved out of here, and it is dropped in place.
        unsafe { self.map_unchecked_mut(|this| &mut *this.0) }.as_pin_mut()
    }

    /// The value, made if there is none.
    pub(crate) fn get_or_insert_with(mut self: Pin<&mut Self>, make: impl FnOnce() -> T) -> Pin<&mut T> {
        if self.is_none() {
            let value = make();
            // SAFETY: as in `get`; what is overwritten is `None`.
            unsafe { self.as_mut().get_unchecked_mut() }.0 = ManuallyDrop::new(Some(value));
        }
        match self.get() {
            Some(value) => value,
            None => unreachable!("it has been made"),
        }
    }

    #[cold]
    #[inline(never)]
    fn drop_value(&mut self) {
        // SAFETY: only `Drop` calls this, so nobody uses the value afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

impl<T> Drop for Rare<T> {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.drop_value();
        }
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_value_is_made_once_and_dropped_once() {
        let alive = Rc::new(());
        {
            let mut rare = pin!(Rare::none());
            assert!(rare.is_none() && rare.as_mut().get().is_none());
            for _ in 0..2 {
                rare.as_mut().get_or_insert_with(|| Rc::clone(&alive));
                assert_eq!(Rc::strong_count(&alive), 2);
            }
            assert!(!rare.is_none() && rare.as_mut().get().is_some());
        }
        assert_eq!(Rc::strong_count(&alive), 1);
    }

    #[test]
    fn one_that_cannot_be_made_is_not_there() {
        let mut rare = pin!(Rare::<Rc<()>>::none());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            rare.as_mut().get_or_insert_with(|| panic!("on purpose"));
        }));
        assert!(outcome.is_err() && rare.is_none());
    }
}
