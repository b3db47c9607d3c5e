//! Tasks that share a few permits, hold them for a while, give up waiting, and are aborted wherever they are.
//!
//! Invariants: never more permits out than there are; nobody overtakes one who waits; no permit is lost, whoever goes when;
//! and everybody who stays is served.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Poll, Waker};

use anywhen::sync::{BoundedMutex, BoundedSemaphore, Fairness, Mutex, Semaphore};
use anywhen::testing::{Order, Sim};
use anywhen::time;

use super::{Dice, FAIRNESSES, caught, crowd, few_seeds, open, seeds, with_patience};

/// Whatever hands out permits.
pub(super) trait Permits: Clone + Send + Sync + 'static {
    /// For how many permits a task may ask.
    fn wish(dice: &mut Dice, total: usize) -> usize {
        1 + dice.below(total as u64) as usize
    }

    /// The permits, held until the value is dropped; none if the queue is full.
    fn acquire(&self, want: usize) -> impl Future<Output = Option<impl Send>> + Send;
}

impl Permits for Arc<Mutex<()>> {
    async fn acquire(&self, _: usize) -> Option<impl Send> {
        Some(self.lock().await)
    }
}

impl Permits for Arc<BoundedMutex<()>> {
    async fn acquire(&self, _: usize) -> Option<impl Send> {
        self.lock().await.ok()
    }
}

impl Permits for Arc<Semaphore> {
    async fn acquire(&self, want: usize) -> Option<impl Send> {
        Some(self.acquire_many(u32::try_from(want).unwrap()).await.unwrap())
    }
}

impl Permits for Arc<BoundedSemaphore> {
    async fn acquire(&self, want: usize) -> Option<impl Send> {
        self.acquire_many(u32::try_from(want).unwrap()).await.ok()
    }
}

/// What is expected of them.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) total: usize,
    pub(super) fairness: Fairness,
    pub(super) max_waiters: usize,
}

impl Rules {
    pub(super) const fn of(total: usize) -> Self {
        Self { total, fairness: Fairness::Fifo, max_waiters: usize::MAX }
    }
}

/// Who waits and who holds, as seen from outside.
#[derive(Default)]
struct Book {
    out: usize,
    /// Number and wish of each, in the order in which they began to wait.
    waiting: VecDeque<(u32, usize)>,
    next: u32,
    served: u32,
}

type Shared = Arc<StdMutex<Book>>;

/// A place in the queue, until it is dropped.
struct Place {
    book: Shared,
    number: u32,
}

impl Drop for Place {
    fn drop(&mut self) {
        let number = self.number;
        open(&self.book).waiting.retain(|waiting| waiting.0 != number);
    }
}

/// Permits that are out, until it is dropped.
struct Out {
    book: Shared,
    count: usize,
}

impl Drop for Out {
    fn drop(&mut self) {
        open(&self.book).out -= self.count;
    }
}

/// Acquires, and checks that it was this task's turn, that there were so many permits, and that who was refused had to be.
async fn acquire<P: Permits>(permits: &P, want: usize, rules: Rules, book: &Shared) -> Option<(Out, impl Send)> {
    let mut acquire = pin!(permits.acquire(want));
    let mut place = None;
    let permit = poll_fn(|cx| {
        // It begins to wait when it is first polled, and not before.
        let place = place.get_or_insert_with(|| {
            let mut entry = open(book);
            let number = entry.next;
            entry.next += 1;
            entry.waiting.push_back((number, want));
            Place { book: book.clone(), number }
        });
        let polled = acquire.as_mut().poll(cx);
        let mut book = open(book);
        match &polled {
            Poll::Ready(Some(_)) => {
                book.out += want;
                // Those before it in the queue may not have been polled yet, but they have theirs.
                let before =
                    book.waiting.iter().take_while(|waiting| waiting.0 != place.number).map(|waiting| waiting.1);
                let before = if rules.fairness == Fairness::Fifo { before.sum() } else { 0 };
                let out = book.out + before;
                assert!(
                    out <= rules.total,
                    "{out} permits are out, of {}, or {want} were had out of turn",
                    rules.total
                );
                book.served += 1;
            }
            Poll::Ready(None) => assert!(book.waiting.len() > rules.max_waiters, "there was room in the queue"),
            Poll::Pending => {}
        }
        drop(book);
        polled
    })
    .await;
    drop(place);
    permit.map(|permit| (Out { book: book.clone(), count: want }, permit))
}

