//! The loom shim: the one place that decides whether atomics and cells are the real ones or the model checker's.
//!
//! Code that threads share takes its atomics and its `UnsafeCell` from here, and is then explored by the models beside
//! it under `--cfg anywhen_loom`. The cfg is our own because dependencies react to `--cfg loom`.

#[cfg(anywhen_loom)]
pub(crate) use loom::cell::UnsafeCell;
#[cfg(anywhen_loom)]
pub(crate) use loom::sync::atomic;

#[cfg(not(anywhen_loom))]
pub(crate) use core::sync::atomic;

/// `core`'s cell behind loom's interface: access goes through closures, so that the model sees how long it lasts.
#[cfg(not(anywhen_loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

#[cfg(not(anywhen_loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Hands `f` a pointer that it may read through.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Hands `f` a pointer that it may write through.
    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// Makes `fn`s that are `const` except under loom, whose types cannot be built in constants.
#[cfg(any(feature = "std", feature = "critical-section"))]
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        #[cfg(not(anywhen_loom))]
        $(#[$meta])*
        $vis const fn $($rest)*
        #[cfg(anywhen_loom)]
        $(#[$meta])*
        $vis fn $($rest)*
    };
}
#[cfg(any(feature = "std", feature = "critical-section"))]
pub(crate) use const_unless_loom;

/// Runs a model under loom with at least `preemptions` preemptions and says how many executions it explored.
///
/// CI counts the lines that this prints, and fails when there are none.
#[cfg(all(test, anywhen_loom))]
pub(crate) fn model(name: &str, preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    let executions = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    let preemptions = *builder.preemption_bound.get_or_insert(preemptions);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        body();
    });
    std::eprintln!("loom model {name}; {preemptions} preemptions, {} executions", executions.load(Ordering::Relaxed));
}
