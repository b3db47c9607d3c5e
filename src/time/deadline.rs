//! One deadline for a whole operation.

use core::cmp;
use core::fmt;

use super::error::Elapsed;
use super::{Duration, Instant, Timer};

/// When all of something has to be over: a value that is handed from call to call, and that each of them takes into account.
///
/// A duration starts anew in each call that is given one, so that three steps of at most a second each take three. A deadline
/// is fixed once. Whoever gets it can stop waiting by it ([`timeout`](Self::timeout)), sleep no longer than to it
/// ([`sleep`](Self::sleep)), give a part of the time to a step ([`within`](Self::within)), or look whether there is any left
/// ([`check`](Self::check), [`remaining`](Self::remaining)).
///
/// It is no more than an [`Instant`], so it is `Copy`, costs nothing to hand on, and holds no timer. What asks for the time asks
/// the current [`Clock`](super::Clock), virtual or not; each has a form with `_on` that asks another [`Timer`].
///
/// | there is | `remaining()` | `cap(duration)` | `is_expired()` |
/// |---|---|---|---|
/// | time left | what is left | the shorter of both | no |
/// | none left | zero | zero | yes |
/// | no deadline, [`NEVER`](Self::NEVER) | [`Duration::MAX`] | `duration` | never |
///
/// [`timeout_at`](super::timeout_at) does for a single future; for a token that others can cancel, too, see
/// [`CancellationToken`](crate::sync::CancellationToken).
///
/// # Examples
///
/// Two steps that share what time there is, the first of which must leave something to the second:
///
/// ```
/// use anywhen::time::error::Elapsed;
/// use anywhen::time::{self, Deadline, Duration};
///
/// async fn fetch(deadline: Deadline) -> Result<u32, Elapsed> {
///     let cached = async { None };
///     let found = deadline.within(Duration::from_millis(100)).timeout(cached).await;
///     if let Ok(Some(found)) = found {
///         return Ok(found);
///     }
///     deadline.timeout(async { 42 }).await
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(fetch(Deadline::after(Duration::from_secs(1))).await, Ok(42));
/// assert_eq!(fetch(Deadline::NEVER).await, Ok(42));
/// # });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(Instant);

impl Deadline {
    /// No deadline: there is always time left.
    pub const NEVER: Self = Self(Instant::FAR_FUTURE);

    /// The deadline at `instant`; [`Instant::FAR_FUTURE`] is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Instant};
    ///
    /// static NONE: Deadline = Deadline::at(Instant::FAR_FUTURE);
    /// assert_eq!(NONE, Deadline::NEVER);
    /// ```
    pub const fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// The deadline `duration` from now, by the current clock. [`Duration::MAX`] is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// assert!(Deadline::after(Duration::ZERO).is_expired());
    /// assert!(!Deadline::after(Duration::from_secs(60)).is_expired());
    /// assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
    /// ```
    #[cfg(feature = "std")]
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// As [`after`](Self::after), by a timer of your choice.
    pub fn after_on<T: Timer>(timer: &T, duration: Duration) -> Self {
        Self(timer.now() + duration)
    }

    /// The instant; [`Instant::FAR_FUTURE`] if there is no deadline.
    pub const fn instant(self) -> Instant {
        self.0
    }

    /// Whether there is no deadline.
    pub const fn is_never(self) -> bool {
        self.0.is_never()
    }

    /// The earlier of both. `min` does the same, but not in a `const`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Instant};
    ///
    /// const SOON: Deadline = Deadline::at(Instant::from_nanos(1));
    /// const SOONER: Deadline = SOON.earlier(Deadline::at(Instant::from_nanos(0)));
    /// assert_eq!(SOONER.instant(), Instant::from_nanos(0));
    /// assert_eq!(Deadline::NEVER.earlier(SOON), SOON);
    /// ```
    #[must_use = "a deadline does not change"]
    pub const fn earlier(self, other: Self) -> Self {
        if other.0.as_nanos() < self.0.as_nanos() { other } else { self }
    }

    /// The deadline of a step that may take no longer than `duration` from now, and no longer than the whole.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// let whole = Deadline::after(Duration::from_secs(60));
    /// assert!(whole.within(Duration::from_secs(1)) < whole);
    /// assert_eq!(whole.within(Duration::from_secs(3600)), whole);
    /// ```
    #[cfg(feature = "std")]
    #[must_use = "a deadline does not change"]
    pub fn within(self, duration: Duration) -> Self {
        self.earlier(Self::after(duration))
    }

    /// As [`within`](Self::within), by a timer of your choice.
    #[must_use = "a deadline does not change"]
    pub fn within_on<T: Timer>(self, timer: &T, duration: Duration) -> Self {
        self.earlier(Self::after_on(timer, duration))
    }

    /// How much time is left: zero if none is, [`Duration::MAX`] if there is no deadline.
    #[cfg(feature = "std")]
    pub fn remaining(self) -> Duration {
        self.remaining_from(Instant::now())
    }

    /// As [`remaining`](Self::remaining), by a timer of your choice.
    pub fn remaining_on<T: Timer>(self, timer: &T) -> Duration {
        self.remaining_from(timer.now())
    }

    /// What lies between `now` and the deadline. For who knows what time it is already, and need not ask again.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Duration, Instant};
    ///
    /// let deadline = Deadline::at(Instant::from_nanos(10));
    /// assert_eq!(deadline.remaining_from(Instant::from_nanos(4)), Duration::from_nanos(6));
    /// assert_eq!(deadline.remaining_from(Instant::from_nanos(11)), Duration::ZERO);
    /// ```
    pub const fn remaining_from(self, now: Instant) -> Duration {
        if self.is_never() { Duration::MAX } else { self.0.duration_since(now) }
    }

