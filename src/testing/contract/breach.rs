//! What can be wrong with a future: the breaches by name, and where one was found.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::testing::WakerEvent;

/// A breach of the contract between a future (or stream) and whoever polls it.
///
/// Its `Display` begins with the name of the breach and goes on with what was seen. Who is to blame is said below:
/// the future inside of the [`ContractChecker`](super::ContractChecker), or the code around it that polls it.
///
/// # Examples
///
/// ```
/// use anywhen::testing::Breach;
///
/// let breach = Breach::StaleWaker { poll: 1 };
/// assert!(breach.to_string().starts_with("waker of an earlier poll used: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breach {
    /// The future returned `Pending`, keeps no clone of the waker it was given, and has not woken it: nobody will ever
    /// poll it again.
    PendingWithoutWaker,
    /// The future returned `Pending` with nothing but a waker of an earlier poll in its keeping, or was completed by
    /// an event that woke only such a waker. It hangs as soon as the task has a new waker.
    StaleWaker {
        /// The poll that the waker comes from.
        poll: usize,
    },
    /// After it had returned `Pending`, the last clone of the latest waker was dropped without being woken: nobody will
    /// ever poll it again.
    WakerDropped,
    /// A waker was woken after the future had given its value. The task is polled for nothing, or is no more.
    ///
    /// A wake by another thread within a second after the end is not counted: it may have been on its way.
    WakeAfterCompletion {
        /// The poll that the waker comes from.
        poll: usize,
    },
    /// The future is gone, and clones of its wakers still exist a second later: the task cannot be freed.
    WakerKept {
        /// How many clones are left.
        clones: usize,
    },
    /// A waker was woken, cloned or dropped while a lock was held. A waker runs foreign code; where that needs the same
    /// lock, it deadlocks.
    WakerUnderLock {
        /// What was done to the waker.
        event: WakerEvent,
        /// Which lock it was: an internal one of this crate, or the name that was given to the probe.
        lock: String,
    },
    /// The future woke itself in each of many polls in a row, and came to nothing: it keeps a processor busy.
    WakeStorm {
        /// How many polls those were.
        polls: usize,
    },
    /// A poll took longer than it may.
    PollBlocked {
        /// How long it took.
        took: Duration,
        /// How long it may take.
        bound: Duration,
    },
    /// The code around the future moved it after it had been pinned, which is undefined behaviour for many futures.
    MovedAfterPin {
        /// The address where it was polled before.
        from: usize,
        /// The address where it was polled or dropped now.
        to: usize,
        /// Whether it was noticed when the future was dropped, rather than polled.
        dropped: bool,
    },
    /// The code around the future polled it after it had given its value or had panicked, or the stream after its end.
    PolledAfterReady,
    /// Polled after it had given its value (the stream: after its end), the future gave another.
    SecondValue,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PendingWithoutWaker => {
                f.write_str("pending without a live waker: it keeps no clone of its waker and has not woken it")
            }
            Self::StaleWaker { poll } => {
                write!(f, "waker of an earlier poll used: it relies on the one of poll {poll} instead of the latest")
            }
            Self::WakerDropped => {
                f.write_str("waker dropped while pending: the last clone of the latest one is gone, and was not woken")
            }
            Self::WakeAfterCompletion { poll } => write!(f, "wake after completion: by a waker of poll {poll}"),
            Self::WakerKept { clones } => write!(f, "wakers kept after the end: {clones} still exist"),
            Self::WakerUnderLock { event, lock } => {
                let done = match event {
                    WakerEvent::Wake => "woken",
                    WakerEvent::Clone => "cloned",
                    WakerEvent::Drop => "dropped",
                };
                write!(f, "waker {done} under a lock: {lock}")
            }
            Self::WakeStorm { polls } => {
                write!(f, "wake storm: it woke itself in {polls} polls in a row without progress")
            }
            Self::PollBlocked { took, bound } => write!(f, "poll that blocks: it took {took:?} of at most {bound:?}"),
            Self::MovedAfterPin { from, to, dropped } => {
                let met = if *dropped { "dropped" } else { "polled" };
                write!(f, "moved after being pinned: polled at {from:#x}, then {met} at {to:#x}")
            }
            Self::PolledAfterReady => f.write_str("polled after ready: it was over, and whoever owns it polled on"),
            Self::SecondValue => f.write_str("second value: it was over, and gave a value once more"),
        }
    }
}

/// A [`Breach`], and where it was found.
///
/// Its `Display` is a line such as ``"`left` at poll 2, on thread `main`: wake storm: ..."``.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The name of the future: its type, unless it was [named](super::ContractChecker::named).
    pub name: String,
    /// The latest poll that had begun by then, counted from 1; 0 before the first.
    pub poll: usize,
    /// The thread that did it: its name, or its id where it has none.
    pub thread: String,
    /// What it is.
    pub breach: Breach,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, poll, thread, breach } = self;
        write!(f, "`{name}` at poll {poll}, on thread `{thread}`: {breach}")
    }
}
