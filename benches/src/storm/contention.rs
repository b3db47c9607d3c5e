//! Clients that all want to change one row, each of which fails if another was faster: the experiment of Marc Brooker's
//! "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
//!
//! Each client reads the row, and writes it if it has not been changed meanwhile. A message takes 10 ms, with a deviation of
//! 2 ms. The delays begin at 5 ms and double up to 2 s. What counts is how many attempts it takes until everybody has
//! succeeded, and how long.

use std::cell::{Cell, RefCell};
use std::error::Error;

use anywhen::future::join_all;
use anywhen::retry::{Constant, Exponential, Jitter, Policy, retry};
use anywhen::rt::Std;
use anywhen::time::{Duration, Instant, VirtualClock, sleep};

use super::{Dice, plot};

const CLIENTS: [usize; 10] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
/// How many runs a figure is the mean of.
const RUNS: u64 = 30;

const WAYS: [(&str, Option<Jitter>); 5] = [
    ("no backoff", None),
    ("exponential, no jitter", Some(Jitter::None)),
    ("equal jitter", Some(Jitter::Equal)),
    ("full jitter", Some(Jitter::Full)),
    ("decorrelated jitter", Some(Jitter::Decorrelated)),
];

/// A way to back off, and for each number of clients how many attempts they made and how many seconds it took.
pub(super) struct Line {
    name: &'static str,
    points: Vec<(usize, f64, f64)>,
}

pub(super) fn measure() -> Vec<Line> {
    let line = |(name, jitter): (&'static str, Option<Jitter>)| {
        let point = |clients| {
            let runs = (0..RUNS).map(|seed| contend(clients, jitter, seed));
            let (calls, seconds) = runs.fold((0.0, 0.0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
            (clients, calls / RUNS as f64, seconds / RUNS as f64)
        };
        Line { name, points: CLIENTS.into_iter().map(point).collect() }
    };
    WAYS.into_iter().map(line).collect()
}

/// How many attempts all made, and how many seconds it took until the last had succeeded.
fn contend(clients: usize, jitter: Option<Jitter>, seed: u64) -> (f64, f64) {
    let (version, calls, dice) = (Cell::new(0_u32), Cell::new(0_u32), RefCell::new(Dice(seed)));
    let message = || sleep(Duration::from_secs_f64(dice.borrow_mut().normal(10.0, 2.0).max(0.0) / 1e3));
    let attempt = || async {
        calls.set(calls.get() + 1);
        message().await;
        let read = version.get();
        message().await;
        message().await;
        let written = version.get() == read;
        if written {
            version.set(read + 1);
        }
        message().await;
        written.then_some(()).ok_or(())
    };
    let client = |number| {
        let seed = seed << 32 | number;
        async move {
            let result = match jitter {
                None => retry(attempt).policy(Policy::of(Constant::new(Duration::ZERO)).max_attempts(u32::MAX)).await,
                Some(jitter) => {
                    let backoff = Exponential::new(Duration::from_millis(5), 2.0).with_max(Duration::from_secs(2));
                    retry(attempt).policy(Policy::of(backoff).max_attempts(u32::MAX).jitter(jitter).seed(seed)).await
                }
            };
            assert!(result.is_ok(), "it goes on until it succeeds");
        }
    };
    let took = Std.block_on(VirtualClock::new().scope(async {
        let start = Instant::now();
        join_all((0..clients as u64).map(client)).await;
        start.elapsed()
    }));
    (f64::from(calls.get()), took.as_secs_f64())
}

pub(super) fn print(lines: &[Line]) {
    println!("| clients | {} |", lines.iter().map(|line| line.name).collect::<Vec<_>>().join(" | "));
    println!("|--:|{}", "--:|".repeat(lines.len()));
    for (n, clients) in CLIENTS.iter().enumerate() {
        let cells = lines.iter().map(|line| {
            let (_, calls, seconds) = line.points[n];
            format!("{calls:.0} in {seconds:.1} s")
        });
        println!("| {clients} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

pub(super) fn draw(folder: &str, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let of = |what: fn(&(usize, f64, f64)) -> f64| -> Vec<_> {
        let points = |line: &Line| line.points.iter().map(|point| (point.0 as f64, what(point))).collect::<Vec<_>>();
        lines.iter().map(|line| (line.name, points(line))).collect()
    };
    let (calls, seconds) = (of(|point| point.1), of(|point| point.2));
    plot::draw(
        &format!("{folder}/contention-calls.svg"),
        "attempts until all have succeeded",
        ("clients", ""),
        &calls,
    )?;
    plot::draw(&format!("{folder}/contention-time.svg"), "seconds until all have succeeded", ("clients", "s"), &seconds)
}
