//! What the clones of a `Shared` have in common: the future or its output, and whose turn it is to poll.
//!
//! # Whose turn it is
//!
//! One word says it, in three bits:
//!
//! * `WOKEN`: the future has been woken and not been polled since, or has never been polled. Who finds this bit alone
//!   takes it and polls.
//! * `POLLING`: a clone is polling the future, or looks at what that gave. Until it clears the bit, `content` is its own.
//! * `OVER`: the future gave its output, or panicked. Nothing changes any more, and whoever has a clone may read `content`.
//!
//! A clone registers its waker, *then* looks at the word; what the future is given for a waker sets `WOKEN`, *then* wakes all
//! who are registered. So a clone that goes to sleep either was found by that wake, or saw the bit. A wake that comes while a
//! clone polls is left to that clone: it wakes everybody, itself included, once it has cleared `POLLING`. A clone that
//! looked in between saw `POLLING`, and had registered before.
//!
//! # Who owns what
//!
//! The block is counted twice. `strong` counts the clones; the last of them drops the future or moves the output out, on
//! its own thread. The `Arc` also counts weak handles and the wakers that the future keeps, which may be in the future
//! itself and may outlive what it borrows: they touch the word and the wakers, and never `content`.

#![allow(unsafe_code, reason = "turns at a pinned future in a block with counts of its own")]

use alloc::sync::Arc;
use core::mem::{self, ManuallyDrop};
use core::pin::Pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::internal::live::dropping;
use crate::internal::shim::UnsafeCell;
use crate::internal::shim::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use crate::internal::shim::atomic::{AtomicU8, AtomicUsize};
use crate::internal::wakers::Wakers;

const WOKEN: u8 = 1;
const POLLING: u8 = 2;
const OVER: u8 = 4;

/// The place of a clone that was made when all was over, and never waits.
const NOWHERE: usize = usize::MAX;

struct Block<F: Future> {
    turn: AtomicU8,
    wakers: Wakers,
    strong: AtomicUsize,
    weak: AtomicUsize,
    content: UnsafeCell<Content<F>>,
}

enum Content<F: Future> {
    /// Pinned: it is dropped where it is.
    Future(F),
    Output(F::Output),
    /// The future panicked, or there is no clone any more.
    Gone,
}

// SAFETY: `content` is touched by one thread at a time while there is a future in it (`POLLING`), which may be another thread
// each time, hence `F: Send`. The output is read by all clones, hence `Sync`, and moved or dropped by the last, hence
// `Send`. Everything else is made for being shared.
unsafe impl<F: Future<Output: Send + Sync> + Send> Sync for Block<F> {}

impl<F: Future> Block<F> {
    const VTABLE: RawWakerVTable =
        RawWakerVTable::new(Self::raw_clone, Self::raw_wake, Self::raw_wake_by_ref, Self::raw_drop);

    /// The future has something to do.
    fn wake(&self) {
        // ORDERING: Release hands what happened before to whoever takes the bit. Acquire is for those who come after that.
        if self.turn.fetch_or(WOKEN, AcqRel) == 0 {
            self.wakers.wake_all();
        }
        // Otherwise there is somebody who is to wake: who was first to set the bit, or who polls. Or nobody is interested.
    }

    /// Whether all is over. If so, what happened before may be read.
    fn is_over(&self) -> bool {
        self.turn.load(Acquire) & OVER != 0
    }

    /// Drops what there is, in place.
    ///
    /// # Safety
    ///
    /// Nobody else touches `content` now.
    unsafe fn clear(&self) {
        self.content.with_mut(|content| {
            // SAFETY: nobody else touches it. A pinned future is dropped where it is.
            unsafe { *content = Content::Gone }
        });
    }

    // The four functions of a waker, which is an `Arc` of the block. Their contract is that of `RawWakerVTable`: `data` comes
    // from `Arc::into_raw`, or `Arc::as_ptr`, of a block of this very type.

    unsafe fn raw_clone(data: *const ()) -> RawWaker {
        // SAFETY: the waker that is cloned counts, so the block is there.
        unsafe { Arc::increment_strong_count(data.cast::<Self>()) };
        RawWaker::new(data, &Self::VTABLE)
    }

