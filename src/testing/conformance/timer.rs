//! What an adapter owes as a [`Timer`](crate::time::Timer).
//!
//! Deadlines are milliseconds away, and nothing is asked of them but what holds on a machine that is busy: that they are
//! not early, and that they come. Where something must be done before one has come, it is tried again with one that is
//! further away.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use super::event::Event;
use crate::rt::Runtime;
use crate::task;
use crate::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(3);
const HOUR: Duration = Duration::from_secs(3600);

/// Polls with a waker that leads nowhere.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls with the waker of the task that this is awaited in, once.
async fn touch<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

pub(super) async fn now_never_goes_back<R: Runtime>(rt: R) {
    let mut last = rt.now();
    let mut check = |now| {
        assert!(now >= last, "{now:?} after {last:?}");
        last = now;
    };
    for _ in 0..1000 {
        check(rt.now());
    }
    for _ in 0..100 {
        let timer = rt.clone();
        check(task::spawn_on(&rt, async move { timer.now() }).await.unwrap());
        check(rt.now());
    }
}

pub(super) async fn a_sleep_is_never_early<R: Runtime>(rt: R) {
    for nanos in [1, 999, 1_000, 500_000, 999_999, 1_000_001, 1_500_000, 3_000_000] {
        let deadline = rt.now() + Duration::from_nanos(nanos);
        rt.sleep_until(deadline).await;
        assert!(rt.now() >= deadline, "{:?} early", deadline - rt.now());
        let (start, wait) = (rt.now(), Duration::from_nanos(nanos));
        rt.sleep(wait).await;
        assert!(rt.now() - start >= wait, "{:?} early", wait - (rt.now() - start));
    }
}

pub(super) async fn a_deadline_that_has_passed_needs_no_wait<R: Runtime>(rt: R) {
    let now = rt.now();
    for past in [now, now - Duration::from_nanos(1), now - HOUR, Instant::from_nanos(0)] {
        rt.sleep_until(past).await;
    }
    rt.sleep(Duration::ZERO).await;
}

pub(super) async fn never_does_not_come<R: Runtime>(rt: R) {
    let century = HOUR * 24 * 365 * 100;
    let far = [Instant::FAR_FUTURE, rt.now() + century, Instant::from_nanos(u64::MAX - 1)];
    let mut sleeps: Vec<_> = far.into_iter().map(|far| Box::pin(rt.sleep_until(far))).collect();
    sleeps.push(Box::pin(rt.sleep(Duration::MAX)));
    for _ in 0..2 {
        for sleep in &mut sleeps {
            assert!(touch(sleep.as_mut()).await.is_pending(), "never has come");
        }
        rt.sleep(TICK).await;
    }
}

pub(super) async fn a_sleep_that_has_ended_stays_so<R: Runtime>(rt: R) {
    let mut sleep = pin!(rt.sleep(TICK));
    sleep.as_mut().await;
    // More often than any runtime's cooperative budget allows.
    for poll in 0..300 {
        assert!(touch(sleep.as_mut()).await.is_ready(), "pending at poll {poll} after its end");
    }
    let mut past = pin!(rt.sleep_until(rt.now()));
    past.as_mut().await;
    assert!(touch(past).await.is_ready());
}

/// Waits for a sleep that has just been reset to `deadline`.
async fn ends_at<R: Runtime>(rt: &R, sleep: Pin<&mut R::Sleep>, deadline: Instant) {
    sleep.await;
    assert!(rt.now() >= deadline, "{:?} early", deadline - rt.now());
}

pub(super) async fn a_sleep_is_reset_before_its_first_poll<R: Runtime>(rt: R) {
    for first in [Duration::ZERO, HOUR, Duration::MAX] {
        let mut sleep = pin!(rt.sleep(first));
        let deadline = rt.now() + TICK;
        R::reset(sleep.as_mut(), deadline);
        ends_at(&rt, sleep, deadline).await;
    }
}

pub(super) async fn a_sleep_is_reset_to_end_sooner<R: Runtime>(rt: R) {
    let mut sleep = pin!(rt.sleep(HOUR));
    for _ in 0..3 {
        assert!(touch(sleep.as_mut()).await.is_pending());
        let deadline = rt.now() + TICK;
        R::reset(sleep.as_mut(), deadline);
        ends_at(&rt, sleep.as_mut(), deadline).await;
        R::reset(sleep.as_mut(), rt.now() + HOUR);
    }
}

pub(super) async fn a_sleep_is_reset_to_end_later<R: Runtime>(rt: R) {
    let mut wait = TICK;
    loop {
        let first = rt.now() + wait;
        let mut sleep = pin!(rt.sleep_until(first));
        let _registered = touch(sleep.as_mut()).await;
        let later = rt.now() + wait * 4;
        R::reset(sleep.as_mut(), later);
        let was_reset_in_time = rt.now() < first;
        ends_at(&rt, sleep, later).await;
        if was_reset_in_time {
            return;
        }
        wait *= 2;
    }
}

pub(super) async fn a_sleep_is_reset_to_the_past<R: Runtime>(rt: R) {
    for past in [rt.now(), rt.now() - HOUR, Instant::from_nanos(0)] {
        let mut sleep = pin!(rt.sleep(HOUR));
        assert!(touch(sleep.as_mut()).await.is_pending());
        R::reset(sleep.as_mut(), past);
        sleep.await;
    }
}

