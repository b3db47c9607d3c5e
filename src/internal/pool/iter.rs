//! Going through the children of a pool, in the order of their slots.

#![allow(unsafe_code, reason = "children are lent, each once")]

use core::marker::PhantomData;
use core::pin::Pin;
use core::ptr::NonNull;

use super::{Key, Pool, index};

/// Where somebody who goes through a pool has got to, and how many more there are.
///
/// It borrows nothing, so that children may come and go meanwhile; those who do may or may not be come across.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(super) next: (usize, usize),
    pub(super) left: usize,
}

impl Cursor {
    /// The key of the next child.
    pub(crate) fn next<T>(&mut self, pool: &Pool<T>) -> Option<Key> {
        if self.left == 0 {
            return None;
        }
        while let Some(in_chunk) = pool.chunks.get(self.next.0) {
            let (chunk, offset) = self.next;
            if offset == in_chunk.capacity() {
                self.next = (chunk + 1, 0);
                continue;
            }
            if !pool.is_opened(chunk, offset) {
                break;
            }
            self.next.1 += 1;
            // SAFETY: it is one of those that have been opened.
            let slot = unsafe { in_chunk.slot(offset) };
            if slot.is_taken() {
                self.left -= 1;
                return Some(Key { index: index(chunk, offset), generation: slot.generation() });
            }
        }
        self.left = 0;
        None
    }
}

/// The children, to be looked at. Others may be put in meanwhile, which may or may not be come across; those that were there are.
///
/// It stays on its thread.
pub(crate) struct PinRef<'a, T> {
    pool: *const Pool<T>,
    cursor: Cursor,
    /// How many there were when those that are left were counted.
    len: usize,
    /// The index behind the slots that had been opened at the beginning.
    end: u32,
    children: PhantomData<&'a T>,
}

impl<'a, T> PinRef<'a, T> {
    pub(crate) fn new(pool: &'a Pool<T>) -> Self {
        // SAFETY: it is borrowed, and so changed by nobody.
        unsafe { Self::of(pool) }
    }

    /// # Safety
    ///
    /// For as long as the borrow lasts, the pool is only changed in that children are put in, and that on this thread.
    pub(super) unsafe fn of(pool: *const Pool<T>) -> Self {
        // SAFETY: nobody else has borrowed it to change it, as the caller says.
        let (cursor, len, end) = unsafe { ((*pool).cursor(), (*pool).len, (*pool).fresh) };
        Self { pool, cursor, len, end, children: PhantomData }
    }

    pub(crate) fn left(&self) -> usize {
        self.cursor.left
    }

    pub(crate) fn next(&mut self) -> Option<Pin<&'a T>> {
        // SAFETY: as in `of`, and not kept any longer than this.
        let pool = unsafe { &*self.pool };
        if pool.len != self.len {
            self.count(pool);
        }
        let slot = pool.find(self.cursor.next(pool)?)?;
        // SAFETY: the child is there, and stays where it is for as long as the borrow lasts.
        Some(unsafe { Pin::new_unchecked(slot.child().as_ref()) })
    }

    /// Counts those that are left anew: others have come, and perhaps between them.
    #[cold]
    fn count(&mut self, pool: &Pool<T>) {
        let mut ahead = Cursor { next: self.cursor.next, left: pool.len };
        let keys = core::iter::from_fn(|| ahead.next(pool));
        self.cursor.left = keys.take_while(|key| key.index < self.end).count();
        self.len = pool.len;
    }
}

impl<T> Clone for PinRef<'_, T> {
    fn clone(&self) -> Self {
        Self { cursor: self.cursor.clone(), ..*self }
    }
}

/// The children, to be changed, each once.
pub(crate) struct PinMut<'a, T> {
    pool: NonNull<Pool<T>>,
    cursor: Cursor,
    children: PhantomData<&'a mut Pool<T>>,
}

// SAFETY: it is a mutable borrow.
unsafe impl<T: Send> Send for PinMut<'_, T> {}
// SAFETY: as above; shared, it does nothing.
unsafe impl<T: Sync> Sync for PinMut<'_, T> {}

impl<'a, T> PinMut<'a, T> {
    pub(crate) fn new(pool: &'a mut Pool<T>) -> Self {
        Self { cursor: pool.cursor(), pool: NonNull::from(pool), children: PhantomData }
    }

    pub(crate) fn left(&self) -> usize {
        self.cursor.left
    }

    pub(crate) fn next(&mut self) -> Option<(Key, Pin<&'a mut T>)> {
        // SAFETY: the pool is borrowed for as long as we are, and its books are only read.
        let pool = unsafe { self.pool.as_ref() };
        let key = self.cursor.next(pool)?;
        let slot = pool.find(key)?;
        // SAFETY: the child is there, and lies in the chunk's buffer, not in what was borrowed above; it comes once.
        Some((key, unsafe { Pin::new_unchecked(slot.child().as_mut()) }))
    }
}

/// The children, taken out one by one. Those that are left are dropped with it.
pub(crate) struct IntoIter<T> {
    pool: Pool<T>,
    cursor: Cursor,
}

impl<T> IntoIter<T> {
    pub(crate) fn left(&self) -> usize {
        self.cursor.left
    }
}

impl<T: Unpin> IntoIter<T> {
    pub(crate) fn new(pool: Pool<T>) -> Self {
        Self { cursor: pool.cursor(), pool }
    }

    pub(crate) fn next(&mut self) -> Option<T> {
        let key = self.cursor.next(&self.pool)?;
        self.pool.take(key)
    }
}
