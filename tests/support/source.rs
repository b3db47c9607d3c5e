//! The sources of the library, for the tests that check them: each file with its tokens and its place in the module tree.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]
#![allow(unused_imports, reason = "as above")]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::surface::keep_what_is_reachable;
use super::tokens::without_test_code;
pub(crate) use super::tokens::{Kind, Token, group, lex, parts};

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
