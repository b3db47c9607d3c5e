//! What every guard that gives out `&mut T` has in common, so that each guard's own file holds only what differs.

#![allow(unsafe_code, reason = "the guard is what makes access to the cell exclusive")]

/// Implements `Deref`, `DerefMut`, `Debug` and `Display` for a guard.
///
/// The closure leads from the guard to the cell's pointer. Whoever writes the invocation vouches that a guard exists only
/// while its holder alone may touch what the pointer leads to.
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

/// A guard is invariant in the type of its value, as `&mut` is: could a lifetime in it shrink, then a reference that soon
/// ends could be put into a lock that lasts (asyncband#122).
///
/// ```
/// use anywhen::sync::{MutexGuard, OwnedMutexGuard};
///
/// fn borrow<'short, 'long: 'short, T>(guard: MutexGuard<'long, T>) -> MutexGuard<'short, T> {
///     guard
/// }
/// fn own<'long>(guard: OwnedMutexGuard<&'long str>) -> OwnedMutexGuard<&'long str> {
///     guard
/// }
/// ```
///
/// ```compile_fail
/// use anywhen::sync::MutexGuard;
///
/// fn shrink<'a, 'short, 'long: 'short>(guard: MutexGuard<'a, &'long str>) -> MutexGuard<'a, &'short str> {
///     guard
/// }
/// ```
///
/// ```compile_fail
/// use anywhen::sync::OwnedMutexGuard;
///
/// fn shrink<'short, 'long: 'short>(guard: OwnedMutexGuard<&'long str>) -> OwnedMutexGuard<&'short str> {
///     guard
/// }
/// ```
#[cfg(doctest)]
struct Invariance;