pub(super) async fn scenario<P: Permits>(sim: Sim, permits: P, rules: Rules) {
    let mut dice = Dice::of(&sim);
    let book = Shared::default();
    let count = 3 + dice.below(3);
    crowd(&mut dice, count, |mut dice| {
        let (permits, book) = (permits.clone(), book.clone());
        async move {
            for _ in 0..1 + dice.below(3) {
                let want = P::wish(&mut dice, rules.total);
                let acquire = acquire(&permits, want, rules, &book);
                // Dropped backwards, so that the book is never ahead of the permits.
                if let Some((out, permit)) = with_patience(&mut dice, acquire).await.flatten() {
                    time::sleep(dice.millis(5)).await;
                    drop(out);
                    drop(permit);
                }
            }
        }
    })
    .await;
    // All of them come back, and nobody is left in the queue.
    let all = acquire(&permits, rules.total, rules, &book).await;
    assert!(all.is_some());
    assert_eq!(open(&book).waiting.len(), 0);
    drop(all);
}

#[test]
fn a_mutex_whose_waiters_are_cancelled() {
    seeds().check(|sim| scenario(sim, Arc::new(Mutex::new(())), Rules::of(1)));
    let pct = seeds().iterations(1000).order(Order::Pct { depth: 3 });
    pct.check(|sim| scenario(sim, Arc::new(Mutex::new(())), Rules::of(1)));
}

#[test]
fn a_semaphore_that_is_asked_for_many_permits_and_whose_waiters_are_cancelled() {
    seeds().check(|sim| scenario(sim, Arc::new(Semaphore::new(3)), Rules::of(3)));
    let lifo = seeds().iterations(1000).order(Order::Lifo);
    lifo.check(|sim| scenario(sim, Arc::new(Semaphore::new(3)), Rules::of(3)));
}

#[test]
fn a_mutex_that_may_be_overtaken() {
    for fairness in FAIRNESSES {
        let rules = Rules { fairness, ..Rules::of(1) };
        few_seeds().check(|sim| scenario(sim, Arc::new(Mutex::with_fairness((), fairness)), rules));
    }
}

#[test]
fn a_semaphore_that_may_be_overtaken() {
    for fairness in FAIRNESSES {
        let rules = Rules { fairness, ..Rules::of(3) };
        few_seeds().check(|sim| scenario(sim, Arc::new(Semaphore::with_fairness(3, fairness)), rules));
    }
}

#[test]
fn a_mutex_whose_queue_has_a_limit() {
    for fairness in FAIRNESSES {
        let rules = Rules { fairness, max_waiters: 2, ..Rules::of(1) };
        few_seeds().check(|sim| scenario(sim, Arc::new(BoundedMutex::with_fairness((), 2, fairness)), rules));
    }
}

#[test]
fn a_semaphore_whose_queue_has_a_limit() {
    for fairness in FAIRNESSES {
        let rules = Rules { fairness, max_waiters: 2, ..Rules::of(3) };
        few_seeds().check(|sim| scenario(sim, Arc::new(BoundedSemaphore::with_fairness(3, 2, fairness)), rules));
    }
}

/// A semaphore with a fault, one at a time.
struct Toy<const FAULT: u8> {
    state: Arc<StdMutex<State>>,
}

/// Whoever comes when there are enough permits gets them, whoever waits.
const OVERTAKES: u8 = 0;
/// A waiter that goes after its grant keeps it.
const LOSES_GRANTS: u8 = 1;
/// Who gives back more than one gives back one too many.
const MISCOUNTS: u8 = 2;
/// None of them, for once.
const SOUND: u8 = 3;

