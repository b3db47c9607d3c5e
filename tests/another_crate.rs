//! The test kit used from another crate: which runtimes there are is up to *our* features, whatever the user's are called.

#![cfg(feature = "testing")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// A copy of `tests/another_crate` that depends on this crate by its place, in the folder for what tests make: with the
/// lock file beside it, which is ours, so that it is tested with the versions that we are, all of which are there.
fn copied() -> PathBuf {
    let (root, copy) = (Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(env!("CARGO_TARGET_TMPDIR")).join("another"));
    let original = root.join("tests/another_crate");
    fs::create_dir_all(copy.join("src")).expect("a folder for it");
    for file in ["src/lib.rs", "src/bare.rs"] {
        fs::copy(original.join(file), copy.join(file)).expect("its source");
    }
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).expect("a lock file");
    let manifest = fs::read_to_string(original.join("Cargo.toml")).expect("its manifest");
    // As a string of TOML without escapes, for the separators of some systems are such.
    let manifest = manifest.replace("\"../..\"", &format!("'{}'", root.display()));
    fs::write(copy.join("Cargo.toml"), manifest).expect("its manifest");
    copy
}

/// Runs the tests of the copy, with the harness given `args`.
fn cargo_test(copy: &Path, features: &str, args: &[&str], limit: u32) -> Output {
    Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--offline", "--lib", "--features", features, "--manifest-path"])
        .arg(copy.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(copy.join("target"))
        .arg("--")
        .args(args)
        .env("ANYWHEN_TEST_LIMIT", limit.to_string())
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs")
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the tests of `case` are called.
fn tests(copy: &Path, features: &str, case: &str) -> BTreeSet<String> {
    let listed = cargo_test(copy, features, &["--list"], 30);
    assert!(listed.status.success(), "{}", text(&listed));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tests = listed.lines().filter_map(|line| line.strip_suffix(": test")?.strip_prefix(case)?.strip_prefix("::"));
    tests.map(str::to_owned).collect()
}

#[test]
fn the_matrix_works_from_another_crate_with_some_features() {
    let copy = &copied();
    assert_eq!(tests(copy, "smol", "a_task_gives_its_output"), names(&["on_sim", "on_std", "on_std_pool", "threads"]));
    assert_eq!(tests(copy, "smol", "a_wait_for_ever"), names(&["on_std"]), "but where it is excepted");
    let tokio = ["on_tokio_current_thread", "on_tokio_multi_thread"];
    assert_eq!(
        tests(copy, "networked", "an_hour_passes"),
        names(&[&["on_sim", "on_std", "on_std_pool"], &tokio[..]].concat())
    );

    let passed = cargo_test(copy, "networked", &[], 30);
    assert!(passed.status.success(), "{}", text(&passed));

    let hung = cargo_test(copy, "networked", &["--ignored"], 1);
    assert!(!hung.status.success());
    for test in ["on_std", "on_tokio_current_thread", "on_tokio_multi_thread"] {
        let message = format!("another_crate::a_wait_for_ever::{test} hangs: not finished after 1s");
        assert!(text(&hung).contains(&message), "{message}\n{}", text(&hung));
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
