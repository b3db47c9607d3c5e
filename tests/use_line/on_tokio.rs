//! The programs as they were written.

use tokio::sync;

#[path = "jobs.rs"]
mod jobs;
#[path = "pool.rs"]
mod pool;
