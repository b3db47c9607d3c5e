//! One body, stamped as a test of its own on every runtime.
//!
//! The macro expands in the crate of the user, whose features are not ours. So it cannot say `#[cfg]`; it calls macros that
//! keep their input or drop it, and which of the two that is was decided when this crate was compiled (see [`built_in`]).
//! All runtimes, the user's included, are brought to one form first, a name and `|case| how to run it`, and a test is made
//! from that in one place.

mod on;
mod watch;

#[cfg(feature = "async-std")]
pub use self::on::on_async_std;
#[cfg(feature = "smol")]
pub use self::on::on_smol;
pub use self::on::{in_task, on_sim, on_std};
#[cfg(feature = "tokio")]
pub use self::on::{on_tokio_current_thread, on_tokio_multi_thread};
pub use self::watch::{watched, watched_for};

/// Which of the runtimes here are there: a macro for each feature, which keeps what it is given or drops it.
///
/// It is dropped unless the feature is on and puts another macro over that.
pub mod built_in {
    pub use self::by_default::*;
    #[cfg(feature = "async-std")]
    pub use crate::__matrix_keep as with_async_std;
    #[cfg(feature = "smol")]
    pub use crate::__matrix_keep as with_smol;
    #[cfg(feature = "tokio")]
    pub use crate::__matrix_keep as with_tokio;

    pub mod by_default {
        pub use crate::{
            __matrix_drop as with_async_std, __matrix_drop as with_smol, __matrix_drop as with_tokio,
            __matrix_keep as with_std,
        };
    }
}

/// Makes of each `async fn case<R: Runtime>(rt: R)` a test on every runtime that is compiled in.
///
/// The tests are named `case::on_std` and so on:
///
/// | test | the body runs | feature |
/// |---|---|---|
/// | `on_std` | in a [`block_on`](crate::rt::Std::block_on) of this crate | |
/// | `on_std_pool` | in a task on [`Std`](crate::rt::Std)'s threads | |
/// | `on_sim` | in a [`Sim`](crate::testing::Sim), under ten seeds or as the environment says | |
/// | `on_tokio_current_thread` | in the `block_on` of a tokio with one thread | `tokio` |
/// | `on_tokio_multi_thread` | in a task of a tokio with two worker threads | `tokio` |
/// | `on_smol` | in the `block_on` of [`Smol`](crate::rt::Smol) | `smol` |
/// | `on_async_std` | in the `block_on` of [`AsyncStd`](crate::rt::AsyncStd) | `async-std` |
///
/// Which are there is up to the features of *this* crate; yours need not repeat them. In all of them the runtime is the
/// [current](crate::rt#the-current-runtime) one. A tokio is made for each test, with whatever drivers it was compiled with.
///
/// A body returns `()`, or a `Result`, whose `Err` fails the test. A panic reaches the test as it is, so that
/// `#[should_panic]` works. One that hangs is failed by name after 30 seconds, or as many as the environment variable
/// `ANYWHEN_TEST_LIMIT` says; its thread is left behind.
///
/// # Virtual time
///
/// After `in virtual time:` each body runs in the scope of a [`VirtualClock`](crate::time::VirtualClock) of its own: the
/// free functions of [`time`](crate::time) take no time there, in its tasks neither. The runtime's own timer is as real as
/// before.
///
/// # Runtimes of your own
///
/// `also on { ... }` adds runtimes, `only on { ... }` puts them in the place of those here. Each has a name, which becomes
/// the test's, and either a value, on which the body is spawned as a task, or a closure that says how to run it. It sees
/// what the place sees where the macro is called.
///
/// A crate with many such lists gives its runtimes once, in a macro of its own around this one.
///
/// # Attributes and exceptions
///
/// Attributes before a case go to each of its tests (`#[ignore]`, `#[should_panic]`, `#[cfg(unix)]`). Where it cannot work
/// on some runtime, say so behind it: `case except [on_sim, on_smol]`. In a `Sim`, what waits for another thread cannot.
///
/// # Examples
///
/// In a crate of yours (the bodies may be in any module, but not in a function):
///
/// ```rust,test_harness
/// use anywhen::rt::{Handle, Runtime, Spawn, Std};
/// use anywhen::task;
/// use anywhen::testing::runtime_matrix;
/// use anywhen::time::{self, Duration, Instant};
///
/// async fn tasks_give_what_they_compute<R: Runtime>(rt: R) {
///     assert_eq!(task::spawn_on(&rt, async { 6 * 7 }).await.unwrap(), 42);
/// }
///
/// async fn numbers_are_read<R: Runtime>(_: R) -> Result<(), std::num::ParseIntError> {
///     let seven: u32 = "7".parse()?;
///     assert_eq!(seven, 7);
///     Ok(())
/// }
///
/// async fn an_hour_is_an_hour<R: Runtime>(_: R) {
///     let start = Instant::now();
///     time::sleep(Duration::from_secs(3600)).await;
///     assert_eq!(start.elapsed(), Duration::from_secs(3600));
/// }
///
/// runtime_matrix! {
///     tasks_give_what_they_compute,
///     #[cfg_attr(miri, ignore)]
///     numbers_are_read except [on_std_pool],
/// }
///
/// runtime_matrix! {
///     in virtual time:
///     an_hour_is_an_hour,
/// }
///
/// mod on_runtimes_of_ours {
///     use super::*;
///
///     runtime_matrix! {
///         also on {
///             erased: Std.handle(),
///             in_a_block_on: |case| Std.block_on(case(Handle::current())),
///         }:
///         tasks_give_what_they_compute,
///     }
/// }
/// ```
#[macro_export]
macro_rules! runtime_matrix {
    (also on { $($own:tt)* } in virtual time: $($cases:tt)+) => {
        $crate::__runtime_matrix! { @own [$($own)*] [] [built_in] [virtual_time] [$($cases)+] }
    };
    (also on { $($own:tt)* }: $($cases:tt)+) => {
        $crate::__runtime_matrix! { @own [$($own)*] [] [built_in] [real_time] [$($cases)+] }
    };
    (only on { $($own:tt)* } in virtual time: $($cases:tt)+) => {
        $crate::__runtime_matrix! { @own [$($own)*] [] [] [virtual_time] [$($cases)+] }
    };
    (only on { $($own:tt)* }: $($cases:tt)+) => {
        $crate::__runtime_matrix! { @own [$($own)*] [] [] [real_time] [$($cases)+] }
    };
    (in virtual time: $($cases:tt)+) => {
        $crate::__runtime_matrix! { @own [] [] [built_in] [virtual_time] [$($cases)+] }
    };
    ($($cases:tt)+) => {
        $crate::__runtime_matrix! { @own [] [] [built_in] [real_time] [$($cases)+] }
    };
}

