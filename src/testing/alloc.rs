//! An allocator that counts, thread by thread.
//!
//! The counts are kept per thread because tests run side by side: a count over the process would be somebody else's.

#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::hint::black_box;
use std::alloc::System;

/// What was allocated and freed during a [`count`](CountingAlloc::count).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Allocations {
    /// Blocks allocated.
    pub allocs: u64,
    /// Blocks grown or shrunk, in place or not.
    pub reallocs: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Bytes asked for: those of new blocks, and those by which blocks grew.
    pub bytes: u64,
}

impl Allocations {
    const ZERO: Self = Self { allocs: 0, reallocs: 0, frees: 0, bytes: 0 };

    /// Whether nothing was allocated and nothing grown. Freeing is allowed.
    pub const fn is_zero(self) -> bool {
        self.allocs == 0 && self.reallocs == 0
    }
}

std::thread_local! {
    // Constant and without a destructor, so that using it neither allocates nor fails while a thread ends.
    static COUNTS: Cell<Allocations> = const { Cell::new(Allocations::ZERO) };
}

/// A global allocator that counts what each thread allocates, and leaves the allocating to another.
///
/// # Examples
///
/// Install it in the test's root file:
///
/// ```standalone_crate
/// use anywhen::testing::CountingAlloc;
///
/// #[global_allocator]
/// static ALLOC: CountingAlloc = CountingAlloc::new();
///
/// let seen = CountingAlloc::count(|| {
///     let mut values = Vec::with_capacity(2);
///     values.extend([1u64, 2]);
/// });
/// assert_eq!((seen.allocs, seen.reallocs, seen.frees, seen.bytes), (1, 0, 1, 16));
///
/// let mut total = 0;
/// assert!(CountingAlloc::count(|| total = [1, 2, 3].iter().sum()).is_zero());
/// assert_eq!(total, 6);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAlloc<A = System> {
    allocator: A,
}

impl CountingAlloc {
    /// One that allocates from the system.
    pub const fn new() -> Self {
        Self::over(System)
    }

    /// Runs `f` and says what this thread allocated meanwhile. What other threads do is not in it.
    ///
    /// Counts may be nested.
    ///
    /// # Panics
    ///
    /// If no `CountingAlloc` is the global allocator: every count would be zero, and every test pass.
    pub fn count(f: impl FnOnce()) -> Allocations {
        let before = COUNTS.get();
        drop(black_box(Box::new(0_u8)));
        assert_ne!(before, COUNTS.get(), "`CountingAlloc` is not installed as the #[global_allocator]");
        // That was ours: a count around this one shall not see it.
        COUNTS.set(before);

        f();
        let after = COUNTS.get();
        Allocations {
            allocs: after.allocs - before.allocs,
            reallocs: after.reallocs - before.reallocs,
            frees: after.frees - before.frees,
            bytes: after.bytes - before.bytes,
        }
    }
}

impl<A> CountingAlloc<A> {
    /// One that allocates from `allocator`.
    pub const fn over(allocator: A) -> Self {
        Self { allocator }
    }
}

fn record(change: impl FnOnce(&mut Allocations)) {
    let mut counts = COUNTS.get();
    change(&mut counts);
    COUNTS.set(counts);
}

// SAFETY: every call is passed on unchanged to an allocator that keeps the contract, and counting touches nothing but
// a thread-local of plain numbers: it cannot allocate, unwind or re-enter.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAlloc<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        record(|counts| {
            counts.allocs += 1;
            counts.bytes += layout.size() as u64;
        });
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        record(|counts| {
            counts.allocs += 1;
            counts.bytes += layout.size() as u64;
        });
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        record(|counts| {
            counts.reallocs += 1;
            counts.bytes += size.saturating_sub(layout.size()) as u64;
        });
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        record(|counts| counts.frees += 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.dealloc(block, layout) }
    }
}
