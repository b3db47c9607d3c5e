//! The future of a call through a gate: admission, the call, and word to the gate of how it went.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{Gate, Outcome, Pass, Refused};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;
use crate::retry::strategy::AnyError;

/// Says of the result of a call what it tells of the other side; see [`Gated::failure_when`] and [`Gated::classify`].
pub trait Classify<T, E> {
    /// What `result` tells.
    fn classify(&mut self, result: &Result<T, E>) -> Outcome;
}

/// Every error is a failure: what goes where nothing else is said.
impl<T, E> Classify<T, E> for AnyError {
    #[inline]
    fn classify(&mut self, result: &Result<T, E>) -> Outcome {
        if result.is_ok() { Outcome::Success } else { Outcome::Failure }
    }
}

/// Some errors are failures; from [`Gated::failure_when`].
#[derive(Clone, Copy, Debug)]
pub struct FailureWhen<P>(P);

impl<T, E, P: FnMut(&E) -> bool> Classify<T, E> for FailureWhen<P> {
    #[inline]
    fn classify(&mut self, result: &Result<T, E>) -> Outcome {
        match result {
            Err(error) if (self.0)(error) => Outcome::Failure,
            _ => Outcome::Success,
        }
    }
}

/// A function says what results tell. Given to a pipeline it has to name the types of the result, for it is not known there what will
/// be called.
impl<T, E, F: FnMut(&Result<T, E>) -> Outcome> Classify<T, E> for F {
    #[inline]
    fn classify(&mut self, result: &Result<T, E>) -> Outcome {
        self(result)
    }
}

pin_project! {
    /// A call through a gate: it waits to be let through, does the call, and tells the gate how it went.
    ///
    /// `G` leads to the gate, `F` is the call, `C` says what its result tells of the other side. The call is not polled before
    /// it is let through; one that is turned away is dropped unpolled.
    ///
    /// # Errors
    ///
    /// It gives the result of the call; or [`Refused`], as the error that is made of it, if the gate turns it away.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses the place among those who wait for the gate, or drops the call. For the gate the call was then given
    /// up: what it had taken of the gate goes back, and it counts as no failure.
    ///
    /// # Allocation
    ///
    /// None.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the call has panicked. A panic of the call is a failure to the gate, and
    /// goes on to whoever polls.
    ///
    /// # Examples
    ///
    /// See [`Gate`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Gated<G: Gate, F, C = AnyError> {
        #[pin]
        course: Live<Course<G, G::Admission, G::Pass, F, C>>,
    }
}

pin_project! {
    struct Course<G, A, P, F, C> {
        gate: G,
        // From the first poll until it is let through.
        #[pin]
        admission: Option<A>,
        // Taken out when it is over. Before the pass: what the call holds is free when its place is.
        #[pin]
        call: Option<F>,
        // Since it was let through.
        pass: Option<P>,
        classify: C,
    }
}

impl<G: Gate, F> Gated<G, F> {
    /// The call `future` through `gate`. The gates of this crate have methods for it.
    ///
    /// # Examples
    ///
    /// See [`Gate`].
    #[inline]
    pub fn new(gate: G, future: F) -> Self {
        let course = Course { gate, admission: None, call: Some(future), pass: None, classify: AnyError };
        Self { course: Live::new(course) }
    }
}

impl<G: Gate, F, C> Gated<G, F, C> {
    /// Only errors of which `is_failure` says so are failures. With another error the other side has answered, which counts
    /// as a success: a "not found" does not open a circuit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Error, ErrorKind};
    ///
    /// use anywhen::retry::{Gate, Gated};
    ///
    /// fn read<G: Gate>(gate: G) -> impl Future<Output = Result<String, Error>> {
    ///     Gated::new(gate, async { Ok(String::new()) }).failure_when(|error: &Error| error.kind() != ErrorKind::NotFound)
    /// }
    /// ```
    #[inline]
    pub fn failure_when<E, P: FnMut(&E) -> bool>(self, is_failure: P) -> Gated<G, F, FailureWhen<P>> {
        self.classify_by(FailureWhen(is_failure))
    }

