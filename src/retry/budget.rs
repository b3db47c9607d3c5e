//! How much may be tried again, for all calls together: a bucket of tokens that calls fill and retries empty.
//!
//! What is common, a call that is let through at once, is one atomic addition. Whatever has to be exact is done under a
//! lock, by those who retry: they are few, or else there is nothing to take. The bucket is filled lazily, by what has come
//! in since it was last looked at, so that it takes no longer after a year than after a moment.

use core::fmt;

use crate::internal::lock::Lock;
use crate::internal::shim::atomic::{AtomicUsize, Ordering};
use crate::internal::shim::const_unless_loom;
use crate::retry::moment::{self, Timed};
use crate::time::{Clock, Instant, Timer};

/// The parts of a token that are counted.
const TOKEN: u64 = 10_000;
/// Of tokens a call, and of tokens a second. So small that nothing overflows: see [`earned`].
const MOST: f64 = 10_000.0;
/// So many calls are counted outside of the lock at most.
const MOST_CALLS: usize = usize::MAX / 2;
const BEGINNING: Instant = Instant::from_nanos(0);

/// Limits what all calls together may try again: no more than a share of the calls, whatever goes wrong.
///
/// Retries multiply load just when there is too much of it. If every call to a server that is down is tried four times, it
/// has to come back under four times its load; if three layers do that, under 64 times. A limit for each call cannot
/// prevent that, one for all of them can: each call [deposits](Self::deposit) a fraction of a token, and each retry, and each
/// hedge, [withdraws](Self::try_withdraw) a whole one or does not happen. With a ratio of 0.1 a server sees 10 % more
/// calls at worst, and while few calls fail, all of those are retried.
///
/// Share one for whatever calls the same server: as a `static`, by reference, or in an `Arc`.
///
/// | | starts at | to change |
/// |---|---|---|
/// | tokens for a call | the ratio that is given | |
/// | tokens for a second, whoever calls | none | [`with_floor`](Self::with_floor) |
/// | tokens at most, and to begin with | 100 | [`with_capacity`](Self::with_capacity) |
///
/// The floor is for clients that call so seldom that a share of their calls is no retry at all.
///
/// # Implementation notes
///
/// The retry budget is that of "Addressing Cascading Failures" in *Site Reliability Engineering* (O'Reilly, 2016), and of
/// Finagle's `RetryBudget`. There, and in tower's `TpsBudget`, what was deposited expires after a while; here it does not,
/// but there is a limit to how much can be saved, as in gRPC's retry throttling and the AWS SDKs. To deposit is one atomic
/// addition and asks for no time, to withdraw takes a lock for a few instructions. Nothing depends on how much time has
/// passed.
///
/// # Examples
///
/// ```
/// use anywhen::retry::Budget;
///
/// static BUDGET: Budget = Budget::new(0.1).with_capacity(2);
///
/// // It starts full, so there are two retries for whoever starts while the server is down.
/// assert!(BUDGET.try_withdraw() && BUDGET.try_withdraw());
/// assert!(!BUDGET.try_withdraw());
/// // From then on there is one for ten calls.
/// for _ in 0..10 {
///     BUDGET.deposit();
/// }
/// assert!(BUDGET.try_withdraw());
/// assert!(!BUDGET.try_withdraw());
/// ```
pub struct Budget<T = Clock> {
    /// Calls that are not yet in the account.
    calls: AtomicUsize,
    account: Lock<Account>,
    terms: Terms,
    timer: T,
}

/// What it is filled with, in parts of a token.
#[derive(Clone, Copy)]
struct Terms {
    per_call: u64,
    per_second: u64,
    capacity: u64,
}

/// What has come of that.
struct Account {
    /// In parts of a token; what is above the capacity is lost when it is next settled.
    level: u64,
    /// For the seconds up to here it has been filled.
    filled: Instant,
    deposited: u64,
    withdrawn: u64,
    refused: u64,
}

impl Budget {
    const_unless_loom! {
        /// A budget of `ratio` retries for each call, from 0 to 10,000.
        ///
        /// The ratio is rounded to ten-thousandths. Common ones are 0.1, the book's, and 0.2, Finagle's.
        ///
        /// # Panics
        ///
        /// If the ratio is not in that range, or is no number.
        ///
        /// # Examples
        ///
        /// ```
        /// use anywhen::retry::Budget;
        ///
        /// let budget = Budget::new(0.5).with_capacity(1);
        /// assert!(budget.try_withdraw());
        /// budget.deposit();
        /// assert!(!budget.try_withdraw());
        /// budget.deposit();
        /// assert!(budget.try_withdraw());
        /// ```
        #[track_caller]
        pub fn new(ratio: f64) -> Self {
            assert!(ratio >= 0.0 && ratio <= MOST, "the ratio of a budget must be from 0 to 10,000");
            let terms = Terms { per_call: parts(ratio), per_second: 0, capacity: 100 * TOKEN };
            Self::of(terms, Clock::ambient())
        }
    }
}

