//! The laws over streams: after the end they stay at `None`, and say so; the latest waker is woken, once; nothing is polled,
//! woken or allocated without need; wherever one is dropped, and whatever panics, nothing is lost; what they say of their
//! length is true.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, TryLockError};
use std::task::{Context, Poll, Waker};

use anywhen::testing::{ContractChecker, ContractReport, CountingAlloc, CountingWaker, TestTask, WakerEvent};
use futures_core::{FusedStream, Stream};

use super::{StreamStage, StreamSubject, judge};
use crate::leaf::{LeafStream, Token};
use crate::registry;
use crate::stage::{Verdict, panic_of};

const ITEM: Poll<Option<()>> = Poll::Ready(Some(()));
const END: Poll<Option<()>> = Poll::Ready(None);

/// How many items an entry is asked for at the most.
const MANY: usize = 4;

/// Has the stream give items, as many as it may up to `items`, each with a poll that finds it waiting and one that is
/// enough.
fn take(stage: &mut StreamStage<'_>, items: usize, waker: &Waker) -> usize {
    let items = items.min(stage.most);
    for _ in 0..items {
        if !stage.at_once {
            assert_eq!(stage.poll(waker), Poll::Pending);
            stage.give();
        }
        assert!(!stage.get().is_terminated(), "terminated, and there are items to come");
        assert_eq!(stage.poll(waker), ITEM, "it was given something, and has no item");
    }
    items
}

/// Polls until the end, and gives how many items there were on the way.
fn to_the_end(stage: &mut StreamStage<'_>, waker: &Waker) -> usize {
    for items in 0..100 {
        stage.let_time_pass();
        match stage.poll(waker) {
            ITEM => {}
            END => return items,
            Poll::Pending => panic!("its source has ended, and it waits"),
        }
    }
    assert!(stage.at_once, "its source has ended, and it goes on");
    100
}

/// Law 6.
fn stays_at_none(stage: &mut StreamStage<'_>, waker: &Waker) {
    for _ in 0..3 {
        assert!(stage.get().is_terminated(), "it is over, and not terminated");
        assert_eq!(stage.get().size_hint(), (0, Some(0)), "it is over, and says that more is to come");
        assert_eq!(stage.poll(waker), END, "it is over, and does not stay at `None`");
    }
}

/// Law 6: the end is the end, whether it came by itself, early, or by a panic.
fn law_of_ends(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    let (items, blows) = (variant % MANY, variant >= MANY);
    let waker = CountingWaker::new().waker();
    if stage.silent {
        assert_eq!(stage.poll(&waker), Poll::Pending);
        return Verdict::Done;
    }
    let taken = take(&mut stage, items, &waker);
    if blows && !stage.at_once && taken < stage.most {
        if variant % 2 == 0 {
            assert_eq!(stage.poll(&waker), Poll::Pending);
        }
        stage.blow();
        let mut poll = Poll::Pending;
        let panic = panic_of(|| poll = stage.poll(&waker));
        // Those that catch it give it as an item.
        assert!(panic.is_some() || poll == ITEM, "a panic is lost");
    } else {
        stage.end();
        if to_the_end(&mut stage, &waker) == 100 {
            return Verdict::Done;
        }
    }
    stays_at_none(&mut stage, &waker);
    stage.finish();
    Verdict::after(variant, 2 * MANY)
}

/// What is said of the length is true at every step, whether the source knows its own or not.
fn law_of_lengths(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    const MOST: usize = 12;
    if stage.of_unknown_length {
        return Verdict::Done;
    }
    let (mut left, announced) = (variant / 2, variant % 2 == 1);
    let waker = Waker::noop();
    if announced {
        stage.source.announce(left);
    }
    let (mut said, mut given) = (Vec::new(), 0);
    loop {
        said.push((given, stage.get().size_hint()));
        match stage.poll(waker) {
            ITEM => given += 1,
            END => break,
            Poll::Pending if left > 0 => {
                left -= 1;
                stage.give_one();
            }
            Poll::Pending if stage.silent => break,
            Poll::Pending => stage.end(),
        }
        // Whether it ends is not known; what is known is that there are as many.
        if given == 100 {
            said.iter_mut().for_each(|(_, (least, _))| *least = 0);
            break;
        }
    }
    for (before, (least, most)) in said {
        let to_come = given - before;
        assert!(
            least <= to_come && most.is_none_or(|most| to_come <= most),
            "it said that {least} to {most:?} were to come, and it was {to_come}"
        );
    }
    Verdict::after(variant, 2 * MOST)
}

