//! Guards to write a part of the value: what `map` makes of the others.

#![allow(unsafe_code, reason = "who holds all places may write the part")]

#[cfg(feature = "alloc")]
use alloc::sync::Arc;

use super::RwLockWriteGuard;
use super::places::{All, Places};
#[cfg(feature = "alloc")]
use super::{OwnedRwLockWriteGuard, RwLock};
use crate::sync::guard::{Exclusive, guard_impls};
use crate::sync::hold::Hold;

/// Holds a read-write lock alone, and gives access to a part of its value; dropping it unlocks.
///
/// From [`RwLockWriteGuard::map`]. It does not know the type of the whole, so functions can give it out without telling of
/// that. It cannot be downgraded.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    hold: Hold<All<&'a Places>>,
    value: Exclusive<T>,
}

/// Holds a [`RwLock`] alone, gives access to a part of its value, and keeps it alive; dropping it unlocks.
///
/// From [`OwnedRwLockWriteGuard::map`]. It cannot be downgraded.
#[cfg(feature = "alloc")]
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T> {
    hold: Hold<All<Arc<RwLock<T>>>>,
    value: Exclusive<U>,
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Narrows the guard to a part of the value. If `f` panics, the lock is released.
    ///
    /// It is called as `RwLockWriteGuard::map(guard, f)`, since a method would hide those of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{RwLock, RwLockWriteGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pair = RwLock::new((1, "one"));
    /// let mut number = RwLockWriteGuard::map(pair.write().await, |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// # });
    /// ```
    #[inline]
    pub fn map<F, U>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
        U: ?Sized,
    {
        let value = Exclusive::new(f(&mut this));
        RwLockMappedWriteGuard { hold: this.hold.map(|all| All(&all.0.places)), value }
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
    /// use anywhen::sync::{RwLock, RwLockWriteGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let list = RwLock::new(vec![1]);
    /// *RwLockWriteGuard::try_map(list.write().await, |list| list.first_mut()).unwrap() = 2;
    /// let list = RwLockWriteGuard::try_map(list.write().await, |list| list.get_mut(7)).unwrap_err();
    /// assert_eq!(*list, [2]);
    /// # });
    /// ```
    #[inline]
    pub fn try_map<F, U>(mut this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
        U: ?Sized,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(RwLockMappedWriteGuard { hold: this.hold.map(|all| All(&all.0.places)), value }),
            None => Err(this),
        }
    }

    /// The same guard, as one of a part that is the whole.
    #[inline]
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        Self::map(this, |value| value)
    }
}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// Narrows the guard further; see [`RwLockWriteGuard::map`].
    #[inline]
    pub fn map<F, U>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
        U: ?Sized,
    {
        let value = Exclusive::new(f(&mut this));
        RwLockMappedWriteGuard { hold: this.hold, value }
    }

    /// Narrows the guard further, or gives it back; see [`RwLockWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<F, U>(mut this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
        U: ?Sized,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(RwLockMappedWriteGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

#[cfg(feature = "alloc")]
impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// Narrows the guard to a part of the value; see [`RwLockWriteGuard::map`].
    #[inline]
    pub fn map<F, U>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
        U: ?Sized,
    {
        let value = Exclusive::new(f(&mut this));
        OwnedRwLockMappedWriteGuard { hold: this.hold, value }
    }

    /// Narrows the guard to a part of the value, or gives it back; see [`RwLockWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<F, U>(mut this: Self, f: F) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
        U: ?Sized,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(OwnedRwLockMappedWriteGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }

    /// The same guard, as one of a part that is the whole.
    #[inline]
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        Self::map(this, |value| value)
    }
}

#[cfg(feature = "alloc")]
impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    /// The lock that this guard holds.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.hold.held().0
    }

    /// Narrows the guard further; see [`RwLockWriteGuard::map`].
    #[inline]
    pub fn map<F, V>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
        V: ?Sized,
    {
        let value = Exclusive::new(f(&mut this));
        OwnedRwLockMappedWriteGuard { hold: this.hold, value }
    }

    /// Narrows the guard further, or gives it back; see [`RwLockWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// The guard, if `f` gives `None`.
    #[inline]
    pub fn try_map<F, V>(mut this: Self, f: F) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
        V: ?Sized,
    {
        match f(&mut this).map(Exclusive::new) {
            Some(value) => Ok(OwnedRwLockMappedWriteGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

guard_impls! { RwLockMappedWriteGuard ['a, T: ?Sized] ['a, T] to T; |guard| guard.value.get() }

#[cfg(feature = "alloc")]
guard_impls! { OwnedRwLockMappedWriteGuard [T: ?Sized, U: ?Sized] [T, U] to U; |guard| guard.value.get() }
