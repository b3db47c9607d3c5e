//! The gates of `anywhen::retry`, polled by hand and in virtual time. What every future owes is shown by the laws.

#![cfg(feature = "testing")]
#![forbid(unsafe_code)]

mod breaker;
mod call;
mod clocks;
mod limiter;
mod locks;
mod slots;
mod timers;
