//! What every guard that gives out `&mut T` has in common, so that each guard's own file holds only what differs.

#![allow(unsafe_code, reason = "the guard is what makes access to the cell exclusive")]

/// Implements `Deref`, `DerefMut`, `Debug` and `Display` for a guard.
///
/// The closure leads from the guard to the cell's pointer. Whoever writes the invocation vouches that a guard exists only
/// while its holder alone may touch what the pointer leads to.
///
/// The guard must be invariant in the type of its value, as `&mut` is: could a lifetime in it shrink, then a reference that
/// soon ends could be put into a lock that lasts (asyncband#122). `tests/compile_fail` asks that of each.
macro_rules! guard_impls {
    ($name:ident [$($param:tt)*] [$($arg:tt)*] to $target:ty; |$guard:ident| $pointer:expr) => {
        impl<$($param)*> core::ops::Deref for $name<$($arg)*> {
            type Target = $target;

            #[inline]
            fn deref(&self) -> &$target {
                let $guard = self;
                // SAFETY: while the guard exists nobody else has access; `&self` excludes `deref_mut`.
                unsafe { &*$pointer }
            }
        }

        impl<$($param)*> core::ops::DerefMut for $name<$($arg)*> {
            #[inline]
            fn deref_mut(&mut self) -> &mut $target {
                let $guard = &*self;
                // SAFETY: as in `deref`; `&mut self` excludes every other access through the guard.
                unsafe { &mut *$pointer }
            }
        }

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
pub(crate) use guard_impls;
