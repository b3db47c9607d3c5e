//! The test kit used from another crate: which runtimes there are is up to *our* features, whatever the user's are called.

#![cfg(feature = "testing")]

use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::{env, fs};

/// Runs the tests of `tests/another_crate`, with the harness given `args`.
fn cargo_test(features: &str, args: &[&str], limit: u32) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    // The versions that we are tested with, all of which are there.
    fs::copy(format!("{root}/Cargo.lock"), format!("{root}/tests/another_crate/Cargo.lock")).expect("a lock file");
    Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--offline", "--lib", "--features", features])
        .args(["--manifest-path", &format!("{root}/tests/another_crate/Cargo.toml")])
        .args(["--target-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/another_crate")])
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
fn tests(features: &str, case: &str) -> BTreeSet<String> {
    let listed = cargo_test(features, &["--list"], 30);
    assert!(listed.status.success(), "{}", text(&listed));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tests = listed.lines().filter_map(|line| line.strip_suffix(": test")?.strip_prefix(case)?.strip_prefix("::"));
    tests.map(str::to_owned).collect()
}

#[test]
fn the_matrix_works_from_another_crate_with_some_features() {
    assert_eq!(tests("smol", "a_task_gives_its_output"), names(&["on_sim", "on_std", "on_std_pool", "threads"]));
    assert_eq!(tests("smol", "a_wait_for_ever"), names(&["on_std"]), "but where it is excepted");
    let tokio = ["on_tokio_current_thread", "on_tokio_multi_thread"];
    assert_eq!(
        tests("networked", "an_hour_passes"),
        names(&[&["on_sim", "on_std", "on_std_pool"], &tokio[..]].concat())
    );

    let passed = cargo_test("networked", &[], 30);
    assert!(passed.status.success(), "{}", text(&passed));

    let hung = cargo_test("networked", &["--ignored"], 1);
    assert!(!hung.status.success());
    for test in ["on_std", "on_tokio_current_thread", "on_tokio_multi_thread"] {
        let message = format!("another_crate::a_wait_for_ever::{test} hangs: not finished after 1s");
        assert!(text(&hung).contains(&message), "{message}\n{}", text(&hung));
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
