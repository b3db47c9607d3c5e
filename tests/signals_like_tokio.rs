//! The signals beside tokio's: the same random programs of calls, polls and drops, polled by hand on both, with the same
//! results after every step.
#![cfg(feature = "testing")]

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::testing::CountingWaker;
use proptest::prelude::*;

/// How many programs of 64 steps, or of 32, are run: `PROPTEST_CASES`, but some thousands at least.
fn cases() -> u32 {
    ProptestConfig::default().cases.max(2_000)
}

const SLOTS: usize = 5;

/// Two futures that should behave in the same way.
struct Pair<A, B> {
    ours: (Pin<Box<A>>, CountingWaker),
    theirs: (Pin<Box<B>>, CountingWaker),
    done: bool,
}

impl<A: Future, B: Future> Pair<A, B> {
    fn new(ours: A, theirs: B) -> Self {
        let waker = CountingWaker::new;
        Self { ours: (Box::pin(ours), waker()), theirs: (Box::pin(theirs), waker()), done: false }
    }

    /// Whether both give the same, told by what is to be compared of each; gives that.
    fn poll<T: PartialEq + std::fmt::Debug>(
        &mut self,
        ours: impl Fn(A::Output) -> T,
        theirs: impl Fn(B::Output) -> T,
    ) -> Poll<T> {
        let (future, count) = &mut self.ours;
        let a = future.as_mut().poll(&mut Context::from_waker(&count.waker())).map(ours);
        let (future, count) = &mut self.theirs;
        let b = future.as_mut().poll(&mut Context::from_waker(&count.waker())).map(theirs);
        assert_eq!(a, b);
        self.done |= a.is_ready();
        a
    }

    fn compare_wakes(&self) {
        assert_eq!(self.ours.1.wakes() > 0, self.theirs.1.wakes() > 0, "one was woken and the other was not");
    }
}

#[derive(Clone, Copy, Debug)]
enum NotifyOp {
    Make(usize),
    Poll(usize),
    Enable(usize),
    Drop(usize),
    One,
    Last,
    Waiters,
}

fn notify_op() -> impl Strategy<Value = NotifyOp> {
    prop_oneof![
        3 => (0..SLOTS).prop_map(NotifyOp::Make),
        6 => (0..SLOTS).prop_map(NotifyOp::Poll),
        1 => (0..SLOTS).prop_map(NotifyOp::Enable),
        2 => (0..SLOTS).prop_map(NotifyOp::Drop),
        2 => Just(NotifyOp::One),
        1 => Just(NotifyOp::Last),
        1 => Just(NotifyOp::Waiters),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn notify(program in prop::collection::vec(notify_op(), 1..128)) {
        let (ours, theirs) = (anywhen::sync::Notify::new(), tokio::sync::Notify::new());
        let mut slots = [const { None }; SLOTS];
        for op in program {
            match op {
                NotifyOp::Make(n) => slots[n] = Some(Pair::new(ours.notified(), theirs.notified())),
                NotifyOp::Drop(n) => slots[n] = None,
                NotifyOp::Poll(n) => {
                    if let Some(pair) = &mut slots[n] {
                        // Polls after completion too: both stay ready.
                        let _ready = pair.poll(|()| (), |()| ());
                    }
                }
                NotifyOp::Enable(n) => {
                    if let Some(pair) = &mut slots[n] {
                        let enabled = pair.ours.0.as_mut().enable();
                        prop_assert_eq!(enabled, pair.theirs.0.as_mut().enable());
                    }
                }
                NotifyOp::One => {
                    ours.notify_one();
                    theirs.notify_one();
                }
                NotifyOp::Last => {
                    ours.notify_last();
                    theirs.notify_last();
                }
                NotifyOp::Waiters => {
                    ours.notify_waiters();
                    theirs.notify_waiters();
                }
            }
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }

    /// Waits are never dropped before the barrier opens: tokio's stays counted then, and ours is withdrawn.
    #[test]
    fn barrier(n in 0_usize..5, program in prop::collection::vec((0..SLOTS, any::<bool>()), 1..128)) {
        let (ours, theirs) = (anywhen::sync::Barrier::new(n), tokio::sync::Barrier::new(n));
        let mut slots = [const { None }; SLOTS];
        for (n, make) in program {
            if make && slots[n].as_ref().is_none_or(|pair: &Pair<_, _>| pair.done) {
                slots[n] = Some(Pair::new(ours.wait(), theirs.wait()));
            }
            if let Some(pair) = slots[n].as_mut().filter(|pair| !pair.done) {
                let _leads = pair.poll(|ours| ours.is_leader(), |theirs| theirs.is_leader());
            }
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }

    #[test]
    fn once_cell(program in prop::collection::vec(once_op(), 1..64)) {
        let (ours, theirs) = (anywhen::sync::OnceCell::new(), tokio::sync::OnceCell::new());
        // What the initialisers of each slot are to do next.
        let script = [const { Cell::new(Step::Wait) }; SLOTS];
        let mut slots = [const { None }; SLOTS];
        for (at, op) in program.into_iter().enumerate() {
            match op {
                OnceOp::Make(n) => {
                    slots[n] = None;
                    script[n].set(Step::Wait);
                    let script = &script[n];
                    let init = move || Initialiser { script, value: at };
                    slots[n] = Some(Pair::new(ours.get_or_try_init(init), theirs.get_or_try_init(init)));
                }
                OnceOp::Drop(n) => slots[n] = None,
                OnceOp::Script(n, step) => script[n].set(step),
                OnceOp::Poll(n) => {
                    if let Some(pair) = slots[n].as_mut().filter(|pair: &&mut Pair<_, _>| !pair.done) {
                        let _value = pair.poll(|value| value.copied(), |value| value.copied());
                    }
                }
                OnceOp::Set => {
                    let (ours, theirs) = (ours.set(at), theirs.set(at));
                    prop_assert_eq!(ours.is_ok(), theirs.is_ok());
                    if let (Err(ours), Err(theirs)) = (ours, theirs) {
                        prop_assert_eq!(ours.is_initializing_err(), theirs.is_initializing_err());
                    }
                }
            }
            prop_assert_eq!(ours.get(), theirs.get());
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait,
    Succeed,
    Fail,
}

/// An initialiser that does as its script says when it is polled.
struct Initialiser<'a> {
    script: &'a Cell<Step>,
    value: usize,
}

impl Future for Initialiser<'_> {
    type Output = Result<usize, ()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.script.get() {
            Step::Wait => Poll::Pending,
            Step::Succeed => Poll::Ready(Ok(self.value)),
            Step::Fail => Poll::Ready(Err(())),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum OnceOp {
    Make(usize),
    Poll(usize),
    Drop(usize),
    Script(usize, Step),
    Set,
}

fn once_op() -> impl Strategy<Value = OnceOp> {
    prop_oneof![
        6 => (0..SLOTS).prop_map(OnceOp::Make),
        12 => (0..SLOTS).prop_map(OnceOp::Poll),
        4 => (0..SLOTS).prop_map(OnceOp::Drop),
        1 => (0..SLOTS).prop_map(|n| OnceOp::Script(n, Step::Succeed)),
        4 => (0..SLOTS).prop_map(|n| OnceOp::Script(n, Step::Fail)),
        1 => Just(OnceOp::Set),
    ]
}
