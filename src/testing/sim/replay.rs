//! The short string that brings a run back: how the order came about, and from which seed.
//!
//! ```text
//! random:17          order, and seed
//! pct3/120:17        priorities with a depth of 3, for runs of about 120 steps
//! random:17+2        and the task that the test names is cancelled after its second poll
//! random:17+2w       the same, once it has been woken after that
//! ```

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::order::Order;

/// All that a run follows from, besides the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::testing) struct Schedule {
    pub(super) order: Order,
    pub(in crate::testing) seed: u64,
    /// How many steps the run is expected to take; for priorities alone.
    pub(super) horizon: u32,
    /// Where the task that is to be cancelled is.
    pub(super) cancel: Option<Cancel>,
}

/// A point in the life of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cancel {
    /// After so many polls.
    pub(super) polls: u32,
    /// And after the wake that follows.
    pub(super) woken: bool,
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.order {
            Order::Fifo => f.write_str("fifo")?,
            Order::Lifo => f.write_str("lifo")?,
            Order::Random => f.write_str("random")?,
            Order::Pct { depth } => write!(f, "pct{depth}/{}", self.horizon)?,
        }
        write!(f, ":{}", self.seed)?;
        match self.cancel {
            Some(Cancel { polls, woken }) => write!(f, "+{polls}{}", if woken { "w" } else { "" }),
            None => Ok(()),
        }
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("{text:?} is not what a failed run of a `Sim` prints, such as \"random:17\"");
        let mut parts = text.trim().split(':');
        let (order, seed) = (parts.next().unwrap_or_default(), parts.next().ok_or_else(error)?);
        let (order, horizon) = match order {
            "fifo" => (Order::Fifo, 0),
            "lifo" => (Order::Lifo, 0),
            "random" => (Order::Random, 0),
            other => {
                let numbers = other.strip_prefix("pct").and_then(|rest| rest.split_once('/'));
                let (depth, horizon) = numbers.ok_or_else(error)?;
                let depth = depth.parse().map_err(|_| error())?;
                (Order::Pct { depth }, horizon.parse().map_err(|_| error())?)
            }
        };
        let (seed, cancel) = match seed.split_once('+') {
            None => (seed, None),
            Some((seed, point)) => {
                let awake = point.strip_suffix('w');
                let polls = awake.unwrap_or(point).parse().map_err(|_| error())?;
                (seed, Some(Cancel { polls, woken: awake.is_some() }))
            }
        };
        let seed = seed.parse().map_err(|_| error())?;
        if parts.next().is_some() {
            return Err(error());
        }
        Ok(Self { order, seed, horizon, cancel })
    }
}