/// Laws 4 and 9: one event, one wake of the latest waker, and one poll suffices; polls without need change nothing.
fn law_of_wakers(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    let (first, second) = (CountingWaker::new(), CountingWaker::new());
    let (old, new) = (first.waker(), second.waker());
    let (items, ends) = (variant % MANY, variant >= MANY);
    if stage.silent {
        (0..3).for_each(|_| assert_eq!(stage.poll(&old), Poll::Pending));
        assert_eq!((first.wakes(), first.live()), (0, 1), "nothing is to come, and it uses its waker");
        return Verdict::Done;
    }
    if stage.at_once {
        take(&mut stage, MANY, &old);
        assert_eq!((first.wakes(), first.live()), (0, 1), "it does not wait, and uses its waker");
        return Verdict::Done;
    }
    if take(&mut stage, items, &old) == stage.most {
        return Verdict::after(variant, 2 * MANY);
    }
    let wakes = first.wakes();
    assert_eq!(stage.poll(&old), Poll::Pending);
    let clones = first.clones();
    for _ in 0..variant {
        assert_eq!(stage.poll(&old), Poll::Pending, "a spurious poll gives something");
    }
    assert_eq!(first.clones(), clones, "a waker that will wake the same task was cloned");
    assert_eq!(stage.poll(&new), Poll::Pending, "a spurious poll gives something");
    assert_eq!(first.live(), 1, "a waker that was replaced is kept");
    assert_eq!((first.wakes() - wakes, second.wakes()), (0, 0), "woken before anything happened");

    let polls = stage.source.polls();
    let before = polls.load(Ordering::SeqCst);
    let given = if ends { 0 } else { stage.give() };
    if ends {
        stage.end();
    }
    assert_eq!((first.wakes() - wakes, second.wakes()), (0, 1), "one event should wake the latest waker, once");
    let poll = stage.poll(&new);
    assert!(poll == ITEM || ends && poll == END, "one poll does not suffice");
    let polled = polls.load(Ordering::SeqCst) - before;
    assert!(polled <= given + stage.looks, "one poll polls the source {polled} times for {given} items");
    assert_eq!(second.wakes(), 1, "it wakes a task that it has nothing more to say to");
    stage.finish();
    assert_eq!((first.live(), second.live()), (1, 1), "a waker was kept");
    Verdict::after(variant, 2 * MANY)
}

/// Law 5.
fn law_of_allocations(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    let (first, second) = (CountingWaker::new().waker(), CountingWaker::new().waker());
    let (cost, documented) = (stage.cost, stage.documented_cost);
    assert_eq!(cost.allocs + cost.reallocs, documented, "making it costs {cost:?}");
    let allocates = stage.allocates;
    let seen = CountingAlloc::count(|| {
        for waker in [&first, &first, &second] {
            if !stage.at_once {
                let _waits = stage.poll(waker);
            }
        }
    });
    assert!(seen.is_zero(), "waiting allocates: {seen:?}");
    let seen = CountingAlloc::count(|| {
        if !stage.silent {
            for _ in 0..variant {
                stage.give();
                let _poll = stage.poll(&first);
                if !stage.at_once {
                    let _waits = stage.poll(&second);
                }
            }
            stage.end();
            if variant % 2 == 0 {
                to_the_end(&mut stage, &first);
            }
        }
        stage.stream = None;
    });
    assert!(seen.is_zero() || allocates, "giving an item allocates: {seen:?}");
    stage.finish();
    Verdict::after(variant, MANY)
}

