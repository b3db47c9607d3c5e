//! The children of a node: a circular list, doubly linked, whose links are in the children themselves.
//!
//! So adding, removing and replacing a child is O(1), and needs no memory, however many siblings there are.

#![allow(unsafe_code, reason = "an intrusive list")]

use alloc::sync::Arc;
use core::ptr;

use super::tree::Node;

/// The list; it is guarded by its owner's lock, and so are the [`Links`] of whoever is in it.
///
/// It owns nothing. Whoever is in it is alive, and in an `Arc`: that is what they promise who put it there.
pub(super) struct Children {
    /// The eldest, or null.
    first: *const Node,
}

/// Where a node stands in the list of its parent; null while it is in none.
pub(super) struct Links {
    prev: *const Node,
    next: *const Node,
}

impl Links {
    pub(super) const fn new() -> Self {
        Self { prev: ptr::null(), next: ptr::null() }
    }
}

impl Children {
    pub(super) const fn new() -> Self {
        Self { first: ptr::null() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// The eldest.
    pub(super) fn first(&self) -> Option<Arc<Node>> {
        if self.is_empty() {
            return None;
        }
        // SAFETY: it is in the list, so it is alive and in an `Arc`, from which the pointer was made.
        unsafe {
            Arc::increment_strong_count(self.first);
            Some(Arc::from_raw(self.first))
        }
    }

    /// The one and only child.
    pub(super) fn only(&self) -> Option<Arc<Node>> {
        self.first().filter(|first| self.is_only(first))
    }

    /// Whether `child` is the one and only.
    pub(super) fn is_only(&self, child: &Node) -> bool {
        let child = ptr::from_ref(child);
        // SAFETY: the first one is in the list.
        self.first == child && unsafe { next(child) } == child
    }

    /// Adds the youngest.
    ///
    /// # Safety
    ///
    /// It is in no list, and is not freed before it is taken out of this one.
    pub(super) unsafe fn push(&mut self, child: &Arc<Node>) {
        let child = Arc::as_ptr(child);
        if self.is_empty() {
            // SAFETY: alive, as `child` was made from a reference.
            unsafe { set_links(child, child, child) };
            self.first = child;
        } else {
            // SAFETY: the first one is in the list, and `child` in none.
            unsafe { insert(child, self.first) };
        }
    }

    /// Takes one out.
    ///
    /// # Safety
    ///
    /// It is in this list.
    pub(super) unsafe fn remove(&mut self, child: &Node) {
        let child = ptr::from_ref(child);
        // SAFETY: `child` and those beside it are in the list, and so alive.
        unsafe {
            let (before, after) = (prev(child), next(child));
            set_next(before, after);
            set_prev(after, before);
            set_links(child, ptr::null(), ptr::null());
            if self.first == child {
                self.first = if after == child { ptr::null() } else { after };
            }
        }
    }

    /// Gives the place of `old` to `new`.
    ///
    /// # Safety
    ///
    /// As for [`remove`](Self::remove) and [`push`](Self::push).
    pub(super) unsafe fn replace(&mut self, old: &Node, new: &Arc<Node>) {
        // SAFETY: this function's contract.
        unsafe { insert(Arc::as_ptr(new), old) };
        if self.first == ptr::from_ref(old) {
            self.first = Arc::as_ptr(new);
        }
        // SAFETY: as above.
        unsafe { self.remove(old) };
    }
}

/// # Safety
///
/// `node` is in no list, `successor` in this one.
unsafe fn insert(node: *const Node, successor: *const Node) {
    // SAFETY: both are alive, and so is the other neighbour, as it is in the list.
    unsafe {
        let before = prev(successor);
        set_links(node, before, successor);
        set_next(before, node);
        set_prev(successor, node);
    }
}

// For all of these, `node` is alive, and the lock is held of the list in which it is or is to be.

unsafe fn prev(node: *const Node) -> *const Node {
    // SAFETY: see above.
    unsafe { (*node).links.with_mut(|links| (*links).prev) }
}

unsafe fn next(node: *const Node) -> *const Node {
    // SAFETY: see above.
    unsafe { (*node).links.with_mut(|links| (*links).next) }
}

unsafe fn set_prev(node: *const Node, prev: *const Node) {
    // SAFETY: see above.
    unsafe { (*node).links.with_mut(|links| (*links).prev = prev) }
}

unsafe fn set_next(node: *const Node, next: *const Node) {
    // SAFETY: see above.
    unsafe { (*node).links.with_mut(|links| (*links).next = next) }
}

unsafe fn set_links(node: *const Node, prev: *const Node, next: *const Node) {
    // SAFETY: see above.
    unsafe { (*node).links.with_mut(|links| *links = Links { prev, next }) }
}
