//! Why a cell was not set.

use core::error::Error;
use core::fmt;

/// The cell was not set, and why; from [`OnceCell::set`](super::OnceCell::set). Holds the value that was to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// The cell is set already.
    AlreadyInitializedError(T),
    /// An initialiser is running.
    InitializingError(T),
}

impl<T> SetError<T> {
    /// Whether the cell is set already.
    pub fn is_already_init_err(&self) -> bool {
        matches!(self, Self::AlreadyInitializedError(_))
    }

    /// Whether an initialiser is running.
    pub fn is_initializing_err(&self) -> bool {
        matches!(self, Self::InitializingError(_))
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitializedError(_) => "the cell was initialized already",
            Self::InitializingError(_) => "the cell is being initialized",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}
