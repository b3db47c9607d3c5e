//! The suite that an adapter for a runtime must pass.
//!
//! The cases are listed once, in [`__conformance_cases!`](crate::__conformance_cases), from which come both the tests that
//! the user gets and the functions that they call. Those give boxed futures, because futures that are public have names.

mod event;
mod scope;
mod tasks;
mod timer;
mod work;

use alloc::boxed::Box;
use core::future::Future;

use crate::rt::{self, BoxTask, Runtime};

/// Runs `case` on this thread, with `rt` as the current runtime: what it spawns is all that `rt` has to run.
pub fn beside<R, F>(rt: R, case: impl FnOnce(R) -> F) -> F::Output
where
    R: Runtime,
    F: Future,
{
    rt::Std.block_on(async {
        let _entered = rt.enter();
        case(rt.clone()).await
    })
}

/// Proves an adapter for a runtime: a test for each thing that a [`Runtime`](crate::rt::Runtime) owes.
///
/// The adapter is given by a name for the tests and a value, or by a closure that says how to run a case. Each test gets
/// an adapter of its own. More than one may be given:
///
/// * `my_runtime: MyRuntime::new()`. The body of a test is polled by the test's own thread, in a
///   [`block_on`](crate::rt::Std::block_on) of this crate with your runtime
///   [entered](crate::rt#the-current-runtime); tasks and timers are the adapter's. It suits runtimes with threads of their
///   own.
/// * `my_runtime: |case| ...`. The closure's body runs `case(rt)`, a future, in whatever way makes the runtime go. It suits
///   runtimes that do something only inside of their own `block_on`.
///
/// What an adapter does not promise is named before it: `my_runtime except [work_gives_its_output]: ...`. Attributes before
/// the name go to all of its tests.
///
/// | group | shows that |
/// |---|---|
/// | `timer` | sleeps are never early, come, stay, and can be reset, moved and dropped in every phase; zero, past and never; the last waker is woken |
/// | `tasks` | tasks run to their end, side by side, from any thread; no wake is lost; panics and aborts reach the handle, and the runtime lives on |
/// | `work` | blocking work runs beside tasks, even while they block, and is aborted or not, but never half |
/// | `scope` | tasks and work find their runtime and their virtual clock around them; it can be entered; its handle is a runtime |
///
/// As with [`runtime_matrix!`](crate::runtime_matrix), a test that hangs is failed by name after 30 seconds, or as many as
/// `ANYWHEN_TEST_LIMIT` says. Deadlines are milliseconds away, but nothing is asked that a busy machine does not give.
///
/// # Examples
///
/// A runtime that is a thread for each task:
///
/// ```rust,test_harness
/// use anywhen::rt::{BoxTask, BoxWork, Handle, Spawn, Std};
/// use anywhen::testing::runtime_conformance;
/// use std::thread;
///
/// struct Threads;
///
/// impl Spawn for Threads {
///     fn spawn_task(&self, task: BoxTask) {
///         thread::spawn(|| Std.block_on(task));
///     }
///
///     fn spawn_work(&self, work: BoxWork) {
///         thread::spawn(work);
///     }
/// }
///
/// runtime_conformance! { threads: Handle::new(Threads) }
/// ```
///
/// A runtime that runs while it blocks the thread:
///
/// ```rust,test_harness
/// use anywhen::rt::{Runtime, Tokio};
/// use anywhen::testing::runtime_conformance;
/// use tokio::runtime::Builder;
///
/// runtime_conformance! {
///     tokio_of_one_thread: |case| {
///         let runtime = Builder::new_current_thread().enable_time().build().unwrap();
///         let rt = Tokio::new(runtime.handle().clone());
///         let _entered = rt.enter();
///         runtime.block_on(case(rt))
///     },
/// }
/// ```
#[macro_export]
macro_rules! runtime_conformance {
    ($(#[$attribute:meta])* $name:ident $(except [$($not:ident),* $(,)?])?: |$case:ident| $run:expr $(, $($more:tt)*)?) => {
        $(#[$attribute])*
        mod $name {
            $crate::__runtime_matrix! { @except ($) [$($($not)*)?] }
            $crate::__conformance_cases! { [$crate::__conformance_tests] [|$case| $run] }
        }
        $crate::runtime_conformance! { $($($more)*)? }
    };
    ($(#[$attribute:meta])* $name:ident $(except [$($not:ident),* $(,)?])?: $rt:expr $(, $($more:tt)*)?) => {
        $crate::runtime_conformance! {
            $(#[$attribute])*
            $name except [$($($not),*)?]: |case| $crate::testing::conformance::beside($rt, case) $(, $($more)*)?
        }
    };
    () => {};
}

/// Calls the macro that is named, with what follows its name and the list of the cases in their groups.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! { $arguments
            timer: [
                now_never_goes_back,
                a_sleep_is_never_early,
                a_deadline_that_has_passed_needs_no_wait,
                never_does_not_come,
                a_sleep_that_has_ended_stays_so,
                a_sleep_is_reset_before_its_first_poll,
                a_sleep_is_reset_to_end_sooner,
                a_sleep_is_reset_to_end_later,
                a_sleep_is_reset_to_the_past,
                a_sleep_is_reset_after_its_end,
                a_sleep_is_reset_to_never_and_back,
                a_sleep_moves_to_another_task,
                a_sleep_comes_from_another_thread,
                the_waker_of_the_last_poll_is_woken,
                a_sleep_that_is_dropped_wakes_nobody,
                sleeps_end_in_the_order_of_their_deadlines,
                a_thousand_sleeps_wake_their_tasks,
            ]
            tasks: [
                a_task_gives_its_output,
                a_task_runs_without_being_awaited,
                two_tasks_take_turns,
                a_task_that_is_always_ready_lets_others_run,
                tasks_spawn_tasks,
                a_thousand_tasks_run,
                a_task_that_wakes_itself_goes_on,
                a_wake_from_another_thread_arrives,
                a_wake_during_a_poll_arrives,
                a_wake_after_the_end_does_no_harm,
                tasks_are_spawned_from_other_threads,
                a_panic_reaches_the_handle_and_spares_the_runtime,
                a_task_is_aborted_before_it_runs,
                a_task_is_aborted_while_it_waits,
                a_task_is_aborted_while_it_is_polled,
                a_task_that_has_ended_cannot_be_aborted,
                a_task_whose_handle_is_dropped_goes_on,
                a_future_is_gone_when_its_handle_is_ready,
                a_panic_of_a_destructor_reaches_the_handle,
            ]
            work: [
                work_gives_its_output,
                work_blocks_while_tasks_run,
                work_runs_while_all_tasks_block,
                work_spawns_tasks,
                a_panic_of_work_reaches_the_handle_and_spares_the_threads,
                work_that_is_aborted_before_it_starts_does_not_run,
                work_whose_handle_is_dropped_goes_on,
            ]
            scope: [
                the_runtime_is_current_in_its_tasks_and_work,
                entering_it_takes_over_and_gives_back,
                its_handle_is_a_runtime_too,
                tasks_inherit_the_clock_they_were_spawned_on,
                each_task_wakes_at_its_own_virtual_instant,
                an_aborted_task_does_not_hold_virtual_time,
            ]
        }
    };
}

/// The tests of one adapter; `unless_excepted` is there already.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($run:tt $($group:ident: $cases:tt)+) => {
        $($crate::__conformance_tests! { @group $group $run $cases })+
    };
    (@group $group:ident $run:tt [$($case:ident,)+]) => {
        mod $group {
            $($crate::__conformance_tests! { @case $group $case $run })+
        }
    };
    (@case $group:ident $case:ident [$($run:tt)+]) => {
        unless_excepted! { $case $($run)+, ([super::super] [] $crate::testing::conformance::cases::$group::$case as fn(_) -> _) }
    };
}

/// The cases as functions of any runtime.
macro_rules! functions {
    ([] $($group:ident: [$($case:ident,)+])+) => {
        pub mod cases {
            $(pub mod $group {
                use super::super::*;
                $(pub fn $case<R: Runtime>(rt: R) -> BoxTask {
                    Box::pin(super::super::$group::$case(rt))
                })+
            })+
        }
    };
}

__conformance_cases! { [functions] [] }