impl<T> Budget<T> {
    const_unless_loom! {
        fn of(terms: Terms, timer: T) -> Self {
            // Full, whatever the capacity will be, as after a long time in which nobody withdrew.
            let account = Account { level: u64::MAX, filled: BEGINNING, deposited: 0, withdrawn: 0, refused: 0 };
            Self { calls: AtomicUsize::new(0), account: Lock::new(account), terms, timer }
        }
    }

    /// Lets `per_second` retries through in each second, however few calls there are; from 0 to 10,000.
    ///
    /// It is rounded to ten-thousandths.
    ///
    /// # Panics
    ///
    /// If the number is not in that range, or is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    /// use anywhen::time::{self, Duration, VirtualClock};
    ///
    /// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
    /// let budget = Budget::new(0.0).with_floor(1.0).with_capacity(2);
    /// assert!(budget.try_withdraw() && budget.try_withdraw());
    /// assert!(!budget.try_withdraw());
    /// time::sleep(Duration::from_secs(1)).await;
    /// assert!(budget.try_withdraw());
    /// assert!(!budget.try_withdraw());
    /// # }));
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn with_floor(mut self, per_second: f64) -> Self {
        assert!(per_second >= 0.0 && per_second <= MOST, "the floor of a budget must be from 0 to 10,000 a second");
        self.terms.per_second = parts(per_second);
        self
    }

    /// Saves up to so many tokens, and begins with as many: how many retries there may be in one moment.
    ///
    /// # Panics
    ///
    /// If there is to be no token.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    ///
    /// let budget = Budget::new(1.0).with_capacity(3);
    /// for _ in 0..1000 {
    ///     budget.deposit();
    /// }
    /// assert_eq!(budget.level(), 3);
    /// ```
    #[track_caller]
    #[must_use]
    pub const fn with_capacity(mut self, tokens: u32) -> Self {
        assert!(tokens > 0, "a budget must have room for a token");
        self.terms.capacity = tokens as u64 * TOKEN;
        self
    }

    /// Another budget, on the same terms and full, whose floor goes by another timer than the current clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    /// use anywhen::rt;
    ///
    /// let budget = Budget::new(0.1).with_floor(5.0).on(rt::Std);
    /// assert!(budget.try_withdraw());
    /// ```
    #[must_use]
    pub fn on<U: Timer>(self, timer: U) -> Budget<U> {
        Budget::of(self.terms, timer)
    }
}

impl<T: Timer> Budget<T> {
    /// A call is made, be it tried again later or not: adds what it earns.
    ///
    /// A retry or a hedge that is given the budget does that by itself, once for each call.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    ///
    /// let budget = Budget::new(1.0).with_capacity(2);
    /// assert!(budget.try_withdraw() && budget.try_withdraw());
    /// budget.deposit();
    /// assert_eq!(budget.level(), 1);
    /// ```
    #[inline]
    pub fn deposit(&self) {
        // ORDERING: the number is all that is shared.
        if self.calls.fetch_add(1, Ordering::Relaxed) == MOST_CALLS {
            self.settled(|_| ());
        }
    }

    /// Takes a token, if there is one: whether a retry may be made.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    ///
    /// let budget = Budget::new(0.1).with_capacity(1);
    /// assert!(budget.try_withdraw());
    /// assert!(!budget.try_withdraw());
    /// ```
    #[must_use = "without a token there is to be no retry"]
    pub fn try_withdraw(&self) -> bool {
        self.settled(|account| match account.level.checked_sub(TOKEN) {
            Some(rest) => {
                account.level = rest;
                account.withdrawn += 1;
                true
            }
            None => {
                account.refused += 1;
                false
            }
        })
    }

    /// A token that was withdrawn is not needed: there is to be no retry after all.
    pub(super) fn put_back(&self) {
        self.settled(|account| {
            account.level += TOKEN;
            account.withdrawn -= 1;
        });
    }

    /// How many retries it would let through now.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anywhen::retry::Budget::new(0.1).level(), 100);
    /// ```
    pub fn level(&self) -> u32 {
        // It is not above the capacity, which is of that type.
        self.settled(|account| account.level / TOKEN) as u32
    }

