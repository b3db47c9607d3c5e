//! What every guard that gives out `&T` or `&mut T` has in common, so that each guard's own file holds only what differs.

#![allow(unsafe_code, reason = "the guard is what makes access to the cell exclusive")]

use core::marker::PhantomData;
use core::ptr::NonNull;

/// Where the value of a guard lies that has been narrowed to a part of what is locked. It stands for a `&mut T`: invariant
/// in `T`, `Send` and `Sync` only where that is.
pub(crate) struct Exclusive<T: ?Sized> {
    value: NonNull<T>,
    _value: PhantomData<*mut T>,
}

// SAFETY: it stands for a `&mut T`.
unsafe impl<T: ?Sized + Send> Send for Exclusive<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for Exclusive<T> {}

impl<T: ?Sized> Exclusive<T> {
    /// Whoever follows the pointer sees to it that the value is still locked.
    #[inline]
    pub(crate) fn new(value: &mut T) -> Self {
        Self { value: NonNull::from(value), _value: PhantomData }
    }

    #[inline]
    pub(crate) fn get(&self) -> *mut T {
        self.value.as_ptr()
    }
}

/// Where the value of a guard lies that shares it with others. It stands for a `&T`: covariant in `T`, `Send` and `Sync` only
/// where `T` is `Sync`.
///
/// It is no `&T`, because a function may take no reference that ends before it does; and one that drops the guard which it
/// was given would.
pub(crate) struct Shared<T: ?Sized>(NonNull<T>);

// SAFETY: it stands for a `&T`.
unsafe impl<T: ?Sized + Sync> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for Shared<T> {}

impl<T: ?Sized> Shared<T> {
    /// Whoever follows the pointer sees to it that the value is still locked.
    #[inline]
    pub(crate) fn new(value: &T) -> Self {
        Self(NonNull::from(value))
    }

    #[inline]
    pub(crate) fn get(&self) -> *const T {
        self.0.as_ptr()
    }
}

/// Implements `Deref`, `Debug` and `Display` for a guard.
///
/// The closure leads from the guard to the pointer to the value. Whoever writes the invocation vouches that while a guard
/// exists nobody changes what the pointer leads to, other than through the guard.
macro_rules! read_guard_impls {
    ($name:ident [$($param:tt)*] [$($arg:tt)*] to $target:ty; |$guard:ident| $pointer:expr) => {
        impl<$($param)*> core::ops::Deref for $name<$($arg)*> {
            type Target = $target;

            #[inline]
            fn deref(&self) -> &$target {
                let $guard = self;
                // SAFETY: while the guard exists nobody else changes the value; `&self` excludes `deref_mut`, if there is one.
                unsafe { &*$pointer }
            }
        }

        // As the lock is: nothing is poisoned.
        impl<$($param)*> core::panic::UnwindSafe for $name<$($arg)*> {}
        impl<$($param)*> core::panic::RefUnwindSafe for $name<$($arg)*> {}

        impl<$($param)*> core::fmt::Debug for $name<$($arg)*>
        where
            $target: core::fmt::Debug,
        {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Debug::fmt(&**self, f)
            }
        }

        impl<$($param)*> core::fmt::Display for $name<$($arg)*>
        where
            $target: core::fmt::Display,
        {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&**self, f)
            }
        }
    };
}
pub(crate) use read_guard_impls;

/// Implements `DerefMut` for a guard, and what [`read_guard_impls`] does.
///
/// Whoever writes the invocation vouches that a guard exists only while its holder alone may touch what the pointer leads
/// to.
///
/// The guard must be invariant in the type of its value, as `&mut` is: could a lifetime in it shrink, then a reference that
/// soon ends could be put into a lock that lasts (asyncband#122). `tests/compile_fail` asks that of each.
macro_rules! guard_impls {
    ($name:ident [$($param:tt)*] [$($arg:tt)*] to $target:ty; |$guard:ident| $pointer:expr) => {
        $crate::sync::guard::read_guard_impls! { $name [$($param)*] [$($arg)*] to $target; |$guard| $pointer }

        impl<$($param)*> core::ops::DerefMut for $name<$($arg)*> {
            #[inline]
            fn deref_mut(&mut self) -> &mut $target {
                let $guard = &*self;
                // SAFETY: while the guard exists nobody else has access; `&mut self` excludes every other through it.
                unsafe { &mut *$pointer }
            }
        }
    };
}
pub(crate) use guard_impls;
