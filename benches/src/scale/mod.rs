//! Any number of futures: what one more costs, from one to a million.
//!
//! [`table`] has the children, which are steered from outside, and counts how often they are polled. [`subjects`] says who
//! puts them together and how. Each combination of the two is driven through a [`Course`]: how the children come to be ready.
//! What is counted is exact and the same in every run; times are taken in turns, as everywhere here. [`plot`] draws them.

mod plot;
mod subjects;
mod table;

use std::env;
use std::fmt::Write as _;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anywhen::testing::CountingAlloc;

use crate::harness::median;
use subjects::{ALL, Subject};
use table::Table;

/// The argument that asks for all this.
pub(crate) const DRIVER: &str = "--scale";
/// The argument that makes this process the one whose instructions are counted.
pub(crate) const CHILD: &str = "--scale-counted";

/// The box of the iterator that gives out the children.
const OWN_ALLOCATIONS: u64 = 1;

const SIZES: [usize; 11] = [1, 2, 8, 10, 30, 31, 100, 1000, 10_000, 100_000, 1_000_000];

/// How the children come to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// All are, at their first poll.
    Ready,
    /// Each wakes itself at its first poll, and is at its second.
    Once,
    /// One is, and wakes its task, and the next once that has been polled: in random order.
    Random,
}

impl Course {
    const ALL: [Self; 3] = [Self::Ready, Self::Once, Self::Random];

    /// What a file about it is called.
    fn file(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Once => "once",
            Self::Random => "woken",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ready => "all ready at once",
            Self::Once => "each pending once",
            Self::Random => "one woken at a time, in random order",
        }
    }
}

/// What was found of one subject at one size, for each child.
#[derive(Clone, Copy, Debug)]
struct Cell {
    polls: f64,
    /// Blocks, in all.
    allocations: u64,
    nanos: f64,
    instructions: Option<f64>,
}

