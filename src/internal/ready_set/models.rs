//! Wakes race with walks, with other wakers and with the end of the set.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::vec::Vec;

use loom::thread;

use super::*;
use crate::internal::shim::atomic::{AtomicBool, Ordering::Relaxed};
use crate::internal::shim::model;

/// A parent, of which is known how often it was woken and how many wakers of it there are.
struct Count(AtomicUsize);

impl Count {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0)))
    }

    fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A set with these children, and others.
fn set(children: &[usize]) -> ReadySet {
    ReadySet::new(children.iter().max().map_or(1, |last| last + 1))
}

fn waker(set: &ReadySet, child: usize) -> Waker {
    (*set.waker(child)).clone()
}

/// All that a walk comes to.
fn walk(set: &mut ReadySet, parent: &Waker) -> Vec<usize> {
    set.set_parent(parent);
    let mut walk = set.begin();
    core::iter::from_fn(|| set.next(&mut walk, 0)).collect()
}

/// Something happens, and a child hears of it. Relaxed, so that the set alone orders it.
struct Event {
    happened: AtomicBool,
}

impl Event {
    fn happen(&self, waker: &Waker) {
        self.happened.store(true, Relaxed);
        waker.wake_by_ref();
    }
}

/// Whoever is woken is found by a walk, or the parent is woken after the walk. `children` are woken by a thread each; there are
/// so many.
fn wakes_race_a_walk_of(count: usize, name: &str, preemptions: usize, children: &'static [usize]) {
    model(name, preemptions, move || {
        let mut set = ReadySet::new(count);
        let parent = Count::new();
        let parent_waker = Waker::from(Arc::clone(&parent));
        assert!(walk(&mut set, &parent_waker).is_empty());
        let events = Arc::new(children.iter().map(|_| Event { happened: AtomicBool::new(false) }).collect::<Vec<_>>());
        let threads = children.iter().enumerate().map(|(number, child)| {
            let (events, waker) = (Arc::clone(&events), waker(&set, *child));
            thread::spawn(move || events[number].happen(&waker))
        });
        let threads = threads.collect::<Vec<_>>();
        let seen = |found: Vec<usize>| {
            for child in &found {
                let number = children.iter().position(|other| other == child).unwrap();
                assert!(events[number].happened.load(Relaxed), "child {child} is found before what it was woken for");
            }
            found
        };
        let mut found = seen(walk(&mut set, &parent_waker));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        if found.len() < children.len() {
            assert!(parent.wakes() > 0, "nobody told the parent");
        }
        found.extend(seen(walk(&mut set, &parent_waker)));
        found.sort_unstable();
        assert_eq!(found, children, "each is found once");
        drop(set);
        drop(parent_waker);
        assert_eq!(Arc::strong_count(&parent), 1, "the parent's waker is kept");
    });
}

/// The last that is woken is the last that there is.
fn wakes_race_a_walk(name: &str, preemptions: usize, children: &'static [usize]) {
    let count = children.iter().max().map_or(1, |last| last + 1);
    wakes_race_a_walk_of(count, name, preemptions, children);
}

#[test]
fn a_wake_is_found_or_wakes_the_parent() {
    wakes_race_a_walk("ready set: a wake, a walk", 3, &[0]);
}

#[test]
fn wakes_of_one_group_are_found_or_wake_the_parent() {
    wakes_race_a_walk("ready set: two wakes in a group, a walk", 3, &[0, 1]);
}

#[test]
fn wakes_of_two_groups_are_found_or_wake_the_parent() {
    // Few enough that there are no words.
    wakes_race_a_walk("ready set: wakes in two groups, a walk", 3, &[1, 2]);
}

#[test]
fn wakes_of_two_groups_of_a_word_are_found_or_wake_the_parent() {
    wakes_race_a_walk_of(6, "ready set: wakes in two groups of a word, a walk", 3, &[1, 2]);
}

#[test]
fn wakes_of_two_words_are_found_or_wake_the_parent() {
    wakes_race_a_walk("ready set: wakes in two words, a walk", 3, &[0, 5]);
}

