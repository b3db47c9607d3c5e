//! **Async building blocks that run on any executor, at any time.**
//!
//! `anywhen` gives a Rust programme everything between `async fn` and a runtime: combinators, timeouts, retry, locks
//! and task handles, written over [`core::future::Future`] alone. It needs no runtime, works under every one, and has
//! thin opt-in adapters for tokio, smol and async-std.
//!
//! | you want | look in | without `std` |
//! |---|---|---|
//! | several futures at once, or the first of them | [`future`], and `use anywhen::prelude::*` for the methods | yes |
//! | what comes one after the other | [`stream`], and `use anywhen::prelude::*` for the methods | yes |
//! | to wait, to stop waiting, to do something again and again | [`time`] | instants and the `Timer` trait |
//! | to try again | [`retry`] | policies, backoffs, schedules |
//! | one at a time, or a few | [`sync`] | with the feature `critical-section` |
//! | something that goes on by itself | [`task`] | |
//! | to choose a runtime, or to bring your own | [`rt`] | |
//! | to test futures: by hand, in virtual time, with hostile wakers | `testing`, with that feature; `time::VirtualClock` | |
//!
//! Which of it to take, and what each promises, is in the guides: [`future::guide`], [`time::guide`], [`retry::guide`],
//! [`sync::guide`], and that of `testing`.
//!
//! Names, argument orders and meanings are those of tokio and futures where they have them. What futures here have in
//! common is stated with each: `# Cancel safety`, `# Fairness`, `# Allocation` where it is not zero, `# Panics`.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` (default) | the system clock, `block_on`, tasks, blocking forms; implies `alloc` |
//! | `alloc` | owned guards and permits, boxed futures |
//! | `critical-section` | `sync` where there is no `std` |
//! | `tokio`, `smol`, `async-std` | the adapter for that runtime, in `rt` |
//! | `hyper` | `rt::HyperTimer`: any timer here as hyper's |
//! | `testing` | the test kit |
//! | `diagnostics` | `sync::diagnostics`: who holds and who waits for each lock, to find a deadlock |
//! | `tracing` | events of locks and signals: waits that begin, and how they end; and of retries |
//! | `serde` | policies of retries in configurations |
//! | `tower` | any `retry::Pipeline` as a layer of tower |
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use anywhen::prelude::*;
//! use anywhen::rt;
//! use anywhen::time::{Duration, sleep};
//!
//! async fn slowly(answer: u32) -> u32 {
//!     sleep(Duration::from_millis(1)).await;
//!     answer
//! }
//!
//! // Any executor will do; this one comes with the crate.
//! rt::Std.block_on(async {
//!     assert_eq!((slowly(1), slowly(2)).join().await, (1, 2));
//!     assert_eq!(slowly(3).timeout(Duration::from_secs(1)).await, Ok(3));
//! });
//! # }
//! ```

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Not in the lint table of Cargo.toml: tests and examples have `std`, and need not tell `core` from it.
#![cfg_attr(not(test), warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core))]
// The docs speak of the whole crate, so without `std` some links lead nowhere. With it they are all checked.
#![cfg_attr(
    not(feature = "std"),
    allow(rustdoc::broken_intra_doc_links, reason = "what they lead to is there with `std`")
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod future;
pub mod retry;
pub mod stream;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub mod sync;
#[cfg(feature = "std")]
pub mod task;
pub mod time;

#[cfg(feature = "std")]
pub mod rt;
#[cfg(feature = "testing")]
pub mod testing;

pub mod prelude;

mod internal;

/// The examples of the README, compiled and run with the others.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
