//! What time it is, for a state that many threads tell it to.
//!
//! A clock may be somebody else's code, and is read before the lock is taken. So a thread may come with a moment that others
//! have left behind meanwhile; then it is as late as they are. Or the moment is of another clock: a state in a `static` goes by
//! whichever clock is current, and each test may have a virtual one of its own. Asking again tells the one from the other. No
//! clock goes back, so what it shows once it is known what the state was told last, is not before that; if it is, this is
//! another clock, and the state goes on by it.

use crate::internal::lock::Lock;
use crate::time::{Instant, Timer};

/// A state that is told what time it is.
pub(super) trait Timed {
    /// The latest moment that it keeps.
    fn latest(&self) -> Instant;

    /// What was so at that moment, is so `now`, which lies before it.
    fn go_on_from(&mut self, now: Instant);
}

/// Does `f` with the state and the time, which is never before the state's latest moment.
#[inline]
pub(super) fn tell<S: Timed, R>(lock: &Lock<S>, timer: &impl Timer, f: impl FnOnce(&mut S, Instant) -> R) -> R {
    let now = timer.now();
    let told = lock.with(|state| {
        let latest = state.latest();
        if now < latest { Err((f, latest)) } else { Ok(f(state, now)) }
    });
    match told {
        Ok(result) => result,
        Err((f, latest)) => tell_again(lock, timer.now(), latest, f),
    }
}

/// The clock has been asked once more, after it was known that the state had been told of `latest`.
#[cold]
fn tell_again<S: Timed, R>(lock: &Lock<S>, now: Instant, latest: Instant, f: impl FnOnce(&mut S, Instant) -> R) -> R {
    lock.with(|state| {
        // Unless others have it go by that clock already.
        if now < latest && now < state.latest() {
            state.go_on_from(now);
        }
        let now = now.max(state.latest());
        f(state, now)
    })
}

#[cfg(test)]
mod shown {
    use super::*;

    /// The moments that it was told, and which of them it was moved to.
    pub(super) struct Log {
        pub(super) told: alloc::vec::Vec<u64>,
        pub(super) moved: alloc::vec::Vec<u64>,
        latest: Instant,
    }

    impl Log {
        pub(super) fn new() -> Self {
            Self { told: alloc::vec![], moved: alloc::vec![], latest: Instant::from_nanos(0) }
        }

        pub(super) fn note(&mut self, now: Instant) {
            self.told.push(now.as_nanos());
            self.latest = now;
        }
    }

    impl Timed for Log {
        fn latest(&self) -> Instant {
            self.latest
        }

        fn go_on_from(&mut self, now: Instant) {
            assert!(now < self.latest);
            self.moved.push(now.as_nanos());
            self.latest = now;
        }
    }

    /// Only tells the time.
    #[derive(Clone)]
    pub(super) struct Shows<F>(pub(super) F);

    impl<F: Fn() -> u64 + Clone> Timer for Shows<F> {
        type Sleep = core::future::Pending<()>;

        fn now(&self) -> Instant {
            Instant::from_nanos((self.0)())
        }

        fn sleep_until(&self, _: Instant) -> Self::Sleep {
            core::future::pending()
        }

        fn reset(_: core::pin::Pin<&mut Self::Sleep>, _: Instant) {}
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use core::cell::Cell;

    use super::shown::{Log, Shows};
    use super::*;

    /// The log after a clock has shown these, one after the other.
    fn told_by(readings: &[u64]) -> Log {
        let (lock, at) = (Lock::new(Log::new()), Cell::new(0));
        lock.with(|log| log.note(Instant::from_nanos(100)));
        let timer = Shows(|| {
            at.set(at.get() + 1);
            readings[at.get() - 1]
        });
        while at.get() < readings.len() {
            tell(&lock, &timer, Log::note);
        }
        lock.with(|log| core::mem::replace(log, Log::new()))
    }

    #[test]
    fn a_moment_that_others_have_left_behind_counts_as_theirs() {
        // The second was on its way to the lock for long.
        let log = told_by(&[110, 105, 111]);
        assert_eq!(log.told, [100, 110, 111]);
        assert!(log.moved.is_empty());
    }

    #[test]
    fn a_clock_that_shows_an_earlier_time_twice_is_another() {
        let log = told_by(&[40, 41, 42, 200, 50, 50]);
        assert_eq!(log.told, [100, 41, 42, 200, 50]);
        assert_eq!(log.moved, [41, 50]);
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use std::sync::Arc;

    use loom::thread;

    use super::shown::{Log, Shows};
    use super::*;
    use crate::internal::shim::atomic::{AtomicUsize, Ordering::SeqCst};
    use crate::internal::shim::model;

    #[test]
    fn threads_that_overtake_each_other_are_not_taken_for_another_clock() {
        model("moments: three tell the time, each on its own way to the lock", 3, || {
            let (lock, clock) = (Arc::new(Lock::new(Log::new())), Arc::new(AtomicUsize::new(1)));
            let tells = {
                let (lock, clock) = (Arc::clone(&lock), Arc::clone(&clock));
                move || tell(&lock, &Shows(|| clock.fetch_add(1, SeqCst) as u64), Log::note)
            };
            let threads = [tells.clone(), tells.clone()].map(thread::spawn);
            tells();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            let (told, moved) = lock.with(|log| (log.told.clone(), log.moved.len()));
            assert!(told.is_sorted() && told.len() == 3 && moved == 0, "{told:?}, {moved} times another clock");
        });
    }
}
