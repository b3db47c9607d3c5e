//! Features and documentation.
//!
//! | scenario | shown by |
//! |---|---|
//! | features that exclude each other break a workspace that has both (sqlx#894, tower-lsp#358) | [`no_feature_takes_anything_away`]; `.ci/run` builds with none, each alone, and all |
//! | of two runtimes that are switched on one silently wins (zbus#526) | [`no_feature_takes_anything_away`]; `rt::without_a_current_runtime_tasks_run_on_the_builtin_pools`, with all features |
//! | a set of features that does not compile (P backon) | `.ci/run`: clippy with no feature, and each alone |
//! | a removed compiler feature breaks the documentation (P backon) | [`the_documentation_needs_no_compiler_feature_that_is_gone`] |
//! | an example never calls what it documents (P async-lock) | [`an_example_calls_what_it_documents`] |
//! | comments outlive a rewrite (event-listener) | [`comments_name_only_what_there_is`]; rustdoc refuses links that lead nowhere |
//! | the job of the models runs none (P async-lock) | `.ci/run` counts those that ran, and fails at zero |

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::source::{self, Kind, Source, Token};

/// Where something is there only if a feature is not.
fn subtractions(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, window) in source.tokens.windows(5).enumerate() {
        if let [not, open, feature, equals, Token { kind: Kind::Str(name), line }] = window {
            let subtracts = not.is("not") && open.is("(") && feature.is("feature") && equals.is("=");
            // What stands in where there is no `std` has the same meaning, and what the test kit is not told has none.
            let stands_in = name == "std" || (name == "testing" && source.top() == "internal");
            let only_lints = at > 1 && source.tokens[at - 2].is("cfg_attr");
            if subtracts && !stands_in && !only_lints {
                found.push((*line, name.clone()));
            }
        }
    }
    // What a macro says to one who has written it wrong is of no feature.
    let of_a_macro = source.module.iter().any(|module| module == "macros");
    let refusals = source.tokens.iter().filter(|token| token.is("compile_error") && !of_a_macro);
    found.extend(refusals.map(|token| (token.line, "compile_error".to_owned())));
    found
}

/// sqlx#894, tower-lsp#358, zbus#526
#[test]
fn no_feature_takes_anything_away() {
    for source in source::library() {
        assert_eq!(subtractions(&source), [], "{}", source.path.display());
    }
    let planted = "#[cfg(all(feature = \"smol\", not(feature = \"tokio\")))] fn f() { compile_error!(\"choose one\") }";
    let found = subtractions(&Source::planted("rt/choice.rs", planted));
    assert_eq!(found.len(), 2, "{found:?}");
}

/// P backon
#[test]
fn the_documentation_needs_no_compiler_feature_that_is_gone() {
    // `doc_auto_cfg` was merged into `doc_cfg`, and its name is an error since.
    for source in source::library() {
        assert!(!source.tokens.iter().any(|token| token.is("doc_auto_cfg")), "{}", source.path.display());
    }
}

/// The functions and macros that have examples, none of which names them.
fn idle_examples(text: &str) -> Vec<String> {
    let (mut found, mut code, mut in_code, mut fences) = (Vec::new(), String::new(), false, 0);
    for line in text.lines().map(str::trim_start) {
        if let Some(doc) = line.strip_prefix("///") {
            if doc.trim_start().starts_with("```") {
                in_code = !in_code;
                fences += 1;
            } else if in_code {
                code.push_str(doc);
                code.push('\n');
            }
            continue;
        }
        if line.starts_with("#[") {
            continue;
        }
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let name = words.by_ref().find(|word| !["pub", "const", "unsafe", "async", "extern"].contains(word));
        if let Some("fn" | "macro_rules") = name {
            let name = words.next().unwrap_or_default();
            let named = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
            if fences > 0 && !named {
                found.push(name.to_owned());
            }
        }
        code.clear();
        fences = 0;
    }
    found
}

