//! A value that is computed once, by whoever needs it first.

mod error;
mod init;

use core::fmt;

use super::observe::Site;
use super::once::{Once, SET};
use crate::internal::shim::const_unless_loom;

pub use error::SetError;
pub use init::{GetOrInit, GetOrTryInit};

/// A cell whose value is computed, asynchronously, by whoever needs it first; everybody else waits for that.
///
/// The interface is `tokio::sync::OnceCell`'s. If the value comes from one place and others wait for it, take
/// [`SetOnce`](super::SetOnce); if computing it awaits nothing, `std::sync::OnceLock`.
///
/// One initialiser runs at a time. If it fails, panics or is dropped half way, the next in the queue runs its own.
///
/// # Fairness
///
/// First come, first served, as to whose initialiser runs next. Once there is a value, all are let go together.
///
/// # Deadlocks
///
/// An initialiser that waits for its own cell waits for ever. So does everybody else if the one whose initialiser runs, or
/// is to run next, is neither polled nor dropped.
///
/// # Examples
///
/// ```
/// use anywhen::sync::OnceCell;
///
/// static CONFIG: OnceCell<String> = OnceCell::const_new();
///
/// async fn config() -> &'static String {
///     CONFIG.get_or_init(async || "loaded".to_owned()).await
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(config().await, "loaded");
/// assert!(CONFIG.initialized());
/// # });
/// ```
pub struct OnceCell<T> {
    pub(super) once: Once<T>,
}

impl<T> OnceCell<T> {
    const_unless_loom! {
        /// An empty cell.
        pub fn new() -> Self {
            Self { once: Once::new("OnceCell") }
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
            Self { once: Once::with("OnceCell", value) }
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

    /// The value, if the cell is set, to be changed.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.once.get_mut()
    }

    /// Sets the cell, and lets all who wait go.
    ///
    /// # Errors
    ///
    /// Gives the value back if the cell is set already, or if an initialiser is running.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::OnceCell;
    ///
    /// let cell = OnceCell::new();
    /// cell.set(1).unwrap();
    /// assert!(cell.set(2).unwrap_err().is_already_init_err());
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.once.claim() {
            Ok(claim) => {
                claim.set(value);
                Ok(())
            }
            Err(word) if word & SET != 0 => Err(SetError::AlreadyInitializedError(value)),
            Err(_) => Err(SetError::InitializingError(value)),
        }
    }

    /// The value; if there is none yet, computes it with `init`, or waits for another that does.
    ///
    /// `init` is called at most once, when this is the one to compute the value.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits loses its place in the queue. Dropping it while its own initialiser runs drops
    /// that one half way; then the next in the queue runs its own.
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given the value. A panic of the initialiser reaches whoever polls, and
    /// leaves the cell empty for the next one to try.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::OnceCell;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let cell = OnceCell::new();
    /// assert_eq!(*cell.get_or_init(async || 1).await, 1);
    /// assert_eq!(*cell.get_or_init(async || unreachable!()).await, 1);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init<F, Fut>(&self, init: F) -> GetOrInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        GetOrInit::new(&self.once, init, Site::here())
    }

    /// The value; if there is none yet, tries to compute it with `init`, or waits for another that does.
    ///
    /// # Errors
    ///
    /// What `init` gives. The cell stays empty, and the next in the queue tries with its own.
    ///
    /// # Cancel safety
    ///
    /// As for [`get_or_init`](Self::get_or_init).
    ///
    /// # Panics
    ///
    /// If the future is polled after it has given its result. A panic of the initialiser goes as it does in
    /// [`get_or_init`](Self::get_or_init).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::OnceCell;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.get_or_try_init(async || Err("not now")).await, Err("not now"));
    /// assert_eq!(cell.get_or_try_init(async || Ok::<_, ()>(1)).await, Ok(&1));
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_try_init<E, F, Fut>(&self, init: F) -> GetOrTryInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        GetOrTryInit::new(&self.once, init, Site::here())
    }

    /// Takes the value out, and leaves the cell empty.
    pub fn take(&mut self) -> Option<T> {
        self.once.take()
    }

    /// The value, without the cell.
    pub fn into_inner(mut self) -> Option<T> {
        self.once.take()
    }

    /// How many wait for another's initialiser.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.once.signal.waiters()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        Self::const_new_with(value)
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    /// A cell of its own, with a clone of the value if there is one.
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell").field("value", &self.get()).finish()
    }
}
