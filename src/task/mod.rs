//! Tasks: futures that run on their own, and blocking work, on any runtime.
//!
//! | | on the [current runtime](crate::rt#the-current-runtime) | on a given one |
//! |---|---|---|
//! | a future | [`spawn()`] | [`spawn_on`] |
//! | a closure that blocks or computes for long | [`spawn_blocking`] | [`spawn_blocking_on`] |
//!
//! [`Builder`] has all four with a name for the task.
//!
//! All give a [`JoinHandle`], which behaves the same on every runtime:
//!
//! | you | the task |
//! |---|---|
//! | await the handle | goes on; its output comes, or a [`JoinError`] if it panicked or was aborted |
//! | drop the handle | goes on, detached |
//! | drop it as [`AbortOnDrop`] | is aborted |
//! | call [`abort`](JoinHandle::abort), also through an [`AbortHandle`] | its future is dropped where it is next polled |
//!
//! Do you need a task? To wait for several futures at once, [`future`](crate::future) is enough: nothing is allocated,
//! and what is waited for may borrow. A task is for what should go on by itself, or on another thread.
//!
//! Names and meaning are those of `tokio::task`; `AbortOnDrop` is tokio-util's `AbortOnDropHandle`.
//!
//! # Examples
//!
//! ```
//! use anywhen::rt;
//! use anywhen::task;
//!
//! rt::Std.block_on(async {
//!     let greeting = task::spawn(async { "hello" });
//!     let sum = task::spawn_blocking(|| (1..=1000).sum::<u64>());
//!     assert_eq!(greeting.await.unwrap(), "hello");
//!     assert_eq!(sum.await.unwrap(), 500_500);
//!
//!     let failed = task::spawn(async { panic!("no such luck") });
//!     assert_eq!(failed.await.unwrap_err().to_string(), "task panicked with message \"no such luck\"");
//! });
//! ```

mod abort;
mod builder;
mod error;
mod join_handle;
mod run;
mod shared;
mod spawn;

pub use self::abort::{AbortHandle, AbortOnDrop};
pub use self::builder::Builder;
pub use self::error::JoinError;
pub use self::join_handle::JoinHandle;
pub use self::spawn::{spawn, spawn_blocking, spawn_blocking_on, spawn_on};
