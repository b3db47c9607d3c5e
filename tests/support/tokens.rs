//! Rust cut into tokens, test-only code left out.
//!
//! Tokens, brackets and attributes are known, and nothing of grammar. That suffices for what is asked, and needs no parser
//! among the dependencies. Comments are no tokens, so links in documentation are never seen.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

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
pub(super) fn without_test_code(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
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

/// How many tokens the angle brackets at the start take, if there are any.
pub(super) fn angles(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("<") {
            depth += 1;
        } else if token.is(">") && !tokens[at - 1].is("-") {
            depth -= 1;
        }
        if depth == 0 {
            return if at == 0 { 0 } else { at + 1 };
        }
    }
    0
}
