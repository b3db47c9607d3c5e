//! A semaphore of the tests' own whose permits are for one use, right or with one fault: what the laws over primitives must not accuse, and must catch.

use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::task::{Context, Poll, Waker};

use crate::arena::{Arena, Seat, Setting};
use crate::stage::panic_of;

/// What may be wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    WakesUnderItsLock,
    ClonesUnderItsLock,
    DropsUnderItsLock,
    LosesTheGrantOfWhoLeaves,
    KeepsWhoLeavesInTheQueue,
    /// It takes out a batch of wakers, and forgets that there may be more.
    ServesOneBatch,
    Allocates,
    /// A waker that panics keeps those after it from being served.
    StopsAtAPanic,
    /// A waker that panics when it is cloned leaves a waiter in the queue that is nobody's.
    QueuesBeforeItClones,
    WakesWhoCameWithFirst,
    ClonesAtEachPoll,
    WakesAll,
    KeepsWakers,
}

struct Toy {
    fault: Option<Fault>,
    state: Mutex<State>,
}

struct State {
    free: usize,
    used: usize,
    queue: VecDeque<Arc<Node>>,
}

#[derive(Default)]
struct Node {
    granted: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Toy {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// It looks whether it would hang, and does not.
    fn lock(&self) -> MutexGuard<'_, State> {
        match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(state)) => state.into_inner(),
            Err(TryLockError::WouldBlock) => panic!("called back under the lock"),
        }
    }

    /// Hands permits out under the lock, and wakes whoever has one then.
    fn release(&self, permits: usize) {
        let mut batch = [const { None }; 64];
        let limit = if self.has(Fault::ServesOneBatch) { 32 } else { batch.len() };
        let mut state = self.lock();
        state.free += permits;
        for place in batch.iter_mut().take(limit) {
            if state.free == 0 {
                break;
            }
            let Some(node) = state.queue.pop_front() else { break };
            state.free -= 1;
            *place = node.waker.lock().unwrap().take();
            node.granted.store(true, SeqCst);
        }
        let also = if self.has(Fault::WakesAll) { state.queue.iter().cloned().collect() } else { Vec::new() };
        let locked = self.has(Fault::WakesUnderItsLock).then_some(state);

        let mut panicked = None;
        for waker in batch.into_iter().flatten() {
            if self.has(Fault::KeepsWakers) {
                mem::forget(waker.clone());
            }
            if self.has(Fault::StopsAtAPanic) {
                waker.wake();
            } else {
                panicked = panic_of(|| waker.wake()).or(panicked);
            }
        }
        drop(locked);
        for node in also {
            let waker = node.waker.lock().unwrap().clone();
            waker.as_ref().inspect(|waker| waker.wake_by_ref());
        }
        if let Some(message) = panicked {
            panic!("{message}");
        }
    }
}

/// Waits for a permit, and uses it up. If it leaves before it has seen that it was granted one, it passes that on.
struct Wait {
    toy: Arc<Toy>,
    node: Arc<Node>,
    queued: bool,
    served: bool,
}

