//! The programs with the `use` lines changed.

#![allow(clippy::duplicate_mod, reason = "it is the point that the same files are compiled again")]

use anywhen as macros;
use anywhen::sync;
use anywhen::sync as token;

#[path = "chat.rs"]
mod chat;
#[path = "jobs.rs"]
mod jobs;
#[path = "pool.rs"]
mod pool;
#[path = "server.rs"]
mod server;
