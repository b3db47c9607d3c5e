//! One process of two threads that fight.

use core::fmt;
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anywhen::future::yield_now;

use crate::harness::Aligned;

/// What polls the two tasks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    /// The two workers of a tokio runtime.
    Tokio,
    /// Two threads, each with a `block_on` around its task: futures-lite's.
    Threads,
}

impl On {
    pub(crate) const ALL: [Self; 2] = [Self::Tokio, Self::Threads];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tokio => "tokio",
            Self::Threads => "threads",
        }
    }

    pub(crate) fn tasks(self) -> &'static str {
        match self {
            Self::Tokio => "tasks on two workers of tokio",
            Self::Threads => "threads that block on a task each",
        }
    }

    /// Runs two futures, and `meanwhile` on this thread.
    fn run<F: Future<Output = ()> + Send + 'static>(self, futures: [F; 2], meanwhile: impl FnOnce()) {
        match self {
            Self::Tokio => {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
                let tasks = futures.map(|future| runtime.spawn(future));
                meanwhile();
                for task in tasks {
                    runtime.block_on(task).unwrap();
                }
            }
            Self::Threads => {
                let threads = futures.map(|future| thread::spawn(|| futures_lite::future::block_on(future)));
                meanwhile();
                for thread in threads {
                    thread.join().unwrap();
                }
            }
        }
    }
}

/// What the two tasks share beside the lock.
#[derive(Debug)]
pub(crate) struct Trial {
    /// How many rounds of the loop in [`section`](Self::section) fill it.
    rounds: u64,
    begun: AtomicUsize,
    over: AtomicBool,
    locks: [Aligned<AtomicU64>; 2],
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// How often each of the two has had the lock.
    locks: [u64; 2],
    /// How long it took.
    nanos: u64,
    /// What of the processors' time its threads had.
    cpu_nanos: u64,
    /// How often the kernel took a processor from them, of its own accord or theirs.
    switches: u64,
}

impl Trial {
    /// Has two tasks fight for so long, with so much to do while they have the lock.
    pub(crate) fn run<F>(on: On, section: u64, millis: u64, task: impl Fn(Arc<Self>, usize) -> F) -> Outcome
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let rounds = (section as f64 / nanos_per_round()).round() as u64;
        let trial = Arc::new(Self {
            rounds,
            begun: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            locks: [0, 0].map(|none| Aligned(none.into())),
        });
        let mut outcome = None;
        on.run([0, 1].map(|number| task(trial.clone(), number)), || {
            while trial.begun.load(Ordering::Relaxed) < 2 {
                thread::sleep(Duration::from_millis(1));
            }
            let (used, locks, began) = (Used::so_far(), trial.locks(), Instant::now());
            thread::sleep(Duration::from_millis(millis));
            let (nanos, later, used_later) = (began.elapsed().as_nanos() as u64, trial.locks(), Used::so_far());
            outcome = Some(Outcome {
                locks: [later[0] - locks[0], later[1] - locks[1]],
                nanos,
                cpu_nanos: used_later.cpu_nanos - used.cpu_nanos,
                switches: used_later.switches - used.switches,
            });
            trial.over.store(true, Ordering::Relaxed);
        });
        outcome.expect("it has been looked at")
    }

    /// Called by each task, once. The two give way to each other until both are there: a worker that has taken both would else
    /// go on with the one, and never come to the other.
    pub(crate) async fn begins(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        while self.begun.load(Ordering::Relaxed) < 2 {
            yield_now().await;
        }
    }

    /// Whether the task is to go on; called before each lock.
    pub(crate) fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    /// What there is to do under the lock.
    pub(crate) fn section(&self) {
        spin(self.rounds);
    }

    /// That task has had the lock so many times more.
    pub(crate) fn had_lock(&self, task: usize, times: u64) {
        let own = &self.locks[task].0;
        own.store(own.load(Ordering::Relaxed) + times, Ordering::Relaxed);
    }

    fn locks(&self) -> [u64; 2] {
        [0, 1].map(|task: usize| self.locks[task].0.load(Ordering::Relaxed))
    }
}

impl Outcome {
    pub(crate) fn nanos(&self) -> f64 {
        self.per_lock(self.nanos)
    }

    pub(crate) fn cpu_nanos(&self) -> f64 {
        self.per_lock(self.cpu_nanos)
    }

    pub(crate) fn switches(&self) -> f64 {
        self.per_lock(self.switches)
    }

    fn per_lock(&self, sum: u64) -> f64 {
        sum as f64 / self.locks.iter().sum::<u64>() as f64
    }

    /// How often the one had the lock that had it more often, by how often the other had.
    pub(crate) fn spread(&self) -> f64 {
        let [one, other] = self.locks;
        one.max(other) as f64 / one.min(other) as f64
    }

    /// The contrary of `Display`.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let numbers: Vec<u64> = line.split_whitespace().map_while(|number| number.parse().ok()).collect();
        let [one, other, nanos, cpu_nanos, switches] = numbers[..] else { return None };
        Some(Self { locks: [one, other], nanos, cpu_nanos, switches })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.locks;
        write!(f, "{one} {other} {} {} {}", self.nanos, self.cpu_nanos, self.switches)
    }
}

#[inline(always)]
fn spin(rounds: u64) {
    for round in 0..rounds {
        black_box(round);
    }
}

/// The least of many measurements: those are longer in which somebody else had the processor.
fn nanos_per_round() -> f64 {
    const ROUNDS: u64 = 20_000;
    let took = (0..50).map(|_| {
        let began = Instant::now();
        spin(black_box(ROUNDS));
        began.elapsed().as_nanos() as f64 / ROUNDS as f64
    });
    took.fold(f64::INFINITY, f64::min)
}

/// What all threads of this process have used so far; nothing where there is no Linux to say so.
#[derive(Default)]
struct Used {
    cpu_nanos: u64,
    switches: u64,
}

impl Used {
    fn so_far() -> Self {
        let mut used = Self::default();
        for thread in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let read = |file| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
            let number = |text: &str| text.trim().parse::<u64>().unwrap_or(0);
            // On a processor, waiting for one, and how often.
            used.cpu_nanos += read("schedstat").split(' ').next().map_or(0, number);
            let status = read("status");
            let counts = status.lines().filter_map(|line| line.split_once("ctxt_switches:"));
            used.switches += counts.map(|(_, count)| number(count)).sum::<u64>();
        }
        used
    }
}
