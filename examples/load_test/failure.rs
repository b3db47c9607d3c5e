//! Everything that can become of an attempt besides success, and which of it is worth another attempt.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use hyper::header::RETRY_AFTER;
use hyper::{HeaderMap, StatusCode};

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The attempt took longer than `--timeout`.
    Timeout,
    /// There was no connection to be had, and what the system says of it.
    Connect(String),
    /// The peer tore the connection down.
    Reset,
    /// The peer closed the connection before the response was whole.
    Closed,
    /// What came is not HTTP/1.1.
    Garbage,
    /// The connection failed otherwise, and what the system says of it.
    Io(String),
    /// A response that says no, and when it wants to be asked again.
    Status(StatusCode, Option<Duration>),
}

impl Failure {
    /// No connection because of `error`.
    pub fn to_connect(error: &io::Error) -> Self {
        Self::Connect(plain(error))
    }

    /// A response with an error status.
    pub fn from_status(status: StatusCode, headers: &HeaderMap) -> Self {
        Self::Status(status, retry_after(headers))
    }

    /// What kind it is, for the report.
    pub fn kind(&self) -> String {
        match self {
            Self::Timeout => "timeout".to_owned(),
            Self::Connect(what) => format!("connect: {what}"),
            Self::Reset => "connection reset".to_owned(),
            Self::Closed => "closed early".to_owned(),
            Self::Garbage => "not HTTP/1.1".to_owned(),
            Self::Io(what) => format!("i/o: {what}"),
            Self::Status(status, _) => format!("status {}", status.as_u16()),
        }
    }

    /// Whether another attempt may fare better. A peer that does not speak HTTP will not learn it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status(status, _) => matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
            Self::Garbage => false,
            _ => true,
        }
    }

    /// When the server asked for the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(_, after) => *after,
            _ => None,
        }
    }
}

impl From<hyper::Error> for Failure {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse() {
            return Self::Garbage;
        }
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(io) = cause.downcast_ref::<io::Error>() {
                return match io.kind() {
                    io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Reset,
                    io::ErrorKind::UnexpectedEof => Self::Closed,
                    io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Garbage,
                    _ => Self::Io(plain(io)),
                };
            }
            source = cause.source();
        }
        Self::Closed
    }
}

/// The system's own words, without what runtimes add to them, so that the same failure is called the same everywhere.
fn plain(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |code| io::Error::from_raw_os_error(code).to_string())
}

/// Retry-After in either of its forms, seconds or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}