struct State {
    free: usize,
    next: u64,
    queue: VecDeque<(u64, usize, Waker)>,
    granted: Vec<u64>,
}

impl<const FAULT: u8> Clone for Toy<FAULT> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone() }
    }
}

struct ToyPermit<const FAULT: u8>(Toy<FAULT>, usize);

impl<const FAULT: u8> Drop for ToyPermit<FAULT> {
    fn drop(&mut self) {
        self.0.give_back(self.1 + usize::from(FAULT == MISCOUNTS && self.1 > 1));
    }
}

/// A ticket that is not done yet.
struct Ticket<'a, const FAULT: u8>(&'a Toy<FAULT>, Option<u64>, usize);

impl<const FAULT: u8> Drop for Ticket<'_, FAULT> {
    fn drop(&mut self) {
        let Some(ticket) = self.1 else { return };
        let mut state = self.0.state.lock().unwrap();
        state.queue.retain(|waiter| waiter.0 != ticket);
        let had_grant = state.granted.contains(&ticket);
        state.granted.retain(|&granted| granted != ticket);
        drop(state);
        let lost = FAULT == LOSES_GRANTS;
        self.0.give_back(if had_grant && !lost { self.2 } else { 0 });
    }
}

impl<const FAULT: u8> Toy<FAULT> {
    fn of(total: usize) -> Self {
        let state = State { free: total, next: 0, queue: VecDeque::new(), granted: Vec::new() };
        Self { state: Arc::new(StdMutex::new(state)) }
    }

    fn give_back(&self, count: usize) {
        let mut woken = Vec::new();
        let mut state = self.state.lock().unwrap();
        state.free += count;
        while let Some(&(ticket, want, _)) = state.queue.front() {
            if want > state.free {
                break;
            }
            state.free -= want;
            state.granted.push(ticket);
            woken.extend(state.queue.pop_front().map(|waiter| waiter.2));
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl<const FAULT: u8> Permits for Toy<FAULT> {
    async fn acquire(&self, want: usize) -> Option<impl Send> {
        let mut ticket = Ticket(self, None, want);
        poll_fn(|cx| {
            let mut state = self.state.lock().unwrap();
            match ticket.1 {
                None if state.free >= want && (state.queue.is_empty() || FAULT == OVERTAKES) => {
                    state.free -= want;
                    Poll::Ready(())
                }
                None => {
                    let own = state.next;
                    state.next += 1;
                    state.queue.push_back((own, want, cx.waker().clone()));
                    ticket.1 = Some(own);
                    Poll::Pending
                }
                Some(own) if state.granted.contains(&own) => {
                    state.granted.retain(|&granted| granted != own);
                    ticket.1 = None;
                    Poll::Ready(())
                }
                Some(_) => Poll::Pending,
            }
        })
        .await;
        Some(ToyPermit(self.clone(), want))
    }
}

async fn toy<const FAULT: u8>(sim: Sim, total: usize) {
    scenario(sim, Toy::<FAULT>::of(total), Rules::of(total)).await;
}

#[test]
fn planted_faults_are_found() {
    let lost = caught(|runs| runs.check(|sim| toy::<LOSES_GRANTS>(sim, 1)));
    assert!(lost.contains("deadlock"), "{lost}");
    let lost = caught(|runs| runs.check(|sim| toy::<LOSES_GRANTS>(sim, 3)));
    assert!(lost.contains("deadlock"), "{lost}");
    let miscounted = caught(|runs| runs.check(|sim| toy::<MISCOUNTS>(sim, 3)));
    assert!(miscounted.contains("a task found a fault"), "{miscounted}");
    let overtaken = caught(|runs| runs.check(|sim| toy::<OVERTAKES>(sim, 3)));
    assert!(overtaken.contains("a task found a fault"), "{overtaken}");
}

#[test]
fn a_toy_without_a_fault_is_not_accused() {
    few_seeds().check(|sim| toy::<SOUND>(sim, 1));
    few_seeds().check(|sim| toy::<SOUND>(sim, 3));
}
