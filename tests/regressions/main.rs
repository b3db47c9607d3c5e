//! Bugs that others shipped, and that this crate does not have.
//!
//! Each file is a subject. Its head lists the scenarios and says which test shows each: one of the file's own, or one that
//! stands elsewhere because a law or the public behaviour asks for it anyway. The crate that had the bug is named where
//! the scenario is, as `repository#number` where there is one; "P" means that a released version was probed.
//!
//! Not yet, because what they are about is not there yet:
//!
//! | subject | scenarios |
//! |---|---|
//! | channels | all |
//! | `JoinSet`, `JoinMap`, scopes | all |
//! | a budget for tasks | a `select!` that takes no account of it (tokio#7108) |

#![cfg(feature = "testing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anywhen::testing::CountingAlloc;
use support::source;

mod delay_queue;
mod features;
mod gates;
mod joins;
mod load;
mod locks;
mod retry;
mod sets;
mod signals;
mod single;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod time;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

/// The tests that the tables of a file's head name: the last segment of what looks like a test's name.
fn named_tests(head: &str) -> Vec<&str> {
    let rows = head.lines().filter_map(|line| line.strip_prefix("//! | ")).filter_map(|row| row.split_once(" | "));
    let quoted = rows.flat_map(|(_, shown)| shown.split('`').skip(1).step_by(2));
    let names = quoted.map(|name| name.rsplit("::").next().unwrap_or(name));
    let of_words =
        |name: &&str| name.matches('_').count() > 1 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    names.filter(of_words).collect()
}

/// Every identifier that follows on `fn` or `mod` in the files of a folder.
fn names_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let tokens = source::lex(&fs::read_to_string(path).unwrap());
            let declared = tokens.windows(2).filter(|pair| pair[0].is("fn") || pair[0].is("mod"));
            names.extend(declared.filter_map(|pair| pair[1].ident()).map(str::to_owned));
        }
    }
}

#[test]
fn the_tests_that_the_tables_name_are_there() {
    let heads = [
        include_str!("delay_queue.rs"),
        include_str!("features.rs"),
        include_str!("gates.rs"),
        include_str!("joins.rs"),
        include_str!("load.rs"),
        include_str!("locks.rs"),
        include_str!("retry.rs"),
        include_str!("sets.rs"),
        include_str!("signals.rs"),
        include_str!("single.rs"),
        include_str!("streams.rs"),
        include_str!("tasks.rs"),
        include_str!("time.rs"),
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    ["src", "tests"].iter().for_each(|folder| names_in(&root.join(folder), &mut names));
    let named = heads.iter().flat_map(|head| named_tests(head)).collect::<Vec<_>>();
    assert!(named.len() > 50, "the tables were not found");
    let missing = named.into_iter().filter(|name| !names.contains(*name)).collect::<Vec<_>>();
    assert_eq!(missing, <[&str; 0]>::default());

    let head = "//! | scenario | shown by |\n//! | a `not_one_of_them` (P x) | [`a_test_of_ours`]; `mutex::another_one_there`, `law 8` |";
    assert_eq!(named_tests(head), ["a_test_of_ours", "another_one_there"]);
}
