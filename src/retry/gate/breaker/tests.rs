//! The machine beside a model that keeps every event, and counts anew each time.

use std::vec::Vec;

use proptest::prelude::*;

use super::machine::{Machine, Rules};
use super::window::{Rule, SLICES};
use super::{BreakerMetrics, CircuitState};
use crate::retry::gate::handle::Ticket;
use crate::retry::gate::{Outcome, Refused};
use crate::retry::moment::Timed;
use crate::retry::{Backoff, Exponential};
use crate::time::{Duration, Instant};

/// A call that was let through.
#[derive(Clone, Copy)]
struct Call {
    ticket: Ticket,
    generation: usize,
    started: Instant,
    over: Option<(Instant, Outcome)>,
}

/// What the machine should do, by what has been.
struct Model {
    rules: Rules,
    calls: Vec<Call>,
    /// In the order in which they were over.
    over: Vec<usize>,
    /// Each change, with what it was to.
    changes: Vec<Change>,
    refused: u64,
    /// What metrics do not count any more.
    before: BreakerMetrics,
}

#[derive(Clone, Copy, PartialEq)]
enum Change {
    Closed,
    Opened { until: Instant, by_itself: bool },
    HalfOpened,
}

impl Model {
    fn generation(&self) -> usize {
        self.changes.len()
    }

    fn now_is(&mut self, now: Instant) {
        if matches!(self.changes.last(), Some(Change::Opened { until, .. }) if *until <= now) {
            self.changes.push(Change::HalfOpened);
        }
    }

    fn state(&self, now: Instant) -> CircuitState {
        match self.changes.last() {
            None | Some(Change::Closed) => CircuitState::Closed,
            Some(Change::Opened { until, .. }) if now < *until => CircuitState::Open,
            _ => CircuitState::HalfOpen,
        }
    }

