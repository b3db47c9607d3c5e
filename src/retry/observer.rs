//! Who is told how runs go, whatever it is that is tried: metrics.

use core::time::Duration;

use super::StopReason;
use super::strategy::Standing;

/// Is told how runs go; given to [`Retry::observe`](super::Retry::observe) by value, by reference, or in an `Arc`.
///
/// One observer may serve any number of runs at the same time. It sees counts, delays and reasons, not what is tried: for
/// the results there is [`Retry::on_retry`](super::Retry::on_retry), and the value of the retry itself. A run that is
/// dropped half-way begins and does not end.
///
/// It is called between attempts, in the poll of whoever retries, so it should be quick. If it panics, the retry does.
///
/// # Examples
///
/// ```
/// use std::sync::Mutex;
///
/// use anywhen::retry::strategy::Standing;
/// use anywhen::retry::{Observer, StopReason, retry};
/// use anywhen::time::VirtualClock;
///
/// /// How many attempts it took to succeed.
/// #[derive(Default)]
/// struct Histogram(Mutex<[u32; 5]>);
///
/// impl Observer for Histogram {
///     fn on_end(&self, standing: Standing, reason: Option<StopReason>) {
///         if reason.is_none() {
///             self.0.lock().unwrap()[standing.attempts().min(5) as usize - 1] += 1;
///         }
///     }
/// }
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let histogram = Histogram::default();
/// let mut results = [Err("not yet"), Err("not yet"), Ok(1)].into_iter();
/// retry(|| std::future::ready(results.next().unwrap())).observe(&histogram).await.unwrap();
/// assert_eq!(*histogram.0.lock().unwrap(), [0, 0, 1, 0, 0]);
/// # }));
/// ```
pub trait Observer {
    /// Whether it wants to know how much time passes: else [`Standing::elapsed`] may be zero, and the clock is not read for
    /// it.
    const TIMED: bool = true;

    /// A run begins with its first attempt.
    #[inline]
    fn on_begin(&self) {}

    /// An attempt has failed, and there will be another after `delay`.
    fn on_retry(&self, standing: Standing, delay: Duration) {
        let _ = (standing, delay);
    }

    /// A run has ended: with success if there is no `reason`.
    #[inline]
    fn on_end(&self, standing: Standing, reason: Option<StopReason>) {
        let _ = (standing, reason);
    }
}

/// Hands everything on.
macro_rules! forward {
    ($($Handle:ty),+) => {$(
        impl<O: Observer + ?Sized> Observer for $Handle {
            const TIMED: bool = O::TIMED;

            #[inline]
            fn on_begin(&self) {
                (**self).on_begin();
            }

            fn on_retry(&self, standing: Standing, delay: Duration) {
                (**self).on_retry(standing, delay);
            }

            #[inline]
            fn on_end(&self, standing: Standing, reason: Option<StopReason>) {
                (**self).on_end(standing, reason);
            }
        }
    )+};
}

forward!(&O);
#[cfg(feature = "alloc")]
forward!(alloc::sync::Arc<O>);
