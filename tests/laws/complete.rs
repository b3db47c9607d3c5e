//! The registry is complete: whatever is public in the sources is of one kind, and what waits is under the laws.
//!
//! | kind | how it is told | what it must have |
//! |---|---|---|
//! | future | `impl Future` | an entry in the registry |
//! | stream | `impl Stream` | an entry in the registry |
//! | primitive | shares itself and gives out futures | a setting in the registry |
//! | error | `impl Error` | |
//! | guard | `impl Drop`, or has a `Hold`, and none of the above | its name in [`GUARDS`] |
//! | alias | `pub type` | |
//! | value | none of that | its name in [`VALUES`] |
//!
//! All of them must be in `tests/auto_traits.rs`, which sees to that itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::registry;
use crate::support::source::{self, Source};
use crate::support::surface;

/// Futures that no test can drive by hand, and where they are tested instead.
const ELSEWHERE: &[&str] = &[
    // Awaited in the expansions of macros, which `forms` tries.
    "anywhen::future::macros::branches::Branches",
    // Real time only: the timers in tests/conformance.
    "anywhen::rt::async_io::AsyncIoSleep",
    // Behind a feature that may be off.
    #[cfg(not(feature = "tokio"))]
    "anywhen::rt::tokio::TokioSleep",
    #[cfg(not(feature = "tower"))]
    "anywhen::retry::tower::ServiceAttempt",
];

/// What gives something back when it goes. The settings of primitives hold them; the others have tests of their own.
const GUARDS: &[&str] = &[
    "anywhen::future::abortable::AbortRegistration",
    "anywhen::retry::gate::handle::Admitted",
    "anywhen::rt::handle::EnterGuard",
    "anywhen::sync::cancellation_token::guard::DropGuard",
    "anywhen::sync::cancellation_token::guard::DropGuardRef",
    "anywhen::sync::mutex::guard::MutexGuard",
    "anywhen::sync::mutex::mapped::MappedMutexGuard",
    "anywhen::sync::mutex::mapped::OwnedMappedMutexGuard",
    "anywhen::sync::mutex::owned::OwnedMutexGuard",
    "anywhen::sync::rwlock::mapped::OwnedRwLockMappedWriteGuard",
    "anywhen::sync::rwlock::mapped::RwLockMappedWriteGuard",
    "anywhen::sync::rwlock::owned::OwnedRwLockReadGuard",
    "anywhen::sync::rwlock::owned::OwnedRwLockWriteGuard",
    "anywhen::sync::rwlock::read::RwLockReadGuard",
    "anywhen::sync::rwlock::upgrade::RwLockUpgradableReadGuard",
    "anywhen::sync::rwlock::upgrade_owned::OwnedRwLockUpgradableReadGuard",
    "anywhen::sync::rwlock::write::RwLockWriteGuard",
    "anywhen::sync::semaphore::owned::OwnedSemaphorePermit",
    "anywhen::sync::semaphore::permit::SemaphorePermit",
    "anywhen::time::virtual_clock::Hold",
];

