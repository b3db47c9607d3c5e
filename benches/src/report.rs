//! The results as a table for people, as JSON for machines, and as a list of missed goals.

use crate::harness::{Goal, Row, Subject, Work};

type Results = [(&'static Work, Vec<Row>)];

pub(crate) fn markdown(results: &Results) {
    for (work, rows) in results {
        let turns = rows.iter().any(|row| row.spread.is_some());
        println!("### {}\n", work.name);
        println!("| | instructions | time | × ours | allocations |{} goal |", if turns { " max/min |" } else { "" });
        println!("|---|---:|---:|---:|---:|{}---|", if turns { "---:|" } else { "" });
        for (subject, row) in work.subjects.iter().zip(rows) {
            let instructions = row.instructions.map_or(String::from("–"), |count| format!("{count:.0}"));
            let goal = match subject.goal {
                None => String::new(),
                Some(goal) => {
                    let met = missed_by(work, rows, subject, row).is_empty();
                    format!("{} {}", goal_text(goal), if met { "✓" } else { "✗" })
                }
            };
            let spread = row.spread.map_or(String::new(), |spread| format!(" {} |", ratio(spread)));
            println!(
                "| {} | {instructions} | {:.1} ns | {:.2} | {} |{spread} {goal} |",
                bold_if(subject.goal.is_some(), subject.name),
                row.nanos,
                row.ratio,
                allocations(row),
            );
        }
        println!();
        if !work.note.is_empty() {
            println!("{}\n", work.note);
        }
    }
}

pub(crate) fn json(results: &Results) {
    let mut objects = Vec::new();
    for (work, rows) in results {
        for (subject, row) in work.subjects.iter().zip(rows) {
            let instructions = row.instructions.map_or(String::from("null"), |count| format!("{count:.1}"));
            // JSON has no infinity.
            let spread = row.spread.filter(|spread| spread.is_finite());
            let spread = spread.map_or(String::from("null"), |spread| format!("{spread:.3}"));
            // Names are ours, and have nothing in them that JSON would escape.
            objects.push(format!(
                r#"  {{"work": "{}", "subject": "{}", "instructions": {instructions}, "nanos": {:.2}, "ratio": {:.3}, "allocations": {:.3}, "spread": {spread}}}"#,
                work.name, subject.name, row.nanos, row.ratio, row.allocations
            ));
        }
    }
    println!("[\n{}\n]", objects.join(",\n"));
}

/// Every goal that is missed, and by what.
pub(crate) fn missed(results: &Results) -> Vec<String> {
    let mut missed = Vec::new();
    for (work, rows) in results {
        for (subject, row) in work.subjects.iter().zip(rows) {
            for by in missed_by(work, rows, subject, row) {
                missed.push(format!("{}: {}: {by}", work.name, subject.name));
            }
        }
    }
    missed
}

fn missed_by(work: &Work, rows: &[Row], subject: &Subject, row: &Row) -> Vec<String> {
    let mut missed = Vec::new();
    let Some(goal) = subject.goal else { return missed };
    if row.allocations > goal.allocations as f64 {
        missed.push(format!("{} allocations", allocations(row)));
    }
    if let (Some(most), Some(count)) = (goal.instructions, row.instructions)
        && count.round() > most as f64
    {
        missed.push(format!("{count:.0} instructions, not {most}"));
    }
    if let Some(spread) = row.spread
        && goal.even
        && spread > 1.0
    {
        missed.push(format!("max/min {}", ratio(spread)));
    }
    if let Some((most, of)) = goal.time {
        let other = work.subjects.iter().position(|subject| subject.name == of);
        let other = &rows[other.expect("a goal names a subject of the same work")];
        let times = row.ratio / other.ratio;
        // What the clock cannot tell apart is the same.
        if times > most * 1.05 {
            missed.push(format!("{times:.2} times the time of {of}, not {most}"));
        }
    }
    missed
}

fn goal_text(goal: Goal) -> String {
    let mut parts = Vec::new();
    if let Some(most) = goal.instructions {
        parts.push(format!("≤ {most}"));
    }
    if let Some((most, of)) = goal.time {
        parts.push(format!("≤ {most} × {of}"));
    }
    match goal.allocations {
        1 => parts.push(String::from("1 allocation")),
        most => parts.push(format!("{most} allocations")),
    }
    if goal.even {
        parts.push(String::from("max/min 1.00"));
    }
    parts.join(", ")
}

/// One that divides by zero is without bound.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio.is_finite() { format!("{ratio:.2}") } else { String::from("∞") }
}

fn allocations(row: &Row) -> String {
    if row.allocations.fract() == 0.0 { format!("{:.0}", row.allocations) } else { format!("{:.2}", row.allocations) }
}

pub(crate) fn bold_if(ours: bool, name: &str) -> String {
    if ours { format!("**{name}**") } else { name.to_owned() }
}
