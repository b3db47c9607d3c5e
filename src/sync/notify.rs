//! A signal from one task to another, or to all that wait.

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;
use core::pin::Pin;

use super::observe::Site;
use super::signal::{End, Signal, Source, WAITERS, wait_future};
use crate::internal::shim::const_unless_loom;

/// A permit is stored for the next one to come. Never set while somebody waits.
const PERMIT: usize = WAITERS << 1;

/// One call of `notify_waiters`; they are counted from here up, and the count wraps.
const CALL: usize = PERMIT << 1;

/// Wakes one task that waits, or all of them; it carries no data.
///
/// The interface is `tokio::sync::Notify`'s. [`notify_one`](Self::notify_one) wakes the task that has waited longest, or, if
/// none waits, is kept as a permit for the next one that comes: so a notification that is sent between looking for work
/// and waiting for more is not lost. There is one permit at most; ten notifications while nobody waits are one.
/// [`notify_waiters`](Self::notify_waiters) wakes everybody who waits at that moment, and is not kept.
///
/// # Which one to take
///
/// | you want | take |
/// |---|---|
/// | "there is something to do", to one worker | `Notify` |
/// | "it has happened", for good or until it is taken back | [`Event`](super::Event) |
/// | to count how many may pass | [`Semaphore`](super::Semaphore) |
/// | to wait for a condition on data under a [`Mutex`](super::Mutex) | [`Condvar`](super::Condvar) |
///
/// # Who is notified
///
/// * A call of [`notified`](Self::notified) counts as waiting for `notify_waiters`, though the future has not been polled:
///   it completes at its first poll after. For `notify_one` it counts from the first poll, or
///   [`enable`](Notified::enable), on.
/// * One `notify_waiters` never completes a [`Notified`] that was made after it began, however many wakers there are to be
///   called meanwhile.
/// * A permit is not taken by a `Notified` that `notify_waiters` completes.
///
/// # Fairness
///
/// First come, first served; [`notify_last`](Self::notify_last) serves the other end.
///
/// # Examples
///
/// A queue for many producers and one consumer.
///
/// ```
/// use std::collections::VecDeque;
/// use std::sync::Mutex;
///
/// use anywhen::sync::Notify;
///
/// #[derive(Default)]
/// struct Queue<T> {
///     items: Mutex<VecDeque<T>>,
///     filled: Notify,
/// }
///
/// impl<T> Queue<T> {
///     fn push(&self, item: T) {
///         self.items.lock().unwrap().push_back(item);
///         self.filled.notify_one();
///     }
///
///     async fn pop(&self) -> T {
///         loop {
///             if let Some(item) = self.items.lock().unwrap().pop_front() {
///                 return item;
///             }
///             self.filled.notified().await;
///         }
///     }
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// let queue = Queue::default();
/// queue.push(1);
/// queue.push(2);
/// assert_eq!((queue.pop().await, queue.pop().await), (1, 2));
/// # });
/// ```
pub struct Notify {
    pub(super) signal: Signal,
}

impl Notify {
    const_unless_loom! {
        /// Without a permit.
        ///
        /// # Examples
        ///
        /// ```
        /// static NOTIFY: anywhen::sync::Notify = anywhen::sync::Notify::new();
        /// NOTIFY.notify_one();
        /// ```
        pub fn new() -> Self {
            Self { signal: Signal::new("Notify", 0) }
        }
    }

    const_unless_loom! {
        /// The same as [`new`](Self::new); the name that tokio has for constants.
        pub fn const_new() -> Self {
            Self::new()
        }
    }

