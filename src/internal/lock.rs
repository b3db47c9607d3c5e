//! The one lock: what guards every queue in the crate, held for a few instructions and never across foreign code.
//!
//! It is taken with a closure, [`Lock::with`], so that the extent of a critical section can be read off the page, and
//! because that is the one shape that suits all three implementations: `std`'s mutex, a critical section where there
//! is no `std`, and loom's mutex in models.
//!
//! Law 2 says what may not happen inside the closure: no waker is woken, cloned or dropped, no user value is cloned or
//! dropped, no user code runs. Debug builds with `std` count the locks that a thread holds, and
//! [`assert_none_held`] is called wherever wakers are woken.

#[cfg(all(not(feature = "std"), not(anywhen_loom)))]
use core::cell::RefCell;

/// A mutual exclusion lock without poisoning, taken with a closure.
pub(crate) struct Lock<T>(imp::Inner<T>);

#[cfg(anywhen_loom)]
mod imp {
    pub(super) type Inner<T> = loom::sync::Mutex<T>;
}
#[cfg(all(feature = "std", not(anywhen_loom)))]
mod imp {
    pub(super) type Inner<T> = std::sync::Mutex<T>;
}
#[cfg(all(not(feature = "std"), not(anywhen_loom)))]
mod imp {
    pub(super) type Inner<T> = critical_section::Mutex<super::RefCell<T>>;
}

impl<T> Lock<T> {
    super::shim::const_unless_loom! {
        pub(crate) fn new(value: T) -> Self {
            #[cfg(any(feature = "std", anywhen_loom))]
            return Self(imp::Inner::new(value));
            #[cfg(not(any(feature = "std", anywhen_loom)))]
            return Self(imp::Inner::new(RefCell::new(value)));
        }
    }

    /// Runs `f` with the lock held.
    ///
    /// A panic in `f` would be a bug of ours, not of the user's: nothing of theirs runs in there. The lock is usable
    /// after it all the same.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(any(feature = "std", anywhen_loom))]
        {
            let mut guard = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _held = held::Held::new();
            f(&mut guard)
        }
        #[cfg(not(any(feature = "std", anywhen_loom)))]
        critical_section::with(|section| f(&mut self.0.borrow_ref_mut(section)))
    }
}

/// Panics, in debug builds, if this thread holds a [`Lock`]: law 2 is broken by whoever called.
#[inline]
pub(crate) fn assert_none_held() {
    #[cfg(any(feature = "std", anywhen_loom))]
    held::assert_none();
}

/// How many locks this thread holds; only kept in debug builds, and not under loom, where one thread plays several.
#[cfg(any(feature = "std", anywhen_loom))]
mod held {
    #[cfg(all(debug_assertions, not(anywhen_loom)))]
    std::thread_local! {
        static HELD: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
    }

    pub(super) struct Held(());

    impl Held {
        #[inline]
        pub(super) fn new() -> Self {
            #[cfg(all(debug_assertions, not(anywhen_loom)))]
            HELD.with(|held| held.set(held.get() + 1));
            Self(())
        }
    }

    impl Drop for Held {
        #[inline]
        fn drop(&mut self) {
            #[cfg(all(debug_assertions, not(anywhen_loom)))]
            HELD.with(|held| held.set(held.get() - 1));
        }
    }

    #[inline]
    pub(super) fn assert_none() {
        #[cfg(all(debug_assertions, not(anywhen_loom)))]
        HELD.with(|held| assert_eq!(held.get(), 0, "foreign code is about to run under an internal lock"));
    }
}
