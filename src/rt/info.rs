//! What is known of a task besides its future: what it is called, and where it was spawned.

use core::fmt;
use core::panic::Location;

/// What a runtime may want to tell about a task, to a tracer or in a report; see [`Spawn::spawn_task_with`].
///
/// [`Spawn::spawn_task_with`]: super::Spawn::spawn_task_with
#[derive(Clone, Copy)]
pub struct TaskInfo<'a> {
    name: Option<&'a str>,
    location: &'static Location<'static>,
    /// The address of what the task shares with its handle.
    #[allow(dead_code, reason = "only the test executor reads it")]
    key: usize,
}

impl<'a> TaskInfo<'a> {
    pub(crate) fn new(name: Option<&'a str>, location: &'static Location<'static>, key: usize) -> Self {
        Self { name, location, key }
    }

    /// The name that it was given by a [`Builder`](crate::task::Builder).
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Where in the sources it was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    #[cfg(feature = "testing")]
    pub(crate) fn key(&self) -> usize {
        self.key
    }
}

impl fmt::Debug for TaskInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, location, key: _ } = self;
        f.debug_struct("TaskInfo").field("name", name).field("location", location).finish_non_exhaustive()
    }
}
