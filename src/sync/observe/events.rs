//! What is told to a subscriber of `tracing`: waits that begin, and how they end.
//!
//! A subscriber is foreign code: it may panic, or use the very lock that it is told about. So it is called as wakers are, with
//! no internal lock held, and by callers that are whole if it unwinds.

use core::panic::Location;

use tracing::Level;

use super::Ending;
use super::on::{Label, Waiting};
use crate::internal::lock::assert_none_held;

/// The target of all events.
const TARGET: &str = "anywhen::sync";

/// It waits, and `waiters` is how many do.
pub(super) fn waits(label: Label, site: &Location<'_>, wait: &Waiting, waiters: impl FnOnce() -> usize) {
    if !tracing::enabled!(target: TARGET, Level::TRACE) {
        return;
    }
    let waiters = waiters();
    assert_none_held();
    tracing::event!(
        target: TARGET,
        Level::TRACE,
        lock = label.kind,
        name = label.name,
        future = wait.future,
        want = wait.want,
        waiters,
        file = site.file(),
        line = site.line(),
        "a wait begins"
    );
}

/// It has ended, or `wait` is `None`: it was refused without waiting.
pub(super) fn ends(label: Label, site: &Location<'_>, wait: Option<&Waiting>, ending: Ending) {
    if wait.is_none() && ending == Ending::Had {
        return;
    }
    assert_none_held();
    let future = wait.map(|wait| wait.future);
    let want = wait.map(|wait| wait.want);
    let waited = wait.map(|wait| tracing::field::debug(wait.since.elapsed()));
    /// The level and the message of an event have to be known when it is compiled.
    macro_rules! tell {
        ($level:expr, $message:literal) => {
            tracing::event!(
                target: TARGET,
                $level,
                lock = label.kind,
                name = label.name,
                future,
                want,
                waited,
                file = site.file(),
                line = site.line(),
                $message
            )
        };
    }
    match ending {
        Ending::Had => tell!(Level::TRACE, "a wait ends"),
        Ending::GivenUp => tell!(Level::TRACE, "a wait is given up"),
        Ending::Closed => tell!(Level::DEBUG, "refused: closed"),
        Ending::QueueFull => tell!(Level::DEBUG, "refused: the queue of waiters is full"),
    }
}
