//! Notifications: waited for, and kept.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};

/// Queue, be notified, go.
macro_rules! waited_for {
    ($notify:expr, |$n:ident| $signal:expr) => {
        waited_for!($notify, |n| n.notified(), |$n| $signal)
    };
    ($notify:expr, |$w:ident| $wait:expr, |$n:ident| $signal:expr) => {
        |times| {
            let notify = Aligned($notify);
            let notify = black_box(&notify.0);
            repeat(times, |cx| {
                let mut waits = pin!({
                    let $w = notify;
                    $wait
                });
                assert!(waits.as_mut().poll(cx).is_pending());
                let $n = notify;
                $signal;
                let _ = ready!(cx, waits);
            });
        }
    };
}

pub(crate) const WAITED_FOR: Work = Work {
    name: "Notify: wait, notify_one, go",
    subjects: &[
        ours("anywhen", Goal::instructions(200), waited_for!(anywhen::sync::Notify::new(), |n| n.notify_one())),
        peer("maitake-sync WaitCell", waited_for!(maitake_sync::WaitCell::new(), |n| n.wait(), |n| n.wake())),
        peer("maitake-sync WaitQueue", waited_for!(maitake_sync::WaitQueue::new(), |n| n.wait(), |n| n.wake())),
        peer(
            "futures-intrusive, set and reset",
            waited_for!(futures_intrusive::sync::ManualResetEvent::new(false), |n| n.wait(), |n| {
                n.set();
                n.reset();
            }),
        ),
        peer("event-listener", waited_for!(event_listener::Event::new(), |n| n.listen(), |n| n.notify(1))),
        peer("tokio", waited_for!(tokio::sync::Notify::new(), |n| n.notify_one())),
    ],
    note: "A WaitCell is for one that waits. An event of futures-intrusive wakes all who wait, and stays set until it is reset.",
};

pub(crate) const ALL_WAITED_FOR: Work = Work {
    name: "Notify: wait, notify_waiters, go",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, waited_for!(anywhen::sync::Notify::new(), |n| n.notify_waiters())),
        peer("maitake-sync WaitQueue", waited_for!(maitake_sync::WaitQueue::new(), |n| n.wait(), |n| n.wake_all())),
        peer("tokio", waited_for!(tokio::sync::Notify::new(), |n| n.notify_waiters())),
    ],
    note: "",
};

/// The permit is left, and taken.
macro_rules! kept {
    ($notify:expr) => {
        |times| {
            let notify = Aligned($notify);
            let notify = black_box(&notify.0);
            repeat(times, |cx| {
                notify.notify_one();
                ready!(cx, notify.notified());
            });
        }
    };
}

pub(crate) const KEPT: Work = Work {
    name: "Notify: notify_one, then wait",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, kept!(anywhen::sync::Notify::new())),
        peer("maitake-sync WaitQueue", |times| {
            let queue = Aligned(maitake_sync::WaitQueue::new());
            let queue = black_box(&queue.0);
            repeat(times, |cx| {
                queue.wake();
                ready!(cx, queue.wait())
            });
        }),
        peer("tokio", kept!(tokio::sync::Notify::new())),
    ],
    note: "",
};
