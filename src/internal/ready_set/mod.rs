//! Which of many children were woken, and the wakers that tell.
//!
//! A future over many others that hands its own waker to all of them cannot know who was woken, and polls everybody. With
//! a [`ReadySet`] each child is polled with a waker of its own, and only those are polled that were woken. All wakers of a
//! set live in one block of memory, which is counted, since wakers outlive futures.
//!
//! # The block
//!
//! ```text
//! Block            root      who wakes the parent, and a bit for each group, or for each run of words
//! groups, aligned  group     a bit for each child
//! words            word      a bit for each of 64 groups; there are none while the root has bits enough, that is up to 2048 children
//! ```
//!
//! A bit is set where somebody below it was woken since it was last looked at. A child's waker sets the child's bit; if that
//! is the first of its group, the group's in its word, if there are words; if that is the first there, the one in the root; and if
//! that is the first there, it wakes the parent. So a child that is woken twice before it is looked at costs one atomic operation
//! the second time, and a crowd that is woken at once wakes the parent once. The parent goes the other way: it clears a bit, and
//! *then* looks at what is below it. Whoever comes in between finds the bit clear and sets it again; so nobody is overlooked, and
//! the worst is a look at a group in which nobody was woken.
//!
//! What a waker points to is the address of its group plus the number of the child in it. Groups are aligned to 64
//! bytes, so that the two can be told apart, and a waker needs no memory of its own.
//!
//! # The parent's waker
//!
//! It lies in the block, and is changed where it is, whenever the parent is polled with another. Whoever sets the first bit
//! of the root counts itself as a *reader* of that waker in the same atomic operation. The parent changes it only while
//! there are no readers, and keeps others from becoming readers meanwhile: those need not wake anybody, since the parent is
//! about to look. If there is a reader, the old waker is being woken at this moment by somebody. The parent then
//! keeps it, wakes itself, and tries again at its next poll. Nobody ever waits for anybody.

#![allow(unsafe_code, reason = "the set keeps its block alive")]

mod block;
#[cfg(all(test, anywhen_loom))]
mod models;
mod waker;
mod walk;

use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use core::task::Waker;

use self::block::{BITS, Block, Group};
pub(crate) use self::walk::Walk;
use super::shim::atomic::{AtomicUsize, Ordering};

/// Set of children, numbered from 0, of which each has a waker and is looked at when it was woken.
///
/// All are there to begin with. Its owner says who is not any longer, or passes over those who are not when they come.
pub(crate) struct ReadySet {
    block: NonNull<Block>,
}

// SAFETY: what wakers share is atomic, or guarded as `Block` says; wakers may be sent and shared. What is in cells is written by
// methods that take `&mut self` alone.
unsafe impl Send for ReadySet {}
// SAFETY: as above; `&self` gives access to atomics, and to what is only written through `&mut self`.
unsafe impl Sync for ReadySet {}

impl ReadySet {
    /// For so many children, of whom there must be one. One allocation.
    ///
    /// # Panics
    ///
    /// If that many do not fit into memory.
    pub(crate) fn new(children: usize) -> Self {
        Self { block: Block::new(children) }
    }

    #[inline]
    fn block(&self) -> &Block {
        // SAFETY: the set keeps the block alive.
        unsafe { self.block.as_ref() }
    }

    #[inline]
    fn group(&self, number: usize) -> &Group {
        debug_assert!(number < self.block().groups);
        // SAFETY: there is one, as the number is that of a child's group, and the set keeps it alive.
        unsafe { Block::group(self.block, number).as_ref() }
    }

    /// The child of that number is no longer there; wakers of it that are still about have nobody polled.
    #[inline]
    pub(crate) fn leave(&mut self, child: usize) {
        let there = &self.group(child / BITS).there;
        there.set(there.get() & !(1 << (child % BITS)));
    }

    /// Whether it has not left.
    #[inline]
    pub(crate) fn is_there(&self, child: usize) -> bool {
        self.group(child / BITS).there.get() & 1 << (child % BITS) != 0
    }

