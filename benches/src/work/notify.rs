//! Notifications: waited for, and kept.

use core::future::Future;
use core::hint::black_box;
use core::pin::pin;

use crate::harness::{Aligned, Goal, Work, ours, peer, ready, repeat};

/// Queue, be notified, go.
macro_rules! waited_for {
    ($notify:expr, |$n:ident| $signal:expr) => {
        |times| {
            let $n = Aligned($notify);
            let $n = black_box(&$n.0);
            repeat(times, |cx| {
                let mut waits = pin!($n.notified());
                assert!(waits.as_mut().poll(cx).is_pending());
                $signal;
                ready!(cx, waits);
            });
        }
    };
}

pub(crate) const WAITED_FOR: Work = Work {
    name: "Notify: wait, notify_one, go",
    subjects: &[
        ours("anywhen", Goal::instructions(200), waited_for!(anywhen::sync::Notify::new(), |n| n.notify_one())),
        peer("tokio", waited_for!(tokio::sync::Notify::new(), |n| n.notify_one())),
    ],
    note: "",
};

pub(crate) const ALL_WAITED_FOR: Work = Work {
    name: "Notify: wait, notify_waiters, go",
    subjects: &[
        ours("anywhen", Goal::ZERO_ALLOCATIONS, waited_for!(anywhen::sync::Notify::new(), |n| n.notify_waiters())),
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
        peer("tokio", kept!(tokio::sync::Notify::new())),
    ],
    note: "",
};
