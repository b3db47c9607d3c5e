//! The tree under the tokens, which knows nothing of futures.
//!
//! # What there is
//!
//! A [`Node`] is one allocation. It is shared by the token, its clones, and its children, and is linked into the list of
//! its parent:
//!
//! * **A node has a parent exactly while it is in that parent's list.** Both change together, under the locks of both. The
//!   list owns nothing; that the node is in it means that somebody who will take it out has an `Arc` of it.
//! * **A node without handles is there for its children only.** If it has none, it leaves the tree; if it has a single one,
//!   that takes its place. So there are at most twice as many nodes as tokens, whatever the order in which they come and
//!   go, and a program that replaces its token by a child for ever does not grow.
//! * **Whether it is cancelled is a bit in the word of its signal.** Nothing is linked to a cancelled node.
//!
//! # The locks
//!
//! Each node has one, for its list and its parent. Who takes several takes them upwards, from child to parent, and nobody
//! can become the ancestor of its own ancestor; so there is no cycle. At most three are held, for a few instructions. No
//! waker is woken, nothing of the user's is dropped, and no node freed under any of them.
//!
//! # Cancelling
//!
//! A walk goes to the first child, cancels it, goes on to its first child, and at a node without children takes that out
//! of the tree and goes up. It needs no memory, no recursion, and one lock at a time, or two.
//!
//! Whoever walks cancels everything on the way down again, even if it is cancelled already, and takes a node out only once
//! there is nothing left below. So an empty list means that all that was below is cancelled: two that cancel the same tree
//! at the same time help each other, and neither returns too early. A walk that finds the node on which it stands taken
//! out begins again at the top. Some other thread has then made the tree smaller.

#![allow(unsafe_code, reason = "the children are an intrusive list")]

#[cfg(all(test, anywhen_loom))]
mod models;

use alloc::sync::Arc;
use core::mem;

use super::children::{Children, Links};
use super::reason::CancelReason;
use crate::internal::lock::Lock;
use crate::internal::shim::UnsafeCell;
use crate::internal::shim::atomic::{AtomicUsize, Ordering};
use crate::sync::signal::{Signal, WAITERS};

/// It is cancelled. Never together with [`WAITERS`], and never taken back.
pub(super) const CANCELLED: usize = WAITERS << 1;

/// What a token, its clones and its children share.
pub(super) struct Node {
    pub(super) signal: Signal,
    /// How many [`Handle`]s there are. Once there is none, there never is one again.
    handles: AtomicUsize,
    family: Lock<Family>,
    /// The place in the parent's list, guarded by the parent's lock.
    pub(super) links: UnsafeCell<Links>,
}

struct Family {
    parent: Option<Arc<Node>>,
    children: Children,
    /// Does not change any more once the node is cancelled.
    reason: Option<CancelReason>,
}

// SAFETY: the lists own nothing, and what they lead to is reached under the lock that guards them.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

/// A node that somebody can cancel, or wait for.
pub(super) struct Handle(Arc<Node>);

impl Handle {
    /// A node without a parent.
    pub(super) fn new() -> Self {
        Self(Arc::new(Node::new(None)))
    }

    /// A node that is cancelled when this one is.
    pub(super) fn child(&self) -> Self {
        let child = Self(Arc::new(Node::new(Some(Arc::clone(&self.0)))));
        let refused = self.0.family.with(|family| {
            if self.0.is_cancelled() {
                return Some(family.reason.clone());
            }
            // SAFETY: it is a new one. It is not freed without its handle's `Drop`, which takes it out.
            unsafe { family.children.push(&child.0) };
            None
        });
        if let Some(reason) = refused {
            drop(child.0.family.with(|family| family.parent.take()));
            child.0.mark(reason);
        }
        child
    }

    /// Cancels it, and all below.
    pub(super) fn cancel(&self, reason: Option<CancelReason>) {
        // First, so that a panic of a waker keeps nobody below from being cancelled.
        let mut walk = Walk { root: &self.0, at: Arc::clone(&self.0), over: false };
        self.0.mark(reason);
        walk.run();
    }

    #[inline]
    pub(super) fn node(&self) -> &Arc<Node> {
        &self.0
    }
}

impl Clone for Handle {
    #[inline]
    fn clone(&self) -> Self {
        // First, for it sees to it that there are not too many.
        let node = Arc::clone(&self.0);
        // ORDERING: Relaxed; see `has_handles`.
        node.handles.fetch_add(1, Ordering::Relaxed);
        Self(node)
    }
}

impl Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Relaxed; see `has_handles`.
        if self.0.handles.fetch_sub(1, Ordering::Relaxed) == 1 {
            let mut settling = Settling(None);
            self.0.settle(&mut settling.0);
            settling.run();
        }
    }
}

