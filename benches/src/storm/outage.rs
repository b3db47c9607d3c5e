//! Ten thousand clients whose server is down for a minute.
//!
//! Each client calls every ten seconds, at a phase of its own, which makes a thousand calls a second; a call takes 20 ms. After
//! half a minute the server goes down, and everybody notices at once, because connections break: every client calls anew.
//! For a minute every call fails, after a second. Then the server is there again, and bears three thousand calls a second; what
//! is above that fails as before. A call is tried eleven times at most, with delays from 100 ms that double up to 20 s.

use std::cell::{Cell, RefCell};
use std::error::Error;

use anywhen::future::join_all;
use anywhen::retry::{
    Budget, CallError, CircuitBreaker, Exponential, HedgePolicy, Jitter, Pipeline, Policy, hedge, retry,
};
use anywhen::rt::Std;
use anywhen::time::{Duration, Instant, VirtualClock, sleep, sleep_until};

use super::{Dice, plot};

const CLIENTS: u64 = 10_000;
const EVERY: Duration = Duration::from_secs(10);
const DOWN: Duration = Duration::from_secs(30);
const UP: Duration = Duration::from_secs(90);
const END: Duration = Duration::from_secs(180);
/// Calls that the server bears in a tenth of a second.
const MOST: u32 = 300;
const TENTH: Duration = Duration::from_millis(100);

/// What clients do about failures.
#[derive(Clone, Copy)]
enum Way {
    GiveUp,
    Retry(Jitter),
    Budget,
    Breaker,
    Hedge,
    HedgeOnBudget,
    All,
}

const WAYS: [(&str, Way); 10] = [
    ("no retries", Way::GiveUp),
    ("no jitter", Way::Retry(Jitter::None)),
    ("equal jitter", Way::Retry(Jitter::Equal)),
    ("full jitter", Way::Retry(Jitter::Full)),
    ("decorrelated jitter", Way::Retry(Jitter::Decorrelated)),
    ("full jitter, budget", Way::Budget),
    ("full jitter, breaker", Way::Breaker),
    ("full jitter, hedged", Way::Hedge),
    ("full jitter, hedged, hedges on a budget", Way::HedgeOnBudget),
    ("full jitter, breaker, hedged, all on a budget", Way::All),
];

/// What a run was like.
pub(super) struct Course {
    name: &'static str,
    /// Calls that arrived at the server in each second.
    load: Vec<u32>,
    /// Of those that clients made, retries and hedges not counted, how many there were and how many failed in the end.
    made: u32,
    failed: u32,
    /// How long after the end of the outage 99 in a hundred clients had succeeded once.
    recovered: Option<Duration>,
}

/// The server, and what is noted of it.
struct World {
    start: Instant,
    load: RefCell<Vec<u32>>,
    /// The present tenth of a second, and how many calls it has seen.
    window: Cell<(u64, u32)>,
    made: Cell<u32>,
    failed: Cell<u32>,
    /// When each client has succeeded for the first time since the end of the outage.
    back: RefCell<Vec<Duration>>,
}

type Failure = CallError<()>;

impl World {
    /// One call, as the server sees it.
    async fn serve(&self) -> Result<(), Failure> {
        let now = self.start.elapsed();
        self.load.borrow_mut()[now.as_secs() as usize] += 1;
        let tenth = (now.as_nanos() / TENTH.as_nanos()) as u64;
        let (last, seen) = self.window.get();
        let seen = if last == tenth { seen + 1 } else { 1 };
        self.window.set((tenth, seen));
        if (DOWN..UP).contains(&now) || seen > MOST {
            sleep(Duration::from_secs(1)).await;
            return Err(CallError::Failed(()));
        }
        sleep(Duration::from_millis(20)).await;
        Ok(())
    }

    /// One client, to the end.
    async fn client(&self, way: Way, number: u64) {
        let mut dice = Dice(number);
        let own = Own::new();
        let mut next = EVERY.mul_f64(dice.share());
        let mut notices = true;
        let mut is_back = false;
        loop {
            let at = if notices { next.min(DOWN) } else { next };
            notices = at < DOWN;
            if at >= END {
                return;
            }
            sleep_until(self.start + at).await;
            self.made.set(self.made.get() + 1);
            // The end of the run is the end of a call, too, which is then neither a success nor a failure.
            let call = own.call(self, way, number << 16 | at.as_millis() as u64);
            let Ok(result) = anywhen::time::timeout_at(self.start + (END - TENTH), call).await else { return };
            let now = self.start.elapsed();
            if result.is_err() {
                self.failed.set(self.failed.get() + 1);
            } else if now >= UP && !is_back {
                is_back = true;
                self.back.borrow_mut().push(now - UP);
            }
            while next <= now {
                next += EVERY;
            }
        }
    }
}

