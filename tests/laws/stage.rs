//! The stage on which a public future is put to be tested.

use std::any::type_name;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use anywhen::testing::{Allocations, CountingAlloc};
use futures_core::FusedFuture;

pub(crate) use crate::leaf::{Gate, Leaf, LeafStream};

/// A future whose output is of no interest.
pub(crate) trait Subject {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
    fn is_terminated(&self) -> bool;
}

impl<F: FusedFuture> Subject for F {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Future::poll(self, cx).map(drop)
    }

    fn is_terminated(&self) -> bool {
        FusedFuture::is_terminated(self)
    }
}

/// What a poll after completion does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// It panics, and says that the type was polled after completion.
    Panics,
    /// It is ready again: what was waited for is a lasting state.
    Stays,
    /// It is pending for ever: that is what the type is for.
    Pends,
}

/// A future that is pending until it is released, and what surrounds it.
pub(crate) struct Stage<'a> {
    /// The type's path, without parameters: `anywhen::time::sleep::Sleep`.
    pub(crate) name: String,
    /// Taken out to drop it.
    pub(crate) future: Option<Pin<Box<dyn Subject + 'a>>>,
    /// Makes happen what the future waits for; does nothing the second time.
    pub(crate) release: Box<dyn FnMut() + 'a>,
    /// Makes the child of the future panic at its next poll.
    pub(crate) blow: Option<Box<dyn FnMut() + 'a>>,
    /// What steers the leaf, where the future has one for a child, or its task has.
    pub(crate) child: Option<Gate>,
    /// What was allocated to make the future, unless it was there before, and what is documented.
    pub(crate) cost: Allocations,
    pub(crate) documented_cost: u64,
    /// How often the leaf was polled, where the future has one for a child.
    pub(crate) child_polls: Arc<AtomicUsize>,
    /// Calls into the object that the future waits for. A waker does that, at any time.
    pub(crate) touch: Arc<dyn Fn() + Send + Sync>,
    /// Panics unless nothing is lost, after the future was released and dropped.
    pub(crate) check: Box<dyn FnMut() + 'a>,
    pub(crate) after: After,
    /// Whether it allocates and clones wakers as it likes: a thin coat over a runtime's future, or part of the test kit.
    pub(crate) foreign: bool,
    /// The type that names itself when it panics after completion.
    pub(crate) panics_as: String,
    /// Whether the waker stays with what it borrows when it is dropped.
    pub(crate) lends_waker: bool,
    /// Whether it waits for nothing but to be polled again, and wakes itself for that.
    pub(crate) wakes_itself: bool,
    /// Whether it never waits: ready at the first poll.
    pub(crate) at_once: bool,
    /// How often one poll may poll the child: once, unless polls without need are what the type is for.
    pub(crate) most_polls: usize,
}

impl<'a> Stage<'a> {
    pub(crate) fn new<F: FusedFuture + 'a>(future: F, release: impl FnMut() + 'a) -> Self {
        let name = path_of(type_name::<F>());
        Self {
            panics_as: name.rsplit("::").next().expect("a name").to_owned(),
            name,
            future: Some(Box::pin(future)),
            release: Box::new(release),
            blow: None,
            child: None,
            cost: Allocations::default(),
            documented_cost: 0,
            child_polls: Arc::default(),
            touch: Arc::new(|| {}),
            check: Box::new(|| {}),
            after: After::Panics,
            foreign: false,
            lends_waker: false,
            wakes_itself: false,
            at_once: false,
            most_polls: 1,
        }
    }

    /// The same with a future that is made here, so that it is seen what that costs.
    pub(crate) fn made<F: FusedFuture + 'a>(make: impl FnOnce() -> F, release: impl FnMut() + 'a) -> Self {
        let mut made = None;
        let cost = CountingAlloc::count(|| made = Some(make()));
        let mut stage = Self::new(made.expect("just made"), release);
        stage.cost = cost;
        stage
    }

    /// A future over one child, which is a leaf that the suites open.
    pub(crate) fn over<F: FusedFuture + 'a>(make: impl FnOnce(Leaf) -> F) -> Self {
        let gate = Gate::default();
        let leaf = gate.leaf();
        let mut stage = Self::made(|| make(leaf), gate.opener());
        stage.child = Some(gate.clone());
        stage.blow = Some(Box::new(gate.fuse()));
        stage.child_polls = gate.polls();
        stage.check(move || assert_eq!(gate.leaves(), 0, "the child is still there"))
    }

    /// A future over a stream, which ends when it is released.
    pub(crate) fn draining<F: FusedFuture + 'a>(make: impl FnOnce(LeafStream) -> F) -> Self {
        let gate = Gate::default();
        let leaf = gate.stream();
        let mut stage = Self::made(|| make(leaf), gate.opener());
        stage.child = Some(gate.clone());
        stage.blow = Some(Box::new(gate.fuse()));
        stage.child_polls = gate.polls();
        stage.check(move || assert_eq!((gate.leaves(), gate.tokens()), (0, 0), "the stream or an item is still there"))
    }

    /// A future that is lent a stream, and is done when that gives an item. The waker may stay with the stream.
    pub(crate) fn lent<F: FusedFuture + 'a>(gate: &Gate, make: impl FnOnce() -> F) -> Self {
        let (giver, gave) = (gate.clone(), Cell::new(false));
        let mut stage = Self::made(make, move || {
            if !gave.replace(true) {
                giver.give();
            }
        });
        stage.blow = Some(Box::new(gate.fuse()));
        stage.child_polls = gate.polls();
        stage.lends_waker = true;
        stage
    }

    /// Says which future it is, where that is wrapped.
    pub(crate) fn named<F>(mut self) -> Self {
        self.name = path_of(type_name::<F>());
        self
    }

    pub(crate) fn touch(mut self, touch: impl Fn() + Send + Sync + 'static) -> Self {
        self.touch = Arc::new(touch);
        self
    }

    pub(crate) fn check(mut self, check: impl FnMut() + 'a) -> Self {
        self.check = Box::new(check);
        self
    }

    pub(crate) fn after(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    pub(crate) fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    pub(crate) fn wakes_itself(mut self) -> Self {
        self.wakes_itself = true;
        self
    }

    pub(crate) fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }

    pub(crate) fn most_polls(mut self, most: usize) -> Self {
        self.most_polls = most;
        self
    }

    pub(crate) fn costs(mut self, allocations: u64) -> Self {
        self.documented_cost = allocations;
        self
    }

    pub(crate) fn panics_as(mut self, name: &str) -> Self {
        name.clone_into(&mut self.panics_as);
        self
    }

    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<()> {
        self.future.as_mut().expect("not dropped").as_mut().poll(&mut Context::from_waker(waker))
    }

    pub(crate) fn release(&mut self) {
        (self.release)();
    }

    /// Drops the future and checks that nothing is lost.
    pub(crate) fn finish(mut self) {
        self.future = None;
        self.release();
        (self.check)();
    }
}

