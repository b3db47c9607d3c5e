//! The assertions on [`Poll`](core::task::Poll) and its like: they take one apart, or fail at the caller's line.

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

/// Asserts that a `Result` is `Ok`, and gives what it holds.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is `Err`; the message shows the error, which is why that must be `Debug`.
///
/// # Examples
///
/// ```
/// use anywhen::testing::assert_ok;
///
/// assert_eq!(assert_ok!("7".parse::<u8>()), 7);
/// ```
#[macro_export]
macro_rules! assert_ok {
    ($result:expr $(,)?) => {
        match $result {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!("Err({:?}), but should be Ok", error),
        }
    };
    ($result:expr, $($message:tt)+) => {
        match $result {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!(
                "Err({:?}), but should be Ok: {}",
                error,
                ::core::format_args!($($message)+)
            ),
        }
    };
}

/// Asserts that a `Result` is `Err`, and gives the error.
///
/// Further arguments are a message, as `format!` takes it.
///
/// # Panics
///
/// If it is `Ok`; the message shows the value, which is why that must be `Debug`.
///
/// # Examples
///
/// ```
/// use anywhen::testing::assert_err;
///
/// assert!(assert_err!("seven".parse::<u8>()).to_string().contains("invalid digit"));
/// ```
#[macro_export]
macro_rules! assert_err {
    ($result:expr $(,)?) => {
        match $result {
            ::core::result::Result::Err(error) => error,
            ::core::result::Result::Ok(value) => ::core::panic!("Ok({:?}), but should be Err", value),
        }
    };
    ($result:expr, $($message:tt)+) => {
        match $result {
            ::core::result::Result::Err(error) => error,
            ::core::result::Result::Ok(value) => ::core::panic!(
                "Ok({:?}), but should be Err: {}",
                value,
                ::core::format_args!($($message)+)
            ),
        }
    };
}

/// Asserts that a span of time has passed since an instant, and at most a millisecond more.
///
/// The instant may be of any type with a method `elapsed`; with [`time::Instant`](crate::time::Instant) it is the
/// current clock that has gone on. In virtual time `assert_eq!` on `start.elapsed()` is stricter.
///
/// # Panics
///
/// If less has passed, or more.
///
/// # Examples
///
/// ```
/// use anywhen::testing::assert_elapsed;
/// use anywhen::time::{Duration, Instant, VirtualClock, sleep};
///
/// let clock = VirtualClock::new();
/// anywhen::rt::Std.block_on(clock.scope(async {
///     let start = Instant::now();
///     sleep(Duration::from_secs(60)).await;
///     assert_elapsed!(start, Duration::from_secs(60));
/// }));
/// ```
#[macro_export]
macro_rules! assert_elapsed {
    ($start:expr, $duration:expr $(,)?) => {{
        let (elapsed, expected): (::core::time::Duration, ::core::time::Duration) = ($start.elapsed(), $duration);
        let latest = expected.saturating_add(::core::time::Duration::from_millis(1));
        ::core::assert!(
            expected <= elapsed && elapsed <= latest,
            "{:?} elapsed, but should be {:?} to {:?}",
            elapsed,
            expected,
            latest
        );
    }};
}
