//! The public functions of the library, read off the sources: what they are called, take, and say of themselves.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use super::source::Source;
use super::tokens::{Token, angles, group};

/// A public function: free, a method, or one that a public trait asks for.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    /// The folder, the type or trait if there is one, and the name: `time::sleep`, `time::Interval::reset_at`.
    pub(crate) name: String,
    /// What is between the brackets.
    pub(crate) parameters: &'a [Token],
    /// What stands between the brackets and the body, or the bounds.
    pub(crate) result: &'a [Token],
    /// Its documentation, without the slashes.
    pub(crate) docs: String,
    /// Whether it belongs to no type.
    pub(crate) is_free: bool,
    source: &'a Source,
    line: usize,
}

impl Function<'_> {
    pub(crate) fn place(&self) -> String {
        self.source.place(self.line).to_string()
    }

    /// Whether a parameter's type is one of these.
    pub(crate) fn takes(&self, types: &[&str]) -> bool {
        self.parameters.iter().filter_map(Token::ident).any(|name| types.contains(&name))
    }

    /// Whether a type is named in what it gives.
    pub(crate) fn gives(&self, name: &str) -> bool {
        self.result.iter().any(|token| token.is(name))
    }

    /// What stands under a heading of its documentation.
    pub(crate) fn section(&self, heading: &str) -> Option<String> {
        section(&self.docs, heading)
    }
}

/// What stands under a heading, in one line.
pub(crate) fn section(docs: &str, heading: &str) -> Option<String> {
    let mut lines = docs.lines().skip_while(|line| line.trim() != heading);
    lines.next()?;
    let body = lines.take_while(|line| !line.trim_start().starts_with("# "));
    Some(body.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

/// What is wrong with a table of functions, as lines for the reader: functions that it lacks, and names in it that no
/// function has.
pub(crate) fn gaps(functions: &[Function<'_>], table: &[&str]) -> Vec<String> {
    let lacks = functions.iter().filter(|function| !table.contains(&function.name.as_str()));
    let stale = table.iter().filter(|name| !functions.iter().any(|function| function.name == **name));
    let lacks = lacks.map(|function| format!("{}: {} is not in the table", function.place(), function.name));
    lacks.chain(stale.map(|name| format!("{name} is in the table, and no function is called that"))).collect()
}

/// Where a function stands.
enum Owner {
    Type(String),
    /// All functions of a public trait are public.
    Trait(String),
    /// An implementation of a trait, or the body of a function.
    Other,
}

/// The public functions of a file. The lint `unreachable_pub` sees to it that `pub` means just that.
pub(crate) fn public_functions(source: &Source) -> Vec<Function<'_>> {
    let tokens = &source.tokens;
    let mut found = Vec::new();
    // Who opened the braces that we are in, and how deep they are.
    let mut owners: Vec<(usize, Owner)> = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth -= 1;
            owners.retain(|(opened, _)| *opened <= depth);
        } else if is_item(tokens, at) && token.is("impl") {
            owners.push((depth + 1, implemented(&tokens[at..])));
        } else if token.is("trait") && at > 0 && tokens[at - 1].is("pub") {
            owners.push((depth + 1, Owner::Trait(name_at(tokens, at + 1))));
        } else if token.is("fn") {
            let owner = owners.last();
            let (is_public, owner) = match owner {
                Some((opened, Owner::Trait(name))) if *opened == depth => (true, Some(name)),
                Some((_, Owner::Type(name))) => (is_pub(tokens, at), Some(name)),
                _ => (is_pub(tokens, at), None),
            };
            let is_named =
                tokens.get(at + 1).is_some_and(|next| next.ident().is_some_and(|name| !name.starts_with('$')));
            if is_public && is_named {
                let path = [Some(source.top()), owner.map(String::as_str), tokens[at + 1].ident()];
                found.push(Function {
                    name: path.into_iter().flatten().collect::<Vec<_>>().join("::"),
                    parameters: parameters(&tokens[at + 2..]),
                    result: result(&tokens[at + 2..]),
                    docs: docs_above(source, token.line),
                    is_free: owner.is_none(),
                    source,
                    line: token.line,
                });
            }
        }
    }
    found
}

/// Whether an item may begin here, and no type.
fn is_item(tokens: &[Token], at: usize) -> bool {
    at == 0 || [";", "}", "]", "{", "unsafe"].iter().any(|before| tokens[at - 1].is(before))
}

fn is_pub(tokens: &[Token], mut at: usize) -> bool {
    while at > 0 && ["const", "async", "unsafe"].iter().any(|word| tokens[at - 1].is(word)) {
        at -= 1;
    }
    at > 0 && tokens[at - 1].is("pub")
}

fn name_at(tokens: &[Token], at: usize) -> String {
    tokens[at].ident().unwrap_or_default().to_owned()
}

/// Whose `impl` it is that begins here.
fn implemented(tokens: &[Token]) -> Owner {
    let end = tokens.iter().position(|token| token.is("{") || token.is("where")).unwrap_or(tokens.len());
    let header = &tokens[1..end];
    let header = &header[angles(header)..];
    if header.iter().any(|token| token.is("for")) {
        return Owner::Other;
    }
    let path = header.iter().take_while(|token| token.is("::") || token.ident().is_some());
    path.filter_map(Token::ident).last().map_or(Owner::Other, |name| Owner::Type(name.to_owned()))
}

fn parameters(after_name: &[Token]) -> &[Token] {
    let list = &after_name[angles(after_name)..];
    &list[1..group(list) - 1]
}

fn result(after_name: &[Token]) -> &[Token] {
    let list = &after_name[angles(after_name)..];
    let rest = &list[group(list)..];
    let end = rest.iter().position(|token| ["{", ";", "where"].iter().any(|stop| token.is(stop)));
    &rest[..end.unwrap_or(rest.len())]
}

/// The doc comment above a line, with attributes in between.
fn docs_above(source: &Source, line: usize) -> String {
    let lines = source.text.lines().take(line - 1).collect::<Vec<_>>();
    let above = lines.iter().rev().map(|line| line.trim());
    let mut docs = above
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .filter_map(|line| line.strip_prefix("///"))
        .collect::<Vec<_>>();
    docs.reverse();
    docs.join("\n")
}

#[test]
fn functions_are_found_wherever_they_are() {
    let text = "/// Does.\n///\n/// # Panics\n///\n/// If not.\n#[inline]\npub const fn f<F: Fn(A) -> B>(d: Option<Duration>) {}
        fn g() {} pub(crate) fn h() {}
        impl<T: X<Y>> Nap<T> where T: Z { pub fn reset(&mut self) { fn inner() {} } fn own() {} }
        impl Add<Duration> for Nap { fn add() {} }
        wrap! { pub fn wrapped() -> impl Future {} }
        pub trait Timer { fn now(&self); fn late(&self) { fn inner() {} } }
        trait Own { fn own(); }";
    let planted = Source::planted("time/nap.rs", text);
    let found = public_functions(&planted);
    let names = found.iter().map(|function| function.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["time::f", "time::Nap::reset", "time::wrapped", "time::Timer::now", "time::Timer::late"]);
    assert!(found[0].takes(&["Duration"]) && found[0].is_free && !found[1].is_free);
    assert_eq!(found[0].section("# Panics").as_deref(), Some("If not."));
    assert!(found[0].result.is_empty() && found[2].gives("Future") && !found[2].gives("wrapped"));
}
