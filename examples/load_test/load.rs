//! The load itself, on any runtime: one task a request, no more of them at a time than the semaphore has permits, each
//! retried by a policy and hedged if it is slow, as far as the budget of all of them goes, each attempt under a timeout;
//! all of it ends when the requests, the time or the user's patience do.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anywhen::future::{Either, Either3};
use anywhen::prelude::*;
use anywhen::retry::{Budget, Exponential, HedgeCounters, HedgePolicy, Latencies, hedge, retry};
use anywhen::rt::Runtime;
use anywhen::sync::Semaphore;
use anywhen::task::{self, JoinHandle};
use anywhen::time::{Instant, interval, sleep, timeout};

use crate::args::Args;
use crate::client::Client;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::report::{Ending, Report};
use crate::server::FlakyServer;
use crate::support::{CtrlC, Net, Program};
use crate::tally::Tally;
use crate::target::Target;

/// The first backoff and the longest one; a load test is over soon, so both are short.
pub const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// The longest Retry-After that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// One pass of the load.
pub struct Load<'a> {
    pub args: &'a Args,
    pub ctrl_c: &'a CtrlC,
    /// What the report calls it.
    pub name: String,
}

impl Program for Load<'_> {
    type Output = io::Result<Report>;

    async fn run<R: Runtime + Net>(self, rt: R) -> io::Result<Report> {
        let Self { args, ctrl_c, name } = self;
        let (server, target) = match &args.url {
            Some(target) => (None, target.clone()),
            None => {
                let server = FlakyServer::start(&rt, args.seed)?;
                let target = Target::embedded(server.address);
                (Some(server), target)
            }
        };
        let means = Arc::new(Means::new(rt.clone(), target, args.budget));
        let progress = Progress::new(&name, args);
        let begun = Instant::now();
        let hammer = hammer(&rt, args, ctrl_c, &means);
        let ending = match (hammer, show(&progress, &means.tally)).select().await {
            Either::Left(ending) => ending,
            Either::Right(never) => match never {},
        };
        let elapsed = Instant::now() - begun;
        progress.clear();
        drop(server);
        let mut counts = means.tally.lock().clone();
        counts.hedges = means.hedges.started() as u64;
        counts.hedges_won = means.hedges.won() as u64;
        Ok(Report { name, ending, elapsed, counts })
    }
}

/// What all requests of a run share.
struct Means<R: Net> {
    client: Client<R>,
    tally: Tally,
    /// What retries and hedges may come to.
    budget: Budget,
    /// How long attempts take.
    latencies: Latencies,
    hedges: HedgeCounters,
}

impl<R: Net> Means<R> {
    fn new(net: R, target: Target, budget: f64) -> Self {
        Self {
            client: Client::new(net, target),
            tally: Tally::default(),
            budget: Budget::new(budget),
            latencies: Latencies::new(),
            hedges: HedgeCounters::new(),
        }
    }
}

/// Keeps the bar up to date; never ends by itself.
async fn show(progress: &Progress, tally: &Tally) -> Infallible {
    if progress.is_hidden() {
        return pending().await;
    }
    let mut ticks = interval(Progress::PERIOD);
    loop {
        ticks.tick().await;
        progress.update(&tally.lock());
    }
}

/// Everything from the first request to the last.
async fn hammer<R: Runtime + Net>(rt: &R, args: &Args, ctrl_c: &CtrlC, means: &Arc<Means<R>>) -> Ending {
    let mut in_flight = Vec::new();
    let feed = feed(rt, args, means, &mut in_flight);
    let mut ending = match (feed, time_is_up(args.duration), ctrl_c.pressed()).select().await {
        Either3::First(()) => Ending::Complete,
        Either3::Second(()) => Ending::TimeUp,
        Either3::Third(()) => Ending::Interrupted,
    };
    // All are started: they take as long as they take, unless the user loses patience.
    if ending == Ending::Complete {
        if let Either::Right(()) = (settle(&mut in_flight), ctrl_c.pressed()).select().await {
            ending = Ending::Interrupted;
        }
    }
    // What was in flight when the end came has until the deadline, or until Ctrl-C is pressed again.
    let _ = (timeout(args.drain, settle(&mut in_flight)), ctrl_c.pressed()).select().await;
    in_flight.iter().for_each(JoinHandle::abort);
    settle(&mut in_flight).await;
    ending
}

/// Starts the requests, each as a task, as fast as permits and pace allow.
async fn feed<R: Runtime + Net>(rt: &R, args: &Args, means: &Arc<Means<R>>, in_flight: &mut Vec<JoinHandle<()>>) {
    let permits = Arc::new(Semaphore::new(args.concurrency as usize));
    let mut pace = args.pace().map(interval);
    for number in 0..args.limit() {
        let due = match &mut pace {
            Some(pace) => Some(pace.tick().await),
            None => None,
        };
        let permit = Arc::clone(&permits).acquire_owned().await.expect("nobody closes the semaphore");
        // Nothing below awaits, so when the feed is dropped, what was started is on the list.
        let due = due.unwrap_or_else(Instant::now);
        means.tally.start();
        let request = request(number, due, args, Arc::clone(means));
        let task = task::spawn_on(rt, async move {
            request.await;
            drop(permit);
        });
        if in_flight.len() >= 2 * args.concurrency as usize {
            in_flight.retain(|task| !task.is_finished());
        }
        in_flight.push(task);
    }
}

/// One request: attempts until one succeeds or the policy has had enough.
fn request<R: Runtime + Net>(
    number: u64,
    due: Instant,
    args: &Args,
    means: Arc<Means<R>>,
) -> impl Future<Output = ()> + Send + use<R> {
    let (limit, retries, seed) = (args.timeout, args.retries, args.seed.wrapping_add(number));
    let slow = args.hedge.map(|percentile| percentile / 100.0);
    async move {
        let Means { client, tally, budget, latencies, hedges } = &*means;
        let attempt = || async {
            let result = timeout(limit, client.get()).await.unwrap_or(Err(Failure::Timeout));
            tally.attempt(&result);
            result
        };
        let hedged = |slow| {
            let policy = HedgePolicy::new().after_percentile(latencies, slow).budget(budget).counters(hedges);
            hedge(attempt).policy(policy.when(Failure::is_transient))
        };
        let once = || async {
            match slow {
                Some(slow) => hedged(slow).await,
                None => attempt().await,
            }
        };
        let result = retry(once)
            .backoff(Exponential::new(BACKOFF.0, 2.0).with_max(BACKOFF.1))
            .max_retries(retries)
            .seed(seed)
            .when(Failure::is_transient)
            .delay_from_within(Duration::ZERO, PATIENCE, Failure::retry_after)
            .budget(budget)
            .on_retry(|_| tally.retry())
            .await;
        tally.finish(&result, Instant::now() - due);
    }
}

/// Waits for every task on the list and takes it off. Cancel safe: a task leaves the list only when it has ended.
async fn settle(in_flight: &mut Vec<JoinHandle<()>>) {
    while let Some(task) = in_flight.last_mut() {
        let ended = task.await;
        in_flight.pop();
        match ended {
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Ok(()) | Err(_) => {}
        }
    }
}

/// The end of `--duration`, if there is one.
async fn time_is_up(duration: Option<Duration>) {
    match duration {
        Some(duration) => sleep(duration).await,
        None => pending().await,
    }
}
