//! Hammer an HTTP/1.1 endpoint, on any runtime.
//!
//! ```sh
//! cargo run --release --example load_test                     # against a flaky server of its own
//! cargo run --release --example load_test -- --url http://localhost:8080/ --requests 20000 --concurrency 64
//! cargo run --release --features tokio,smol,async-std --example load_test -- --runtime all --plot latency.svg
//! ```
//!
//! The body is in `load.rs`; it names no runtime. `tokio_direct.rs` is the same loop with tokio's own primitives, for
//! comparison: `--runtime tokio,tokio-direct`.

#![allow(unreachable_pub, reason = "a program exports nothing; `pub` here means public to its other modules")]

#[path = "../support/mod.rs"]
mod support;

mod args;
mod client;
mod duration;
mod failure;
mod load;
mod plot;
mod progress;
mod report;
mod runs;
mod server;
mod tally;
mod target;
#[cfg(feature = "tokio")]
mod tokio_direct;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use args::Args;
use load::Load;
use report::{Ending, Report};
use runs::Run;
use support::CtrlC;

fn main() -> ExitCode {
    let args = match Args::from_command_line() {
        Ok(args) => args,
        // `--help` and `--version`.
        Err(error) if !error.use_stderr() => error.exit(),
        // The first line says what is wrong; the rest is advice.
        Err(error) => return refuse(error.to_string().lines().next().unwrap_or("error: bad arguments")),
    };
    if let Err(line) = args.create_files() {
        return refuse(&format!("error: {line}"));
    }
    match perform(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever read our output has gone; there is nobody left to tell.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("error: {error}")),
    }
}

fn refuse(line: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{line}");
    ExitCode::from(2)
}

/// Makes the runs one after another and reports them; whether they may be called a success.
fn perform(args: &Args) -> io::Result<bool> {
    let ctrl_c = CtrlC::new()?;
    let mut reports: Vec<Report> = Vec::new();
    for &run in &args.runtime.0 {
        let load = Load { args, ctrl_c: &ctrl_c, name: run.to_string() };
        let report = match run {
            Run::On(choice) => choice.run(load)??,
            #[cfg(feature = "tokio")]
            Run::Direct(choice) => tokio_direct::run(choice, load)?,
        };
        let interrupted = report.ending == Ending::Interrupted;
        reports.push(report);
        if interrupted {
            break;
        }
    }
    publish(args, &reports)?;
    let interrupted = reports.last().is_some_and(|report| report.ending == Ending::Interrupted);
    Ok(interrupted || reports.iter().all(|report| report.counts.succeeded > 0))
}

/// The summary, and the files that were asked for.
fn publish(args: &Args, reports: &[Report]) -> io::Result<()> {
    let target = args.url.as_ref().map_or("the built-in flaky server".to_owned(), ToString::to_string);
    let summary = format!(
        "{target}, {} at a time, timeout {}, {} retries\n\n{}",
        args.concurrency,
        duration::show(args.timeout),
        args.retries,
        report::table(reports),
    );
    let runs: Vec<_> = reports.iter().map(Report::to_json).collect();
    let json = json!({ "target": target, "concurrency": args.concurrency, "retries": args.retries, "runs": runs });
    match &args.json {
        Some(path) if path == Path::new("-") => {
            write!(io::stderr(), "{summary}")?;
            writeln!(io::stdout(), "{json:#}")?;
        }
        other => {
            write!(io::stdout(), "{summary}")?;
            if let Some(path) = other {
                std::fs::write(path, format!("{json:#}\n"))?;
            }
        }
    }
    match &args.plot {
        Some(path) => plot::draw(path, reports),
        None => Ok(()),
    }
}
