//! The command line: what may be asked for, and what is refused at once, with one clear line.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::Parser;

use crate::duration;
use crate::runs::Runs;
use crate::target::Target;

/// Hammers an HTTP/1.1 endpoint with GET requests, and reports what came of every one of them.
///
/// Without --url it starts a small flaky server of its own, so that there is something to see.
#[derive(Debug, Parser)]
#[command(
    name = "load_test",
    allow_negative_numbers = true,
    after_help = "Durations are numbers with a unit: 250ms, 2s, 1.5m.\n\
                  Exit code: 0 after a run (also one cut short by Ctrl-C), 1 if not one request succeeded, 2 for bad \
                  arguments.\n\
                  A request succeeds when its response arrives whole, with a status below 400. Statuses 408, 429, 500, \
                  502, 503, 504 and failures of the connection are retried; Retry-After is respected.\n\
                  Latency is that of a request that succeeded, its retries included; with --rate it counts from the \
                  moment the request was due."
)]
pub struct Args {
    /// The server, as http://host[:port][/path]; the built-in flaky one if not given
    #[arg(long, value_parser = Target::from_str)]
    pub url: Option<Target>,

    /// How many requests [default: 100; unlimited with --duration]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: Option<u64>,

    /// How many of them at a time, at most
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub concurrency: u32,

    /// How long one attempt may take
    #[arg(long, default_value = "1s", value_parser = duration::positive, allow_hyphen_values = true)]
    pub timeout: Duration,

    /// How often a failed request is tried again
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub retries: u32,

    /// Ask once more, beside the first, whenever an attempt fails or takes longer than this percentile of those so far
    #[arg(long, value_name = "PERCENTILE", value_parser = percentile)]
    pub hedge: Option<f64>,

    /// Retries and hedges for each request, of all requests together, besides the 100 to begin with
    #[arg(long, value_name = "RATIO", default_value_t = 0.2, value_parser = ratio)]
    pub budget: f64,

    /// Requests per second, at most [default: as fast as they go]
    #[arg(long, value_parser = rate)]
    pub rate: Option<f64>,

    /// Stop starting requests after this long
    #[arg(long, value_parser = duration::positive, allow_hyphen_values = true)]
    pub duration: Option<Duration>,

    /// After --duration or Ctrl-C, how long requests in flight may still take
    #[arg(long, default_value = "5s", value_parser = duration::any, allow_hyphen_values = true)]
    pub drain: Duration,

    /// What the built-in server's moods and the retries' jitter are drawn from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Write the figures as JSON to this file; `-` is standard output, the summary then goes to standard error
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Draw a histogram of the latencies into this file
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    /// std, tokio, tokio-mt, smol or async-std; `all` for each that is compiled in; or several, with commas
    #[arg(long, value_name = "NAME", default_value = "std", value_parser = Runs::from_str)]
    pub runtime: Runs,
}

impl Args {
    /// Parses the command line.
    ///
    /// # Errors
    ///
    /// clap's own, of which `--help` is one.
    pub fn from_command_line() -> Result<Self, clap::Error> {
        Self::try_parse()
    }

    /// How many requests there may be.
    pub fn limit(&self) -> u64 {
        match (self.requests, self.duration) {
            (Some(requests), _) => requests,
            (None, Some(_)) => u64::MAX,
            (None, None) => 100,
        }
    }

    /// The time between two requests, if they are paced.
    pub fn pace(&self) -> Option<Duration> {
        self.rate.map(|rate| Duration::from_secs_f64(1.0 / rate))
    }

    /// Makes the files that results go to, so that a path that cannot be written is refused before the work is done.
    ///
    /// # Errors
    ///
    /// A line that names the path.
    pub fn create_files(&self) -> Result<(), String> {
        let json = self.json.as_deref().filter(|path| *path != Path::new("-"));
        for path in [json, self.plot.as_deref()].into_iter().flatten() {
            File::create(path).map_err(|error: io::Error| format!("cannot write {}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// Requests per second: the pace must come out as a whole number of nanoseconds, and not for ever.
fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1e-6..=1e9).contains(&rate) { Ok(rate) } else { Err("a rate lies between 0.000001 and 1000000000".to_owned()) }
}

/// A percentile that some attempts are above of, and most are not.
fn percentile(text: &str) -> Result<f64, String> {
    let percentile: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (50.0..100.0).contains(&percentile) {
        Ok(percentile)
    } else {
        Err("a percentile to hedge at is from 50 to below 100".to_owned())
    }
}

/// What a budget can be made of.
fn ratio(text: &str) -> Result<f64, String> {
    let ratio: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1000.0).contains(&ratio) { Ok(ratio) } else { Err("a budget lies between 0 and 1000".to_owned()) }
}
