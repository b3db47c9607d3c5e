//! The wheel against a model that is plainly right: a sorted map. `PROPTEST_CASES` says how many courses of up to 200 steps
//! are gone through; `.ci/long` goes through 100,000, which are ten million steps.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::pin::Pin;
use core::task::Waker;
use std::sync::Mutex;

use proptest::prelude::*;

use super::{Entry, Wheel};
use crate::internal::wake_batch::WakeBatch;

/// Which entries have been woken, in order, and by the how manieth of their wakers.
type Log = Arc<Mutex<Vec<(usize, usize)>>>;

struct Note((usize, usize), Log);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push(self.0);
    }
}

/// An entry that waits, and what the model knows of it beside its deadline.
struct Waits {
    entry: Pin<Box<Entry>>,
    /// How often it was given another waker.
    wakers: usize,
    /// Whether it was put off, after which its order among equals is open.
    is_put_off: bool,
}

/// A wheel and the model of it. Entries have numbers, in the order of their insertion.
struct Pair {
    wheel: Wheel,
    now: u64,
    /// By deadline, then by number.
    model: BTreeSet<(u64, usize)>,
    entries: BTreeMap<usize, Waits>,
    inserted: usize,
    log: Log,
}

impl Drop for Pair {
    fn drop(&mut self) {
        for (deadline, number) in core::mem::take(&mut self.model) {
            self.remove(deadline, number);
        }
    }
}

impl Pair {
    fn new(position: u64) -> Self {
        Self {
            wheel: Wheel::new(position),
            now: position,
            model: BTreeSet::new(),
            entries: BTreeMap::new(),
            inserted: 0,
            log: Log::default(),
        }
    }

    fn waker(&self, number: usize, nth: usize) -> Waker {
        Arc::new(Note((number, nth), Arc::clone(&self.log))).into()
    }

    fn insert(&mut self, deadline: u64) {
        let number = self.inserted;
        self.inserted += 1;
        let entry = Box::pin(Entry::new(deadline, 0));
        let waker = self.waker(number, 0);
        // SAFETY: the entry is pinned, new, and kept until it is removed or has fired.
        match unsafe { self.wheel.insert(&entry, waker) } {
            Ok(()) => {
                assert!(entry.is_waiting());
                self.model.insert((deadline, number));
                self.entries.insert(number, Waits { entry, wakers: 0, is_put_off: false });
            }
            Err(_) => assert!(deadline <= self.now, "{deadline} was refused at {}", self.now),
        }
    }

    /// The entry that comes `index`-th in the model, modulo their number.
    fn pick(&self, index: usize) -> Option<(u64, usize)> {
        self.model.iter().nth(index % self.model.len().max(1)).copied()
    }

    fn remove(&mut self, deadline: u64, number: usize) {
        self.model.remove(&(deadline, number));
        let entry = self.entries.remove(&number).unwrap().entry;
        // SAFETY: it was inserted there.
        assert!(unsafe { self.wheel.remove(&entry) }.is_some());
        assert!(!entry.is_waiting() && !entry.is_fired());
        // SAFETY: as above.
        assert!(unsafe { self.wheel.remove(&entry) }.is_none());
    }

    /// Moves an entry to another deadline, as resetting a sleep does.
    fn reset(&mut self, deadline: u64, number: usize, to: u64) {
        self.remove(deadline, number);
        self.insert(to);
    }

    /// Moves an entry to a later deadline, or leaves it where it is, without telling the wheel.
    fn put_off(&mut self, deadline: u64, number: usize, to: u64) {
        let to = to.max(deadline);
        let waits = self.entries.get_mut(&number).unwrap();
        // SAFETY: it waits, for what is not later.
        assert!(unsafe { waits.entry.put_off(to, 0) });
        assert!(waits.entry.is_waiting() && waits.entry.deadline() == to);
        waits.is_put_off = true;
        self.model.remove(&(deadline, number));
        self.model.insert((to, number));
    }

    fn replace_waker(&mut self, number: usize) {
        let nth = self.entries[&number].wakers + 1;
        let waker = self.waker(number, nth);
        let waits = self.entries.get_mut(&number).unwrap();
        waits.wakers = nth;
        // SAFETY: it was inserted there.
        let old = unsafe { self.wheel.replace_waker(&waits.entry, waker.clone()) };
        // SAFETY: it waits.
        assert!(unsafe { waits.entry.will_wake(&waker) } && !waker.will_wake(&old));
    }

