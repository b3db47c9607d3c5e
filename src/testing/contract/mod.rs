//! The contract between a future and whoever polls it, checked from the middle: [`ContractChecker`].

mod breach;
mod probe;
mod report;
mod subject;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::type_name;
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll};
use core::time::Duration;
use std::thread;
use std::time::Instant;

use futures_core::{FusedFuture, FusedStream, Stream};

pub use breach::{Breach, Finding};
use probe::LockProbe;
pub use report::{ContractCounts, ContractReport};
use subject::{Outcome, Setup, Subject};

use crate::internal::live::polled_after_completion;
use crate::internal::pin_project::pin_project;

pin_project! {
    /// Wraps a future or a stream and notices each [`Breach`] of the contract, by it or by the code around it.
    ///
    /// Put it around a future of yours, and poll that as you like (with [`TestTask`](super::TestTask), under any
    /// runtime, from several threads): what is checked is whether the future keeps and wakes the wakers that it is
    /// given. Put it around the children of a combinator, and what is checked is how the combinator treats them:
    /// whether it moves them, or polls on when they are done. Each checker judges what it wraps; to find which of
    /// several children uses an old waker, wrap each.
    ///
    /// Unless told where to [report to](Self::report_to), it panics with the list of what it found: at the end of the
    /// poll in which it noticed, or when it is dropped. Wakers never panic, whatever they notice.
    ///
    /// | breach | who broke the contract | noticed |
    /// |---|---|---|
    /// | [`PendingWithoutWaker`](Breach::PendingWithoutWaker) | the future | after a poll |
    /// | [`StaleWaker`](Breach::StaleWaker) | the future | after a poll, when it is completed, or by what happens to its wakers then |
    /// | [`WakerDropped`](Breach::WakerDropped) | the future, or what it waits for | when it happens |
    /// | [`WakeAfterCompletion`](Breach::WakeAfterCompletion) | the same | when it happens |
    /// | [`WakerKept`](Breach::WakerKept) | the same | after the drop |
    /// | [`WakerUnderLock`](Breach::WakerUnderLock) | the same | when it happens; locks that are not this crate's need a [probe](Self::lock_probe) |
    /// | [`WakeStorm`](Breach::WakeStorm) | the future | after 1,000 polls, or [as set](Self::storm_after) |
    /// | [`PollBlocked`](Breach::PollBlocked) | the future | after a poll, if a [bound](Self::poll_bound) is set |
    /// | [`MovedAfterPin`](Breach::MovedAfterPin) | the code around | at a poll, and at the drop |
    /// | [`PolledAfterReady`](Breach::PolledAfterReady) | the code around | at a poll |
    /// | [`SecondValue`](Breach::SecondValue) | the future | at a poll, if those are [passed on](Self::poll_on) |
    ///
    /// A future may have good reason for something in this list: `core::future::pending` never wants to be polled
    /// again; a lasting state may be asked again after it was ready; what borrows the place where it waits (a channel's
    /// `recv`, a stream's `next`) may leave its waker there when it is dropped; what hands back children that have not
    /// finished (`select`) gives its waker away with them; and work that yields now and then looks like a wake storm if
    /// there is enough of it. [`allow`](Self::allow) lets it.
    ///
    /// The future is given a waker of its own at every poll, which passes wakes on to that of the surrounding task and is
    /// never equal to the one before. What it gives, and when, is not changed. It is never `Unpin`, whatever the future
    /// is: to be moved once polled is what it watches for.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel safe as the future.
    ///
    /// # Panics
    ///
    /// When polled or dropped, with what it found, unless it [reports](Self::report_to). When it is polled after the
    /// future gave its value, unless that is [passed on](Self::poll_on). Where a thread is unwinding already it does
    /// not panic again.
    ///
    /// # Allocation
    ///
    /// One when it is made, and two at each poll.
    ///
    /// # Examples
    ///
    /// A timer written by hand that registers once, and forgets that the task may have another waker by the next poll:
    ///
    /// ```
    /// use anywhen::testing::{ContractChecker, TestTask};
    /// use std::future::poll_fn;
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// use std::task::{Poll, Waker};
    ///
    /// let mut registered: Option<Waker> = None;
    /// let faulty = poll_fn(move |cx| {
    ///     registered.get_or_insert_with(|| cx.waker().clone());
    ///     Poll::<()>::Pending
    /// });
    ///
    /// let mut task = TestTask::new(ContractChecker::new(faulty).named("my timer"));
    /// assert!(task.poll().is_pending());
    /// let panic = catch_unwind(AssertUnwindSafe(|| task.poll())).unwrap_err();
    /// let message = panic.downcast::<String>().unwrap();
    /// assert!(message.contains("`my timer` at poll 2"));
    /// assert!(message.contains("waker of an earlier poll used: it relies on the one of poll 1"));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ContractChecker<F> {
        // Gone only while the checker itself is dropped.
        #[pin]
        future: Option<F>,
        subject: Arc<Subject>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<F> PinnedDrop for ContractChecker<F> {
        fn drop(this: Pin<&mut Self>) {
            let address = address_of(&this);
            let mut this = this.project();
            let subject = &**this.subject;
            subject.dropped(address);
            this.future.set(None);
            if subject.live() > 0 {
                subject.setup.report.await_wakers_of(this.subject);
            }
            if subject.setup.panics {
                subject.setup.report.settle();
                tell(subject);
            }
        }
    }
}