    /// As if the child had been woken; but the parent is not told. To be called while it is polled, or by whoever tells it.
    #[inline]
    pub(crate) fn mark(&mut self, child: usize) {
        let group = self.group(child / BITS);
        let before = group.marked.get();
        group.marked.set(before | 1 << (child % BITS));
        if before == 0 {
            group.mark_first();
        }
    }

    /// As [`mark`](Self::mark), of all who are there.
    pub(crate) fn mark_all(&mut self) {
        for number in 0..self.block().groups {
            let group = self.group(number);
            if group.marked.replace(group.there.get()) == 0 {
                group.mark_first();
            }
        }
    }

    /// As if it had not been [marked](Self::mark).
    pub(crate) fn unmark(&mut self, child: usize) {
        let marked = &self.group(child / BITS).marked;
        marked.set(marked.get() & !(1 << (child % BITS)));
    }

    /// The waker of a child, to be lent while the set is there.
    #[inline]
    pub(crate) fn waker(&self, child: usize) -> ManuallyDrop<Waker> {
        debug_assert!(child / BITS < self.block().groups);
        // SAFETY: there is such a child. The waker does not count, and so must not be dropped.
        ManuallyDrop::new(unsafe { Waker::from_raw(waker::raw(Block::child(self.block, child))) })
    }

    /// The parent's waker, to be lent while the set is there and [`set_parent`](Self::set_parent) is not called.
    pub(crate) fn parent(&self) -> Option<ManuallyDrop<Waker>> {
        self.block().parent.with(|parent| {
            // SAFETY: only `set_parent` and `drop` write it while the set is there, and they have it exclusively. The copy is
            // neither dropped, nor used for longer than the caller may.
            unsafe { parent.read() }.map(ManuallyDrop::new)
        })
    }

    /// Whether it is the parent that is woken when a child is.
    #[inline]
    pub(crate) fn has_parent(&self, parent: &Waker) -> bool {
        // SAFETY: only `set_parent` and `drop` write it while the set is there, and they have it exclusively.
        self.block().parent.with(|own| unsafe { &*own }.as_ref().is_some_and(|own| own.will_wake(parent)))
    }

    /// Has `parent` woken from now on when a child is. To be called at each poll, before [`begin`](Self::begin).
    ///
    /// Where it is another than before, it is cloned, and the old one dropped. It is false if that is not done yet: the old one is
    /// being woken at this moment. Then the new one was woken, too, and comes again.
    #[inline]
    pub(crate) fn set_parent(&mut self, parent: &Waker) -> bool {
        self.has_parent(parent) || self.replace_parent(parent)
    }

    #[cold]
    fn replace_parent(&mut self, parent: &Waker) -> bool {
        // SAFETY: we are the owner.
        let result = unsafe { self.block().replace_parent(Some(parent.clone())) };
        let is_done = result.is_ok();
        if !is_done {
            // Whoever comes next would wake the old one, too; so this poll is not the last one of the new one.
            parent.wake_by_ref();
        }
        is_done
    }

    /// Whether somebody may have been woken.
    #[inline]
    pub(crate) fn is_woken(&self) -> bool {
        self.block().is_woken()
    }
}

impl Drop for ReadySet {
    fn drop(&mut self) {
        // SAFETY: we are the owner, for the last time.
        let parent = unsafe { self.block().close() };
        // SAFETY: the set is one of those who keep it.
        unsafe { Block::release(self.block) };
        // Last, since it may panic.
        drop(parent);
    }
}

/// What is there at the moment, or was a moment ago.
#[inline]
fn look(bits: &AtomicUsize) -> usize {
    // loom does not run others before a load, as it does before what may change something; it would miss most of what there is.
    if cfg!(anywhen_loom) { bits.fetch_or(0, Ordering::Relaxed) } else { bits.load(Ordering::Relaxed) }
}

/// Takes what is there.
#[inline]
fn take(bits: &AtomicUsize) -> usize {
    // ORDERING: Acquire, with `Group::wake`: what happened before a wake is seen by the poll that follows from it. Relaxed, for
    // looking whether there is anything: whoever was announced by the bit that led here is seen by that.
    match look(bits) {
        0 => 0,
        _ => bits.swap(0, Ordering::Acquire),
    }
}
