//! How late sleeps end, and what of the processors' time that takes.
//!
//! Each task does nothing but sleep. All of them are polled by the one thread that blocks on them, only those that were
//! woken, except where the runtime has workers of its own to spawn them on; so what differs is who drives the timers.

use core::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anywhen::time::{Clock, Timer};
use hdrhistogram::Histogram;
use rustix::time::{ClockId, clock_gettime};

use super::{Row, Table};

/// What the tasks do.
#[derive(Clone, Copy, Debug)]
struct Load {
    tasks: usize,
    /// How many sleeps each task does, one after another.
    sleeps: usize,
    shortest: Duration,
    longest: Duration,
}

const MANY: Load =
    Load { tasks: 10_000, sleeps: 1, shortest: Duration::from_millis(1), longest: Duration::from_millis(50) };
const SHORT: Load =
    Load { tasks: 100, sleeps: 100, shortest: Duration::from_micros(100), longest: Duration::from_micros(100) };
const ALONE: Load =
    Load { tasks: 1, sleeps: 1000, shortest: Duration::from_micros(100), longest: Duration::from_micros(100) };

const COLUMNS: &[&str] = &["median, µs", "99 %, µs", "most, µs", "CPU, ms"];

const NOTHING: &[f64] = &[];
const THREAD: &[f64] = &[120.0, f64::INFINITY, f64::INFINITY, 15.0];
const PARKED: &[f64] = &[40.0, f64::INFINITY, f64::INFINITY, 15.0];

pub(super) fn tables() -> Vec<Table> {
    let note = "`slack` is `Clock::with_slack` of so much.";
    let table = |name, load, goals: [_; 2], note| Table { name, columns: COLUMNS, rows: rows(load, goals), note };
    vec![
        table("lateness: 10,000 tasks, each a sleep of 1 to 50 ms", MANY, [PARKED, THREAD], note),
        table("lateness: 100 tasks, each 100 sleeps of 100 µs", SHORT, [NOTHING; 2], ""),
        table("lateness: one task, 1000 sleeps of 100 µs", ALONE, [NOTHING; 2], ""),
    ]
}

/// How late each sleep was, by number; the tasks of several threads write here.
#[derive(Debug)]
struct Log(Vec<AtomicU64>);

impl Load {
    /// How long the sleeps of each task are.
    fn durations(self) -> Vec<Vec<Duration>> {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut draw = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let range = (self.longest - self.shortest).as_nanos() as u64;
            self.shortest + Duration::from_nanos(random % (range + 1))
        };
        (0..self.tasks).map(|_| (0..self.sleeps).map(|_| draw()).collect()).collect()
    }

    /// Has `run` do it all, and says what the columns are.
    fn measure(self, run: impl FnOnce(Vec<Vec<Duration>>, &'static Log)) -> Vec<f64> {
        let log: &Log = Box::leak(Box::new(Log((0..self.tasks * self.sleeps).map(|_| AtomicU64::new(0)).collect())));
        let durations = self.durations();
        let used = cpu();
        run(durations, log);
        let used = cpu() - used;
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        for late in &log.0 {
            histogram.record(late.load(Ordering::Relaxed)).unwrap();
        }
        let micros = |nanos: u64| nanos as f64 / 1e3;
        vec![
            micros(histogram.value_at_quantile(0.5)),
            micros(histogram.value_at_quantile(0.99)),
            micros(histogram.max()),
            used.as_secs_f64() * 1e3,
        ]
    }
}

/// What all threads of this process have used so far, of the kernel's time too.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The tasks of a load, each a future.
macro_rules! tasks {
    ($durations:ident, $log:ident, |$d:ident| $sleep:expr) => {
        $durations.into_iter().enumerate().map(move |(task, own)| async move {
            let first = task * own.len();
            for (i, $d) in own.into_iter().enumerate() {
                let began = Instant::now();
                $sleep.await;
                let late = began.elapsed().checked_sub($d).expect("no timer is early");
                $log.0[first + i].store(late.as_nanos() as u64, Ordering::Relaxed);
            }
        })
    };
}

macro_rules! row {
    ($load:ident, $name:literal, |$d:ident| $sleep:expr, |$tasks:ident| $run:expr) => {
        Row {
            name: $name,
            ours: false,
            goal: NOTHING,
            run: Box::new(move || {
                $load.measure(|durations, log| {
                    let $tasks = tasks!(durations, log, |$d| $sleep);
                    $run;
                })
            }),
            counted: None,
        }
    };
}

fn ours(goal: &'static [f64], row: Row) -> Row {
    Row { ours: true, goal, ..row }
}

/// Those that a `block_on` polls by itself.
fn all<F: Future>(tasks: impl Iterator<Item = F>) -> impl Future {
    anywhen::future::join_all(tasks)
}

fn with_slack(slack: Duration, duration: Duration) -> anywhen::time::Sleep {
    Clock::system().with_slack(slack).sleep(duration)
}

fn rows(load: Load, [parked, thread]: [&'static [f64]; 2]) -> Vec<Row> {
    use anywhen::rt::Std;
    use anywhen::time::sleep;
    use futures_lite::future::block_on;

    const SOME: Duration = Duration::from_micros(200);
    const MUCH: Duration = Duration::from_millis(1);
    let current = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let multi = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    vec![
        ours(parked, row!(load, "anywhen, its own block_on", |d| sleep(d), |tasks| Std.block_on(all(tasks)))),
        ours(NOTHING, row!(load, "the same, slack 200 µs", |d| with_slack(SOME, d), |tasks| Std.block_on(all(tasks)))),
        ours(NOTHING, row!(load, "the same, slack 1 ms", |d| with_slack(MUCH, d), |tasks| Std.block_on(all(tasks)))),
        ours(thread, row!(load, "anywhen, futures-lite's block_on", |d| sleep(d), |tasks| block_on(all(tasks)))),
        ours(
            NOTHING,
            row!(load, "the same, slack 1 ms, thread", |d| with_slack(MUCH, d), |tasks| block_on(all(tasks))),
        ),
        ours(
            NOTHING,
            row!(load, "anywhen, tokio's current thread", |d| sleep(d), |tasks| current().block_on(all(tasks))),
        ),
        row!(load, "tokio, current thread", |d| tokio::time::sleep(d), |tasks| current().block_on(all(tasks))),
        row!(load, "tokio, two workers", |d| tokio::time::sleep(d), |tasks| {
            let runtime = multi();
            let tasks: Vec<_> = tasks.map(|task| runtime.spawn(task)).collect();
            for task in tasks {
                runtime.block_on(task).unwrap();
            }
        }),
        row!(load, "async-io, its own block_on", |d| async_io::Timer::after(d), |tasks| {
            async_io::block_on(all(tasks))
        }),
        row!(load, "async-io, futures-lite's block_on", |d| async_io::Timer::after(d), |tasks| block_on(all(tasks))),
        row!(load, "futures-timer", |d| futures_timer::Delay::new(d), |tasks| block_on(all(tasks))),
    ]
}
