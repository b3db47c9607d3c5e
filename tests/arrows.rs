//! Dependencies between the folders of `src/` run one way.
//!
//! What is checked: in every file under `src/`, in code that is compiled when `test` is off, every path that begins with
//! `crate`, `$crate` or enough `super`s to reach the root, in `use` declarations (groups included) and anywhere else.
//! The folder that it leads to must be one that [`may_use`] grants to the folder of the file. A macro that is exported
//! at the root, or a name that `lib.rs` re-exports, belongs to the folder that it comes from. `lib.rs` and `prelude.rs` put the public names together and may
//! name everything. Not checked: documentation links, and paths through a re-export of another folder's item (the
//! re-export itself is).

use support::source::{self, Kind, Source, Token};

mod support;

/// The folders that each folder may name, itself aside.
fn may_use(folder: &str) -> Option<&'static [&'static str]> {
    Some(match folder {
        "internal" => &[],
        "time" => &["internal"],
        "sync" => &["internal", "time"],
        "future" => &["internal", "time", "sync"],
        "stream" => &["internal", "time", "sync", "future"],
        "retry" => &["internal", "time", "sync", "future", "stream"],
        "rt" => &["internal", "time"],
        // Beside the line above: it may look across, and nothing on that line may look back.
        "task" => &["internal", "time", "sync", "future", "rt"],
        "testing" => &["internal", "time", "sync", "future", "stream", "retry", "rt", "task"],
        _ => return None,
    })
}

/// The folder that each name at the root which is no folder itself comes from: exported macros, and re-exports.
fn names_from_folders(sources: &[Source]) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for source in sources {
        for window in source.tokens.windows(3) {
            if window[0].is("macro_rules") && window[1].is("!") {
                names.extend(window[2].ident().map(|name| (name.to_owned(), source.top().to_owned())));
            }
        }
        if source.module.is_empty() {
            for statement in source.tokens.split(|token| token.is(";")) {
                let path = statement.iter().skip_while(|token| !token.is("use")).skip(1).filter_map(Token::ident);
                let mut path = path.map(str::to_owned);
                if let Some(folder) = path.next() {
                    names.extend(path.map(|name| (name, folder.clone())));
                }
            }
        }
    }
    names
}

/// The first segments of what is named after `crate::`: one, or those of a group.
fn first_segments(after: &[Token]) -> Vec<&Token> {
    match after.first() {
        Some(token) if token.is("{") => {
            let inside = &after[1..source::group(after) - 1];
            source::parts(inside).filter_map(|part| part.first()).collect()
        }
        Some(token) => vec![token],
        None => Vec::new(),
    }
}

/// Every name directly under the crate's root that a source uses, with its line.
fn names_at_root(source: &Source) -> Vec<(String, usize)> {
    let tokens = &source.tokens;
    let mut names = Vec::new();
    // The depth in braces at which each inline module opened.
    let mut inline = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        match token.kind {
            Kind::Punct('{') => depth += 1,
            Kind::Punct('}') => {
                depth -= 1;
                inline.retain(|opened| *opened < depth + 1);
            }
            _ => {}
        }
        if token.is("mod") && tokens.get(at + 2).is_some_and(|token| token.is("{")) {
            inline.push(depth + 1);
        }
        let starts_path = !at.checked_sub(1).is_some_and(|before| tokens[before].is("::"));
        // `pub(crate)` and `pub(super)` lead nowhere: no `::` follows.
        if starts_path && (token.is("crate") || token.is("super")) && tokens.get(at + 1).is_some_and(|t| t.is("::")) {
            let mut rest = at;
            let mut ups = 0;
            while tokens[rest].is("super") && tokens[rest + 1].is("::") {
                ups += 1;
                rest += 2;
            }
            let reaches_root = if token.is("crate") {
                rest += 2;
                true
            } else {
                ups == source.module.len() + inline.len()
            };
            if reaches_root {
                for segment in first_segments(&tokens[rest..]) {
                    names.extend(segment.ident().map(|name| (name.to_owned(), segment.line)));
                }
            }
        }
        at += 1;
    }
    names
}

