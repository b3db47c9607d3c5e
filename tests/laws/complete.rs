//! The registry is complete: every public future of the sources has an entry.

use std::collections::BTreeSet;

use crate::registry;
use crate::support::source::{self, Source};

/// Those that no test can drive by hand, and where they are tested instead.
const ELSEWHERE: &[&str] = &[
    // Real time only: the timers in tests/conformance.
    "anywhen::rt::async_io::AsyncIoSleep",
    // Behind a feature that may be off.
    #[cfg(not(feature = "tokio"))]
    "anywhen::rt::tokio::TokioSleep",
];

/// The path of every public type that the sources make a future, as `type_name` gives it.
fn futures_in(sources: &[Source]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources {
        for (name, _) in source::implementors(source, "Future").into_iter().filter(|(name, _)| !name.starts_with('$')) {
            // The type may be declared in another file of the folder than the one that makes it a future.
            let declared = sources.iter().filter(|other| other.top() == source.top() && other.public.contains(&name));
            let here = declared.clone().find(|other| other.path == source.path);
            if let Some(file) = here.or_else(|| declared.max_by_key(|other| shared(&other.module, &source.module))) {
                names.insert(format!("anywhen::{}::{name}", file.module.join("::")));
            }
        }
    }
    for (source, name) in source::declared_by_macros(sources, "Future") {
        names.insert(format!("anywhen::{}::{name}", source.module.join("::")));
    }
    names
}

/// How many leading segments two paths share.
fn shared(a: &[String], b: &[String]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[test]
fn every_public_future_has_an_entry() {
    let mut entered = ELSEWHERE.iter().map(|&path| path.to_owned()).collect::<BTreeSet<_>>();
    for entry in registry::all() {
        entry(&mut |stage| {
            entered.insert(stage.name.clone());
        });
    }
    let missing = futures_in(&source::library()).difference(&entered).cloned().collect::<Vec<_>>();
    assert!(missing.is_empty(), "not in tests/laws/registry.rs:\n{}", missing.join("\n"));
}

#[test]
fn the_check_finds_futures_wherever_they_are_declared() {
    let sources = [
        Source::planted("time/nap.rs", "pub struct Nap; impl<T: Timer> core::future::Future for Nap<T> where T: X {}"),
        Source::planted("time/own.rs", "struct Own; impl Future for Own {} #[cfg(test)] impl Future for Test {}"),
        Source::planted("sync/kinds.rs", "pub struct Pass<T> { t: T }"),
        Source::planted("sync/polls.rs", "impl<T> Future for super::kinds::Pass<T> {} impl Stream for Other {}"),
        Source::planted("sync/make.rs", "macro_rules! make { ($name:ident) => { impl Future for $name {} } }"),
        Source::planted("sync/made.rs", "make! { #[doc = \"x\"] One of Two; Three of Four }"),
    ];
    let expected = ["sync::kinds::Pass", "sync::made::One", "sync::made::Three", "time::nap::Nap"];
    assert_eq!(futures_in(&sources), expected.iter().map(|name| format!("anywhen::{name}")).collect());
}
