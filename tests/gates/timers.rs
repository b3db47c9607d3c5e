//! Gates by a timer that panics when it is asked what time it is: nobody's place is lost.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;

use anywhen::retry::{AdaptiveLimit, CircuitBreaker, CircuitState, Outcome, Pass};
use anywhen::time::{Clock, Duration, Instant, Sleep, Timer, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);

/// It panics while it is broken.
#[derive(Clone)]
struct Fragile {
    clock: Clock,
    broken: Rc<Cell<bool>>,
}

impl Fragile {
    fn new(time: &VirtualClock) -> Self {
        Self { clock: time.clock(), broken: Rc::default() }
    }

    /// Runs `f`, which asks for the time, and panics.
    fn breaks<R>(&self, f: impl FnOnce() -> R) {
        self.broken.set(true);
        assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
        self.broken.set(false);
    }
}

impl Timer for Fragile {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        assert!(!self.broken.get(), "the timer is broken");
        self.clock.now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        self.clock.sleep_until(deadline)
    }

    fn reset(sleep: Pin<&mut Sleep>, deadline: Instant) {
        sleep.reset(deadline);
    }
}

#[test]
fn a_limit_has_its_places_back_where_the_timer_panics() {
    let timer = Fragile::new(&VirtualClock::new());
    let limit = AdaptiveLimit::new(1, 0).slow_call(SECOND).on(timer.clone());
    timer.breaks(|| limit.try_acquire());
    assert_eq!(limit.in_flight(), 0);
    let place = limit.try_acquire().unwrap();
    timer.breaks(|| place.settle(Outcome::Success));
    assert_eq!(limit.in_flight(), 0);
    assert!(limit.try_acquire().is_ok());
}

#[test]
fn a_circuit_lets_another_try_where_the_timer_panics() {
    let time = VirtualClock::new();
    let timer = Fragile::new(&time);
    let breaker = CircuitBreaker::new().consecutive_failures(1).open_for(SECOND).on(timer.clone());
    breaker.try_acquire().unwrap().settle(Outcome::Failure);
    time.advance(SECOND);
    let probe = breaker.try_acquire().unwrap();
    timer.breaks(|| probe.settle(Outcome::Failure));
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    assert!(breaker.try_acquire().is_ok(), "the place is lost");
}