    /// Lets the time come to `now`; fires batch after batch.
    fn expire(&mut self, now: u64) {
        self.now = self.now.max(now);
        let mut batch = WakeBatch::new();
        while self.wheel.expire(now, &mut batch) {
            assert!(batch.is_full());
            batch.wake();
        }
        batch.wake();

        let later = self.model.split_off(&(now.saturating_add(1), 0));
        let due = core::mem::replace(&mut self.model, later);
        let mut fired = core::mem::take(&mut *self.log.lock().unwrap()).into_iter();
        let mut due = due.into_iter().peekable();
        while let Some(&(deadline, _)) = due.peek() {
            // Those of one deadline: all of them, and in order, but for those that were put off.
            let equal: Vec<_> = core::iter::from_fn(|| due.next_if(|&(other, _)| other == deadline)).collect();
            let fired: Vec<_> = fired.by_ref().take(equal.len()).collect();
            let mut numbers: Vec<_> = fired.iter().map(|&(number, _)| number).collect();
            let in_order: Vec<_> = numbers.iter().copied().filter(|number| !self.entries[number].is_put_off).collect();
            assert!(in_order.is_sorted(), "fired at {deadline}, by {now}: {numbers:?}");
            numbers.sort_unstable();
            assert!(
                numbers.iter().eq(equal.iter().map(|(_, number)| number)),
                "fired at {deadline}, by {now}: {fired:?}"
            );
            for (number, nth) in fired {
                let waits = self.entries.remove(&number).unwrap();
                assert!(waits.entry.is_fired() && waits.wakers == nth);
            }
        }
        assert_eq!(fired.next(), None, "fired too early, by {now}");
    }

