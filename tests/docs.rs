//! The tables in `docs/` that are to have everything have it, and nothing else.

use std::collections::BTreeSet;

use support::function::{self, Function};
use support::source::{self, Source};
use support::surface;

mod support;

/// What is called in backquotes in the first cells of the tables under a heading, up to the next one.
fn first_cells<'a>(document: &'a str, heading: &str) -> Vec<&'a str> {
    let section =
        document.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with('#'));
    let cells = section.filter_map(|line| line.strip_prefix('|')?.split('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The public functions of a folder that give futures of that folder.
fn giving_futures<'a>(sources: &'a [Source], folder: &str) -> Vec<Function<'a>> {
    let inside = || sources.iter().filter(|source| source.top() == folder);
    let mut futures = BTreeSet::new();
    for source in inside() {
        futures.extend(surface::implementors(source, "Future").into_iter().map(|(name, _)| name));
    }
    futures.extend(surface::declared_by_macros(sources, "Future").into_iter().map(|(_, name)| name));
    // A trait may call a type of its own as a future is called.
    let given = |function: &Function<'_>| !function.gives("Self") && futures.iter().any(|name| function.gives(name));
    inside().flat_map(function::public_functions).filter(given).collect()
}

/// What a method of `sync` is called in the sources: that of a type which a macro fills in, by the macro's variable.
fn in_the_sources(functions: &[Function<'_>], name: &str) -> String {
    let by_macro = functions
        .iter()
        .map(|function| function.name.as_str())
        .find(|function| function.contains('$') && function.rsplit("::").next() == name.rsplit("::").next());
    by_macro.map_or_else(|| format!("sync::{name}"), str::to_owned)
}

#[test]
fn the_table_of_cancel_safety_has_every_async_method_of_sync() {
    let document = include_str!("../docs/sync.md");
    let sources = source::library();
    let functions = giving_futures(&sources, "sync");
    let table = first_cells(document, "## Cancel safety").into_iter().map(|name| in_the_sources(&functions, name));
    let table = table.collect::<Vec<_>>();
    assert!(functions.iter().any(|function| function.name == "sync::Mutex::lock"), "the search finds nothing");
    let found = function::gaps(&functions, &table.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(found.is_empty(), "docs/sync.md, \"Cancel safety\":\n{}\n", found.join("\n"));
}

#[test]
fn the_check_sees_what_is_missing() {
    let text =
        "pub struct Nap; impl Future for Nap {} impl Bed { pub fn nap(&self) -> Nap { Nap } pub fn cover(&self) {} }";
    let planted = [Source::planted("sync/bed.rs", text)];
    let functions = giving_futures(&planted, "sync");
    let document = "## Other\n| `Bed::old` |\n## Cancel safety\n\n| method | loses |\n|---|---|\n| `Bed::nap` | sleep |\n\n## Next\n| `x` |";
    assert_eq!(first_cells(document, "## Cancel safety"), ["Bed::nap"]);
    assert!(function::gaps(&functions, &["sync::Bed::nap"]).is_empty());
    assert_eq!(function::gaps(&functions, &["sync::Bed::old"]).len(), 2);
}