/// Law 3: dropped after its k-th poll, whatever came between.
fn law_of_drops(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    const POLLS: usize = 8;
    let (polls, course) = (variant % POLLS, variant / POLLS);
    let count = CountingWaker::new();
    let waker = count.waker();
    for poll in 0..polls {
        match course {
            0 => {}
            1 => stage.give_one(),
            2 if poll % 2 == 1 => drop(stage.give()),
            3 if poll < 3 => stage.give_one(),
            3 => stage.end(),
            4 if poll == 4 => stage.end(),
            4 if poll % 3 == 2 => (0..3).for_each(|_| stage.give_one()),
            _ => {}
        }
        let _poll = stage.poll(&waker);
    }
    if course == 4 && polls % 2 == 0 {
        stage.give();
    }
    stage.finish();
    assert_eq!(count.live(), 1, "a waker was kept after {polls} polls");
    Verdict::after(variant, 5 * POLLS)
}

/// Law 8: the source panics at a poll, or when it is dropped, early or at its end.
fn law_of_panics(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    if stage.at_once || stage.silent {
        return Verdict::Done;
    }
    let (items, how) = (variant % MANY, variant / MANY);
    let count = CountingWaker::new();
    let waker = count.waker();
    // Something may be under way.
    let begins = variant % 2 == 1;
    if take(&mut stage, items, &waker) + usize::from(begins) >= stage.most {
        return Verdict::after(variant, 3 * MANY);
    }
    assert_eq!(stage.poll(&waker), Poll::Pending);
    if begins {
        stage.give_one();
        let _poll = stage.poll(&waker);
    }
    let mut panics = Vec::new();
    match how {
        0 => {
            stage.blow();
            let mut poll = Poll::Pending;
            panics.extend(panic_of(|| poll = stage.poll(&waker)));
            assert!(panics.len() == 1 || poll == ITEM, "a panic is lost, and whoever awaits it waits for ever");
            assert!(stage.get().is_terminated(), "not terminated");
        }
        1 => stage.source.blow_at_the_end(),
        _ => {
            stage.source.blow_at_the_end();
            stage.end();
            panics.extend(panic_of(|| {
                to_the_end(&mut stage, &waker);
            }));
        }
    }
    panics.extend(panic_of(|| stage.stream = None));
    let expected = if how == 0 { "the leaf blows" } else { "the leaf's end blows" };
    assert!(panics.len() <= 1 && panics.iter().all(|panic| panic == expected), "{panics:?}");
    drop(waker);
    stage.finish();
    assert_eq!(count.live(), 0, "a waker is leaked");
    Verdict::after(variant, 3 * MANY)
}

/// Law 2: wakers, and the source, call into what the stream belongs to, whenever they are touched.
fn law_of_calls(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    let event = WakerEvent::ALL[variant % WakerEvent::ALL.len()];
    let reentrant = || {
        let touch = Arc::clone(&stage.touch);
        CountingWaker::hooked(move |happened| {
            if happened == event {
                touch();
            }
        })
    };
    let (first, second) = (reentrant().waker(), reentrant().waker());
    stage.source.hook(Arc::clone(&stage.touch));
    for _ in 0..variant {
        let _poll = stage.poll(&first);
        let _poll = stage.poll(&second);
        stage.give();
    }
    if variant % 2 == 0 && !stage.silent {
        stage.end();
        to_the_end(&mut stage, &first);
    }
    stage.finish();
    Verdict::after(variant, 3 * WakerEvent::ALL.len())
}

/// What is on the stage, as a stream.
struct OnStage<'a>(Pin<Box<dyn StreamSubject + 'a>>);