    /// Whether it has come.
    #[cfg(feature = "std")]
    pub fn is_expired(self) -> bool {
        !self.is_never() && self.remaining().is_zero()
    }

    /// As [`is_expired`](Self::is_expired), by a timer of your choice.
    pub fn is_expired_on<T: Timer>(self, timer: &T) -> bool {
        !self.is_never() && self.remaining_on(timer).is_zero()
    }

    /// An error if it has come; for between steps that do not wait.
    ///
    /// # Errors
    ///
    /// [`Elapsed`], if no time is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::error::Elapsed;
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// fn squares(upto: u32, deadline: Deadline) -> Result<u32, Elapsed> {
    ///     let mut sum = 0;
    ///     for n in 0..upto {
    ///         deadline.check()?;
    ///         sum += n * n;
    ///     }
    ///     Ok(sum)
    /// }
    ///
    /// assert_eq!(squares(4, Deadline::NEVER), Ok(14));
    /// assert!(squares(4, Deadline::after(Duration::ZERO)).is_err());
    /// ```
    #[cfg(feature = "std")]
    pub fn check(self) -> Result<(), Elapsed> {
        if self.is_expired() { Err(Elapsed::new()) } else { Ok(()) }
    }

    /// As [`check`](Self::check), by a timer of your choice.
    ///
    /// # Errors
    ///
    /// [`Elapsed`], if no time is left.
    pub fn check_on<T: Timer>(self, timer: &T) -> Result<(), Elapsed> {
        if self.is_expired_on(timer) { Err(Elapsed::new()) } else { Ok(()) }
    }

    /// `duration`, cut to what is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Deadline::NEVER.cap(second), second);
    /// assert_eq!(Deadline::after(Duration::ZERO).cap(second), Duration::ZERO);
    /// ```
    #[cfg(feature = "std")]
    pub fn cap(self, duration: Duration) -> Duration {
        cmp::min(self.remaining(), duration)
    }

    /// As [`cap`](Self::cap), by a timer of your choice.
    pub fn cap_on<T: Timer>(self, timer: &T, duration: Duration) -> Duration {
        cmp::min(self.remaining_on(timer), duration)
    }

    /// Waits for `duration`, but no longer than to the deadline. Which of both it was, [`is_expired`](Self::is_expired) tells.
    ///
    /// Its end is fixed by this call. To wait for the deadline itself, give [`Duration::MAX`], or the deadline to
    /// [`sleep_until`](super::sleep_until).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let deadline = Deadline::after(Duration::from_millis(1));
    /// deadline.sleep(Duration::from_secs(3600)).await;
    /// assert!(deadline.is_expired());
    /// # });
    /// ```
    #[cfg(feature = "std")]
    pub fn sleep(self, duration: Duration) -> super::Sleep {
        self.sleep_on(&super::Clock::current(), duration)
    }

    /// As [`sleep`](Self::sleep), by a timer of your choice.
    ///
    /// # Cancel safety
    ///
    /// As for the timer's sleeps; for those of this crate, dropping the future loses nothing.
    pub fn sleep_on<T: Timer>(self, timer: &T, duration: Duration) -> T::Sleep {
        timer.sleep_until(self.within_on(timer, duration).instant())
    }

    /// Waits for `future`, but no longer than to the deadline: [`timeout_at`](super::timeout_at), by the current clock.
    ///
    /// # Errors
    ///
    /// The future gives [`Elapsed`] if the deadline comes first. What is ready at its first poll is given although the deadline
    /// has passed.
    ///
    /// # Cancel safety
    ///
    /// As for [`timeout`](super::timeout()).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::time::{Deadline, Duration};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let deadline = Deadline::after(Duration::from_millis(1));
    /// for _ in 0..2 {
    ///     // Both share the deadline.
    ///     assert!(deadline.timeout(std::future::pending::<()>()).await.is_err());
    /// }
    /// # });
    /// ```
    #[cfg(feature = "std")]
    pub fn timeout<F: IntoFuture>(self, future: F) -> super::Timeout<F::IntoFuture> {
        super::timeout_at(self.0, future)
    }

    /// As [`timeout`](Self::timeout), by a timer of your choice.
    ///
    /// # Errors
    ///
    /// The future gives [`Elapsed`] if the deadline comes first.
    ///
    /// # Cancel safety
    ///
    /// As for [`timeout`](super::timeout()).
    #[cfg(feature = "std")]
    pub fn timeout_on<F: IntoFuture, T: Timer>(self, timer: T, future: F) -> super::Timeout<F::IntoFuture, T> {
        super::timeout_at_on(timer, self.0, future)
    }
}

/// No deadline.
impl Default for Deadline {
    fn default() -> Self {
        Self::NEVER
    }
}

impl From<Instant> for Deadline {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}

impl From<Deadline> for Instant {
    fn from(deadline: Deadline) -> Self {
        deadline.0
    }
}

#[cfg(feature = "std")]
impl From<std::time::Instant> for Deadline {
    fn from(instant: std::time::Instant) -> Self {
        Self(instant.into())
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() { f.write_str("Deadline(never)") } else { f.debug_tuple("Deadline").field(&self.0).finish() }
    }
}
