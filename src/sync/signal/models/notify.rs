//! Notifications and events: none is lost, doubled or given to the wrong one.

use std::boxed::Box;
use std::sync::Arc;

use loom::future::block_on;
use loom::thread;

use super::{PREEMPTIONS, assert_idle, poll_once, spawn, take_permit};
use crate::internal::shim::model;
use crate::sync::{Event, Notify};

#[test]
fn a_notification_is_never_lost() {
    model("notify: two notify_one, two waiters", PREEMPTIONS, || {
        let notify = Arc::new(Notify::new());
        let waits = spawn(&notify, |notify| block_on(notify.notified()));
        let signals = spawn(&notify, |notify| notify.notify_one());
        // What this thread wrote is seen by whoever it notifies: loom would say so of the waiter's node.
        notify.notify_one();
        waits.join().unwrap();
        signals.join().unwrap();
        // Two notifications, one taken: the other is the permit, unless both came before anybody waited.
        take_permit(&notify);
        assert!(!take_permit(&notify));
        assert_idle(&notify.signal);
    });
}

#[test]
fn a_cancelled_waiter_passes_its_notification_on() {
    model("notify: notify_one races cancel, another waits", PREEMPTIONS, || {
        let notify = Arc::new(Notify::new());
        let cancels = spawn(&notify, |notify| {
            let mut notified = Box::pin(notify.notified());
            if poll_once(notified.as_mut()).is_ready() {
                // It took what was meant for one of the two, and hands it back.
                notify.notify_one();
            }
        });
        let waits = spawn(&notify, |notify| block_on(notify.notified()));
        notify.notify_one();
        cancels.join().unwrap();
        waits.join().unwrap();
        assert!(!take_permit(&notify));
        assert_idle(&notify.signal);
    });
}

#[test]
fn the_latest_waker_is_woken() {
    model("notify: notify_one races a change of waker", PREEMPTIONS, || {
        let notify = Arc::new(Notify::new());
        let signals = spawn(&notify, |notify| notify.notify_one());
        let mut notified = Box::pin(notify.notified());
        if poll_once(notified.as_mut()).is_pending() {
            // `block_on` polls with another waker; if the first one only is woken, this hangs.
            block_on(notified);
        }
        signals.join().unwrap();
        assert!(!take_permit(&notify));
        assert_idle(&notify.signal);
    });
}

#[test]
fn a_broadcast_reaches_whoever_called_before_it() {
    model("notify: notify_waiters races enable and first poll", PREEMPTIONS, || {
        let notify = Arc::new(Notify::new());
        let (mut enabled, waits) = (Box::pin(notify.notified()), Arc::clone(&notify).notified_owned());
        let broadcasts = spawn(&notify, |notify| notify.notify_waiters());
        let waits = thread::spawn(move || block_on(waits));
        enabled.as_mut().enable();
        block_on(enabled.as_mut());
        waits.join().unwrap();
        broadcasts.join().unwrap();
        assert!(!take_permit(&notify));
        assert_idle(&notify.signal);
    });
}

#[test]
fn a_broadcast_and_a_notification_do_not_mix() {
    model("notify: notify_waiters races notify_one and a cancel", PREEMPTIONS, || {
        let notify = Arc::new(Notify::new());
        let (mut first, mut second) = (Box::pin(notify.notified()), Box::pin(Arc::clone(&notify).notified_owned()));
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(second.as_mut()).is_pending());
        let cancels = thread::spawn(move || drop(second));
        let signals = spawn(&notify, |notify| notify.notify_one());
        notify.notify_waiters();
        assert!(poll_once(first.as_mut()).is_ready());
        cancels.join().unwrap();
        signals.join().unwrap();
        // The notification was for `first`, unless the broadcast or the cancel came first: then it is kept.
        take_permit(&notify);
        assert!(!take_permit(&notify));
        assert_idle(&notify.signal);
    });
}

#[test]
fn in_the_middle_of_a_broadcast_waiters_come_and_go() {
    // Under loom a batch holds two wakers, so that three waiters take two rounds.
    model("notify: notify_waiters to 3, one polled, one cancelled", PREEMPTIONS, || {
        let notify = Arc::new(Notify::new());
        let mut waiting = [(); 3].map(|()| Box::pin(Arc::clone(&notify).notified_owned()));
        for notified in &mut waiting {
            assert!(poll_once(notified.as_mut()).is_pending());
        }
        let [first, second, mut third] = waiting;
        let cancels = thread::spawn(move || drop(second));
        let broadcasts = spawn(&notify, |notify| notify.notify_waiters());
        let polled = poll_once(third.as_mut()).is_ready();
        if polled {
            // Its place is free while others are still to be woken; who takes it waits for something else.
            assert!(!take_permit(&notify));
        }
        block_on(third);
        block_on(first);
        cancels.join().unwrap();
        broadcasts.join().unwrap();
        assert_idle(&notify.signal);
    });
}

#[test]
fn two_broadcasts_let_everybody_go() {
    model("notify: two notify_waiters, three waiters", 2, || {
        let notify = Arc::new(Notify::new());
        let mut waiting = [(); 3].map(|()| Box::pin(Arc::clone(&notify).notified_owned()));
        for notified in &mut waiting {
            assert!(poll_once(notified.as_mut()).is_pending());
        }
        let broadcasts = spawn(&notify, |notify| notify.notify_waiters());
        notify.notify_waiters();
        broadcasts.join().unwrap();
        for mut notified in waiting {
            assert!(poll_once(notified.as_mut()).is_ready());
        }
        assert_idle(&notify.signal);
    });
}

#[test]
fn an_event_that_is_set_lets_everybody_go() {
    model("event: set and reset race two waiters", PREEMPTIONS, || {
        let event = Arc::new(Event::new());
        let mut early = Box::pin(event.wait());
        assert!(poll_once(early.as_mut()).is_pending());
        let sets = spawn(&event, |event| {
            event.set();
            event.reset();
            event.set();
        });
        let waits = spawn(&event, |event| block_on(event.wait()));
        block_on(early);
        sets.join().unwrap();
        waits.join().unwrap();
        assert!(event.is_set());
        assert_idle(&event.signal);
    });
}
