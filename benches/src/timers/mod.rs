//! Timers: how late they are, at what cost, and what setting one and cancelling it costs beside a million others.
//!
//! What threads and drivers a process has started stays with it, and a million timers are in everybody's caches. So each
//! subject is a process of its own, several times over and in turns with the others; this file starts them, and reports
//! medians. [`lateness`] and [`live`] say what is done, and by whom.

mod lateness;
mod live;

use std::env;
use std::fmt::Write as _;
use std::process::{Command, ExitCode};

use crate::callgrind;
use crate::harness::median;
use crate::report::bold_if;

/// The argument that asks for the report.
pub(crate) const DRIVER: &str = "--timers";

/// The argument that makes this process one of those that are measured.
pub(crate) const CHILD: &str = "--times";

/// What is done, by several subjects.
struct Table {
    name: &'static str,
    /// What the numbers are that each subject finds.
    columns: &'static [&'static str],
    rows: Vec<Row>,
    /// Below the table. May be empty.
    note: &'static str,
}

struct Row {
    name: &'static str,
    ours: bool,
    /// The most that each number may be, in the order of the columns; nothing is the goal where it is infinite.
    goal: &'static [f64],
    /// Measures, and gives a number for each column.
    run: Box<dyn Fn() -> Vec<f64>>,
    /// Does the operation so many times, to have its instructions counted.
    counted: Option<Box<dyn Fn(u64)>>,
}

fn tables() -> Vec<Table> {
    [lateness::tables(), live::tables()].into_iter().flatten().collect()
}

/// Has everything measured, and prints tables.
pub(crate) fn drive(mut args: impl Iterator<Item = String>) -> ExitCode {
    let (mut processes, mut instructions, mut filter) = (5, false, String::new());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--processes" => match args.next().and_then(|number| number.parse().ok()) {
                Some(number) => processes = number,
                None => return usage(),
            },
            "--instructions" => instructions = callgrind::available(),
            other if !other.starts_with('-') => other.clone_into(&mut filter),
            _ => return usage(),
        }
    }
    for table in tables().iter().filter(|table| table.name.contains(&filter)) {
        eprintln!("{}", table.name);
        let mut found = vec![vec![Vec::new(); table.columns.len()]; table.rows.len()];
        for round in 0..processes {
            for turn in 0..table.rows.len() {
                let i = (round + turn) % table.rows.len();
                match outcome(table, &table.rows[i]) {
                    Some(numbers) => found[i].iter_mut().zip(numbers).for_each(|(all, number)| all.push(number)),
                    None => eprintln!("{} has not come to an end", table.rows[i].name),
                }
            }
        }
        let counts = table.rows.iter().map(|row| if instructions { count(table, row) } else { None });
        println!("{}", report(table, &found, &counts.collect::<Vec<_>>()));
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{}", crate::USAGE);
    ExitCode::FAILURE
}

fn report(table: &Table, found: &[Vec<Vec<f64>>], counts: &[Option<f64>]) -> String {
    let counted = counts.iter().any(Option::is_some);
    let mut text = format!("### {}\n\n| |", table.name);
    let mut rule = String::from("\n|---|");
    for column in counted.then_some("instructions").iter().chain(table.columns) {
        let _ = write!(text, " {column} |");
        rule.push_str("---:|");
    }
    let _ = writeln!(text, " goal |{rule}---|");
    for ((row, found), count) in table.rows.iter().zip(found).zip(counts) {
        let _ = write!(text, "| {} |", bold_if(row.ours, row.name));
        if counted {
            let count = count.map_or(String::from("–"), |count| format!("{count:.0}"));
            let _ = write!(text, " {count} |");
        }
        let numbers: Vec<f64> = found.iter().map(|all| median(all.clone())).collect();
        for number in &numbers {
            let digits = if *number < 100.0 { 1 } else { 0 };
            let _ = write!(text, " {number:.digits$} |");
        }
        let _ = writeln!(text, " {} |", goal(table, row, &numbers));
    }
    if !table.note.is_empty() {
        let _ = writeln!(text, "\n{}", table.note);
    }
    text
}

fn goal(table: &Table, row: &Row, numbers: &[f64]) -> String {
    let goals = row.goal.iter().zip(table.columns).zip(numbers).filter(|((most, _), _)| most.is_finite());
    let (mut text, mut met) = (Vec::new(), true);
    for ((most, column), number) in goals {
        text.push(format!("{column} ≤ {most}"));
        met &= number <= most;
    }
    if text.is_empty() {
        return String::new();
    }
    format!("{} {}", text.join(", "), if met { "✓" } else { "✗" })
}

fn outcome(table: &Table, row: &Row) -> Option<Vec<f64>> {
    let output = Command::new(env::current_exe().ok()?).args([CHILD, table.name, row.name]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().map_while(|number| number.parse().ok()).collect();
    (numbers.len() == table.columns.len()).then_some(numbers)
}

/// Instructions for each operation, of all threads: the difference between some number of them and twice as many.
fn count(table: &Table, row: &Row) -> Option<f64> {
    // So many that it does not matter when a thread of the driver's has come round while a million were set.
    const TIMES: u64 = 100_000;
    row.counted.as_ref()?;
    let total = |times: u64| callgrind::total(&[CHILD, table.name, row.name, &times.to_string()]);
    let (once, twice) = (total(TIMES)?, total(2 * TIMES)?);
    Some((twice as f64 - once as f64) / TIMES as f64)
}

/// Measures one subject, or does its operation some number of times; the arguments are those that [`outcome`] and [`count`]
/// give.
pub(crate) fn child(mut args: impl Iterator<Item = String>) -> ExitCode {
    let (name, who) = (args.next().unwrap_or_default(), args.next().unwrap_or_default());
    let row = tables().into_iter().find(|table| table.name == name);
    let row = row.and_then(|table| table.rows.into_iter().find(|row| row.name == who));
    let Some(row) = row else { return ExitCode::FAILURE };
    match (args.next().map(|times| times.parse()), row.counted) {
        (None, _) => (row.run)().iter().for_each(|number| println!("{number}")),
        (Some(Ok(times)), Some(counted)) => counted(times),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}
