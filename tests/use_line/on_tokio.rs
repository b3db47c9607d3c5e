//! The programs as they were written.

use tokio as macros;
use tokio::sync;
use tokio_util::sync as token;

#[path = "chat.rs"]
mod chat;
#[path = "jobs.rs"]
mod jobs;
#[path = "pool.rs"]
mod pool;
#[path = "server.rs"]
mod server;
