//! Programs that were written for tokio's primitives and macros run on ours, with the `use` lines changed and nothing
//! else.
//!
//! Each program is one file, which is compiled twice: in `on_tokio`, as it was written, and in `on_anywhen`. Those two
//! differ in their `use` lines. The programs check what they do themselves, so that the same assertions hold for both. All
//! run on tokio, with its time, tasks and channels.

#![cfg(feature = "std")]

mod on_anywhen;
mod on_tokio;
