//! The laws of the crate, each over every public future, and over every primitive with many waiters.
//!
//! `registry` has an entry for each public future: how to make one, how to make it go on, what must hold afterwards. It has
//! a setting for each object that futures wait for, with as many waiters as is asked for (see `arena`). The
//! `law*` files are the suites that run over the entries; each is also shown a future that breaks the law, which it must
//! catch; for the primitives that is `toy`. Streams have entries of their own, and the suites over them are in `streams`. `complete` reads the sources, and fails when a public type is not registered.

#![cfg(feature = "testing")]

mod arena;
mod complete;
mod contract;
mod forms;
mod law1;
mod law10;
mod law11;
mod law13;
mod law2;
mod law3;
mod law4;
mod law5;
mod law6;
mod law7;
mod law8;
mod law9;
mod leaf;
#[path = "../support/probe.rs"]
mod probe;
mod registry;
mod stage;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod toy;

#[global_allocator]
static ALLOC: anywhen::testing::CountingAlloc = anywhen::testing::CountingAlloc::new();
