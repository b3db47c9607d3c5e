//! The machine room: the mechanisms that everything else is built on. `README.md` beside this file is the map.

pub(crate) mod for_each_tuple;
pub(crate) mod live;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod lock;
pub(crate) mod pinned;
pub(crate) mod rng;
pub(crate) mod shim;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod wait_list;
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) mod wake_batch;

/// What a future does when it is polled after it gave its output away.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn polled_after_completion(name: &str) -> ! {
    panic!("`{name}` polled after completion");
}
