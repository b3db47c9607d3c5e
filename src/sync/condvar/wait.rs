//! The futures that wait for a condition.
//!
//! There is one wait, [`Waiting`]: queue, unlock, wait for a notification or until the time is up, lock again; and one loop
//! around it, [`Whiling`]. What has no limit waits for a time that never comes, [`Pending`], which is nothing at run time.

use core::fmt;
use core::future::{Future, Pending, pending};
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{Condvar, CondvarGuard};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::sync::observe::Site;
use crate::sync::signal::{Answer, RawWait};
#[cfg(feature = "std")]
use crate::time::{Clock, Duration, Timeout, Timer, timeout_on};

pin_project! {
    #[project = WaitingProjection]
    enum Waiting<'c, G: CondvarGuard> {
        Waits {
            #[pin]
            wait: RawWait<&'c Condvar>,
            mutex: G::Mutex,
            // Until the first poll.
            guard: Option<G>,
        },
        Locks {
            #[pin]
            lock: G::Lock,
            notice: Notice<'c>,
            notified: bool,
        },
    }
}

/// What is to be passed on if the lock is never had.
struct Notice<'c>(Option<&'c Condvar>);

impl Drop for Notice<'_> {
    fn drop(&mut self) {
        if let Some(condvar) = self.0 {
            condvar.notify_one();
        }
    }
}

impl<'c, G: CondvarGuard> Waiting<'c, G> {
    #[inline]
    fn new(condvar: &'c Condvar, guard: G, site: Site) -> Self {
        Self::Waits { wait: RawWait::new(condvar, site), mutex: guard.mutex(), guard: Some(guard) }
    }

    /// Gives the guard, and whether there was a notification before the time was up.
    fn poll(mut self: Pin<&mut Self>, limit: Pin<&mut impl Future>, cx: &mut Context<'_>) -> Poll<(G, bool)> {
        if let WaitingProjection::Waits { mut wait, mutex, guard } = self.as_mut().project() {
            let poll = wait.as_mut().poll(cx.waker(), "CondvarWait");
            // It is in the queue by now, and only now the lock is given up.
            drop(guard.take());
            let answer = match poll {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => ready!(limit.poll(cx).map(|_| None)),
            };
            let notice = Notice(matches!(answer, Some(Answer::Granted { .. })).then(|| *wait.source()));
            let lock = G::lock(mutex.clone(), wait.site());
            self.set(Self::Locks { lock, notice, notified: answer.is_some() });
        }
        let WaitingProjection::Locks { lock, notice, notified } = self.project() else {
            unreachable!("it has just been set, or was before")
        };
        let guard = ready!(lock.poll(cx));
        notice.0 = None;
        Poll::Ready((guard, *notified))
    }
}

pin_project! {
    struct Whiling<'c, G: CondvarGuard, F> {
        condvar: &'c Condvar,
        condition: F,
        site: Site,
        // One of the two is there.
        guard: Option<G>,
        #[pin]
        wait: Option<Waiting<'c, G>>,
    }
}

impl<'c, G, F> Whiling<'c, G, F>
where
    G: CondvarGuard + DerefMut,
    F: FnMut(&mut G::Target) -> bool,
{
    #[inline]
    fn new(condvar: &'c Condvar, guard: G, condition: F, site: Site) -> Self {
        Self { condvar, condition, site, guard: Some(guard), wait: None }
    }

    /// Gives the guard, and whether the condition was no longer true before the time was up.
    fn poll(self: Pin<&mut Self>, mut limit: Pin<&mut impl Future>, cx: &mut Context<'_>) -> Poll<(G, bool)> {
        let mut this = self.project();
        let mut in_time = true;
        loop {
            if let Some(wait) = this.wait.as_mut().as_pin_mut() {
                let (guard, notified) = ready!(wait.poll(limit.as_mut(), cx));
                this.wait.set(None);
                *this.guard = Some(guard);
                in_time = notified;
            }
            let Some(mut guard) = this.guard.take() else { unreachable!("who does not wait has the guard") };
            let done = !(this.condition)(&mut guard);
            if done || !in_time {
                return Poll::Ready((guard, done));
            }
            this.wait.set(Some(Waiting::new(this.condvar, guard, *this.site)));
        }
    }
}

pin_project! {
    /// Waits for a [`Condvar`] to be notified, and locks the mutex again; from [`Condvar::wait`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the lock and the place in the queue. A notification that was for it alone goes to the next.
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWait<'c, G: CondvarGuard> {
        #[pin]
        live: Live<Waiting<'c, G>>,
    }
}

impl<'c, G: CondvarGuard> CondvarWait<'c, G> {
    #[inline]
    pub(super) fn new(condvar: &'c Condvar, guard: G, site: Site) -> Self {
        Self { live: Live::new(Waiting::new(condvar, guard, site)) }
    }
}

impl<G: CondvarGuard> Future for CondvarWait<'_, G> {
    type Output = G;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G> {
        self.project()
            .live
            .poll("CondvarWait", |waiting| waiting.poll(Pin::new(&mut never()), cx))
            .map(|(guard, _)| guard)
    }
}

pin_project! {
    /// Waits while a condition is true of the data under a mutex; from [`Condvar::wait_while`].
    ///
    /// # Cancel safety
    ///
    /// As for [`CondvarWait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWaitWhile<'c, G: CondvarGuard, F> {
        #[pin]
        live: Live<Whiling<'c, G, F>>,
    }
}

impl<'c, G, F> CondvarWaitWhile<'c, G, F>
where
    G: CondvarGuard + DerefMut,
    F: FnMut(&mut G::Target) -> bool,
{
    #[inline]
    pub(super) fn new(condvar: &'c Condvar, guard: G, condition: F, site: Site) -> Self {
        Self { live: Live::new(Whiling::new(condvar, guard, condition, site)) }
    }
}

