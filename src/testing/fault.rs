//! Futures and streams made to misbehave, or be treated badly, on purpose: [`Faulty`].

use alloc::sync::Arc;
use alloc::task::Wake;
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::thread;

use futures_core::{FusedFuture, FusedStream, Stream};

use super::Breach;
use crate::internal::pin_project::pin_project;
use crate::internal::rng;

pin_project! {
    /// Wraps a future or a stream and plants faults: in how it behaves, to test the code around it, and in how it is
    /// polled, to test itself.
    ///
    /// Without any fault it changes nothing, except that it is never `Unpin`. They can be combined:
    ///
    /// | to test whether | plant |
    /// |---|---|
    /// | the future minds polls without a wake | [`spurious_polls`](Self::spurious_polls) |
    /// | the future keeps to the latest waker | [`changing_wakers`](Self::changing_wakers) |
    /// | the code around copes with children that are ready in any order | [`random_pending`](Self::random_pending) |
    /// | the code around is whole after a child's panic | [`panic_at`](Self::panic_at) |
    /// | the code around is whole after a child's destructor has panicked | [`panic_in_drop`](Self::panic_in_drop) |
    /// | the code around leaves its children where they are | [`address_check`](Self::address_check) |
    ///
    /// To find breaches of the contract as well, put a [`ContractChecker`](super::ContractChecker) inside or around it.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// Polls and drops panic where that was planted. A drop does not while the thread unwinds already.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::future::join;
    /// use anywhen::testing::{Faulty, TestTask};
    /// use std::future::ready;
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    ///
    /// let both = join(Faulty::new(ready(1)).random_pending(0.5), Faulty::new(ready(2)).random_pending(0.5));
    /// assert!(TestTask::new(both).run_until_stalled().is_ready());
    ///
    /// let mut one_panics = TestTask::new(join(ready(1), Faulty::new(ready(2)).panic_at(1)));
    /// assert!(catch_unwind(AssertUnwindSafe(|| one_panics.poll())).is_err());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Faulty<F> {
        #[pin]
        inner: F,
        faults: Faults,
        // How often it was polled.
        polls: usize,
        // Where it was polled last, if that is of interest.
        home: Option<usize>,
        // The waker of the last poll, if they change.
        relay: Option<Arc<Relay>>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<F> PinnedDrop for Faulty<F> {
        fn drop(this: Pin<&mut Self>) {
            let address = address_of(&this);
            if !thread::panicking() {
                this.stays_at(address, true);
                assert!(!this.faults.panic_in_drop, "a planted panic: in drop");
            }
        }
    }
}

/// What is planted.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    spurious_polls: usize,
    /// In 2<sup>32</sup>ths; a probability below 1 fits.
    random_pending: u32,
    changing_wakers: bool,
    panic_at: Option<usize>,
    panic_in_drop: bool,
    address_check: bool,
}

impl<F> Faulty<F> {
    /// Wraps a future or a stream, without any fault as yet.
    pub fn new(inner: F) -> Self {
        Self { inner, faults: Faults::default(), polls: 0, home: None, relay: None, pinned: PhantomPinned }
    }

    /// Polls it up to `times` times more than it is polled, as long as it is pending.
    ///
    /// Nothing may change by that, but the time it takes.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::sync::Semaphore;
    /// use anywhen::testing::{Faulty, TestTask};
    ///
    /// let semaphore = Semaphore::new(0);
    /// let mut task = TestTask::new(Faulty::new(semaphore.acquire()).spurious_polls(3));
    /// assert!(task.poll().is_pending());
    /// semaphore.add_permits(1);
    /// assert_eq!(task.wakes(), 1);
    /// assert!(task.poll().is_ready());
    /// ```
    pub fn spurious_polls(self, times: usize) -> Self {
        self.with(|faults| faults.spurious_polls = times)
    }

    /// Returns `Pending` at random instead of polling it, after having woken the task so that it is polled again.
    ///
    /// `probability` is that of each poll. The choice is drawn from the generator of the thread, which a deterministic
    /// executor seeds.
    ///
    /// # Panics
    ///
    /// If `probability` is negative, not a number, or at least 1, with which it would never be ready.
    pub fn random_pending(self, probability: f64) -> Self {
        assert!((0.0..1.0).contains(&probability), "a probability must be at least 0, and here below 1");
        self.with(|faults| faults.random_pending = (probability * f64::from(u32::MAX)) as u32)
    }

