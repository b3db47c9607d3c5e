//! Law 1: no runtime. Every future and every function works where there is no runtime, reactor or timer context, and just
//! so on the threads of any runtime: nothing panics or hangs for what is around it.
//!
//! What the sources and Cargo.toml have to show is in `sources`.

mod sources;

use std::future::{Future, pending, ready};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::future::{
    abortable, always_ready, err, join, join_all, join3, join4, join5, lazy, maybe_done, poll_immediate, poll_once,
    select, select_all, select_ok, try_join, try_join_all, try_join3, try_join4, try_join5, try_maybe_done, try_select,
    yield_now,
};
use anywhen::prelude::*;
use anywhen::retry::{
    Constant, blocking_retry, fallback, hedge, retry, retry_mut, retry_stream, retry_stream_with, retry_with,
};
use anywhen::rt::{Handle, Runtime, Std};
use anywhen::sync::{BoundedMutex, BoundedSemaphore, Mutex, Semaphore};
use anywhen::time::{
    self, Clock, Duration, Instant, Timer, VirtualClock, interval, interval_at, interval_at_on, interval_on, sleep,
    sleep_until, timeout, timeout_at, timeout_at_on, timeout_on,
};
use anywhen::{stream, task};

use crate::registry;
use crate::stage::{Body, Entry, Planted, Stage, Verdict, judge, judge_within, panic_of};
use crate::support::function::{gaps, public_functions};
use crate::support::source::{self, Source};

/// Runs something on a thread of one kind. It comes back when that is done.
type Place = (&'static str, fn(Body));

const PLACES: &[Place] = &[
    ("a bare thread", |body| body()),
    ("block_on", |body| Std.block_on(async { body() })),
    ("async_io's block_on", |body| async_io::block_on(async { body() })),
    // Whatever is in the dependencies of the tests is foreign, whether we have an adapter for it or not.
    ("a tokio runtime without drivers", |body| tokio_without_drivers().block_on(async { body() })),
    ("a worker of tokio's", |body| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        runtime.block_on(runtime.spawn(async { body() })).unwrap();
    }),
    ("tokio's blocking pool", |body| {
        let runtime = tokio_without_drivers();
        runtime.block_on(runtime.spawn_blocking(body)).unwrap();
    }),
    #[cfg(feature = "smol")]
    ("a task of smol's", |body| smol::block_on(smol::spawn(async { body() }))),
    #[cfg(feature = "async-std")]
    ("a task of async-std's", |body| async_std::task::block_on(async_std::task::spawn(async { body() }))),
];

/// Where a runtime of ours is the current one, and nothing may block its thread.
const TASKS: &[Place] = &[
    ("our task", |body| in_our_task(&Std, body)),
    ("our task in virtual time", |body| Std.block_on(VirtualClock::new().scope(async { body() }))),
    #[cfg(feature = "tokio")]
    ("our task on tokio", |body| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        in_our_task(&anywhen::rt::Tokio::new(runtime.handle().clone()), body);
    }),
    #[cfg(feature = "smol")]
    ("our task on smol", |body| in_our_task(&anywhen::rt::Smol, body)),
    #[cfg(feature = "async-std")]
    ("our task on async-std", |body| in_our_task(&anywhen::rt::AsyncStd, body)),
];

fn tokio_without_drivers() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn in_our_task(rt: &impl Runtime, body: Body) {
    Std.block_on(task::spawn_on(rt, async { body() })).unwrap();
}

fn law(mut stage: Stage<'_>, _: usize) -> Verdict {
    let waker = Waker::noop();
    let mut ready = stage.poll(waker).is_ready();
    stage.release();
    for _ in 0..10 {
        ready = ready || stage.poll(waker).is_ready();
    }
    assert!(ready, "released, and still pending after ten polls");
    stage.finish();
    Verdict::Done
}

#[test]
fn every_future_works_wherever_it_is_polled() {
    for (_, place) in PLACES.iter().chain(TASKS) {
        judge_within(*place, &registry::of_no_runtime(), law);
    }
    judge(&registry::all(), law);
}

