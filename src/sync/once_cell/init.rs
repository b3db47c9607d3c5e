//! The futures that compute the value of a cell, or wait for it.

use core::convert::Infallible;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::sync::observe::Site;
use crate::sync::once::{Claim, FREE, Once, SET};
use crate::sync::signal::{End, RawWait, Signal, Source};

/// Waits for the value, or for the right to set it.
struct Wanted<'a, T>(&'a Once<T>);

impl<T> Source for Wanted<'_, T> {
    #[inline]
    fn signal(&self) -> &Signal {
        &self.0.signal
    }

    #[inline]
    fn pass(&self, word: usize, _: usize) -> Option<usize> {
        if word & SET != 0 {
            Some(word)
        } else if word & FREE != 0 {
            Some(word & !FREE)
        } else {
            None
        }
    }

    fn pass_on(&self, _: bool) {
        self.0.signal.grant(End::Front, FREE);
    }
}

pin_project! {
    /// What both futures do.
    #[project = InitProjection]
    enum Init<'a, T, F, Fut> {
        Waits {
            #[pin]
            wait: RawWait<Wanted<'a, T>>,
            init: Option<F>,
        },
        // If it ends without a value, the future is dropped before the claim: the next one starts when this is gone.
        Runs {
            #[pin]
            future: Fut,
            claim: Option<Claim<'a, T>>,
        },
    }
}

impl<'a, T, F, Fut> Init<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future,
{
    #[inline]
    fn new(once: &'a Once<T>, init: F, site: Site) -> Self {
        Self::Waits { wait: RawWait::new(Wanted(once), site), init: Some(init) }
    }

    fn poll<E>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        result: impl Fn(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>> {
        loop {
            match self.as_mut().project() {
                InitProjection::Waits { mut wait, init } => {
                    ready!(wait.as_mut().poll(cx.waker(), "OnceCell"));
                    let once = wait.source().0;
                    if let Some(value) = once.get() {
                        return Poll::Ready(Ok(value));
                    }
                    // There is none, so it is the right to set it that we have got. From here on `claim` hands it on if
                    // anything goes wrong.
                    let claim = once.claimed();
                    let Some(init) = init.take() else { unreachable!("it is taken once, and the state left") };
                    let future = init();
                    self.set(Self::Runs { future, claim: Some(claim) });
                }
                InitProjection::Runs { future, claim } => {
                    let value = match result(ready!(future.poll(cx))) {
                        Ok(value) => value,
                        Err(error) => return Poll::Ready(Err(error)),
                    };
                    let Some(claim) = claim.take() else { unreachable!("it is taken at the end") };
                    return Poll::Ready(Ok(claim.set(value)));
                }
            }
        }
    }
}

pin_project! {
    /// Gives the value of a [`OnceCell`](super::OnceCell), and computes it if need be; from
    /// [`OnceCell::get_or_init`](super::OnceCell::get_or_init).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses its place in the queue, or drops its initialiser half way; then the next in the queue runs its
    /// own.
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOrInit<'a, T, F, Fut> {
        #[pin]
        live: Live<Init<'a, T, F, Fut>>,
    }
}

impl<'a, T, F, Fut> GetOrInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    #[inline]
    pub(super) fn new(once: &'a Once<T>, init: F, site: Site) -> Self {
        Self { live: Live::new(Init::new(once, init, site)) }
    }
}

impl<'a, T, F, Fut> Future for GetOrInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    type Output = &'a T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'a T> {
        let result = self.project().live.poll("GetOrInit", |init| init.poll(cx, Ok::<_, Infallible>));
        result.map(|result| match result {
            Ok(value) => value,
            Err(never) => match never {},
        })
    }
}

impl<T, F, Fut> FusedFuture for GetOrInit<'_, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

impl<T, F, Fut> fmt::Debug for GetOrInit<'_, T, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("GetOrInit", f)
    }
}

pin_project! {
    /// Gives the value of a [`OnceCell`](super::OnceCell), and tries to compute it if need be; from
    /// [`OnceCell::get_or_try_init`](super::OnceCell::get_or_try_init).
    ///
    /// # Cancel safety
    ///
    /// As for [`GetOrInit`].
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOrTryInit<'a, T, F, Fut> {
        #[pin]
        live: Live<Init<'a, T, F, Fut>>,
    }
}

impl<'a, T, E, F, Fut> GetOrTryInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    #[inline]
    pub(super) fn new(once: &'a Once<T>, init: F, site: Site) -> Self {
        Self { live: Live::new(Init::new(once, init, site)) }
    }
}

impl<'a, T, E, F, Fut> Future for GetOrTryInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<&'a T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().live.poll("GetOrTryInit", |init| init.poll(cx, |result| result))
    }
}

impl<T, E, F, Fut> FusedFuture for GetOrTryInit<'_, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    fn is_terminated(&self) -> bool {
        self.live.is_over()
    }
}

impl<T, F, Fut> fmt::Debug for GetOrTryInit<'_, T, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.debug("GetOrTryInit", f)
    }
}
