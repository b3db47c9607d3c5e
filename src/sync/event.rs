//! A flag that can be waited for.

use core::fmt;

use super::observe::Site;
use super::signal::{Signal, Source, WAITERS, wait_future};
use crate::internal::shim::const_unless_loom;

/// The event is set. Never together with [`WAITERS`].
const SET: usize = WAITERS << 1;

/// A flag that can be waited for: it stays set until it is [reset](Self::reset) (a "manual reset event").
///
/// While it is set, [`wait`](Self::wait) is over at once, for however many; a [`set`](Self::set) is never used up. For a
/// signal that one task takes, take [`Notify`](super::Notify); for a flag that comes with a value and is never reset,
/// [`SetOnce`](super::SetOnce).
///
/// # Fairness
///
/// All who wait are let go together, and woken in the order in which they came.
///
/// # Examples
///
/// ```
/// use anywhen::sync::Event;
///
/// static READY: Event = Event::new();
///
/// # anywhen::rt::Std.block_on(async {
/// let task = anywhen::task::spawn(async {
///     READY.wait().await;
///     "began after it was ready"
/// });
/// READY.set();
/// assert_eq!(task.await.unwrap(), "began after it was ready");
/// # });
/// ```
pub struct Event {
    pub(super) signal: Signal,
}

impl Event {
    const_unless_loom! {
        /// An event that is not set.
        pub fn new() -> Self {
            Self { signal: Signal::new("Event", 0) }
        }
    }

    /// Sets it. All who wait go, even if it is reset before they are polled.
    ///
    /// What was done before is seen by whoever is let go by it, or finds it [set](Self::is_set).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::poll_once;
    /// use anywhen::sync::Event;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let event = Event::new();
    /// let mut waits = Box::pin(event.wait());
    /// assert_eq!(poll_once(&mut waits).await, None);
    /// event.set();
    /// event.reset();
    /// waits.await;
    /// assert_eq!(poll_once(event.wait()).await, None);
    /// # });
    /// ```
    pub fn set(&self) {
        self.signal.update(|word| (word | SET) & !WAITERS);
    }

    /// Takes it back: who comes from now on waits.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = anywhen::sync::Event::new();
    /// event.set();
    /// event.reset();
    /// assert!(!event.is_set());
    /// ```
    pub fn reset(&self) {
        self.signal.update(|word| word & !SET);
    }

    /// Whether it is set; one load.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.signal.word() & SET != 0
    }

    /// Waits until it is set. It counts from the first poll on: what was set and reset before that has gone by.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let event = anywhen::sync::Event::new();
    /// event.set();
    /// event.wait().await;
    /// event.wait().await;
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> EventWait<'_> {
        EventWait::new(self, Site::here())
    }

    /// How many wait.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.signal.waiters()
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("is_set", &self.is_set()).field("waiters", &self.signal.waiters()).finish()
    }
}

impl Source for &Event {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.signal
    }

    #[inline]
    fn pass(&self, word: usize, _: usize) -> Option<usize> {
        (word & SET != 0).then_some(word)
    }
}

wait_future! {
    /// Waits until an [`Event`] is set; from [`Event::wait`].
    ///
    /// Once ready, it stays ready, even if the event is reset.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    EventWait ['a] ['a] of &'a Event => lasting;
}