const MILLI: Duration = Duration::from_millis(1);

type Row = (&'static str, fn());

/// Uses of every function and of what else looks around itself. They may block their thread.
const TABLE: &[Row] = &[
    ("future::join", || done(join(yield_now(), ready(1)))),
    ("future::join3", || done(join3(yield_now(), ready(1), ready(2)))),
    ("future::join4", || done(join4(yield_now(), ready(1), ready(2), ready(3)))),
    ("future::join5", || done(join5(yield_now(), ready(1), ready(2), ready(3), ready(4)))),
    ("future::try_join", || done(try_join(ok(), ok()))),
    ("future::try_join3", || done(try_join3(ok(), ok(), ok()))),
    ("future::try_join4", || done(try_join4(ok(), ok(), ok(), ok()))),
    ("future::try_join5", || done(try_join5(ok(), ok(), ok(), ok(), ok()))),
    ("future::select", || done(select(pending::<()>(), Box::pin(yield_now())))),
    ("future::try_select", || done(try_select(pending::<Result<(), ()>>(), ok()))),
    ("stream::select_all", || done(stream::select_all([futures_lite::stream::once(1)]).next())),
    ("future::join_all", || done(join_all([yield_now(), yield_now()]))),
    ("future::try_join_all", || done(try_join_all([ready(Ok::<u8, ()>(1))]))),
    ("future::select_all", || done(select_all([yield_now()]))),
    ("future::select_ok", || done(select_ok([ready(Ok::<u8, ()>(1))]))),
    ("future::lazy", || done(lazy(|_| 1))),
    ("future::maybe_done", || done(maybe_done(yield_now()))),
    ("future::try_maybe_done", || done(try_maybe_done(ok()))),
    ("future::abortable", || done(abortable(yield_now()).0)),
    ("future::always_ready", || done(always_ready(|| 1))),
    ("future::ok", || done(anywhen::future::ok::<_, ()>(1))),
    ("future::err", || done(err::<(), _>(1))),
    ("future::poll_immediate", || done(poll_immediate(pending::<()>()))),
    ("future::poll_once", || done(poll_once(pending::<()>()))),
    ("future::yield_now", || done(yield_now())),
    ("retry::fallback", || done(fallback(err::<(), _>(1), |_| ready(Ok(()))))),
    ("retry::hedge", || done(hedge(fails_twice()).max_hedges::<2>().after(MILLI))),
    ("retry::retry", || done(retry(fails_twice()).backoff(Constant::new(MILLI)).attempt_timeout(MILLI))),
    ("retry::retry_with", || done(retry_with(1, carries_once()).backoff(Constant::new(MILLI)))),
    ("retry::retry_mut", || done(async { retry_mut(&mut 2, fails_down).backoff(Constant::new(MILLI)).await })),
    ("retry::retry_stream", || done(retry_stream(connects()).backoff(Constant::new(MILLI)).count())),
    ("retry::retry_stream_with", || {
        let mut connects = connects();
        done(retry_stream_with((), |()| connects(), |_, _| ()).backoff(Constant::new(MILLI)).count());
    }),
    ("retry::blocking_retry", || {
        let mut fails = fails_twice();
        blocking_retry(|| Std.block_on(fails())).backoff(Constant::new(MILLI)).call().unwrap();
    }),
    ("stream::abortable", || done(stream::abortable(stream::iter([1, 2])).0.count())),
    ("stream::empty", || done(stream::empty::<u8>().count())),
    ("stream::iter", || done(stream::iter([1, 2]).count())),
    ("stream::once", || done(stream::once(yield_now()).count())),
    ("stream::pending", || done(stream::pending::<u8>().take_until(yield_now()).count())),
    ("stream::poll_fn", || done(stream::poll_fn(|_| Poll::Ready(None::<u8>)).count())),
    ("stream::poll_immediate", || done(stream::poll_immediate(stream::pending::<u8>()).take(2).count())),
    ("stream::repeat", || done(stream::repeat(1).take(2).count())),
    ("stream::repeat_with", || done(stream::repeat_with(|| 1).take(2).count())),
    ("stream::try_unfold", || done(stream::try_unfold((), |()| ready(Err::<Option<(u8, ())>, _>(1))).count())),
    ("stream::unfold", || done(stream::unfold((), |()| ready(None::<(u8, ())>)).count())),
    ("task::spawn", || done(task::spawn(sleep(MILLI)))),
    ("task::spawn_on", || done(task::spawn_on(&Std, sleep(MILLI)))),
    ("task::spawn_blocking", || done(task::spawn_blocking(|| Std.block_on(sleep(MILLI))))),
    ("task::spawn_blocking_on", || done(task::spawn_blocking_on(&Std, || ()))),
    ("sync::dump", || {
        #[cfg(feature = "diagnostics")]
        drop(anywhen::sync::diagnostics::dump());
    }),
    ("time::sleep", || done(sleep(MILLI))),
    ("time::sleep_until", || done(sleep_until(Instant::now() + MILLI))),
    ("time::timeout", || done(timeout(MILLI, pending::<()>()))),
    ("time::timeout_at", || done(timeout_at(Instant::now() + MILLI, pending::<()>()))),
    ("time::timeout_on", || done(timeout_on(Std, MILLI, pending::<()>()))),
    ("time::timeout_at_on", || done(timeout_at_on(Clock::system(), Clock::system().now() + MILLI, pending::<()>()))),
    ("time::interval", || ticks(interval(MILLI))),
    ("time::interval_at", || ticks(interval_at(Instant::now() + MILLI, MILLI))),
    ("time::interval_on", || ticks(interval_on(Clock::current(), MILLI))),
    ("time::interval_at_on", || ticks(interval_at_on(Clock::current(), Instant::now(), MILLI))),
    // No free functions, but what else could ask for something around it.
    ("Clock::scope", || done(VirtualClock::new().scope(async { sleep(MILLI * 1_000_000).await }))),
    ("Handle::current", || {
        let _entered = Handle::current().enter();
        done(task::spawn(ready(())));
    }),
    ("Handle::try_current", || drop(Handle::try_current())),
    ("Mutex", || {
        let mutex = Arc::new(Mutex::new(0));
        *mutex.blocking_lock() += 1;
        let guard = Std.block_on(Arc::clone(&mutex).lock_owned());
        let other = task::spawn_blocking_on(&Std, move || *mutex.blocking_lock() += 1);
        drop(guard);
        done(other);
    }),
    ("BoundedMutex", || drop(BoundedMutex::new((), 0).blocking_lock().unwrap())),
    ("Semaphore", || {
        let semaphore = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&semaphore);
        let waits = task::spawn_blocking_on(&Std, move || drop(semaphore.blocking_acquire().unwrap()));
        permits.add_permits(1);
        done(waits);
    }),
    ("Semaphore, owned", || {
        let semaphore = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&semaphore);
        let waits = task::spawn_blocking_on(&Std, move || drop(semaphore.blocking_acquire_owned().unwrap()));
        permits.add_permits(1);
        done(waits);
    }),
    ("BoundedSemaphore", || drop(BoundedSemaphore::new(1, 1).blocking_acquire().unwrap())),
    ("methods", || {
        done((yield_now(), sleep(MILLI)).join());
        done((pending::<()>(), sleep(MILLI)).race());
        done([sleep(MILLI), sleep(MILLI)].select());
        done(async { anywhen::join!(sleep(MILLI), yield_now()) });
        done(sleep(MILLI).timeout(MILLI * 1000));
    }),
];

