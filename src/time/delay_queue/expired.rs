//! What comes out of the queue.

use super::Key;
use crate::time::Instant;

/// An item whose time has come, or that was taken out; from a [`DelayQueue`](super::DelayQueue).
#[derive(Debug)]
pub struct Expired<T> {
    value: T,
    deadline: Instant,
    key: Key,
}

impl<T> Expired<T> {
    pub(super) fn new((key, deadline, value): (Key, Instant, T)) -> Self {
        Self { value, deadline, key }
    }

    /// The item.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The item.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The item.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// When it was due, to the nanosecond as it was said.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The key that it had. It leads to nothing any more.
    pub fn key(&self) -> Key {
        self.key
    }
}