/// The steps of [`runtime_matrix!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __runtime_matrix {
    // The user's runtimes, one after the other, each in the form `(name |case| how to run it)`.
    (@own [$name:ident: |$case:ident| $run:expr $(, $($more:tt)*)?] [$($done:tt)*] $($rest:tt)*) => {
        $crate::__runtime_matrix! { @own [$($($more)*)?] [$($done)* ($name |$case| $run)] $($rest)* }
    };
    (@own [$name:ident: $rt:expr $(, $($more:tt)*)?] [$($done:tt)*] $($rest:tt)*) => {
        $crate::__runtime_matrix! {
            @own [$($($more)*)?] [$($done)* ($name |case| $crate::testing::matrix::in_task($rt, case))] $($rest)*
        }
    };
    // A module for each case.
    (
        @own [] $own:tt $built_in:tt $time:tt
        [$($(#[$attribute:meta])* $case:ident $(except [$($not:ident),* $(,)?])?),+ $(,)?]
    ) => {
        $($crate::__runtime_matrix! {
            @case $own $built_in
            ([super] [$(#[$attribute])*] $crate::__runtime_matrix!(@$time super::$case)) $case [$($($not)*)?]
        })+
    };
    (@case $own:tt $built_in:tt $test:tt $case:ident $not:tt) => {
        mod $case {
            $crate::__runtime_matrix! { @except ($) $not }
            $crate::__runtime_matrix! { @built_in $built_in $test }
            $crate::__runtime_matrix! { @tests $own $test }
        }
    };
    // What makes a test unless it is excepted.
    (@except ($dollar:tt) [$($not:ident)*]) => {
        macro_rules! unless_excepted {
            $(($not $dollar($dollar test:tt)*) => {};)*
            ($dollar name:ident $dollar($dollar test:tt)*) => {
                $crate::__runtime_matrix! { @test $dollar name $dollar($dollar test)* }
            };
        }
    };
    (@built_in [] $test:tt) => {};
    (@built_in [built_in] $test:tt) => {
        $crate::testing::matrix::built_in::with_std! { $crate::__runtime_matrix! { @tests [
            (on_std |case| $crate::testing::matrix::on_std(case))
            (on_std_pool |case| $crate::testing::matrix::in_task($crate::rt::Std, case))
            (on_sim |case| $crate::testing::matrix::on_sim(case))
        ] $test } }
        $crate::testing::matrix::built_in::with_tokio! { $crate::__runtime_matrix! { @tests [
            (on_tokio_current_thread |case| $crate::testing::matrix::on_tokio_current_thread(case))
            (on_tokio_multi_thread |case| $crate::testing::matrix::on_tokio_multi_thread(case))
        ] $test } }
        $crate::testing::matrix::built_in::with_smol! { $crate::__runtime_matrix! { @tests [
            (on_smol |case| $crate::testing::matrix::on_smol(case))
        ] $test } }
        $crate::testing::matrix::built_in::with_async_std! { $crate::__runtime_matrix! { @tests [
            (on_async_std |case| $crate::testing::matrix::on_async_std(case))
        ] $test } }
    };
    (@tests [$(($name:ident |$arg:ident| $run:expr))*] $test:tt) => {
        $(unless_excepted! { $name |$arg| $run, $test })*
    };
    // A test of its own, or of `runtime_conformance!`; what the list of runtimes names is in `$scope`.
    (@test $name:ident |$arg:ident| $run:expr, ([$($scope:tt)+] [$($attribute:tt)*] $case:expr)) => {
        #[test]
        $($attribute)*
        fn $name() {
            // The built-in runtimes need nothing of it. That needs no `allow`, which a crate may forbid: nothing is said of
            // the code of another crate's macro.
            use $($scope)+::*;
            $crate::testing::matrix::watched(::core::concat!(::core::module_path!(), "::", ::core::stringify!($name)), || {
                let $arg = $case;
                $run
            });
        }
    };
    (@[real_time] $case:path) => { $case };
    (@[virtual_time] $case:path) => { |rt| $crate::time::VirtualClock::new().scope($case(rt)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __matrix_keep {
    ($($tests:tt)*) => { $($tests)* };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __matrix_drop {
    ($($tests:tt)*) => {};
}
