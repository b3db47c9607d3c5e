//! The test kit: what is needed to show that a future keeps its promises, and nothing that needs a runtime.
//!
//! It is behind the feature `testing`, which belongs in your `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! anywhen = { path = "../anywhen", features = ["testing"] }
//! ```
//!
//! The [`guide`] goes from an empty crate to a proven future in ten minutes.
//!
//! | to show that | use |
//! |---|---|
//! | it is pending now and ready then | [`TestTask`] with [`assert_pending!`] and [`assert_ready!`] |
//! | it is woken, once, and by what it waits for | [`TestTask::wakes`] |
//! | it uses the latest waker | [`TestTask::changing_wakers`] |
//! | it clones and drops no waker without need | [`CountingWaker`] |
//! | a waker that calls back into the object does not deadlock it | [`CountingWaker::hooked`] |
//! | a waker that panics leaves the object whole | [`CountingWaker::panicking`] |
//! | it breaks no clause of the contract, nor does the code around it | [`ContractChecker`] |
//! | it minds no spurious poll, and the code around it no panic, no drop that panics, and no other order | [`Faulty`] |
//! | dropping it, at whatever point, loses nothing | [`cancel_at_every_poll`] |
//! | tasks work together in whatever order they run, and no run takes time | [`Sim`] |
//! | they do so in *every* order, and whichever of them is cancelled where | [`explore()`] |
//! | it allocates nothing | [`CountingAlloc`] |
//! | it works on every runtime | [`runtime_matrix!`] |
//! | it does what it should at every instant, and no test waits for that | [`VirtualClock`] |
//! | it does not hang | [`watched`] |
//! | an adapter of a runtime is one | [`runtime_conformance!`] |
//!
//! [`assert_elapsed!`], [`assert_ok!`] and their like round it off. The assertions are also at the root of the crate, where
//! `macro_rules` macros live.

mod alloc;
mod assert;
mod cancel;
#[doc(hidden)]
pub mod conformance;
mod contract;
mod explore;
mod fault;
pub mod guide;
#[doc(hidden)]
pub mod matrix;
mod sim;
mod task;
mod waker;

pub use alloc::{Allocations, CountingAlloc};
pub use cancel::cancel_at_every_poll;
pub use contract::{Breach, ContractChecker, ContractCounts, ContractReport, Finding};
pub use explore::{Explore, Explored, explore};
pub use fault::Faulty;
pub use matrix::watched;
pub use sim::{Order, Sim, SimBuilder};
pub use task::TestTask;
pub use waker::{CountingWaker, WakerEvent};

#[doc(no_inline)]
pub use crate::time::VirtualClock;
#[doc(inline)]
pub use crate::{
    assert_elapsed, assert_err, assert_ok, assert_pending, assert_ready, assert_ready_eq, assert_ready_err,
    assert_ready_ok, runtime_conformance, runtime_matrix,
};