    /// Waits for a notification.
    ///
    /// A permit that is stored is taken, and the wait is over at once. Where a condition is looked at and then waited for,
    /// and [`notify_waiters`](Self::notify_waiters) tells of its change, make the future *before* looking.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses its place in the queue. If [`notify_one`](Self::notify_one) or
    /// [`notify_last`](Self::notify_last) had notified it already, the notification goes to another waiter, or becomes the
    /// permit.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let notify = anywhen::sync::Notify::new();
    /// let notified = notify.notified();
    /// notify.notify_waiters();
    /// notified.await;
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn notified(&self) -> Notified<'_> {
        Notified::new(Call::new(self), Site::here())
    }

    /// Waits for a notification, and keeps the `Notify` alive meanwhile; otherwise the same as
    /// [`notified`](Self::notified).
    ///
    /// # Cancel safety
    ///
    /// As for [`notified`](Self::notified).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let notify = Arc::new(anywhen::sync::Notify::new());
    /// let task = anywhen::task::spawn(notify.clone().notified_owned());
    /// notify.notify_one();
    /// task.await.unwrap();
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[track_caller]
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        OwnedNotified::new(Call::new(self), Site::here())
    }

    /// Wakes the task that has waited longest; if none waits, leaves a permit for the next one.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let notify = anywhen::sync::Notify::new();
    /// notify.notify_one();
    /// // At once: the permit is there.
    /// notify.notified().await;
    /// # });
    /// ```
    #[inline]
    pub fn notify_one(&self) {
        self.signal.grant(End::Front, PERMIT);
    }

    /// Wakes the task that came last; if none waits, leaves a permit for the next one.
    ///
    /// For pools of workers: those that worked last have the warmest caches, and those that have waited long can time out.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::poll_once;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let notify = anywhen::sync::Notify::new();
    /// let (mut first, mut second) = (Box::pin(notify.notified()), Box::pin(notify.notified()));
    /// assert_eq!(poll_once(&mut first).await, None);
    /// assert_eq!(poll_once(&mut second).await, None);
    /// notify.notify_last();
    /// assert_eq!(poll_once(&mut first).await, None);
    /// assert_eq!(poll_once(&mut second).await, Some(()));
    /// # });
    /// ```
    #[inline]
    pub fn notify_last(&self) {
        self.signal.grant(End::Back, PERMIT);
    }

    /// Wakes everybody who waits, and leaves no permit.
    ///
    /// Those who have called [`notified`](Self::notified) wait, whether they have polled or not. Takes O(n) for n waiters,
    /// and holds up nobody else for longer than a batch of 32.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// let notify = anywhen::sync::Notify::new();
    /// let (first, second) = (notify.notified(), notify.notified());
    /// notify.notify_waiters();
    /// first.await;
    /// second.await;
    /// # });
    /// ```
    pub fn notify_waiters(&self) {
        self.signal.update(|word| word.wrapping_add(CALL) & !WAITERS);
    }

    /// How many wait, as `notify_one` counts them: futures that were polled, or enabled.
    ///
    /// The number may be another by the time it is looked at.
    pub fn waiters(&self) -> usize {
        self.signal.waiters()
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permit = self.signal.word() & PERMIT != 0;
        f.debug_struct("Notify").field("permit", &permit).field("waiters", &self.signal.waiters()).finish()
    }
}

/// A call of [`Notify::notified`]: on which, and what the count of `notify_waiters` calls was then.
#[derive(Debug)]
struct Call<N> {
    notify: N,
    calls: usize,
}

impl<N: Deref<Target = Notify>> Call<N> {
    #[inline]
    fn new(notify: N) -> Self {
        let calls = notify.signal.word() / CALL;
        Self { notify, calls }
    }
}

impl<N: Deref<Target = Notify>> Source for Call<N> {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.notify.signal
    }

    #[inline]
    fn pass(&self, word: usize, _: usize) -> Option<usize> {
        // `notify_waiters` first: who is notified by that leaves the permit to others (tokio#7996).
        if word / CALL != self.calls {
            Some(word)
        } else if word & PERMIT != 0 {
            Some(word & !PERMIT)
        } else {
            None
        }
    }

    fn pass_on(&self, from_back: bool) {
        self.notify.signal.grant(if from_back { End::Back } else { End::Front }, PERMIT);
    }
}

wait_future! {
    /// Waits for a notification; from [`Notify::notified`].
    ///
    /// Once ready, it stays ready.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses its place in the queue. A notification that was meant for it alone goes to another waiter, or
    /// becomes the permit.
    Notified ['a] ['a] of Call<&'a Notify> => lasting;
}

impl Notified<'_> {
    /// Queues for notifications without waiting for one, and says whether there is no need to wait any more.
    ///
    /// From here on [`Notify::notify_one`] may choose it, as if it had been polled. If a permit was there, it has been
    /// taken: the future is ready.
    ///
    /// # Examples
    ///
    /// Look after queueing, and nothing that happens in between is missed.
    ///
    /// ```
    /// use std::pin::pin;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// use anywhen::sync::Notify;
    ///
    /// async fn wait_for_three(count: &AtomicUsize, changed: &Notify) {
    ///     loop {
    ///         let mut notified = pin!(changed.notified());
    ///         notified.as_mut().enable();
    ///         if count.load(Ordering::Acquire) == 3 {
    ///             return;
    ///         }
    ///         notified.await;
    ///     }
    /// }
    /// # let (count, changed) = (AtomicUsize::new(3), Notify::new());
    /// # anywhen::rt::Std.block_on(wait_for_three(&count, &changed));
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().wait.enable("Notified")
    }
}

#[cfg(feature = "alloc")]
wait_future! {
    /// Waits for a notification, and keeps the [`Notify`] alive; from [`Notify::notified_owned`].
    ///
    /// Once ready, it stays ready.
    ///
    /// # Cancel safety
    ///
    /// As for [`Notified`].
    OwnedNotified [] [] of Call<Arc<Notify>> => lasting;
}

#[cfg(feature = "alloc")]
impl OwnedNotified {
    /// Queues for notifications without waiting for one; see [`Notified::enable`].
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().wait.enable("OwnedNotified")
    }
}
