//! Threads at one limiter: they race for a permit, leave the line, and change the rate under one that waits.

use alloc::task::Wake;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use loom::thread;

use super::*;
use crate::internal::shim::model;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

/// Time that a short sleep moves on, and a long one does not.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicU64>);

struct Nap(Hand, Instant);

impl Timer for Hand {
    type Sleep = Nap;

    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.load(SeqCst))
    }

    fn sleep_until(&self, deadline: Instant) -> Nap {
        Nap(self.clone(), deadline)
    }

    fn reset(mut sleep: Pin<&mut Nap>, deadline: Instant) {
        sleep.1 = deadline;
    }
}

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.1 - self.0.now() >= SECOND {
            return Poll::Pending;
        }
        self.0.0.store(self.1.as_nanos(), SeqCst);
        Poll::Ready(())
    }
}

/// One permit for a second, and it is gone.
fn spent() -> Arc<RateLimiter<Hand>> {
    let limiter = RateLimiter::new(1, SECOND).on(Hand::default());
    limiter.try_acquire().unwrap();
    Arc::new(limiter)
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn of_two_that_race_for_a_permit_one_has_it() {
    model("limiter: two race for a permit", 3, || {
        let limiter = Arc::new(RateLimiter::new(1, SECOND).on(Hand::default()));
        let other = Arc::clone(&limiter);
        let thread = thread::spawn(move || other.try_acquire().is_ok());
        let mine = limiter.try_acquire().is_ok();
        assert!(mine ^ thread.join().unwrap());
    });
}

#[test]
fn one_that_leaves_the_line_leaves_it_to_the_other() {
    model("limiter: one waits while another leaves", 3, || {
        let limiter = spent();
        let other = Arc::clone(&limiter);
        let thread = thread::spawn(move || {
            let mut waits = pin!(other.acquire());
            assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        });
        {
            let mut waits = pin!(limiter.acquire());
            let flag = Arc::new(Flag::default());
            let waker = Waker::from(Arc::clone(&flag));
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            thread.join().unwrap();
            assert_eq!(limiter.waiters(), 1);
            // It has the turn, or was told so.
            let has_turn = flag.0.load(SeqCst) || limiter.front.take().is_some();
            assert!(has_turn, "the turn is lost");
        }
        assert_eq!((limiter.waiters(), limiter.turn.available()), (0, 1));
    });
}

#[test]
fn one_that_begins_to_wait_hears_of_the_new_rate() {
    model("limiter: the rate is changed while one begins to wait", 3, || {
        let limiter = spent();
        let other = Arc::clone(&limiter);
        let thread = thread::spawn(move || other.set_rate(1, NANO));
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut waits = pin!(limiter.acquire());
        let ready = waits.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        thread.join().unwrap();
        if !ready {
            assert!(flag.0.load(SeqCst), "it sleeps by the old rate");
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        }
    });
}
