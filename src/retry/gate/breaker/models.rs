//! Threads that race for the places of a half-open circuit.

use loom::thread;
use std::sync::Arc;

use super::*;
use crate::internal::shim::model;
use crate::retry::gate::Pass;

/// Time stands still, a second after the circuit opened.
#[derive(Clone)]
struct Later;

impl Timer for Later {
    type Sleep = core::future::Pending<()>;

    fn now(&self) -> Instant {
        Instant::from_nanos(2_000_000_000)
    }

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        core::future::pending()
    }

    fn reset(_: core::pin::Pin<&mut Self::Sleep>, _: Instant) {}
}

/// Open, and its time is over.
fn open(probes: u32) -> Arc<CircuitBreaker<Later>> {
    let breaker = CircuitBreaker::new().probes(probes).on(Later);
    breaker.machine.with(|machine| machine.open(Instant::from_nanos(0), Instant::from_nanos(1_000_000_000)));
    Arc::new(breaker)
}

#[test]
fn of_three_that_race_for_one_place_one_has_it() {
    model("breaker: three race for the place of a half-open circuit", 3, || {
        let breaker = open(1);
        let threads = [(); 2].map(|()| {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || breaker.try_acquire_owned().ok())
        });
        let mine = breaker.try_acquire().ok();
        let theirs = threads.map(|thread| thread.join().unwrap());
        let had = usize::from(mine.is_some()) + theirs.iter().flatten().count();
        assert_eq!(had, 1);
        drop((mine, theirs));
        assert!(breaker.try_acquire().is_ok(), "the place is lost");
    });
}

#[test]
fn a_place_that_is_given_back_is_had_by_another_and_no_success_is_lost() {
    model("breaker: a call tries, and another gives up", 3, || {
        let breaker = open(1);
        let other = Arc::clone(&breaker);
        let thread = thread::spawn(move || drop(other.try_acquire_owned()));
        let closed = breaker.try_acquire().map(|pass| pass.settle(Outcome::Success)).is_ok();
        thread.join().unwrap();
        let expected = if closed { CircuitState::Closed } else { CircuitState::HalfOpen };
        assert_eq!(breaker.state(), expected);
        assert!(breaker.try_acquire().is_ok());
    });
}
