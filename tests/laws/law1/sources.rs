//! What can be read of law 1: nothing outside of `rt/` names a runtime, default features bring in none, and features are
//! additive, so that any set of them means the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::source::{self, Source, group};

/// Names of runtimes, where they are no business of the file.
fn names_of_runtimes(source: &Source) -> Vec<String> {
    let runtimes = ["tokio", "smol", "async_std", "async_io"];
    if source.top() == "rt" {
        return vec![];
    }
    let named = source.tokens.iter().filter(|token| token.ident().is_some_and(|name| runtimes.contains(&name)));
    named.map(|token| format!("{}: names a runtime: {:?}", source.place(token.line), token.kind)).collect()
}

#[test]
fn nothing_outside_rt_names_a_runtime() {
    let found = source::library().iter().flat_map(names_of_runtimes).collect::<Vec<_>>();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Files with something that is there only while a feature is off.
const SUBTRACTS: &[(&str, &str)] = &[
    ("lib.rs", "a lint"),
    ("internal/rng.rs", "the generator's state is one for all threads where there are no thread-locals"),
    ("sync/observe/mod.rs", "what nobody watches is not noted"),
    ("internal/lock.rs", "a critical section, which has the same meaning, where there is no operating system"),
];

/// Where a file has a `not(..)` around a feature, or decides by `cfg!` of one.
fn subtractions(source: &Source) -> Vec<String> {
    let tokens = &source.tokens;
    let mut found = Vec::new();
    for at in 0..tokens.len().saturating_sub(2) {
        let open = match () {
            () if tokens[at].is("not") && tokens[at + 1].is("(") => at + 1,
            () if tokens[at].is("cfg") && tokens[at + 1].is("!") => at + 2,
            () => continue,
        };
        if tokens[open..open + group(&tokens[open..])].iter().any(|token| token.is("feature")) {
            found.push(source.place(tokens[at].line).to_string());
        }
    }
    found
}

#[test]
fn features_only_add() {
    for source in source::library() {
        let is_known = SUBTRACTS.iter().any(|(path, _)| source.path == Path::new(path));
        let found = subtractions(&source);
        assert_eq!(!found.is_empty(), is_known, "{}: only while a feature is off, {found:?}", source.place(1));
    }
}

/// A file beside Cargo.toml.
fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The entries of a table in Cargo.toml, each of which is on a line.
fn table<'a>(toml: &'a str, name: &str) -> BTreeMap<&'a str, &'a str> {
    let lines = toml.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(" = ")).collect()
}

/// What is between quotation marks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// The crates that a build with default features has: by Cargo.toml those directly below, by Cargo.lock all others.
fn default_dependencies(toml: &str, lock: &str) -> BTreeSet<String> {
    let features = table(toml, "features");
    let mut direct = table(toml, "dependencies");
    direct.retain(|_, entry| !entry.contains("optional = true"));
    let mut found = direct.keys().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let mut enabled = vec!["default"];
    while let Some(feature) = enabled.pop() {
        for what in quoted(features[feature]) {
            match what.strip_prefix("dep:") {
                Some(dependency) => drop(found.insert(dependency.to_owned())),
                None if !what.contains('/') => enabled.push(what),
                None => {}
            }
        }
    }
    let packages = lock.split("[[package]]").skip(1).map(|package| {
        let name = quoted(package).next().expect("a package has a name");
        (name, package.split_once("dependencies = [").map_or("", |(_, list)| list))
    });
    let packages = packages.collect::<BTreeMap<_, _>>();
    let mut open = found.iter().cloned().collect::<Vec<_>>();
    while let Some(name) = open.pop() {
        for below in packages.get(name.as_str()).into_iter().flat_map(|list| quoted(list)) {
            let below = below.split(' ').next().expect("a name before the version").to_owned();
            if found.insert(below.clone()) {
                open.push(below);
            }
        }
    }
    found
}

#[test]
fn default_features_bring_in_no_runtime() {
    let found = default_dependencies(&read("Cargo.toml"), &read("Cargo.lock"));
    assert_eq!(found, ["fastrand", "futures-core"].map(str::to_owned).into());
}

#[test]
fn a_runtime_that_creeps_in_is_caught() {
    assert_eq!(names_of_runtimes(&Source::planted("time/nap.rs", "use tokio::spawn;")).len(), 1);
    assert_eq!(names_of_runtimes(&Source::planted("rt/tokio.rs", "use tokio::spawn;")).len(), 0);
    let harmless = "/// As in `tokio`.\nfn f() { \"tokio\"; }";
    assert_eq!(names_of_runtimes(&Source::planted("time/nap.rs", harmless)).len(), 0);

    let subtracts = "#[cfg(not(any(feature = \"std\", other)))] fn f() {} fn g() { if cfg!(feature = \"tokio\") {} }";
    assert_eq!(subtractions(&Source::planted("time/nap.rs", subtracts)).len(), 2);
    let adds = "#[cfg(all(feature = \"std\", not(other)))] fn f() {} fn not(feature: u8) { if cfg!(other) {} }";
    assert_eq!(subtractions(&Source::planted("time/nap.rs", adds)), ["src/time/nap.rs:1"], "the function's name");

    let toml = "[features]\ndefault = [\"std\"]\nstd = [\"dep:a\", \"b/std\"]\nmore = [\"dep:x\"]\n
[dependencies]\na = { version = \"1\", optional = true }\nb = \"1\"\nx = { version = \"1\", optional = true }\n";
    let lock = "[[package]]\nname = \"b\"\ndependencies = [\n \"tokio\",\n]\n[[package]]\nname = \"x\"\n";
    assert_eq!(default_dependencies(toml, lock), ["a", "b", "tokio"].map(str::to_owned).into());
}