impl<F> ContractChecker<F> {
    /// Wraps a future or a stream.
    pub fn new(future: F) -> Self {
        let setup = Setup {
            name: String::from(type_name::<F>()),
            report: ContractReport::new(),
            panics: true,
            probes: Vec::new(),
            allowed: Vec::new(),
            storm: 1000,
            bound: None,
            polls_on: false,
        };
        Self { future: Some(future), subject: Arc::new(Subject::new(setup)), pinned: PhantomPinned }
    }

    /// What to call it in the findings, instead of by its type.
    pub fn named(self, name: impl Into<String>) -> Self {
        self.with(|setup| setup.name = name.into())
    }

    /// Collects breaches in `report` instead of panicking.
    ///
    /// Many futures may report to one. The report also hears of what happens to wakers after the future is gone.
    pub fn report_to(self, report: &ContractReport) -> Self {
        self.with(|setup| {
            setup.report = report.clone();
            setup.panics = false;
        })
    }

    /// Does not count as breaches what `allowed` returns true for. It may be called more than once.
    ///
    /// `allowed` is called on the thread where the breach happens.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::{Breach, ContractChecker, TestTask};
    ///
    /// let never = ContractChecker::new(std::future::pending::<()>())
    ///     .allow(|breach| *breach == Breach::PendingWithoutWaker);
    /// assert!(TestTask::new(never).poll().is_pending());
    /// ```
    pub fn allow(self, allowed: impl Fn(&Breach) -> bool + Send + Sync + 'static) -> Self {
        self.with(|setup| setup.allowed.push(Box::new(allowed)))
    }

    /// Asks `is_locked` each time a waker is woken, cloned or dropped; the breach calls the lock `name`.
    ///
    /// It must not block. If other threads take the lock too, they may be the ones who hold it: use
    /// [`reentry_probe`](Self::reentry_probe) then.
    ///
    /// The locks inside of this crate need no probe, in builds with debug assertions.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::{Breach, ContractChecker, ContractReport, TestTask, WakerEvent};
    /// use std::future::poll_fn;
    /// use std::sync::{Arc, Mutex};
    /// use std::task::{Poll, Waker};
    ///
    /// let slot = Arc::new(Mutex::new(None::<Waker>));
    /// let probed = Arc::clone(&slot);
    /// let report = ContractReport::new();
    /// let careless = ContractChecker::new(poll_fn(|cx| {
    ///     slot.lock().unwrap().replace(cx.waker().clone());
    ///     Poll::<()>::Pending
    /// }))
    /// .lock_probe("the slot", move || probed.try_lock().is_err())
    /// .report_to(&report);
    ///
    /// assert!(TestTask::new(careless).poll().is_pending());
    /// let cloned = Breach::WakerUnderLock { event: WakerEvent::Clone, lock: "the slot".into() };
    /// assert!(report.breaches().contains(&cloned));
    /// # *slot.lock().unwrap() = None;
    /// ```
    pub fn lock_probe(self, name: impl Into<String>, is_locked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.with(|setup| setup.probes.push(LockProbe::look(name.into(), is_locked)))
    }

