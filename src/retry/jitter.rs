//! Randomness in the delays, so that clients that failed together do not come back together.

use core::time::Duration;

use super::backoff::decorrelated::decorrelated;
use super::nanos::Nanos;
use crate::internal::rng::Rng;

/// How the delays of a [`Backoff`](super::Backoff) are spread.
///
/// *base* is the backoff's delay and *cap* its maximum. No delay exceeds the cap, and none of them but `None` gives
/// the same delay again and again once the cap is reached, if there is room for others: a share of the base, or for `Decorrelated`
/// a cap above the first base. Which is taken by default, the [backoff](super::Backoff::jitter) says.
///
/// `Full`, `Equal` and `Decorrelated` are those of Marc Brooker's article "Exponential Backoff And Jitter" (AWS
/// Architecture Blog, 2015), which found that `Full` makes the least work for the server.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Jitter {
    /// The base as it is. For one client alone, or a backoff that is random itself.
    None,
    /// Anything from zero to the base. The mean is half the base.
    #[default]
    Full,
    /// Half the base, and anything up to half of it on top. The mean is three quarters of the base. For where a retry at
    /// once would be useless.
    Equal,
    /// Anything between the first base and three times the delay before. The growth of the backoff is not used, only its
    /// first delay, its cap and its end; without a cap the delays grow without bound, whatever the backoff.
    Decorrelated,
    /// The base, give or take this share of it, from 0 to 1: with 0.1 anything from 90 % to 110 %, cut off at the cap.
    Proportional(f64),
}

impl Jitter {
    /// Refuses a share that makes no sense.
    pub(super) const fn checked(self) -> Result<Self, &'static str> {
        match self {
            Self::Proportional(share) if !(share >= 0.0 && share <= 1.0) => {
                Err("the share of a proportional jitter must be from 0 to 1")
            }
            _ => Ok(self),
        }
    }
}

/// A jitter at work: the delays of one run on their way from the backoff to whoever sleeps.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    jitter: Jitter,
    rng: Rng,
    cap: Nanos,
    /// The first base and the delay before, for `Decorrelated`.
    before: Option<(Nanos, Nanos)>,
}

impl Spread {
    pub(super) fn new(jitter: Jitter, rng: Rng, cap: Duration) -> Self {
        Self { jitter, rng, cap: Nanos::of(cap), before: None }
    }

    /// The delay.
    pub(super) fn apply(&mut self, base: Nanos) -> Nanos {
        if base == Nanos::ENDLESS {
            // Never stays never.
            return base;
        }
        let base = base.min(self.cap);
        match self.jitter {
            Jitter::None => base,
            Jitter::Full => Nanos(between(&mut self.rng, 0, base.0)),
            Jitter::Equal => Nanos(between(&mut self.rng, base.0 / 2, base.0)),
            Jitter::Decorrelated => {
                let (first, before) = self.before.unwrap_or((base, base));
                let delay = decorrelated(&mut self.rng, first, before, self.cap);
                self.before = Some((first, delay));
                delay
            }
            Jitter::Proportional(share) => {
                // The cast saturates. A share of a base that is not representable is off by 2^-53 of it.
                let spread = ((base.0 as f64) * share) as u64;
                let top = base.0.saturating_add(spread).min(self.cap.0);
                Nanos(between(&mut self.rng, base.0.saturating_sub(spread), top))
            }
        }
    }
}

/// A number from `low` to `high`, both included, each as likely as the others but for 2^-64 of the range.
#[inline]
pub(super) fn between(rng: &mut Rng, low: u64, high: u64) -> u64 {
    debug_assert!(low <= high);
    // Lemire's multiply-and-shift without the rejection step: by one more than the range, which may not fit into 64 bits.
    let random = u128::from(rng.u64(..));
    low + ((random * u128::from(high - low) + random) >> 64) as u64
}