    /// Polls it with a new waker every time, which passes wakes on to that of the task.
    ///
    /// What wakes a waker of an earlier poll does not reach the task: it would not, had the task really changed.
    ///
    /// # Allocation
    ///
    /// One at each poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::{Faulty, TestTask};
    /// use std::future::poll_fn;
    /// use std::sync::Mutex;
    /// use std::task::{Poll, Waker};
    ///
    /// let slot = Mutex::new(None::<Waker>);
    /// // It keeps the first waker that it gets.
    /// let keeps = poll_fn(|cx| {
    ///     slot.lock().unwrap().get_or_insert_with(|| cx.waker().clone());
    ///     Poll::<()>::Pending
    /// });
    /// let mut task = TestTask::new(Faulty::new(keeps).changing_wakers());
    /// assert!(task.poll().is_pending());
    /// assert!(task.poll().is_pending());
    /// slot.lock().unwrap().as_ref().unwrap().wake_by_ref();
    /// assert!(!task.is_woken());
    /// ```
    pub fn changing_wakers(self) -> Self {
        self.with(|faults| faults.changing_wakers = true)
    }

    /// Panics at the `n`-th poll, and does not poll it then. Polls are counted from 1.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    pub fn panic_at(self, n: usize) -> Self {
        assert!(n > 0, "polls are counted from 1");
        self.with(|faults| faults.panic_at = Some(n))
    }

    /// Panics when dropped. What it wraps is dropped all the same.
    pub fn panic_in_drop(self) -> Self {
        self.with(|faults| faults.panic_in_drop = true)
    }

    /// Remembers where it is polled, and panics when it is polled or dropped at another address.
    ///
    /// A [`ContractChecker`](super::ContractChecker) does the same, and collects what it finds if it is told to.
    pub fn address_check(self) -> Self {
        self.with(|faults| faults.address_check = true)
    }

    /// How often it was polled; what [`spurious_polls`](Self::spurious_polls) adds is not counted.
    pub fn polls(&self) -> usize {
        self.polls
    }

    fn with(mut self, plant: impl FnOnce(&mut Faults)) -> Self {
        plant(&mut self.faults);
        self
    }

    /// Panics if it was polled elsewhere.
    fn stays_at(&self, address: usize, dropped: bool) {
        if let Some(from) = self.home.filter(|&home| home != address) {
            panic!("{}", Breach::MovedAfterPin { from, to: address, dropped });
        }
    }

    /// Does one poll with `poll`, and what is planted beside it.
    fn poll_with<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(Pin<&mut F>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let address = address_of(&self);
        self.stays_at(address, false);
        let mut this = self.project();
        let faults = *this.faults;
        *this.polls += 1;
        if faults.address_check {
            *this.home = Some(address);
        }
        if faults.panic_at == Some(*this.polls) {
            panic!("a planted panic: at poll {}", this.polls);
        }
        if faults.random_pending > 0 && rng::below(u32::MAX) < faults.random_pending {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut result = Poll::Pending;
        for _ in 0..=faults.spurious_polls {
            result = if faults.changing_wakers {
                let waker = Relay::replace(this.relay, cx.waker());
                poll(this.inner.as_mut(), &mut Context::from_waker(&waker))
            } else {
                poll(this.inner.as_mut(), cx)
            };
            if result.is_ready() {
                *this.relay = None;
                break;
            }
        }
        result
    }
}

/// The waker of one poll.
struct Relay {
    task: Waker,
    /// Whether there was another poll since.
    stale: AtomicBool,
}

impl Relay {
    /// Makes the waker of the next poll, and the one before a stale one.
    fn replace(latest: &mut Option<Arc<Self>>, task: &Waker) -> Waker {
        let relay = Arc::new(Self { task: task.clone(), stale: AtomicBool::new(false) });
        if let Some(before) = latest.replace(Arc::clone(&relay)) {
            before.stale.store(true, Ordering::Relaxed);
        }
        Waker::from(relay)
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.stale.load(Ordering::Relaxed) {
            self.task.wake_by_ref();
        }
    }
}

fn address_of<F>(faulty: &Pin<&mut Faulty<F>>) -> usize {
    ptr::from_ref(&**faulty).addr()
}

impl<F: Future> Future for Faulty<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.poll_with(cx, F::poll)
    }
}

impl<S: Stream> Stream for Faulty<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_with(cx, S::poll_next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<F: FusedFuture> FusedFuture for Faulty<F> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl<S: FusedStream> FusedStream for Faulty<S> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl<F> fmt::Debug for Faulty<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("faults", &self.faults).field("polls", &self.polls).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use alloc::vec::Vec;
    use core::future::ready;

    use super::*;
    use crate::testing::TestTask;

    #[test]
    fn random_pending_follows_the_seed_of_the_thread() {
        let draw =
            || (0..64).map(|_| TestTask::new(Faulty::new(ready(())).random_pending(0.5)).poll()).collect::<Vec<_>>();
        rng::seed(3);
        let first = draw();
        rng::seed(3);
        assert_eq!(first, draw());
        assert_ne!(first, draw());
    }
}
