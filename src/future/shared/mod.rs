//! `shared`: one future, awaited in many places.
//!
//! What the clones have in common, and how they take turns at polling it, is in `block`. Here are the handles.

mod block;
#[cfg(all(test, anywhen_loom))]
mod models;

use core::fmt;
use core::hash::{Hash, Hasher};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use self::block::{Strong, Weak};
use crate::internal::live::Live;

/// The future of [`FutureExt::shared`](super::FutureExt::shared): a handle on a future that others await, too.
///
/// Each clone gives a clone of the output, the last one the output itself. The future runs once, in whichever clones
/// are polled: there is no task that it belongs to. It is dropped as soon as it is done, or with the last clone.
///
/// Where the output is of no interest, an [`Event`](crate::sync::Event) does with less. Where it is to be computed when it is
/// first asked for, and kept, see [`OnceCell`](crate::sync::OnceCell).
///
/// # Cancel safety
///
/// Dropping a clone loses nothing: the others go on, whichever of them polled last. Dropping the last one drops the
/// future.
///
/// # Fairness
///
/// When the future wakes, all who wait are woken, and the first of them that is polled polls it; so none of them
/// depends on another that is not polled any more. It is only polled when it has been woken, however often clones are. A
/// wake costs O(clones that wait).
///
/// # Allocation
///
/// One block when it is made. Having more than four clones at a time that were made before the future was done costs
/// another, which grows with their number: O(log N) blocks for N of them, made when they are cloned. Polling allocates
/// nothing.
///
/// # Panics
///
/// Polling panics once the output has been given. If the future panics, so does the poll of the clone that polled it,
/// with that panic; all other clones are woken, and panic with a message that says so.
///
/// A clone of a clone that has given its output is one that has given it, too.
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
///
/// # anywhen::rt::Std.block_on(async {
/// let answer = async { 6 * 7 }.shared();
/// assert_eq!((answer.clone(), answer).join().await, (42, 42));
/// # });
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Shared<F: Future> {
    strong: Live<Strong<F>>,
}

/// A handle on a [`Shared`] future that does not keep it; from [`Shared::downgrade`].
///
/// # Examples
///
/// ```
/// use anywhen::prelude::*;
///
/// let shared = async { 1 }.shared();
/// let weak = shared.downgrade().expect("it has not given its output yet");
/// assert!(weak.upgrade().is_some());
/// drop(shared);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakShared<F: Future> {
    weak: Weak<F>,
}

impl<F: Future> Shared<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { strong: Live::new(Strong::new(future)) }
    }

    /// The output, if the future is done and this clone has not given it yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// let shared = async { 1 }.shared();
    /// assert_eq!(shared.peek(), None);
    /// shared.clone().now_or_never();
    /// assert_eq!(shared.peek(), Some(&1));
    /// ```
    #[inline]
    pub fn peek(&self) -> Option<&F::Output> {
        self.strong.state()?.output()
    }

    /// A handle that does not keep the future from being dropped; `None` if this clone has given its output.
    ///
    /// # Examples
    ///
    /// See [`WeakShared`].
    pub fn downgrade(&self) -> Option<WeakShared<F>> {
        Some(WeakShared { weak: self.strong.state()?.downgrade() })
    }

    /// How many clones there are that have not given their output; `None` if this one has.
    ///
    /// The number may be another by the time it is looked at.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// let shared = async { 1 }.shared();
    /// let other = shared.clone();
    /// assert_eq!(shared.strong_count(), Some(2));
    /// other.now_or_never();
    /// assert_eq!(shared.strong_count(), Some(1));
    /// ```
    pub fn strong_count(&self) -> Option<usize> {
        Some(self.strong.state()?.strong_count())
    }

    /// How many [`WeakShared`]s there are; `None` if this clone has given its output.
    ///
    /// The number may be another by the time it is looked at.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// let shared = async { 1 }.shared();
    /// let weak = shared.downgrade();
    /// assert_eq!(shared.weak_count(), Some(1));
    /// ```
    pub fn weak_count(&self) -> Option<usize> {
        Some(self.strong.state()?.weak_count())
    }

    /// Hashes where the future is, so that what [`ptr_eq`](Self::ptr_eq) says is equal has equal hashes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::{BuildHasher, Hasher, RandomState};
    ///
    /// use anywhen::prelude::*;
    ///
    /// let (shared, state) = (async { 1 }.shared(), RandomState::new());
    /// let hashes = [shared.clone(), shared].map(|shared| {
    ///     let mut hasher = state.build_hasher();
    ///     shared.ptr_hash(&mut hasher);
    ///     hasher.finish()
    /// });
    /// assert_eq!(hashes[0], hashes[1]);
    /// ```
    pub fn ptr_hash<H: Hasher>(&self, state: &mut H) {
        self.strong.state().map(Strong::address).hash(state);
    }

    /// Whether the two share one future. `false` if either has given its output.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    ///
    /// let shared = async { 1 }.shared();
    /// assert!(shared.ptr_eq(&shared.clone()));
    /// ```
    pub fn ptr_eq(&self, other: &Self) -> bool {
        match (self.strong.state(), other.strong.state()) {
            (Some(a), Some(b)) => a.address() == b.address(),
            _ => false,
        }
    }
}

impl<F: Future<Output: Clone>> Future for Shared<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let strong = Pin::new(&mut self.strong);
        strong.poll_and_take("Shared", |strong| strong.poll(cx)).map(|((), strong)| strong.into_output())
    }
}

impl<F: Future<Output: Clone>> FusedFuture for Shared<F> {
    fn is_terminated(&self) -> bool {
        self.strong.is_over()
    }
}

impl<F: Future> Clone for Shared<F> {
    fn clone(&self) -> Self {
        Self { strong: self.strong.clone() }
    }
}

impl<F: Future> fmt::Debug for Shared<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.strong.debug("Shared", f)
    }
}

impl<F: Future> WeakShared<F> {
    /// A clone of the future, if there is one still that has not given its output.
    ///
    /// # Examples
    ///
    /// See [`WeakShared`].
    pub fn upgrade(&self) -> Option<Shared<F>> {
        Some(Shared { strong: Live::new(self.weak.upgrade()?) })
    }
}

impl<F: Future> Clone for WeakShared<F> {
    fn clone(&self) -> Self {
        Self { weak: self.weak.clone() }
    }
}

impl<F: Future> fmt::Debug for WeakShared<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakShared").finish_non_exhaustive()
    }
}