    /// Calls `call` on another thread each time a waker is woken, cloned or dropped, and takes a call that does not
    /// come back within `bound` for a sign that a lock is held; the breach calls the lock `name`.
    ///
    /// This is for objects whose locks cannot be asked: let `call` use the object in the way that a waker might, and
    /// such that it never waits for anything but the object's own lock. A call that hangs costs `bound` and a thread
    /// for as long as the lock is held, so after the first there are no more for wakes, clones or drops each. Be
    /// generous with `bound`: it must cover what a busy machine takes to start a thread. What calls take counts towards
    /// a [poll's](Self::poll_bound).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::{Breach, ContractChecker, ContractReport, TestTask, WakerEvent};
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let semaphore = Arc::new(anywhen::sync::Semaphore::new(0));
    /// let used = Arc::clone(&semaphore);
    /// let acquire = ContractChecker::new(semaphore.acquire())
    ///     .reentry_probe("the semaphore", Duration::from_secs(5), move || drop(used.try_acquire()));
    ///
    /// let mut task = TestTask::new(acquire);
    /// assert!(task.poll().is_pending());
    /// semaphore.add_permits(1);
    /// assert!(task.is_woken());
    /// ```
    pub fn reentry_probe(
        self,
        name: impl Into<String>,
        bound: Duration,
        call: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        self.with(|setup| setup.probes.push(LockProbe::reenter(name.into(), bound, call)))
    }

    /// After how many polls in a row that wake the task themselves, and give neither a value nor an item, there is a
    /// [`WakeStorm`](Breach::WakeStorm). 1,000 if not set.
    ///
    /// # Panics
    ///
    /// If `polls` is zero.
    pub fn storm_after(self, polls: usize) -> Self {
        assert!(polls > 0, "no poll is no storm");
        self.with(|setup| setup.storm = polls)
    }

    /// How long a poll may take before it is a [`PollBlocked`](Breach::PollBlocked). There is no bound if not set.
    ///
    /// It is real time, and on a busy machine any poll may take some milliseconds.
    pub fn poll_bound(self, bound: Duration) -> Self {
        self.with(|setup| setup.bound = Some(bound))
    }

    /// Passes polls after the end on to the future, to see what that does: it may panic, or be pending (a stream: say
    /// once more that it is over); if it gives anything else, that is a [`SecondValue`](Breach::SecondValue).
    ///
    /// If not set, such a poll does not reach the future: it is a [`PolledAfterReady`](Breach::PolledAfterReady), the
    /// checker of a future panics, and that of a stream says that it is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::testing::{ContractChecker, ContractReport, TestTask, Breach};
    /// use std::future::poll_fn;
    /// use std::task::Poll;
    ///
    /// let report = ContractReport::new();
    /// let again = ContractChecker::new(poll_fn(|_| Poll::Ready(1))).poll_on().report_to(&report);
    /// let mut task = TestTask::new(again);
    /// assert!(task.poll().is_ready());
    /// assert!(task.poll().is_ready());
    /// assert_eq!(report.breaches(), [Breach::SecondValue]);
    /// ```
    pub fn poll_on(self) -> Self {
        self.with(|setup| setup.polls_on = true)
    }

    /// The report, which is its own unless another was given.
    pub fn report(&self) -> ContractReport {
        self.subject.setup.report.clone()
    }

    fn with(mut self, set: impl FnOnce(&mut Setup)) -> Self {
        let subject = Arc::get_mut(&mut self.subject);
        // Wakers share it from the first poll on; before that, and it cannot be moved after it, nobody does.
        set(&mut subject.expect("a checker is set up before it is polled").setup);
        self
    }