impl Node {
    #[inline]
    fn new(parent: Option<Arc<Self>>) -> Self {
        Self {
            signal: Signal::new("CancellationToken", 0),
            handles: AtomicUsize::new(1),
            family: Lock::new(Family { parent, children: Children::new(), reason: None }),
            links: UnsafeCell::new(Links::new()),
        }
    }

    #[inline]
    pub(super) fn is_cancelled(&self) -> bool {
        self.signal.word() & CANCELLED != 0
    }

    pub(super) fn reason(&self) -> Option<CancelReason> {
        if self.is_cancelled() { self.family.with(|family| family.reason.clone()) } else { None }
    }

    /// Cancels this one alone. The first reason stands.
    fn mark(&self, mut reason: Option<CancelReason>) {
        self.family.with(|family| {
            if !self.is_cancelled() && family.reason.is_none() {
                family.reason = reason.take();
            }
        });
        // What is left of the reason is dropped after this: it is foreign code.
        self.signal.update(|word| (word | CANCELLED) & !WAITERS);
    }

    /// Whether somebody can cancel it, or wait for it.
    #[inline]
    fn has_handles(&self) -> bool {
        // ORDERING: Relaxed. Two may make a node superfluous: who drops the last handle, and who takes out a child. Both
        // take the lock, the one after it has counted, the other before it looks here. So the second of them to take it
        // sees what both have done.
        self.handles.load(Ordering::Relaxed) != 0
    }

    /// Does what is to be done once there are no handles, and again when a child has gone after that: see the file's head.
    /// If the list of another node changes, `next` becomes that one.
    fn settle(&self, next: &mut Option<Arc<Self>>) {
        let heir = self.family.with(|family| {
            if family.children.is_empty() {
                *next = self.leave(family);
                return None;
            }
            family.children.only()
        });
        if let Some(heir) = heir {
            heir.succeed(next);
        }
    }

    /// Takes itself out of the tree, and returns its parent. The caller has the lock of `family`, which is its own.
    #[inline]
    fn leave(&self, family: &mut Family) -> Option<Arc<Self>> {
        let parent = family.parent.take()?;
        // SAFETY: it has a parent, so it is in that one's list.
        parent.family.with(|family| unsafe { family.children.remove(self) });
        Some(parent)
    }

    /// Takes the place of its parent, if that is there for it alone. `next` becomes its new parent.
    #[cold]
    #[inline(never)]
    fn succeed(self: &Arc<Self>, next: &mut Option<Arc<Self>>) {
        let old = self.family.with(|family| {
            let parent = family.parent.as_ref()?;
            let above = parent.family.with(|above| {
                if parent.has_handles() || !above.children.is_only(self) {
                    return None;
                }
                // SAFETY: it is the only one in there.
                unsafe { above.children.remove(self) };
                let grandparent = above.parent.take();
                if let Some(grandparent) = &grandparent {
                    // SAFETY: the parent had this one, so it was in its list. We are in none any more, and take ourselves
                    // out of this one before we are freed.
                    grandparent.family.with(|family| unsafe { family.children.replace(parent, self) });
                }
                Some(grandparent)
            })?;
            next.clone_from(&above);
            mem::replace(&mut family.parent, above)
        });
        // Last, and outside of the lock: it may be the end of a reason, which is foreign code.
        drop(old);
    }
}

/// The node that is to be settled next, unless it has handles.
struct Settling(Option<Arc<Node>>);

impl Settling {
    #[inline]
    fn run(&mut self) {
        while let Some(node) = self.0.take() {
            if !node.has_handles() {
                node.settle(&mut self.0);
            }
        }
    }
}

impl Drop for Settling {
    /// Goes on if the destructor of a reason unwinds.
    fn drop(&mut self) {
        self.run();
    }
}

/// The walk over what is below `root`, which is marked already.
struct Walk<'a> {
    root: &'a Arc<Node>,
    at: Arc<Node>,
    over: bool,
}

impl Walk<'_> {
    fn run(&mut self) {
        while !self.over {
            // A child is cancelled for the reason for which its parent is.
            let first = self.at.family.with(|family| Some((family.children.first()?, family.reason.clone())));
            if let Some((child, reason)) = first {
                child.mark(reason);
                self.at = child;
            } else if Arc::ptr_eq(&self.at, self.root) {
                self.over = true;
            } else {
                let parent = self.at.family.with(|family| self.at.leave(family));
                self.at = parent.unwrap_or_else(|| Arc::clone(self.root));
            }
        }
    }
}

impl Drop for Walk<'_> {
    /// Goes on if a waker unwinds.
    fn drop(&mut self) {
        self.run();
    }
}
