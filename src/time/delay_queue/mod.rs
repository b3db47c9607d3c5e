//! Many items, each of which comes out at its deadline.

mod expired;
mod store;
mod waits;

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;
use core::task::Waker;

pub use self::expired::Expired;
pub use self::store::Key;
use self::store::Store;
use super::alarm::Alarm;
use super::{Clock, Duration, Instant, Timer};

/// A queue whose items come out when their time has come, in the order of their deadlines.
///
/// For what has a lifetime each and can be taken back or put off: entries of a cache, sessions, requests without an answer. It is
/// a [`Stream`](futures_core::Stream) of [`Expired`] items and needs one timer for all of them. For futures that run beside each
/// other take [`FuturesUnordered`](crate::stream::FuturesUnordered), for one deadline [`sleep_until`](super::sleep_until).
///
/// Names and meanings are those of tokio-util, and these are better:
///
/// | | tokio-util | here |
/// |---|---|---|
/// | a key whose item has gone | may lead to another item | leads to nothing |
/// | an item may be due | within two years, by the millisecond | whenever, by the nanosecond |
/// | items that are due at the same time | come last in, first out | come first in, first out |
/// | for each item that expires | a timer is allocated | nothing is |
///
/// # Who waits
///
/// Putting an item in, moving it and taking it out need `&mut`, as waiting does. So the task that waits does that itself, between
/// two items; or the queue lies in something shared, and is polled through that with [`poll_expired`](Self::poll_expired). Then the
/// task that polled it last hears of what others do to the queue: it is woken at the deadline of whatever item is now the first, at
/// once if that has passed or if there are no items any more, and not at deadlines of items that have gone.
///
/// That holds for a task that found it empty, too. One that is to wait for items for ever, as the one that sweeps a cache others use,
/// so takes `None` for pending; see the example of [`poll_expired`](Self::poll_expired).
///
/// # When it is empty
///
/// It gives `None`, and goes on when an item is put in. So `while let Some(item) = queue.next().await` ends when there is nothing
/// to wait for; in a `select!` it is a branch that is not taken meanwhile.
///
/// # Cancel safety
///
/// Dropping what waits for its next item loses nothing: the item comes to the next call.
///
/// # Fairness
///
/// Items that are due at the same instant come in the order in which they were put in or moved there. It gives all that are
/// due, as often as it is asked; a task that has others to serve meanwhile sees to that itself.
///
/// # Allocation
///
/// One when it is made, for the timer, and room for the items, which grows and is kept. Nothing else: an item that is put in, moved,
/// taken out or waited for allocates nothing once the queue has grown to its size. After a burst,
/// [`shrink_to_fit`](Self::shrink_to_fit) gives room back.
///
/// # Complexity
///
/// O(log n) of n items to put one in, move it or take it out, and on the average O(1) for one that is due later than most.
///
/// # Examples
///
/// A cache whose entries live for a minute, and longer if they are used:
///
/// ```
/// use std::collections::HashMap;
///
/// use anywhen::prelude::*;
/// use anywhen::time::delay_queue::Key;
/// use anywhen::time::{self, DelayQueue, Duration, VirtualClock};
///
/// const LIFE: Duration = Duration::from_secs(60);
///
/// #[derive(Default)]
/// struct Cache {
///     entries: HashMap<&'static str, (u32, Key)>,
///     expirations: DelayQueue<&'static str>,
/// }
///
/// impl Cache {
///     fn put(&mut self, name: &'static str, value: u32) {
///         let key = self.expirations.insert(name, LIFE);
///         if let Some((_, replaced)) = self.entries.insert(name, (value, key)) {
///             self.expirations.remove(&replaced);
///         }
///     }
///
///     fn get(&mut self, name: &'static str) -> Option<u32> {
///         let (value, key) = self.entries.get(name)?;
///         self.expirations.reset(key, LIFE);
///         Some(*value)
///     }
///
///     /// Forgets the next entry when its time has come; `false` if there is none.
///     async fn forget_next(&mut self) -> bool {
///         let Some(expired) = self.expirations.next().await else { return false };
///         self.entries.remove(expired.get_ref()).is_some()
///     }
/// }
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let mut cache = Cache::default();
/// cache.put("one", 1);
/// cache.put("two", 2);
/// time::sleep(LIFE / 2).await;
/// assert_eq!(cache.get("one"), Some(1));
///
/// assert!(cache.forget_next().await);
/// assert_eq!((cache.get("one"), cache.get("two")), (Some(1), None));
/// assert!(cache.forget_next().await);
/// assert!(!cache.forget_next().await);
/// # }));
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct DelayQueue<T, Tm: Timer = Clock> {
    store: Store<T>,
    /// Set while a task waits, for the first deadline, unless that never comes.
    alarm: Pin<Box<Alarm<Tm>>>,
    /// The task that was last told that nothing was due, or that there was nothing, if it has had no item since.
    waiter: Option<Waker>,
    /// What time it was when it was last asked: what is due by then can go without asking again.
    seen: Instant,
}

