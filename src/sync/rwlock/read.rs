//! To read: side by side with other readers.

#![allow(unsafe_code, reason = "who holds a place may read the cell")]

use super::RwLock;
use super::places::{One, Places};
use crate::sync::TryLockError;
use crate::sync::guard::{Shared, read_guard_impls};
use crate::sync::hold::Hold;
use crate::sync::observe::Site;
use crate::sync::raw::acquire_future;

// SAFETY: the lock gives access to the value to many readers at a time, or to one writer, whichever threads those are on;
// a writer may move the value out, so it must be `Send`, and for readers on several threads it must be `Sync`.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T: ?Sized> core::panic::UnwindSafe for RwLock<T> {}
impl<T: ?Sized> core::panic::RefUnwindSafe for RwLock<T> {}

/// Holds a [`RwLock`] to read its value, or a part of that; dropping it unlocks.
///
/// It may be held across an `.await`, and sent to another thread if the value may be shared with it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    pub(super) hold: Hold<One<&'a Places>>,
    pub(super) value: Shared<T>,
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until it may be read.
    ///
    /// Who holds a guard should not wait for another one; see [`RwLock`] about fairness.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue, and nothing else.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the guard.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let lock = anywhen::sync::RwLock::new(1);
    /// let (one, another) = (lock.read().await, lock.read().await);
    /// assert_eq!(*one + *another, 2);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn read(&self) -> Read<'_, T> {
        Read::new(One(self), 1, Site::here())
    }

    /// Takes the lock to read, if no writer has it, and nobody waits who may not be overtaken.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if not.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(());
    /// let reader = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_ok());
    /// # drop(reader);
    /// let writer = lock.try_write().unwrap();
    /// assert!(lock.try_read().is_err());
    /// # drop(writer);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        One(self).try_take(Site::here()).map(RwLockReadGuard::new)
    }

    /// Waits until it may be read, and blocks the thread meanwhile.
    ///
    /// For code that is not async. In a task it holds up the executor's thread: use [`read`](Self::read) there. Unlike
    /// tokio's, it does not panic inside of a runtime, since it cannot know that it is in one.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anywhen::sync::RwLock::new(1);
    /// assert_eq!(*lock.blocking_read(), 1);
    /// ```
    #[cfg(feature = "std")]
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        crate::time::driver::block_on(self.read())
    }
}

acquire_future! {
    /// Waits for a [`RwLock`], to read; from [`RwLock::read`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place in the queue, and nothing else.
    Read ['a, T: ?Sized] ['a, T] of One<&'a RwLock<T>> => RwLockReadGuard<'a, T>;
    granted: |one, _, site| RwLockReadGuard::new(Hold::new(one, site));
    refused: |_| unreachable!("a lock is never closed, and its queue has no limit");
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    #[inline]
    pub(super) fn new(hold: Hold<One<&'a RwLock<T>>>) -> Self {
        // SAFETY: while there is a hold nobody writes.
        let value = Shared::new(unsafe { &*hold.held().0.value.get() });
        Self { hold: hold.map(|one| One(&one.0.places)), value }
    }

    /// Narrows the guard to a part of the value. If `f` panics, the lock is released.
    ///
    /// It is called as `RwLockReadGuard::map(guard, f)`, since a method would hide those of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{RwLock, RwLockReadGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pair = RwLock::new((1, "one"));
    /// let number = RwLockReadGuard::map(pair.read().await, |pair| &pair.0);
    /// assert_eq!(*number, 1);
    /// # });
    /// ```
    #[inline]
    pub fn map<F, U>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
        U: ?Sized,
    {
        let value = Shared::new(f(&this));
        RwLockReadGuard { hold: this.hold, value }
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
    /// use anywhen::sync::{RwLock, RwLockReadGuard};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let list = RwLock::new(vec![1]);
    /// let first = RwLockReadGuard::try_map(list.read().await, |list| list.first()).unwrap();
    /// assert_eq!(*first, 1);
    /// let list = RwLockReadGuard::try_map(list.read().await, |list| list.get(7)).unwrap_err();
    /// assert_eq!(*list, [1]);
    /// # });
    /// ```
    #[inline]
    pub fn try_map<F, U>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
        U: ?Sized,
    {
        match f(&this).map(Shared::new) {
            Some(value) => Ok(RwLockReadGuard { hold: this.hold, value }),
            None => Err(this),
        }
    }
}

read_guard_impls! { RwLockReadGuard ['a, T: ?Sized] ['a, T] to T; |guard| guard.value.get() }
