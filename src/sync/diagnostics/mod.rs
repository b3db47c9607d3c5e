//! Who holds what and who waits for it, in the running program: to find out what a deadlock is made of.
//!
//! With the feature `diagnostics`, whoever takes a lock or permits and whoever queues is noted, with the place in the source
//! and the time, until it is over. [`dump`] gives all of it, and [`Mutex::report`](super::Mutex::report) and the like what
//! concerns one lock. Without the feature none of that exists, and it costs nothing: no instruction, no byte.
//!
//! # Finding a deadlock in production
//!
//! Give the locks names; [`named`](super::Mutex::named) is there without the feature too, so a library can do that in any
//! case. Have the program print [`dump`] when it is asked to, or when its watchdog finds that nothing moves. It takes no lock
//! of yours and needs no executor, so it works from any thread while everything else hangs.
//!
//! ```
//! use anywhen::future;
//! use anywhen::prelude::*;
//! use anywhen::sync::{Mutex, diagnostics};
//! use anywhen::time::Duration;
//!
//! static ACCOUNTS: Mutex<u32> = Mutex::new(1).named("accounts");
//! static AUDIT: Mutex<u32> = Mutex::new(2).named("audit");
//!
//! # anywhen::rt::Std.block_on(async {
//! let transfer = async {
//!     let accounts = ACCOUNTS.lock().await;
//!     future::yield_now().await;
//!     *accounts + *AUDIT.lock().await
//! };
//! let review = async {
//!     let audit = AUDIT.lock().await;
//!     future::yield_now().await;
//!     *audit + *ACCOUNTS.lock().await
//! };
//! let both = future::join(transfer, review).timeout(Duration::from_millis(10));
//! let watchdog = async {
//!     while diagnostics::dump().locks().iter().filter(|lock| lock.oldest_wait().is_some()).count() < 2 {
//!         future::yield_now().await;
//!     }
//!     diagnostics::dump().to_string()
//! };
//! let (over, told) = future::join(both, watchdog).await;
//! assert!(over.is_err());
//! assert!(told.contains("accounts") && told.contains("audit"));
//! # });
//! ```
//!
//! What it then prints reads like this. Each lock is held by somebody who waits for the other one: to see that, look up the
//! places.
//!
//! ```text
//! 2 are held or waited for
//!
//! Mutex "accounts" (#1)
//!     held for 31.2s, taken at src/bank.rs:12:35
//!     `Lock` has waited for 31.2s, since src/bank.rs:19:32
//! Mutex "audit" (#2)
//!     held for 31.2s, taken at src/bank.rs:17:29
//!     `Lock` has waited for 31.2s, since src/bank.rs:14:29
//! ```
//!
//! Which task holds a lock is not known, since a guard may go from one to another. So no cycles are pointed out, for they could
//! only be guessed. One cause of a standstill is told outright: a waiter that has been handed the lock, and has not been polled
//! since ([`Waiter::is_granted`]); see ["a granted future that is not polled"](super#a-granted-future-that-is-not-polled).
//!
//! # What is told
//!
//! * **Places** are those where `lock`, `acquire`, `try_lock` and the like were called. Where a function of yours wraps such
//!   a call and is not async, `#[track_caller]` makes it the place where that function was called; in an `async fn`, it is
//!   always a line of that function's own.
//! * **Ages** are in real time, also where the [time](crate::time) of the program is virtual.
//! * **Permits** that were [split off](super::SemaphorePermit::split) count as taken there and then. Those of a guard that
//!   was narrowed, downgraded or upgraded count as taken when the first guard was.
//! * **Forgotten** guards hold what they held, and stay. Permits that were
//!   [forgotten on purpose](super::SemaphorePermit::forget) do not exist any more, and are not told of.
//! * **Signals** have no holders, but those who wait for a [`Notify`](super::Notify), an [`Event`](super::Event) and so on are
//!   told of too.
//!
//! What concerns one lock is of one moment. The whole is not: the locks are looked at one after another.
//!
//! # Cost, with the feature
//!
//! For each guard and each wait that is not over at once, the clock is read, and two internal locks are held for a few
//! instructions, which few other locks of the program share. Guards and futures are larger. A thousand places for records are
//! there from the start, 64 for each sixteenth of the locks; where there are more at a time, room is allocated, and kept.
//!
//! # Events
//!
//! With the feature `tracing`, each wait sends events with the target `anywhen::sync` to the subscriber: at the level `TRACE`
//! that it begins, ends, or is given up; at `DEBUG` that it is refused, because the semaphore is closed or the queue is full.
//! The fields are `lock` (the type), `name`, `future`, `want`, `waiters` when it begins (how many wait then, itself included),
//! `waited` when it is over, and `file` and `line` of the place. What need not wait sends nothing. No internal lock is held
//! meanwhile, and a subscriber that panics leaves all whole.

pub(crate) mod registry;
mod report;

pub use report::{Holder, LockReport, Report, Waiter};

/// All locks, semaphores and signals that are held or waited for.
///
/// It may be called anywhere, with locks held or not, and waits for nobody. It takes O(n) for n records, and allocates.
///
/// # Examples
///
/// ```
/// use anywhen::sync::{Semaphore, diagnostics};
///
/// let slots = Semaphore::new(3).named("slots");
/// let permit = slots.try_acquire_many(2).unwrap();
/// let report = diagnostics::dump();
/// let slots = report.locks().iter().find(|lock| lock.name() == Some("slots")).unwrap();
/// assert_eq!(slots.holders()[0].permits(), 2);
/// println!("{report}");
/// # drop(permit);
/// ```
pub fn dump() -> Report {
    Report::new(registry::seen())
}
