//! A circular, doubly linked list of entries, one word long: the first entry's `prev` is the last.

#![allow(unsafe_code, reason = "the intrusive half of the wheel")]

use core::ptr;

use super::entry::Entry;

/// A list of linked entries, in the order in which they were pushed.
///
/// Everything in it is alive, because whoever owns an entry takes it out, under the lock, before letting go of it.
#[derive(Debug)]
pub(super) struct List {
    first: *const Entry,
}

impl List {
    pub(super) const EMPTY: Self = Self { first: ptr::null() };

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// # Safety
    ///
    /// `entry` is alive, in no list, and stays where it is until it is taken out.
    #[inline]
    pub(super) unsafe fn push(&mut self, entry: *const Entry) {
        // SAFETY: `entry` by the caller's promise, the others because they are linked.
        unsafe {
            if self.first.is_null() {
                (*entry).prev.set(entry);
                (*entry).next.set(entry);
                self.first = entry;
                return;
            }
            let last = (*self.first).prev.get();
            (*entry).prev.set(last);
            (*entry).next.set(self.first);
            (*last).next.set(entry);
            (*self.first).prev.set(entry);
        }
    }

    /// # Safety
    ///
    /// `entry` is in this list.
    #[inline]
    pub(super) unsafe fn remove(&mut self, entry: *const Entry) {
        // SAFETY: linked entries are alive.
        unsafe {
            let next = (*entry).next.get();
            if ptr::eq(next, entry) {
                self.first = ptr::null();
                return;
            }
            let prev = (*entry).prev.get();
            (*prev).next.set(next);
            (*next).prev.set(prev);
            if ptr::eq(self.first, entry) {
                self.first = next;
            }
        }
    }

    /// The deadlines of all entries, in order.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = u64> + '_ {
        let mut entry = self.first;
        core::iter::from_fn(move || {
            if entry.is_null() {
                return None;
            }
            // SAFETY: linked entries are alive, and so are their neighbours; `&self` keeps them linked.
            let (deadline, next) = unsafe { ((*entry).deadline(), (*entry).next.get()) };
            entry = if ptr::eq(next, self.first) { ptr::null() } else { next };
            Some(deadline)
        })
    }

    /// Takes the first entry out.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<*const Entry> {
        let first = self.first;
        if first.is_null() {
            return None;
        }
        // SAFETY: it is the first of this list.
        unsafe { self.remove(first) };
        Some(first)
    }
}