    unsafe fn raw_wake(data: *const ()) {
        // SAFETY: the count of this waker is ours now.
        unsafe { Arc::from_raw(data.cast::<Self>()) }.wake();
    }

    unsafe fn raw_wake_by_ref(data: *const ()) {
        // SAFETY: the waker keeps the block for as long as it is borrowed.
        unsafe { &*data.cast::<Self>() }.wake();
    }

    unsafe fn raw_drop(data: *const ()) {
        // SAFETY: the count of this waker is ours now. If it is the last, there are no clones, and `content` is `Gone`: what
        // is freed here has nothing of the future's in it, wherever this thread is.
        drop(unsafe { Arc::from_raw(data.cast::<Self>()) });
    }
}

/// What a clone holds.
pub(super) struct Strong<F: Future> {
    block: Arc<Block<F>>,
    /// Its place among the wakers, or `NOWHERE`.
    place: usize,
    /// Whether `strong` counts it. It does, until it has been found to be the last.
    counts: bool,
}

impl<F: Future> Strong<F> {
    pub(super) fn new(future: F) -> Self {
        let wakers = Wakers::new();
        let place = wakers.enter();
        let block = Block {
            turn: AtomicU8::new(WOKEN),
            wakers,
            strong: AtomicUsize::new(1),
            weak: AtomicUsize::new(0),
            content: UnsafeCell::new(Content::Future(future)),
        };
        Self { block: Arc::new(block), place, counts: true }
    }

    /// For a block that counts it already.
    fn counted(block: Arc<Block<F>>) -> Self {
        let place = if block.is_over() { NOWHERE } else { block.wakers.enter() };
        Self { block, place, counts: true }
    }

    /// Ready when all is over. Polls the future if that is to be polled, and nobody else does.
    ///
    /// If the future panics, that comes out here.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let block = &*self.block;
        if block.is_over() {
            return Poll::Ready(());
        }
        block.wakers.register(self.place, cx.waker());
        // ORDERING: Acquire takes over the future as who polled it last left it, and shows what it was woken for. It is also
        // what makes the output visible, if all is over by now. Release continues what wakes have published.
        match block.turn.compare_exchange(WOKEN, POLLING, AcqRel, Acquire) {
            Ok(_) => self.poll_future(),
            Err(turn) if turn & OVER != 0 => Poll::Ready(()),
            Err(_) => Poll::Pending,
        }
    }

    /// Takes the turn that has come.
    fn poll_future(&self) -> Poll<()> {
        let block = &*self.block;
        let turn = Turn(self);
        // SAFETY: the functions keep the contract. The waker is not dropped: it counts nothing, for it is only lent, and
        // the block is there as long as we are.
        let waker = unsafe { Waker::new(Arc::as_ptr(&self.block).cast(), &Block::<F>::VTABLE) };
        let waker = ManuallyDrop::new(waker);
        let poll = block.content.with_mut(|content| {
            // SAFETY: `POLLING` is ours, so nobody else touches it.
            let content = unsafe { &mut *content };
            let Content::Future(future) = content else { unreachable!("a turn comes while there is a future") };
            // SAFETY: the block is on the heap, and the future stays in it until it is dropped in place.
            let future = unsafe { Pin::new_unchecked(future) };
            future.poll(&mut Context::from_waker(&waker)).map(|output| *content = Content::Output(output))
        });
        if poll.is_ready() {
            drop(turn);
            return Poll::Ready(());
        }
        mem::forget(turn);
        // ORDERING: Release hands the future over to the next. Acquire sees what it was woken for meanwhile.
        if block.turn.fetch_and(!POLLING, AcqRel) & WOKEN != 0 {
            block.wakers.wake_all();
        }
        Poll::Pending
    }

    /// The output, when all is over and there is one.
    pub(super) fn output(&self) -> Option<&F::Output> {
        if !self.block.is_over() {
            return None;
        }
        self.block.content.with(|content| {
            // SAFETY: all is over: nobody changes it while a clone counts, as this one does for as long as it is borrowed.
            match unsafe { &*content } {
                Content::Output(output) => Some(output),
                Content::Future(_) | Content::Gone => None,
            }
        })
    }

    /// The output, once all is over: the last one has it as it is, the others a clone.
    ///
    /// # Panics
    ///
    /// If there is none because the future panicked.
    pub(super) fn into_output(mut self) -> F::Output
    where
        F::Output: Clone,
    {
        // ORDERING: Acquire, so that what the clones that are gone did with the output has been done.
        if self.counts && self.block.strong.compare_exchange(1, 0, Acquire, Relaxed).is_ok() {
            self.counts = false;
            let content = self.block.content.with_mut(|content| {
                // SAFETY: we were the last that counted, and from zero nobody counts up. What is moved is no future.
                unsafe { mem::replace(&mut *content, Content::Gone) }
            });
            if let Content::Output(output) = content {
                // Its waker may panic when it is dropped.
                return dropping(self, output);
            }
        }
        match self.output().cloned() {
            Some(output) => dropping(self, output),
            None => panicked(),
        }
    }

    pub(super) fn downgrade(&self) -> Weak<F> {
        Weak::new(&self.block)
    }

    pub(super) fn strong_count(&self) -> usize {
        self.block.strong.load(Relaxed)
    }

    pub(super) fn weak_count(&self) -> usize {
        self.block.weak.load(Relaxed)
    }

    pub(super) fn address(&self) -> *const () {
        Arc::as_ptr(&self.block).cast()
    }
}

