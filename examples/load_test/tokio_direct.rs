//! The same load written on tokio's own primitives and nothing of ours: `tokio::spawn`, its `Semaphore`, `timeout`,
//! `interval`, `select!`, and a retry loop by hand. It shares the books, the HTTP exchange and the target with `load.rs`,
//! so that what differs is what is measured: `--runtime tokio,tokio-direct`.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::args::Args;
use crate::client::Connection;
use crate::failure::Failure;
use crate::load::{BACKOFF, Load, PATIENCE};
use crate::progress::Progress;
use crate::report::{Ending, Report};
use crate::support::{Choice, CtrlC, TokioStream};
use crate::tally::{Answer, Tally};
use crate::target::Target;

/// Runs the load on tokio, current-thread or multi-thread as `choice` says.
///
/// # Errors
///
/// Those of starting tokio, and `InvalidInput` without `--url`, or with `--hedge`: the built-in server is not part of the
/// comparison, and tokio has no hedges. Nor has it a budget, which a server that answers does not exhaust.
pub fn run(choice: Choice, load: Load<'_>) -> io::Result<Report> {
    let Load { args, ctrl_c, name } = load;
    let Some(target) = args.url.clone() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`--runtime {name}` needs a --url")));
    };
    if args.hedge.is_some() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`--runtime {name}` cannot --hedge")));
    }
    let mut builder = match choice {
        Choice::TokioMt => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build()?;
    let tally = Arc::new(Tally::default());
    let progress = Progress::new(&name, args);
    let begun = Instant::now();
    let ending = runtime.block_on(async {
        tokio::select! {
            ending = hammer(args, ctrl_c, target, &tally) => ending,
            never = show(&progress, &tally) => match never {},
        }
    });
    let elapsed = begun.elapsed();
    progress.clear();
    let counts = tally.lock().clone();
    Ok(Report { name, ending, elapsed, counts })
}

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

async fn hammer(args: &Args, ctrl_c: &CtrlC, target: Target, tally: &Arc<Tally>) -> Ending {
    let mut in_flight = Vec::new();
    let client = Arc::new(Client { target, idle: Mutex::default() });
    let mut ending = tokio::select! {
        () = feed(args, &client, tally, &mut in_flight) => Ending::Complete,
        () = time_is_up(args.duration) => Ending::TimeUp,
        () = ctrl_c.pressed() => Ending::Interrupted,
    };
    if ending == Ending::Complete {
        tokio::select! {
            () = settle(&mut in_flight) => {}
            () = ctrl_c.pressed() => ending = Ending::Interrupted,
        }
    }
    tokio::select! {
        _ = timeout(args.drain, settle(&mut in_flight)) => {}
        () = ctrl_c.pressed() => {}
    }
    in_flight.iter().for_each(JoinHandle::abort);
    settle(&mut in_flight).await;
    ending
}

async fn feed(args: &Args, client: &Arc<Client>, tally: &Arc<Tally>, in_flight: &mut Vec<JoinHandle<()>>) {
    let permits = Arc::new(Semaphore::new(args.concurrency as usize));
    let mut pace = args.pace().map(interval);
    for number in 0..args.limit() {
        let due = match &mut pace {
            Some(pace) => Some(pace.tick().await),
            None => None,
        };
        let permit = Arc::clone(&permits).acquire_owned().await.expect("nobody closes the semaphore");
        let due = due.unwrap_or_else(Instant::now);
        tally.start();
        let (client, tally) = (Arc::clone(client), Arc::clone(tally));
        let (limit, retries, rng) = (args.timeout, args.retries, Rng::with_seed(args.seed.wrapping_add(number)));
        let task = tokio::spawn(async move {
            let result = request(&client, &tally, limit, retries, rng).await;
            tally.finish(&result, due.elapsed());
            drop(permit);
        });
        if in_flight.len() >= 2 * args.concurrency as usize {
            in_flight.retain(|task| !task.is_finished());
        }
        in_flight.push(task);
    }
}

async fn request(
    client: &Client,
    tally: &Tally,
    limit: Duration,
    mut retries: u32,
    mut rng: Rng,
) -> Result<Answer, Failure> {
    let mut backoff = BACKOFF.0;
    loop {
        let result = timeout(limit, client.get()).await.unwrap_or(Err(Failure::Timeout));
        tally.attempt(&result);
        match result {
            Err(failure) if retries > 0 && failure.is_transient() => {
                tally.retry();
                let delay = failure.retry_after().map(|after| after.min(PATIENCE));
                sleep(delay.unwrap_or_else(|| backoff.mul_f64(rng.f64()))).await;
                retries -= 1;
                backoff = (backoff * 2).min(BACKOFF.1);
            }
            result => return result,
        }
    }
}

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

async fn time_is_up(duration: Option<Duration>) {
    match duration {
        Some(duration) => sleep(duration).await,
        None => pending().await,
    }
}

/// The client of `client.rs`, with `select!` in place of our race.
struct Client {
    target: Target,
    idle: Mutex<Vec<Connection<TokioStream>>>,
}

impl Client {
    async fn get(&self) -> Result<Answer, Failure> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let (mut connection, fresh) = match idle {
                Some(connection) => (connection, false),
                None => (self.connect().await?, true),
            };
            let (exchange, drive) = connection.halves(&self.target);
            let exchanged = tokio::select! {
                biased;
                exchanged = exchange => exchanged,
                exchanged = drive => exchanged,
            };
            match exchanged {
                Err(error) if !fresh && error.is_canceled() => {}
                Err(error) => return Err(error.into()),
                Ok(result) => {
                    if connection.is_open() {
                        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                    }
                    return result;
                }
            }
        }
    }

    async fn connect(&self) -> Result<Connection<TokioStream>, Failure> {
        let mut refused = io::ErrorKind::AddrNotAvailable.into();
        for &address in &self.target.addresses {
            match TokioStream::connect(address).await {
                Ok(stream) => return Connection::new(stream).await,
                Err(error) => refused = error,
            }
        }
        Err(Failure::to_connect(&refused))
    }
}