impl Stream for OnStage<'_> {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.0.as_mut().poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// The contract, by the test kit's own checker: with a new waker at each poll, and polls without need.
fn law_of_contract(mut stage: StreamStage<'_>, variant: usize) -> Verdict {
    let report = ContractReport::new();
    let silent = stage.silent;
    let stream = OnStage(stage.stream.take().expect("not dropped"));
    let checked = ContractChecker::new(stream).named(&stage.name).allow(move |_| silent).report_to(&report).poll_on();
    let mut task = TestTask::with_waker(checked, CountingWaker::new());
    let mut over = stage.silent;
    for _ in 0..variant.min(stage.most) {
        if !stage.at_once {
            (0..2).for_each(|_| assert!(task.poll_next().is_pending()));
            stage.give();
        }
        over = over || task.poll_next() == END;
    }
    if variant % 2 == 0 && !over {
        stage.end();
        for _ in 0..10 {
            over = over || task.poll_next() == END;
        }
        assert!(over || stage.at_once);
    }
    drop(task);
    stage.finish();
    report.assert_clean();
    Verdict::after(variant, 2 * MANY)
}

#[test]
fn streams_stay_at_their_end() {
    judge(&registry::streams(), law_of_ends);
}

#[test]
fn what_streams_say_of_their_length_is_true() {
    judge(&registry::streams(), law_of_lengths);
}

#[test]
fn streams_wake_and_are_polled_as_much_as_is_needed() {
    judge(&registry::streams(), law_of_wakers);
}

#[test]
fn streams_that_wait_allocate_nothing() {
    judge(&registry::streams(), law_of_allocations);
}

#[test]
fn nothing_is_lost_wherever_a_stream_is_dropped() {
    judge(&registry::streams(), law_of_drops);
}

#[test]
fn a_source_that_panics_reaches_whoever_awaits_and_leaks_nothing() {
    judge(&registry::streams(), law_of_panics);
}

#[test]
fn wakers_and_sources_may_call_into_what_a_stream_belongs_to() {
    judge(&registry::streams(), law_of_calls);
}

#[test]
fn every_stream_keeps_the_contract() {
    judge(&registry::streams(), law_of_contract);
}

/// How a stream goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    PollsOnAfterTheEnd,
    ForgetsThatItIsOver,
    BelievesThatItIsOver,
    SaysThatMoreIsToCome,
    KeepsItsFirstWaker,
    ClonesItsWaker,
    WakesItself,
    PollsTwice,
    Skips,
    Allocates,
    LeaksItsSource,
    LeaksAnItem,
    SwallowsAPanic,
    GivesAnItemWithoutNeed,
    PollsUnderItsLock,
}

/// A stream with a fault.
struct Planted {
    source: Option<Pin<Box<LeafStream>>>,
    fault: Fault,
    over: bool,
    polls: usize,
    waker: Option<Waker>,
    lock: Arc<Mutex<()>>,
}

impl Planted {
    fn new(source: LeafStream, fault: Fault, lock: Arc<Mutex<()>>) -> Self {
        Self { source: Some(Box::pin(source)), fault, over: false, polls: 0, waker: None, lock }
    }
}

impl Planted {
    /// A poll of the source, as the faults would have it.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Token>> {
        let source = self.source.as_mut().expect("there is a source").as_mut();
        match self.fault {
            Fault::KeepsItsFirstWaker => {
                let waker = self.waker.get_or_insert_with(|| cx.waker().clone());
                Stream::poll_next(source, &mut Context::from_waker(waker))
            }
            Fault::ClonesItsWaker => {
                drop(cx.waker().clone());
                Stream::poll_next(source, cx)
            }
            Fault::PollsUnderItsLock => {
                let _held = self.lock.lock().unwrap();
                Stream::poll_next(source, cx)
            }
            Fault::SwallowsAPanic => {
                let mut poll = Poll::Pending;
                self.over = panic_of(|| poll = Stream::poll_next(source, cx)).is_some();
                poll
            }
            _ => {
                self.over = true;
                Stream::poll_next(source, cx)
            }
        }
    }
}

