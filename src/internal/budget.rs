//! How much may be done within one poll before others get their turn: law 11 in one place.
//!
//! A loop that goes on for as long as something else is ready has no end if that always is. So it asks for each round, and
//! after [`Budget::ROUNDS`] is told to stop: the task is woken, is pending, and goes on when it is polled again.

use core::task::{Context, Poll};

/// What is left of one poll.
pub(crate) struct Budget {
    rounds: u32,
}

impl Budget {
    /// The rounds of one poll.
    pub(crate) const ROUNDS: u32 = 128;

    #[inline]
    pub(crate) const fn new() -> Self {
        Self { rounds: Self::ROUNDS }
    }

    /// Ready if there may be one more round. If not, the task has been woken, and the poll is to end.
    #[inline]
    pub(crate) fn poll_round(&mut self, cx: &Context<'_>) -> Poll<()> {
        match self.rounds.checked_sub(1) {
            Some(rounds) => {
                self.rounds = rounds;
                Poll::Ready(())
            }
            None => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

#[cfg(all(test, feature = "testing", not(anywhen_loom)))]
mod tests {
    use super::*;
    use crate::testing::CountingWaker;

    #[test]
    fn the_task_is_woken_when_it_is_spent_and_not_before() {
        let count = CountingWaker::new();
        let waker = count.waker();
        let cx = Context::from_waker(&waker);
        let mut budget = Budget::new();
        for _ in 0..Budget::ROUNDS {
            assert!(budget.poll_round(&cx).is_ready());
        }
        assert_eq!(count.wakes(), 0);
        assert!(budget.poll_round(&cx).is_pending());
        assert_eq!(count.wakes(), 1);
    }
}