pub(super) async fn a_sleep_is_reset_after_its_end<R: Runtime>(rt: R) {
    let mut sleep = pin!(rt.sleep(Duration::ZERO));
    sleep.as_mut().await;
    for _ in 0..3 {
        let deadline = rt.now() + TICK;
        R::reset(sleep.as_mut(), deadline);
        ends_at(&rt, sleep.as_mut(), deadline).await;
    }
    R::reset(sleep.as_mut(), rt.now() + HOUR);
    assert!(touch(sleep.as_mut()).await.is_pending(), "it has another deadline now");
}

pub(super) async fn a_sleep_is_reset_to_never_and_back<R: Runtime>(rt: R) {
    for never in [Instant::FAR_FUTURE, Instant::from_nanos(u64::MAX - 1)] {
        let mut sleep = pin!(rt.sleep(HOUR));
        assert!(touch(sleep.as_mut()).await.is_pending());
        R::reset(sleep.as_mut(), never);
        assert!(touch(sleep.as_mut()).await.is_pending());
        rt.sleep(TICK).await;
        assert!(touch(sleep.as_mut()).await.is_pending(), "never has come");
        let deadline = rt.now() + TICK;
        R::reset(sleep.as_mut(), deadline);
        ends_at(&rt, sleep, deadline).await;
    }
}

/// What one task has polled, another awaits, as it is or reset.
pub(super) async fn a_sleep_moves_to_another_task<R: Runtime>(rt: R) {
    for reset in [false, true] {
        let mut wait = TICK;
        loop {
            let deadline = rt.now() + wait;
            let mut sleep = Box::pin(rt.sleep_until(if reset { rt.now() + HOUR } else { deadline }));
            let _registered = touch(sleep.as_mut()).await;
            let timer = rt.clone();
            let ended = task::spawn_on(&rt, async move {
                if reset {
                    R::reset(sleep.as_mut(), deadline);
                }
                // Otherwise it may be over, and wakes nobody.
                let waits = touch(sleep.as_mut()).await.is_pending() && timer.now() < deadline;
                sleep.await;
                (waits, timer.now())
            });
            let (waited, ended) = ended.await.unwrap();
            assert!(ended >= deadline, "{:?} early", deadline - ended);
            if waited {
                break;
            }
            wait *= 2;
        }
    }
}

pub(super) async fn a_sleep_comes_from_another_thread<R: Runtime>(rt: R) {
    let deadline = rt.now() + TICK;
    let timer = rt.clone();
    let made = std::thread::spawn(move || {
        let mut sleep = Box::pin(timer.sleep_until(deadline));
        let _registered = poll_once(sleep.as_mut());
        sleep
    });
    made.join().expect("no runtime is needed to make a sleep and poll it").await;
    assert!(rt.now() >= deadline);
}

pub(super) async fn the_waker_of_the_last_poll_is_woken<R: Runtime>(rt: R) {
    let mut wait = TICK;
    loop {
        let (old, new) = (Event::default(), Event::default());
        let deadline = rt.now() + wait;
        let mut sleep = pin!(rt.sleep_until(deadline));
        let mut waits = true;
        for event in [&old, &new, &old, &new, &new] {
            waits &= sleep.as_mut().poll(&mut Context::from_waker(&event.waker())).is_pending();
        }
        if waits && rt.now() < deadline {
            new.wait().await;
            assert!(rt.now() >= deadline, "woken {:?} early", deadline - rt.now());
            assert_eq!(old.times(), 0, "an earlier waker was woken");
            return;
        }
        wait *= 2;
    }
}

pub(super) async fn a_sleep_that_is_dropped_wakes_nobody<R: Runtime>(rt: R) {
    let mut wait = TICK;
    loop {
        let event = Event::default();
        let deadline = rt.now() + wait;
        {
            let sleep = pin!(rt.sleep_until(deadline));
            let _registered = sleep.poll(&mut Context::from_waker(&event.waker()));
        }
        if rt.now() < deadline {
            rt.sleep_until(deadline + TICK).await;
            assert_eq!(event.times(), 0);
            return;
        }
        wait *= 2;
    }
}

/// When a sleep has ended, so have those whose deadlines came before; by milliseconds, which is as fine as some timers are.
pub(super) async fn sleeps_end_in_the_order_of_their_deadlines<R: Runtime>(rt: R) {
    let start = rt.now();
    let order = [4, 0, 6, 2, 7, 1, 5, 3];
    let mut sleeps: Vec<_> = order.iter().map(|n| (n, Box::pin(rt.sleep_until(start + TICK * (n + 1))))).collect();
    poll_fn(|cx| {
        let mut ended = Vec::new();
        sleeps.retain_mut(|(n, sleep)| match sleep.as_mut().poll(cx) {
            Poll::Ready(()) => {
                ended.push(*n);
                false
            }
            Poll::Pending => true,
        });
        let Some(latest) = ended.into_iter().max() else { return Poll::Pending };
        for (n, sleep) in &mut sleeps {
            assert!(*n > latest || sleep.as_mut().poll(cx).is_ready(), "{n} waits though {latest} has ended");
        }
        sleeps.retain(|(n, _)| *n > latest);
        if sleeps.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

pub(super) async fn a_thousand_sleeps_wake_their_tasks<R: Runtime>(rt: R) {
    let start = rt.now();
    let sleeps = (0..1000_u32).map(|n| {
        let timer = rt.clone();
        task::spawn_on(&rt, async move {
            let deadline = start + Duration::from_micros(u64::from(n * 7919 % 10_000));
            timer.sleep_until(deadline).await;
            assert!(timer.now() >= deadline);
        })
    });
    for task in sleeps.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