impl<G, F> Future for CondvarWaitWhile<'_, G, F>
where
    G: CondvarGuard + DerefMut,
    F: FnMut(&mut G::Target) -> bool,
{
    type Output = G;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G> {
        let live = self.project().live;
        live.poll("CondvarWaitWhile", |whiling| whiling.poll(Pin::new(&mut never()), cx)).map(|(guard, _)| guard)
    }
}

/// The limit of what has none.
fn never() -> Pending<()> {
    pending()
}

/// Whether a wait for a [`Condvar`] ended because the time was up; from [`Condvar::wait_timeout`] and its like.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

#[cfg(feature = "std")]
impl WaitTimeoutResult {
    /// Whether the time was up first.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

#[cfg(feature = "std")]
pin_project! {
    /// A wait, and when it is to end.
    struct Limited<W, T: Timer> {
        #[pin]
        wait: W,
        // Counted from the first poll on.
        #[pin]
        limit: Timeout<Pending<()>, T>,
    }
}

#[cfg(feature = "std")]
impl<W, T: Timer> Limited<W, T> {
    #[inline]
    fn new(wait: W, timer: T, duration: Duration) -> Self {
        Self { wait, limit: timeout_on(timer, duration, never()) }
    }
}

#[cfg(feature = "std")]
pin_project! {
    /// Waits for a [`Condvar`] to be notified, but not for too long, and locks the mutex again; from
    /// [`Condvar::wait_timeout`].
    ///
    /// # Cancel safety
    ///
    /// As for [`CondvarWait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWaitTimeout<'c, G: CondvarGuard, T: Timer = Clock> {
        #[pin]
        live: Live<Limited<Waiting<'c, G>, T>>,
    }
}

#[cfg(feature = "std")]
impl<'c, G: CondvarGuard, T: Timer> CondvarWaitTimeout<'c, G, T> {
    #[inline]
    pub(super) fn new(condvar: &'c Condvar, timer: T, guard: G, duration: Duration, site: Site) -> Self {
        Self { live: Live::new(Limited::new(Waiting::new(condvar, guard, site), timer, duration)) }
    }
}

#[cfg(feature = "std")]
impl<G: CondvarGuard, T: Timer> Future for CondvarWaitTimeout<'_, G, T> {
    type Output = (G, WaitTimeoutResult);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let pass = |limited: Pin<&mut Limited<Waiting<'_, G>, T>>| {
            let limited = limited.project();
            limited.wait.poll(limited.limit, cx)
        };
        let live = self.project().live;
        live.poll("CondvarWaitTimeout", pass).map(|(guard, in_time)| (guard, WaitTimeoutResult(!in_time)))
    }
}

#[cfg(feature = "std")]
pin_project! {
    /// Waits while a condition is true of the data under a mutex, but not for too long; from
    /// [`Condvar::wait_timeout_while`].
    ///
    /// # Cancel safety
    ///
    /// As for [`CondvarWait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWaitTimeoutWhile<'c, G: CondvarGuard, F, T: Timer = Clock> {
        #[pin]
        live: Live<Limited<Whiling<'c, G, F>, T>>,
    }
}

#[cfg(feature = "std")]
impl<'c, G, F, T> CondvarWaitTimeoutWhile<'c, G, F, T>
where
    G: CondvarGuard + DerefMut,
    F: FnMut(&mut G::Target) -> bool,
    T: Timer,
{
    #[inline]
    pub(super) fn new(condvar: &'c Condvar, timer: T, guard: G, duration: Duration, condition: F, site: Site) -> Self {
        Self { live: Live::new(Limited::new(Whiling::new(condvar, guard, condition, site), timer, duration)) }
    }
}

#[cfg(feature = "std")]
impl<G, F, T> Future for CondvarWaitTimeoutWhile<'_, G, F, T>
where
    G: CondvarGuard + DerefMut,
    F: FnMut(&mut G::Target) -> bool,
    T: Timer,
{
    type Output = (G, WaitTimeoutResult);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let pass = |limited: Pin<&mut Limited<Whiling<'_, G, F>, T>>| {
            let limited = limited.project();
            limited.wait.poll(limited.limit, cx)
        };
        let live = self.project().live;
        live.poll("CondvarWaitTimeoutWhile", pass).map(|(guard, in_time)| (guard, WaitTimeoutResult(!in_time)))
    }
}

impl<G: CondvarGuard> FusedFuture for CondvarWait<'_, G> {
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

impl<G, F> FusedFuture for CondvarWaitWhile<'_, G, F>
where
    Self: Future,
    G: CondvarGuard,
{
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

#[cfg(feature = "std")]
impl<G: CondvarGuard, T: Timer> FusedFuture for CondvarWaitTimeout<'_, G, T> {
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

#[cfg(feature = "std")]
impl<G, F, T> FusedFuture for CondvarWaitTimeoutWhile<'_, G, F, T>
where
    Self: Future,
    G: CondvarGuard,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

impl<G: CondvarGuard> fmt::Debug for CondvarWait<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("CondvarWait", f)
    }
}

impl<G: CondvarGuard, F> fmt::Debug for CondvarWaitWhile<'_, G, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("CondvarWaitWhile", f)
    }
}

#[cfg(feature = "std")]
impl<G: CondvarGuard, T: Timer> fmt::Debug for CondvarWaitTimeout<'_, G, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("CondvarWaitTimeout", f)
    }
}

#[cfg(feature = "std")]
impl<G: CondvarGuard, F, T: Timer> fmt::Debug for CondvarWaitTimeoutWhile<'_, G, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("CondvarWaitTimeoutWhile", f)
    }
}
