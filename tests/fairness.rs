//! `Fairness`: who may overtake whom, how often, and what becomes of those who do not react.
#![cfg(any(feature = "std", feature = "critical-section"))]

#[path = "support/hand.rs"]
mod hand;

use std::task::Poll;

use anywhen::sync::semaphore::Acquire;
use anywhen::sync::{BoundedMutex, BoundedSemaphore, Fairness, Mutex, RwLock, Semaphore, SemaphorePermit};
use proptest::prelude::*;

use hand::{TestTask, assert_pending, assert_ready, assert_ready_ok};

const ALL: [Fairness; 3] = [Fairness::Fifo, Fairness::Eventual, Fairness::Unfair];
const BOUND: u32 = Fairness::EVENTUAL_BOUND;

/// How often somebody who comes new gets the lock before a waiter that has been woken, and has not been polled since.
fn overtakings(fairness: Fairness, most: u32) -> u32 {
    let mutex = Mutex::with_fairness((), fairness);
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(mutex.lock());
    assert_pending!(waits.poll());
    drop(guard);
    assert!(waits.is_woken());
    let count = (0..most).take_while(|_| mutex.try_lock().is_ok()).count();
    // However often it was: when it is polled and the lock is free, it has it.
    drop(assert_ready!(waits.poll()));
    assert!(mutex.try_lock().is_ok());
    count as u32
}

#[test]
fn the_waiter_at_the_front_is_overtaken_as_often_as_the_fairness_says() {
    assert_eq!(overtakings(Fairness::Fifo, 10), 0);
    assert_eq!(overtakings(Fairness::Eventual, 10 * BOUND), BOUND);
    assert_eq!(overtakings(Fairness::Unfair, 10 * BOUND), 10 * BOUND);
    assert_eq!(Fairness::default(), Fairness::Fifo);
}

#[test]
fn the_next_in_the_queue_is_overtaken_as_often_again() {
    let mutex = Mutex::with_fairness((), Fairness::Eventual);
    let guard = mutex.try_lock().unwrap();
    let mut waiting = [(); 3].map(|()| TestTask::new(mutex.lock()));
    for waits in &mut waiting {
        assert_pending!(waits.poll());
    }
    drop(guard);
    for waits in &mut waiting {
        let count = (0..10 * BOUND).take_while(|_| mutex.try_lock().is_ok()).count();
        assert_eq!(count as u32, BOUND);
        assert!(waits.is_woken());
        drop(assert_ready!(waits.poll()));
    }
}

#[test]
fn one_that_gives_up_leaves_its_overtakings_to_nobody() {
    let mutex = Mutex::with_fairness((), Fairness::Eventual);
    let guard = mutex.try_lock().unwrap();
    let mut waiting = [(); 2].map(|()| Some(TestTask::new(mutex.lock())));
    for waits in waiting.iter_mut().flatten() {
        assert_pending!(waits.poll());
    }
    drop(guard);
    for _ in 0..BOUND / 2 {
        drop(mutex.try_lock().unwrap());
    }
    waiting[0] = None;
    let count = (0..10 * BOUND).take_while(|_| mutex.try_lock().is_ok()).count();
    assert_eq!(count as u32, BOUND);
    drop(assert_ready!(waiting[1].as_mut().unwrap().poll()));
}

#[test]
fn what_was_kept_for_one_that_gives_up_is_kept_for_nobody() {
    let mutex = Mutex::with_fairness((), Fairness::Eventual);
    let guard = mutex.try_lock().unwrap();
    let mut gives_up = TestTask::new(mutex.lock());
    let mut waits = TestTask::new(mutex.lock());
    assert_pending!(gives_up.poll());
    assert_pending!(waits.poll());
    drop(guard);
    for _ in 1..BOUND {
        drop(mutex.try_lock().unwrap());
    }
    let guard = mutex.try_lock().unwrap();
    // It was told in vain, often enough that the lock is to be its own next.
    assert_pending!(gives_up.poll());
    drop(gives_up);
    drop(guard);
    let count = (0..10 * BOUND).take_while(|_| mutex.try_lock().is_ok()).count();
    assert_eq!(count as u32, BOUND);
    drop(assert_ready!(waits.poll()));
}