/// A type's path, without parameters.
pub(crate) fn path_of(type_name: &str) -> String {
    type_name.split('<').next().expect("a name").to_owned()
}

/// Puts a new future of one kind on a stage, and hands the stage over.
pub(crate) type Entry = fn(&mut dyn FnMut(Stage<'_>));

/// Runs a law over entries, each on a thread of its own, and fails with a line for each that breaks it or hangs.
///
/// The law is called with `variant` 0, 1, ... on new futures until it says that there are no more.
pub(crate) fn judge(entries: &[Entry], law: fn(Stage<'_>, variant: usize) -> Verdict) {
    judge_within(|body| body(), entries, law);
}

/// Something to be done on another thread.
pub(crate) type Body = Box<dyn FnOnce() + Send>;

/// The same, with `within` to say what is around each entry while it is on its thread.
pub(crate) fn judge_within(within: fn(Body), entries: &[Entry], law: fn(Stage<'_>, variant: usize) -> Verdict) {
    report(entries.iter().map(|&entry| {
        watched_within(within, "an entry that never got on the stage", move |begin| {
            for variant in 0.. {
                let mut verdict = None;
                entry(&mut |stage| {
                    if variant == 0 {
                        begin(&stage.name);
                    }
                    verdict = Some(law(stage, variant));
                });
                if verdict.expect("an entry puts a future on the stage") == Verdict::Done {
                    return;
                }
            }
        })
    }));
}

/// Runs `run` on a thread of its own, and says how it failed, or that it hangs. It may say what it has begun with.
pub(crate) fn watched(name: &str, run: impl FnOnce(&dyn Fn(&str)) + Send + 'static) -> Result<(), String> {
    watched_within(|body| body(), name, run)
}

fn watched_within(
    within: fn(Body),
    name: &str,
    run: impl FnOnce(&dyn Fn(&str)) + Send + 'static,
) -> Result<(), String> {
    let (send, receive) = mpsc::channel();
    let run = move || {
        let begin = |name: &str| send.send(Err(name.to_owned())).unwrap();
        let result = panic_of(|| run(&begin));
        send.send(Ok(result)).unwrap();
    };
    thread::spawn(move || within(Box::new(run)));
    let mut name = name.to_owned();
    loop {
        match receive.recv_timeout(Duration::from_secs(30)) {
            Ok(Err(begun)) => name = begun,
            Ok(Ok(None)) => return Ok(()),
            Ok(Ok(Some(message))) => return Err(format!("{name}: {message}")),
            Err(_) => return Err(format!("{name}: hangs")),
        }
    }
}

/// Fails with a line for each failure.
pub(crate) fn report(results: impl Iterator<Item = Result<(), String>>) {
    let failures = results.filter_map(Result::err).collect::<Vec<_>>();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Whether a law has more variants to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    More,
    Done,
}

impl Verdict {
    /// For a law that has `total` variants.
    pub(crate) fn after(variant: usize, total: usize) -> Self {
        if variant + 1 < total { Self::More } else { Self::Done }
    }
}

/// The message of a panic.
pub(crate) fn message_of(payload: Box<dyn std::any::Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast::<&str>().map_or_else(|_| "no message".to_owned(), |text| (*text).to_owned()),
    }
}

/// Runs `f` and gives the message with which it panicked.
pub(crate) fn panic_of(f: impl FnOnce()) -> Option<String> {
    catch_unwind(AssertUnwindSafe(f)).err().map(message_of)
}

/// Makes a future of the tests' own fit for the stage: they plant faults with it.
pub(crate) struct Planted<F> {
    future: Pin<Box<F>>,
    done: bool,
}

impl<F: Future> Planted<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future: Box::pin(future), done: false }
    }
}

impl<F: Future> Future for Planted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let poll = self.future.as_mut().poll(cx);
        self.done |= poll.is_ready();
        poll
    }
}

impl<F: Future> FusedFuture for Planted<F> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}
