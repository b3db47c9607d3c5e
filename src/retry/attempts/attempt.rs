//! An attempt, as the loop is given it.

use core::time::Duration;

/// An attempt that is to be made; from [`Attempts::next`](super::Attempts::next).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub(super) number: u32,
    pub(super) delay: Duration,
}

impl Attempt {
    /// Which it is; the first is 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    /// use anywhen::time::VirtualClock;
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let (policy, mut numbers) = (Policy::new(), vec![]);
    /// let mut attempts = policy.attempts();
    /// while let Some(attempt) = attempts.next().await {
    ///     numbers.push(attempt.number());
    /// }
    /// assert_eq!(numbers, [1, 2, 3, 4]);
    /// # }));
    /// ```
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The delay before it, zero for the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Policy;
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let policy = Policy::new();
    /// assert_eq!(policy.attempts().next().await.unwrap().delay(), Duration::ZERO);
    /// # });
    /// ```
    pub fn delay(&self) -> Duration {
        self.delay
    }
}