/// The same of permits, which are counted otherwise.
fn overtakings_of_permits(fairness: Fairness, most: u32) -> u32 {
    let semaphore = Semaphore::with_fairness(1, fairness);
    let permit = semaphore.try_acquire().unwrap();
    let mut waits = TestTask::new(semaphore.acquire());
    assert_pending!(waits.poll());
    drop(permit);
    let count = (0..most).take_while(|_| semaphore.try_acquire().is_ok()).count();
    drop(assert_ready_ok!(waits.poll()));
    count as u32
}

/// And of writers, who take all places at once, and are counted as readers are.
fn overtakings_of_writers(fairness: Fairness, most: u32) -> u32 {
    let lock = RwLock::with_fairness((), fairness);
    let guard = lock.try_write().unwrap();
    let mut waits = TestTask::new(lock.write());
    assert_pending!(waits.poll());
    drop(guard);
    let had = |n: &u32| if n % 2 == 0 { lock.try_write().is_ok() } else { lock.try_read().is_ok() };
    let count = (0..most).take_while(had).count();
    drop(assert_ready!(waits.poll()));
    count as u32
}

#[test]
fn permits_and_writers_overtake_as_often_as_a_mutex_is_overtaken() {
    for overtakings in [overtakings_of_permits, overtakings_of_writers] {
        assert_eq!(overtakings(Fairness::Fifo, 10), 0);
        assert_eq!(overtakings(Fairness::Eventual, 10 * BOUND), BOUND);
        assert_eq!(overtakings(Fairness::Unfair, 10 * BOUND), 10 * BOUND);
    }
}

/// Whether the front, which has been woken and overtaken so often, can be overtaken once more, if the waiter `polled` was polled so
/// many times while the last who overtook had the lock.
fn may_be_overtaken_on(overtaken: u32, polled: usize, polls: usize) -> bool {
    let mutex = Mutex::with_fairness((), Fairness::Eventual);
    let guard = mutex.try_lock().unwrap();
    let mut waiting = [(); 2].map(|()| TestTask::new(mutex.lock()));
    for waits in &mut waiting {
        assert_pending!(waits.poll());
    }
    drop(guard);
    for _ in 1..overtaken {
        drop(mutex.try_lock().unwrap());
    }
    let guard = mutex.try_lock().unwrap();
    for _ in 0..polls {
        assert_pending!(waiting[polled].poll());
    }
    drop(guard);
    let overtakes = mutex.try_lock().is_ok();
    // Either way nobody is forgotten.
    for waits in &mut waiting {
        assert!(waits.is_woken());
        drop(assert_ready!(waits.poll()));
    }
    overtakes
}

#[test]
fn a_front_that_was_woken_in_vain_is_overtaken_an_eighth_as_often() {
    assert!(may_be_overtaken_on(BOUND / 8 - 1, 0, 1));
    assert!(!may_be_overtaken_on(BOUND / 8, 0, 1));
    // Not for one behind it, nor where nobody has looked.
    assert!(may_be_overtaken_on(BOUND / 8, 1, 1));
    assert!(may_be_overtaken_on(BOUND - 1, 0, 0));
    assert!(!may_be_overtaken_on(BOUND, 0, 0));
}

