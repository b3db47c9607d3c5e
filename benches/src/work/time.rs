//! Limits in time that are not reached, and sleeps that are not waited for.

use core::future::Future;
use core::pin::pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anywhen::rt::Tokio;
use anywhen::time::Timer;
use futures_util::future::Either;

use super::child::Ready;
use crate::harness::{Goal, Work, ours, peer, ready, repeat};

const HOUR: Duration = Duration::from_secs(3600);
const HALF: Duration = Duration::from_secs(1800);

/// tokio's timers need one; its worker parks in the timer, as in a program that waits.
pub(super) static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap());

/// Deadlines are counted from here, so that nobody reads the clock for one.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static OUR_START: LazyLock<anywhen::time::Instant> = LazyLock::new(anywhen::time::Instant::now);

fn on_tokio() -> Tokio {
    Tokio::new(RUNTIME.handle().clone())
}

pub(crate) const TIMEOUT: Work = Work {
    name: "timeout around a ready future",
    subjects: &[
        ours("anywhen", Goal::instructions(5), |times| {
            repeat(times, |cx| ready!(cx, anywhen::time::timeout(HOUR, Ready(1))).unwrap_or(0));
        }),
        ours("anywhen on tokio's clock", Goal::ZERO_ALLOCATIONS, |times| {
            let tokio = on_tokio();
            repeat(times, |cx| ready!(cx, anywhen::time::timeout_on(tokio.clone(), HOUR, Ready(1))).unwrap_or(0));
        }),
        peer("the future alone", |times| repeat(times, |cx| ready!(cx, Ready(1)))),
        peer("tokio", |times| {
            let _entered = RUNTIME.enter();
            repeat(times, |cx| ready!(cx, tokio::time::timeout(HOUR, Ready(1))).unwrap_or(0));
        }),
        peer("async-io, with futures-lite or", |times| {
            repeat(times, |cx| {
                let timer = async_io::Timer::after(HOUR);
                let elapses = async {
                    timer.await;
                    0
                };
                ready!(cx, futures_lite::future::or(Ready(1), elapses))
            });
        }),
        peer("futures-timer, with futures-util select", |times| {
            repeat(times, |cx| {
                let elapses = futures_timer::Delay::new(HOUR);
                match ready!(cx, futures_util::future::select(Ready(1), elapses)) {
                    Either::Left((value, _)) => value,
                    Either::Right(_) => 0,
                }
            });
        }),
    ],
    note: "futures-timer tells its thread of every delay, at once: how long that takes is a matter of luck.",
};

/// Polls a sleep once and drops it, while another waits that is due earlier, so that no driver need be told.
macro_rules! armed {
    ($setup:expr, |$setup_name:ident, $duration:ident| $sleep:expr) => {
        |times| {
            let $setup_name = $setup;
            let $duration = HALF;
            let mut earlier = pin!($sleep);
            repeat(1, |cx| assert!(earlier.as_mut().poll(cx).is_pending()));
            let $duration = HOUR;
            repeat(times, |cx| {
                let sleep = pin!($sleep);
                assert!(sleep.poll(cx).is_pending());
            });
        }
    };
}

pub(crate) const SLEEP: Work = Work {
    name: "sleep, armed and dropped",
    subjects: &[
        ours(
            "anywhen",
            Goal::instructions(350).and_time(0.65, "tokio"),
            armed!((), |_none, d| anywhen::time::sleep(d)),
        ),
        ours(
            "anywhen on tokio's clock",
            Goal::ZERO_ALLOCATIONS,
            armed!(on_tokio(), |tokio, d| tokio.sleep_until(tokio.now() + d)),
        ),
        peer("a reading of the clock", |times| repeat(times, |_| Instant::now())),
        peer("tokio", armed!(RUNTIME.enter(), |_entered, d| tokio::time::sleep(d))),
        peer("async-io", armed!((), |_none, d| async_io::Timer::after(d))),
        peer("futures-timer", armed!((), |_none, d| futures_timer::Delay::new(d))),
    ],
    note: "Another sleep waits meanwhile that is due earlier, as in most programs: nobody has to tell the driver. valgrind \
           makes a system call of reading the clock, and does not see inside.",
};

/// A sleep that waits is put off, again and again, each time by a nanosecond.
macro_rules! put_off {
    ($setup:expr, $sleep:expr, |$sleep_name:ident, $ahead:ident| $reset:expr) => {
        |times| {
            let _setup = $setup;
            let mut $sleep_name = pin!($sleep);
            repeat(1, |cx| assert!($sleep_name.as_mut().poll(cx).is_pending()));
            let mut $ahead = HOUR;
            repeat(times, |_| {
                $ahead += Duration::from_nanos(1);
                $reset
            });
        }
    };
}

pub(crate) const PUT_OFF: Work = Work {
    name: "sleep that waits, reset to a later deadline",
    subjects: &[
        ours(
            "anywhen",
            Goal::ZERO_ALLOCATIONS,
            put_off!((), anywhen::time::sleep(HALF), |sleep, ahead| sleep.as_mut().reset(*OUR_START + ahead)),
        ),
        peer(
            "tokio",
            put_off!(RUNTIME.enter(), tokio::time::sleep(HALF), |sleep, ahead| {
                sleep.as_mut().reset(tokio::time::Instant::from_std(*START) + ahead)
            }),
        ),
        peer(
            "async-io",
            put_off!((), async_io::Timer::after(HALF), |sleep, ahead| sleep.as_mut().set_at(*START + ahead)),
        ),
        peer(
            "futures-timer",
            put_off!((), futures_timer::Delay::new(HALF), |sleep, ahead| sleep.as_mut().reset(ahead)),
        ),
    ],
    note: "What an idle timeout does with each message. async-io's moves the timer at once, and futures-timer's tells its thread.",
};

pub(crate) const TIMEOUT_ARMED: Work = Work {
    name: "timeout around a pending future, armed and dropped",
    subjects: &[
        ours(
            "anywhen",
            Goal::ZERO_ALLOCATIONS,
            armed!((), |_none, d| anywhen::time::timeout(d, core::future::pending::<()>())),
        ),
        ours(
            "anywhen on tokio's clock",
            Goal::ZERO_ALLOCATIONS,
            armed!(on_tokio(), |tokio, d| anywhen::time::timeout_on(tokio.clone(), d, core::future::pending::<()>())),
        ),
        peer("tokio", armed!(RUNTIME.enter(), |_entered, d| tokio::time::timeout(d, core::future::pending::<()>()))),
        peer(
            "futures-timer, with futures-util select",
            armed!((), |_none, d| futures_util::future::select(
                core::future::pending::<()>(),
                futures_timer::Delay::new(d)
            )),
        ),
    ],
    note: "",
};
