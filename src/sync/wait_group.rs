//! A wait until all of a changing number of things are over.

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;

use super::observe::Site;
use super::signal::{Signal, Source, WAITERS, wait_future};
use crate::internal::shim::const_unless_loom;

/// One token; they are counted from here up.
const ONE: usize = WAITERS << 1;

/// More than this would come near to an overflow.
const MAX_TOKENS: usize = usize::MAX / ONE / 2;

/// Waits until all of a changing number of things are over.
///
/// Whatever is to be waited for holds a token, from [`token`](Self::token) or cloned from another one, and drops it when
/// it is over. [`wait`](Self::wait) is over when there is no token. Unlike Go's `Add` and `Done`, a token cannot be
/// forgotten on the way out, whether that is a `return`, a panic or a cancelled task; and unlike crossbeam's `WaitGroup`,
/// the group itself is no token: it need not be given up to wait, allocates nothing and can be a `static`.
///
/// For a known number of tasks that wait for one another, take [`Barrier`](super::Barrier).
///
/// Whatever the holder of a token did before it dropped it is seen by those who have waited.
///
/// # Fairness
///
/// All who wait are let go together, and woken in the order in which they came.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use anywhen::sync::WaitGroup;
///
/// # anywhen::rt::Std.block_on(async {
/// let (group, sum) = (Arc::new(WaitGroup::new()), Arc::new(AtomicU32::new(0)));
/// for n in 1..=10 {
///     let (token, sum) = (group.clone().token_owned(), sum.clone());
///     anywhen::task::spawn(async move {
///         sum.fetch_add(n, Ordering::Relaxed);
///         drop(token);
///     });
/// }
/// group.wait().await;
/// assert_eq!(sum.load(Ordering::Relaxed), 55);
/// # });
/// ```
pub struct WaitGroup {
    /// How many tokens there are. The word is 0 when there is none, for then nobody waits.
    pub(super) signal: Signal,
}

impl WaitGroup {
    const_unless_loom! {
        /// A group without tokens.
        pub fn new() -> Self {
            Self { signal: Signal::new("WaitGroup", 0) }
        }
    }

    /// A token, which is counted until it is dropped.
    ///
    /// Take it before the work begins, not in it: a `wait` in between would find nothing to wait for.
    ///
    /// # Panics
    ///
    /// If there are more than `usize::MAX / 4` of them, which takes leaked ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::poll_once;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let group = anywhen::sync::WaitGroup::new();
    /// let token = group.token();
    /// let another = token.clone();
    /// drop(token);
    /// assert_eq!(poll_once(group.wait()).await, None);
    /// drop(another);
    /// group.wait().await;
    /// # });
    /// ```
    #[inline]
    pub fn token(&self) -> WaitGroupToken<'_> {
        WaitGroupToken(Token::new(self))
    }

    /// A token that keeps the group alive; otherwise the same as [`token`](Self::token).
    ///
    /// # Panics
    ///
    /// As [`token`](Self::token).
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn token_owned(self: Arc<Self>) -> OwnedWaitGroupToken {
        OwnedWaitGroupToken(Token::new(self))
    }

    /// How many tokens there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.signal.word() / ONE
    }

    /// Whether there is no token.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until there is no token.
    ///
    /// It is over if there is none at the first poll, or at any moment after that, even if there are new ones by the time
    /// it is polled again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// anywhen::sync::WaitGroup::new().wait().await;
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> WaitGroupWait<'_> {
        WaitGroupWait::new(self, Site::here())
    }

    /// How many wait.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.signal.waiters()
    }
}

impl Default for WaitGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitGroup").field("tokens", &self.len()).field("waiters", &self.signal.waiters()).finish()
    }
}

impl Source for &WaitGroup {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.signal
    }

    #[inline]
    fn pass(&self, word: usize, _: usize) -> Option<usize> {
        (word < ONE).then_some(word)
    }
}

wait_future! {
    /// Waits until a [`WaitGroup`] has no token; from [`WaitGroup::wait`].
    ///
    /// Once ready, it stays ready, even if there are new tokens.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    WaitGroupWait ['a] ['a] of &'a WaitGroup => lasting;
}

/// What both kinds of token are.
struct Token<G: Deref<Target = WaitGroup>>(G);

impl<G: Deref<Target = WaitGroup>> Token<G> {
    #[inline]
    fn new(group: G) -> Self {
        group.signal.update(|word| {
            assert!(word / ONE < MAX_TOKENS, "too many tokens");
            word + ONE
        });
        Self(group)
    }
}

impl<G: Deref<Target = WaitGroup> + Clone> Clone for Token<G> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<G: Deref<Target = WaitGroup>> Drop for Token<G> {
    #[inline]
    fn drop(&mut self) {
        // The last one lets go whoever waits.
        self.0.signal.update(|word| if word == ONE | WAITERS { 0 } else { word - ONE });
    }
}

/// Counted by a [`WaitGroup`] until it is dropped; from [`WaitGroup::token`].
#[derive(Clone)]
#[must_use = "the token is counted only until it is dropped"]
pub struct WaitGroupToken<'a>(Token<&'a WaitGroup>);

impl fmt::Debug for WaitGroupToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WaitGroupToken").field(self.0.0).finish()
    }
}

/// Counted by a [`WaitGroup`], and keeps it alive, until it is dropped; from [`WaitGroup::token_owned`].
#[cfg(feature = "alloc")]
#[derive(Clone)]
#[must_use = "the token is counted only until it is dropped"]
pub struct OwnedWaitGroupToken(Token<Arc<WaitGroup>>);

#[cfg(feature = "alloc")]
impl fmt::Debug for OwnedWaitGroupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedWaitGroupToken").field(&self.0.0).finish()
    }
}