#[test]
fn a_waiter_that_was_served_late_or_gave_up_leaves_no_reservation_behind() {
    let mutex = Mutex::with_fairness((), Fairness::Eventual);
    let guard = mutex.try_lock().unwrap();
    let mut gives_up = TestTask::new(mutex.lock());
    let mut waits = TestTask::new(mutex.lock());
    assert_pending!(gives_up.poll());
    assert_pending!(waits.poll());
    drop(guard);
    while mutex.try_lock().is_ok() {}
    // The lock is kept for it, and it goes away.
    drop(gives_up);
    assert!(waits.is_woken());
    assert!(mutex.try_lock().is_ok());
    drop(assert_ready!(waits.poll()));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn each_release_tells_another_so_that_one_who_does_not_react_keeps_nobody_from_trying() {
    for fairness in [Fairness::Eventual, Fairness::Unfair] {
        let mutex = Mutex::with_fairness((), fairness);
        let guard = mutex.try_lock().unwrap();
        let mut waiting = (0..50).map(|_| TestTask::new(mutex.lock())).collect::<Vec<_>>();
        for waits in &mut waiting {
            assert_pending!(waits.poll());
        }
        drop(guard);
        for told in 1..=50 {
            assert_eq!(waiting.iter().filter(|waits| waits.is_woken()).count(), told);
            drop(mutex.try_lock().unwrap());
        }
        // Whoever of them is polled first has it, and who is polled meanwhile waits to be told again.
        let last = assert_ready!(waiting[49].poll());
        assert_pending!(waiting[0].poll());
        drop(last);
        assert!(waiting[0].is_woken());
        drop(assert_ready!(waiting[0].poll()));
    }
}

#[test]
fn as_many_are_told_as_there_are_new_permits_for() {
    for fairness in [Fairness::Eventual, Fairness::Unfair] {
        for (at_a_time, times) in [(1, 5), (2, 20), (33, 1), (70, 2)] {
            let semaphore = Semaphore::with_fairness(0, fairness);
            let mut waiting = (0..200).map(|_| TestTask::new(semaphore.acquire())).collect::<Vec<_>>();
            for waits in &mut waiting {
                assert_pending!(waits.poll());
            }
            for time in 1..=times {
                semaphore.add_permits(at_a_time);
                assert_eq!(waiting.iter().filter(|waits| waits.is_woken()).count(), at_a_time * time);
            }
        }
    }
}

#[test]
fn a_waiter_that_was_told_and_goes_away_tells_another() {
    for fairness in [Fairness::Eventual, Fairness::Unfair] {
        let semaphore = Semaphore::with_fairness(0, fairness);
        let mut waiting = [(); 2].map(|()| TestTask::new(semaphore.acquire()));
        for waits in &mut waiting {
            assert_pending!(waits.poll());
        }
        semaphore.add_permits(1);
        assert!(waiting[0].is_woken() && !waiting[1].is_woken());
        let [goes, mut stays] = waiting;
        drop(goes);
        assert!(stays.is_woken());
        let _permit = assert_ready_ok!(stays.poll());
    }
}

#[test]
fn what_does_not_suffice_for_one_who_was_told_is_offered_to_another() {
    for fairness in [Fairness::Eventual, Fairness::Unfair] {
        let semaphore = Semaphore::with_fairness(0, fairness);
        let mut large = TestTask::new(semaphore.acquire_many(2));
        assert_pending!(large.poll());
        let mut small = TestTask::new(semaphore.acquire());
        assert_pending!(small.poll());
        semaphore.add_permits(2);
        assert!(large.is_woken() && !small.is_woken());
        // Somebody was faster, and took one of the two.
        semaphore.try_acquire().unwrap().forget();
        assert_pending!(large.poll());
        assert!(small.is_woken());
        let _permit = assert_ready_ok!(small.poll());
    }
}

#[test]
fn a_large_waiter_is_passed_over_by_small_ones_and_served_in_the_end_unless_unfair() {
    let rounds = 3 * BOUND;
    for (fairness, served) in [(Fairness::Fifo, true), (Fairness::Eventual, true), (Fairness::Unfair, false)] {
        let semaphore = Semaphore::with_fairness(2, fairness);
        let mut held = semaphore.try_acquire().unwrap();
        let mut large = TestTask::new(semaphore.acquire_many(2));
        assert_pending!(large.poll());
        // There is never a moment at which both are free.
        for _ in 0..rounds {
            let Ok(next) = semaphore.try_acquire() else { break };
            held = next;
        }
        drop(held);
        let _others = [(); 2].map(|()| semaphore.try_acquire());
        assert_eq!(large.poll().is_ready(), served, "{fairness:?}");
    }
}

#[test]
fn a_bounded_queue_may_be_overtaken_too() {
    let mutex = BoundedMutex::with_fairness((), 1, Fairness::Unfair);
    let guard = mutex.try_lock().unwrap();
    let mut waits = TestTask::new(mutex.lock());
    assert_pending!(waits.poll());
    assert!(assert_ready!(TestTask::new(mutex.lock()).poll()).is_err(), "the queue is full");
    drop(guard);
    drop(assert_ready!(TestTask::new(mutex.lock()).poll()).unwrap());
    drop(assert_ready!(waits.poll()).unwrap());

    let semaphore = BoundedSemaphore::with_fairness(1, 1, Fairness::Unfair);
    let held = semaphore.try_acquire().unwrap();
    let mut waits = TestTask::new(semaphore.acquire());
    assert_pending!(waits.poll());
    drop(held);
    assert!(semaphore.try_acquire().is_ok());
    drop(assert_ready_ok!(waits.poll()));
}

#[test]
fn closing_sends_away_those_who_were_told() {
    for fairness in ALL {
        let semaphore = Semaphore::with_fairness(0, fairness);
        let mut waiting = [(); 3].map(|()| TestTask::new(semaphore.acquire_many(2)));
        for waits in &mut waiting {
            assert_pending!(waits.poll());
        }
        semaphore.add_permits(2);
        semaphore.close();
        let refused = waiting.iter_mut().filter(|waits| waits.is_woken()).map(|waits| waits.poll());
        let refused = refused.filter(|poll| matches!(poll, Poll::Ready(Err(_)))).count();
        assert_eq!(refused, if fairness == Fairness::Fifo { 2 } else { 3 }, "{fairness:?}");
    }
}

/// What a random program does.
#[derive(Clone, Copy, Debug)]
enum Op {
    Ask(u32),
    TryAsk(u32),
    Poll(usize),
    PollTheWoken,
    Cancel(usize),
    GiveBack(usize),
    Add(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..4_u32).prop_map(Op::Ask),
        2 => (0..4_u32).prop_map(Op::TryAsk),
        2 => (0..100_usize).prop_map(Op::Poll),
        2 => Just(Op::PollTheWoken),
        1 => (0..100_usize).prop_map(Op::Cancel),
        4 => (0..100_usize).prop_map(Op::GiveBack),
        1 => (0..2_u8).prop_map(Op::Add),
    ]
}

