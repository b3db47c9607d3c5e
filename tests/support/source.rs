//! A reader of Rust sources for the tests that check them: it cuts a file into tokens, and leaves test-only code out.
//!
//! It knows tokens and attributes and nothing of grammar. That suffices for what it is asked, and needs no parser among
//! the dependencies. Comments are no tokens, so links in documentation are never seen.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What a token is. Numbers and characters are dropped; nothing asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ident(String),
    Lifetime(String),
    Str(String),
    /// `::`
    Colons,
    Punct(char),
}

/// A token and the line where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        match &self.kind {
            Kind::Ident(name) => name == text,
            Kind::Colons => text == "::",
            Kind::Punct(c) => text.len() == 1 && text.starts_with(*c),
            Kind::Lifetime(_) | Kind::Str(_) => false,
        }
    }

    pub(crate) fn ident(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }
}

/// A file under `src/`.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to `src/`.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The tokens of what is compiled when `test` is off.
    pub(crate) tokens: Vec<Token>,
    /// The public types that the file declares, aliases included.
    pub(crate) public: BTreeSet<String>,
    /// Where the file stands in the module tree: `["time", "sleep"]`; nothing for `lib.rs`.
    pub(crate) module: Vec<String>,
}

impl Source {
    /// Reads a source that is not on disk, for the tests of the checks themselves.
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self::read(PathBuf::from(path), text.to_owned()).0
    }

    /// The file, and the modules that it declares for tests only.
    fn read(path: PathBuf, text: String) -> (Self, Vec<Vec<String>>) {
        let mut module = path.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect::<Vec<_>>();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        let (tokens, dropped) = without_test_code(&lex(&text));
        let dropped = dropped.into_iter().map(|name| module.iter().cloned().chain([name]).collect()).collect();
        let kinds = ["struct", "enum", "union", "type"];
        let public = tokens.windows(3).filter(|w| w[0].is("pub") && kinds.iter().any(|kind| w[1].is(kind)));
        let public = public.filter_map(|window| window[2].ident().map(str::to_owned)).collect();
        (Self { path, text, tokens, public, module }, dropped)
    }

    /// The folder or file directly under `src/` that this belongs to, `lib` for the root.
    pub(crate) fn top(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// `file:line`, as editors understand it.
    pub(crate) fn place(&self, line: usize) -> impl fmt::Display {
        format!("src/{}:{line}", self.path.display())
    }
}

/// Every file of the library but those that hold tests only, in the order of their paths.
pub(crate) fn library() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();

    let mut test_modules = Vec::new();
    let mut sources = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let (source, dropped) = Source::read(path.strip_prefix(&root).unwrap().to_owned(), text);
        test_modules.extend(dropped);
        sources.push(source);
    }
    sources.retain(|source| !test_modules.iter().any(|module| source.module.starts_with(module)));
    assert!(sources.len() > 10, "the sources were not found");
    keep_what_is_reachable(&mut sources);
    sources
}

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

/// Cuts a text into tokens.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let (kind, length) = if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, block_comment(rest))
        } else if let Some((content, length)) = string(rest) {
            (Some(Kind::Str(content.to_owned())), length)
        } else if c == '\'' {
            quote(rest)
        } else if c == '$' && rest[1..].starts_with(|c: char| c.is_alphabetic()) {
            // A macro's variable is one token; `$crate` is `crate`.
            let length = 1 + word(&rest[1..]);
            let name = if &rest[..length] == "$crate" { &rest[1..length] } else { &rest[..length] };
            (Some(Kind::Ident(name.to_owned())), length)
        } else if c.is_alphabetic() || c == '_' {
            // A raw identifier is the name that it stands for.
            let prefix = if rest.starts_with("r#") { 2 } else { 0 };
            let length = prefix + word(&rest[prefix..]);
            (Some(Kind::Ident(rest[prefix..length].to_owned())), length)
        } else if c.is_ascii_digit() {
            (None, word(rest))
        } else if rest.starts_with("::") {
            (Some(Kind::Colons), 2)
        } else if c.is_whitespace() {
            (None, c.len_utf8())
        } else {
            (Some(Kind::Punct(c)), c.len_utf8())
        };
        tokens.extend(kind.map(|kind| Token { kind, line }));
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// How long the word at the start of `text` is.
fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().expect("the comment ends").len_utf8();
        }
    }
}

