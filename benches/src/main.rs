//! anywhen beside its peers: the same work, in one run.
//!
//! ```text
//! cargo run --profile bench -p anywhen-benches -- [--instructions] [--json] [--check] [FILTER]
//! cargo run --profile bench -p anywhen-benches -- --contended [--processes N] [--millis N] [--section-ns N] [FILTER]
//! cargo run --profile bench -p anywhen-benches -- --scale [--instructions] [--svg FOLDER] [FILTER]
//! cargo run --profile bench -p anywhen-benches -- --timers [--processes N] [--instructions] [FILTER]
//! cargo run --profile bench -p anywhen-benches -- --storm [--svg FOLDER]
//! ```
//!
//! [`work`] says what is done, a file per subject; [`harness`] does it, round about, and takes the time and the
//! allocations; [`tasks`] is the executor where several tasks are needed; [`callgrind`] counts instructions; [`report`] prints.
//! [`contended`] is apart from all that: threads that fight for a lock, each lock in processes of its own; [`scale`] likewise, any number of futures; [`storm`], what retries do to a server;
//! [`timers`] likewise, how late timers are and what a million of them cost. What the numbers mean, and the last ones, are in
//! `docs/benchmarks.md`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

mod callgrind;
mod contended;
mod harness;
mod report;
mod scale;
mod storm;
mod tasks;
mod timers;
mod work;

use std::process::ExitCode;

use anywhen::testing::CountingAlloc;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

const USAGE: &str = "\
Runs anywhen and its peers on the same work and prints a table.

usage: cargo run --profile bench -p anywhen-benches -- [OPTIONS] [FILTER]
       cargo run --profile bench -p anywhen-benches -- --contended [CONTENDED] [FILTER]
       cargo run --profile bench -p anywhen-benches -- --scale [--instructions] [--svg FOLDER] [FILTER]
       cargo run --profile bench -p anywhen-benches -- --timers [--processes N] [--instructions] [FILTER]
       cargo run --profile bench -p anywhen-benches -- --storm [--svg FOLDER]

  FILTER          only works whose name contains this
  --instructions  also count instructions, under valgrind
  --json          print JSON, not markdown
  --check         fail when a goal is missed
  --list          name the works and who does them, and do nothing
  --help          print this

--scale is for any number of futures: polls, allocations and time for each of them, from 1 to 1,000,000; --svg draws.
--timers is for how late sleeps are, and what setting and cancelling one costs beside any number of others, each subject in
N processes of its own (5).

--storm simulates what clients do to a server when they try again; --svg draws that.

Of two threads that fight for a lock:

  --processes N   how many processes for each lock; 20
  --millis N      how long each of them; 100
  --section-ns N  how long a lock is kept; both 0 and 100";

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--instructions" => options.instructions = true,
            "--json" => options.json = true,
            "--check" => options.check = true,
            "--list" => options.list = true,
            "--help" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            callgrind::CHILD => return callgrind::child(args),
            scale::DRIVER => return scale::drive(args),
            storm::DRIVER => return storm::drive(args),
            scale::CHILD => return scale::child(args),
            timers::DRIVER => return timers::drive(args),
            timers::CHILD => return timers::child(args),
            contended::DRIVER => return contended::drive(args),
            contended::CHILD => return contended::child(args),
            filter if !filter.starts_with('-') => options.filter = filter.to_owned(),
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::FAILURE;
            }
        }
    }
    run(&options)
}

#[derive(Default)]
struct Options {
    instructions: bool,
    json: bool,
    check: bool,
    list: bool,
    filter: String,
}

fn run(options: &Options) -> ExitCode {
    let works: Vec<_> = work::ALL.iter().copied().filter(|work| work.name.contains(&options.filter)).collect();
    if options.list {
        for work in works {
            let who: Vec<_> = work.subjects.iter().map(|subject| subject.name).collect();
            println!("{}: {}", work.name, who.join(", "));
        }
        return ExitCode::SUCCESS;
    }
    let instructions = options.instructions && callgrind::available();
    if options.instructions && !instructions {
        eprintln!("there is no valgrind here: instructions are not counted");
    }
    let results: Vec<_> = works
        .into_iter()
        .map(|work| {
            eprintln!("{}", work.name);
            let mut rows = harness::measure(work);
            if instructions {
                for (subject, row) in work.subjects.iter().zip(&mut rows) {
                    row.instructions = callgrind::instructions(work, subject);
                }
            }
            (work, rows)
        })
        .collect();
    if options.json {
        report::json(&results);
    } else {
        report::markdown(&results);
    }
    let missed = report::missed(&results);
    for goal in &missed {
        eprintln!("missed: {goal}");
    }
    if options.check && !missed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
