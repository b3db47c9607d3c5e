//! What is known of a future on trial: the books that its polls and its wakers keep, on whatever thread.
//!
//! Each poll gets a waker of its own, a generation: so it can be told which one the future keeps, wakes and drops. The
//! books are under one lock, which is released before anything of the user's runs.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::Waker;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use super::breach::{Breach, Finding};
use super::probe::{self, LockProbe};
use super::report::{ContractReport, GRACE};
use crate::testing::waker::Act;
use crate::testing::{CountingWaker, WakerEvent};

/// Says of which breaches nothing is to be made.
pub(super) type Allowed = Box<dyn Fn(&Breach) -> bool + Send + Sync>;

/// What the user has set.
pub(super) struct Setup {
    pub(super) name: String,
    pub(super) report: ContractReport,
    /// Whether breaches are told by a panic.
    pub(super) panics: bool,
    pub(super) probes: Vec<LockProbe>,
    pub(super) allowed: Vec<Allowed>,
    /// How many polls in a row that wake themselves are a storm.
    pub(super) storm: usize,
    /// How long a poll may take.
    pub(super) bound: Option<Duration>,
    /// Whether polls after the end reach the future.
    pub(super) polls_on: bool,
}

/// A future on trial. The checker owns it, and every waker does.
pub(super) struct Subject {
    pub(super) setup: Setup,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// How many polls have begun.
    poll: usize,
    /// Where it was polled last.
    home: Option<usize>,
    /// The latest generation, and those before it of which clones exist.
    generations: Vec<Generation>,
    /// Whether any waker was woken since the last poll began.
    woken: bool,
    /// Whether the poll under way, or the last one, woke the waker that it was given, on its own thread.
    woke_itself: bool,
    /// How many polls in a row have done so.
    self_wakes: usize,
    /// The older generation that was woken while it was pending.
    stale_wake: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not polled yet, or it is a stream that just gave an item.
    Idle,
    Polling(ThreadId),
    Pending,
    /// It gave its value, there and then.
    Complete(ThreadId, Instant),
    /// A poll panicked, or it was dropped before its end.
    Broken,
}

/// The waker of one poll.
struct Generation {
    poll: usize,
    /// How many clones there are.
    live: usize,
    woken: bool,
    /// The older generation whose wake completed the future. It is to blame if this one is never woken: it might
    /// have been on its way.
    overtaken_by: Option<usize>,
}

/// How a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Pending,
    /// A stream's item.
    Item,
    /// A future's value, a stream's end.
    End,
}

impl Subject {
    pub(super) fn new(setup: Setup) -> Self {
        let state = State {
            phase: Phase::Idle,
            poll: 0,
            home: None,
            generations: Vec::new(),
            woken: false,
            woke_itself: false,
            self_wakes: 0,
            stale_wake: None,
        };
        Self { setup, state: Mutex::new(state) }
    }

