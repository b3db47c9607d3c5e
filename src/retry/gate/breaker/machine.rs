//! The circuit breaker without clock and locks: a state machine that is told the time.
//!
//! | state | calls | leaves it |
//! |---|---|---|
//! | closed | are let through | opens when its [`Window`] says that it has been too much |
//! | open | are turned away | becomes half-open with the first call after its time |
//! | half-open | so many at a time are let through, to try | opens with a failure, closes with so many successes |
//!
//! Each change makes a new *generation*. A call carries the one in which it was let through, and if another has begun when it
//! is over, it says nothing of the state that is now: neither does a failure of yesterday open a circuit that has been closed
//! since, nor does such a call give back a place that it does not have.

use core::time::Duration;

use super::super::handle::Ticket;
use super::super::{Outcome, Refused};
use super::window::{Rule, Window};
use super::{BreakerMetrics, CircuitState};
use crate::retry::backoff::ExponentialDelays;
use crate::retry::moment::Timed;
use crate::retry::{Backoff, Exponential};
use crate::time::Instant;

/// Before all that a clock shows.
pub(super) const BEGINNING: Instant = Instant::from_nanos(0);

/// How a breaker is set up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) rule: Rule,
    /// Before how many calls a rate is not looked at, if that was said.
    pub(super) min_calls: Option<u32>,
    /// How long it stays open, the first time and each time after that in a row.
    pub(super) open_for: Exponential,
    /// How many may try at a time.
    pub(super) probes: u32,
    /// How many of those close it.
    pub(super) successes: u32,
    /// What takes longer counts as a failure.
    pub(super) slow: Option<Duration>,
}

impl Rules {
    /// Before how many calls a rate is not looked at.
    const MIN_CALLS: u32 = 10;

    /// Whether it matters for each call what time it is.
    #[inline]
    pub(super) const fn is_timed(&self) -> bool {
        self.slow.is_some() || matches!(self.rule, Rule::Over { .. })
    }

    fn window(&self) -> Window {
        Window::new(self.rule, self.min_calls.unwrap_or(Self::MIN_CALLS))
    }
}

/// The state of a breaker.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    state: State,
    generation: u64,
    /// How long it will stay open the next times; `None` if it has not been open since it was last closed.
    delays: Option<ExponentialDelays>,
    counts: BreakerMetrics,
    /// Calls of earlier generations are not counted: it has been reset since.
    counted_from: u64,
}

#[derive(Clone, Debug)]
enum State {
    /// With what has been since it was closed, if anything.
    Closed(Option<Window>),
    Open {
        since: Instant,
        until: Instant,
    },
    HalfOpen {
        /// How many are trying.
        trying: u32,
        successes: u32,
    },
}

impl Machine {
    pub(super) const fn new() -> Self {
        let counts = BreakerMetrics::ZERO;
        Self { state: State::Closed(None), generation: 0, delays: None, counts, counted_from: 0 }
    }

    /// Lets a call through or turns it away, or gives `None` if that depends on what time it is, and nobody has said.
    #[inline]
    pub(super) fn admit(&mut self, rules: &Rules, now: Option<Instant>) -> Option<Result<Ticket, Refused>> {
        if let State::Open { until, .. } = self.state {
            let retry_after = if until.is_never() { Duration::MAX } else { until - now? };
            if !retry_after.is_zero() {
                return Some(Err(self.refuse(retry_after)));
            }
            self.enter(State::HalfOpen { trying: 0, successes: 0 });
        }
        if let State::HalfOpen { trying, .. } = &mut self.state {
            if *trying >= rules.probes {
                return Some(Err(self.refuse(Duration::ZERO)));
            }
            *trying += 1;
        }
        self.counts.admitted += 1;
        Some(Ok(Ticket { generation: self.generation, started: now }))
    }

    fn refuse(&mut self, retry_after: Duration) -> Refused {
        self.counts.refused += 1;
        Refused::CircuitOpen { retry_after }
    }

    /// A call is over. What time it is, matters if it has failed, and where the rules are timed.
    #[inline]
    pub(super) fn settle(&mut self, rules: &Rules, ticket: Ticket, outcome: Outcome, now: Instant) {
        let is_slow = |limit| ticket.started.is_some_and(|started| now - started > limit);
        let outcome = match outcome {
            Outcome::Success if rules.slow.is_some_and(is_slow) => Outcome::Failure,
            outcome => outcome,
        };
        match outcome {
            _ if ticket.generation < self.counted_from => {}
            Outcome::Success => self.counts.successes += 1,
            Outcome::Failure => self.counts.failures += 1,
            Outcome::Ignored => {}
        }
        if ticket.generation != self.generation {
            return;
        }
        match &mut self.state {
            State::Closed(window) => match outcome {
                Outcome::Success => window.get_or_insert_with(|| rules.window()).succeeded(now),
                Outcome::Failure if window.get_or_insert_with(|| rules.window()).failed(now) => self.trip(rules, now),
                Outcome::Failure | Outcome::Ignored => {}
            },
            State::HalfOpen { trying, successes } => {
                *trying -= 1;
                match outcome {
                    Outcome::Success => {
                        *successes += 1;
                        if *successes >= rules.successes {
                            self.close();
                        }
                    }
                    Outcome::Failure => self.trip(rules, now),
                    Outcome::Ignored => {}
                }
            }
            // Nobody was let through in this generation.
            State::Open { .. } => {}
        }
    }

    /// Opens for as long as it is its turn.
    #[cold]
    fn trip(&mut self, rules: &Rules, now: Instant) {
        let delays = self.delays.get_or_insert_with(|| rules.open_for.delays(0));
        let open_for = delays.next().unwrap_or(Duration::MAX);
        self.open(now, now + open_for);
    }

    pub(super) fn open(&mut self, since: Instant, until: Instant) {
        self.counts.opened += 1;
        self.enter(State::Open { since, until });
    }

    /// Opens until it is closed.
    pub(super) fn open_for_good(&mut self) {
        self.open(BEGINNING, Instant::FAR_FUTURE);
    }

    /// Closes, and forgets what was before.
    pub(super) fn close(&mut self) {
        self.delays = None;
        self.enter(State::Closed(None));
    }

    /// Closes, and counts anew.
    pub(super) fn reset(&mut self) {
        self.close();
        self.counts = BreakerMetrics::ZERO;
        self.counted_from = self.generation;
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }

    /// The state, or `None` if that depends on what time it is, and nobody has said.
    pub(super) fn state(&self, now: Option<Instant>) -> Option<CircuitState> {
        Some(match self.state {
            State::Closed(_) => CircuitState::Closed,
            State::Open { until, .. } if until.is_never() || now? < until => CircuitState::Open,
            State::Open { .. } | State::HalfOpen { .. } => CircuitState::HalfOpen,
        })
    }

    pub(super) fn counts(&self) -> BreakerMetrics {
        self.counts
    }
}

impl Timed for Machine {
    fn latest(&self) -> Instant {
        match &self.state {
            State::Closed(Some(window)) => window.latest(),
            State::Open { since, .. } => *since,
            State::Closed(None) | State::HalfOpen { .. } => BEGINNING,
        }
    }

    fn go_on_from(&mut self, now: Instant) {
        match &mut self.state {
            State::Closed(Some(window)) => window.go_on_from(now),
            State::Open { since, until } => {
                *until = now + (*until - *since);
                *since = now;
            }
            State::Closed(None) | State::HalfOpen { .. } => {}
        }
    }
}