/// Every use that runs against the arrows, as a line for the reader.
fn violations(sources: &[Source]) -> Vec<String> {
    let origins = names_from_folders(sources);
    let mut found = Vec::new();
    for source in sources {
        let from = source.top();
        if from == "lib" || from == "prelude" {
            continue;
        }
        let Some(allowed) = may_use(from) else {
            found.push(format!("{}: the folder {from} has no place among the arrows", source.place(1)));
            continue;
        };
        for (name, line) in names_at_root(source) {
            let to = origins.iter().find(|(known, _)| *known == name).map_or(&name, |(_, folder)| folder);
            if to != from && !allowed.contains(&to.as_str()) {
                found.push(format!("{}: {from} may not use {to} (`{name}`)", source.place(line)));
            }
        }
    }
    found
}

#[test]
fn no_folder_uses_one_that_stands_above_it() {
    let found = violations(&source::library());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_check_sees_every_form_of_a_path() {
    let planted = |path, text| violations(&[Source::planted(path, text)]);
    let caught = [
        ("time/sleep.rs", "use crate::sync::Mutex;"),
        ("time/sleep.rs", "use super::super::sync::Mutex;"),
        ("time/mod.rs", "use super::sync::Mutex;"),
        ("time/mod.rs", "mod inner { use super::super::sync::Mutex; }"),
        ("time/mod.rs", "pub use crate::{internal::lock::{Lock, Held}, sync as s};"),
        ("time/mod.rs", "fn f() { let x = 'a'; crate::task::spawn(x) }"),
        ("time/mod.rs", "macro_rules! m { () => { $crate::retry::retry() } }"),
        ("internal/lock.rs", "#[cfg(any(feature = \"std\", test))] use crate::time::Instant;"),
        ("internal/lock.rs", "#[cfg(not(test))] use crate::time::Instant;"),
        ("retry/mod.rs", "use crate::testing::TestTask;"),
        ("future/mod.rs", "use crate::rt::Runtime;"),
        ("unheard_of/mod.rs", ""),
        ("time/mod.rs", "use crate::Unknown;"),
    ];
    for (path, text) in caught {
        assert_eq!(planted(path, text).len(), 1, "{path}: {text}");
    }
    let allowed = [
        ("retry/mod.rs", "use crate::{time::Timer, internal::rng};"),
        ("time/sleep.rs", "use super::sync::Local; pub(crate) fn f() {} pub(super) fn g() {}"),
        ("time/sleep.rs", "// use crate::sync::Mutex;\n/* crate::sync /* */ crate::sync */"),
        ("time/sleep.rs", "fn f() { \"crate::sync\"; r#\"crate::sync\"#; b\"\\\"crate::sync\"; '\"'; '\\''; }"),
        ("time/sleep.rs", "#[cfg(test)] mod tests { use crate::testing::TestTask; }"),
        ("time/sleep.rs", "#[cfg(all(test, not(anywhen_loom)))] #[x] mod tests { use crate::testing::TestTask; }"),
        ("time/mod.rs", "mod inner { use super::sync; } mod other { use super::sync; }"),
        ("prelude.rs", "pub use crate::future::Join as _;"),
    ];
    for (path, text) in allowed {
        assert_eq!(planted(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn a_name_at_the_root_belongs_to_the_folder_that_it_comes_from() {
    let root = Source::planted("lib.rs", "pub mod time; pub use future::support as __support; pub use sync::{A, B};");
    let uses = "use crate::__support::X; use crate::B; use crate::time::Y;";
    let above = Source::planted("retry/mod.rs", uses);
    let below = Source::planted("time/mod.rs", uses);
    let found = violations(&[root, above, below]);
    assert_eq!(found[0], "src/time/mod.rs:1: time may not use future (`__support`)");
    assert_eq!(found[1], "src/time/mod.rs:1: time may not use sync (`B`)");
    assert_eq!(found.len(), 2);

    let define = Source::planted("future/join.rs", "#[macro_export] macro_rules! join { () => {} }");
    let above = Source::planted("retry/mod.rs", "fn f() { crate::join!() }");
    let below = Source::planted("time/mod.rs", "fn f() { crate::join!() }");
    assert_eq!(violations(&[define, above, below]), ["src/time/mod.rs:1: time may not use future (`join`)"]);
}

#[test]
fn the_arrows_make_no_circle() {
    let folders = ["internal", "time", "sync", "future", "stream", "retry", "rt", "task", "testing"];
    for folder in folders {
        for below in may_use(folder).unwrap() {
            assert!(!may_use(below).unwrap().contains(&folder), "{folder} and {below} use each other");
        }
    }
}