/// Somebody who waits, and what for.
type Waiting<'a> = (u32, TestTask<Acquire<'a>>);

/// Polls it, and says whether it waits on.
fn waits_on<'a>((want, task): &mut Waiting<'a>, held: &mut Vec<SemaphorePermit<'a>>) -> bool {
    let poll = task.poll();
    if let Poll::Ready(permit) = poll {
        let permit = permit.unwrap();
        assert_eq!(permit.num_permits(), *want as usize);
        held.push(permit);
        return false;
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn permits_are_neither_lost_nor_made_and_nobody_waits_for_what_is_there(
        which in 0..ALL.len(),
        ops in prop::collection::vec(op(), 1..120),
    ) {
        let fairness = ALL[which];
        let semaphore = Semaphore::with_fairness(3, fairness);
        let mut total = 3;
        let mut held = Vec::new();
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        for op in ops.into_iter().chain([Op::PollTheWoken]) {
            match op {
                Op::Ask(want) => {
                    let mut asks = (want, TestTask::new(semaphore.acquire_many(want)));
                    if waits_on(&mut asks, &mut held) {
                        waiting.push(asks);
                    }
                }
                Op::TryAsk(want) => held.extend(semaphore.try_acquire_many(want)),
                Op::Poll(n) if !waiting.is_empty() => {
                    let n = n % waiting.len();
                    if !waits_on(&mut waiting[n], &mut held) {
                        waiting.remove(n);
                    }
                }
                Op::PollTheWoken => {
                    while let Some(n) = waiting.iter().position(|(_, task)| task.is_woken()) {
                        if !waits_on(&mut waiting[n], &mut held) {
                            waiting.remove(n);
                        }
                    }
                    let free = total - held.iter().map(SemaphorePermit::num_permits).sum::<usize>();
                    let fits = |&(want, _): &Waiting<'_>| want as usize <= free;
                    // Nobody is left who could be served. A large one in front may hold up the others.
                    prop_assert!(!waiting.first().is_some_and(fits), "{free} are free");
                    prop_assert!(fairness != Fairness::Unfair || !waiting.iter().any(fits), "{free} are free");
                }
                Op::Cancel(n) if !waiting.is_empty() => drop(waiting.remove(n % waiting.len())),
                Op::GiveBack(n) if !held.is_empty() => drop(held.swap_remove(n % held.len())),
                Op::Add(n) => {
                    semaphore.add_permits(n.into());
                    total += usize::from(n);
                }
                Op::Poll(_) | Op::Cancel(_) | Op::GiveBack(_) => {}
            }
        }
        drop(waiting);
        drop(held);
        prop_assert_eq!(semaphore.available_permits(), total);
    }
}

