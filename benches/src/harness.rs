//! The one way in which everything is run: a loop around the operation, timed in rounds that take turns.
//!
//! A machine's speed drifts, and others use it meanwhile. So the subjects of a work take turns, a millisecond at most
//! each, for many rounds; in each round the others are compared with ours, and the median of those ratios is what counts.

use core::cell::Cell;
use core::hint::black_box;
use core::task::{Context, Waker};
use std::time::{Duration, Instant};

use anywhen::testing::CountingAlloc;

/// One piece of work, and all who do it.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// The first of them is who the others are compared with.
    pub(crate) subjects: &'static [Subject],
    /// Why a goal is missed, or what else must be known to read the numbers. May be empty.
    pub(crate) note: &'static str,
}

/// One way to do the work.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Does the work so many times.
    pub(crate) run: fn(u64),
    /// Ours have goals, from the design.
    pub(crate) goal: Option<Goal>,
}

/// What ours is to reach.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Goal {
    /// Instructions at most.
    pub(crate) instructions: Option<u64>,
    /// So many times the time of that other at most.
    pub(crate) time: Option<(f64, &'static str)>,
    /// Tasks that take turns take them equally often.
    pub(crate) even: bool,
    /// Blocks allocated, at most.
    pub(crate) allocations: u64,
}

impl Goal {
    /// No allocation; the rest is only reported.
    pub(crate) const ZERO_ALLOCATIONS: Self = Self { instructions: None, time: None, even: false, allocations: 0 };

    pub(crate) const fn instructions(most: u64) -> Self {
        Self { instructions: Some(most), ..Self::ZERO_ALLOCATIONS }
    }

    pub(crate) const fn and_time(self, most: f64, of: &'static str) -> Self {
        Self { time: Some((most, of)), ..self }
    }

    pub(crate) const fn and_allocations(self, most: u64) -> Self {
        Self { allocations: most, ..self }
    }

    pub(crate) const fn and_even(self) -> Self {
        Self { even: true, ..self }
    }
}

/// Ours, with a goal.
pub(crate) const fn ours(name: &'static str, goal: Goal, run: fn(u64)) -> Subject {
    Subject { name, run, goal: Some(goal) }
}

/// Somebody else's, or the bare operation that nobody can go below.
pub(crate) const fn peer(name: &'static str, run: fn(u64)) -> Subject {
    Subject { name, run, goal: None }
}

/// Runs `operation` `times` times. What it gives is not optimised away; nor is the waker, which wakes nobody.
#[inline(always)]
pub(crate) fn repeat<R>(times: u64, mut operation: impl FnMut(&mut Context<'_>) -> R) {
    let mut cx = Context::from_waker(black_box(Waker::noop()));
    for _ in 0..times {
        black_box(operation(&mut cx));
    }
}

/// Polls a future that is ready at once, and gives its output.
///
/// As `.await` does, it neither moves the future nor keeps it longer than the output takes; a function would move it,
/// and a bare `match` would keep it to the end of the statement.
macro_rules! ready {
    ($cx:expr, $future:expr) => {{
        let future = core::pin::pin!($future);
        match core::future::Future::poll(future, $cx) {
            core::task::Poll::Ready(output) => output,
            core::task::Poll::Pending => unreachable!("it is ready at once"),
        }
    }};
}
pub(crate) use ready;

/// Polls a future that is ready at the second poll, and gives its output.
macro_rules! ready_later {
    ($cx:expr, $future:expr) => {{
        let mut future = core::pin::pin!($future);
        assert!(core::future::Future::poll(future.as_mut(), $cx).is_pending(), "it is not ready yet");
        $crate::harness::ready!($cx, future)
    }};
}
pub(crate) use ready_later;

/// Puts what it holds at the start of a cache line.
///
/// Where a lock happens to lie counts for as much as how it is made: a value is read 2 ns later from the line on which
/// an atomic operation has just been done than from the next.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Aligned<T>(pub(crate) T);

thread_local! {
    /// See [`note_spread`].
    static SPREAD: Cell<Option<f64>> = const { Cell::new(None) };
}

/// Says how often, in this run, the task whose turn it was most often had its turn, by how often the one had it whose turn
/// it was least often.
pub(crate) fn note_spread(spread: f64) {
    SPREAD.set(Some(spread));
}

/// What was measured of one subject, per operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Median.
    pub(crate) nanos: f64,
    /// Median over the rounds of this subject's time by ours.
    pub(crate) ratio: f64,
    /// Blocks allocated or grown by the thread that does the work.
    pub(crate) allocations: f64,
    pub(crate) instructions: Option<f64>,
    /// Where several tasks take turns.
    pub(crate) spread: Option<f64>,
}

const ROUNDS: usize = 101;
const TURN: Duration = Duration::from_micros(500);

/// Times a work's subjects and counts their allocations.
pub(crate) fn measure(work: &Work) -> Vec<Row> {
    let times: Vec<u64> = work.subjects.iter().map(|subject| times_per_turn(subject.run)).collect();
    let mut nanos = vec![Vec::with_capacity(ROUNDS); work.subjects.len()];
    for round in 0..ROUNDS {
        // Nobody always comes after the same neighbour's traces in the caches.
        for turn in 0..work.subjects.len() {
            let i = (round + turn) % work.subjects.len();
            nanos[i].push(time(work.subjects[i].run, times[i]).as_nanos() as f64 / times[i] as f64);
        }
    }
    work.subjects
        .iter()
        .zip(&nanos)
        .map(|(subject, own)| Row {
            nanos: median(own.clone()),
            ratio: median(own.iter().zip(&nanos[0]).map(|(own, ours)| own / ours).collect()),
            allocations: allocations(subject.run),
            instructions: None,
            spread: spread(subject.run),
        })
        .collect()
}

fn time(run: fn(u64), times: u64) -> Duration {
    let began = Instant::now();
    run(times);
    began.elapsed()
}

/// How many operations fill a turn; running them warms up what is lazy.
fn times_per_turn(run: fn(u64)) -> u64 {
    let mut times = 16;
    while time(run, times) < TURN / 2 {
        times *= 2;
    }
    times
}

fn allocations(run: fn(u64)) -> f64 {
    const TIMES: u64 = 1000;
    // What a run sets up once is in both counts.
    let count = |times| {
        let seen = CountingAlloc::count(|| run(times));
        (seen.allocs + seen.reallocs) as f64
    };
    (count(2 * TIMES) - count(TIMES)) / TIMES as f64
}

fn spread(run: fn(u64)) -> Option<f64> {
    // The same number of turns for every task, whatever power of two they are.
    const TIMES: u64 = 1 << 20;
    SPREAD.take()?;
    run(TIMES);
    SPREAD.take()
}

/// Of nothing it is not a number.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