/// The string literal of any kind at the start of `text`: what is in it, escapes left as they are, and its length.
fn string(text: &str) -> Option<(&str, usize)> {
    let letters = text.find(|c: char| !matches!(c, 'b' | 'c' | 'r'))?;
    let hashes = text[letters..].find(|c| c != '#')?;
    let start = letters + hashes + 1;
    if !text[letters + hashes..].starts_with('"') || letters > 2 || (hashes > 0 && !text[..letters].contains('r')) {
        return None;
    }
    if text[..letters].contains('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        let length = text[start..].find(&close).expect("the string ends");
        return Some((&text[start..start + length], start + length + close.len()));
    }
    let mut escaped = false;
    let length = text[start..]
        .find(|c| {
            let end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            end
        })
        .expect("the string ends");
    Some((&text[start..start + length], start + length + 1))
}

/// What begins with a single quote: a lifetime, or a character.
fn quote(text: &str) -> (Option<Kind>, usize) {
    let mut chars = text[1..].chars();
    let first = chars.next().expect("something follows a quote");
    if first == '\\' {
        // The escaped character may itself be a quote.
        let end = text[3..].find('\'').expect("the character ends");
        return (None, 3 + end + 1);
    }
    if chars.next() == Some('\'') {
        return (None, 1 + first.len_utf8() + 1);
    }
    let length = 1 + word(&text[1..]);
    (Some(Kind::Lifetime(text[1..length].to_owned())), length)
}

/// Leaves out every item and statement whose `cfg` can hold in tests only, and gives the names of the modules that such
/// an attribute keeps in files of their own.
fn without_test_code(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is("#") && tokens.get(at + 1).is_some_and(|token| token.is("[")) {
            let end = at + 1 + group(&tokens[at + 1..]);
            if is_test_only(&tokens[at + 2..end - 1]) {
                let length = item(&tokens[end..]);
                let skipped = &tokens[end..end + length];
                if let Some(declared) = skipped.iter().position(|token| token.is("mod")) {
                    if skipped.get(declared + 2).is_some_and(|token| token.is(";")) {
                        modules.extend(skipped[declared + 1].ident().map(str::to_owned));
                    }
                }
                at = end + length;
                continue;
            }
        }
        kept.push(tokens[at].clone());
        at += 1;
    }
    (kept, modules)
}

/// How many tokens the bracketed group at the start takes.
pub(crate) fn group(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Punct('(' | '[' | '{') => depth += 1,
            Kind::Punct(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    panic!("a bracket is not closed");
}

/// How many tokens the item at the start takes, attributes included: to a `;`, or to the end of its braces.
fn item(tokens: &[Token]) -> usize {
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].kind {
            Kind::Punct(';' | ',') => return at + 1,
            Kind::Punct('{') => return at + group(&tokens[at..]),
            Kind::Punct('(' | '[') => at += group(&tokens[at..]),
            _ => at += 1,
        }
    }
    at
}

/// Whether an attribute is `test`, or a `cfg` that can hold in tests only.
fn is_test_only(attribute: &[Token]) -> bool {
    match attribute {
        [only] => only.is("test"),
        [cfg, open, predicate @ .., _] if cfg.is("cfg") && open.is("(") => implies_test(predicate),
        _ => false,
    }
}

fn implies_test(predicate: &[Token]) -> bool {
    match predicate {
        [only] => only.is("test"),
        [all, open, of @ .., _] if all.is("all") && open.is("(") => parts(of).any(implies_test),
        [any, open, of @ .., _] if any.is("any") && open.is("(") => parts(of).all(implies_test),
        _ => false,
    }
}

/// Splits at the commas that are in no brackets.
pub(crate) fn parts(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let mut depth = 0;
    tokens
        .split(move |token| {
            match token.kind {
                Kind::Punct('(' | '[' | '{') => depth += 1,
                Kind::Punct(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            depth == 0 && token.is(",")
        })
        .filter(|part| !part.is_empty())
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
        let generics = if header.first().is_some_and(|token| token.is("<")) { angles(header) } else { 0 };
        let path = header[generics..].iter().take_while(|token| token.is("::") || token.ident().is_some());
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

/// How many tokens the angle brackets at the start take.
fn angles(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        let arrow = at > 0 && (tokens[at - 1].is("-") || tokens[at - 1].is("="));
        if token.is("<") {
            depth += 1;
        } else if token.is(">") && !arrow {
            depth -= 1;
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}