    /// `outcome` says what a result tells of the other side, if anything.
    ///
    /// # Examples
    ///
    /// An answer that says "overloaded" is a failure, though the call succeeded, and a request that was wrong tells nothing:
    ///
    /// ```
    /// use anywhen::retry::{CallError, Gate, Gated, Outcome};
    ///
    /// fn ask<G: Gate>(gate: G) -> impl Future<Output = Result<u16, CallError<String>>> {
    ///     Gated::new(gate, async { Ok(200) }).classify(|result| match result {
    ///         Ok(500..) | Err(_) => Outcome::Failure,
    ///         Ok(400..) => Outcome::Ignored,
    ///         Ok(_) => Outcome::Success,
    ///     })
    /// }
    /// ```
    #[inline]
    pub fn classify<T, E, P>(self, outcome: P) -> Gated<G, F, P>
    where
        P: FnMut(&Result<T, E>) -> Outcome,
    {
        self.classify_by(outcome)
    }

    /// `classify` says what a result tells of the other side: the form for classifiers with a name.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{CallError, Classify, Gate, Gated, Outcome};
    ///
    /// /// Nothing is a failure.
    /// struct Lenient;
    ///
    /// impl<T, E> Classify<T, E> for Lenient {
    ///     fn classify(&mut self, _: &Result<T, E>) -> Outcome {
    ///         Outcome::Success
    ///     }
    /// }
    ///
    /// struct Fetch<G: Gate, F> {
    ///     call: Gated<G, F, Lenient>,
    /// }
    ///
    /// fn fetch<G: Gate, F>(gate: G, future: F) -> Fetch<G, F> {
    ///     Fetch { call: Gated::new(gate, future).classify_by(Lenient) }
    /// }
    /// ```
    #[inline]
    pub fn classify_by<D>(self, classify: D) -> Gated<G, F, D> {
        let course = match self.course.into_state() {
            Some(Course { gate, admission, call, pass, .. }) => {
                Live::new(Course { gate, admission, call, pass, classify })
            }
            None => Live::over(),
        };
        Gated { course }
    }
}

impl<T, E, G, F, C> Future for Gated<G, F, C>
where
    G: Gate,
    F: Future<Output = Result<T, E>>,
    E: From<Refused>,
    C: Classify<T, E>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        self.project().course.poll("Gated", |course| course.poll(cx))
    }
}

impl<G: Gate, F, C> Course<G, G::Admission, G::Pass, F, C> {
    #[inline]
    fn poll<T, E>(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>>
    where
        F: Future<Output = Result<T, E>>,
        E: From<Refused>,
        C: Classify<T, E>,
    {
        let mut this = self.project();
        if this.pass.is_none() {
            if this.admission.is_none() {
                this.admission.set(Some(this.gate.admit()));
            }
            let Some(admission) = this.admission.as_mut().as_pin_mut() else { unreachable!("it has been asked for") };
            *this.pass = Some(ready!(admission.poll(cx))?);
            this.admission.set(None);
        }
        let Some(call) = this.call.as_mut().as_pin_mut() else { unreachable!("it stays until it is over") };
        let unsettled = Unsettled(this.pass);
        let Poll::Ready(result) = call.poll(cx) else {
            mem::forget(unsettled);
            return Poll::Pending;
        };
        this.call.set(None);
        let outcome = this.classify.classify(&result);
        unsettled.settle(outcome);
        Poll::Ready(result)
    }
}

/// The pass of a call that is being polled: if that panics, the call has failed.
struct Unsettled<'a, P: Pass>(&'a mut Option<P>);

impl<P: Pass> Unsettled<'_, P> {
    #[inline]
    fn settle(self, outcome: Outcome) {
        if let Some(pass) = self.0.take() {
            pass.settle(outcome);
        }
    }
}

impl<P: Pass> Drop for Unsettled<'_, P> {
    fn drop(&mut self) {
        if let Some(pass) = self.0.take() {
            pass.settle(Outcome::Failure);
        }
    }
}

impl<T, E, G, F, C> FusedFuture for Gated<G, F, C>
where
    G: Gate,
    F: Future<Output = Result<T, E>>,
    E: From<Refused>,
    C: Classify<T, E>,
{
    fn is_terminated(&self) -> bool {
        self.course.is_over()
    }
}

impl<G: Gate, F, C> fmt::Debug for Gated<G, F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.course.debug("Gated", f)
    }
}