/// What nobody waits for, or only through a mutable borrow: then what waits is an entry.
const VALUES: &[&str] = &[
    // For the expansions of macros.
    "anywhen::future::rotation::Rotation",
    // Of sets: who is who, and iterators.
    "anywhen::internal::pool::Key",
    "anywhen::future::unordered::iter::IntoIter",
    "anywhen::future::unordered::iter::Iter",
    "anywhen::future::unordered::iter::IterMut",
    "anywhen::future::unordered::iter::IterPinMut",
    "anywhen::future::unordered::iter::IterPinRef",
    // What races give, and in which order they look.
    "anywhen::future::either_n::Either3",
    "anywhen::future::either_n::Either4",
    "anywhen::future::either_n::Either5",
    "anywhen::future::either_n::Either6",
    "anywhen::future::either_n::Either7",
    "anywhen::future::either_n::Either8",
    "anywhen::future::either_n::Either9",
    "anywhen::future::either_n::Either10",
    "anywhen::future::either_n::Either11",
    "anywhen::future::either_n::Either12",
    "anywhen::future::select::order::Fair",
    "anywhen::future::select::order::Biased",
    // What aborts and what binds to it; what can be aborted is an entry.
    "anywhen::future::abortable::AbortHandle",
    // Attempts are given to one loop; what that waits for is an entry.
    "anywhen::retry::attempts::attempt::Attempt",
    "anywhen::retry::attempts::Attempts",
    // What is done again and again, and who counts.
    "anywhen::retry::blocking::Blocking",
    "anywhen::retry::context::Carried",
    "anywhen::retry::context::Lent",
    "anywhen::retry::counters::Counters",
    "anywhen::retry::streams::Resume",
    "anywhen::retry::streams::Streams",
    "anywhen::retry::work::Driven",
    // How to retry; the retry itself is an entry.
    "anywhen::retry::backoff::constant::Constant",
    "anywhen::retry::backoff::decorrelated::Decorrelated",
    "anywhen::retry::backoff::decorrelated::DecorrelatedDelays",
    "anywhen::retry::backoff::exponential::Exponential",
    "anywhen::retry::backoff::exponential::ExponentialDelays",
    "anywhen::retry::backoff::fibonacci::Fibonacci",
    "anywhen::retry::backoff::fibonacci::FibonacciDelays",
    "anywhen::retry::backoff::linear::Linear",
    "anywhen::retry::backoff::linear::LinearDelays",
    "anywhen::retry::backoff::smooth::Smooth",
    "anywhen::retry::backoff::smooth::SmoothDelays",
    "anywhen::retry::budget::Budget",
    "anywhen::retry::event::RetryEvent",
    "anywhen::retry::gate::GateMetrics",
    "anywhen::retry::gate::Outcome",
    "anywhen::retry::gate::breaker::BreakerMetrics",
    "anywhen::retry::gate::breaker::CircuitState",
    "anywhen::retry::gate::call::FailureWhen",
    "anywhen::retry::hedge::counters::Counting",
    "anywhen::retry::hedge::counters::HedgeCounters",
    "anywhen::retry::hedge::event::HedgeEvent",
    "anywhen::retry::hedge::latencies::Latencies",
    "anywhen::retry::hedge::plan::After",
    "anywhen::retry::hedge::plan::AfterPercentile",
    "anywhen::retry::hedge::plan::OnHedge",
    "anywhen::retry::hedge::plan::Silent",
    "anywhen::retry::hedge::plan::Unlimited",
    "anywhen::retry::hedge::policy::HedgePolicy",
    "anywhen::retry::hooks::Budgeted",
    "anywhen::retry::hooks::Observed",
    "anywhen::retry::hooks::Until",
    "anywhen::retry::hooks::When",
    "anywhen::retry::hooks::OnRetry",
    "anywhen::retry::hooks::DelayFrom",
    "anywhen::retry::hooks::WhenResult",
    "anywhen::retry::hooks::AttemptTimeout",
    "anywhen::retry::jitter::Jitter",
    "anywhen::retry::pipeline::Pipeline",
    "anywhen::retry::pipeline::layers::Fallbacks",
    "anywhen::retry::pipeline::layers::Gates",
    "anywhen::retry::pipeline::layers::Hedges",
    "anywhen::retry::pipeline::layers::Identity",
    "anywhen::retry::pipeline::layers::Layered",
    "anywhen::retry::pipeline::layers::Retries",
    "anywhen::retry::pipeline::layers::Stack",
    "anywhen::retry::pipeline::layers::Timeouts",
    "anywhen::retry::policy::Limits",
    "anywhen::retry::policy::Policy",
    "anywhen::retry::schedule::Schedule",
    "anywhen::retry::schedule::StopReason",
    "anywhen::retry::tower::PipelineService",
    "anywhen::retry::tower::ServiceCall",
    "anywhen::retry::strategy::With",
    "anywhen::retry::strategy::AnyError",
    "anywhen::retry::strategy::Detailed",
    "anywhen::retry::strategy::Standing",
    // Runtimes; their sleeps and tasks are entries.
    "anywhen::rt::async_std::AsyncStd",
    "anywhen::rt::handle::Handle",
    "anywhen::rt::hyper::HyperTimer",
    "anywhen::rt::smol::Smol",
    "anywhen::rt::std::Std",
    "anywhen::rt::tokio::Tokio",
    "anywhen::testing::sim::Sim",
    // What a task is told to be.
    "anywhen::rt::info::TaskInfo",
    "anywhen::task::builder::Builder",
    // How often waiters may be overtaken.
    "anywhen::sync::fairness::Fairness",
    // The test kit.
    "anywhen::testing::alloc::Allocations",
    "anywhen::testing::alloc::CountingAlloc",
    "anywhen::testing::contract::breach::Breach",
    "anywhen::testing::contract::breach::Finding",
    "anywhen::testing::contract::report::ContractCounts",
    "anywhen::testing::contract::report::ContractReport",
    "anywhen::testing::explore::Explore",
    "anywhen::testing::explore::Explored",
    "anywhen::testing::sim::builder::SimBuilder",
    "anywhen::testing::sim::order::Order",
    "anywhen::testing::task::TestTask",
    "anywhen::testing::waker::WakerEvent",
    "anywhen::testing::waker::CountingWaker",
    // What a barrier gives, and what a group counts.
    "anywhen::sync::barrier::BarrierWaitResult",
    "anywhen::sync::condvar::wait::WaitTimeoutResult",
    "anywhen::sync::wait_group::OwnedWaitGroupToken",
    "anywhen::sync::wait_group::WaitGroupToken",
    // What is told of locks.
    "anywhen::sync::diagnostics::report::Holder",
    "anywhen::sync::diagnostics::report::LockReport",
    "anywhen::sync::diagnostics::report::Report",
    "anywhen::sync::diagnostics::report::Waiter",
    // An interval gives its ticks to one at a time.
    "anywhen::time::deadline::Deadline",
    "anywhen::time::delay_queue::expired::Expired",
    "anywhen::time::delay_queue::store::Key",
    "anywhen::time::instant::Instant",
    "anywhen::time::interval::Interval",
    "anywhen::time::interval::MissedTickBehavior",
];

