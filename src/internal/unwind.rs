//! Foreign code that may panic where a panic has nobody to go to, or has to wait until the books are straight.

use alloc::boxed::Box;
use core::any::Any;
use core::mem;
use core::panic::AssertUnwindSafe;
use std::panic;

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send + 'static>;

/// Runs `f`, and hands its panic over as a value.
///
/// The callers see to it that what `f` touches is whole after a panic, which is what makes asserting it right.
pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    panic::catch_unwind(AssertUnwindSafe(f))
}

/// Runs `f` and lets its panic end here. The panic hook has reported it; nobody is left whom it concerns.
pub(crate) fn quietly(f: impl FnOnce()) {
    if let Err(payload) = catch(f) {
        // A payload has a destructor too. One that panics carries on in bad faith, and its payload is leaked.
        if let Err(again) = catch(|| drop(payload)) {
            mem::forget(again);
        }
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use super::*;

    /// Panics when dropped, with itself as the payload, for as many times as it says.
    struct Relentless(u32);

    impl Drop for Relentless {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic::resume_unwind(Box::new(Self(self.0 - 1)));
            }
        }
    }

    #[test]
    fn a_payload_that_panics_when_dropped_ends_here_too() {
        quietly(|| panic::resume_unwind(Box::new(Relentless(3))));
    }
}
