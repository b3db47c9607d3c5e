//! Time: instants, the [`Timer`] trait, the built-in [`Clock`], and the futures that wait for it.

mod instant;
mod timer;

pub use core::time::Duration;

pub use instant::Instant;
pub use timer::Timer;
