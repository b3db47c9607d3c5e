//! Sets and buffers. In which order those come that are ready together is up to each set; so what is compared is what has come
//! once nobody is woken any longer, in order where the order is said.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use anywhen::testing::TestTask;
use futures_core::Stream;
use proptest::prelude::*;

use super::child::{Child, Family, Script, Token, scripts};
use super::programs;

/// A step of a program.
#[derive(Clone, Copy, Debug)]
enum Op {
    Push,
    Release(usize),
    Wake(usize),
    /// Takes whatever there is.
    Settle,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Push),
        4 => any::<prop::sample::Index>().prop_map(|index| Op::Release(index.index(1 << 16))),
        1 => any::<prop::sample::Index>().prop_map(|index| Op::Wake(index.index(1 << 16))),
        2 => Just(Op::Settle),
    ]
}

type Given = Result<Token, Token>;

fn number(given: &Given) -> i64 {
    match given {
        Ok(token) => token.number as i64,
        Err(token) => -1 - token.number as i64,
    }
}

/// A set on either side: children go in, and what they give comes out.
trait Set: Stream<Item = Given> + Unpin {
    const ORDERED: bool;

    fn put(&mut self, child: Child);
}

impl Set for anywhen::future::FuturesUnordered<Child> {
    const ORDERED: bool = false;

    fn put(&mut self, child: Child) {
        self.push(child);
    }
}

impl Set for futures_util::stream::FuturesUnordered<Child> {
    const ORDERED: bool = false;

    fn put(&mut self, child: Child) {
        self.push(child);
    }
}

impl Set for anywhen::future::FutureGroup<Child> {
    const ORDERED: bool = false;

    fn put(&mut self, child: Child) {
        self.insert(child);
    }
}

impl Set for anywhen::future::FuturesOrdered<Child> {
    const ORDERED: bool = true;

    /// Every third one goes to the front.
    fn put(&mut self, child: Child) {
        if child.number % 3 == 2 { self.push_front(child) } else { self.push_back(child) }
    }
}

impl Set for futures_util::stream::FuturesOrdered<Child> {
    const ORDERED: bool = true;

    fn put(&mut self, child: Child) {
        if child.number % 3 == 2 { self.push_front(child) } else { self.push_back(child) }
    }
}

/// One side: the children that are left, the set, and whether whoever waits for it was woken.
struct Side<S> {
    family: Family,
    children: VecDeque<Child>,
    set: S,
    waker: anywhen::testing::CountingWaker,
    seen: usize,
}

impl<S: Set> Side<S> {
    fn new(scripts: &[Script], set: S) -> Self {
        let family = Family::new(scripts);
        let children = family.children().into();
        Self { family, children, set, waker: anywhen::testing::CountingWaker::new(), seen: 0 }
    }

    /// What comes until the set is pending and not woken, or empty; and which of the two.
    fn settle(&mut self) -> (Vec<i64>, bool) {
        let mut given = Vec::new();
        let waker = self.waker.waker();
        let ended = loop {
            let before = self.waker.wakes();
            match Pin::new(&mut self.set).poll_next(&mut std::task::Context::from_waker(&waker)) {
                Poll::Ready(Some(output)) => given.push(number(&output)),
                Poll::Ready(None) => break true,
                Poll::Pending if self.waker.wakes() == before => break false,
                Poll::Pending => {}
            }
        };
        self.seen = self.waker.wakes();
        if !S::ORDERED {
            given.sort_unstable();
        }
        (given, ended)
    }

    fn is_woken(&self) -> bool {
        self.waker.wakes() > self.seen
    }
}

fn compare<A: Set, B: Set>(scripts: &[Script], program: &[Op], ours: A, theirs: B) {
    let (mut ours, mut theirs) = (Side::new(scripts, ours), Side::new(scripts, theirs));
    let mut polled = false;
    let dropped = |ours: &Side<A>, theirs: &Side<B>| {
        let (mut here, mut there) = (ours.family.dropped(), theirs.family.dropped());
        here.sort_unstable();
        there.sort_unstable();
        assert_eq!(here, there, "dropped here, and there");
    };
    for op in program {
        match op {
            Op::Push => {
                if let (Some(mine), Some(other)) = (ours.children.pop_front(), theirs.children.pop_front()) {
                    ours.set.put(mine);
                    theirs.set.put(other);
                }
            }
            Op::Release(n) => {
                ours.family.release(*n);
                theirs.family.release(*n);
            }
            Op::Wake(n) => {
                ours.family.wake(*n);
                theirs.family.wake(*n);
            }
            Op::Settle => {
                // Whatever theirs tells of, ours does. Ours tells of a child that is put in, too.
                assert!(!polled || ours.is_woken() || !theirs.is_woken(), "woken there only");
                assert_eq!(ours.settle(), theirs.settle(), "here, and there");
                dropped(&ours, &theirs);
                polled = true;
            }
        }
        assert_eq!(ours.set.size_hint(), theirs.set.size_hint());
    }
    if program.len() % 3 > 0 {
        ours.family.release_all();
        theirs.family.release_all();
        assert_eq!(ours.settle(), theirs.settle(), "here, and there, at the end");
    }
    drop((ours.set, theirs.set));
    let (mut here, mut there) = (ours.family.dropped(), theirs.family.dropped());
    here.sort_unstable();
    there.sort_unstable();
    assert_eq!(here, there, "dropped here, and there, at the end");
}

