//! What `anywhen::stream` does, polled by hand.
//!
//! The sources of the streams under test are [`source`]s: a test has them give items, end or panic, and they refuse to be
//! polled after their end. What every stream owes is not shown here again, but by the laws.

#![cfg(feature = "testing")]
#![forbid(unsafe_code)]

mod adapters;
mod beside_futures;
mod buffers;
mod chunks;
mod futures;
mod merge;
mod peek;
mod several;
mod source;
mod timed;
mod timed_models;
mod tries;
