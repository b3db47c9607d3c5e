//! Policies in configurations: written so that people can read it, and refused as the constructors refuse it.
#![cfg(feature = "serde")]

use std::fmt::Debug;

use anywhen::retry::{Constant, Decorrelated, Exponential, Fibonacci, Jitter, Linear, Policy, Smooth};
use anywhen::time::Duration;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, from_value, json, to_string, to_value};

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    // Not by way of text, in which the reader of serde_json loses the last digit of a float.
    let written = to_value(value).unwrap();
    assert_eq!(from_value::<T>(written.clone()).unwrap(), *value, "{written}");
}

fn refused<T: DeserializeOwned + Debug>(text: &str) -> String {
    let message = from_str::<T>(text).expect_err("should be refused").to_string();
    message.split(" at line ").next().unwrap().to_owned()
}

#[test]
fn a_policy_is_readable() {
    let policy = Policy::new()
        .max_attempts(5)
        .max_elapsed(SECOND * 90)
        .max_slept(MILLI * 1500)
        .jitter(Jitter::Proportional(0.25))
        .seed(7);
    let value = json!({
        "backoff": {"first": "100ms", "factor": 2.0, "max": "30s"},
        "max_attempts": 5,
        "max_elapsed": "90s",
        "max_slept": "1.5s",
        "jitter": {"proportional": 0.25},
        "seed": 7,
    });
    assert_eq!(to_value(policy).unwrap(), value);
    assert_eq!(from_value::<Policy>(value).unwrap(), policy);
}

#[test]
fn what_is_left_out_has_its_default_and_is_left_out_when_written() {
    let least = json!({"backoff": {"first": "100ms", "factor": 2, "max": "30s"}});
    assert_eq!(from_value::<Policy>(least).unwrap(), Policy::new());
    let text = to_string(&Policy::of(Linear::new(MILLI, MILLI * 5))).unwrap();
    assert_eq!(text, r#"{"backoff":{"first":"1ms","step":"5ms"}}"#);
    assert_eq!(from_str::<Policy<Linear>>(&text).unwrap(), Policy::of(Linear::new(MILLI, MILLI * 5)));
}

#[test]
fn every_backoff_and_every_jitter_comes_back() {
    comes_back(&Constant::new(SECOND));
    comes_back(&Policy::of(Constant::new(Duration::ZERO)).max_retries(u32::MAX));
    comes_back(&Linear::new(MILLI, SECOND).with_max(SECOND * 9));
    comes_back(&Fibonacci::new(MILLI));
    comes_back(&Fibonacci::new(MILLI).with_max(SECOND));
    comes_back(&Exponential::new(MILLI, 1.5));
    comes_back(&Exponential::new(MILLI, 4_294_967_296.0).with_max(SECOND));
    comes_back(&Decorrelated::new(MILLI, SECOND));
    comes_back(&Smooth::new(MILLI));
    comes_back(&Smooth::new(MILLI).with_max(SECOND));
    for jitter in [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::Proportional(0.1)] {
        comes_back(&jitter);
        comes_back(&Policy::new().jitter(jitter));
    }
    assert_eq!(to_string(&Jitter::Full).unwrap(), r#""full""#);
}

#[test]
fn nonsense_is_refused_with_the_words_of_the_constructors() {
    type Default = Policy<Exponential>;
    let first = "the first delay of a growing backoff must not be zero";
    let max = "the maximum of a backoff must not be below its first delay";
    let factor = "the factor of a backoff must be a number from 1 to 2^32";
    assert_eq!(refused::<Exponential>(r#"{"first": "0s", "factor": 2}"#), first);
    assert_eq!(refused::<Exponential>(r#"{"first": "1s", "factor": 0.5}"#), factor);
    assert_eq!(refused::<Exponential>(r#"{"first": "1s", "factor": -2}"#), factor);
    assert_eq!(refused::<Exponential>(r#"{"first": "1s", "factor": 1e300}"#), factor);
    assert_eq!(refused::<Exponential>(r#"{"first": "1s", "factor": 2, "max": "999ms"}"#), max);
    assert_eq!(refused::<Fibonacci>(r#"{"first": "0s"}"#), first);
    assert_eq!(refused::<Fibonacci>(r#"{"first": "1s", "max": "1ms"}"#), max);
    assert_eq!(refused::<Linear>(r#"{"first": "1s", "step": "1s", "max": "1ms"}"#), max);
    assert_eq!(refused::<Decorrelated>(r#"{"min": "0s", "max": "1s"}"#), first);
    assert_eq!(refused::<Decorrelated>(r#"{"min": "2s", "max": "1s"}"#), max);
    let attempts = r#"{"backoff": {"first": "1s", "factor": 2}, "max_attempts": 0}"#;
    assert_eq!(refused::<Default>(attempts), "a policy must allow one attempt at least");
    let share = "the share of a proportional jitter must be from 0 to 1";
    for wrong in ["1.1", "-0.1"] {
        assert_eq!(refused::<Jitter>(&format!(r#"{{"proportional": {wrong}}}"#)), share);
    }
}

#[test]
fn what_is_misspelt_or_missing_is_told() {
    let unknown = refused::<Constant>(r#"{"delya": "1s"}"#);
    assert_eq!(unknown, "unknown field `delya`, expected `delay`");
    assert_eq!(refused::<Constant>("{}"), "missing field `delay`");
    assert_eq!(refused::<Policy>("{}"), "missing field `backoff`");
    assert_eq!(refused::<Constant>(r#"{"delay": "1s", "delay": "1s"}"#), "duplicate field `delay`");
    let duration = "expected a duration such as \"100ms\", \"1.5s\" or \"1h 30m\"";
    assert_eq!(
        refused::<Constant>(r#"{"delay": "1 parsec"}"#),
        format!("invalid value: string \"1 parsec\", {duration}")
    );
    assert_eq!(refused::<Constant>(r#"{"delay": 5}"#), format!("invalid type: integer `5`, {duration}"));
    assert!(refused::<Jitter>(r#""fully""#).starts_with("unknown variant `fully`, expected one of `none`, `full`"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn to_the_nanosecond(delay in any::<u64>(), first in 1..u64::MAX, share in 0.0..=1.0, seed in any::<u64>()) {
        comes_back(&Constant::new(Duration::from_nanos(delay)));
        comes_back(&Fibonacci::new(Duration::from_nanos(first)));
        comes_back(&Policy::of(Constant::new(Duration::MAX)).max_elapsed(Duration::from_nanos(delay)).seed(seed));
        comes_back(&Jitter::Proportional(share));
    }

    #[test]
    fn factors_too(first in 1..1_000_000_u64, factor in 1.0..2_000_000.0_f64) {
        comes_back(&Exponential::new(Duration::from_nanos(first), factor));
    }
}
