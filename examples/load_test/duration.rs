//! Durations as people write them: `250ms`, `2s`, `1.5m`.

use std::time::Duration;

const UNITS: [(&str, f64); 6] = [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// A duration, which may be zero.
pub fn any(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.trim().parse().map_err(|_| "not a duration; write it as 250ms, 2s or 1.5m".to_owned())?;
    if number.is_sign_negative() {
        return Err("a duration cannot be negative".to_owned());
    }
    let Some((_, seconds)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
        return Err(format!("a duration needs one of the units ns, us, ms, s, m, h, as in {number}s"));
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "a duration that long is not supported".to_owned())
}

/// A duration above zero, where zero would mean that nothing can ever succeed.
pub fn positive(text: &str) -> Result<Duration, String> {
    match any(text)? {
        Duration::ZERO => Err("a duration of zero leaves no time to do anything".to_owned()),
        duration => Ok(duration),
    }
}

/// `duration` in the unit that suits its size, to four digits.
pub fn show(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}
