//! The delay queue, polled by hand in virtual time: beside a model of it, and what no model says. Beside tokio-util's it is in
//! `tests/like_tokio/delay_queue.rs`.
#![cfg(feature = "testing")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future as _;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use anywhen::prelude::*;
use anywhen::rt::Std;
use anywhen::testing::{CountingAlloc, CountingWaker, TestTask, WakerEvent};
use anywhen::time::delay_queue::{Expired, Key};
use anywhen::time::{self, DelayQueue, Duration, Instant, VirtualClock};
use futures_core::{FusedStream, Stream};
use proptest::prelude::*;

#[global_allocator]
static ALLOC: CountingAlloc = CountingAlloc::new();

const MILLI: Duration = Duration::from_millis(1);

/// A queue that several may reach, and a task that waits for it.
struct Shared<T> {
    time: VirtualClock,
    start: Instant,
    queue: Rc<RefCell<DelayQueue<T>>>,
    task: TestTask<Taker<T>>,
}

/// What waits for a shared queue.
struct Taker<T>(Rc<RefCell<DelayQueue<T>>>);

impl<T> Stream for Taker<T> {
    type Item = Expired<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        self.0.borrow_mut().poll_expired(cx)
    }
}

impl<T> Shared<T> {
    fn new() -> Self {
        let time = VirtualClock::manual();
        let queue = Rc::new(RefCell::new(DelayQueue::new_on(time.clock())));
        Self { start: time.now(), time, task: TestTask::new(Taker(Rc::clone(&queue))), queue }
    }

    fn insert(&self, value: T, millis: u32) -> Key {
        self.queue.borrow_mut().insert_at(value, self.start + millis * MILLI)
    }

    fn remove(&self, key: &Key) -> T {
        self.queue.borrow_mut().remove(key).into_inner()
    }

    fn reset(&self, key: &Key, millis: u32) {
        self.queue.borrow_mut().reset_at(key, self.start + millis * MILLI);
    }

    /// Goes on to so many milliseconds after the start.
    fn go_to(&self, millis: u32) {
        self.time.advance(self.start + millis * MILLI - self.time.now());
    }

    fn poll(&mut self) -> Poll<Option<T>> {
        self.task.poll_next().map(|next| next.map(Expired::into_inner))
    }

    /// Polls until there is nothing more at the moment.
    fn all(&mut self) -> Vec<T> {
        std::iter::from_fn(|| match self.poll() {
            Poll::Ready(next) => next,
            Poll::Pending => None,
        })
        .collect()
    }
}

fn message(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a message")
}

#[test]
fn items_come_at_their_deadlines_and_not_a_nanosecond_before() {
    let mut shared = Shared::new();
    assert_eq!(shared.poll(), Poll::Ready(None));
    for millis in [30, 10, 20] {
        shared.insert(millis, millis);
    }
    assert_eq!(shared.queue.borrow().size_hint(), (3, Some(3)));
    for millis in [10, 20, 30] {
        assert_eq!(shared.poll(), Poll::Pending);
        shared.time.advance(10 * MILLI - Duration::from_nanos(1));
        assert!(!shared.task.is_woken());
        assert_eq!(shared.poll(), Poll::Pending);
        shared.time.advance(Duration::from_nanos(1));
        assert_eq!(shared.task.wakes(), 1);
        let expired = match shared.task.poll_next() {
            Poll::Ready(Some(expired)) => expired,
            other => panic!("{other:?}"),
        };
        assert_eq!((*expired.get_ref(), expired.deadline()), (millis, shared.start + millis * MILLI));
        assert!(!shared.queue.borrow().contains_key(&expired.key()));
    }
    assert_eq!(shared.poll(), Poll::Ready(None));
    assert!(!shared.time.advance_to_next(), "a timer was left behind");
}

#[test]
fn equal_deadlines_come_first_in_first_out_and_a_reset_goes_to_the_back() {
    let mut shared = Shared::new();
    let keys = (0..100).map(|n| shared.insert(n, 5)).collect::<Vec<_>>();
    shared.reset(&keys[3], 5);
    shared.reset(&keys[0], 5);
    shared.remove(&keys[50]);
    shared.go_to(5);
    let order = (1..100).filter(|n| ![3, 50].contains(n)).chain([3, 0]).collect::<Vec<_>>();
    assert_eq!(shared.all(), order);
}