impl<T> DelayQueue<T> {
    /// An empty queue, by the current clock.
    pub fn new() -> Self {
        Self::new_on(Clock::current())
    }

    /// An empty queue with room for so many items, by the current clock.
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_on(Clock::current(), capacity)
    }
}

impl<T, Tm: Timer> DelayQueue<T, Tm> {
    /// An empty queue, by a timer of your choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::rt;
    /// use anywhen::time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new_on(rt::Std);
    /// queue.insert("later", Duration::from_secs(1));
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn new_on(timer: Tm) -> Self {
        let alarm = Box::pin(Alarm::new(timer));
        Self { store: Store::new(), alarm, waiter: None, seen: Instant::from_nanos(0) }
    }

    /// An empty queue with room for so many items, by a timer of your choice.
    pub fn with_capacity_on(timer: Tm, capacity: usize) -> Self {
        let mut queue = Self::new_on(timer);
        queue.reserve(capacity);
        queue
    }

    /// Puts an item in that is due `timeout` from now. A zero timeout is due at once, [`Duration::MAX`] never.
    ///
    /// # Panics
    ///
    /// If there are 2³² − 1 items already.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::prelude::*;
    /// use anywhen::time::{DelayQueue, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut queue = DelayQueue::new();
    /// queue.insert("second", Duration::from_millis(2));
    /// queue.insert("first", Duration::from_millis(1));
    /// let order = queue.map(|expired| expired.into_inner()).collect::<Vec<_>>().await;
    /// assert_eq!(order, ["first", "second"]);
    /// # });
    /// ```
    #[track_caller]
    pub fn insert(&mut self, value: T, timeout: Duration) -> Key {
        self.insert_at(value, self.alarm.now() + timeout)
    }

    /// Puts an item in that is due at `when`; at once, if that has passed.
    ///
    /// # Panics
    ///
    /// If there are 2³² − 1 items already.
    #[track_caller]
    pub fn insert_at(&mut self, value: T, when: Instant) -> Key {
        let before = self.store.first();
        let key = self.store.insert(value, when);
        self.changed_from(before);
        key
    }

    /// Takes an item out before its time, if it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("request", Duration::from_secs(60));
    /// assert_eq!(queue.try_remove(&key).map(|removed| removed.into_inner()), Some("request"));
    /// assert!(queue.try_remove(&key).is_none());
    /// ```
    pub fn try_remove(&mut self, key: &Key) -> Option<Expired<T>> {
        let before = self.store.first();
        let removed = self.store.remove(key)?;
        self.changed_from(before);
        Some(Expired::new(removed))
    }

    /// Takes an item out before its time.
    ///
    /// # Panics
    ///
    /// If there is no such item any more; see [`try_remove`](Self::try_remove).
    #[track_caller]
    pub fn remove(&mut self, key: &Key) -> Expired<T> {
        match self.try_remove(key) {
            Some(removed) => removed,
            None => stale(),
        }
    }