    /// Makes the waker for the next poll, which passes wakes on to `parent`.
    pub(super) fn next_waker(self: &Arc<Self>, parent: Waker) -> CountingWaker {
        let (subject, poll) = (Arc::clone(self), self.lock().poll + 1);
        CountingWaker::observed(move |act| {
            subject.waker_acts(poll, act);
            if act.event == WakerEvent::Wake {
                parent.wake_by_ref();
            }
        })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.lock().phase, Phase::Complete(..) | Phase::Broken)
    }

    /// How many clones of its wakers there are.
    pub(super) fn live(&self) -> usize {
        self.lock().generations.iter().map(|generation| generation.live).sum()
    }

    /// A poll begins.
    pub(super) fn begin(&self, address: usize) {
        self.stays_at(address, false);
        let mut state = self.lock();
        state.poll += 1;
        let poll = state.poll;
        let spurious = state.phase == Phase::Pending && !state.woken;
        state.phase = Phase::Polling(thread::current().id());
        state.woken = false;
        state.woke_itself = false;
        // The one before is kept, clones or not: it is still to be told whether it was woken.
        state.generations.retain(|generation| generation.live > 0 || generation.poll + 1 == poll);
        state.generations.push(Generation { poll, live: 0, woken: false, overtaken_by: None });
        drop(state);
        self.setup.report.count(|counts| {
            counts.polls += 1;
            counts.spurious_polls += usize::from(spurious);
        });
    }

    /// A poll begins that should not: it is over.
    pub(super) fn begin_after_end(&self, address: usize) {
        self.stays_at(address, false);
        self.lock().poll += 1;
        self.setup.report.count(|counts| counts.polls += 1);
    }

    /// A poll has ended.
    pub(super) fn end(&self, outcome: Outcome) {
        let breach = self.lock().end(outcome, self.setup.storm);
        if outcome == Outcome::End {
            self.setup.report.count(|counts| counts.completed += 1);
        }
        for breach in breach.into_iter().flatten() {
            self.record(breach);
        }
    }

    /// A poll panicked.
    pub(super) fn panicked(&self) {
        self.lock().phase = Phase::Broken;
    }

    /// It is about to be dropped.
    pub(super) fn dropped(&self, address: usize) {
        self.stays_at(address, true);
        let mut state = self.lock();
        if matches!(state.phase, Phase::Complete(..) | Phase::Broken) {
            return;
        }
        let polled = state.poll > 0;
        state.phase = Phase::Broken;
        drop(state);
        self.setup.report.count(|counts| counts.cancelled += usize::from(polled));
    }

    /// It is gone, and wakers of its are not, long after.
    pub(super) fn wakers_kept(&self) {
        let clones = self.live();
        self.record(Breach::WakerKept { clones });
    }

    pub(super) fn record(&self, breach: Breach) {
        if self.setup.allowed.iter().any(|allowed| allowed(&breach)) {
            return;
        }
        let thread = thread::current();
        let thread = thread.name().map_or_else(|| format!("{:?}", thread.id()), String::from);
        let poll = self.lock().poll;
        self.setup.report.record(Finding { name: self.setup.name.clone(), poll, thread, breach });
    }

    /// Once polled, it is pinned.
    fn stays_at(&self, address: usize, dropped: bool) {
        let mut state = self.lock();
        let home = state.home;
        if !dropped {
            state.home = Some(address);
        }
        drop(state);
        if let Some(from) = home.filter(|&home| home != address) {
            self.record(Breach::MovedAfterPin { from, to: address, dropped });
        }
    }

    /// Something is done to a clone of the waker of a poll.
    fn waker_acts(&self, poll: usize, act: Act) {
        probe::held_locks(act.event, &self.setup.probes, |lock| {
            self.record(Breach::WakerUnderLock { event: act.event, lock: String::from(lock) });
        });
        let breach = self.lock().waker_acts(poll, act);
        if let Some(breach) = breach {
            self.record(breach);
        }
    }

    /// Nothing of the user's runs while it is held, and a panic leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn generation(&mut self, poll: usize) -> Option<&mut Generation> {
        self.generations.iter_mut().find(|generation| generation.poll == poll)
    }

    fn end(&mut self, outcome: Outcome, storm: usize) -> [Option<Breach>; 2] {
        let stale_wake = self.stale_wake.take();
        if outcome == Outcome::Pending {
            self.phase = Phase::Pending;
            self.self_wakes = if self.woke_itself { self.self_wakes + 1 } else { 0 };
            let storm = (self.woke_itself && self.self_wakes == storm).then_some(Breach::WakeStorm { polls: storm });
            return [self.waits_for_nothing(), storm];
        }
        self.phase = match outcome {
            Outcome::End => Phase::Complete(thread::current().id(), Instant::now()),
            _ => Phase::Idle,
        };
        self.self_wakes = 0;
        [stale_wake.and_then(|stale| self.overtaken(stale)), None]
    }

    /// What is wrong with the wakers of a future that has returned `Pending`.
    fn waits_for_nothing(&self) -> Option<Breach> {
        let latest = self.generations.last()?;
        if latest.live > 0 || latest.woken {
            return None;
        }
        let older = self.generations.iter().rev().find(|generation| generation.live > 0);
        Some(older.map_or(Breach::PendingWithoutWaker, |older| Breach::StaleWaker { poll: older.poll }))
    }

    /// The future made progress because the waker of poll `stale` was woken. Was the one that it had then, the one
    /// before the latest, passed over?
    fn overtaken(&mut self, stale: usize) -> Option<Breach> {
        let (before, breach) = (self.poll - 1, Some(Breach::StaleWaker { poll: stale }));
        let Some(passed_over) = self.generation(before) else { return breach };
        if passed_over.woken {
            return None;
        }
        if passed_over.live == 0 {
            return breach;
        }
        passed_over.overtaken_by = Some(stale);
        None
    }

    fn waker_acts(&mut self, poll: usize, act: Act) -> Option<Breach> {
        let (phase, latest) = (self.phase, self.poll);
        // A clone keeps its generation in the books, and so does the poll that it is for.
        let generation = self.generation(poll)?;
        match act.event {
            WakerEvent::Clone => generation.live += 1,
            WakerEvent::Wake => {
                generation.woken = true;
                generation.live -= usize::from(act.consumes);
                return self.woken(poll);
            }
            WakerEvent::Drop => {
                generation.live -= 1;
                if generation.live == 0 && !generation.woken {
                    if let Some(stale) = generation.overtaken_by {
                        return Some(Breach::StaleWaker { poll: stale });
                    }
                    if poll == latest && phase == Phase::Pending {
                        return Some(Breach::WakerDropped);
                    }
                }
            }
        }
        None
    }

    fn woken(&mut self, poll: usize) -> Option<Breach> {
        self.woken = true;
        let here = thread::current().id();
        match self.phase {
            Phase::Complete(thread, at) => {
                return (thread == here || at.elapsed() > GRACE).then_some(Breach::WakeAfterCompletion { poll });
            }
            Phase::Polling(thread) => self.woke_itself |= thread == here && poll == self.poll,
            Phase::Pending if poll != self.poll => self.stale_wake = Some(poll),
            Phase::Pending | Phase::Idle | Phase::Broken => {}
        }
        None
    }
}