    fn check(&mut self, exactly: bool) {
        let next = self.model.first().map(|&(deadline, _)| deadline);
        let about = self.wheel.next_deadline();
        assert_eq!(about.is_some(), next.is_some());
        assert!(about <= next, "{about:?} is later than {next:?}");
        if exactly && self.entries.values().all(|waits| !waits.is_put_off) {
            assert_eq!(self.wheel.exact_next_deadline(), next);
            assert_eq!(self.wheel.next_deadline(), next);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Deadline),
    Remove(usize),
    Reset(usize, Deadline),
    PutOff(usize, Deadline),
    ReplaceWaker(usize),
    Expire(Deadline),
    /// To the next deadline, as a driver does.
    ExpireNext,
    CheckExactly,
}

/// Where things happen: close to the present, at any distance from it, or anywhere.
#[derive(Clone, Debug)]
enum Deadline {
    Near(u64),
    /// Some digits further on, give or take one.
    Far(u32, u64, i8),
    /// With another one.
    With(usize),
    Anywhere(u64),
}

impl Deadline {
    fn at(&self, pair: &Pair) -> u64 {
        let deadline = match *self {
            Self::Near(after) => pair.now.saturating_add(after),
            Self::Far(bits, factor, off) => {
                pair.now.saturating_add(factor.saturating_mul(1 << bits)).saturating_add_signed(off.into())
            }
            Self::With(index) => pair.pick(index).map_or(pair.now, |(deadline, _)| deadline),
            Self::Anywhere(deadline) => deadline,
        };
        deadline.min(super::NEVER - 1)
    }
}

fn deadline() -> impl Strategy<Value = Deadline> {
    prop_oneof![
        4 => (0..200u64).prop_map(Deadline::Near),
        3 => (0..64u32, 0..4u64, -1..=1i8).prop_map(|(bits, factor, off)| Deadline::Far(bits, factor, off)),
        2 => any::<usize>().prop_map(Deadline::With),
        1 => prop_oneof![any::<u64>(), Just(0), Just(u64::MAX - 1)].prop_map(Deadline::Anywhere),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => deadline().prop_map(Step::Insert),
        3 => any::<usize>().prop_map(Step::Remove),
        1 => (any::<usize>(), deadline()).prop_map(|(index, to)| Step::Reset(index, to)),
        2 => (any::<usize>(), deadline()).prop_map(|(index, to)| Step::PutOff(index, to)),
        1 => any::<usize>().prop_map(Step::ReplaceWaker),
        3 => deadline().prop_map(Step::Expire),
        2 => Just(Step::ExpireNext),
        1 => Just(Step::CheckExactly),
    ]
}

fn run(position: u64, steps: Vec<Step>) {
    let mut pair = Pair::new(position);
    for step in steps {
        let mut exactly = false;
        match step {
            Step::Insert(deadline) => pair.insert(deadline.at(&pair)),
            Step::Remove(index) => {
                if let Some((deadline, number)) = pair.pick(index) {
                    pair.remove(deadline, number);
                }
            }
            Step::Reset(index, to) => {
                if let Some((deadline, number)) = pair.pick(index) {
                    pair.reset(deadline, number, to.at(&pair));
                }
            }
            Step::PutOff(index, to) => {
                if let Some((deadline, number)) = pair.pick(index) {
                    pair.put_off(deadline, number, to.at(&pair));
                }
            }
            Step::ReplaceWaker(index) => {
                if let Some((_, number)) = pair.pick(index) {
                    pair.replace_waker(number);
                }
            }
            // The clock may be read late, but it does not go back.
            Step::Expire(to) => pair.expire(to.at(&pair).max(pair.now)),
            Step::ExpireNext => {
                if let Some(next) = pair.wheel.next_deadline() {
                    pair.expire(next.max(pair.now));
                }
            }
            Step::CheckExactly => exactly = true,
        }
        pair.check(exactly);
    }
    pair.expire(super::NEVER);
    assert_eq!(pair.wheel.next_deadline(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_a_sorted_map_does(
        position in prop_oneof![Just(0), Just(1 << 63), any::<u64>()],
        steps in prop::collection::vec(step(), 1..200),
    ) {
        run(position, steps);
    }
}

#[test]
fn every_distance_is_met_to_the_nanosecond() {
    for position in [0, 63, 64, (1 << 63) - 1, 1 << 63, 0x5555_5555_5555_5555] {
        for bits in 0..64 {
            let mut pair = Pair::new(position);
            let deadline = position.saturating_add(1 << bits).min(super::NEVER - 1);
            pair.insert(deadline);
            pair.check(true);
            pair.expire(deadline - 1);
            pair.check(true);
            pair.expire(deadline);
            assert!(pair.model.is_empty());
        }
    }
}

#[test]
fn what_fires_together_fires_in_order_however_many_batches_it_takes() {
    let mut pair = Pair::new(0);
    for round in 0..3 {
        for _ in 0..100 {
            pair.insert(1000);
            pair.insert(1000 + round);
        }
        // So that the later rounds are inserted from another position.
        pair.expire(300 * round);
    }
    pair.expire(1001);
    assert_eq!(pair.model.len(), 100);
}

#[test]
fn a_step_at_a_time_leads_to_the_next_deadline() {
    // As a driver that sleeps until `next_deadline` sees it: how often it wakes for nothing is bounded.
    let mut pair = Pair::new(0);
    for deadline in [5_000_000_000, 5_000_000_001, 7_000_000_000] {
        pair.insert(deadline);
    }
    pair.insert(4_999_000_000);
    let (deadline, number) = pair.pick(0).unwrap();
    pair.remove(deadline, number);
    let mut looks = 0;
    while let Some(next) = pair.wheel.next_deadline() {
        pair.expire(next);
        looks += 1;
    }
    assert_eq!(looks, 4, "once for the one that was removed, and once for each of the rest");
}

#[test]
fn an_entry_that_has_another_waker_wakes_that() {
    let mut pair = Pair::new(0);
    pair.insert(10);
    let other = pair.waker(0, 77);
    let entry = &pair.entries[&0].entry;
    // SAFETY: it was inserted there.
    let old = unsafe { pair.wheel.replace_waker(entry, other.clone()) };
    // SAFETY: it waits.
    assert!(unsafe { entry.will_wake(&other) } && !other.will_wake(&old));
    let mut batch = WakeBatch::new();
    pair.wheel.expire(10, &mut batch);
    batch.wake();
    assert_eq!(*pair.log.lock().unwrap(), [(0, 77)]);
    // SAFETY: as above; it has fired, so that the waker comes back.
    let back = unsafe { pair.wheel.replace_waker(&pair.entries[&0].entry, other.clone()) };
    assert!(back.will_wake(&other));
    pair.model.clear();
}

#[test]
fn an_entry_that_is_put_off_in_the_middle_of_a_batch_does_not_fire_with_it() {
    // As many as one batch takes, and two more, which are due then, and are not out yet.
    let mut pair = Pair::new(0);
    let mut batch = WakeBatch::new();
    while !batch.is_full() {
        pair.insert(10);
        batch.push(Waker::noop().clone());
    }
    batch.wake();
    let [first, second] = [pair.inserted, pair.inserted + 1];
    pair.insert(10);
    pair.insert(10);
    assert!(pair.wheel.expire(12, &mut batch));
    batch.wake();
    let fired = core::mem::take(&mut *pair.log.lock().unwrap());
    for (number, _) in fired {
        pair.model.remove(&(10, number));
        pair.entries.remove(&number);
    }
    // One comes back to a time that has come as well, the other to a later one.
    pair.put_off(10, first, 11);
    pair.put_off(10, second, 13);
    pair.expire(12);
    assert_eq!(pair.model.len(), 1);
    pair.check(false);
    pair.expire(13);
    assert!(pair.model.is_empty());
}

#[test]
fn an_entry_may_be_put_off_for_ever_and_come_back() {
    let mut pair = Pair::new(0);
    pair.insert(10);
    pair.put_off(10, 0, super::NEVER);
    pair.expire(super::NEVER - 1);
    assert_eq!(pair.wheel.next_deadline(), None);
    pair.remove(super::NEVER, 0);
}
