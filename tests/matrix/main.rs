//! Plain `async fn case<R: Runtime>(rt: R)` bodies, each a test of its own on every runtime.
//!
//! A file holds the bodies of one subject. It lists them in a `runtime_matrix!`, which makes `subject::case::on_std`,
//! `subject::case::on_tokio_multi_thread` and so on of each; a runtime whose feature is off has no tests.

#![cfg(feature = "testing")]

mod future;
mod retry;
mod signals;
mod stream;
mod stream_time;
mod sync;
mod task;
mod time;
