//! The machine room: the mechanisms that everything else is built on. `README.md` beside this file is the map.

#[cfg(feature = "std")]
pub(crate) mod atomic_waker;
pub(crate) mod budget;
pub(crate) mod for_each_tuple;
pub(crate) mod live;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod lock;
pub(crate) mod nested;
#[cfg(feature = "std")]
pub(crate) mod outlined;
#[cfg(feature = "std")]
pub(crate) mod park;
pub(crate) mod pin_project;
pub(crate) mod pinned;
#[cfg(feature = "alloc")]
pub(crate) mod pool;
#[cfg(feature = "alloc")]
pub(crate) mod ready_set;
pub(crate) mod rng;
#[cfg(any(feature = "alloc", feature = "critical-section"))]
pub(crate) mod shim;
#[cfg(feature = "alloc")]
pub(crate) mod slots;
#[cfg(feature = "std")]
pub(crate) mod unwind;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod wait_list;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod wake_batch;
#[cfg(all(feature = "alloc", any(feature = "std", feature = "critical-section")))]
pub(crate) mod wakers;
pub(crate) mod watch;
#[cfg(feature = "std")]
pub(crate) mod wheel;
