//! The one generator of random choices: where a race starts, how a delay is jittered.
//!
//! It is `fastrand`'s wyrand, whose whole state is one word: a per-thread cell with `std`, one atomic without. Neither
//! is fit for secrets. Set it, and every choice of the crate that follows on the thread is determined.

/// A generator of its own, for values that keep their randomness to themselves (a seeded jitter, say).
pub(crate) use fastrand::Rng;

/// Runs `f` on this thread's generator.
#[inline]
fn with<R>(f: impl FnOnce(&mut Rng) -> R) -> R {
    let mut rng = Rng::with_seed(state::load());
    let result = f(&mut rng);
    state::store(rng.get_seed());
    result
}

/// A number below `bound`, each as likely as the others but for a bias of at most `bound / 2^32`.
///
/// # Panics
///
/// In debug builds, if `bound` is zero.
#[inline]
pub(crate) fn below(bound: u32) -> u32 {
    debug_assert!(bound > 0);
    // Lemire's multiply-and-shift without the rejection step: a race over a dozen children does not notice 2^-28.
    with(|rng| ((u64::from(rng.u32(..)) * u64::from(bound)) >> 32) as u32)
}

/// A generator seeded from this thread's, different at each call.
pub(crate) fn fork() -> Rng {
    with(|rng| Rng::with_seed(rng.u64(..)))
}

/// Sets this thread's generator (without `std`: the process's), so that what follows is determined by `seed`.
#[cfg(all(test, not(anywhen_loom)))]
pub(crate) fn seed(seed: u64) {
    state::store(seed);
}

/// Sets this thread's generator, and gives what it was set to before.
#[cfg(feature = "testing")]
pub(crate) fn replace(state: u64) -> u64 {
    let before = state::peek();
    state::store(state);
    before
}

/// How this thread's generator stands: it has been used if and only if this has changed.
#[cfg(feature = "testing")]
pub(crate) fn position() -> u64 {
    state::peek()
}

#[cfg(feature = "std")]
mod state {
    use core::cell::Cell;
    use core::hash::{BuildHasher, Hasher};

    std::thread_local! {
        // Zero means "not seeded yet". Wyrand passes through zero once in 2^64 steps, and is then merely seeded anew.
        static STATE: Cell<u64> = const { Cell::new(0) };
    }

    #[inline]
    pub(super) fn load() -> u64 {
        let state = STATE.get();
        if state == 0 { entropy() } else { state }
    }

    #[inline]
    pub(super) fn store(state: u64) {
        STATE.set(state);
    }

    #[cfg(feature = "testing")]
    pub(super) fn peek() -> u64 {
        STATE.get()
    }

    /// The operating system's randomness, by the one way that `std` offers.
    #[cold]
    fn entropy() -> u64 {
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u64(0);
        hasher.finish()
    }
}

#[cfg(not(feature = "std"))]
mod state {
    use core::sync::atomic::{AtomicUsize, Ordering};

    // A word rather than 64 bits, which not every target has as an atomic. Racing updates may repeat a value; nothing
    // that uses it minds.
    static STATE: AtomicUsize = AtomicUsize::new(0x9e37_79b9);

    pub(super) fn load() -> u64 {
        STATE.load(Ordering::Relaxed) as u64
    }

    pub(super) fn store(state: u64) {
        STATE.store(state as usize, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_seed_determines_what_follows() {
        let draw = || (0..50).map(|_| below(1000)).collect::<Vec<_>>();
        seed(7);
        let first = draw();
        seed(7);
        assert_eq!(first, draw());
        assert_ne!(first, draw());
    }

    #[test]
    fn below_is_even_and_in_bounds() {
        seed(1);
        let mut seen = [0u32; 12];
        for _ in 0..12_000 {
            seen[below(12) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }

    #[test]
    fn forks_differ() {
        assert_ne!(fork().u64(..), fork().u64(..));
    }
}