/// Runs a future to its end in both ways that there are without a runtime: on our `block_on`, and, since any executor
/// must do, on the simplest one that there is.
fn done<F: Future>(future: F) {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    let mut cx = Context::from_waker(&waker);
    for _ in 0..3 {
        if future.as_mut().poll(&mut cx).is_ready() {
            return;
        }
        std::thread::park_timeout(MILLI / 2);
    }
    Std.block_on(future);
}

/// Wakes by unparking a thread.
struct Unpark(std::thread::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn ok() -> std::future::Ready<Result<(), ()>> {
    ready(Ok(()))
}

fn carries_once() -> impl FnMut(u32) -> std::future::Ready<(u32, Result<(), ()>)> {
    |left| ready((left.saturating_sub(1), if left > 0 { Err(()) } else { Ok(()) }))
}

async fn fails_down(left: &mut u32) -> Result<(), ()> {
    *left = left.saturating_sub(1);
    if *left > 0 { Err(()) } else { Ok(()) }
}

/// To a stream that fails twice.
fn connects() -> impl FnMut() -> stream::Iter<std::option::IntoIter<Result<(), time::error::Elapsed>>> {
    let mut fails = fails_twice();
    move || stream::iter(Std.block_on(fails()).err().map(Err))
}

fn fails_twice() -> impl FnMut() -> std::future::Ready<Result<(), time::error::Elapsed>> {
    let elapsed = || Std.block_on(timeout(Duration::ZERO, pending::<()>())).unwrap_err();
    let mut left = 2;
    move || {
        let fails = left > 0;
        left -= i32::from(fails);
        ready(if fails { Err(elapsed()) } else { Ok(()) })
    }
}

fn ticks(mut interval: time::Interval) {
    for _ in 0..3 {
        done(interval.tick());
    }
}

/// Where a row panics or hangs, as lines for the reader.
fn broken(table: &'static [Row], places: &[Place]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, place) in places {
        let (send, receive) = std::sync::mpsc::channel();
        let place = *place;
        std::thread::spawn(move || {
            for (function, call) in table {
                let (report, done) = (send.clone(), send.clone());
                let body = Box::new(move || {
                    report.send((*function, panic_of(call))).unwrap();
                });
                // Some places cannot even begin.
                if let Some(message) = panic_of(|| place(body)) {
                    done.send((*function, Some(message))).unwrap();
                }
            }
        });
        let mut left = table.len();
        while left > 0 {
            match receive.recv_timeout(Duration::from_secs(30)) {
                Ok((_, None)) => left -= 1,
                Ok((function, Some(message))) => {
                    found.push(format!("{function} on {name}: {message}"));
                    left -= 1;
                }
                Err(_) => {
                    found.push(format!("{} on {name}: hangs", table[table.len() - left].0));
                    break;
                }
            }
        }
    }
    found
}

