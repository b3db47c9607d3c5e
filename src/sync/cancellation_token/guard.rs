//! Guards that cancel a token when they are dropped.

use core::fmt;

use super::CancellationToken;
use crate::sync::hold::{Held, Hold};
use crate::sync::observe::Site;

impl Held for CancellationToken {
    #[inline]
    fn give_back(&mut self) {
        self.cancel();
    }
}

impl Held for &CancellationToken {
    #[inline]
    fn give_back(&mut self) {
        self.cancel();
    }
}

/// Cancels a [`CancellationToken`] when it is dropped; from [`CancellationToken::drop_guard`].
///
/// So that it is cancelled however the function or the task ends that owns the guard: by a `return`, by a panic, or by being
/// cancelled itself.
#[must_use = "the token is cancelled as soon as this is dropped"]
pub struct DropGuard {
    hold: Hold<CancellationToken>,
}

impl DropGuard {
    /// The token.
    pub fn token(&self) -> &CancellationToken {
        self.hold.held()
    }

    /// Takes the token out, which will not be cancelled by this guard then. Other guards are not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// let guard = anywhen::sync::CancellationToken::new().drop_guard();
    /// let token = guard.disarm();
    /// assert!(!token.is_cancelled());
    /// ```
    pub fn disarm(self) -> CancellationToken {
        self.hold.into_held()
    }
}

impl fmt::Debug for DropGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DropGuard").field(self.token()).finish()
    }
}

/// Cancels a [`CancellationToken`], which it borrows, when it is dropped; from [`CancellationToken::drop_guard_ref`].
#[must_use = "the token is cancelled as soon as this is dropped"]
pub struct DropGuardRef<'a> {
    hold: Hold<&'a CancellationToken>,
}

impl<'a> DropGuardRef<'a> {
    /// The token.
    pub fn token(&self) -> &CancellationToken {
        self.hold.held()
    }

    /// Gives the token back, which will not be cancelled by this guard then. Other guards are not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = anywhen::sync::CancellationToken::new();
    /// let guard = token.drop_guard_ref();
    /// assert!(!guard.disarm().is_cancelled());
    /// ```
    pub fn disarm(self) -> &'a CancellationToken {
        self.hold.into_held()
    }
}

impl fmt::Debug for DropGuardRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DropGuardRef").field(self.token()).finish()
    }
}

impl CancellationToken {
    /// A guard that cancels the token, and with it its children, when it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::CancellationToken;
    ///
    /// let token = CancellationToken::new();
    /// let guard = token.clone().drop_guard();
    /// drop(guard);
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard { hold: Hold::new(self, Site::here()) }
    }

    /// A guard that borrows the token, and cancels it when it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::CancellationToken;
    ///
    /// let token = CancellationToken::new();
    /// {
    ///     let _guard = token.drop_guard_ref();
    /// }
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard_ref(&self) -> DropGuardRef<'_> {
        DropGuardRef { hold: Hold::new(self, Site::here()) }
    }
}