impl Wait {
    fn serve(&mut self, mut state: MutexGuard<'_, State>) -> Poll<()> {
        state.used += 1;
        self.served = true;
        Poll::Ready(())
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (toy, node) = (Arc::clone(&self.toy), Arc::clone(&self.node));
        if toy.has(Fault::Allocates) {
            black_box(Box::new(0_u8));
        }
        let mut state = toy.lock();
        if node.granted.load(SeqCst) {
            return self.serve(state);
        }
        if self.queued && toy.has(Fault::WakesWhoCameWithFirst) {
            return Poll::Pending;
        }
        let same = node.waker.lock().unwrap().as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if same && !toy.has(Fault::ClonesAtEachPoll) {
            return Poll::Pending;
        }
        if toy.has(Fault::QueuesBeforeItClones) && !self.queued {
            state.queue.push_back(Arc::clone(&node));
        }
        let mut locked = toy.has(Fault::ClonesUnderItsLock).then_some(state);
        let new = cx.waker().clone();
        let mut state = locked.take().unwrap_or_else(|| toy.lock());
        // Foreign code ran meanwhile, and may have done anything to the permits.
        if node.granted.load(SeqCst) {
            return self.serve(state);
        }
        if !self.queued && state.free > 0 && state.queue.is_empty() {
            state.free -= 1;
            return self.serve(state);
        }
        if !self.queued && !toy.has(Fault::QueuesBeforeItClones) {
            state.queue.push_back(Arc::clone(&node));
        }
        self.queued = true;
        let old = node.waker.lock().unwrap().replace(new);
        let locked = toy.has(Fault::DropsUnderItsLock).then_some(state);
        drop(old);
        drop(locked);
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut state = self.toy.lock();
        if self.queued && !self.toy.has(Fault::KeepsWhoLeavesInTheQueue) {
            state.queue.retain(|node| !Arc::ptr_eq(node, &self.node));
        }
        let lost = self.toy.has(Fault::LosesTheGrantOfWhoLeaves);
        let pass_on = self.node.granted.load(SeqCst) && !self.served && !lost;
        drop(state);
        // It may panic when it is dropped, so that comes last.
        let _waker = self.node.waker.lock().unwrap().take();
        if pass_on {
            self.toy.release(1);
        }
    }
}

fn arena(crowd: usize, fault: Option<Fault>) -> Arena {
    let state = State { free: 0, used: 0, queue: VecDeque::with_capacity(2 * crowd + 2) };
    let toy = Arc::new(Toy { fault, state: Mutex::new(state) });
    let (waits, releases, touched) = (Arc::clone(&toy), Arc::clone(&toy), Arc::clone(&toy));
    let wait = move |_: usize, seat: Seat| {
        let (toy, node) = (Arc::clone(&waits), Arc::default());
        let mut wait = Box::pin(Wait { toy, node, queued: false, served: false });
        async move {
            wait.as_mut().await;
            seat.keep(wait).await;
        }
    };
    // One first, and then the others.
    let mut given = 0;
    let release = move || {
        let all = if given == 0 { crowd.min(1) } else { crowd };
        releases.release(all - mem::replace(&mut given, all));
        all < crowd
    };
    let check = move || {
        let state = toy.lock();
        assert_eq!(state.free + state.used, crowd, "a permit is lost");
    };
    Arena::new::<Toy, _>("one first", crowd, wait).release(release).touch(move || touched.release(0)).check(check)
}

/// Without a fault.
pub(crate) const RIGHT: Setting = |crowd| arena(crowd, None);

/// With each of its faults, and what somebody must say of it.
pub(crate) fn with(fault: Fault) -> Setting {
    macro_rules! one_of {
        ($($name:ident)*) => { match fault { $(Fault::$name => |crowd| arena(crowd, Some(Fault::$name)),)* } };
    }
    one_of! {
        WakesUnderItsLock ClonesUnderItsLock DropsUnderItsLock LosesTheGrantOfWhoLeaves KeepsWhoLeavesInTheQueue
        ServesOneBatch Allocates StopsAtAPanic QueuesBeforeItClones WakesWhoCameWithFirst ClonesAtEachPoll WakesAll
        KeepsWakers
    }
}

/// Asserts that a law accepts the toy, and catches each of these faults with a message that says what it must.
pub(crate) fn assert_caught(law: fn(make: &dyn Fn() -> Arena), faults: &[(Fault, &str)]) {
    crate::arena::judge(&[RIGHT], law);
    for (fault, expected) in faults {
        let message = panic_of(|| crate::arena::judge(&[with(*fault)], law));
        let message = message.unwrap_or_else(|| panic!("{fault:?} is not caught"));
        assert!(message.contains(expected), "{fault:?} is caught for another reason:\n{message}");
    }
}
