//! Where the breaches of many futures are collected, to be read when the futures are gone.

use alloc::string::{String, ToString};
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::breach::{Breach, Finding};
use super::subject::Subject;

/// How long something that another thread has begun may take to arrive: a wake, the end of a waker.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// How many findings a message shows.
const SHOWN: usize = 20;

/// What the [`ContractChecker`](super::ContractChecker)s that [report to it](super::ContractChecker::report_to) found.
///
/// It is a handle: clones are the same report. It outlives the futures, so that what happens to their wakers after
/// their end is in it too.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{Breach, ContractChecker, ContractReport, TestTask};
/// use core::future::poll_fn;
/// use core::task::Poll;
///
/// let report = ContractReport::new();
/// // It never says when it wants to be polled again.
/// let hangs = poll_fn(|_| Poll::<()>::Pending);
/// let mut task = TestTask::new(ContractChecker::new(hangs).report_to(&report));
/// assert!(task.poll().is_pending());
///
/// assert_eq!(report.breaches(), [Breach::PendingWithoutWaker]);
/// ```
#[derive(Clone, Default)]
pub struct ContractReport {
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    findings: Vec<Finding>,
    /// How many of them a panic has told of.
    told: usize,
    counts: ContractCounts,
    /// Futures that are gone while wakers of theirs were not; those may be on their way to be dropped.
    indebted: Vec<Weak<Subject>>,
}

/// How often the futures of a report were polled, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContractCounts {
    /// All polls.
    pub polls: usize,
    /// Those of a pending future that had not been woken since the poll before. They are allowed, and cost time.
    pub spurious_polls: usize,
    /// Futures that gave their value, and streams that came to their end.
    pub completed: usize,
    /// Futures and streams that were dropped before that, after their first poll.
    pub cancelled: usize,
}

impl ContractReport {
    /// An empty report.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that was found so far, in that order.
    ///
    /// If futures are gone and wakers of theirs are not, it waits up to a second for these: another thread may be about
    /// to drop them.
    pub fn findings(&self) -> Vec<Finding> {
        self.settle();
        self.lock().findings.clone()
    }

    /// The breaches alone, without where they were found. Waits as [`findings`](Self::findings) does.
    pub fn breaches(&self) -> Vec<Breach> {
        self.findings().into_iter().map(|finding| finding.breach).collect()
    }

    /// Panics, with a list of everything that was found, unless that is nothing. Waits as [`findings`](Self::findings)
    /// does.
    ///
    /// # Panics
    ///
    /// If a breach was found.
    #[track_caller]
    pub fn assert_clean(&self) {
        self.settle();
        assert!(self.lock().findings.is_empty(), "{self}");
    }

    /// How often the futures were polled, and how they ended.
    ///
    /// # Examples
    ///
    /// A combinator should poll those of its children that were woken:
    ///
    /// ```
    /// use anywhen::future::join;
    /// use anywhen::testing::{ContractChecker, ContractReport, TestTask};
    /// use core::future::ready;
    ///
    /// let report = ContractReport::new();
    /// let child = || ContractChecker::new(ready(1)).report_to(&report);
    /// assert!(TestTask::new(join(child(), child())).poll().is_ready());
    /// assert_eq!((report.counts().polls, report.counts().completed), (2, 2));
    /// ```
    pub fn counts(&self) -> ContractCounts {
        self.lock().counts
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut ContractCounts)) {
        change(&mut self.lock().counts);
    }

    pub(super) fn record(&self, finding: Finding) {
        self.lock().findings.push(finding);
    }

    /// Notes a future that is gone before its wakers are.
    pub(super) fn await_wakers_of(&self, subject: &Arc<Subject>) {
        self.lock().indebted.push(Arc::downgrade(subject));
    }

    /// The list of everything, if there is something in it that was not told before.
    pub(super) fn tell(&self) -> Option<String> {
        let mut book = self.lock();
        if book.told == book.findings.len() {
            return None;
        }
        book.told = book.findings.len();
        drop(book);
        Some(self.to_string())
    }

    /// Gives wakers that were left behind a while to be dropped, and records those that are not.
    pub(super) fn settle(&self) {
        let mut indebted = core::mem::take(&mut self.lock().indebted);
        let give_up = Instant::now() + GRACE;
        loop {
            indebted.retain(|subject| subject.upgrade().is_some_and(|subject| subject.live() > 0));
            if indebted.is_empty() {
                return;
            }
            if Instant::now() >= give_up {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        for subject in indebted.iter().filter_map(Weak::upgrade) {
            subject.wakers_kept();
        }
    }

    /// Nothing of the user's runs while it is held, and a panic leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The list of what was found, a line for each; for what may still be on its way it does not wait.
impl fmt::Display for ContractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.lock().findings.clone();
        match findings.len() {
            0 => return f.write_str("no breach of the contract of futures"),
            1 => f.write_str("a breach of the contract of futures:")?,
            n => write!(f, "{n} breaches of the contract of futures:")?,
        }
        for finding in findings.iter().take(SHOWN) {
            f.write_char('\n')?;
            write!(f, "  {finding}")?;
        }
        if findings.len() > SHOWN {
            write!(f, "\n  and {} more", findings.len() - SHOWN)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ContractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let book = self.lock();
        f.debug_struct("ContractReport")
            .field("findings", &book.findings)
            .field("counts", &book.counts)
            .finish_non_exhaustive()
    }
}
