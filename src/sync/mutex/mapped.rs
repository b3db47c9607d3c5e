//! Guards of a part of the value: what `map` makes of the others.

#![allow(unsafe_code, reason = "the guard is what makes access to the part exclusive")]

#[cfg(feature = "alloc")]
use alloc::sync::Arc;

#[cfg(feature = "alloc")]
use super::{Mutex, OwnedMutexGuard};
use super::{MutexGuard, Permit};
use crate::sync::guard::{Exclusive, guard_impls};
use crate::sync::hold::Hold;
use crate::sync::raw::RawSemaphore;

/// Holds a mutex locked, and gives access to a part of its value; dropping it unlocks.
///
/// From [`MutexGuard::map`]. It does not know the type of the whole, so functions can give it out without telling of that.
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    hold: Hold<Permit<&'a RawSemaphore>>,
    value: Exclusive<T>,
}

/// Holds a [`Mutex`] locked and alive, and gives access to a part of its value; dropping it unlocks.
///
/// From [`OwnedMutexGuard::map`].
#[cfg(feature = "alloc")]
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T> {
    hold: Hold<Permit<Arc<Mutex<T>>>>,
    value: Exclusive<U>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Narrows the guard to a part of the value. If `f` panics, the mutex is unlocked.
    ///
    /// It is called as `MutexGuard::map(guard, f)`, since a method would hide those of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{Mutex, MutexGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pair = Mutex::new((1, "one"));
    /// let mut number = MutexGuard::map(pair.lock().await, |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// # });
    /// ```
    #[inline]
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = Exclusive::new(f(&mut this));
        MappedMutexGuard { hold: this.hold.map(|permit| Permit(&permit.0.raw)), value }
    }

    /// Narrows the guard to a part of the value, if there is one; or gives the guard back.
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{Mutex, MutexGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let list = Mutex::new(vec![1]);
    /// let first = MutexGuard::try_map(list.lock().await, |list| list.first_mut()).unwrap();
    /// assert_eq!(*first, 1);
    /// drop(first);
    /// let list = MutexGuard::try_map(list.lock().await, |list| list.get_mut(7)).unwrap_err();
    /// assert_eq!(*list, [1]);
    /// # });
    /// ```
    #[inline]
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(MappedMutexGuard { hold: this.hold.map(|permit| Permit(&permit.0.raw)), value }),
            None => Err(this),
        }
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// Narrows the guard further; see [`MutexGuard::map`].
    #[inline]
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = Exclusive::new(f(&mut this));
        MappedMutexGuard { hold: this.hold, value }
    }

    /// Narrows the guard further, or gives it back; see [`MutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(MappedMutexGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

#[cfg(feature = "alloc")]
impl<T: ?Sized> OwnedMutexGuard<T> {
    /// Narrows the guard to a part of the value; see [`MutexGuard::map`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use anywhen::sync::{Mutex, OwnedMutexGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pair = Arc::new(Mutex::new((1, "one")));
    /// let mut number = OwnedMutexGuard::map(pair.clone().lock_owned().await, |pair| &mut pair.0);
    /// anywhen::task::spawn(async move { *number += 1 }).await.unwrap();
    /// assert_eq!(*pair.lock().await, (2, "one"));
    /// # });
    /// ```
    #[inline]
    pub fn map<U, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = Exclusive::new(f(&mut this));
        OwnedMappedMutexGuard { hold: this.hold, value }
    }

    /// Narrows the guard to a part of the value, or gives it back; see [`MutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(OwnedMappedMutexGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

#[cfg(feature = "alloc")]
impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    /// Narrows the guard further; see [`MutexGuard::map`].
    #[inline]
    pub fn map<S, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        let value = Exclusive::new(f(&mut this));
        OwnedMappedMutexGuard { hold: this.hold, value }
    }

    /// Narrows the guard further, or gives it back; see [`MutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<S, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(OwnedMappedMutexGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

guard_impls! { MappedMutexGuard ['a, T: ?Sized] ['a, T] to T; |guard| guard.value.get() }

#[cfg(feature = "alloc")]
guard_impls! { OwnedMappedMutexGuard [T: ?Sized, U: ?Sized] [T, U] to U; |guard| guard.value.get() }
