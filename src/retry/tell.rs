//! What is told to a subscriber of `tracing`, with the feature of that name: attempts that failed and how a run ended after
//! that. A run that succeeds at once tells nothing.
//!
//! Events have the target `anywhen::retry` and belong to the span in which the retry runs, which says what was tried.

use core::time::Duration;

use super::StopReason;
use super::strategy::Standing;

#[cfg(feature = "tracing")]
const TARGET: &str = "anywhen::retry";

/// A budget was asked for another attempt, and has so much left.
#[inline]
pub(super) fn asks_budget(granted: bool, left: impl Fn() -> u32) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: TARGET, granted, left = left(), "asked the budget");
    let _ = (granted, left);
}

/// There will be another attempt after this delay.
#[inline]
pub(super) fn retries(standing: Standing, delay: Duration) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: TARGET, attempts = standing.attempts, delay = ?delay, "an attempt failed");
    let _ = (standing, delay);
}

/// There will be none. That an error cannot be retried is nothing to warn of: it is said by whoever gets it.
#[inline]
pub(super) fn gives_up(standing: Standing, reason: StopReason) {
    #[cfg(feature = "tracing")]
    {
        /// The level of an event has to be known when it is compiled.
        macro_rules! tell {
            ($level:ident) => {
                tracing::$level!(
                    target: TARGET,
                    attempts = standing.attempts,
                    slept = ?standing.slept,
                    reason = %reason,
                    "gave up"
                )
            };
        }
        match reason {
            StopReason::NotRetryable => tell!(debug),
            _ => tell!(warn),
        }
    }
    let _ = (standing, reason);
}

/// It has succeeded, and not at once.
#[inline]
pub(super) fn succeeds(standing: Standing) {
    #[cfg(feature = "tracing")]
    if standing.attempts > 1 {
        tracing::debug!(target: TARGET, attempts = standing.attempts, slept = ?standing.slept, "succeeded in the end");
    }
    let _ = standing;
}