#[test]
fn wakes_of_one_run_are_found_or_wake_the_parent() {
    // Five words, of which the first four share two bits of the root.
    wakes_race_a_walk("ready set: wakes in two words of a run, a walk", 3, &[0, 5, 18]);
}

#[test]
fn a_number_in_use_again_is_found() {
    model("ready set: a number is used again, a late wake", 3, || {
        let mut set = set(&[0, 1]);
        let parent = Count::new();
        let parent_waker = Waker::from(Arc::clone(&parent));
        assert!(walk(&mut set, &parent_waker).is_empty());
        let late = waker(&set, 0);
        let thread = thread::spawn(move || late.wake());
        // The child has ended, and another has come in its place, which is to be polled.
        set.mark(0);
        let mut found = walk(&mut set, &parent_waker);
        thread.join().unwrap();
        assert!(!found.is_empty() || parent.wakes() > 0, "nobody told the parent");
        found.extend(walk(&mut set, &parent_waker));
        assert!(found == [0] || found == [0, 0], "found {found:?}");
    });
}

#[test]
fn the_parent_changes_its_waker() {
    model("ready set: another parent's waker, two wakes", 3, || {
        let mut set = set(&[0, 1]);
        let (old, new) = (Count::new(), Count::new());
        assert!(walk(&mut set, &Waker::from(Arc::clone(&old))).is_empty());
        let threads = [0, 1].map(|child| {
            let waker = waker(&set, child);
            thread::spawn(move || waker.wake())
        });
        let new_waker = Waker::from(Arc::clone(&new));
        let found = walk(&mut set, &new_waker);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(found.len() == 2 || new.wakes() > 0, "nobody told the task that waits now");
        assert_eq!(walk(&mut set, &new_waker).len(), 2 - found.len());
        drop((set, new_waker));
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1), "a parent's waker is kept");
    });
}

#[test]
fn the_set_goes_while_a_child_is_woken() {
    model("ready set: the end, a last wake", 3, || {
        let mut set = set(&[0]);
        let parent = Count::new();
        assert!(walk(&mut set, &Waker::from(Arc::clone(&parent))).is_empty());
        let last = waker(&set, 0);
        let thread = thread::spawn(move || {
            last.wake_by_ref();
            last
        });
        drop(set);
        let last = thread.join().unwrap();
        assert_eq!(Arc::strong_count(&parent), 1, "a waker that is left keeps the parent");
        last.wake();
        assert!(parent.wakes() <= 1);
    });
}

#[test]
fn wakers_are_cloned_and_dropped_on_several_threads() {
    model("ready set: clones and drops, the end", 3, || {
        let set = set(&[0, 1]);
        let threads = [0, 1].map(|child| {
            let waker = waker(&set, child);
            thread::spawn(move || drop(waker.clone()))
        });
        drop(set);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// A walk is left off, and what is left of it put back, while others are woken.
#[test]
fn what_is_put_back_is_found() {
    model("ready set: what is left of a walk put back, a wake", 3, || {
        let children = [0, 1, 2, 4];
        let mut set = set(&children);
        let parent = Count::new();
        let parent_waker = Waker::from(Arc::clone(&parent));
        set.set_parent(&parent_waker);
        // One in a group, and others in groups of the same word and of another.
        [0, 2, 4].into_iter().for_each(|child| set.mark(child));
        let late = waker(&set, 1);
        let thread = thread::spawn(move || late.wake());
        let mut first = set.begin();
        let mut found = Vec::from_iter(set.next(&mut first, 0));
        set.put_back(&mut first);
        assert_eq!(set.next(&mut first, 0), None);
        found.extend(walk(&mut set, &parent_waker));
        thread.join().unwrap();
        let told = parent.wakes() > 0;
        let late = walk(&mut set, &parent_waker);
        assert!(late.is_empty() || told, "nobody told the parent");
        found.extend(late);
        found.sort_unstable();
        assert_eq!(found, children);
    });
}
