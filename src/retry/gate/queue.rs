//! The queue in which calls wait for a gate: that of [`sync`](crate::sync), reached through whatever leads to the gate.

use super::handle::Handle;
use super::slots::Slots;
use crate::sync::raw::{Owner, RawSemaphore};

/// A gate at which calls wait.
pub(super) trait Queues {
    fn queue(&self) -> &RawSemaphore;
}

impl<G: Slots> Queues for G {
    #[inline]
    fn queue(&self) -> &RawSemaphore {
        &self.places().queue
    }
}

/// Keeps hold of a gate while it waits in its queue.
pub(super) struct Place<H>(pub(super) H);

impl<H: Handle<Gate: Queues>> Owner for Place<H> {
    #[inline]
    fn raw(&self) -> &RawSemaphore {
        self.0.gate().queue()
    }
}
