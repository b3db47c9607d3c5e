//! The programs as they were written.

use tokio::sync;
use tokio_util::sync as token;

#[path = "jobs.rs"]
mod jobs;
#[path = "pool.rs"]
mod pool;
#[path = "server.rs"]
mod server;