#[cold]
fn panicked() -> ! {
    panic!("the future in a `Shared` panicked")
}

impl<F: Future> Clone for Strong<F> {
    fn clone(&self) -> Self {
        let block = Arc::clone(&self.block);
        // ORDERING: Relaxed, for it is never zero while `self` is there. The `Arc` aborts long before it overflows.
        block.strong.fetch_add(1, Relaxed);
        Self::counted(block)
    }
}

impl<F: Future> Drop for Strong<F> {
    fn drop(&mut self) {
        // Dropped last, because it may panic.
        let _waker = if self.place == NOWHERE { None } else { self.block.wakers.leave(self.place) };
        // ORDERING: Release, so that what this clone did with the content has been done; Acquire, so that it was the same
        // with the others if this is the last.
        if self.counts && self.block.strong.fetch_sub(1, AcqRel) == 1 {
            // SAFETY: no clone is left, so nobody polls and nobody reads; and from zero nobody counts up.
            unsafe { self.block.clear() };
        }
    }
}

/// The turn of a clone at the future. It is forgotten when the future is pending; otherwise all is over.
struct Turn<'a, F: Future>(&'a Strong<F>);

impl<F: Future> Drop for Turn<'_, F> {
    fn drop(&mut self) {
        let Self(Strong { block, place, .. }) = self;
        // The one whose turn it is needs no wake. Dropped last, because it may panic.
        let _own = block.wakers.withdraw(*place);
        let finish = Finish(block);
        // SAFETY: `POLLING` is ours.
        let panicked = block.content.with(|content| matches!(unsafe { &*content }, Content::Future(_)));
        if panicked {
            // SAFETY: `POLLING` is ours.
            unsafe { block.clear() };
        }
        drop(finish);
    }
}

/// Says that all is over, whatever else happens.
struct Finish<'a, F: Future>(&'a Block<F>);

impl<F: Future> Drop for Finish<'_, F> {
    fn drop(&mut self) {
        // ORDERING: Release hands the output to all who look.
        self.0.turn.fetch_or(OVER, AcqRel);
        self.0.wakers.wake_all();
    }
}

/// What a weak handle holds.
pub(super) struct Weak<F: Future>(Arc<Block<F>>);

impl<F: Future> Weak<F> {
    fn new(block: &Arc<Block<F>>) -> Self {
        // ORDERING: Relaxed: the number is only told, and decides nothing.
        block.weak.fetch_add(1, Relaxed);
        Self(Arc::clone(block))
    }

    pub(super) fn upgrade(&self) -> Option<Strong<F>> {
        let block = Arc::clone(&self.0);
        let up = |count: usize| (count > 0).then(|| count + 1);
        // ORDERING: Relaxed: what the new clone may see of the future it learns from `turn`.
        block.strong.fetch_update(Relaxed, Relaxed, up).ok()?;
        Some(Strong::counted(block))
    }
}

impl<F: Future> Clone for Weak<F> {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl<F: Future> Drop for Weak<F> {
    fn drop(&mut self) {
        self.0.weak.fetch_sub(1, Relaxed);
    }
}
