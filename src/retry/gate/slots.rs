//! Gates with so many places: a call waits for one in a queue, but perhaps not for too long, and gives it back.
//!
//! Such a gate has [`Places`], and says what becomes of one that comes back.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::Refused;
use super::handle::{Admitted, Handle, Settles, Ticket};
use super::places::Places;
use super::queue::Place;
use crate::internal::pin_project::pin_project;
use crate::sync::observe::Site;
use crate::sync::raw::RawAcquire;
use crate::time::{Timeout, Timer, timeout_on};

/// A gate with places.
pub(super) trait Slots: Settles {
    type Timer: Timer;

    /// What those are told who find no place.
    const REFUSED: Refused;

    fn places(&self) -> &Places<Self::Timer>;

    /// A call has a place.
    fn ticket(&self) -> Ticket;
}

/// The place that the caller has got from the queue, as a pass.
#[inline]
fn admitted<H: Handle<Gate: Slots>>(handle: H) -> Admitted<H> {
    handle.gate().places().count_admitted();
    Admitted::new(handle, Ticket { generation: 0, started: None }).written(Slots::ticket)
}

fn refused<G: Slots>(gate: &G) -> Refused {
    gate.places().count_refused();
    G::REFUSED
}

/// A place, if there is one and nobody waits.
#[inline]
pub(super) fn try_acquire<H: Handle<Gate: Slots>>(handle: H) -> Result<Admitted<H>, Refused> {
    match handle.gate().places().queue.try_acquire(1) {
        Ok(()) => Ok(admitted(handle)),
        Err(_) => Err(refused(handle.gate())),
    }
}

pin_project! {
    /// Waits for a place.
    pub(super) struct Wait<H, T>
    where
        H: Handle<Gate: Slots>,
        T: Timer,
    {
        handle: H,
        #[pin]
        place: Timeout<InQueue<H>, T>,
    }
}

pin_project! {
    /// Waits for a place without end.
    struct InQueue<H>
    where
        H: Handle<Gate: Slots>,
    {
        name: &'static str,
        #[pin]
        place: RawAcquire<Place<H>>,
    }
}

impl<H, T> Wait<H, T>
where
    H: Handle<Gate: Slots<Timer = T>>,
    T: Timer,
{
    /// Users know it as `name`.
    #[inline]
    pub(super) fn new(handle: H, name: &'static str, site: Site) -> Self {
        let place = InQueue { name, place: RawAcquire::new(Place(handle.clone()), 1, site) };
        let places = handle.gate().places();
        let place = timeout_on(places.timer.clone(), places.max_wait, place);
        Self { handle, place }
    }

    #[inline]
    pub(super) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Admitted<H>, Refused>> {
        let this = self.project();
        Poll::Ready(match ready!(this.place.poll(cx)) {
            Ok(Ok(admitted)) => Ok(admitted),
            // The queue is full, or the time is up.
            Ok(Err(())) | Err(_) => Err(refused(this.handle.gate())),
        })
    }
}

impl<H: Handle<Gate: Slots>> Future for InQueue<H> {
    type Output = Result<Admitted<H>, ()>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.place.poll(cx, this.name).map(|answer| match answer {
            // A pass from here on, which gives the place back if the end of the timer panics.
            Ok((place, ..)) => Ok(admitted(place.0)),
            Err(_) => Err(()),
        })
    }
}

/// Declares the typed future over a [`Wait`], and what makes a gate with `places` a gate: all that they say alike.
///
/// It is a macro for the same reason as `sync`'s `acquire_future`: each is to have its own name and docs.
macro_rules! slot_future {
    ($(#[$meta:meta])* $name:ident of $gate:ident) => {
        $crate::internal::pin_project::pin_project! {
            $(#[$meta])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<H, T = Clock>
            where
                H: Handle<Gate = $gate<T>>,
                T: Timer,
            {
                #[pin]
                wait: Live<Wait<H, T>>,
            }
        }

        impl<H, T> $name<H, T>
        where
            H: Handle<Gate = $gate<T>>,
            T: Timer,
        {
            #[inline]
            fn new(handle: H, site: Site) -> Self {
                Self { wait: Live::new(Wait::new(handle, stringify!($name), site)) }
            }
        }

        impl<H, T> Future for $name<H, T>
        where
            H: Handle<Gate = $gate<T>>,
            T: Timer,
        {
            type Output = Result<Admitted<H>, Refused>;

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().wait.poll(stringify!($name), |wait| wait.poll(cx))
            }
        }

        impl<H, T> FusedFuture for $name<H, T>
        where
            H: Handle<Gate = $gate<T>>,
            T: Timer,
        {
            fn is_terminated(&self) -> bool {
                self.wait.is_over()
            }
        }

        impl<H, T> fmt::Debug for $name<H, T>
        where
            H: Handle<Gate = $gate<T>>,
            T: Timer,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.wait.debug(stringify!($name), f)
            }
        }

        impl<T: Timer> Kind for $gate<T> {
            type Admission<H: Handle<Gate = Self>> = $name<H, T>;
            type Pass<H: Handle<Gate = Self>> = Admitted<H>;

            #[inline]
            fn admission<H: Handle<Gate = Self>>(handle: H) -> $name<H, T> {
                $name::new(handle, Site::here())
            }
        }

        impl<T> $gate<T> {
            /// How many wait.
            ///
            /// The number may be another by the time it is looked at.
            pub fn waiters(&self) -> usize {
                self.places.queue.waiters()
            }

            /// How many calls were let through, and how many were turned away.
            pub fn metrics(&self) -> GateMetrics {
                self.places.metrics()
            }
        }

        impl<T: Timer> $gate<T> {
            /// Does `future` once there is a place for it.
            ///
            /// # Errors
            ///
            /// The future gives the error of the call, or what a call is told that finds no place.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses the place in the queue, or drops the call and gives its place back.
            #[inline]
            pub fn call<F: IntoFuture>(&self, future: F) -> Gated<&Self, F::IntoFuture> {
                Gated::new(self, future.into_future())
            }

            /// As [`call`](Self::call); the future keeps the gate alive.
            #[inline]
            pub fn call_owned<F: IntoFuture>(self: Arc<Self>, future: F) -> Gated<Arc<Self>, F::IntoFuture> {
                Gated::new(self, future.into_future())
            }

            /// Waits for a place; dropping what it gives gives it back.
            ///
            /// # Errors
            ///
            /// The future gives what a call is told that finds no place.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses the place in the queue, and nothing else.
            ///
            /// # Panics
            ///
            /// If the future is polled after it has given its result.
            #[inline]
            #[track_caller]
            pub fn acquire(&self) -> $name<&Self, T> {
                $name::new(self, Site::here())
            }

            /// As [`acquire`](Self::acquire); what it gives keeps the gate alive.
            #[inline]
            #[track_caller]
            pub fn acquire_owned(self: Arc<Self>) -> $name<Arc<Self>, T> {
                $name::new(self, Site::here())
            }

            /// Takes a place, if there is one and nobody waits.
            ///
            /// # Errors
            ///
            /// What a call is told that finds no place.
            #[inline]
            pub fn try_acquire(&self) -> Result<Admitted<&Self>, Refused> {
                slots::try_acquire(self)
            }

            /// As [`try_acquire`](Self::try_acquire); what it gives keeps the gate alive.
            ///
            /// # Errors
            ///
            /// What a call is told that finds no place.
            #[inline]
            pub fn try_acquire_owned(self: Arc<Self>) -> Result<Admitted<Arc<Self>>, Refused> {
                slots::try_acquire(self)
            }
        }
    };
}
pub(super) use slot_future;
