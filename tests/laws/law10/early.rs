//! No timer fires early: neither does it wake before its deadline, nor is a poll ready before it. In virtual time it wakes
//! at its deadline to the nanosecond.

use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use anywhen::rt::Std;
use anywhen::testing::{CountingWaker, WakerEvent};
use anywhen::time::{Clock, Instant, Timer, VirtualClock};
use fastrand::Rng;

use crate::stage::panic_of;

/// A span of time of any order of magnitude up to `2^bits` nanoseconds.
fn any_span(rng: &mut Rng, bits: u32) -> Duration {
    let bits = rng.u32(0..bits);
    Duration::from_nanos(rng.u64(0..2 << bits))
}

#[test]
fn in_virtual_time_each_timer_fires_at_its_instant() {
    let mut rng = Rng::with_seed(10);
    for _ in 0..50 {
        let time = VirtualClock::new();
        let fired = Arc::new(Mutex::new(Vec::new()));
        let mut sleeps = Vec::new();
        for _ in 0..40 {
            let deadline = time.now() + any_span(&mut rng, 62);
            let (seen, clock) = (Arc::clone(&fired), time.clock());
            let waker = CountingWaker::hooked(move |event| {
                if event == WakerEvent::Wake {
                    seen.lock().unwrap().push((deadline, clock.now()));
                }
            });
            let mut sleep = Box::pin(time.clock().sleep_until(deadline));
            let ready = sleep.as_mut().poll(&mut Context::from_waker(&waker.waker())).is_ready();
            assert_eq!(ready, deadline <= time.now());
            sleeps.push((deadline, sleep, waker));
            // Some begin when others wait, and time goes on by leaps that have nothing to do with them.
            time.advance(any_span(&mut rng, 60));
            for (deadline, sleep, _) in &sleeps {
                assert_eq!(sleep.is_elapsed(), *deadline <= time.now(), "{deadline:?} at {:?}", time.now());
            }
        }
        while time.advance_to_next() {}
        let fired = fired.lock().unwrap();
        assert!(fired.iter().all(|(deadline, at)| deadline == at), "{fired:?}");
        assert!(fired.is_sorted(), "not in order: {fired:?}");
        assert!(sleeps.iter().all(|(_, sleep, _)| sleep.is_elapsed()));
    }
}

/// Sleeps of any length up to a few milliseconds, all at once, in real time: each is woken and found ready at its
/// deadline or later, and not before.
fn never_early<T: Timer>(timer: &T) {
    let mut rng = Rng::with_seed(10);
    let (wake, woken) = mpsc::channel();
    let mut sleeps = Vec::new();
    for n in 0..60 {
        let deadline = timer.now() + any_span(&mut rng, 23);
        let wake = Mutex::new(wake.clone());
        let waker = CountingWaker::hooked(move |event| {
            if event == WakerEvent::Wake {
                let _gone = wake.lock().unwrap().send((n, std::time::Instant::now()));
            }
        });
        let waker = waker.waker();
        let mut sleep = Box::pin(timer.sleep_until(deadline));
        let poll = sleep.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending() || timer.now() >= deadline, "ready early");
        sleeps.push((deadline, poll.is_pending().then_some(sleep), waker));
    }
    while sleeps.iter().any(|(_, sleep, _)| sleep.is_some()) {
        let (n, at) = woken.recv_timeout(Duration::from_secs(20)).expect("a timer is not served");
        let (deadline, sleep, waker) = &mut sleeps[n];
        assert!(Instant::from(at) >= *deadline, "woken {:?} early", *deadline - Instant::from(at));
        let poll = |sleep: &mut Pin<Box<T::Sleep>>| sleep.as_mut().poll(&mut Context::from_waker(waker));
        if sleep.as_mut().is_some_and(|sleep| poll(sleep) == Poll::Ready(())) {
            assert!(timer.now() >= *deadline, "ready early");
            *sleep = None;
        }
    }
}

#[test]
fn in_real_time_no_timer_is_early() {
    never_early(&Clock::system());
    never_early(&Std);
    #[cfg(feature = "smol")]
    never_early(&anywhen::rt::Smol);
    #[cfg(feature = "async-std")]
    never_early(&anywhen::rt::AsyncStd);
    #[cfg(feature = "tokio")]
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        never_early(&anywhen::rt::Tokio::new(runtime.handle().clone()));
    }
}

/// The system's clock, but for sleeps that end before they should.
#[derive(Clone)]
struct Hasty;

impl Timer for Hasty {
    type Sleep = <Clock as Timer>::Sleep;

    fn now(&self) -> Instant {
        Clock::system().now()
    }

    fn sleep_until(&self, deadline: Instant) -> Self::Sleep {
        Clock::system().sleep_until(deadline - Duration::from_millis(1))
    }

    fn reset(sleep: Pin<&mut Self::Sleep>, deadline: Instant) {
        Clock::reset(sleep, deadline);
    }
}

#[test]
fn a_timer_that_is_early_is_caught() {
    let message = panic_of(|| never_early(&Hasty)).expect("should be caught");
    assert!(message.contains("early"), "{message}");
}
