//! How often those who wait may be overtaken.

/// How often running tasks may overtake the waiter at the front before the lock is handed to it.
///
/// | | overtaking | a lock that is released | under contention | a waiter that is never polled again |
/// |---|---|---|---|---|
/// | [`Fifo`](Self::Fifo) | never | goes to the front of the queue | a switch of tasks for each lock | blocks everybody |
/// | [`Eventual`](Self::Eventual) | [so often](Self::EVENTUAL_BOUND) | is free, and one waiter is woken | as fast as `Unfair` | blocks everybody, later |
/// | [`Unfair`](Self::Unfair) | always | is free, and one waiter is woken | fast | blocks nobody who asks; see below |
///
/// Take `Fifo` where latency matters more than throughput, or where the lock is seldom contended: it is the default.
/// Take `Eventual` for short critical sections that many threads fight for: a task that runs goes on with the lock rather
/// than to wait until the task that was first in the queue has been scheduled. Take `Unfair` if the lock must never be
/// held by a task that may have stopped polling, and a waiter that starves is no harm.
///
/// # Which futures are not polled again
///
/// A future that was granted a lock, and is then kept but not polled, holds it: one that stands in a `select!` loop beside a
/// branch that awaits the same lock, say. With `Fifo`, both wait for ever. A waiter of an `Unfair` lock holds nothing before
/// it is polled, and one that is polled takes the lock when it is free, wherever in the queue it is. But a release wakes one
/// waiter only: if that is the one that is not polled, those that sleep behind it sleep until it is dropped or the lock is
/// released again.
///
/// # Examples
///
/// ```
/// use anywhen::sync::{Fairness, Mutex, Semaphore};
///
/// static COUNTERS: Mutex<[u64; 4]> = Mutex::with_fairness([0; 4], Fairness::Eventual);
/// let slots = Semaphore::with_fairness(8, Fairness::Unfair);
/// # let _ = (&COUNTERS, slots);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fairness {
    /// First come, first served; nobody overtakes.
    #[default]
    Fifo,
    /// The waiter at the front is overtaken at most [`EVENTUAL_BOUND`](Self::EVENTUAL_BOUND) times; then the lock is kept
    /// for it.
    ///
    /// A mutex keeps to that exactly. With permits of a semaphore and guards of an [`RwLock`](super::RwLock), threads that are
    /// just about to take theirs when another becomes the first in the queue may come on top, once each.
    ///
    /// Of a mutex, two things more are true. Whoever finds it taken looks again four times, which lasts some microseconds, before
    /// it queues. Where that has been in vain sixteen times in a row, because the holder awaits something or is a task of the same
    /// thread, only every 65th does so, until the lock is free at one of these looks. (Without the feature `std` nobody does.)
    /// And a waiter at the front that was woken, finds the lock taken again, and has been overtaken an eighth as often as it puts up
    /// with at most, has the lock kept for it from then on.
    Eventual,
    /// The waiter at the front may be overtaken without end. Nothing is ever kept for anybody.
    Unfair,
}

impl Fairness {
    /// How often the waiter at the front of an [`Eventual`](Self::Eventual) lock may be overtaken.
    pub const EVENTUAL_BOUND: u32 = if cfg!(anywhen_loom) { 1 } else { 256 };

    /// How often that waiter has been overtaken, at least, for the lock of a mutex to be kept for it when it was woken and finds
    /// the lock taken again.
    pub(super) const EVENTUAL_BOUND_IN_VAIN: u32 = Self::EVENTUAL_BOUND / 8;
}