#[test]
fn every_function_works_wherever_it_is_called() {
    let found = broken(TABLE, PLACES);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_free_function_is_in_the_table() {
    let sources = source::library();
    // Hidden, for the macros' expansions; or the kit, which is for tests.
    let hidden = |source: &Source| {
        ["future/slot.rs", "future/macros/branches.rs"].iter().any(|path| source.path.ends_with(path))
    };
    let public = sources.iter().filter(|source| !["testing", "internal"].contains(&source.top()) && !hidden(source));
    let free = public.flat_map(public_functions).filter(|function| function.is_free).collect::<Vec<_>>();
    let table =
        TABLE.iter().map(|(name, _)| *name).filter(|name| name.contains("::") && !name.contains(char::is_uppercase));
    let found = gaps(&free, &table.collect::<Vec<_>>());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn what_needs_a_runtime_is_caught() {
    let needs_tokio: Entry = |body| {
        let sleep = async { tokio::time::sleep(Duration::ZERO).await };
        body(Stage::new(Planted::new(sleep), || ()));
    };
    let message = panic_of(|| judge(&[needs_tokio], law)).expect("should be caught");
    assert!(message.contains("no reactor running"), "{message}");

    const PLANTED: &[Row] = &[
        ("spawns on tokio", || drop(tokio::spawn(ready(())))),
        ("blocks on tokio", || tokio_without_drivers().block_on(ready(()))),
    ];
    let found = broken(PLANTED, &PLACES[..1]);
    assert!(found.len() == 1 && found[0].starts_with("spawns on tokio on a bare thread: "), "{found:?}");
    let found = broken(PLANTED, &PLACES[3..4]);
    assert!(found[0].starts_with("blocks on tokio on a tokio runtime without drivers: "), "{found:?}");
    assert_eq!(found.len(), 1, "{found:?}");
}