    fn of_now(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.generation == self.generation())
    }

    fn may_pass(&self, now: Instant) -> Result<(), Refused> {
        let retry_after = match self.changes.last() {
            None | Some(Change::Closed) => return Ok(()),
            Some(Change::Opened { until, .. }) => *until - now,
            Some(Change::HalfOpened) => {
                let trying = self.of_now().filter(|call| call.over.is_none()).count();
                if trying < self.rules.probes as usize {
                    return Ok(());
                }
                Duration::ZERO
            }
        };
        Err(Refused::CircuitOpen { retry_after })
    }

    /// What is known of the calls of this generation, in the order in which they were over: when, and whether they failed.
    fn known(&self) -> Vec<(Instant, bool)> {
        let over = self.over.iter().map(|&at| &self.calls[at]).filter(|call| call.generation == self.generation());
        over.filter_map(|call| match call.over {
            Some((at, Outcome::Success)) => Some((at, false)),
            Some((at, Outcome::Failure)) => Some((at, true)),
            _ => None,
        })
        .collect()
    }

    fn settle(&mut self, at: usize, outcome: Outcome, now: Instant) {
        let call = &mut self.calls[at];
        let is_slow = self.rules.slow.is_some_and(|limit| now - call.started > limit);
        let outcome = if is_slow && outcome == Outcome::Success { Outcome::Failure } else { outcome };
        call.over = Some((now, outcome));
        let call = *call;
        self.over.push(at);
        if call.generation != self.generation() {
            return;
        }
        let known = self.known();
        match (self.changes.last(), outcome) {
            (None | Some(Change::Closed), Outcome::Failure) if self.is_too_much(&known, now) => self.trip(now),
            (Some(Change::HalfOpened), Outcome::Failure) => self.trip(now),
            (Some(Change::HalfOpened), Outcome::Success) if known.len() >= self.rules.successes as usize => {
                self.changes.push(Change::Closed);
            }
            _ => {}
        }
    }

    fn is_too_much(&self, known: &[(Instant, bool)], now: Instant) -> bool {
        let min_calls = self.rules.min_calls.unwrap_or(10) as usize;
        let share = |of: &[(Instant, bool)]| of.iter().filter(|call| call.1).count() as f64 / of.len() as f64;
        match self.rules.rule {
            Rule::Streak(limit) => known.iter().rev().take_while(|call| call.1).count() >= limit as usize,
            Rule::OfCalls { rate, calls } => {
                let last = &known[known.len().saturating_sub(calls as usize)..];
                last.len() >= min_calls.min(calls as usize) && share(last) >= rate
            }
            Rule::Over { rate, period } => {
                let width = (period.as_nanos() as u64).div_ceil(SLICES as u64);
                let slice = |at: Instant| at.as_nanos() / width;
                let mut last = known.to_vec();
                last.retain(|call| slice(call.0) + SLICES as u64 > slice(now));
                last.len() >= min_calls && share(&last) >= rate
            }
        }
    }

    fn trip(&mut self, now: Instant) {
        let since_closed = self.changes.iter().rev().take_while(|change| **change != Change::Closed);
        let before = since_closed.filter(|change| matches!(change, Change::Opened { by_itself: true, .. })).count();
        let open_for = self.rules.open_for.delays(0).nth(before).unwrap();
        self.changes.push(Change::Opened { until: now + open_for, by_itself: true });
    }

    fn metrics(&self) -> BreakerMetrics {
        let counted = &self.calls[self.before.admitted as usize..];
        let count = |wanted| counted.iter().filter(|call| call.over.is_some_and(|over| over.1 == wanted)).count();
        BreakerMetrics {
            admitted: counted.len() as u64,
            refused: self.refused - self.before.refused,
            successes: count(Outcome::Success) as u64,
            failures: count(Outcome::Failure) as u64,
            opened: self.changes.iter().filter(|change| matches!(change, Change::Opened { .. })).count() as u64
                - self.before.opened,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Call,
    /// The how manieth of those under way, and how it went.
    Settle(usize, Outcome),
    Open,
    Close,
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![3 => Just(Outcome::Success), 4 => Just(Outcome::Failure), 1 => Just(Outcome::Ignored)];
    let step = prop_oneof![
        20 => (0..40_u64).prop_map(Step::Wait),
        1 => (0..1_u64 << 50).prop_map(Step::Wait),
        60 => Just(Step::Call),
        60 => (0..4_usize, outcome).prop_map(|(which, outcome)| Step::Settle(which, outcome)),
        1 => Just(Step::Open),
        1 => Just(Step::Close),
        1 => Just(Step::Reset),
    ];
    proptest::collection::vec(step, 1..300)
}

fn rules() -> impl Strategy<Value = Rules> {
    let rate = (1..=10_u32).prop_map(|tenths| f64::from(tenths) / 10.0);
    let rule = prop_oneof![
        (1..5_u32).prop_map(Rule::Streak),
        (rate.clone(), 1..80_u32).prop_map(|(rate, calls)| Rule::OfCalls { rate, calls }),
        (rate, 1..300_u64).prop_map(|(rate, period)| Rule::Over { rate, period: Duration::from_nanos(period) }),
    ];
    let slow = proptest::option::weighted(0.3, (1..60_u64).prop_map(Duration::from_nanos));
    let min_calls = proptest::option::of(1..6_u32);
    (rule, min_calls, 1..50_u64, 1..3_u32, 1..4_u32, 1..4_u32, slow).prop_map(
        |(rule, min_calls, open_for, factor, probes, successes, slow)| {
            let open_for = Duration::from_nanos(open_for);
            let open_for = Exponential::new(open_for, f64::from(factor)).with_max(open_for * 5);
            Rules { rule, min_calls, open_for, probes, successes, slow }
        },
    )
}

fn run(rules: Rules, steps: &[Step]) {
    let mut machine = Machine::new();
    let mut model = Model {
        rules,
        calls: Vec::new(),
        over: Vec::new(),
        changes: Vec::new(),
        refused: 0,
        before: BreakerMetrics::ZERO,
    };
    let mut now = Instant::from_nanos(1 << 62);
    for step in steps {
        match *step {
            Step::Wait(nanos) => now += Duration::from_nanos(nanos),
            Step::Call => {
                model.now_is(now);
                let admitted = machine.admit(&rules, Some(now)).expect("it knows the time");
                assert_eq!(admitted.map(|_| ()), model.may_pass(now));
                match admitted {
                    Ok(ticket) => {
                        let generation = model.generation();
                        model.calls.push(Call { ticket, generation, started: now, over: None });
                    }
                    Err(_) => model.refused += 1,
                }
            }
            Step::Settle(which, outcome) => {
                // The latest ones are of most interest, but now and then one stays for long.
                let under_way = model.calls.iter().enumerate().rev().filter(|(_, call)| call.over.is_none());
                let Some(at) = under_way.map(|(at, _)| at).nth(which) else { continue };
                machine.settle(&rules, model.calls[at].ticket, outcome, now);
                model.settle(at, outcome, now);
            }
            Step::Open => {
                machine.open_for_good();
                model.changes.push(Change::Opened { until: Instant::FAR_FUTURE, by_itself: false });
            }
            Step::Close => {
                machine.close();
                model.changes.push(Change::Closed);
            }
            Step::Reset => {
                machine.reset();
                model.changes.push(Change::Closed);
                model.before = BreakerMetrics::ZERO;
                model.before = model.metrics();
            }
        }
        assert_eq!(machine.state(Some(now)), Some(model.state(now)));
        assert_eq!(machine.counts(), model.metrics());
    }
}

proptest! {
    #[test]
    fn the_machine_does_what_its_past_asks_for(rules in rules(), steps in steps()) {
        run(rules, &steps);
    }
}

const RULES: Rules = Rules {
    rule: Rule::Streak(1),
    min_calls: None,
    open_for: Exponential::new(Duration::from_nanos(10), 1.0),
    probes: 1,
    successes: 1,
    slow: None,
};

#[test]
fn it_asks_for_the_time_only_where_that_matters() {
    let start = Instant::from_nanos(1000);
    let mut machine = Machine::new();
    assert_eq!(machine.state(None), Some(CircuitState::Closed));
    let ticket = machine.admit(&RULES, None).unwrap().unwrap();
    machine.settle(&RULES, ticket, Outcome::Failure, start);
    assert_eq!((machine.admit(&RULES, None), machine.state(None)), (None, None));
    let probe = machine.admit(&RULES, Some(start + Duration::from_nanos(10))).unwrap().unwrap();
    assert!(machine.admit(&RULES, None).unwrap().is_err());
    assert_eq!(machine.state(None), Some(CircuitState::HalfOpen));
    machine.settle(&RULES, probe, Outcome::Success, Instant::FAR_FUTURE);
    assert_eq!(machine.state(None), Some(CircuitState::Closed));
}

/// By another clock, the calls of before are as long ago as they were.
#[test]
fn a_window_keeps_its_past_and_its_order_where_another_clock_goes_on() {
    let rules =
        Rules { rule: Rule::Over { rate: 1.0, period: Duration::from_nanos(100) }, min_calls: Some(3), ..RULES };
    let fails = |machine: &mut Machine, at| {
        let at = Instant::from_nanos(at);
        let ticket = machine.admit(&rules, Some(at)).unwrap().unwrap();
        machine.settle(&rules, ticket, Outcome::Failure, at);
    };
    for back_to in [1_000, 1_030, 3] {
        for (later, opened) in [(40, 1), (50, 0)] {
            let mut machine = Machine::new();
            fails(&mut machine, 2_004);
            fails(&mut machine, 2_054);
            assert_eq!(machine.latest(), Instant::from_nanos(2_050));
            machine.go_on_from(Instant::from_nanos(back_to));
            // The first is one of the last ten slices, or was the eleventh.
            fails(&mut machine, back_to / 10 * 10 + later);
            assert_eq!(machine.counts().opened, opened, "{later} after {back_to}");
        }
    }
}

#[test]
fn an_open_circuit_is_open_for_its_time_by_another_clock_too() {
    let (start, nanos) = (Instant::from_nanos(1000), Duration::from_nanos);
    let mut machine = Machine::new();
    let ticket = machine.admit(&RULES, None).unwrap().unwrap();
    machine.settle(&RULES, ticket, Outcome::Failure, start);
    let earlier = start - nanos(500);
    machine.go_on_from(earlier);
    assert_eq!(machine.state(Some(earlier + nanos(9))), Some(CircuitState::Open));
    assert_eq!(machine.state(Some(earlier + nanos(10))), Some(CircuitState::HalfOpen));
    machine.open_for_good();
    assert_eq!((machine.latest(), machine.state(None)), (Instant::from_nanos(0), Some(CircuitState::Open)));
}

/// tower: an idle budget costs time for each window that has gone by. Here a century in slices of a nanosecond is one step.
#[test]
fn a_window_that_was_left_alone_for_long_is_caught_up_with_at_once() {
    let rules = Rules { rule: Rule::Over { rate: 1.0, period: Duration::from_nanos(10) }, min_calls: Some(2), ..RULES };
    let mut machine = Machine::new();
    let century = Duration::from_secs(100 * 365 * 86_400);
    for at in [Instant::from_nanos(0), Instant::from_nanos(0) + century] {
        let ticket = machine.admit(&rules, Some(at)).unwrap().unwrap();
        machine.settle(&rules, ticket, Outcome::Failure, at);
    }
    assert_eq!((machine.counts().failures, machine.counts().opened), (2, 0));
}
