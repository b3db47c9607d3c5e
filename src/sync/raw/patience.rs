//! To look a few times more before one queues: what a fight of threads for a mutex is settled by.
//!
//! To queue costs a waiter two switches, and the one that wakes it a system call where it is a thread that blocks. A section
//! of a few nanoseconds is over long before that. So whoever finds the lock of an [`Eventual`](super::Fairness::Eventual)
//! mutex taken, and would be allowed to have it, looks again a few times first.
//!
//! * **Not often.** A look takes the lock's cache line from whoever goes on with it, and makes his next two steps slow: thirty
//!   looks in a row cost more than to queue. Between two looks he has the time for many sections.
//! * **Not long.** It is over after [`LOOKS`] times [`HINTS`] hints, which is a few microseconds, however things go.
//! * **Not in vain.** Where the holder awaits something, or is a task of the same thread, no look helps. After
//!   [`VAIN`] times in vain, only one in [`PAUSE`] that could look does so, until one of them finds the lock free.
//!
//! Nothing depends on it but time: the attempt that follows is the same. So it is not there in models, which have no time; nor
//! without `std`, where there may be one processor.

use core::hint;

use crate::internal::shim::atomic::{AtomicU8, Ordering};

/// How often one looks.
const LOOKS: u32 = 4;

/// How many times before each look the processor is told that this is a loop that waits.
const HINTS: u32 = 24;

/// After how many times in vain it is no use.
const VAIN: u8 = 16;

/// How many pass then before one tries again.
const PAUSE: u8 = 64;

/// What a look has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The lock can be had.
    Free,
    /// It is held.
    Held,
    /// It is kept for whoever is first in the queue.
    Kept,
}

/// Whether it is worth it to look again, by the last times.
pub(super) struct Patience {
    /// How many times in a row were in vain; above [`VAIN`], how many have passed since as well.
    vain: AtomicU8,
}

impl Patience {
    pub(super) const fn new() -> Self {
        Self { vain: AtomicU8::new(0) }
    }

    /// Looks again while the lock is held, as often as is worth it.
    pub(super) fn wait(&self, mut look: impl FnMut() -> Look) {
        if look() != Look::Held {
            return;
        }
        // ORDERING: Relaxed, and two steps: it is a guess, and counts that are lost are not missed.
        let vain = self.vain.load(Ordering::Relaxed);
        if (VAIN..VAIN + PAUSE).contains(&vain) {
            return self.vain.store(vain + 1, Ordering::Relaxed);
        }
        for _ in 0..LOOKS {
            for _ in 0..HINTS {
                hint::spin_loop();
            }
            match look() {
                Look::Held => {}
                Look::Kept => break,
                Look::Free if vain == 0 => return,
                Look::Free => return self.vain.store(0, Ordering::Relaxed),
            }
        }
        self.vain.store(vain.min(VAIN - 1) + 1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it looks, if it sees `looks`, and the last of them again and again.
    fn count(patience: &Patience, looks: &[Look]) -> usize {
        let mut count = 0;
        patience.wait(|| {
            count += 1;
            looks[(count - 1).min(looks.len() - 1)]
        });
        count
    }

    #[test]
    fn it_looks_until_the_lock_is_free_or_kept_for_another_and_not_for_ever() {
        let patience = Patience::new();
        assert_eq!(count(&patience, &[Look::Free]), 1);
        assert_eq!(count(&patience, &[Look::Kept]), 1);
        assert_eq!(count(&patience, &[Look::Held, Look::Held, Look::Free]), 3);
        assert_eq!(count(&patience, &[Look::Held, Look::Kept]), 2);
        assert_eq!(count(&patience, &[Look::Held]), 1 + LOOKS as usize);
    }

    #[test]
    fn where_it_is_in_vain_it_is_given_up_but_for_a_trial_now_and_then() {
        let patience = Patience::new();
        let looks = || count(&patience, &[Look::Held]) > 1;
        for _ in 0..VAIN {
            assert!(looks());
        }
        for _ in 0..3 {
            for _ in 0..PAUSE {
                assert!(!looks());
            }
            assert!(looks());
        }
    }

    #[test]
    fn one_look_that_helped_counts_for_more_than_all_that_did_not() {
        let patience = Patience::new();
        for _ in 0..VAIN + PAUSE {
            count(&patience, &[Look::Held]);
        }
        assert_eq!(count(&patience, &[Look::Held, Look::Free]), 2);
        for _ in 0..VAIN {
            assert!(count(&patience, &[Look::Held]) > 1);
        }
    }
}