#[test]
fn unordered() {
    programs("FuturesUnordered", scripts(1..64, 6, 0), op(), |scripts, program| {
        let theirs = futures_util::stream::FuturesUnordered::new;
        compare(scripts, program, anywhen::future::FuturesUnordered::new(), theirs());
        compare(scripts, program, anywhen::future::FutureGroup::new(), theirs());
    });
}

#[test]
fn ordered() {
    programs("FuturesOrdered", scripts(1..64, 6, 0), op(), |scripts, program| {
        let theirs = futures_util::stream::FuturesOrdered::new();
        compare(scripts, program, anywhen::future::FuturesOrdered::new(), theirs);
    });
}

/// A buffer over the children of a family, as a future of all that it gives.
fn all_of<S: Stream<Item = Given>>(buffer: S, in_order: bool) -> impl Future<Output = Vec<i64>> {
    let mut buffer = Box::pin(buffer);
    let mut given = Vec::new();
    poll_fn(move |cx| {
        loop {
            match buffer.as_mut().poll_next(cx) {
                Poll::Ready(Some(output)) => given.push(number(&output)),
                Poll::Ready(None) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        let mut given = std::mem::take(&mut given);
        if !in_order {
            given.sort_unstable();
        }
        Poll::Ready(given)
    })
}

fn buffers<A: Stream<Item = Given>, B: Stream<Item = Given>>(
    scripts: &[Script],
    program: &[Op],
    in_order: bool,
    ours: impl FnOnce(Vec<Child>) -> A,
    theirs: impl FnOnce(Vec<Child>) -> B,
) {
    let families = (Family::new(scripts), Family::new(scripts));
    let mut ours = TestTask::new(all_of(ours(families.0.children()), in_order));
    let mut theirs = TestTask::new(all_of(theirs(families.1.children()), in_order));
    let mut settle = |first: bool| -> bool {
        let mut ends = (None, None);
        let mut again = (true, true);
        while again.0 || again.1 {
            if again.0 {
                match ours.poll() {
                    Poll::Ready(given) => ends.0 = Some(given),
                    Poll::Pending => {}
                }
                again.0 = ends.0.is_none() && ours.is_woken();
            }
            if again.1 {
                match theirs.poll() {
                    Poll::Ready(given) => ends.1 = Some(given),
                    Poll::Pending => {}
                }
                again.1 = ends.1.is_none() && theirs.is_woken();
            }
        }
        assert_eq!(ends.0, ends.1, "here, and there{}", if first { ", at first" } else { "" });
        ends.0.is_some()
    };
    if settle(true) {
        return;
    }
    for op in program {
        match op {
            Op::Release(n) => {
                families.0.release(*n);
                families.1.release(*n);
            }
            Op::Wake(n) => {
                families.0.wake(*n);
                families.1.wake(*n);
            }
            Op::Push => {}
            Op::Settle => {
                if settle(false) {
                    return;
                }
            }
        }
    }
    families.0.release_all();
    families.1.release_all();
    assert!(settle(false), "all are ready, and it is not done");
}

#[test]
fn buffered() {
    use anywhen::prelude::*;

    programs("buffered", (scripts(0..64, 6, 0), 1..9_usize), op(), |(scripts, limit), program| {
        let (ours, theirs) = (anywhen::stream::iter::<Vec<Child>>, futures_util::stream::iter::<Vec<Child>>);
        buffers(
            scripts,
            program,
            true,
            |children| ours(children).buffered(*limit),
            |children| futures_util::StreamExt::buffered(theirs(children), *limit),
        );
        buffers(
            scripts,
            program,
            false,
            |children| ours(children).buffer_unordered(*limit),
            |children| futures_util::StreamExt::buffer_unordered(theirs(children), *limit),
        );
    });
}
