//! The primitives beside tokio's: the same random programs of calls, polls and drops, polled by hand on both, with the
//! same results after every step.
//!
//! A program works on a few slots, each for a future of ours and its like of tokio's. After every step both must have
//! answered in the same way, and have woken the same futures as often. What a program does in one step, and what else is
//! compared, stands in the file of the primitive. A program that shows a difference is made as short as it can be, and
//! printed. `PROPTEST_CASES` makes them more; `cargo test --release --test like_tokio -- --nocapture` says how many
//! steps they had.
//!
//! These differences are meant. No program runs into them; `differences` shows each, and `tests/delay_queue.rs` those of the queue.
//!
//! | what | tokio | here |
//! |---|---|---|
//! | items of a delay queue that are due at the same time | the last put in comes first | the first does |
//! | an item that is put into a delay queue when it was due | has the present for its deadline | has what was said |
//! | a task that waits for a delay queue into which an earlier item is put | is woken at once, to set its timer | is woken when the item is due |
//! | a wait for a barrier that is dropped | stays counted as an arrival | is withdrawn |
//! | a waiter that had been granted its permits when the semaphore was closed | is refused | has them |
//! | permits that were saved up for a waiter when the semaphore was closed | are free when the waiter is polled or dropped | are free at once |

#![cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]

mod barrier;
mod cancellation_token;
#[cfg(feature = "std")]
mod delay_queue;
mod differences;
#[path = "../support/hand.rs"]
mod hand;
#[cfg(feature = "std")]
mod interval;
mod mutex;
mod notify;
mod once_cell;
mod rwlock;
mod semaphore;
mod set_once;

use std::cell::Cell;
use std::fmt::Debug;
use std::pin::Pin;
use std::task::Poll;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use hand::TestTask;

/// The futures that a program may have at a time.
const SLOTS: usize = 6;

/// Which of them an operation is about.
fn slot() -> std::ops::Range<usize> {
    0..SLOTS
}

/// Runs random programs of less than 128 operations, each on what `start` says.
fn programs<S: Debug + Clone, O: Debug + Clone>(
    name: &str,
    start: impl Strategy<Value = S>,
    op: impl Strategy<Value = O>,
    run: impl Fn(S, Vec<O>),
) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = config.cases;
    let steps = Cell::new(0);
    let outcome = TestRunner::new(config).run(&(start, prop::collection::vec(op, 1..128)), |(start, program)| {
        steps.set(steps.get() + program.len());
        run(start, program);
        Ok(())
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
    eprintln!("{name}: {cases} programs, {} steps", steps.get());
}

/// A future whose type does not matter.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A future of ours, and one of tokio's that should behave in the same way.
struct Pair<A, B> {
    ours: TestTask<A>,
    theirs: TestTask<B>,
    done: bool,
}

impl<A: Future, B: Future> Pair<A, B> {
    /// For a slot. Those in every other slot are polled with a new waker each time.
    fn new(slot: usize, ours: A, theirs: B) -> Self {
        let (mut ours, mut theirs) = (TestTask::new(ours), TestTask::new(theirs));
        if slot % 2 == 1 {
            (ours, theirs) = (ours.changing_wakers(), theirs.changing_wakers());
        }
        Self { ours, theirs, done: false }
    }

    /// What both give, if they are ready.
    fn poll(&mut self) -> Option<(A::Output, B::Output)> {
        match (self.ours.poll(), self.theirs.poll()) {
            (Poll::Pending, Poll::Pending) => None,
            (Poll::Ready(ours), Poll::Ready(theirs)) => {
                self.done = true;
                Some((ours, theirs))
            }
            (ours, theirs) => panic!("ready: {} here, {} there", ours.is_ready(), theirs.is_ready()),
        }
    }

    fn is_woken(&self) -> bool {
        self.ours.is_woken()
    }

    fn compare_wakes(&self) {
        assert_eq!(self.ours.wakes(), self.theirs.wakes(), "wakes here, and there");
    }
}

/// A future is polled no more once it is done.
fn unfinished<A: Future, B: Future>(slot: &mut Option<Pair<A, B>>) -> Option<&mut Pair<A, B>> {
    slot.as_mut().filter(|pair| !pair.done)
}

/// What both were given at once, or nothing if both say why not.
fn either<A, B, E: ToString, F: ToString>(ours: Result<A, E>, theirs: Result<B, F>) -> Option<(A, B)> {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => Some((ours, theirs)),
        (Err(ours), Err(theirs)) => {
            assert_eq!(ours.to_string(), theirs.to_string());
            None
        }
        (ours, theirs) => panic!("had: {} here, {} there", ours.is_ok(), theirs.is_ok()),
    }
}