/// What public types there are, and of which kinds each is. Paths are as `type_name` gives them.
fn kinds_in(sources: &[Source]) -> BTreeMap<String, BTreeSet<Kind>> {
    let mut kinds = BTreeMap::<_, BTreeSet<_>>::new();
    for (source, name) in surface::public_types(sources) {
        kinds.entry(path(source, &name)).or_default();
    }
    for (name, kind) in [("Future", Kind::Future), ("Stream", Kind::Stream), ("Error", Kind::Error)] {
        for path in implementors(sources, name) {
            kinds.entry(path).or_default().insert(kind);
        }
    }
    let mut guards = implementors(sources, "Drop");
    guards.extend(implementors(sources, "PinnedDrop"));
    for source in sources {
        let holding = surface::structs_with(source, "Hold").into_iter().filter(|name| source.public.contains(name));
        guards.extend(holding.map(|name| path(source, &name)));
    }
    for path in guards {
        let of = kinds.entry(path).or_default();
        if of.is_empty() {
            of.insert(Kind::Guard);
        }
    }
    let waits = kinds.iter().filter(|(_, of)| of.contains(&Kind::Future) || of.contains(&Kind::Stream));
    let waits = waits.map(|(path, _)| last(path).to_owned()).collect();
    for source in sources {
        // An iterator may have the name of a stream.
        for (name, _) in surface::givers(source, &waits).into_iter().filter(|(_, method)| method != "iter") {
            if let Some(path) = declared(sources, source, &name) {
                kinds.entry(path).or_default().insert(Kind::Primitive);
            }
        }
        for window in source.tokens.windows(3).filter(|window| window[0].is("pub") && window[1].is("type")) {
            let name = window[2].ident().unwrap_or_default();
            if source.public.contains(name) {
                kinds.entry(path(source, name)).or_default().insert(Kind::Alias);
            }
        }
    }
    kinds
}

/// What a public type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Future,
    Stream,
    Primitive,
    Error,
    Guard,
    Alias,
    Value,
}

/// The public types that implement a trait.
fn implementors(sources: &[Source], name: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for source in sources {
        for (name, _) in surface::implementors(source, name).into_iter().filter(|(name, _)| !name.starts_with('$')) {
            paths.extend(declared(sources, source, &name));
        }
    }
    let by_macros = surface::declared_by_macros(sources, name).into_iter();
    paths.extend(by_macros.map(|(source, name)| path(source, &name)));
    paths
}

/// The path of a public type that `source` names. It may be declared in another file of the folder.
fn declared(sources: &[Source], source: &Source, name: &str) -> Option<String> {
    let declared = sources.iter().filter(|other| other.top() == source.top() && other.public.contains(name));
    let here = declared.clone().find(|other| other.path == source.path);
    let nearest = || declared.max_by_key(|other| shared(&other.module, &source.module));
    here.or_else(nearest).map(|file| path(file, name))
}

