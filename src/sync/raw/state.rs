//! The state word of a lock or semaphore.
//!
//! ```text
//!  63  62                                  2   1   0
//! ┌───┬─────────────────────────────────────┬───┬───┐
//! │ 0 │ permits                             │ C │ W │
//! └───┴─────────────────────────────────────┴───┴───┘
//! ```
//!
//! **W, waiters** (bit 0). Set exactly while the queue is not empty. It is set and cleared under the queue's lock only.
//! While it is set, nobody changes the word without that lock: the fast paths compare the whole word with a value in
//! which W is clear, and so fail. That is what makes the queue first come first served, and it is why the slow path may
//! use plain stores.
//!
//! **C, closed** (bit 1). Set under the queue's lock, never cleared. While it is set no permit is handed out, but permits
//! can still come back.
//!
//! **Permits** (from bit 2 up). How many are not handed out. While W is set they are being saved up for the waiter at the
//! front, and are not available to anybody else.
//!
//! **The top bit** is never set. A sum or a difference that sets it has left the range, which is how [`give`] and [`take`]
//! notice.

/// See the file's head.
pub(super) const WAITERS: usize = 1;

/// See the file's head.
pub(super) const CLOSED: usize = 1 << 1;

const SHIFT: u32 = 2;

/// One permit.
pub(super) const ONE: usize = 1 << SHIFT;

/// How many permits there can be: tokio's number, which leaves three bits for flags.
pub(crate) const MAX_PERMITS: usize = usize::MAX >> 3;

/// The word with `count` permits and no flag.
#[inline]
pub(super) const fn permits(count: usize) -> usize {
    count << SHIFT
}

/// The permits in `word`.
#[inline]
pub(super) const fn count(word: usize) -> usize {
    word >> SHIFT
}

const TOP: usize = !(usize::MAX >> 1);

/// `word` without `want` permits; `None` unless they are there for anybody who asks.
#[inline]
pub(super) const fn take(word: usize, want: usize) -> Option<usize> {
    if want > MAX_PERMITS {
        return None;
    }
    let left = word.wrapping_sub(permits(want));
    if left & (TOP | CLOSED | WAITERS) == 0 { Some(left) } else { None }
}

/// `word` with `given` permits more; `None` if those would be too many.
#[inline]
pub(super) const fn give(word: usize, given: usize) -> Option<usize> {
    if given > MAX_PERMITS {
        return None;
    }
    let sum = word.wrapping_add(permits(given));
    if sum & TOP == 0 { Some(sum) } else { None }
}
