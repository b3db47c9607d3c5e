//! The public surface, read off the sources: which types there are, what they implement, and who gives them out.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use std::collections::BTreeSet;

use super::source::Source;
use super::tokens::{Kind, Token, angles, group, parts};

/// Takes the types out of `public` that are neither in a public module nor re-exported by name.
pub(crate) fn keep_what_is_reachable(sources: &mut [Source]) {
    let mut modules = BTreeSet::<Vec<String>>::new();
    let mut exported = BTreeSet::new();
    for source in &*sources {
        let mut tokens = &source.tokens[..];
        while let Some(at) = tokens.iter().position(|token| token.is("pub")) {
            tokens = &tokens[at + 1..];
            match tokens {
                [kind, name, ..] if kind.is("mod") => {
                    modules.insert(source.module.iter().cloned().chain(name.ident().map(str::to_owned)).collect());
                }
                [kind, ..] if kind.is("use") => {
                    let end = tokens.iter().position(|token| token.is(";")).expect("a `use` ends");
                    let path = &tokens[1..end];
                    // The one that is allowed has nothing but macros behind it.
                    let glob =
                        path.iter().any(|token| token.is("*")) && !path.iter().any(|token| token.is("by_default"));
                    assert!(!glob, "{}: a glob hides what is public", source.place(tokens[0].line));
                    let top = match path {
                        [root, _, top, ..] if root.is("crate") => top.ident().unwrap_or_default(),
                        _ => source.top(),
                    };
                    let names = path.iter().filter_map(Token::ident);
                    exported.extend(names.map(|name| (top.to_owned(), name.to_owned())));
                }
                _ => {}
            }
        }
    }
    for source in sources {
        let open = (1..=source.module.len()).all(|length| modules.contains(&source.module[..length]));
        let top = source.top().to_owned();
        source.public.retain(|name| open || name.starts_with('$') || exported.contains(&(top.clone(), name.clone())));
    }
}

/// The types of a file that implement a trait: the last segment of each type's path, and the line of the `impl`.
///
/// A type that is a macro's variable appears as `$name`.
pub(crate) fn implementors(source: &Source, name: &str) -> Vec<(String, usize)> {
    let tokens = &source.tokens;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !token.is("impl") {
            continue;
        }
        let end = tokens[at..].iter().position(|token| token.is("{")).map_or(tokens.len(), |end| at + end);
        let header = &tokens[at..end];
        let Some(split) = header.windows(2).position(|pair| pair[0].is(name) && pair[1].is("for")) else { continue };
        let path = header[split + 2..].iter().take_while(|token| token.is("::") || token.ident().is_some());
        let last = path.filter_map(Token::ident).take_while(|name| *name != "where").last();
        found.extend(last.map(|last| (last.to_owned(), token.line)));
    }
    found
}

/// The structs of a file that have a `part` among their fields.
pub(crate) fn structs_with(source: &Source, part: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.tokens.iter().enumerate().filter(|(_, token)| token.is("struct")) {
        let (name, rest) = (&source.tokens[at + 1], &source.tokens[at + 2..]);
        let rest = &rest[angles(rest)..];
        let Some(begin) = rest.iter().position(|token| ["{", "(", ";"].iter().any(|open| token.is(open))) else {
            continue;
        };
        let fields = &rest[begin..];
        if !fields[0].is(";") && fields[..group(fields)].iter().any(|token| token.is(part)) {
            found.extend(name.ident().map(str::to_owned));
        }
    }
    found
}

/// What the macros that make their variable a future are called with: for each call in any of the sources, the names
/// that stand where an entry of the macro begins, with the file they are declared in.
///
/// This takes such a macro to be called with entries that begin with the future's name, attributes aside, and that end
/// with `;`, or with the call.
pub(crate) fn declared_by_macros<'a>(sources: &'a [Source], name: &str) -> Vec<(&'a Source, String)> {
    let mut found = Vec::new();
    for definer in sources {
        for (variable, line) in implementors(definer, name) {
            if variable.starts_with('$') {
                found.extend(arguments(sources, definer, line));
            }
        }
    }
    found
}

/// The same for the macros that declare their variable as a public type.
fn types_by_macros(sources: &[Source]) -> Vec<(&Source, String)> {
    let mut found = Vec::new();
    for definer in sources {
        for window in definer.tokens.windows(3) {
            let variable = window[2].ident().is_some_and(|name| name.starts_with('$'));
            if variable && window[0].is("pub") && (window[1].is("struct") || window[1].is("enum")) {
                found.extend(arguments(sources, definer, window[2].line));
                // A macro that declares several is found by the first.
                let mut seen = BTreeSet::new();
                found.retain(|(source, name)| seen.insert((source.path.clone(), name.clone())));
            }
        }
    }
    found
}

/// What the macro that stands at a line is called with, wherever it is.
fn arguments<'a>(sources: &'a [Source], definer: &Source, line: usize) -> Vec<(&'a Source, String)> {
    let defined = definer.tokens.windows(3).rev().find(|w| w[0].is("macro_rules") && w[0].line <= line);
    let maker = defined.and_then(|window| window[2].ident()).expect("a variable stands in a macro");
    let mut found = Vec::new();
    for source in sources {
        let tokens = &source.tokens;
        for at in 0..tokens.len().saturating_sub(2) {
            if tokens[at].is(maker) && tokens[at + 1].is("!") {
                let call = &tokens[at + 2..];
                let names = entries(&call[1..group(call) - 1]);
                found.extend(names.map(|name| (source, name)));
            }
        }
    }
    found
}

