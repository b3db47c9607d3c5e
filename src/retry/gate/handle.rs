//! What leads to a gate of this crate, and what a call has that such a gate let through.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;

use super::{Gate, Outcome, Pass, Refused};
use crate::time::Instant;

/// What leads to a gate of this crate, and is a [`Gate`] therefore: `&G` or `Arc<G>`. No other type can be.
pub trait Handle: Clone + sealed::Sealed {
    /// What it leads to.
    type Gate;

    /// What it leads to.
    fn gate(&self) -> &Self::Gate;
}

impl<G> Handle for &G {
    type Gate = G;

    #[inline]
    fn gate(&self) -> &G {
        self
    }
}

impl<G> Handle for Arc<G> {
    type Gate = G;

    #[inline]
    fn gate(&self) -> &G {
        self
    }
}

mod sealed {
    pub trait Sealed {}

    impl<G> Sealed for &G {}
    impl<G> Sealed for alloc::sync::Arc<G> {}
}

/// A gate of this crate, whatever leads to it.
pub trait Kind: Sized {
    /// [`Gate::Admission`] of the handle.
    type Admission<H: Handle<Gate = Self>>: Future<Output = Result<Self::Pass<H>, Refused>>;
    /// [`Gate::Pass`] of the handle.
    type Pass<H: Handle<Gate = Self>>: Pass;

    fn admission<H: Handle<Gate = Self>>(handle: H) -> Self::Admission<H>;
}

impl<'a, G: Kind> Gate for &'a G {
    type Admission = G::Admission<&'a G>;
    type Pass = G::Pass<&'a G>;

    #[inline]
    fn admit(&self) -> Self::Admission {
        G::admission(*self)
    }
}

impl<G: Kind> Gate for Arc<G> {
    type Admission = G::Admission<Self>;
    type Pass = G::Pass<Self>;

    #[inline]
    fn admit(&self) -> Self::Admission {
        G::admission(Self::clone(self))
    }
}

/// What a gate remembers of a call that it let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// When, counted in changes of the gate: what it learns from the call may be of interest no more.
    pub(super) generation: u64,
    /// When, by the clock, if anybody wants to know.
    pub(super) started: Option<Instant>,
}

/// A gate that wants to know how calls went. Every ticket comes back once.
pub trait Settles {
    /// Takes the ticket back, if it is there still. A timer may be foreign code: it is asked while the ticket is there, and not
    /// where a call is given up.
    fn settle(&self, ticket: &mut Option<Ticket>, outcome: Outcome);
}

/// What a call has that was let through by one of the gates here. If it is dropped before it is settled, the call was given up.
///
/// # Examples
///
/// Around code that is no future:
///
/// ```
/// use anywhen::retry::{CircuitBreaker, CircuitState, Outcome, Pass};
///
/// static DISK: CircuitBreaker = CircuitBreaker::new().consecutive_failures(1);
///
/// let pass = DISK.try_acquire()?;
/// let written = std::fs::write("/dev/null/x", "data");
/// pass.settle(if written.is_ok() { Outcome::Success } else { Outcome::Failure });
/// assert_eq!(DISK.state(), CircuitState::Open);
/// # Ok::<(), anywhen::retry::Refused>(())
/// ```
#[must_use = "the call is given up as soon as this is dropped"]
pub struct Admitted<H: Handle<Gate: Settles>> {
    handle: H,
    /// `None` once it has been settled.
    ticket: Option<Ticket>,
}

impl<H: Handle<Gate: Settles>> Admitted<H> {
    /// The caller has got `ticket` from the gate, and gives it to what is made here.
    #[inline]
    pub(super) fn new(handle: H, ticket: Ticket) -> Self {
        Self { handle, ticket: Some(ticket) }
    }

    /// Has the gate write the ticket anew, now that the call will be given up should that panic.
    #[inline]
    pub(super) fn written(mut self, ticket: impl FnOnce(&H::Gate) -> Ticket) -> Self {
        self.ticket = Some(ticket(self.handle.gate()));
        self
    }
}

impl<H: Handle<Gate: Settles>> Pass for Admitted<H> {
    #[inline]
    fn settle(mut self, outcome: Outcome) {
        self.handle.gate().settle(&mut self.ticket, outcome);
    }
}

impl<H: Handle<Gate: Settles>> Drop for Admitted<H> {
    #[inline]
    fn drop(&mut self) {
        // A gate that was told already would take its lock for nothing.
        if self.ticket.is_some() {
            self.handle.gate().settle(&mut self.ticket, Outcome::Ignored);
        }
    }
}

impl<H: Handle<Gate: Settles>> fmt::Debug for Admitted<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted").finish_non_exhaustive()
    }
}
