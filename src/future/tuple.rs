//! The slots of a tuple's futures, as [pairs in pairs](crate::internal::nested): how they are made, and emptied when all
//! are done. What is done with them in between is in the folder of each verb.

use core::pin::Pin;

use futures_core::TryFuture;

use super::into_future::IntoFuture as AsResult;
use super::{MaybeDone, slot};
use crate::internal::pinned::PinTuple;

/// Futures that have not been polled.
pub trait IntoSlots {
    /// Each of them in its slot.
    type Slots;

    /// Puts every future in its slot.
    fn into_slots(self) -> Self::Slots;
}

impl IntoSlots for () {
    type Slots = ();

    #[inline]
    fn into_slots(self) {}
}

impl<F: Future, R: IntoSlots> IntoSlots for (F, R) {
    type Slots = (MaybeDone<F>, R::Slots);

    #[inline]
    fn into_slots(self) -> Self::Slots {
        (MaybeDone::Future(self.0), self.1.into_slots())
    }
}

/// Futures that may fail, and have not been polled.
pub trait IntoTrySlots {
    /// Each of them in its slot.
    type Slots;

    /// Puts every future in its slot.
    fn into_try_slots(self) -> Self::Slots;
}

impl IntoTrySlots for () {
    type Slots = ();

    #[inline]
    fn into_try_slots(self) {}
}

impl<F: TryFuture, R: IntoTrySlots> IntoTrySlots for (F, R) {
    type Slots = (MaybeDone<AsResult<F>>, R::Slots);

    #[inline]
    fn into_try_slots(self) -> Self::Slots {
        (MaybeDone::Future(AsResult::new(self.0)), self.1.into_try_slots())
    }
}

/// The slots of futures that may fail.
pub trait TrySlots {
    /// What they give if none fails.
    type Oks;
    /// What they give if all fail.
    type Errors;

    /// Takes what they have given. None has failed.
    fn take_oks(self: Pin<&mut Self>) -> Self::Oks;

    /// Takes the errors. All have failed.
    fn take_errors(self: Pin<&mut Self>) -> Self::Errors;
}

impl TrySlots for () {
    type Oks = ();
    type Errors = ();

    #[inline]
    fn take_oks(self: Pin<&mut Self>) {}

    #[inline]
    fn take_errors(self: Pin<&mut Self>) {}
}

impl<F, T, E, R> TrySlots for (MaybeDone<F>, R)
where
    F: Future<Output = Result<T, E>>,
    R: TrySlots,
{
    type Oks = (T, R::Oks);
    type Errors = (E, R::Errors);

    #[inline]
    fn take_oks(self: Pin<&mut Self>) -> Self::Oks {
        let (first, rest) = self.pins();
        (slot::take_ok(first), rest.take_oks())
    }

    #[inline]
    fn take_errors(self: Pin<&mut Self>) -> Self::Errors {
        let (first, rest) = self.pins();
        (slot::take_err(first), rest.take_errors())
    }
}