#[test]
fn a_key_leads_to_its_item_or_to_nothing() {
    let mut queue = DelayQueue::new();
    let old = queue.insert("old", MILLI);
    assert_eq!(queue.remove(&old).into_inner(), "old");
    let new = queue.insert("new", Duration::MAX);
    assert_ne!(old, new);
    assert!(queue.try_remove(&old).is_none() && queue.get(&old).is_none() && queue.get_mut(&old).is_none());
    assert!(!queue.contains_key(&old));
    let refused: [fn(&mut DelayQueue<&'static str>, &Key); 4] = [
        |queue, key| _ = queue.remove(key),
        |queue, key| queue.reset(key, MILLI),
        |queue, key| queue.reset_at(key, Instant::FAR_FUTURE),
        |queue, key| assert!(queue.deadline(key).is_never()),
    ];
    for call in refused {
        let panic = catch_unwind(AssertUnwindSafe(|| call(&mut queue, &old))).unwrap_err();
        assert_eq!(message(panic), "invalid key: its item is not in the queue any more");
    }
    *queue.get_mut(&new).unwrap() = "newer";
    assert_eq!((queue.get(&new), queue.deadline(&new)), (Some(&"newer"), Instant::FAR_FUTURE));
    // Nor after the slots have gone, and come again.
    queue.clear();
    assert!(!queue.contains_key(&new));
    queue.shrink_to_fit();
    queue.insert("newest", MILLI);
    assert!(!queue.contains_key(&new) && !queue.contains_key(&old));
}

#[test]
fn nothing_to_wait_for_is_the_end_until_there_is_something_again() {
    let mut shared = Shared::new();
    assert!(shared.queue.borrow().is_terminated());
    assert_eq!(shared.poll(), Poll::Ready(None));
    let key = shared.insert("again", 5);
    assert!(!shared.queue.borrow().is_terminated());
    // The task hears of it in time, although it was told that there was nothing.
    assert!(!shared.task.is_woken());
    shared.go_to(5);
    assert!(shared.task.is_woken());
    assert_eq!(shared.poll(), Poll::Ready(Some("again")));
    assert_eq!(shared.poll(), Poll::Ready(None));
    assert!(shared.queue.borrow_mut().try_remove(&key).is_none());
}

#[test]
fn an_item_that_never_comes_can_be_there() {
    let mut shared = Shared::new();
    let never = shared.queue.borrow_mut().insert("never", Duration::MAX);
    assert_eq!(shared.poll(), Poll::Pending);
    assert!(!shared.time.advance_to_next(), "never is no timer");
    shared.time.advance(Duration::from_secs(1 << 33));
    shared.queue.borrow_mut().insert("now", Duration::ZERO);
    assert!(shared.task.is_woken());
    assert_eq!(shared.poll(), Poll::Ready(Some("now")));
    assert_eq!(shared.poll(), Poll::Pending);
    shared.time.advance(Duration::MAX);
    assert_eq!(shared.poll(), Poll::Pending, "also at the end of time");
    assert_eq!(shared.remove(&never), "never");
    assert_eq!((shared.task.is_woken(), shared.poll()), (true, Poll::Ready(None)));
}

/// And makes no timer of its own for each change.
#[test]
fn what_others_do_to_the_queue_moves_the_timer_of_the_task_that_waits() {
    let mut shared = Shared::new();
    let far = shared.insert("far", 100);
    assert_eq!(shared.poll(), Poll::Pending);
    // A later one, which does not matter.
    shared.insert("later", 200);
    // Earlier ones, which do, and one of them taken back.
    let near = shared.insert("near", 50);
    let nearest = shared.insert("nearest", 10);
    assert_eq!(shared.remove(&nearest), "nearest");
    shared.go_to(49);
    assert!(!shared.task.is_woken());
    shared.reset(&near, 80);
    shared.go_to(79);
    assert!(!shared.task.is_woken());
    shared.go_to(80);
    assert_eq!(shared.task.wakes(), 1);
    assert_eq!(shared.all(), ["near"]);
    shared.reset(&far, 300);
    shared.go_to(199);
    assert!(!shared.task.is_woken());
    shared.go_to(200);
    assert_eq!(shared.all(), ["later"]);
    // Into the past.
    shared.reset(&far, 1);
    assert!(shared.task.is_woken());
    assert_eq!(shared.all(), ["far"]);
}

#[test]
fn a_task_that_waits_hears_that_the_last_item_has_gone() {
    let mut shared = Shared::new();
    let goes: [fn(&mut DelayQueue<u8>, &Key); 3] =
        [|queue, key| _ = queue.remove(key), |queue, key| _ = queue.try_remove(key), |queue, _| queue.clear()];
    for go in goes {
        let key = shared.insert(1, 100);
        assert_eq!(shared.poll(), Poll::Pending);
        go(&mut shared.queue.borrow_mut(), &key);
        assert_eq!(shared.task.wakes(), 1);
        assert!(!shared.time.advance_to_next(), "a timer was left behind");
        assert_eq!(shared.poll(), Poll::Ready(None));
    }
    shared.queue.borrow_mut().clear();
    assert!(!shared.task.is_woken(), "nothing has changed");
}

#[test]
fn a_wait_that_is_dropped_loses_nothing() {
    let time = VirtualClock::new();
    Std.block_on(time.scope(async {
        let mut queue = DelayQueue::new();
        queue.insert("item", 10 * MILLI);
        for _ in 0..5 {
            assert!(time::timeout(MILLI, queue.next()).await.is_err());
        }
        let expired = queue.next().await.unwrap();
        assert_eq!(expired.into_inner(), "item");
    }));
}

#[test]
fn an_executor_runs_it_in_a_scope_of_virtual_time() {
    let time = VirtualClock::new();
    let order = Std.block_on(time.scope(async {
        let start = Instant::now();
        let mut queue = DelayQueue::new();
        for hours in [5, 1, 3] {
            queue.insert(hours, Duration::from_secs(3600) * hours);
        }
        let mut order = Vec::new();
        while let Some(expired) = queue.next().await {
            assert_eq!(expired.deadline(), Instant::now());
            let hours = expired.into_inner();
            assert_eq!(start.elapsed(), Duration::from_secs(3600) * hours);
            if hours == 1 {
                queue.insert(2, Duration::from_secs(3600));
            }
            order.push(hours);
        }
        order
    }));
    assert_eq!(order, [1, 2, 3, 5]);
}

#[test]
fn a_destructor_that_panics_leaves_an_empty_queue_and_hides_nothing() {
    struct Item(Rc<RefCell<u32>>, bool);

    impl Drop for Item {
        fn drop(&mut self) {
            *self.0.borrow_mut() += 1;
            assert!(!self.1, "the destructor panics");
        }
    }

    let dropped = Rc::default();
    let mut shared = Shared::new();
    for n in 0..5 {
        shared.insert(Item(Rc::clone(&dropped), n == 2), 10 + n);
    }
    assert!(shared.poll().is_pending());
    let panic = catch_unwind(AssertUnwindSafe(|| shared.queue.borrow_mut().clear())).unwrap_err();
    assert_eq!(message(panic), "the destructor panics");
    assert_eq!((*dropped.borrow(), shared.queue.borrow().len()), (5, 0));
    assert!(shared.task.is_woken(), "the task that waits does not hear of it");
    assert!(matches!(shared.poll(), Poll::Ready(None)));
    shared.insert(Item(Rc::clone(&dropped), false), 0);
    assert_eq!(shared.all().len(), 1);
}

/// A waker that cannot be cloned when it is to be kept has the wait fail, and not the next one be late.
#[test]
fn a_waker_that_panics_when_it_is_cloned_leaves_no_timer_that_nobody_moves() {
    for clones in 0..4 {
        let clock = VirtualClock::new();
        let mut queue = DelayQueue::new_on(clock.clock());
        queue.insert("later", 10 * MILLI);
        let left = Arc::new(AtomicUsize::new(clones));
        let waker = CountingWaker::hooked(move |event| {
            if event == WakerEvent::Clone && left.fetch_sub(1, SeqCst) == 0 {
                panic!("no clone");
            }
        });
        let waits_and_is_told = || {
            let _ = queue.poll_expired(&mut Context::from_waker(&waker.waker()));
            queue.insert("sooner", MILLI);
        };
        if catch_unwind(AssertUnwindSafe(waits_and_is_told)).is_err() {
            if queue.len() == 1 {
                queue.insert("sooner", MILLI);
            } else {
                assert_eq!(waker.wakes(), 1, "whoever waits has to look itself");
            }
        }
        let mut task = TestTask::new(poll_fn(|cx| queue.poll_expired(cx).map(|item| item.unwrap().into_inner())));
        assert!(task.poll().is_pending());
        clock.advance(MILLI);
        assert!(task.is_woken(), "after {clones} clones");
        assert_eq!(task.poll(), Poll::Ready("sooner"));
    }
}

#[test]
fn a_queue_that_has_grown_allocates_nothing() {
    let mut shared = Shared::new();
    shared.queue.borrow_mut().reserve(64);
    assert!(shared.queue.borrow().capacity() >= 64);
    let seen = CountingAlloc::count(|| {
        for round in 0..100 {
            let keys: [Key; 64] = std::array::from_fn(|n| shared.insert(round, 10 + (n as u32 * 37) % 64));
            assert_eq!(shared.poll(), Poll::Pending);
            keys[..20].iter().for_each(|key| shared.reset(key, 7));
            keys[20..40].iter().for_each(|key| assert_eq!(shared.remove(key), round));
            shared.go_to(100);
            for _ in 0..44 {
                assert_eq!(shared.poll(), Poll::Ready(Some(round)));
            }
            assert_eq!(shared.poll(), Poll::Ready(None));
            shared.start = shared.time.now();
        }
    });
    assert!(seen.is_zero(), "{seen:?}");
}

#[test]
fn memory_is_given_back_as_far_as_items_do_not_lie_in_it() {
    let mut queue = DelayQueue::with_capacity(10);
    assert!(queue.capacity() >= 10);
    let keys = (0..1000).map(|n| queue.insert(n, MILLI)).collect::<Vec<_>>();
    let grown = queue.capacity();
    for key in &keys[100..] {
        queue.remove(key);
    }
    assert_eq!(queue.capacity(), grown, "it is kept until it is given back");
    queue.compact();
    assert!((100..200).contains(&queue.capacity()), "{}", queue.capacity());
    assert!(keys[..100].iter().enumerate().all(|(n, key)| queue.get(key) == Some(&n)));
    // Free places are filled from the front, so that the last can go.
    keys[..99].iter().for_each(|key| _ = queue.remove(key));
    queue.compact();
    let again = queue.insert(7, MILLI);
    queue.remove(&keys[99]);
    queue.shrink_to_fit();
    assert!(queue.capacity() < 10, "{}", queue.capacity());
    assert_eq!(queue.remove(&again).into_inner(), 7);
    queue.shrink_to_fit();
    assert_eq!((queue.capacity(), queue.len(), queue.is_empty()), (0, 0, true));
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Insert(Wait),
    Remove(usize),
    Reset(usize, Wait),
    Poll,
    Pass(u64),
    Clear,
    Shrink,
}

/// From now on, or from the start of it all, which may have passed.
#[derive(Clone, Copy, Debug)]
enum Wait {
    After(u64),
    At(u64),
    Never,
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![6 => (0..30_u64).prop_map(Wait::After), 2 => (0..200_u64).prop_map(Wait::At), 1 => Just(Wait::Never)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => wait().prop_map(Op::Insert),
        4 => any::<usize>().prop_map(Op::Remove),
        4 => (any::<usize>(), wait()).prop_map(|(which, wait)| Op::Reset(which, wait)),
        8 => Just(Op::Poll),
        4 => (0..12_u64).prop_map(Op::Pass),
        1 => Just(Op::Clear),
        1 => Just(Op::Shrink),
    ]
}

/// What is in the queue, by deadline and rank; and what was there once.
#[derive(Default)]
struct Model {
    items: BTreeMap<(Instant, u64), (u32, Key)>,
    gone: Vec<Key>,
    next: u64,
}

impl Model {
    fn put(&mut self, deadline: Instant, item: (u32, Key)) {
        self.items.insert((deadline, self.next), item);
        self.next += 1;
    }

    fn first(&self) -> Option<Instant> {
        self.items.keys().next().map(|(deadline, _)| *deadline)
    }

    /// The place of one that is there, if any is.
    fn pick(&self, which: usize) -> Option<(Instant, u64)> {
        let len = self.items.len();
        if len == 0 { None } else { self.items.keys().nth(which % len).copied() }
    }

    fn has_come(&self, now: Instant) -> bool {
        self.first().is_some_and(|first| !first.is_never() && first <= now)
    }
}

fn run(program: Vec<Op>) {
    let mut shared = Shared::<u32>::new();
    let mut model = Model::default();
    let mut names = 0..;
    // Whether the last poll left the task waiting, and whether it has to have been woken since.
    let (mut waits, mut is_empty, mut to_be_woken) = (false, true, false);
    for op in program {
        let now = shared.time.now();
        let at = |wait| match wait {
            Wait::After(nanos) => now + Duration::from_nanos(nanos),
            Wait::At(nanos) => shared.start + Duration::from_nanos(nanos),
            Wait::Never => Instant::FAR_FUTURE,
        };
        match op {
            Op::Insert(wait) => {
                let name = names.next().unwrap();
                let key = match wait {
                    Wait::After(nanos) => shared.queue.borrow_mut().insert(name, Duration::from_nanos(nanos)),
                    _ => shared.queue.borrow_mut().insert_at(name, at(wait)),
                };
                model.put(at(wait), (name, key));
            }
            Op::Remove(which) => {
                if let Some(place) = model.pick(which) {
                    let (name, key) = model.items.remove(&place).unwrap();
                    let removed = shared.queue.borrow_mut().remove(&key);
                    assert_eq!((removed.deadline(), removed.key()), (place.0, key));
                    assert_eq!(removed.into_inner(), name);
                    model.gone.push(key);
                }
            }
            Op::Reset(which, wait) => {
                if let Some(place) = model.pick(which) {
                    let item = model.items.remove(&place).unwrap();
                    match wait {
                        Wait::After(nanos) => shared.queue.borrow_mut().reset(&item.1, Duration::from_nanos(nanos)),
                        _ => shared.queue.borrow_mut().reset_at(&item.1, at(wait)),
                    }
                    model.put(at(wait), item);
                }
            }
            Op::Poll => {
                let polled = shared.poll();
                waits = true;
                to_be_woken = false;
                is_empty = model.items.is_empty();
                if model.has_come(now) {
                    let (_, (name, key)) = model.items.pop_first().unwrap();
                    assert_eq!(polled, Poll::Ready(Some(name)));
                    model.gone.push(key);
                    waits = false;
                } else {
                    assert_eq!(polled, if is_empty { Poll::Ready(None) } else { Poll::Pending });
                }
            }
            Op::Pass(nanos) => shared.time.advance(Duration::from_nanos(nanos)),
            Op::Clear => {
                shared.queue.borrow_mut().clear();
                model.gone.extend(std::mem::take(&mut model.items).into_values().map(|(_, key)| key));
            }
            Op::Shrink => shared.queue.borrow_mut().shrink_to_fit(),
        }
        // Woken if there is news, and only then.
        let all_gone = model.items.is_empty() && !is_empty;
        to_be_woken |= waits && (all_gone || model.has_come(shared.time.now()));
        is_empty = model.items.is_empty();
        assert_eq!(shared.task.is_woken(), to_be_woken, "woken, and should it be");
        let queue = shared.queue.borrow();
        assert_eq!((queue.len(), queue.is_empty()), (model.items.len(), is_empty));
        assert_eq!(queue.peek(), model.items.values().next().map(|(_, key)| *key));
        for ((deadline, _), (name, key)) in &model.items {
            assert_eq!((queue.deadline(key), queue.get(key)), (*deadline, Some(name)));
        }
        assert!(!model.gone.iter().any(|key| queue.contains_key(key)), "a key leads to another item");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_as_an_ordered_map_does(program in prop::collection::vec(op(), 1..200)) {
        run(program);
    }

    /// As many as make a heap of several levels.
    #[test]
    fn many_items_come_in_order(deadlines in prop::collection::vec(0..500_u32, 1..2000), steps in 1..9_usize) {
        let mut shared = Shared::new();
        let keys = deadlines.iter().enumerate().map(|(n, at)| shared.insert(n, *at)).collect::<Vec<_>>();
        let mut left = deadlines.iter().copied().enumerate().map(|(n, at)| (at, n)).collect::<Vec<_>>();
        for (n, key) in keys.iter().enumerate().step_by(steps + 1) {
            prop_assert_eq!(shared.remove(key), n);
        }
        left.retain(|(_, n)| n % (steps + 1) != 0);
        left.sort_unstable();
        shared.go_to(500);
        prop_assert_eq!(shared.all(), left.into_iter().map(|(_, n)| n).collect::<Vec<_>>());
    }
}

/// As a hand-written future would.
#[test]
fn it_is_polled_through_whatever_holds_it() {
    let time = VirtualClock::new();
    let mut queue = DelayQueue::new_on(time.clock());
    queue.insert_at(1, time.now());
    let mut waits = Box::pin(poll_fn(|cx| queue.poll_expired(cx)));
    assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
}