    /// Moves an item, so that it is due `timeout` from now.
    ///
    /// # Panics
    ///
    /// If there is no such item any more; see [`contains_key`](Self::contains_key).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{DelayQueue, Duration, Instant};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("session", Duration::from_secs(60));
    /// queue.reset(&key, Duration::from_secs(3600));
    /// assert!(queue.deadline(&key) > Instant::now() + Duration::from_secs(60));
    /// ```
    #[track_caller]
    pub fn reset(&mut self, key: &Key, timeout: Duration) {
        self.reset_at(key, self.alarm.now() + timeout);
    }

    /// Moves an item, so that it is due at `when`; at once, if that has passed.
    ///
    /// # Panics
    ///
    /// If there is no such item any more; see [`contains_key`](Self::contains_key).
    #[track_caller]
    pub fn reset_at(&mut self, key: &Key, when: Instant) {
        let before = self.store.first();
        if !self.store.reset(key, when) {
            stale();
        }
        self.changed_from(before);
    }

    /// When an item is due.
    ///
    /// # Panics
    ///
    /// If there is no such item any more; see [`contains_key`](Self::contains_key).
    #[track_caller]
    pub fn deadline(&self, key: &Key) -> Instant {
        match self.store.deadline(key) {
            Some(deadline) => deadline,
            None => stale(),
        }
    }

    /// The key of the item that comes next, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// assert_eq!(queue.peek(), None);
    /// let later = queue.insert("later", Duration::from_secs(2));
    /// assert_eq!(queue.peek(), Some(later));
    /// let sooner = queue.insert("sooner", Duration::from_secs(1));
    /// assert_eq!(queue.peek(), Some(sooner));
    /// ```
    pub fn peek(&self) -> Option<Key> {
        self.store.peek()
    }

    /// Whether the item is there.
    pub fn contains_key(&self, key: &Key) -> bool {
        self.get(key).is_some()
    }

    /// An item, if it is there.
    pub fn get(&self, key: &Key) -> Option<&T> {
        self.store.get(key)
    }

    /// An item, to be changed, if it is there.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut T> {
        self.store.get_mut(key)
    }

    /// Drops all items. There is room for as many as before. A task that waits is woken, and hears that there are no more.
    pub fn clear(&mut self) {
        /// Wakes a task when it is dropped, also when an item's destructor panics.
        struct Wakes<'a, T, Tm: Timer>(&'a mut DelayQueue<T, Tm>, Option<Instant>);

        impl<T, Tm: Timer> Drop for Wakes<'_, T, Tm> {
            fn drop(&mut self) {
                self.0.changed_from(self.1);
            }
        }

        let before = self.store.first();
        Wakes(self, before).0.store.clear();
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For how many items there is room without an allocation.
    pub fn capacity(&self) -> usize {
        self.store.capacity()
    }

    /// Makes room for so many items more than there are.
    pub fn reserve(&mut self, additional: usize) {
        self.store.reserve(additional);
    }

    /// Gives back memory that is not needed.
    ///
    /// Items are not moved, since keys lead to where they are. So room is kept up to the last place that is taken; places before
    /// it are filled first from then on, and the next call may give back more. Of a queue that is empty all is given back.
    ///
    /// It takes O(n) of the largest number of items that there were.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let keys = (0..1000).map(|n| queue.insert(n, Duration::from_secs(60))).collect::<Vec<_>>();
    /// for key in &keys[10..] {
    ///     queue.remove(key);
    /// }
    /// queue.shrink_to_fit();
    /// assert!(queue.capacity() < 100);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.store.compact();
    }

    /// The same as [`shrink_to_fit`](Self::shrink_to_fit), which tokio-util tells from this.
    pub fn compact(&mut self) {
        self.shrink_to_fit();
    }
}

/// What a key that leads nowhere comes to, where the caller was to know better.
#[cold]
#[inline(never)]
#[track_caller]
fn stale() -> ! {
    panic!("invalid key: its item is not in the queue any more")
}

/// An empty queue, by the current clock.
impl<T> Default for DelayQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

// No item is ever pinned.
impl<T, Tm: Timer> Unpin for DelayQueue<T, Tm> {}

impl<T, Tm: Timer> fmt::Debug for DelayQueue<T, Tm> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelayQueue")
            .field("len", &self.len())
            .field("next", &self.store.first())
            .finish_non_exhaustive()
    }
}
