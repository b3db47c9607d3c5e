//! The arena in which a primitive is tested: one object, and many that wait for it.
//!
//! A [`Stage`](crate::stage::Stage) shows what one future does. What an object does with a queue of them shows here: that
//! nobody is forgotten, whoever else leaves, panics or calls back, and however many there are. The arena polls only who
//! was woken, as executors do, so that a wake that is lost is a waiter that is never served.

use std::any::type_name;
use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::task::Context;

use anywhen::testing::CountingWaker;

use crate::stage::{panic_of, path_of, report, watched};

/// How many wait: one, two, and more than a batch of wakers holds.
const CROWDS: [usize; 3] = [1, 2, 40];

/// Makes an object for which so many wait.
pub(crate) type Setting = fn(usize) -> Arena;

/// Runs a law over settings and crowds of every size, each on a thread of its own, and fails with a line for each that
/// breaks it or hangs. The law makes as many arenas as it likes.
pub(crate) fn judge(settings: &[Setting], law: fn(make: &dyn Fn() -> Arena)) {
    let cases = settings.iter().flat_map(|setting| CROWDS.map(|crowd| (*setting, crowd)));
    report(cases.map(|(setting, crowd)| {
        let name = format!("{} with {crowd} waiting", setting(0).name);
        watched(&name, move |_| law(&|| setting(crowd)))
    }));
}

/// An object, those that wait for it, and what holds them back.
pub(crate) struct Arena {
    /// The path of the object's type, without parameters, and how it is waited for.
    pub(crate) name: String,
    /// The path of the object's type, without parameters.
    pub(crate) primitive: String,
    places: Arc<[Mutex<Place>]>,
    release: Box<dyn FnMut() -> bool>,
    touch: Arc<dyn Fn() + Send + Sync>,
    check: Box<dyn FnMut()>,
    /// Whether somebody who was served has to leave before the next is.
    one_at_a_time: bool,
    /// Whether a waiter may be faster than one that was woken.
    overtaking: bool,
    /// Whether the test has wakers panic: then a panic of the object's is not the end.
    pub(crate) tolerant: bool,
}

/// Somebody who waits, until it leaves.
struct Place {
    /// `None` once it has left.
    future: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    seat: Seat,
    /// The one in use is the first. There are two, made beforehand, so that changing wakers allocates nothing.
    counts: [CountingWaker; 2],
    wakers: [std::task::Waker; 2],
    polls: usize,
    /// What its count of wakes was when its last poll began.
    wakes_before: usize,
}

/// Where a waiter is kept once it has been served, with what it was given, until it leaves.
#[derive(Clone, Default)]
pub(crate) struct Seat(Arc<AtomicBool>);

impl Seat {
    pub(crate) async fn keep<T>(self, given: T) {
        self.0.store(true, Ordering::SeqCst);
        pending::<()>().await;
        drop(given);
    }
}

/// How far somebody who waits has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Never polled.
    Fresh,
    Waiting,
    /// Woken, and not polled since.
    Woken,
    Served,
    Left,
}

impl Place {
    fn new(future: impl Future<Output = ()> + Send + 'static, seat: Seat) -> Self {
        let counts = [CountingWaker::new(), CountingWaker::new()];
        let wakers = counts.each_ref().map(CountingWaker::waker);
        Self { future: Some(Box::pin(future)), seat, counts, wakers, polls: 0, wakes_before: 0 }
    }

    fn wakes(&self) -> usize {
        self.counts[0].wakes() - self.wakes_before
    }

    fn progress(&self) -> Progress {
        match self {
            Self { future: None, .. } => Progress::Left,
            _ if self.seat.0.load(Ordering::SeqCst) => Progress::Served,
            Self { polls: 0, .. } => Progress::Fresh,
            _ if self.wakes() > 0 => Progress::Woken,
            _ => Progress::Waiting,
        }
    }

