//! Rules of the house that can be read off the sources, and that no lint checks.

use std::collections::BTreeSet;

use support::source::{self, Kind, Source, Token};
use support::surface;

mod support;

/// Where a rule is broken, as lines for the reader.
fn broken(sources: &[Source], rule: impl Fn(&Source) -> Vec<(usize, String)>) -> Vec<String> {
    let places = |source| {
        rule(source).into_iter().map(|(line, what)| format!("{}: {what}", source.place(line))).collect::<Vec<_>>()
    };
    sources.iter().flat_map(places).collect()
}

fn assert_kept(rule: impl Fn(&Source) -> Vec<(usize, String)>) {
    let found = broken(&source::library(), rule);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// A file is one idea, and opens with a paragraph that says it.
fn opens_with_a_paragraph(source: &Source) -> Vec<(usize, String)> {
    if source.text.starts_with("//! ") { vec![] } else { vec![(1, "does not open with `//! ...`".into())] }
}

/// A file with unsafe code says so at its top and why.
fn owns_up_to_unsafe(source: &Source) -> Vec<(usize, String)> {
    match source.tokens.iter().find(|token| token.is("unsafe")) {
        Some(token) if !allows_unsafe(source) => {
            vec![(token.line, "unsafe code, without `#![allow(unsafe_code, reason = ...)]`".into())]
        }
        _ => vec![],
    }
}

fn allows_unsafe(source: &Source) -> bool {
    source.text.lines().any(|line| line.starts_with("#![allow(unsafe_code, reason = \""))
}

/// Law 12: futures have names. No public `async fn`, and no `impl Future` where a caller may want to store it.
fn futures_have_names(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let next = |n: usize| source.tokens.get(at + n);
        if !token.is("pub") || next(1).is_some_and(|token| token.is("(")) {
            continue;
        }
        if next(1).is_some_and(|token| token.is("async")) {
            found.push((token.line, "a public `async fn`".into()));
        }
        let end = source.tokens[at..].iter().position(|token| token.is("{") || token.is(";"));
        let signature = &source.tokens[at..at + end.unwrap_or(0)];
        let arrow = signature.windows(2).position(|pair| pair[0].is("-") && pair[1].is(">"));
        let returned = arrow.map_or(&[][..], |arrow| &signature[arrow..]);
        let returned = &returned[..returned.iter().position(|token| token.is("where")).unwrap_or(returned.len())];
        if signature.iter().any(|token| token.is("fn")) && returned.windows(2).any(is_impl_future) {
            found.push((token.line, "a public function that returns `impl Future`".into()));
        }
    }
    found
}

fn is_impl_future(pair: &[Token]) -> bool {
    pair[0].is("impl") && (pair[1].is("Future") || pair[1].is("FusedFuture"))
}

/// Rust 1.85 has no let chains; what else it lacks, clippy knows.
fn chains_no_let(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        if !token.is("if") && !token.is("while") {
            continue;
        }
        let (mut depth, mut has_let, mut has_and) = (0, false, false);
        for pair in source.tokens[at + 1..].windows(2) {
            match pair[0].kind {
                Kind::Punct('(' | '[') => depth += 1,
                Kind::Punct(')' | ']') => depth -= 1,
                _ if depth > 0 => {}
                // An `if` in a match arm or a closure ends with more than a brace; none of that is a chain.
                Kind::Punct('{' | ';' | ',') => break,
                Kind::Punct('&') => has_and |= pair[1].is("&"),
                _ => has_let |= pair[0].is("let"),
            }
            if depth < 0 {
                break;
            }
        }
        if has_let && has_and {
            found.push((token.line, "a let chain, which the oldest supported Rust has not".into()));
        }
    }
    found
}

/// Examples run: none is exempted.
fn examples_run(source: &Source) -> Vec<(usize, String)> {
    let exempted = |line: &str| {
        let fence = line.trim_start().trim_start_matches(['/', '!']).trim_start().strip_prefix("```");
        fence.is_some_and(|tags| tags.split(',').any(|tag| tag.starts_with("ignore") || tag == "no_run"))
    };
    let lines = source.text.lines().enumerate().filter(|(_, line)| exempted(line));
    lines.map(|(at, line)| (at + 1, format!("an example that does not run: {}", line.trim()))).collect()
}

/// Law 3: a file that declares a public future has a `# Cancel safety` section.
fn states_cancel_safety(source: &Source, by_macro: &[(&Source, String)]) -> Vec<(usize, String)> {
    let by_macro = by_macro.iter().filter(|(at, _)| at.path == source.path);
    let directly = surface::implementors(source, "Future").into_iter();
    let directly = directly.filter(|(name, _)| !name.starts_with('$') && source.public.contains(name));
    let futures = directly.chain(by_macro.map(|(_, name)| (name.clone(), 1)));
    let silent = futures.filter(|_| !source.text.contains("# Cancel safety"));
    silent.map(|(name, line)| (line, format!("`{name}` is a future, and no `# Cancel safety` is in sight"))).collect()
}

#[test]
fn files_open_with_a_paragraph() {
    assert_kept(opens_with_a_paragraph);
}

#[test]
fn the_map_of_the_machine_room_has_every_mechanism() {
    let map = include_str!("../src/internal/README.md");
    for source in source::library().iter().filter(|source| source.top() == "internal") {
        let Some(name) = source.module.get(1) else { continue };
        let entered = map.contains(&format!("| `{name}.rs` |")) || map.contains(&format!("| `{name}` |"));
        assert!(entered, "{name} is not in src/internal/README.md");
    }
}

