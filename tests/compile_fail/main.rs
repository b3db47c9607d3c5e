//! What must not compile, does not, and for the reason that is given.
//!
//! A case is a line in `cases/` with a mark `//~`, and after it the code of the error that the compiler must give there, or
//! the message of one without a code. An error that comes up only in the crate is marked `//~ in the crate:`, with its
//! message. Each file is compiled twice: with `--cfg wrong`, when the errors must be those of the marks and no others, and
//! without, when it must compile. So a case and its positive twin differ in nothing but what is under that `cfg`, and
//! none is refused for a misspelt name.
//!
//! This is what doctests with `compile_fail` do not give: they pass with whatever error, unless the compiler is a nightly.

#![cfg(feature = "std")]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A line, and what is wrong with it. What is wrong in the crate is at line 0.
type Error = (u64, String);

/// The crate, built once more into a place of its own, where no other cargo is at work.
struct Built {
    library: PathBuf,
    folder: PathBuf,
}

fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from(env!("CARGO")), PathBuf::from)
}

/// The compiler beside cargo, which is the one that cargo used.
fn rustc() -> PathBuf {
    let beside = cargo().with_file_name(format!("rustc{}", env::consts::EXE_SUFFIX));
    if beside.is_file() { beside } else { PathBuf::from("rustc") }
}

fn build() -> Built {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    let output = Command::new(cargo())
        .args(["build", "--lib", "--offline", "--features", "testing", "--message-format", "json", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let library = messages(&output.stdout)
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == "anywhen")
        .find_map(|message| message["filenames"].as_array()?.iter().filter_map(Value::as_str).find_map(rlib));
    Built { library: library.expect("cargo says what it has built"), folder }
}

fn rlib(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name);
    path.extension().is_some_and(|extension| extension == "rlib").then_some(path)
}

/// What cargo and rustc print as JSON, one to a line.
fn messages(output: &[u8]) -> impl Iterator<Item = Value> {
    output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

/// Compiles a file, and gives the errors.
fn compile(built: &Built, file: &Path, wrong: bool) -> BTreeSet<Error> {
    let dependencies = built.library.parent().expect("it is in a folder");
    let mut rustc = Command::new(rustc());
    rustc.args(["--edition", "2024", "--crate-type", "lib", "--error-format", "json", "--cap-lints", "allow"]);
    rustc.args(["--check-cfg", "cfg(wrong)", "--extern"]).arg(format!("anywhen={}", built.library.display()));
    for folder in [dependencies.to_owned(), dependencies.join("deps")] {
        rustc.arg("-L").arg(format!("dependency={}", folder.display()));
    }
    rustc.arg("--out-dir").arg(&built.folder).arg(file);
    if wrong {
        rustc.args(["--cfg", "wrong"]);
    }
    let output = rustc.output().expect("rustc runs");
    let errors = messages(&output.stderr)
        .filter(|message| {
            message["level"] == "error" && message["message"].as_str().is_some_and(|text| !is_summary(text))
        })
        .map(|error| match line_of(&error, file) {
            Some(line) => (line, text_of(&error)),
            None => (0, error["message"].as_str().unwrap_or_default().to_owned()),
        })
        .collect::<BTreeSet<_>>();
    assert_eq!(output.status.success(), errors.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    errors
}

/// Whether it only counts the errors before it.
fn is_summary(text: &str) -> bool {
    text.starts_with("aborting due to")
}

/// The code, where there is one.
fn text_of(error: &Value) -> String {
    let text = error["code"]["code"].as_str().or_else(|| error["message"].as_str());
    text.unwrap_or_default().to_owned()
}

/// Where the error is, if it is in the file, or in the expansion of a macro that is called there.
fn line_of(error: &Value, file: &Path) -> Option<u64> {
    let is_here = |span: &&Value| span["file_name"].as_str().map(Path::new) == Some(file);
    let called = |span| std::iter::successors(Some(span), |span: &&Value| span["expansion"].get("span")).find(is_here);
    let mut primary = error["spans"].as_array()?.iter().filter(|span| span["is_primary"] == true);
    primary.find_map(called)?["line_start"].as_u64()
}

/// What the marks in a file say.
fn marks(text: &str) -> BTreeSet<Error> {
    let marked = (1..).zip(text.lines()).filter_map(|(number, line)| Some((number, line.split_once("//~")?.1)));
    let mark = |(number, mark): (u64, &str)| match mark.trim().strip_prefix("in the crate: ") {
        Some(message) => (0, message.to_owned()),
        None => (number, mark.trim().to_owned()),
    };
    marked.map(mark).collect()
}

/// How what the compiler says differs from the marks.
fn differences(file: &Path, expected: &BTreeSet<Error>, found: &BTreeSet<Error>) -> Vec<String> {
    let place = |line: &u64| format!("{}:{line}", file.display());
    let missing =
        expected.difference(found).map(|(line, text)| format!("{} should be refused with {text}", place(line)));
    let surplus = found.difference(expected).map(|(line, text)| format!("{} is refused with {text}", place(line)));
    missing.chain(surplus).collect()
}

#[test]
fn what_must_not_compile_does_not() {
    let built = build();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("compile_fail").join("cases");
    let (mut files, mut seen) = (0, 0);
    let mut faults = Vec::new();
    for entry in fs::read_dir(cases).unwrap() {
        let file = entry.unwrap().path();
        let expected = marks(&fs::read_to_string(&file).unwrap());
        faults.extend(differences(&file, &expected, &compile(&built, &file, true)));
        faults.extend(differences(&file, &BTreeSet::new(), &compile(&built, &file, false)));
        files += 1;
        seen += expected.len();
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(files >= 4 && seen >= 60, "{seen} cases in {files} files: some have gone");
}

#[test]
fn a_case_that_is_wrong_for_another_reason_is_told() {
    let built = build();
    let file = built.folder.join("planted.rs");
    let text = "
        fn compiles() {} //~ E0308
        fn is_of_another_kind() -> u8 { \"text\" } //~ E0277
        fn is_as_told() -> u8 { \"text\" } //~ E0308
        #[cfg(wrong)]
        fn is_not_marked() -> Nothing {}
        fn is_marked_by_its_message<'a, 'b>(of: &'a u8) -> &'b u8 { of } //~ lifetime may not live long enough
        //~ in the crate: something else
    ";
    fs::write(&file, text).unwrap();
    let found = compile(&built, &file, true);
    let told = differences(&file, &marks(text), &found);
    let expected = [
        (2, "should be refused with E0308"),
        (3, "should be refused with E0277"),
        (3, "is refused with E0308"),
        (6, "is refused with E0425"),
        (0, "should be refused with something else"),
    ];
    for (line, text) in expected {
        assert!(told.iter().any(|fault| fault.ends_with(&format!("planted.rs:{line} {text}"))), "{line}: {told:#?}");
    }
    assert!(!told.iter().any(|fault| fault.contains("planted.rs:4 ")), "{told:#?}");
    // Without the `cfg`, what is wrong all the same is told too.
    assert!(compile(&built, &file, false).contains(&(3, "E0308".to_owned())));
}