fn path(source: &Source, name: &str) -> String {
    format!("anywhen::{}::{name}", source.module.join("::"))
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().expect("a name")
}

/// How many leading segments two paths share.
fn shared(a: &[String], b: &[String]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// What is registered, kind by kind.
struct Registered {
    /// Futures and streams that are put on the stage.
    entries: BTreeSet<String>,
    /// Primitives for which a crowd waits.
    settings: BTreeSet<String>,
    guards: &'static [&'static str],
    values: &'static [&'static str],
}

/// A line for each public type that is not where it belongs, and for each name that belongs to nothing.
fn faults(kinds: &BTreeMap<String, BTreeSet<Kind>>, registered: &Registered) -> Vec<String> {
    let Registered { entries, settings, guards, values } = registered;
    let mut lines = Vec::new();
    for (path, of) in kinds {
        let mut of = of.clone();
        let name = path.as_str();
        if values.contains(&name) {
            of.insert(Kind::Value);
        }
        // A primitive may give out no futures itself; that it has a setting is telling enough.
        if settings.contains(name) {
            of.insert(Kind::Primitive);
        }
        let line = match of.into_iter().collect::<Vec<_>>()[..] {
            [] => "is of no kind: if nobody waits for it, add it to VALUES; if something waits, say so in the registry",
            [Kind::Future | Kind::Stream] | [Kind::Future, Kind::Stream] if !entries.contains(name) => {
                "waits, and no law looks at it: add entries to tests/laws/registry"
            }
            [Kind::Primitive] if !settings.contains(name) => {
                "is waited for by many, and no law looks at them: add settings to tests/laws/registry/primitives.rs"
            }
            [Kind::Guard] if !guards.contains(&name) => {
                "gives something back: add it to GUARDS, once a test drops it in every way"
            }
            // A sum of two is what its parts are.
            [_] | [Kind::Future, Kind::Stream] => continue,
            _ => "is of more than one kind: tell which in tests/laws/complete.rs",
        };
        lines.push(format!("{path} {line}"));
    }
    let listed = entries.iter().chain(settings).map(String::as_str);
    let listed = listed.chain(guards.iter().copied()).chain(values.iter().copied());
    lines.extend(listed.filter(|name| !kinds.contains_key(*name)).map(|name| format!("{name} is not there any more")));
    lines
}

