//! The futures that wait for a condition.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;
use pin_project_lite::pin_project;

use super::Condvar;
use crate::internal::live::Live;
use crate::sync::mutex::{Lock, Mutex, MutexGuard};
use crate::sync::signal::{Answer, RawWait};

pin_project! {
    #[project = WaitingProjection]
    enum Waiting<'c, 'a, T: ?Sized> {
        Waits {
            #[pin]
            wait: RawWait<&'c Condvar>,
            mutex: &'a Mutex<T>,
            // Until the first poll.
            guard: Option<MutexGuard<'a, T>>,
        },
        Locks {
            #[pin]
            lock: Lock<'a, T>,
            notice: Notice<'c>,
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

pin_project! {
    /// Waits for a [`Condvar`] to be notified, and locks the mutex again; from [`Condvar::wait`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the lock and the place in the queue. A notification that was for it alone goes to the next.
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWait<'c, 'a, T: ?Sized> {
        #[pin]
        live: Live<Waiting<'c, 'a, T>>,
    }
}

impl<'c, 'a, T: ?Sized> CondvarWait<'c, 'a, T> {
    #[inline]
    pub(super) fn new(condvar: &'c Condvar, guard: MutexGuard<'a, T>) -> Self {
        let mutex = MutexGuard::mutex(&guard);
        Self { live: Live::new(Waiting::Waits { wait: RawWait::new(condvar), mutex, guard: Some(guard) }) }
    }
}

impl<'a, T: ?Sized> Waiting<'_, 'a, T> {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<MutexGuard<'a, T>> {
        loop {
            match self.as_mut().project() {
                WaitingProjection::Waits { mut wait, mutex, guard } => {
                    let poll = wait.as_mut().poll(cx.waker(), "CondvarWait");
                    // It is in the queue by now, and only now the lock is given up.
                    drop(guard.take());
                    let answer = ready!(poll);
                    let condvar = matches!(answer, Answer::Granted { .. }).then(|| *wait.source());
                    let lock = mutex.lock();
                    self.set(Self::Locks { lock, notice: Notice(condvar) });
                }
                WaitingProjection::Locks { lock, notice } => {
                    let guard = ready!(lock.poll(cx));
                    notice.0 = None;
                    return Poll::Ready(guard);
                }
            }
        }
    }
}

impl<'a, T: ?Sized> Future for CondvarWait<'_, 'a, T> {
    type Output = MutexGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().live.poll("CondvarWait", |waiting| waiting.poll(cx))
    }
}

impl<T: ?Sized> FusedFuture for CondvarWait<'_, '_, T> {
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

impl<T: ?Sized> fmt::Debug for CondvarWait<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("CondvarWait", f)
    }
}

pin_project! {
    /// Waits while a condition is true of the data under a mutex; from [`Condvar::wait_while`].
    ///
    /// # Cancel safety
    ///
    /// As for [`CondvarWait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWaitWhile<'c, 'a, T: ?Sized, F> {
        #[pin]
        live: Live<Whiling<'c, 'a, T, F>>,
    }
}

pin_project! {
    struct Whiling<'c, 'a, T: ?Sized, F> {
        condvar: &'c Condvar,
        condition: F,
        // One of the two is there.
        guard: Option<MutexGuard<'a, T>>,
        #[pin]
        wait: Option<CondvarWait<'c, 'a, T>>,
    }
}

impl<'c, 'a, T: ?Sized, F: FnMut(&mut T) -> bool> CondvarWaitWhile<'c, 'a, T, F> {
    #[inline]
    pub(super) fn new(condvar: &'c Condvar, guard: MutexGuard<'a, T>, condition: F) -> Self {
        Self { live: Live::new(Whiling { condvar, condition, guard: Some(guard), wait: None }) }
    }
}

impl<'a, T: ?Sized, F: FnMut(&mut T) -> bool> Whiling<'_, 'a, T, F> {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<MutexGuard<'a, T>> {
        let mut this = self.project();
        loop {
            if let Some(wait) = this.wait.as_mut().as_pin_mut() {
                let guard = ready!(wait.poll(cx));
                this.wait.set(None);
                *this.guard = Some(guard);
            }
            let Some(mut guard) = this.guard.take() else { unreachable!("who does not wait has the guard") };
            if !(this.condition)(&mut guard) {
                return Poll::Ready(guard);
            }
            this.wait.set(Some(this.condvar.wait(guard)));
        }
    }
}

impl<'a, T: ?Sized, F: FnMut(&mut T) -> bool> Future for CondvarWaitWhile<'_, 'a, T, F> {
    type Output = MutexGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().live.poll("CondvarWaitWhile", |whiling| whiling.poll(cx))
    }
}

impl<T: ?Sized, F: FnMut(&mut T) -> bool> FusedFuture for CondvarWaitWhile<'_, '_, T, F> {
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

impl<T: ?Sized, F> fmt::Debug for CondvarWaitWhile<'_, '_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("CondvarWaitWhile", f)
    }
}
