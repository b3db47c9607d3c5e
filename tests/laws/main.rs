//! The laws of the crate, each over every public future.
//!
//! `registry` has an entry for each public future: how to make one, how to make it go on, what must hold afterwards. The
//! `law*` files are the suites that run over the entries; each is also shown a future that breaks the law, which it must
//! catch. `complete` reads the sources, and fails when a public future has no entry.

#![cfg(feature = "testing")]

mod complete;
mod law2;
mod law3;
mod law5;
mod law6;
mod law8;
mod law9;
mod registry;
mod stage;
#[path = "../support/mod.rs"]
mod support;

#[global_allocator]
static ALLOC: anywhen::testing::CountingAlloc = anywhen::testing::CountingAlloc::new();
