//! The stage on which a public stream is put to be tested, and the laws over it, in `laws`.
//!
//! A stream on the stage has one source, which the suites have give items, end, or panic. An entry says how many items of the
//! source make one of the stream's, and how many there are at most; so the suites know what to expect of any of them.

mod laws;

use std::any::type_name;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anywhen::testing::{Allocations, CountingAlloc};
use futures_core::{FusedStream, Stream};

use crate::leaf::{Gate, LeafStream};
use crate::stage::{Verdict, path_of, report, watched};

/// A stream whose items are of no interest.
pub(crate) trait StreamSubject {
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>>;
    fn size_hint(&self) -> (usize, Option<usize>);
    fn is_terminated(&self) -> bool;
}

impl<S: FusedStream> StreamSubject for S {
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        Stream::poll_next(self, cx).map(|item| item.map(drop))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        Stream::size_hint(self)
    }

    fn is_terminated(&self) -> bool {
        FusedStream::is_terminated(self)
    }
}

/// A stream that is pending until its source gives something, and what surrounds it.
pub(crate) struct StreamStage<'a> {
    /// The type's path, without parameters.
    pub(crate) name: String,
    /// Taken out to drop it.
    stream: Option<Pin<Box<dyn StreamSubject + 'a>>>,
    source: Gate,
    /// How many items of the source make one, and how many more are passed over before the first.
    each: usize,
    passed_over: usize,
    /// How many items it gives at most.
    most: usize,
    /// Whether it has its items at once, and no source: then it is not to be pending.
    at_once: bool,
    /// Whether it never gives anything.
    silent: bool,
    /// Whether what it says of its length cannot be held against what the source gives.
    of_unknown_length: bool,
    /// How often one poll may poll the source beyond what that gives.
    looks: usize,
    /// What was allocated to make it, what is documented of that, and whether it allocates as it goes.
    cost: Allocations,
    documented_cost: u64,
    allocates: bool,
    /// Calls into the object that the stream belongs to. A waker does that, at any time.
    touch: Arc<dyn Fn() + Send + Sync>,
    /// Has time pass, before the source does anything.
    time_passes: Box<dyn Fn() + 'a>,
    /// Has time pass, when the source should give something.
    time_gives: Box<dyn Fn() + 'a>,
    /// Checks that nothing is left behind.
    check: Box<dyn FnMut() + 'a>,
}

impl<'a> StreamStage<'a> {
    /// A stream over one source.
    pub(crate) fn over<S: FusedStream + 'a>(make: impl FnOnce(LeafStream) -> S) -> Self {
        let gate = Gate::default();
        let leaf = gate.stream();
        let mut made = None;
        let cost = CountingAlloc::count(|| made = Some(make(leaf)));
        Self {
            name: path_of(type_name::<S>()),
            stream: Some(Box::pin(made.expect("just made"))),
            source: gate,
            each: 1,
            passed_over: 0,
            most: usize::MAX,
            at_once: false,
            silent: false,
            of_unknown_length: false,
            looks: 1,
            cost,
            documented_cost: 0,
            allocates: false,
            touch: Arc::new(|| {}),
            time_passes: Box::new(|| {}),
            time_gives: Box::new(|| {}),
            check: Box::new(|| {}),
        }
    }

    /// A stream that has its items at once.
    pub(crate) fn at_once<S: FusedStream + 'a>(make: impl FnOnce() -> S) -> Self {
        let mut stage = Self::over(|_| make());
        stage.at_once = true;
        stage
    }

    /// Says which stream it is, where that is wrapped.
    pub(crate) fn named<S>(mut self) -> Self {
        self.name = path_of(type_name::<S>());
        self
    }

    /// So many items of the source make one.
    pub(crate) fn each(mut self, items: usize) -> Self {
        self.each = items;
        self
    }

    /// So many items of the source are passed over before the first.
    pub(crate) fn passed_over(mut self, items: usize) -> Self {
        self.passed_over = items;
        self
    }

    /// It gives no more than so many items.
    pub(crate) fn most(mut self, items: usize) -> Self {
        self.most = items;
        self
    }

    /// It never gives anything, nor ends.
    pub(crate) fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// What it says of its length cannot be held against what the source gives.
    pub(crate) fn of_unknown_length(mut self) -> Self {
        self.of_unknown_length = true;
        self
    }

    /// It polls its source once more when that has ended.
    pub(crate) fn looks_twice(mut self) -> Self {
        self.looks = 2;
        self
    }

    /// To make it costs so many allocations.
    pub(crate) fn costs(mut self, allocations: u64) -> Self {
        self.documented_cost = allocations;
        self
    }

    /// It is documented to allocate for its items.
    pub(crate) fn allocates(mut self) -> Self {
        self.allocates = true;
        self
    }

    pub(crate) fn touch(mut self, touch: impl Fn() + Send + Sync + 'static) -> Self {
        self.touch = Arc::new(touch);
        self
    }

    /// Time has to pass before it hears of what its source does.
    pub(crate) fn in_time(mut self, passes: impl Fn() + 'a) -> Self {
        self.time_passes = Box::new(passes);
        self
    }

    /// It is time that gives something, and not the source.
    pub(crate) fn by_time(mut self, passes: impl Fn() + 'a) -> Self {
        self.each = 0;
        self.time_gives = Box::new(passes);
        self
    }

    /// What is to hold when it is gone.
    pub(crate) fn check(mut self, check: impl FnMut() + 'a) -> Self {
        self.check = Box::new(check);
        self
    }

    fn get(&self) -> &dyn StreamSubject {
        &**self.stream.as_ref().expect("not dropped")
    }

    fn poll(&mut self, waker: &Waker) -> Poll<Option<()>> {
        self.stream.as_mut().expect("not dropped").as_mut().poll_next(&mut Context::from_waker(waker))
    }

    /// Has the source give what makes the next item, and says how many that are.
    fn give(&mut self) -> usize {
        let items = self.each + std::mem::take(&mut self.passed_over);
        self.let_time_pass();
        (self.time_gives)();
        (0..items).for_each(|_| self.source.give());
        items
    }

    /// Has the source give one item.
    fn give_one(&self) {
        self.let_time_pass();
        self.source.give();
    }

    /// Has it hear of what its source has done.
    fn let_time_pass(&self) {
        (self.time_passes)();
    }

    fn end(&self) {
        self.let_time_pass();
        self.source.opener()();
    }

    fn blow(&self) {
        self.let_time_pass();
        self.source.fuse()();
    }

    /// Drops the stream and checks that nothing is lost.
    fn finish(mut self) {
        self.stream = None;
        assert_eq!(self.source.leaves(), 0, "the source is leaked");
        assert_eq!(self.source.tokens(), 0, "an item is leaked");
        (self.check)();
    }
}

/// Puts a new stream of one kind on a stage, and hands the stage over.
pub(crate) type StreamEntry = fn(&mut dyn FnMut(StreamStage<'_>));

/// Runs a law over entries, as [`judge`](crate::stage::judge) does for futures.
fn judge(entries: &[StreamEntry], law: fn(StreamStage<'_>, variant: usize) -> Verdict) {
    report(entries.iter().map(|&entry| {
        watched("an entry that never got on the stage", move |begin| {
            for variant in 0.. {
                let mut verdict = None;
                entry(&mut |stage| {
                    if variant == 0 {
                        begin(&stage.name);
                    }
                    verdict = Some(law(stage, variant));
                });
                if verdict.expect("an entry puts a stream on the stage") == Verdict::Done {
                    return;
                }
            }
        })
    }));
}
