//! What `anywhen::future` does, polled by hand.
//!
//! The children of the joins and races under test are [`probe::Probe`]s: they are released, made to fail or to panic
//! from outside, write down what happens to them, and check for themselves that they are neither moved nor polled after
//! their end.

#![cfg(feature = "testing")]
// The macros' expansions must not trip over this in a user's crate.
#![forbid(unsafe_code)]

mod abortable;
mod destructors;
mod join;
mod macros;
mod many;
#[path = "../support/probe.rs"]
mod probe;
mod race;
mod race_ok;
mod remote;
mod select;
mod select_macro;
mod settle;
mod shared;
mod single;
mod try_future;
mod try_join;

#[global_allocator]
static ALLOC: anywhen::testing::CountingAlloc = anywhen::testing::CountingAlloc::new();
