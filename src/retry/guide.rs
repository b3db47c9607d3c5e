//! A guide: which backoff, which limits, how to put the kit together, and what it does to the server.
#![doc = ""]
#![doc = include_str!("../../docs/retry.md")]
