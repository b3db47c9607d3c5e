//! The wakers of the children: each is an address in the block, and counts among those who keep it.

#![allow(unsafe_code, reason = "wakers made of the address of a child")]

use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable};

use super::super::shim::atomic::Ordering;
use super::block::{Block, CHILD, Group};

/// The waker of what [`Block::child`] points to. It does not count yet.
#[inline]
pub(super) fn raw(child: NonNull<()>) -> RawWaker {
    RawWaker::new(child.as_ptr(), &TABLE)
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release);

/// The group and the child of a waker.
///
/// # Safety
///
/// `data` is that of a waker of a set.
#[inline]
unsafe fn take_apart(data: *const ()) -> (NonNull<Group>, usize) {
    let group = data.map_addr(|address| address & !CHILD).cast_mut().cast::<Group>();
    // SAFETY: it is a group's address.
    (unsafe { NonNull::new_unchecked(group) }, data.addr() & CHILD)
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: it is called for a waker, which keeps the block alive.
    let block = unsafe { take_apart(data).0.as_ref().block.as_ref() };
    // ORDERING: Relaxed, as in `Arc`: whoever clones has one already.
    if block.refs.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        too_many_wakers();
    }
    RawWaker::new(data, &TABLE)
}

/// Wakers were forgotten until their number does not fit. There is no going on, as with `Arc`.
#[cold]
fn too_many_wakers() -> ! {
    /// The second panic, which aborts.
    struct Abort;

    impl Drop for Abort {
        fn drop(&mut self) {
            panic!("too many wakers");
        }
    }

    let _abort = Abort;
    panic!("too many wakers");
}

unsafe fn wake(data: *const ()) {
    /// The end of the waker, also where waking panics.
    struct Release(NonNull<Block>);

    impl Drop for Release {
        #[inline]
        fn drop(&mut self) {
            // SAFETY: made once, for the waker that is used up.
            unsafe { Block::release(self.0) };
        }
    }

    // SAFETY: it is called for a waker, which keeps the block alive until `release`, at the end.
    unsafe {
        let (group, child) = take_apart(data);
        let _release = Release(group.as_ref().block);
        Group::wake(group, child);
    }
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: it is called for a waker, which keeps the block alive until this returns.
    unsafe {
        let (group, child) = take_apart(data);
        Group::wake(group, child);
    }
}

unsafe fn release(data: *const ()) {
    // SAFETY: it is called for a waker, whose share this is.
    unsafe { Block::release(take_apart(data).0.as_ref().block) };
}
