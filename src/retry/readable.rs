//! Durations as people write them in configurations: `100ms`, `1.5s`, `1h 30m`.

use core::fmt;
use core::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::nanos::Nanos;

/// A duration that is written as one number and a unit, exactly, and read as a sum of such.
#[derive(Clone, Copy)]
pub(super) struct Readable(pub(super) Duration);

impl Readable {
    /// Unless it is endless, which is said by leaving it out.
    pub(super) fn finite(nanos: Nanos) -> Option<Self> {
        (nanos != Nanos::ENDLESS).then(|| Self(nanos.duration()))
    }
}

impl Serialize for Readable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:?}", self.0))
    }
}

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Readable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as \"100ms\", \"1.5s\" or \"1h 30m\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Readable, E> {
                parse(text).map(Readable).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The sum of numbers with units.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let after = after.trim_start();
        let (unit, after) = after.split_at(after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len()));
        sum = sum.checked_add(scaled(number, nanos_of(unit)?)?)?;
        rest = after.trim_start();
    }
    Some(sum)
}

fn nanos_of(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // The micro sign, and the Greek letter.
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" | "min" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        "d" => 86_400 * 1_000_000_000,
        _ => return None,
    })
}

/// A decimal number of units of so many nanoseconds; what is less than a nanosecond is dropped.
fn scaled(number: &str, nanos: u64) -> Option<Duration> {
    const SECOND: u128 = 1_000_000_000;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // Eighteen digits are finer than a nanosecond of a day.
    if fraction.len() > 18 {
        return None;
    }
    let part = u128::from(fraction.parse::<u64>().ok()?) * u128::from(nanos) / 10_u128.pow(fraction.len() as u32);
    let total = u128::from(whole.parse::<u64>().ok()?) * u128::from(nanos) + part;
    Some(Duration::new(u64::try_from(total / SECOND).ok()?, (total % SECOND) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        let (milli, second) = (Duration::from_millis(1), Duration::from_secs(1));
        for (text, duration) in [
            ("100ms", milli * 100),
            ("1.5s", milli * 1500),
            ("0s", Duration::ZERO),
            ("1h 30m", second * 5400),
            ("1h30min", second * 5400),
            (" 2 d ", second * 172_800),
            ("7us", Duration::from_micros(7)),
            ("7µs", Duration::from_micros(7)),
            ("0.000000001s", Duration::from_nanos(1)),
            ("1.9ns", Duration::from_nanos(1)),
        ] {
            assert_eq!(parse(text), Some(duration), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_not() {
        for text in ["", " ", "5", "s", "5 parsecs", "-1s", "1..5s", ".5s", "1.s", "1e3s", "1s,2s", "1h 30", "∞"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("99999999999999999999s"), None);
        assert_eq!(parse("18446744073709551615d"), None);
        assert_eq!(parse("0.0000000000000000001s"), None);
    }
}
