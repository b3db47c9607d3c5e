//! A pool into which children are put through a shared reference, on one thread.

#![allow(unsafe_code, reason = "a pool is shared with those who put children in")]

use core::cell::UnsafeCell;
use core::fmt;

use super::{PinRef, Pool, sound};

/// A pool that is shared with whoever puts children in.
///
/// What is done through `&self` borrows the pool for as long as no foreign code runs: wakers are woken afterwards, and a
/// child that is lent lies in a buffer of its own. So nobody meets the pool while it is borrowed.
pub(crate) struct PoolCell<T> {
    pool: UnsafeCell<Pool<T>>,
}

impl<T> PoolCell<T> {
    #[inline]
    pub(crate) const fn new(pool: Pool<T>) -> Self {
        Self { pool: UnsafeCell::new(pool) }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut Pool<T> {
        self.pool.get_mut()
    }

    pub(crate) fn into_inner(self) -> Pool<T> {
        self.pool.into_inner()
    }

    #[inline]
    fn read<R>(&self, read: impl FnOnce(&Pool<T>) -> R) -> R {
        // SAFETY: this is not `Sync`, and no method here calls another while it has the pool; see above.
        read(unsafe { &*self.pool.get() })
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.read(Pool::len)
    }

    #[inline]
    pub(crate) fn is_terminated(&self) -> bool {
        self.read(Pool::is_terminated)
    }

    pub(crate) fn capacity(&self) -> usize {
        self.read(Pool::capacity)
    }

    /// Puts in a child, and wakes whoever waits for one.
    #[inline]
    pub(crate) fn insert(&self, child: T) {
        // SAFETY: as in `read`: what puts a child in calls nothing foreign, and children are not borrowed with the pool.
        let alarm = unsafe {
            (*self.pool.get()).insert(child);
            (*self.pool.get()).alarm()
        };
        sound(alarm);
    }

    /// The children that are there now, while others may be put in.
    pub(crate) fn iter(&self) -> PinRef<'_, T> {
        // SAFETY: as in `read`; children are put in on this thread only, as what this gives stays on it.
        unsafe { PinRef::of(self.pool.get()) }
    }
}

impl<T> fmt::Debug for PoolCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|pool| pool.fmt(f))
    }
}