#[test]
fn every_public_type_is_of_one_kind_and_registered() {
    let mut entries = ELSEWHERE.iter().map(|&path| path.to_owned()).collect::<BTreeSet<_>>();
    for entry in registry::all() {
        entry(&mut |stage| {
            entries.insert(stage.name.clone());
        });
    }
    for entry in registry::streams() {
        entry(&mut |stage| {
            entries.insert(stage.name.clone());
        });
    }
    let settings = registry::primitives().iter().map(|setting| setting(0).primitive).collect();
    let registered = Registered { entries, settings, guards: GUARDS, values: VALUES };
    let faults = faults(&kinds_in(&source::library()), &registered);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What is found in planted sources, of which `lib.rs` says that everything in `sync` and `time` is public.
fn planted(files: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<Kind>> {
    let root = ("lib.rs", "pub mod sync; pub mod time; mod internal;");
    let mut sources = [root].iter().chain(files).map(|(path, text)| Source::planted(path, text)).collect::<Vec<_>>();
    surface::keep_what_is_reachable(&mut sources);
    kinds_in(&sources)
}

#[test]
fn types_are_found_wherever_they_are_declared() {
    let kinds = planted(&[
        ("sync/mod.rs", "mod kinds; mod polls; mod make; mod made; pub use {kinds::Pass, made::{One, Three as Four}};"),
        ("sync/kinds.rs", "pub struct Pass<T> { t: T } pub struct Unreachable; pub(crate) struct Inner; struct Own;"),
        ("sync/polls.rs", "impl<T> Future for super::kinds::Pass<T> {} impl Future for Own {}"),
        ("sync/make.rs", "macro_rules! make { ($name:ident) => { pub struct $name; impl Future for $name {} } }"),
        ("sync/made.rs", "make! { #[doc = \"x\"] One of Two; Three of Four }"),
        ("sync/named.rs", "macro_rules! named { ($A:ident) => {} } each!(named);"),
        ("internal/mod.rs", "pub mod live;"),
        ("internal/live.rs", "pub struct Live; pub struct Hidden;"),
        ("time/mod.rs", "pub mod nap; pub use crate::internal::live::Live; pub use super::sync::named::Odd;"),
        (
            "time/nap.rs",
            "pub struct Nap; impl<T: Timer> core::future::Future for Nap<T> where T: X {} pub enum Kind {}",
        ),
        ("time/tests.rs", "#[cfg(test)] pub struct Test; #[cfg(test)] impl Future for Test {}"),
    ]);
    let names = kinds.keys().map(|path| path.strip_prefix("anywhen::").unwrap()).collect::<Vec<_>>();
    let expected = [
        "internal::live::Live",
        "sync::kinds::Pass",
        "sync::made::One",
        "sync::made::Three",
        "sync::named::Odd",
        "time::nap::Kind",
        "time::nap::Nap",
    ];
    assert_eq!(names, expected);
    let futures = kinds.iter().filter(|(_, of)| of.contains(&Kind::Future)).map(|(path, _)| last(path));
    assert_eq!(futures.collect::<Vec<_>>(), ["Pass", "One", "Three", "Nap"]);
}

#[test]
fn types_are_told_apart() {
    let text = "
        pub struct Wait; impl Future for Wait {}
        pub struct Items<S>(S); impl<S: Stream> Stream for Items<S> {}
        pub struct Gate; impl Gate { pub(crate) fn quiet(&self) -> Wait {} pub const fn pass<'a>(&'a self, n: u8) -> Wait {} }
        pub struct Lane<T: Fn() -> u8>(T);
        impl<T: Fn() -> u8> Lane<T> { pub fn go(self: Arc<Self>) -> impl Future<Output = ()> + use<T> {} }
        pub struct Alone; impl Alone { pub fn next(&mut self) -> Wait {} pub fn last(self) -> Wait {} fn own(&self) -> Wait {} }
        pub struct Full; impl core::error::Error for Full {}
        pub struct Guard; impl Drop for Guard {}
        pub struct Keep<T: Fn(u8) -> u8> { value: T, hold: Hold<u8> }
        pub type Boxed = Box<Wait>;
    ";
    let kinds = planted(&[("sync/mod.rs", text)]);
    let told = kinds.iter().map(|(path, of)| (last(path), of.iter().copied().collect())).collect::<Vec<(_, Vec<_>)>>();
    let expected = [
        ("Alone", vec![]),
        ("Boxed", vec![Kind::Alias]),
        ("Full", vec![Kind::Error]),
        ("Gate", vec![Kind::Primitive]),
        ("Guard", vec![Kind::Guard]),
        ("Items", vec![Kind::Stream]),
        ("Keep", vec![Kind::Guard]),
        ("Lane", vec![Kind::Primitive]),
        ("Wait", vec![Kind::Future]),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_is_not_registered_and_what_is_gone_fails() {
    let text = "
        pub struct Wait; impl Future for Wait {} pub struct Items; impl Stream for Items {}
        pub struct Gate; impl Gate { pub fn pass(&self) -> Wait {} }
        pub struct Guard; impl Drop for Guard {} pub struct Plain; pub struct Full; impl Error for Full {}
    ";
    let kinds = planted(&[("sync/mod.rs", text)]);
    let none = Registered { entries: BTreeSet::new(), settings: BTreeSet::new(), guards: &[], values: &[] };
    let found = faults(&kinds, &none);
    let begins = ["Gate is waited for", "Guard gives something", "Items waits", "Plain is of no kind", "Wait waits"];
    assert_eq!(found.len(), begins.len(), "{found:?}");
    for (line, begin) in found.iter().zip(begins) {
        assert!(line.starts_with(&format!("anywhen::sync::{begin}")), "{line}");
    }

    let names = |names: &[&str]| names.iter().map(|name| format!("anywhen::sync::{name}")).collect();
    let wrong = Registered {
        entries: names(&["Wait", "Items"]),
        settings: names(&["Gate", "Gone"]),
        guards: &["anywhen::sync::Guard", "anywhen::sync::Went"],
        values: &["anywhen::sync::Plain", "anywhen::sync::Full"],
    };
    let expected = [
        "Full is of more than one kind: tell which in tests/laws/complete.rs",
        "Gone is not there any more",
        "Went is not there any more",
    ];
    assert_eq!(faults(&kinds, &wrong), expected.map(|line| format!("anywhen::sync::{line}")));
}
