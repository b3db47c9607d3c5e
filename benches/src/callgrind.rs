//! Instructions per operation, counted by valgrind.
//!
//! This program runs itself under callgrind, one subject at a time, once with some number of operations and once with
//! twice as many. Half the work is the difference, and start-up is not in it.

use std::env;
use std::process::{Command, ExitCode};

use crate::harness::{Subject, Work};
use crate::work;

/// The argument that makes this process the one that is counted.
pub(crate) const CHILD: &str = "--counted";

const TIMES: u64 = 10_000;

pub(crate) fn available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Instructions per operation, of all threads.
pub(crate) fn instructions(work: &Work, subject: &Subject) -> Option<f64> {
    let once = total_of(work, subject, TIMES)?;
    let twice = total_of(work, subject, 2 * TIMES)?;
    Some((twice as f64 - once as f64) / TIMES as f64)
}

fn total_of(work: &Work, subject: &Subject, times: u64) -> Option<u64> {
    total(&[CHILD, work.name, subject.name, &times.to_string()])
}

/// Instructions of this program with these arguments, in all.
pub(crate) fn total(args: &[&str]) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args(args)
        .output()
        .ok()?;
    let log = String::from_utf8_lossy(&output.stderr);
    // "==123== Collected : 4567"
    log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

/// Does the work of one subject so many times; the arguments are those that [`total_of`] gives.
pub(crate) fn child(mut args: impl Iterator<Item = String>) -> ExitCode {
    let mut arg = || args.next().unwrap_or_default();
    let (name, who, times) = (arg(), arg(), arg().parse());
    let work = work::ALL.iter().find(|work| work.name == name);
    let subject = work.and_then(|work| work.subjects.iter().find(|subject| subject.name == who));
    let (Some(subject), Ok(times)) = (subject, times) else { return ExitCode::FAILURE };
    (subject.run)(times);
    ExitCode::SUCCESS
}