/// `[--instructions] [--svg FOLDER] [FILTER]`
pub(crate) fn drive(args: impl Iterator<Item = String>) -> ExitCode {
    let (mut instructions, mut folder, mut filter) = (false, None, String::new());
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--instructions" => instructions = true,
            "--svg" => folder = args.next(),
            other => other.clone_into(&mut filter),
        }
    }
    let mut verbs: Vec<&str> = ALL.iter().map(|subject| subject.verb).collect();
    verbs.dedup();
    for verb in verbs.into_iter().filter(|verb| verb.contains(&filter)) {
        let subjects: Vec<_> = ALL.iter().filter(|subject| subject.verb == verb).collect();
        for course in Course::ALL {
            eprintln!("{verb}, {}", course.name());
            let columns: Vec<_> =
                SIZES.iter().map(|&size| (size, column(&subjects, size, course, instructions))).collect();
            println!("{}", table_of(verb, course, &subjects, &columns, instructions));
            if let Some(folder) = &folder {
                let title = format!("{verb}: {}", course.name());
                let lines: Vec<_> = subjects
                    .iter()
                    .enumerate()
                    .map(|(i, subject)| {
                        let points = columns.iter().filter_map(|(size, cells)| Some((*size, cells[i]?.nanos)));
                        (subject.name, points.collect::<Vec<_>>())
                    })
                    .collect();
                let verb = verb.split('(').next().unwrap_or_default();
                let file = format!("{folder}/{verb}-{}.svg", course.file());
                if let Err(error) = plot::draw(&file, &title, &lines) {
                    eprintln!("{file}: {error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    ExitCode::SUCCESS
}

/// All subjects at one size. Who would take too long there has none.
fn column(subjects: &[&Subject], size: usize, course: Course, instructions: bool) -> Vec<Option<Cell>> {
    const ROUNDS: usize = 15;
    let table = Table::new(size);
    let takes_part: Vec<bool> = subjects.iter().map(|subject| size <= subject.most).collect();
    let mut nanos = vec![Vec::new(); subjects.len()];
    // So many times that a turn is long enough to be timed, and short enough for others to have theirs soon.
    let times = (20_000 / size).clamp(1, 2000);
    for round in 0..ROUNDS {
        for turn in 0..subjects.len() {
            let i = (round + turn) % subjects.len();
            if takes_part[i] {
                let began = Instant::now();
                (0..times).for_each(|_| subjects[i].run(&table, course));
                nanos[i].push(began.elapsed().as_nanos() as f64 / (times * size) as f64);
            }
            // A slow one need not be timed that often.
            if began_long_ago(&nanos[i], times * size) && round > 2 {
                continue;
            }
        }
    }
    subjects
        .iter()
        .enumerate()
        .map(|(i, subject)| {
            takes_part[i].then(|| {
                table.reset_polls();
                let seen = CountingAlloc::count(|| subject.run(&table, course));
                let polls = table.polls() as f64 / size as f64;
                let allocations = (seen.allocs + seen.reallocs) - OWN_ALLOCATIONS;
                let instructions = if instructions { count(subject, size, course) } else { None };
                Cell { polls, allocations, nanos: median(nanos[i].clone()), instructions }
            })
        })
        .collect()
}

fn began_long_ago(nanos: &[f64], operations: usize) -> bool {
    nanos.last().is_some_and(|last| last * operations as f64 > Duration::from_millis(200).as_nanos() as f64)
}

/// Instructions for each child, by a process of its own under callgrind; twice, so that what it sets up is not in them.
fn count(subject: &Subject, size: usize, course: Course) -> Option<f64> {
    let times = (10_000 / size).max(1);
    let total = |times: usize| -> Option<u64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(env::current_exe().ok()?)
            .args([CHILD, subject.verb, subject.name, &size.to_string(), &(course as u8).to_string()])
            .arg(times.to_string())
            .output()
            .ok()?;
        let log = String::from_utf8_lossy(&output.stderr);
        log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
    };
    let (once, twice) = (total(times)?, total(2 * times)?);
    Some((twice as f64 - once as f64) / (times * size) as f64)
}

/// Does what [`count`] has counted.
pub(crate) fn child(mut args: impl Iterator<Item = String>) -> ExitCode {
    let mut arg = || args.next().unwrap_or_default();
    let (verb, name) = (arg(), arg());
    let subject = ALL.iter().find(|subject| subject.verb == verb && subject.name == name);
    let (Some(subject), Ok(size), Ok(course), Ok(times)) =
        (subject, arg().parse(), arg().parse::<usize>(), arg().parse::<usize>())
    else {
        return ExitCode::FAILURE;
    };
    let table = Table::new(size);
    (0..times).for_each(|_| subject.run(&table, Course::ALL[course]));
    ExitCode::SUCCESS
}

/// Markdown.
fn table_of(
    verb: &str,
    course: Course,
    subjects: &[&Subject],
    columns: &[(usize, Vec<Option<Cell>>)],
    instructions: bool,
) -> String {
    let mut text = format!("### {verb}: {}\n", course.name());
    let mut rows = |what: &str, value: &dyn Fn(Cell) -> Option<String>| {
        let _ = write!(text, "\n| {what} |");
        for (size, _) in columns {
            let _ = write!(text, " {size} |");
        }
        text.push_str("\n|---|");
        columns.iter().for_each(|_| text.push_str("---:|"));
        text.push('\n');
        for (i, subject) in subjects.iter().enumerate() {
            let name = if subject.name.starts_with("anywhen") {
                format!("**{}**", subject.name)
            } else {
                subject.name.to_owned()
            };
            let _ = write!(text, "| {name} |");
            for (_, cells) in columns {
                let _ = write!(text, " {} |", cells[i].and_then(value).unwrap_or_default());
            }
            text.push('\n');
        }
    };
    rows("polls of each child", &|cell| Some(format!("{:.2}", cell.polls)));
    rows("allocations in all", &|cell| Some(cell.allocations.to_string()));
    if instructions {
        rows("instructions for each child", &|cell| cell.instructions.map(|count| format!("{count:.0}")));
    }
    rows("ns for each child", &|cell| Some(format!("{:.1}", cell.nanos)));
    text
}
