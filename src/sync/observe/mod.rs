//! What is noted of those who hold and wait, for whoever watches: nothing, unless a feature asks for it.
//!
//! A lock or signal has an [`Identity`], a future that waits a [`WaitNote`], and what a guard holds a [`HoldNote`]; a
//! [`Site`] is where it was asked for. With the feature `diagnostics` a note stands for an entry of the registry, with
//! `tracing` it tells of what happens. Without either they are the types of `off`, which hold nothing and do nothing: the
//! calls of them stay where they are, and cost nothing.

#[cfg(not(any(feature = "diagnostics", feature = "tracing")))]
mod off;
#[cfg(any(feature = "diagnostics", feature = "tracing"))]
mod on;

#[cfg(feature = "tracing")]
mod events;

#[cfg(not(any(feature = "diagnostics", feature = "tracing")))]
pub(crate) use off::{HoldNote, Identity, Site, WaitNote};
#[cfg(feature = "diagnostics")]
pub(crate) use on::Label;
#[cfg(any(feature = "diagnostics", feature = "tracing"))]
pub(crate) use on::{HoldNote, Identity, Site, WaitNote};

/// What there is to tell of one who holds something.
#[allow(dead_code, reason = "told in reports alone")]
pub(crate) struct Told<'a> {
    /// What it is a part of.
    pub(crate) of: &'a Identity,
    /// In which way it is held, in a word for people.
    pub(crate) mode: &'static str,
    pub(crate) permits: usize,
}

/// How a wait ended that had begun, or why it did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "told in events alone")]
pub(crate) enum Ending {
    /// With what was waited for.
    Had,
    /// The semaphore is closed.
    Closed,
    /// The queue has reached its limit.
    QueueFull,
    /// The future was dropped.
    GivenUp,
}
