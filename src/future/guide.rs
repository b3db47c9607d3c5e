//! A guide: how to put futures and streams together, what each way promises, and what it costs.
#![doc = ""]
#![doc = include_str!("../../docs/futures.md")]
