//! The assertions on [`Poll`](core::task::Poll): they take one apart, or fail at the caller's line.

/// Asserts that a [`Poll`](core::task::Poll) is ready, and gives what it holds.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is pending.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{TestTask, assert_ready};
///
/// let mut task = TestTask::new(async { 7 });
/// assert_eq!(assert_ready!(task.poll()), 7);
/// ```
#[macro_export]
macro_rules! assert_ready {
    ($poll:expr $(,)?) => {
        match $poll {
            ::core::task::Poll::Ready(value) => value,
            ::core::task::Poll::Pending => ::core::panic!("pending, but should be ready"),
        }
    };
    ($poll:expr, $($message:tt)+) => {
        match $poll {
            ::core::task::Poll::Ready(value) => value,
            ::core::task::Poll::Pending => {
                ::core::panic!("pending, but should be ready: {}", ::core::format_args!($($message)+))
            }
        }
    };
}

/// Asserts that a [`Poll`](core::task::Poll) is pending.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is ready; the message shows the value, which is why that must be `Debug`.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{TestTask, assert_pending};
///
/// let mut task = TestTask::new(core::future::pending::<u8>());
/// assert_pending!(task.poll());
/// assert_pending!(task.poll(), "at poll {}", task.polls());
/// ```
#[macro_export]
macro_rules! assert_pending {
    ($poll:expr $(,)?) => {
        match $poll {
            ::core::task::Poll::Pending => {}
            ::core::task::Poll::Ready(value) => {
                ::core::panic!("ready with {:?}, but should be pending", value)
            }
        }
    };
    ($poll:expr, $($message:tt)+) => {
        match $poll {
            ::core::task::Poll::Pending => {}
            ::core::task::Poll::Ready(value) => ::core::panic!(
                "ready with {:?}, but should be pending: {}",
                value,
                ::core::format_args!($($message)+)
            ),
        }
    };
}

/// Asserts that a [`Poll`](core::task::Poll) is ready with a value equal to the second argument.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is pending, or ready with something else.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{TestTask, assert_ready_eq};
///
/// let mut task = TestTask::new(async { 7 });
/// assert_ready_eq!(task.poll(), 7);
/// ```
#[macro_export]
macro_rules! assert_ready_eq {
    ($poll:expr, $expected:expr $(,)?) => {
        ::core::assert_eq!($crate::assert_ready!($poll), $expected)
    };
    ($poll:expr, $expected:expr, $($message:tt)+) => {
        ::core::assert_eq!($crate::assert_ready!($poll, $($message)+), $expected, $($message)+)
    };
}

/// Asserts that a [`Poll`](core::task::Poll) is ready with `Ok`, and gives what that holds.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is pending, or ready with `Err`; the message shows the error, which is why that must be `Debug`.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{TestTask, assert_ready_ok};
///
/// let mut task = TestTask::new(async { "7".parse::<u8>() });
/// assert_eq!(assert_ready_ok!(task.poll()), 7);
/// ```
#[macro_export]
macro_rules! assert_ready_ok {
    ($poll:expr $(, $($message:tt)*)?) => {
        match $crate::assert_ready!($poll $(, $($message)*)?) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => {
                ::core::panic!("ready with Err({:?}), but should be Ok", error)
            }
        }
    };
}

/// Asserts that a [`Poll`](core::task::Poll) is ready with `Err`, and gives the error.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is pending, or ready with `Ok`; the message shows the value, which is why that must be `Debug`.
///
/// # Examples
///
/// ```
/// use anywhen::testing::{TestTask, assert_ready_err};
///
/// let mut task = TestTask::new(async { "seven".parse::<u8>() });
/// assert!(assert_ready_err!(task.poll()).to_string().contains("invalid digit"));
/// ```
#[macro_export]
macro_rules! assert_ready_err {
    ($poll:expr $(, $($message:tt)*)?) => {
        match $crate::assert_ready!($poll $(, $($message)*)?) {
            ::core::result::Result::Err(error) => error,
            ::core::result::Result::Ok(value) => {
                ::core::panic!("ready with Ok({:?}), but should be Err", value)
            }
        }
    };
}
