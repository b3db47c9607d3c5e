//! The machine room: the mechanisms that everything else is built on. `README.md` beside this file is the map.

#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod lock;
pub(crate) mod rng;
pub(crate) mod shim;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod wait_list;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod wake_batch;