    /// Does one poll; nothing if it was over, and the future is not to know that it was polled once more.
    fn check<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<T>,
        outcome: impl FnOnce(&Poll<T>) -> Outcome,
        gives: impl FnOnce(&Poll<T>) -> bool,
    ) -> Option<Poll<T>> {
        let address = address_of(&self);
        let this = self.project();
        let subject = &*this.subject;
        let over = subject.is_over();
        let future = this.future.as_pin_mut().expect("it is there until the checker is dropped");
        if over {
            subject.begin_after_end(address);
            if !subject.setup.polls_on {
                subject.record(Breach::PolledAfterReady);
                return None;
            }
            // Its own waker would tell of wakes after completion.
            let poll = poll(future, cx);
            if gives(&poll) {
                subject.record(Breach::SecondValue);
                tell(subject);
            }
            return Some(poll);
        }

        let waker = subject.next_waker(cx.waker().clone());
        subject.begin(address);
        let turn = Turn(subject);
        let began = subject.setup.bound.map(|bound| (bound, Instant::now()));
        let poll = waker.lend(|waker| poll(future, &mut Context::from_waker(waker)));
        if let Some((bound, began)) = began {
            let took = began.elapsed();
            if took > bound {
                subject.record(Breach::PollBlocked { took, bound });
            }
        }
        core::mem::forget(turn);
        subject.end(outcome(&poll));
        drop(waker);
        tell(subject);
        Some(poll)
    }
}

/// Ends a poll that panics.
struct Turn<'a>(&'a Subject);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.panicked();
    }
}

/// Panics with what has not been told yet, if that is how it is to be told and nothing panics already.
fn tell(subject: &Subject) {
    if subject.setup.panics && !thread::panicking() {
        if let Some(message) = subject.setup.report.tell() {
            panic!("{message}");
        }
    }
}

fn address_of<F>(checker: &Pin<&mut ContractChecker<F>>) -> usize {
    ptr::from_ref(&**checker).addr()
}

impl<F: Future> Future for ContractChecker<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let subject = Arc::clone(&self.subject);
        let outcome = |poll: &Poll<_>| if poll.is_ready() { Outcome::End } else { Outcome::Pending };
        self.check(cx, F::poll, outcome, Poll::is_ready).unwrap_or_else(|| {
            // This panic tells of it.
            subject.setup.report.tell();
            polled_after_completion("ContractChecker")
        })
    }
}

impl<S: Stream> Stream for ContractChecker<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let subject = Arc::clone(&self.subject);
        let outcome = |poll: &Poll<Option<_>>| match poll {
            Poll::Pending => Outcome::Pending,
            Poll::Ready(Some(_)) => Outcome::Item,
            Poll::Ready(None) => Outcome::End,
        };
        self.check(cx, S::poll_next, outcome, |poll| matches!(poll, Poll::Ready(Some(_)))).unwrap_or_else(|| {
            tell(&subject);
            Poll::Ready(None)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.future.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

/// Whether the future gave its value, or panicked.
impl<F: Future> FusedFuture for ContractChecker<F> {
    fn is_terminated(&self) -> bool {
        self.subject.is_over()
    }
}

/// Whether the stream came to its end, or panicked.
impl<S: Stream> FusedStream for ContractChecker<S> {
    fn is_terminated(&self) -> bool {
        self.subject.is_over()
    }
}

impl<F> fmt::Debug for ContractChecker<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractChecker")
            .field("name", &self.subject.setup.name)
            .field("report", &self.subject.setup.report)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, debug_assertions, not(anywhen_loom)))]
mod tests {
    use core::future::poll_fn;

    use super::*;
    use crate::internal::lock::Lock;
    use crate::testing::{TestTask, WakerEvent};

    #[test]
    fn an_internal_lock_is_noticed_without_a_probe() {
        let lock = Lock::new(());
        let report = ContractReport::new();
        let wakes = poll_fn(|cx| {
            lock.with(|()| cx.waker().wake_by_ref());
            Poll::<()>::Pending
        });
        assert!(TestTask::new(ContractChecker::new(wakes).report_to(&report)).poll().is_pending());
        let lock = String::from("an internal lock of anywhen");
        assert_eq!(report.breaches(), [Breach::WakerUnderLock { event: WakerEvent::Wake, lock }]);
    }
}
