//! Bugs that others shipped, and that this crate does not have.
//!
//! Each file is a subject. Its head lists the scenarios and says which test shows each: one of the file's own, or one that
//! stands elsewhere because a law or the public behaviour asks for it anyway. The crate that had the bug is named where
//! the scenario is, as `repository#number` where there is one; "P" means that a released version was probed.
//!
//! Not yet, because what they are about is not there yet:
//!
//! | subject | scenarios |
//! |---|---|
//! | `Vec`, `*_all` and `race_ok` | the cliff and the late error above 30 children of a `Vec`, `race_ok` that is polled after it has failed |
//! | sets and groups | leaks, lost wakes, stale keys, starvation, destructors that panic inside a set |
//! | streams | `buffered`, `merge`, `flatten_unordered`, timeouts of streams |
//! | `select!` | its budget, and what it does with a branch that is disabled |
//! | `Shared`, `Abortable` | the driving clone that is dropped, poisoning, a self-wake after `Ready` |
//! | `RwLock`, `Notify`, `Barrier`, `Condvar`, `OnceCell` | upgrades, stolen and doubled notifications, withdrawn arrivals |
//! | `Fairness` | a granted future that is never polled again; the docs of `sync` warn of it |
//! | channels | all |
//! | cancellation tokens, `JoinSet`, `JoinMap`, scopes | all |
//! | `DelayQueue` | all that is particular to it; what timers share with it is in `time` |
//! | budgets, rate limiters, hedges | all |

#![cfg(feature = "testing")]

use anywhen::testing::CountingAlloc;

mod features;
mod joins;
mod locks;
mod retry;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod time;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();