/// What a client has of its own, as a process has.
struct Own {
    budget: Budget,
    breaker: CircuitBreaker,
}

impl Own {
    fn new() -> Self {
        Self {
            // A retry for five calls, and one in twenty seconds at least.
            budget: Budget::new(0.2).with_floor(0.05).with_capacity(3),
            breaker: CircuitBreaker::new().consecutive_failures(3).open_for(Duration::from_secs(5)),
        }
    }

    /// A call, with all that the client does to have it succeed.
    async fn call(&self, world: &World, way: Way, seed: u64) -> Result<(), Failure> {
        let attempt = || world.serve();
        let policy = |jitter| {
            let backoff = Exponential::new(TENTH, 2.0).with_max(Duration::from_secs(20));
            Policy::of(backoff).max_retries(10).jitter(jitter).seed(seed)
        };
        let hedging = HedgePolicy::new().after(TENTH);
        match way {
            Way::GiveUp => attempt().await,
            Way::Retry(jitter) => retry(attempt).policy(policy(jitter)).await,
            Way::Budget => retry(attempt).policy(policy(Jitter::Full)).budget(&self.budget).await,
            Way::Breaker => Pipeline::new().retry(policy(Jitter::Full)).gate(&self.breaker).call(attempt).await,
            Way::Hedge => retry(|| hedge(attempt).policy(hedging).when(|_| false)).policy(policy(Jitter::Full)).await,
            Way::HedgeOnBudget => {
                let hedged = || hedge(attempt).policy(hedging).when(|_| false).budget(&self.budget);
                retry(hedged).policy(policy(Jitter::Full)).await
            }
            Way::All => {
                let hedged = || hedge(attempt).policy(hedging).when(|_| false).budget(&self.budget);
                let gated = || self.breaker.call(hedged());
                retry(gated).policy(policy(Jitter::Full)).budget(&self.budget).await
            }
        }
    }
}

pub(super) fn measure() -> Vec<Course> {
    let course = |(name, way)| {
        eprintln!("{name}");
        Std.block_on(VirtualClock::new().scope(async {
            let world = World {
                start: Instant::now(),
                load: RefCell::new(vec![0; END.as_secs() as usize]),
                window: Cell::new((0, 0)),
                made: Cell::new(0),
                failed: Cell::new(0),
                back: RefCell::default(),
            };
            join_all((0..CLIENTS).map(|number| world.client(way, number))).await;
            let mut back = world.back.into_inner();
            back.sort_unstable();
            let recovered = back.get(CLIENTS as usize * 99 / 100 - 1).copied();
            Course {
                name,
                load: world.load.into_inner(),
                made: world.made.get(),
                failed: world.failed.get(),
                recovered,
            }
        }))
    };
    WAYS.into_iter().map(course).collect()
}

impl Course {
    fn most(&self, from: Duration, to: Duration) -> u32 {
        self.load[from.as_secs() as usize..to.as_secs() as usize].iter().copied().max().unwrap_or(0)
    }
}

pub(super) fn print(courses: &[Course]) {
    println!("| | calls in all | peak when it is up again | failed in the end | 99 % are back after |");
    println!("|---|--:|--:|--:|--:|");
    for course in courses {
        let Course { name, load, made, failed, recovered } = course;
        let total: u32 = load.iter().sum();
        let back = recovered.map_or("not by the end".to_owned(), |after| format!("{:.1} s", after.as_secs_f64()));
        let failed = 100.0 * f64::from(*failed) / f64::from(*made);
        println!("| {name} | {total} | {}/s | {failed:.1} % | {back} |", course.most(UP, END));
    }
}

pub(super) fn draw(folder: &str, courses: &[Course]) -> Result<(), Box<dyn Error>> {
    let lines = |courses: &[Course]| -> Vec<(&'static str, Vec<(f64, f64)>)> {
        let points = |course: &Course| {
            let load = course.load.iter().enumerate();
            load.map(|(second, calls)| (second as f64, f64::from(*calls).max(1.0))).collect::<Vec<_>>()
        };
        courses.iter().map(|course| (course.name, points(course))).collect()
    };
    let axes = ("s", "calls a second");
    let (jitters, others) = courses.split_at(5);
    let jittered = &courses[3..4];
    plot::draw(
        &format!("{folder}/outage-jitter.svg"),
        "load of a server that is down from 30 s to 90 s",
        axes,
        &lines(jitters),
    )?;
    let others = [lines(jittered), lines(others)].concat();
    plot::draw(&format!("{folder}/outage-limits.svg"), "the same, with what limits it", axes, &others)
}
