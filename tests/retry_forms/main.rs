//! The siblings of `retry`: with a context, as a loop of one's own, on a thread, as a stream; and who is told of them.
#![cfg(feature = "testing")]

mod alike;
mod attempts;
mod blocking;
mod budget;
mod context;
mod deadline;
mod observers;
mod streams;
#[path = "../support/tries.rs"]
mod tries;