#[test]
fn unsafe_code_is_declared_file_by_file() {
    assert_kept(owns_up_to_unsafe);

    // And one that says so has some, or calls a macro that has.
    let sources = source::library();
    let unsafe_in = |source: &&Source| source.tokens.iter().any(|token| token.is("unsafe"));
    let macros = sources.iter().filter(unsafe_in).flat_map(|source| {
        let defined = source.tokens.windows(3).filter(|window| window[0].is("macro_rules"));
        defined.filter_map(|window| window[2].ident())
    });
    let macros = macros.collect::<BTreeSet<_>>();
    for source in sources.iter().filter(|source| allows_unsafe(source) && !unsafe_in(source)) {
        let calls = source.tokens.iter().any(|token| token.ident().is_some_and(|name| macros.contains(name)));
        assert!(calls, "{}: allows unsafe code and has none", source.place(1));
    }
}

#[test]
fn public_futures_are_named_types() {
    assert_kept(futures_have_names);
}

#[test]
fn the_oldest_supported_rust_can_parse_it() {
    assert_kept(chains_no_let);
}

#[test]
fn no_example_is_exempted_from_running() {
    assert_kept(examples_run);
}

#[test]
fn public_futures_state_their_cancel_safety() {
    let sources = source::library();
    let by_macro = surface::declared_by_macros(&sources, "Future");
    assert_kept(|source| states_cancel_safety(source, &by_macro));
}

#[test]
fn every_public_future_is_fused_and_warns_when_unused() {
    // What is elsewhere runs whether its handle is awaited or not, and an `Either` also holds what is no future.
    let may_go_unpolled = BTreeSet::from(["JoinHandle", "AbortOnDrop", "RemoteHandle", "Either"]);
    let sources = source::library();
    let mut found = Vec::new();
    for source in &sources {
        let fused = surface::implementors(source, "FusedFuture");
        for (name, line) in surface::implementors(source, "Future") {
            if !source.public.contains(&name) {
                continue;
            }
            if !fused.iter().any(|(fused, _)| *fused == name) {
                found.push(format!("{}: `{name}` is not a `FusedFuture`", source.place(line)));
            }
            if !may_go_unpolled.contains(name.as_str()) && !must_use(source, &name) {
                found.push(format!("{}: `{name}` does not say that it must be polled", source.place(line)));
            }
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Whether the type of that name carries the lint for futures that are never polled.
fn must_use(source: &Source, name: &str) -> bool {
    let tokens = &source.tokens;
    let Some(declared) = tokens.windows(2).position(|pair| is_declaration(&pair[0]) && pair[1].is(name)) else {
        return false;
    };
    // Back to the end of the item before: attributes hold neither `;` nor a closing brace.
    let start = tokens[..declared].iter().rposition(|token| token.is(";") || token.is("}")).unwrap_or(0);
    // `Retry` is not only a future.
    let says = |kind: &Kind| matches!(kind, Kind::Str(text) if text.contains(" do nothing unless ") && text.contains("polled"));
    tokens[start..declared].windows(3).any(|window| window[0].is("must_use") && says(&window[2].kind))
}

fn is_declaration(token: &Token) -> bool {
    token.is("struct") || token.is("enum")
}

#[test]
fn the_rules_see_a_breach() {
    fn breaches(rule: fn(&Source) -> Vec<(usize, String)>, text: &str) -> usize {
        broken(&[Source::planted("time/planted.rs", text)], rule).len()
    }
    let future = "pub struct Nap; impl Future for Nap {}";
    assert_eq!(breaches(opens_with_a_paragraph, "use core::fmt;"), 1);
    assert_eq!(breaches(owns_up_to_unsafe, "unsafe impl Send for X {}"), 1);
    assert_eq!(breaches(owns_up_to_unsafe, "#[cfg(test)] mod tests { unsafe fn f() {} }"), 0);
    assert_eq!(breaches(futures_have_names, "pub async fn f() {}"), 1);
    assert_eq!(breaches(futures_have_names, "pub fn f() -> impl Future<Output = ()> {}"), 1);
    assert_eq!(breaches(futures_have_names, "pub fn f(x: impl Future) -> F where F: Future {}"), 0);
    assert_eq!(breaches(futures_have_names, "pub(crate) async fn f() {}"), 0);
    assert_eq!(breaches(chains_no_let, "fn f() { if let Some(x) = y && x > 1 {} }"), 1);
    assert_eq!(breaches(chains_no_let, "fn f() { if (a && b) || c && d {} while let Some(x) = g(a && b) {} }"), 0);
    assert_eq!(breaches(chains_no_let, "fn f() { if let Some(x) = &y { a && b } }"), 0);
    assert_eq!(breaches(examples_run, "/// ```no_run\n//! ```rust,ignore\n/// ```text"), 2);
    assert_eq!(breaches(|source| states_cancel_safety(source, &[]), future), 1);
    assert_eq!(breaches(|source| states_cancel_safety(source, &[]), &format!("/// # Cancel safety\n{future}")), 0);
    let planted = Source::planted("time/planted.rs", future);
    assert!(!must_use(&planted, "Nap"));
    let text = format!("#[must_use = \"futures do nothing unless polled\"] #[derive(Debug)] {future}");
    assert!(must_use(&Source::planted("time/planted.rs", &text), "Nap"));
}