/// What needs the test kit, and so `std`.
#[cfg(feature = "testing")]
mod with_the_kit {
    use std::future::poll_fn;
    use std::mem::ManuallyDrop;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
    use std::task::{Context, Poll};

    use anywhen::sync::{Fairness, Mutex, Semaphore};
    use anywhen::testing::{CountingWaker, Sim, TestTask, WakerEvent};
    use anywhen::time::{Duration, sleep};
    use anywhen::{assert_pending, assert_ready_ok, task};

    use super::{ALL, BOUND};

    #[test]
    fn the_front_is_served_before_the_waker_of_another_can_panic() {
        let semaphore = Semaphore::with_fairness(0, Fairness::Eventual);
        let mut front = TestTask::new(semaphore.acquire());
        assert_pending!(front.poll());
        let mut behind = pin!(semaphore.acquire());
        let quiet = CountingWaker::new().waker();
        assert_pending!(behind.as_mut().poll(&mut Context::from_waker(&quiet)));
        semaphore.add_permits(BOUND as usize + 1);
        for _ in 0..BOUND {
            semaphore.try_acquire().unwrap().forget();
        }
        // It would overtake once more, and so what is there goes to the front.
        let panics = CountingWaker::panicking(WakerEvent::Clone).waker();
        let polled = AssertUnwindSafe(|| behind.as_mut().poll(&mut Context::from_waker(&panics)).is_ready());
        assert!(catch_unwind(polled).is_err());
        assert_eq!(semaphore.available_permits(), 0);
        drop(assert_ready_ok!(front.poll()));
    }