/// The capitalised names at the beginnings of what semicolons separate.
fn entries(tokens: &[Token]) -> impl Iterator<Item = String> {
    let first = |mut entry: &[Token]| {
        while let [hash, rest @ ..] = entry {
            if !hash.is("#") {
                break;
            }
            entry = &rest[group(rest)..];
        }
        entry.first()?.ident().filter(|name| name.starts_with(char::is_uppercase)).map(str::to_owned)
    };
    tokens.split(|token| token.is(";")).filter_map(first).collect::<Vec<_>>().into_iter()
}

/// Every public type, and the file that declares it.
pub(crate) fn public_types(sources: &[Source]) -> Vec<(&Source, String)> {
    let mut found = types_by_macros(sources);
    for source in sources {
        let named = source.public.iter().filter(|name| !name.starts_with('$'));
        found.extend(named.map(|name| (source, name.clone())));
    }
    let declared = found.iter().map(|(source, name)| (source.module.clone(), name.clone())).collect::<BTreeSet<_>>();
    for path in sources.iter().flat_map(exports) {
        let Some((name, module)) = path.split_last() else { continue };
        let Some(source) = sources.iter().find(|source| source.module == module) else { continue };
        if name.starts_with(char::is_uppercase)
            && !declared.contains(&(module.to_vec(), name.clone()))
            && !tells(source, name)
        {
            found.push((source, name.clone()));
        }
    }
    found
}

/// Whether a file says what a name is. If it does not and others have the name from there, a macro of whatever form made it.
fn tells(source: &Source, name: &str) -> bool {
    let declarations = ["struct", "enum", "union", "type", "trait", "const", "static"];
    let mut pairs = source.tokens.windows(2);
    pairs.any(|pair| pair[1].is(name) && declarations.iter().any(|word| pair[0].is(word)))
        || exports(source).iter().any(|path| path.last().is_some_and(|last| last == name))
}

/// The paths that a file re-exports, from the root of the crate.
fn exports(source: &Source) -> Vec<Vec<String>> {
    let tokens = &source.tokens;
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if pair[0].is("pub") && pair[1].is("use") {
            let end = tokens[at..].iter().position(|token| token.is(";")).map_or(tokens.len(), |end| at + end);
            let mut paths = Vec::new();
            use_tree(&tokens[at + 2..end], Vec::new(), &mut paths);
            found.extend(paths.into_iter().map(|path| resolve(&source.module, path)));
        }
    }
    found
}

/// Spells the paths of a `use` out.
fn use_tree(tree: &[Token], mut path: Vec<String>, found: &mut Vec<Vec<String>>) {
    for (at, token) in tree.iter().enumerate() {
        match &token.kind {
            Kind::Ident(name) if name == "as" => break,
            Kind::Ident(name) => path.push(name.clone()),
            Kind::Punct('{') => {
                let end = at + group(&tree[at..]);
                parts(&tree[at + 1..end - 1]).for_each(|part| use_tree(part, path.clone(), found));
                return;
            }
            _ => {}
        }
    }
    found.push(path);
}

fn resolve(module: &[String], path: Vec<String>) -> Vec<String> {
    let mut from = module.to_vec();
    let mut path = path.into_iter().peekable();
    while let Some(segment) = path.next_if(|segment| ["crate", "self", "super"].contains(&segment.as_str())) {
        match segment.as_str() {
            "crate" => from.clear(),
            "super" => drop(from.pop()),
            _ => {}
        }
    }
    from.extend(path);
    from
}

/// The types of a file that share themselves and give out one of `wanted`: those with a public method that takes `&self`
/// or an `Arc` of it, and says in what it gives one of these names, or `impl Future`. With the name of the method.
pub(crate) fn givers(source: &Source, wanted: &BTreeSet<String>) -> Vec<(String, String)> {
    let tokens = &source.tokens;
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|&at| tokens[at].is("impl")) {
        let Some(open) = tokens[at..].iter().position(|token| token.is("{")).map(|open| at + open) else { continue };
        let header = &tokens[at + 1..open];
        let path = header[angles(header)..].iter().take_while(|token| token.is("::") || token.ident().is_some());
        let path = path.filter_map(Token::ident).take_while(|name| !["where", "for"].contains(name));
        let Some(name) = path.last() else { continue };
        let body = &tokens[open..open + group(&tokens[open..])];
        for (at, pair) in body.windows(2).enumerate() {
            let public = body[..at].iter().rev().take_while(|token| token.ident().is_some());
            if !pair[0].is("fn") || !public.clone().any(|token| token.is("pub")) {
                continue;
            }
            let Some(list) = body[at..].iter().position(|token| token.is("(")).map(|list| at + list) else { continue };
            let end = list + group(&body[list..]);
            let result = body[end..].iter().take_while(|token| !["{", ";", "where"].iter().any(|stop| token.is(stop)));
            let gives = result.filter_map(Token::ident).any(|name| name == "Future" || wanted.contains(name));
            if gives && is_shared(&body[list + 1..end - 1]) {
                found.push((name.to_owned(), pair[1].ident().unwrap_or_default().to_owned()));
            }
        }
    }
    found
}

/// Whether a method with these parameters leaves the object to others too.
fn is_shared(parameters: &[Token]) -> bool {
    let first = parts(parameters).next().unwrap_or_default();
    let by_reference = first.first().is_some_and(|token| token.is("&"));
    let counted = first.iter().any(|token| token.is("Arc"));
    first.iter().any(|token| token.is("self"))
        && !first.iter().any(|token| token.is("mut"))
        && (by_reference || counted)
}