    /// How many calls have been made so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    ///
    /// let budget = Budget::new(0.1);
    /// budget.deposit();
    /// assert_eq!(budget.deposited(), 1);
    /// ```
    pub fn deposited(&self) -> u64 {
        self.settled(|account| account.deposited)
    }

    /// How many retries have been let through so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    ///
    /// let budget = Budget::new(0.1);
    /// assert!(budget.try_withdraw());
    /// assert_eq!(budget.withdrawn(), 1);
    /// ```
    pub fn withdrawn(&self) -> u64 {
        self.settled(|account| account.withdrawn)
    }

    /// How many retries have been refused so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Budget;
    ///
    /// let budget = Budget::new(0.1).with_capacity(1);
    /// assert!(budget.try_withdraw() && !budget.try_withdraw());
    /// assert_eq!(budget.refused(), 1);
    /// ```
    pub fn refused(&self) -> u64 {
        self.settled(|account| account.refused)
    }

    /// Fills the bucket with what has come in meanwhile, and then does `f`.
    fn settled<R>(&self, f: impl FnOnce(&mut Account) -> R) -> R {
        let Terms { per_call, per_second, capacity } = self.terms;
        let settle = |account: &mut Account, now| {
            // ORDERING: a call that is counted in between is there next time.
            let calls = self.calls.swap(0, Ordering::Relaxed) as u64;
            let floor = earned(now, per_second) - earned(account.filled, per_second);
            account.filled = now;
            account.deposited = account.deposited.saturating_add(calls);
            account.level = account.level.saturating_add(calls.saturating_mul(per_call)).saturating_add(floor);
            account.level = account.level.min(capacity);
            f(account)
        };
        if per_second == 0 {
            return self.account.with(|account| settle(account, BEGINNING));
        }
        moment::tell(&self.account, &self.timer, settle)
    }
}

impl Timed for Account {
    fn latest(&self) -> Instant {
        self.filled
    }

    /// Nothing is earned by that.
    fn go_on_from(&mut self, now: Instant) {
        self.filled = now;
    }
}

/// A number of tokens, in whole parts.
const fn parts(tokens: f64) -> u64 {
    (tokens * TOKEN as f64 + 0.5) as u64
}

/// What the floor has come to from the beginning of time until `now`, in whole parts of a token.
///
/// Differences of it are exact, and so there is no remainder to keep. It is below 2^61 at the end of time: 2^64 ns are less
/// than 2^35 s, and `per_second` is below 2^27.
const fn earned(now: Instant, per_second: u64) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    let (seconds, nanos) = (now.as_nanos() / SECOND, now.as_nanos() % SECOND);
    seconds * per_second + nanos * per_second / SECOND
}

/// It asks nobody for the time: the level is without what the floor has brought since somebody last looked.
impl<T> fmt::Debug for Budget<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = |parts: u64| parts as f64 / TOKEN as f64;
        // ORDERING: the number is all that is shared.
        let earned = (self.calls.load(Ordering::Relaxed) as u64).saturating_mul(self.terms.per_call);
        let level = self.account.with(|account| account.level).saturating_add(earned).min(self.terms.capacity);
        f.debug_struct("Budget")
            .field("level", &(level / TOKEN))
            .field("ratio", &tokens(self.terms.per_call))
            .field("floor", &tokens(self.terms.per_second))
            .field("capacity", &(self.terms.capacity / TOKEN))
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::sync::Arc;

    use loom::thread;

    use super::*;
    use crate::internal::shim::model;

    /// Runs `f` on two threads, and gives how often it was true.
    fn twice(budget: Arc<Budget>, f: fn(&Budget) -> bool) -> u64 {
        let other = {
            let budget = Arc::clone(&budget);
            thread::spawn(move || f(&budget))
        };
        u64::from(f(&budget)) + u64::from(other.join().unwrap())
    }

    #[test]
    fn the_last_token_is_given_to_one() {
        model("retry budget: the last token", 3, || {
            let budget = Arc::new(Budget::new(0.0).with_capacity(1));
            assert_eq!(twice(Arc::clone(&budget), Budget::try_withdraw), 1);
            assert_eq!((budget.withdrawn(), budget.refused()), (1, 1));
        });
    }

    #[test]
    fn what_two_deposit_is_a_token() {
        model("retry budget: two halves of a token", 3, || {
            let budget = Arc::new(Budget::new(0.5).with_capacity(1));
            assert!(budget.try_withdraw());
            let taken = twice(Arc::clone(&budget), |budget| {
                budget.deposit();
                budget.try_withdraw()
            });
            // By whoever came last, and by nobody twice; nothing that was deposited is lost.
            assert_eq!((taken, budget.deposited(), budget.level()), (1, 2, 0));
        });
    }
}