    /// Polls it, unless there is nothing to poll. With `swap`, with the other of its wakers. Gives what it was before.
    fn poll(&mut self, swap: bool) -> Progress {
        let before = self.progress();
        if matches!(before, Progress::Served | Progress::Left) {
            return before;
        }
        if swap {
            self.counts.swap(0, 1);
            self.wakers.swap(0, 1);
        }
        self.wakes_before = self.counts[0].wakes();
        self.polls += 1;
        let future = self.future.as_mut().expect("it has not left");
        let poll = future.as_mut().poll(&mut Context::from_waker(&self.wakers[0]));
        assert!(poll.is_pending(), "a waiter does not end, it is kept");
        before
    }
}

/// A panic in a poll is told by whoever looks for it, not by the lock.
fn enter(place: &Mutex<Place>) -> MutexGuard<'_, Place> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Arena {
    /// A crowd that waits for a `P`, made by `wait` one by one, and kept back until `release` has been called often enough:
    /// as long as it says that there is more to let go.
    pub(crate) fn new<P, W>(how: &str, crowd: usize, wait: impl Fn(usize, Seat) -> W) -> Self
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let place = |number| {
            let seat = Seat::default();
            Mutex::new(Place::new(wait(number, seat.clone()), seat))
        };
        let primitive = path_of(type_name::<P>());
        Self {
            name: format!("{primitive}, {how}"),
            primitive,
            places: (0..crowd).map(place).collect(),
            release: Box::new(|| false),
            touch: Arc::new(|| ()),
            check: Box::new(|| ()),
            one_at_a_time: false,
            overtaking: false,
            tolerant: false,
        }
    }

    /// What lets somebody, or all, go on. It says whether there may be more to let go.
    pub(crate) fn release(mut self, release: impl FnMut() -> bool + 'static) -> Self {
        self.release = Box::new(release);
        self
    }

    /// What calls into the object.
    pub(crate) fn touch(mut self, touch: impl Fn() + Send + Sync + 'static) -> Self {
        self.touch = Arc::new(touch);
        self
    }

    /// What panics unless nothing is lost, once all have left and all has been released.
    pub(crate) fn check(mut self, check: impl FnMut() + 'static) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Says that what is waited for is had by one at a time. Otherwise it is enough for all of them.
    pub(crate) fn one_at_a_time(mut self) -> Self {
        self.one_at_a_time = true;
        self
    }

    /// Says that whoever is polled takes what is there, woken or not, and is woken again when somebody else was faster.
    pub(crate) fn overtaking(mut self) -> Self {
        self.overtaking = true;
        self
    }

    pub(crate) fn crowd(&self) -> usize {
        self.places.len()
    }

    /// Positions where it may matter who it is: the ends of the queue, and of a batch of wakers.
    pub(crate) fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        let last = self.crowd().saturating_sub(1);
        [0, 1, 31, 32, last].into_iter().filter(move |&n| n < last).chain([last])
    }

    /// Others for `who` to be polled with.
    pub(crate) fn give_wakers(&mut self, who: usize, counts: [CountingWaker; 2]) {
        let mut place = enter(&self.places[who]);
        place.wakers = counts.each_ref().map(CountingWaker::waker);
        place.counts = counts;
    }

    pub(crate) fn progress(&self, who: usize) -> Progress {
        enter(&self.places[who]).progress()
    }

    /// The counts of `who`: of the waker in use, and of the other.
    pub(crate) fn counts(&self, who: usize) -> [CountingWaker; 2] {
        enter(&self.places[who]).counts.clone()
    }

    /// Polls `who`, woken or not. Gives the message if that panics and the test takes it.
    pub(crate) fn poll(&self, who: usize) -> Option<String> {
        self.poll_with(who, false)
    }

    /// The same with another waker than before.
    pub(crate) fn poll_with_another_waker(&self, who: usize) -> Option<String> {
        self.poll_with(who, true)
    }

    fn poll_with(&self, who: usize, swap: bool) -> Option<String> {
        let wakes = enter(&self.places[who]).wakes();
        assert!(wakes <= 1 || self.overtaking, "woken {wakes} times for one event");
        let mut before = Progress::Fresh;
        let panic = self.attempt(|| before = enter(&self.places[who]).poll(swap));
        let served = self.progress(who) == Progress::Served;
        assert!(!served || before != Progress::Waiting || self.overtaking, "served without having been woken");
        panic
    }

    pub(crate) fn poll_all(&self) {
        for who in 0..self.crowd() {
            self.poll(who);
        }
    }

    /// `who` gives up, or gives back what it was given.
    pub(crate) fn leave(&self, who: usize) {
        let future = enter(&self.places[who]).future.take();
        self.attempt(|| drop(future));
    }

    /// Lets somebody go on, and says whether there may be more to let go.
    pub(crate) fn let_go(&mut self) -> bool {
        let release = &mut self.release;
        if !self.tolerant {
            return release();
        }
        // What panicked was a waker: there may be more.
        let mut more = true;
        let _panic = panic_of(|| more = release());
        more
    }

    /// Polls all who were woken, and those they wake. Who is served stays if it can, so that nobody owes it anything to those
    /// who leave. Says how many polls were in vain.
    pub(crate) fn serve(&self) -> usize {
        let mut in_vain = 0;
        loop {
            let mut idle = true;
            for who in 0..self.crowd() {
                if self.progress(who) == Progress::Woken {
                    idle = false;
                    if self.poll(who).is_some() {
                        self.leave(who);
                    }
                    in_vain += usize::from(self.progress(who) != Progress::Served);
                }
                if self.one_at_a_time && self.progress(who) == Progress::Served {
                    idle = false;
                    self.leave(who);
                }
            }
            if idle {
                return in_vain;
            }
        }
    }

    /// Lets all go on, and checks that all are served, that nothing is lost, and that no waker is kept.
    pub(crate) fn finish(mut self) {
        for who in 0..self.crowd() {
            if self.progress(who) == Progress::Fresh {
                self.poll(who);
            }
        }
        self.serve();
        while self.let_go() {
            self.serve();
        }
        self.serve();
        for who in 0..self.crowd() {
            let progress = self.progress(who);
            assert!(
                matches!(progress, Progress::Served | Progress::Left),
                "waiter {who} was never served: {progress:?}"
            );
        }
        (0..self.crowd()).for_each(|who| self.leave(who));
        (self.check)();
        for who in 0..self.crowd() {
            let live = self.counts(who).map(|count| count.live());
            assert_eq!(live, [1, 1], "a waker of waiter {who} was kept");
        }
    }

    /// What a waker may do to the object and to the others that wait, without keeping them alive.
    pub(crate) fn meddler(&self) -> Meddler {
        Meddler { places: Arc::downgrade(&self.places), touch: Arc::clone(&self.touch) }
    }

    fn attempt(&self, f: impl FnOnce()) -> Option<String> {
        if self.tolerant {
            return panic_of(f);
        }
        f();
        None
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Calls into the object and its waiters from wherever it is called, except into a waiter that is being polled.
#[derive(Clone)]
pub(crate) struct Meddler {
    places: Weak<[Mutex<Place>]>,
    touch: Arc<dyn Fn() + Send + Sync>,
}

/// A way of meddling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meddling {
    /// Goes in and out of the object.
    Touch,
    /// Polls everybody.
    Poll,
    /// Cancels every other one, or takes from it what it was given.
    Leave,
}

impl Meddling {
    pub(crate) const ALL: [Self; 3] = [Self::Touch, Self::Poll, Self::Leave];
}

impl Meddler {
    pub(crate) fn meddle(&self, meddling: Meddling) {
        (self.touch)();
        let Some(places) = self.places.upgrade() else { return };
        for (who, place) in places.iter().enumerate() {
            let mut place = match place.try_lock() {
                Ok(place) => place,
                Err(TryLockError::Poisoned(place)) => place.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            match meddling {
                Meddling::Touch => {}
                // It may have been served, and be woken next.
                Meddling::Poll => drop(place.poll(false)),
                Meddling::Leave if who % 2 == 0 => {
                    let future = place.future.take();
                    drop(place);
                    drop(future);
                }
                Meddling::Leave => {}
            }
        }
    }
}
