//! What a future works on until it is over, and law 6 in one place.
//!
//! Almost every future of the crate has the same life: it owns some state, it is polled until it gives a value, and then
//! it must never be polled again. [`Live`] is that life. Whatever ends a poll other than `Pending`, be it a value or a
//! panic, the state is dropped in place there and then: the losers of a race, the siblings of a failed child and a
//! future that panicked do not linger until somebody drops the whole. A stream has the same life, but for the items that it
//! gives on the way, and that it stays at `None` when it is over.

use core::fmt;
use core::pin::Pin;
#[cfg(feature = "std")]
use core::task::Context;
use core::task::Poll;

use crate::internal::pin_project::pin_project;

pin_project! {
    /// The state of a future or a stream, pinned, and gone once that is over.
    #[derive(Clone)]
    #[expect(missing_debug_implementations, reason = "the futures around it say what there is to say")]
    pub struct Live<S> {
        #[pin]
        state: Option<S>,
    }
}

impl<S> Live<S> {
    /// A future that is not over yet.
    #[inline]
    pub(crate) const fn new(state: S) -> Self {
        Self { state: Some(state) }
    }

    /// A future that is over from the start.
    #[inline]
    pub(crate) const fn over() -> Self {
        Self { state: None }
    }

    /// Whether a value was given, or a poll panicked.
    #[inline]
    pub(crate) const fn is_over(&self) -> bool {
        self.state.is_none()
    }

    /// The state, `None` if the future is over.
    #[inline]
    pub(crate) const fn state(&self) -> Option<&S> {
        self.state.as_ref()
    }

    /// The same, of what is not pinned.
    #[inline]
    pub(crate) const fn state_mut(&mut self) -> Option<&mut S> {
        self.state.as_mut()
    }

    /// The same, of what is pinned.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn state_pin(self: Pin<&mut Self>) -> Option<Pin<&mut S>> {
        self.project().state.as_pin_mut()
    }

    /// The state of a future that has not been polled yet, `None` if it is over.
    #[inline]
    pub(crate) fn into_state(self) -> Option<S> {
        self.state
    }

    /// Does one poll of the future called `name`: runs `pass` on the state, and drops the state unless that was
    /// `Pending`.
    ///
    /// # Panics
    ///
    /// If the future is over.
    #[inline]
    pub(crate) fn poll<T>(
        self: Pin<&mut Self>,
        name: &'static str,
        pass: impl FnOnce(Pin<&mut S>) -> Poll<T>,
    ) -> Poll<T> {
        let mut end = End(self.project().state);
        let Some(state) = end.0.as_mut().as_pin_mut() else { polled_after_completion(name) };
        let result = pass(state);
        if result.is_pending() {
            core::mem::forget(end);
        } else {
            // Not left to the end of the scope: if the destructor of a local panics there, the result leaks (rust#47949).
            drop(end);
        }
        result
    }

    /// As [`poll`](Self::poll), where most futures are over `at_once`: that gives the value, or says what there is to go on
    /// with, which is then done out of line.
    ///
    /// So where it gives the value nothing else can have happened, and what is found to be dropped then is mostly nothing.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn poll_at_once<T, R>(
        self: Pin<&mut Self>,
        name: &'static str,
        cx: &mut Context<'_>,
        at_once: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Result<T, R>,
        go_on: impl FnOnce(Pin<&mut S>, R, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let mut end = End(self.project().state);
        let Some(state) = end.0.as_mut().as_pin_mut() else { polled_after_completion(name) };
        match at_once(state, cx) {
            Ok(value) => {
                drop(end);
                Poll::Ready(value)
            }
            Err(rest) => {
                let mut result = Poll::Pending;
                end.go_on(|state| go_on(state, rest, cx), &mut result);
                result
            }
        }
    }

    /// As [`poll`](Self::poll), but hands the state back beside the value instead of dropping it.
    #[inline]
    pub(crate) fn poll_and_take<T>(
        self: Pin<&mut Self>,
        name: &'static str,
        pass: impl FnOnce(Pin<&mut S>) -> Poll<T>,
    ) -> Poll<(T, S)>
    where
        S: Unpin,
    {
        let mut end = End(self.project().state);
        let Some(state) = end.0.as_mut().as_pin_mut() else { polled_after_completion(name) };
        let result = pass(state);
        match result {
            Poll::Ready(value) => match end.0.take() {
                Some(state) => Poll::Ready((value, state)),
                None => unreachable!("`pass` cannot take the state"),
            },
            Poll::Pending => {
                core::mem::forget(end);
                Poll::Pending
            }
        }
    }

    /// Does one poll of a stream: runs `pass` on the state, and drops it at the end of the items, or if that panics. From
    /// then on there are none.
    #[inline]
    pub(crate) fn poll_next<T>(
        self: Pin<&mut Self>,
        pass: impl FnOnce(Pin<&mut S>) -> Poll<Option<T>>,
    ) -> Poll<Option<T>> {
        let mut end = End(self.project().state);
        let Some(state) = end.0.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let result = pass(state);
        if !matches!(result, Poll::Ready(None)) {
            core::mem::forget(end);
        }
        result
    }

    /// The `Debug` of a future called `name`, which asks nothing of the state.
    pub(crate) fn debug(&self, name: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name).field("is_terminated", &self.is_over()).finish_non_exhaustive()
    }
}

/// Drops the state, unless it is forgotten because the poll ended with `Pending`.
struct End<'a, S>(Pin<&'a mut Option<S>>);

#[cfg(feature = "std")]
impl<S> End<'_, S> {
    /// The rest of a poll. The result is not returned: of what comes back in registers the optimiser makes one with what was
    /// there at once, and then asks which it was.
    #[inline(never)]
    fn go_on<T>(mut self, pass: impl FnOnce(Pin<&mut S>) -> Poll<T>, result: &mut Poll<T>) {
        let Some(state) = self.0.as_mut().as_pin_mut() else { unreachable!("it is being polled") };
        *result = pass(state);
        if result.is_pending() {
            core::mem::forget(self);
        }
    }
}

impl<S> Drop for End<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// Gives the result once what is left beside it has been dropped. If that were left to the end of the scope in which the result is
/// made, a destructor that panics there would leak it (rust#47949).
#[inline]
pub(crate) fn dropping<D, T>(rest: D, result: T) -> T {
    drop(rest);
    result
}

/// The panic of law 6.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn polled_after_completion(name: &'static str) -> ! {
    panic!("`{name}` polled after completion")
}
