//! **Async building blocks that run on any executor, at any time.**
//!
//! `anywhen` gives a Rust programme everything between `async fn` and a runtime: combinators, timeouts, retry, locks
//! and task handles, written over [`core::future::Future`] alone. It needs no runtime, works under every one, and has
//! thin opt-in adapters for tokio, smol and async-std.

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

/// The example of the README, compiled and run with the others.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
