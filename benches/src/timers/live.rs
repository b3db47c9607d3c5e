//! What setting a timer and cancelling it costs beside any number of others that wait, from one thread and from two at once.
//!
//! Another timer that is due earlier waits all the while, as in most programs: nobody has to tell the driver.
//!
//! Instructions are those of all threads for each operation, whoever does it. Of two threads they are counted, too, but under
//! valgrind threads take turns: that shows what they do for being two, and not what they wait for each other.

#![allow(unsafe_code, reason = "a vector that stays where it is")]

use core::pin::{Pin, pin};
use core::task::{Context, Waker};
use std::fs;
use std::sync::{Barrier, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use super::{Row, Table};
use crate::harness::repeat;

const COLUMNS: &[&str] = &["ns", "bytes for each that waits"];
const SIZES: [usize; 3] = [0, 100_000, 1_000_000];

/// Every size, from one thread and from two.
pub(super) fn tables() -> Vec<Table> {
    const NAMES: [[&str; 3]; 2] = [
        [
            "live: set and cancelled, beside no others",
            "live: set and cancelled, beside 100,000",
            "live: set and cancelled, beside 1,000,000",
        ],
        [
            "live: set and cancelled by two threads at once, beside no others",
            "live: set and cancelled by two threads at once, beside 100,000",
            "live: set and cancelled by two threads at once, beside 1,000,000",
        ],
    ];
    let each = [1, 2].into_iter().zip(NAMES).flat_map(|(threads, names)| {
        SIZES.into_iter().zip(names).map(move |(size, name)| Table {
            name,
            columns: COLUMNS,
            rows: rows(size, threads),
            note: "",
        })
    });
    each.collect()
}

/// tokio's timers need one; its worker parks in the timer, as in a program that waits.
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap());

fn poll<F: Future>(future: Pin<&mut F>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// How far ahead those are that wait, all over an hour, and after the one that is due first.
fn ahead(i: usize) -> Duration {
    Duration::from_secs(3600) + Duration::from_nanos((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) % 3_600_000_000_000)
}

/// What the kernel has given this process, in bytes.
fn resident() -> f64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or(f64::NAN) * 4096.0
}

/// Nanoseconds for each operation, while so many threads do it at the same time, each `times` times at a time.
fn nanos(threads: usize, turn: impl Fn(u64) + Sync) -> f64 {
    const ROUNDS: usize = 21;
    let mut times = 64;
    let timed = |times| {
        let began = Instant::now();
        turn(times);
        began.elapsed()
    };
    while timed(times) < Duration::from_millis(5) {
        times *= 2;
    }
    let barrier = Barrier::new(threads);
    let mut all: Vec<f64> = thread::scope(|scope| {
        let rounds = || {
            let round = |_| {
                barrier.wait();
                timed(times).as_nanos() as f64 / times as f64
            };
            (0..ROUNDS).map(round).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(rounds)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    // The quicker ones are those in which nobody else had the processor.
    all.sort_by(f64::total_cmp);
    all[all.len() / 10]
}

macro_rules! row {
    ($size:ident, $threads:ident, $name:literal, $enter:expr, |$d:ident| $sleep:expr) => {{
        let turn = |times: u64| {
            let _entered = $enter;
            let $d = ahead(7);
            repeat(times, |cx| {
                let sleep = pin!($sleep);
                assert!(sleep.poll(cx).is_pending());
            });
        };
        let set = move || {
            let _entered = $enter;
            let first = Duration::from_secs(1800);
            let ahead = std::iter::once(first).chain((0..$size).map(ahead));
            let mut all: Vec<_> = ahead.map(|$d| $sleep).collect();
            all.iter_mut().for_each(|sleep| {
                // SAFETY: neither the vector nor what is in it is moved or dropped.
                poll(unsafe { Pin::new_unchecked(sleep) });
            });
            // The process ends with them.
            std::mem::forget(all);
        };
        Row {
            name: $name,
            ours: false,
            goal: &[],
            run: Box::new(move || {
                let before = resident();
                set();
                let each = if $size > 0 { (resident() - before) / $size as f64 } else { 0.0 };
                vec![nanos($threads, turn), each]
            }),
            counted: Some(Box::new(move |times| {
                set();
                thread::scope(|scope| {
                    for _ in 1..$threads {
                        scope.spawn(|| turn(times / $threads as u64));
                    }
                    turn(times / $threads as u64);
                });
            })),
        }
    }};
}

fn rows(size: usize, threads: usize) -> Vec<Row> {
    let anywhen = row!(size, threads, "anywhen", (), |d| anywhen::time::sleep(d));
    vec![
        Row { ours: true, ..anywhen },
        row!(size, threads, "tokio", RUNTIME.enter(), |d| tokio::time::sleep(d)),
        row!(size, threads, "async-io", (), |d| async_io::Timer::after(d)),
        row!(size, threads, "futures-timer", (), |d| futures_timer::Delay::new(d)),
    ]
}
