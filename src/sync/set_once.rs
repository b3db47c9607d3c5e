//! A value that is set once, and can be waited for.

use core::error::Error;
use core::fmt;

use super::observe::Site;
use super::once::{Once, SET};
use super::signal::{Answer, Signal, Source, wait_future};
use crate::internal::shim::const_unless_loom;

/// A cell that is set once by somebody, and that everybody else can wait for.
///
/// The interface is `tokio::sync::SetOnce`'s. Where whoever comes first is to compute the value, take
/// [`OnceCell`](super::OnceCell); where nobody ever waits, `std::sync::OnceLock`.
///
/// # Fairness
///
/// All who wait are let go together, and woken in the order in which they came.
///
/// # Examples
///
/// ```
/// use anywhen::sync::SetOnce;
///
/// static PORT: SetOnce<u16> = SetOnce::const_new();
///
/// # anywhen::rt::Std.block_on(async {
/// let client = anywhen::task::spawn(async { *PORT.wait().await });
/// PORT.set(8080).unwrap();
/// assert_eq!(client.await.unwrap(), 8080);
/// # });
/// ```
pub struct SetOnce<T> {
    pub(super) once: Once<T>,
}

impl<T> SetOnce<T> {
    const_unless_loom! {
        /// An empty cell.
        pub fn new() -> Self {
            Self { once: Once::new("SetOnce") }
        }
    }

    const_unless_loom! {
        /// The same as [`new`](Self::new); the name that tokio has for constants.
        pub fn const_new() -> Self {
            Self::new()
        }
    }

    /// A cell that is set if there is a value.
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::const_new_with)
    }

    const_unless_loom! {
        /// A cell that is set.
        pub fn const_new_with(value: T) -> Self {
            Self { once: Once::with("SetOnce", value) }
        }
    }

    /// Whether the cell is set; one load.
    #[inline]
    pub fn initialized(&self) -> bool {
        self.once.is_set()
    }

    /// The value, if the cell is set.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.once.get()
    }

    /// Sets the cell, and lets all who wait go.
    ///
    /// # Errors
    ///
    /// Gives the value back if the cell is set already, or is being set at this moment by another thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::{SetOnce, SetOnceError};
    ///
    /// let cell = SetOnce::new();
    /// assert_eq!(cell.set(1), Ok(()));
    /// assert_eq!(cell.set(2), Err(SetOnceError(2)));
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        match self.once.claim() {
            Ok(claim) => {
                claim.set(value);
                Ok(())
            }
            Err(_) => Err(SetOnceError(value)),
        }
    }

    /// The value, without the cell.
    pub fn into_inner(mut self) -> Option<T> {
        self.once.take()
    }

    /// Waits until the cell is set, and gives the value.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let cell = anywhen::sync::SetOnce::new();
    /// cell.set("here").unwrap();
    /// assert_eq!(*cell.wait().await, "here");
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> SetOnceWait<'_, T> {
        SetOnceWait::new(self, Site::here())
    }

    /// How many wait.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.once.signal.waiters()
    }
}

impl<T> Source for &SetOnce<T> {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.once.signal
    }

    #[inline]
    fn pass(&self, word: usize, _: usize) -> Option<usize> {
        (word & SET != 0).then_some(word)
    }
}

wait_future! {
    /// Waits until a [`SetOnce`] is set; from [`SetOnce::wait`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    SetOnceWait ['a, T] ['a, T] of &'a SetOnce<T> => &'a T;
    |cell: &&'a SetOnce<T>, _: Answer| -> &'a T {
        let cell: &'a SetOnce<T> = cell;
        cell.get().unwrap_or_else(|| unreachable!("who waits is let go when the value is there"))
    };
}

impl<T> Default for SetOnce<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for SetOnce<T> {
    fn from(value: T) -> Self {
        Self::const_new_with(value)
    }
}

impl<T: Clone> Clone for SetOnce<T> {
    /// A cell of its own, with a clone of the value if there is one.
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for SetOnce<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for SetOnce<T> {}

impl<T: fmt::Debug> fmt::Debug for SetOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnce").field("value", &self.get()).finish()
    }
}

/// The cell was set already; from [`SetOnce::set`]. Holds the value that was to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOnceError<T>(pub T);

impl<T> fmt::Display for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cell was set already")
    }
}

impl<T: fmt::Debug> Error for SetOnceError<T> {}