impl Stream for Planted {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let this = &mut *self;
        if this.over && this.fault != Fault::PollsOnAfterTheEnd {
            return END;
        }
        this.polls += 1;
        let poll = this.poll_source(cx);
        this.over = match this.fault {
            Fault::ForgetsThatItIsOver => false,
            Fault::BelievesThatItIsOver => true,
            _ => matches!(poll, Poll::Ready(None)),
        };
        match (this.fault, &poll) {
            (Fault::WakesItself, Poll::Pending) => cx.waker().wake_by_ref(),
            (Fault::Allocates, _) => drop(std::hint::black_box(Box::new(0_u8))),
            (Fault::GivesAnItemWithoutNeed, Poll::Pending) if this.polls > 1 => return ITEM,
            (Fault::PollsTwice, Poll::Ready(Some(_))) => (0..2).for_each(|_| drop(this.poll_source(cx))),
            (Fault::Skips, Poll::Ready(Some(_))) if this.polls > 3 => return Poll::Pending,
            _ => {}
        }
        poll.map(|item| {
            item.map(|item| if this.fault == Fault::LeaksAnItem { std::mem::forget(item) } else { drop(item) })
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.fault {
            Fault::SaysThatMoreIsToCome => (1, None),
            _ if self.over => (0, Some(0)),
            _ => (0, None),
        }
    }
}

impl FusedStream for Planted {
    fn is_terminated(&self) -> bool {
        self.over
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        if self.fault == Fault::LeaksItsSource {
            std::mem::forget(self.source.take());
        }
    }
}

/// Puts a stream with one fault before a law, which must find it.
fn caught(fault: Fault, law: fn(StreamStage<'_>, usize) -> Verdict, says: &str) {
    let found = panic_of(|| {
        for variant in 0.. {
            let lock = Arc::default();
            let touched = Arc::clone(&lock);
            let stage = StreamStage::over(|leaf| Planted::new(leaf, fault, lock)).costs(1);
            let stage =
                stage.touch(move || assert!(!matches!(touched.try_lock(), Err(TryLockError::WouldBlock)), "locked"));
            if law(stage, variant) == Verdict::Done {
                return;
            }
        }
    });
    let found = found.unwrap_or_else(|| panic!("{fault:?} is not caught"));
    assert!(found.contains(says), "{fault:?}: {found}");
}

#[test]
fn streams_that_break_a_law_are_caught() {
    caught(Fault::PollsOnAfterTheEnd, law_of_ends, "polled after its end");
    caught(Fault::ForgetsThatItIsOver, law_of_ends, "not terminated");
    caught(Fault::BelievesThatItIsOver, law_of_ends, "terminated, and there are items to come");
    caught(Fault::SaysThatMoreIsToCome, law_of_ends, "says that more is to come");
    caught(Fault::SwallowsAPanic, law_of_ends, "a panic is lost");
    caught(Fault::SaysThatMoreIsToCome, law_of_lengths, "it said that 1 to None");
    caught(Fault::KeepsItsFirstWaker, law_of_wakers, "a waker that was replaced is kept");
    caught(Fault::ClonesItsWaker, law_of_wakers, "was cloned");
    caught(Fault::WakesItself, law_of_wakers, "woken before anything happened");
    caught(Fault::PollsTwice, law_of_wakers, "polls the source 3 times");
    caught(Fault::Skips, law_of_wakers, "one poll does not suffice");
    caught(Fault::GivesAnItemWithoutNeed, law_of_wakers, "a spurious poll gives something");
    caught(Fault::Allocates, law_of_allocations, "waiting allocates");
    caught(Fault::LeaksItsSource, law_of_drops, "the source is leaked");
    caught(Fault::LeaksAnItem, law_of_drops, "an item is leaked");
    caught(Fault::SwallowsAPanic, law_of_panics, "a panic is lost");
    caught(Fault::PollsUnderItsLock, law_of_calls, "locked");
    caught(Fault::KeepsItsFirstWaker, law_of_contract, "waker");
}
