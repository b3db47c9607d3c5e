//! Tokens that tell tasks to stop, and trees of them.

mod children;
mod guard;
mod reason;
mod run;
mod tree;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::error::Error;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::observe::Site;
use super::signal::{Signal, Source, wait_future};
use tree::{CANCELLED, Handle};

pub use guard::{DropGuard, DropGuardRef};
pub use reason::CancelReason;
pub use run::{RunUntilCancelledFuture, RunUntilCancelledFutureOwned};

/// Tells tasks to stop.
///
/// Clones are one and the same token. A [child](Self::child_token) is cancelled when its parent is, and can be cancelled
/// alone. Being cancelled is for ever, and everybody sees it: those who wait in [`cancelled`](Self::cancelled), those who ask
/// with [`is_cancelled`](Self::is_cancelled), and those who run something with
/// [`run_until_cancelled`](Self::run_until_cancelled). [`reason`](Self::reason) says why.
///
/// It asks; whoever is asked decides when to stop. To stop a task from outside, abort it: see
/// [`JoinHandle::abort`](crate::task::JoinHandle::abort). For a flag that is not for ever, take [`Event`](super::Event).
///
/// What was done before the token was cancelled is seen by whoever finds it cancelled.
///
/// # Fairness
///
/// A token's waiters are woken in the order in which they came. A token comes before its children, an elder child, with all
/// its own, before a younger one.
///
/// # Allocation
///
/// One for a token without parent, and one for a child; none for clones, waiting, cancelling and dropping. Two for a
/// reason. Of tokens that have been dropped while they had children, at most one is kept for each child that is still
/// there: it does not matter for how long a program replaces its token by a child of it.
///
/// # Complexity
///
/// Making, cloning and dropping a token is O(1), however many siblings it has. Cancelling is linear in the number of
/// descendants; it uses no stack for them, and holds no lock for longer than a few instructions.
///
/// # Examples
///
/// ```
/// use anywhen::sync::CancellationToken;
///
/// # anywhen::rt::Std.block_on(async {
/// let server = CancellationToken::new();
/// let connection = server.child_token();
/// let task = anywhen::task::spawn(async move {
///     connection.cancelled().await;
///     connection.reason().unwrap().to_string()
/// });
/// server.cancel_with("maintenance");
/// assert_eq!(task.await.unwrap(), "maintenance");
/// # });
/// ```
///
/// # Implementation notes
///
/// A node in the tree is linked into a list of its parent, and each node has a lock of its own. How the tree is cancelled
/// without recursion, and while others change it, is described at the head of `src/sync/cancellation_token/tree.rs`.
#[derive(Clone)]
pub struct CancellationToken {
    handle: Handle,
}

impl UnwindSafe for CancellationToken {}
impl RefUnwindSafe for CancellationToken {}

impl CancellationToken {
    /// A token that is not cancelled, and has no parent.
    pub fn new() -> Self {
        Self { handle: Handle::new() }
    }

    /// A token that is cancelled when this one is. Cancelling it does not cancel this one.
    ///
    /// If this one is cancelled, the child is, for the same reason.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = anywhen::sync::CancellationToken::new();
    /// let (one, other) = (token.child_token(), token.child_token());
    /// one.cancel();
    /// assert!(!token.is_cancelled() && !other.is_cancelled());
    /// token.cancel();
    /// assert!(other.is_cancelled());
    /// ```
    pub fn child_token(&self) -> Self {
        Self { handle: self.handle.child() }
    }

    /// Cancels the token, and all its descendants.
    ///
    /// When it returns, all of them are cancelled, even if others cancel at the same time. Meanwhile one may be cancelled
    /// and another not yet; but whoever is cancelled has a parent that is.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = anywhen::sync::CancellationToken::new();
    /// token.cancel();
    /// assert!(token.clone().is_cancelled() && token.child_token().is_cancelled());
    /// ```
    pub fn cancel(&self) {
        self.handle.cancel(None);
    }

    /// Cancels the token, and all its descendants, and says why. Otherwise the same as [`cancel`](Self::cancel).
    ///
    /// The reason is an error, or a text. It stands for all who were not cancelled before; a [`CancelReason`] stays what
    /// it is, and can be handed on to another token.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = anywhen::sync::CancellationToken::new();
    /// token.cancel_with("first");
    /// token.cancel_with(std::fmt::Error);
    /// assert_eq!(token.reason().unwrap().to_string(), "first");
    /// ```
    pub fn cancel_with(&self, reason: impl Into<Box<dyn Error + Send + Sync>>) {
        self.handle.cancel(Some(CancelReason::new(reason.into())));
    }

    /// Whether it is cancelled; one load.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.handle.node().is_cancelled()
    }

    /// Why it is cancelled: what the first [`cancel_with`](Self::cancel_with) said, on this one or on an ancestor.
    ///
    /// `None` if it is not cancelled, or no reason was given.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = anywhen::sync::CancellationToken::new();
    /// let (one, other) = (token.child_token(), token.child_token());
    /// one.cancel();
    /// token.cancel_with("all");
    /// assert!(one.reason().is_none());
    /// assert_eq!(other.reason().unwrap().to_string(), "all");
    /// ```
    pub fn reason(&self) -> Option<CancelReason> {
        self.handle.node().reason()
    }

    /// How many wait for this very token, or run something until it is cancelled; not those of its children.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anywhen::sync::CancellationToken::new().waiters(), 0);
    /// ```
    pub fn waiters(&self) -> usize {
        self.handle.node().signal.waiters()
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let token = anywhen::sync::CancellationToken::new();
    /// token.cancel();
    /// token.cancelled().await;
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        WaitForCancellationFuture::new(self, Site::here())
    }

    /// Waits until it is cancelled, and owns the token meanwhile; otherwise the same as [`cancelled`](Self::cancelled).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let token = anywhen::sync::CancellationToken::new();
    /// let task = anywhen::task::spawn(token.clone().cancelled_owned());
    /// token.cancel();
    /// task.await.unwrap();
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        WaitForCancellationFutureOwned::new(self, Site::here())
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

/// Two are equal if they are clones of one another.
impl PartialEq for CancellationToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.handle.node(), other.handle.node())
    }
}

impl Eq for CancellationToken {}

impl Hash for CancellationToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(self.handle.node()).hash(state);
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("is_cancelled", &self.is_cancelled())
            .field("waiters", &self.waiters())
            .finish()
    }
}

impl Source for CancellationToken {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.handle.node().signal
    }

    #[inline]
    fn pass(&self, word: usize, _: usize) -> Option<usize> {
        (word & CANCELLED != 0).then_some(word)
    }
}

impl Source for &CancellationToken {
    #[inline]
    fn signal(&self) -> &Signal {
        (**self).signal()
    }

    #[inline]
    fn pass(&self, word: usize, waiting: usize) -> Option<usize> {
        (**self).pass(word, waiting)
    }
}

wait_future! {
    /// Waits until a [`CancellationToken`] is cancelled; from [`CancellationToken::cancelled`].
    ///
    /// Once ready, it stays ready.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    WaitForCancellationFuture ['a] ['a] of &'a CancellationToken => lasting;
}

wait_future! {
    /// Waits until a [`CancellationToken`], which it owns, is cancelled; from [`CancellationToken::cancelled_owned`].
    ///
    /// Once ready, it stays ready.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing but the token.
    WaitForCancellationFutureOwned [] [] of CancellationToken => lasting;
}