    /// The shape of omicron#9259: a task holds a future that waits for the lock, does not poll it any more, and awaits the lock
    /// by another one. Says how often it gets it so.
    fn futurelock(fairness: Fairness, most: u32) -> u32 {
        let count = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&count);
        let stuck = Sim::builder().allow_leaks(true).build().block_on(async move {
            let mutex = Arc::new(Mutex::with_fairness((), fairness));
            let held = Arc::clone(&mutex).lock_owned().await;
            let task = task::spawn(async move {
                let mut forgotten = pin!(mutex.lock());
                assert!(poll_fn(|cx| Poll::Ready(forgotten.as_mut().poll(cx).is_pending())).await);
                for _ in 0..most {
                    drop(mutex.lock().await);
                    seen.fetch_add(1, Relaxed);
                }
            });
            sleep(Duration::from_secs(1)).await;
            drop(held);
            sleep(Duration::from_secs(1)).await;
            !task.is_finished()
        });
        let count = count.load(Relaxed);
        assert_eq!(stuck, count < most);
        count
    }

    #[test]
    fn a_futurelock_holds_up_everybody_at_once_or_later_or_never() {
        assert_eq!(futurelock(Fairness::Fifo, 1000), 0);
        assert_eq!(futurelock(Fairness::Eventual, 1000), BOUND);
        assert_eq!(futurelock(Fairness::Unfair, 1000), 1000);
    }

    #[test]
    fn a_waker_that_panics_when_it_is_told_keeps_nobody_else_from_it() {
        for fairness in ALL {
            let semaphore = Semaphore::with_fairness(0, fairness);
            let bad = CountingWaker::panicking(WakerEvent::Wake);
            let mut first = TestTask::with_waker(semaphore.acquire(), bad.clone());
            let mut second = TestTask::new(semaphore.acquire());
            assert_pending!(first.poll());
            assert_pending!(second.poll());
            assert!(catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(2))).is_err());
            assert!(second.is_woken(), "{fairness:?}");
            drop(assert_ready_ok!(second.poll()));
            bad.disarm();
            drop(assert_ready_ok!(first.poll()));
            assert_eq!(semaphore.available_permits(), 2);
        }
    }

    #[test]
    fn a_waker_that_panics_when_a_waiter_overtakes_neither_keeps_the_permit_nor_spoils_the_queue() {
        for fairness in [Fairness::Eventual, Fairness::Unfair] {
            let semaphore = Semaphore::with_fairness(0, fairness);
            let bad = CountingWaker::panicking(WakerEvent::Drop);
            let mut first = TestTask::new(semaphore.acquire());
            let mut last = TestTask::new(semaphore.acquire());
            assert_pending!(first.poll());
            {
                let mut middle = Box::pin(semaphore.acquire());
                let waker = ManuallyDrop::new(bad.waker());
                let mut cx = Context::from_waker(&waker);
                assert!(middle.as_mut().poll(&mut cx).is_pending());
                assert_pending!(last.poll());
                semaphore.add_permits(1);
                assert!(first.is_woken());
                // It has not been told, takes the permit all the same, and its waker is dropped.
                let polled = catch_unwind(AssertUnwindSafe(|| middle.as_mut().poll(&mut cx)));
                assert!(polled.is_err());
                bad.disarm();
            }
            drop(assert_ready_ok!(first.poll()));
            assert!(last.is_woken(), "{fairness:?}");
            drop(assert_ready_ok!(last.poll()));
            assert_eq!(semaphore.available_permits(), 1);
        }
    }

    #[test]
    fn a_waker_that_panics_where_a_permit_came_in_meanwhile_does_not_keep_it() {
        for fairness in ALL {
            let semaphore = Arc::new(Semaphore::with_fairness(0, fairness));
            let adds = Arc::clone(&semaphore);
            let once = AtomicBool::new(false);
            let bad = CountingWaker::hooked(move |event| match event {
                WakerEvent::Clone if !once.swap(true, Relaxed) => {
                    adds.add_permits(1);
                }
                WakerEvent::Drop if !std::thread::panicking() => panic!("a waker that panics"),
                _ => {}
            });
            let waker = ManuallyDrop::new(bad.waker());
            let mut asks = TestTask::new(semaphore.acquire());
            let polled = catch_unwind(AssertUnwindSafe(|| {
                pin!(semaphore.acquire()).poll(&mut Context::from_waker(&waker)).map(drop)
            }));
            assert!(polled.is_err());
            drop(assert_ready_ok!(asks.poll()));
            assert_eq!(semaphore.available_permits(), 1, "{fairness:?}");
        }
    }
}
