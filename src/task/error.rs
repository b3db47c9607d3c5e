//! Why a task gave no output.

use alloc::boxed::Box;
use alloc::string::String;
use core::any::Any;
use core::error::Error;
use core::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};

use crate::internal::unwind::Payload;

/// Why a task gave no output: it was aborted, or it panicked.
///
/// # Examples
///
/// ```
/// use anywhen::rt;
/// use anywhen::task;
///
/// rt::Std.block_on(async {
///     let task = task::spawn(std::future::pending::<()>());
///     task.abort();
///     assert!(task.await.unwrap_err().is_cancelled());
///
///     let task = task::spawn(async { panic!("out of luck") });
///     let payload = task.await.unwrap_err().into_panic();
///     assert_eq!(*payload.downcast::<&str>().unwrap(), "out of luck");
/// });
/// ```
pub struct JoinError(Reason);

enum Reason {
    Cancelled,
    Panic(Panic),
}

/// A panic's payload. It need not be `Sync`, the error must be: the common ones are, and are kept as what they are; the
/// rest lies in a mutex that is never locked.
enum Panic {
    Str(&'static str),
    String(String),
    Other(Mutex<Payload>),
}

impl Panic {
    fn new(payload: Payload) -> Self {
        let payload = match payload.downcast::<&'static str>() {
            Ok(message) => return Self::Str(*message),
            Err(payload) => payload,
        };
        match payload.downcast::<String>() {
            Ok(message) => Self::String(*message),
            Err(payload) => Self::Other(Mutex::new(payload)),
        }
    }

    fn into_payload(self) -> Payload {
        match self {
            Self::Str(message) => Box::new(message),
            Self::String(message) => Box::new(message),
            Self::Other(payload) => payload.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn message(&self) -> Option<&str> {
        match self {
            Self::Str(message) => Some(message),
            Self::String(message) => Some(message),
            Self::Other(_) => None,
        }
    }
}

impl JoinError {
    pub(super) fn cancelled() -> Self {
        Self(Reason::Cancelled)
    }

    pub(super) fn panic(payload: Payload) -> Self {
        Self(Reason::Panic(Panic::new(payload)))
    }

    /// Whether the task was aborted before it ended, or dropped by a runtime that was shut down.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Reason::Cancelled)
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.0, Reason::Panic(_))
    }

    /// What the task panicked with, ready for [`resume_unwind`](std::panic::resume_unwind).
    ///
    /// # Panics
    ///
    /// If the task was cancelled; see [`try_into_panic`](Self::try_into_panic).
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.try_into_panic().expect("`JoinError` reason is not a panic.")
    }

    /// What the task panicked with.
    ///
    /// # Errors
    ///
    /// Gives the error back if the task was cancelled.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, Self> {
        match self.0 {
            Reason::Panic(panic) => Ok(panic.into_payload()),
            Reason::Cancelled => Err(self),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Cancelled => f.write_str("task was cancelled"),
            Reason::Panic(panic) => match panic.message() {
                Some(message) => write!(f, "task panicked with message {message:?}"),
                None => f.write_str("task panicked"),
            },
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Cancelled => f.write_str("JoinError::Cancelled"),
            Reason::Panic(panic) => match panic.message() {
                Some(message) => write!(f, "JoinError::Panic({message:?})"),
                None => f.write_str("JoinError::Panic(..)"),
            },
        }
    }
}

impl Error for JoinError {}

/// An error of kind [`Other`](io::ErrorKind::Other), as tokio's.
impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        Self::other(error)
    }
}
