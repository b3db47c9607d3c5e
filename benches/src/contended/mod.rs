//! Two threads that fight for one lock.
//!
//! How such a fight goes is settled in its first microseconds, by who is where when: the same lock is fast in one process
//! and slow in the next. So each subject is a process of its own, [`trial`], many times over and in turns with the others;
//! this file starts them, and reports medians, spreads and what each lock cost in context switches. [`subjects`] is who
//! they are.

mod subjects;
mod trial;

use std::env;
use std::process::{Command, ExitCode};

use anywhen::sync::Fairness;

use crate::harness::median;
use crate::report::{bold_if, ratio};
use subjects::{ALL, Fight, Subject};
use trial::{On, Outcome};

/// Who has had the lock so many times less often than the other is starved.
const STARVED: f64 = Fairness::EVENTUAL_BOUND as f64;

/// The argument that asks for the report.
pub(crate) const DRIVER: &str = "--contended";

/// The argument that makes this process one of those that fight.
pub(crate) const CHILD: &str = "--contends";

struct Options {
    processes: usize,
    millis: u64,
    sections: Vec<u64>,
    filter: String,
}

/// Has everybody fight, and prints tables.
pub(crate) fn drive(mut args: impl Iterator<Item = String>) -> ExitCode {
    let mut options = Options { processes: 20, millis: 100, sections: vec![0, 100], filter: String::new() };
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|arg| arg.parse().ok());
        let understood = match arg.as_str() {
            "--processes" => number().map(|number| options.processes = number as usize),
            "--millis" => number().map(|number| options.millis = number),
            "--section-ns" => number().map(|number| options.sections = vec![number]),
            filter => (!filter.starts_with('-')).then(|| options.filter = filter.to_owned()),
        };
        if understood.is_none() {
            eprintln!("{}", crate::USAGE);
            return ExitCode::FAILURE;
        }
    }
    for fight in ALL {
        for &section in &options.sections {
            for on in On::ALL {
                let name = format!("{}: two {}, sections of {section} ns", fight.name, on.tasks());
                if name.contains(&options.filter) {
                    eprintln!("{name}");
                    let rows = outcomes(fight, section, on, &options);
                    println!("### {name}\n");
                    report(fight, section, &rows);
                }
            }
        }
    }
    ExitCode::SUCCESS
}

/// What became of each subject, process by process.
fn outcomes(fight: &Fight, section: u64, on: On, options: &Options) -> Vec<Vec<Outcome>> {
    let mut rows = vec![Vec::with_capacity(options.processes); fight.subjects.len()];
    for round in 0..options.processes {
        for turn in 0..rows.len() {
            let i = (round + turn) % rows.len();
            let subject = &fight.subjects[i];
            match outcome(fight, subject, section, on, options.millis) {
                Some(outcome) => rows[i].push(outcome),
                None => eprintln!("{} has not come to an end", subject.name),
            }
        }
    }
    rows
}

fn outcome(fight: &Fight, subject: &Subject, section: u64, on: On, millis: u64) -> Option<Outcome> {
    let output = Command::new(env::current_exe().ok()?)
        .args([CHILD, fight.name, subject.name, on.name(), &section.to_string(), &millis.to_string()])
        .output()
        .ok()?;
    Outcome::parse(&String::from_utf8_lossy(&output.stdout))
}

/// Fights as one subject; the arguments are those that [`outcome`] gives.
pub(crate) fn child(mut args: impl Iterator<Item = String>) -> ExitCode {
    let mut arg = || args.next().unwrap_or_default();
    let (fight, subject, on, section, millis) = (arg(), arg(), arg(), arg().parse(), arg().parse());
    let fight = ALL.iter().find(|known| known.name == fight);
    let subject = fight.and_then(|fight| fight.subjects.iter().find(|known| known.name == subject));
    let on = On::ALL.into_iter().find(|known| known.name() == on);
    let (Some(subject), Some(on), Ok(section), Ok(millis)) = (subject, on, section, millis) else {
        return ExitCode::FAILURE;
    };
    println!("{}", (subject.run)(on, section, millis));
    ExitCode::SUCCESS
}

fn report(fight: &Fight, section: u64, rows: &[Vec<Outcome>]) {
    let medians = |of: fn(&Outcome) -> f64| rows.iter().map(move |row| median(row.iter().map(of).collect()));
    let nanos: Vec<f64> = medians(Outcome::nanos).collect();
    // Who starves one of the two is not fast: there is no fight.
    let theirs = fight.subjects.iter().zip(&nanos).zip(medians(Outcome::spread));
    let theirs = theirs.filter(|((subject, _), spread)| !subject.ours && *spread <= STARVED);
    let best = theirs.map(|((_, &nanos), _)| nanos).fold(f64::INFINITY, f64::min);
    println!("| | time | × best peer | least to most | CPU | switches | max/min | worst | goal |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---|");
    for ((subject, row), nanos) in fight.subjects.iter().zip(rows).zip(nanos) {
        let times = nanos / best;
        let column = |of: fn(&Outcome) -> f64| row.iter().map(of).collect::<Vec<_>>();
        let extreme = |of: fn(f64, f64) -> f64| column(Outcome::nanos).into_iter().reduce(of).unwrap_or(f64::NAN);
        let worst = column(Outcome::spread).into_iter().fold(0.0, f64::max);
        println!(
            "| {} | {nanos:.0} ns | {times:.2} | {:.0}–{:.0} ns | {:.0} ns | {:.5} | {} | {} | {} |",
            bold_if(subject.ours, subject.name),
            extreme(f64::min),
            extreme(f64::max),
            median(column(Outcome::cpu_nanos)),
            median(column(Outcome::switches)),
            ratio(median(column(Outcome::spread))),
            ratio(worst),
            if subject.goal { goal(section, times, worst) } else { String::new() },
        );
    }
    println!();
}

/// The design's for `Eventual`, and whether it is met: level with the best, or not much slower where there is nothing to
/// do under the lock; and nobody starves.
fn goal(section: u64, times: f64, worst: f64) -> String {
    let most = if section == 0 { 1.6 } else { 1.0 };
    // As in the other tables, what the clock cannot tell apart is the same.
    let met = times <= most * 1.05 && worst <= STARVED;
    format!("≤ {most} × best peer, max/min ≤ {STARVED} {}", if met { "✓" } else { "✗" })
}
