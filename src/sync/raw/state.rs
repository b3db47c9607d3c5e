//! The state word of a lock or semaphore.
//!
//! ```text
//!  63                                    3   2   1   0
//! ┌───────────────────────────────────────┬───┬───────┐
//! │ permits                               │ C │ queue │
//! └───────────────────────────────────────┴───┴───────┘
//! ```
//!
//! **Queue** (bits 0 and 1): who may take permits. Changed under the queue's lock only.
//!
//! | queue | waiters | whoever asks | whoever gives permits back |
//! |---|---|---|---|
//! | [`EMPTY`] | none | takes what is there | adds them |
//! | [`OPEN`] | some | takes what is there, and thereby overtakes | adds them, and tells a waiter to try; see below |
//! | [`TOLD`] | some, all told to try | as with `OPEN` | adds them; see below |
//! | [`RESERVED`] | some | queues | hands them to the waiter at the front |
//!
//! While it is `RESERVED`, nobody changes the word without the lock: the fast paths compare the whole word with a value
//! in which the queue is `EMPTY`, and so fail. That is what makes a queue first come first served, and it is why the slow
//! path may then use plain stores. A queue that nobody may overtake goes from `EMPTY` to `RESERVED` and back; another
//! is `OPEN` or `TOLD` until the waiter at the front has been overtaken as often as it puts up with. Of permits, whoever would
//! overtake it once more makes it `RESERVED`, and queues. The lock of a mutex is given back by the last who may overtake: he
//! makes it `RESERVED`, and hands the lock over, under the lock of the queue, so that it is never `OPEN` or `TOLD` and free
//! when nobody may take it. It becomes `RESERVED` earlier where the waiter at the front of a mutex was told, and tries in vain
//! when it has been overtaken [`EVENTUAL_BOUND_IN_VAIN`](super::Fairness::EVENTUAL_BOUND_IN_VAIN) times.
//!
//! **C, closed** (bit 2). Set under the queue's lock, never cleared. While it is set no permit is handed out, but permits
//! can still come back.
//!
//! **Permits** (from bit 3 up). How many are not handed out. While the queue is `RESERVED` they are being saved up for the
//! waiter at the front, and are not available to anybody else, but to one that cuts in.

/// The bits that tell of the queue.
pub(super) const QUEUE: usize = 0b11;

/// Nobody waits.
pub(super) const EMPTY: usize = 0b00;

/// Some wait, of whom at least one has not been told that there may be permits for it.
pub(super) const OPEN: usize = 0b01;

/// Some wait, and all have been told; what becomes of that, they will see when they are polled.
pub(super) const TOLD: usize = 0b10;

/// Some wait, and what comes in belongs to the first of them.
pub(super) const RESERVED: usize = 0b11;

/// See the file's head.
pub(super) const CLOSED: usize = 1 << 2;

const SHIFT: u32 = 3;

/// How many permits there can be: tokio's number, which leaves three bits for flags.
pub(crate) const MAX_PERMITS: usize = usize::MAX >> SHIFT;

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

/// `word` without `want` permits; `None` unless they are there, and nobody waits.
#[inline]
pub(super) const fn take(word: usize, want: usize) -> Option<usize> {
    if word & (QUEUE | CLOSED) == 0 && want <= count(word) { Some(word - permits(want)) } else { None }
}

/// `word` without `want` permits; `None` unless they are there for anybody who asks, be it by overtaking.
#[inline]
pub(super) const fn take_open(word: usize, want: usize) -> Option<usize> {
    let available = word & CLOSED == 0 && word & QUEUE != RESERVED && want <= count(word);
    if available { Some(word - permits(want)) } else { None }
}

/// `word` without `want` permits; `None` unless they are there, kept for somebody else or not.
#[inline]
pub(super) const fn take_kept(word: usize, want: usize) -> Option<usize> {
    if word & CLOSED == 0 && want <= count(word) { Some(word - permits(want)) } else { None }
}

/// `word` with `given` permits more; `None` if those would be too many.
#[inline]
pub(super) const fn give(word: usize, given: usize) -> Option<usize> {
    if given > MAX_PERMITS { None } else { word.checked_add(permits(given)) }
}