/// P async-lock
#[test]
fn an_example_calls_what_it_documents() {
    for source in source::library().iter().filter(|source| source.top() != "internal") {
        assert_eq!(idle_examples(&source.text), <[String; 0]>::default(), "{}", source.path.display());
    }
    let planted = "
        /// ```
        /// lock.try_write();
        /// ```
        #[inline]
        pub const fn try_write(&self) {}

        /// ```
        /// lock.try_write();
        /// ```
        #[inline]
        pub fn try_upgrade(&self) {}
    ";
    assert_eq!(idle_examples(planted), ["try_upgrade"]);
}

/// Names of others, and those that stand for any, which comments may mention though no code here does.
const OF_OTHERS: &[&str] = &[
    "AbortOnDropHandle",
    "Command",
    "HashMap",
    "MyRuntime",
    "RetryBudget",
    "SMOL_THREADS",
    "TpsBudget",
    "enable_time",
    "my_runtime",
    "parking_lot",
    "swap_remove",
];

/// The names that the comments of a text give in backticks, and that are not among those `known`. Plain words are left out,
/// and what only ends names, as in `_owned`.
fn stale_names(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let comments = text.lines().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment);
    let comments = comments.filter(|comment| !comment.contains("```"));
    let quoted = comments.flat_map(|comment| comment.split('`').skip(1).step_by(2));
    // A heading is in the documentation, not in the code.
    let quoted = quoted.filter(|code| !code.starts_with('#'));
    let words = quoted.flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let is_name = |word: &&str| {
        let edges = word.starts_with(|c: char| c == '_' || c.is_ascii_digit()) || word.ends_with('_');
        !edges && word.contains(|c: char| c == '_' || c.is_uppercase())
    };
    let names = words.filter(is_name);
    names.filter(|name| !known.contains(*name) && !OF_OTHERS.contains(name)).map(str::to_owned).collect()
}

/// The identifiers of a token: those that are in a string count, for that is how variables of the environment are named.
fn words_of(token: &Token) -> Vec<String> {
    match &token.kind {
        Kind::Ident(name) => vec![name.clone()],
        Kind::Str(text) => text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The code that stands in the documentation.
fn examples(text: &str) -> String {
    let docs = text.lines().map(str::trim_start);
    let docs = docs.filter_map(|line| line.strip_prefix("///").or_else(|| line.strip_prefix("//!")));
    let fenced = docs.collect::<Vec<_>>().join("\n");
    fenced.split("```").skip(1).step_by(2).filter(|code| !code.starts_with("toml")).collect()
}

/// event-listener
#[test]
fn comments_name_only_what_there_is() {
    let sources = source::library();
    let mut known = BTreeSet::new();
    for source in &sources {
        known.extend(source::lex(&source.text).iter().flat_map(words_of));
        known.extend(source::lex(&examples(&source.text)).iter().flat_map(words_of));
        known.extend(source.module.iter().cloned());
        // Variables of the environment are names in strings.
        known.extend(source::lex(&source.text).into_iter().filter_map(|token| match token.kind {
            Kind::Str(name) => Some(name),
            _ => None,
        }));
    }
    let tests = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")).unwrap();
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    known.extend(tests.filter_map(|entry| stem(entry.unwrap().path())));
    let manifest = include_str!("../../Cargo.toml");
    known.extend(manifest.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
    let stale = sources.iter().flat_map(|source| {
        let stale = stale_names(&source.text, &known).into_iter();
        stale.map(|name| format!("{}: `{name}`", source.path.display()))
    });
    let stale = stale.collect::<Vec<_>>();
    assert!(stale.is_empty(), "neither in the code nor in OF_OTHERS:\n{}", stale.join("\n"));

    let planted =
        "// Pairs with the `Release` of `Renamed::release`.\nlet x = 1; /// `x`, and `is_gone(x)` or `_gone`.";
    let known = ["Release", "release", "x"].map(str::to_owned).into();
    assert_eq!(stale_names(planted, &known), ["Renamed", "is_gone"]);
}
