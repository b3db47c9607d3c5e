//! What joins do with a [`MaybeDone`]: the steps shared by tuples, arrays and macros.
//!
//! None of these heeds a panic of the child's. Whoever drives slots drops all of them if one comes through.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::MaybeDone;

/// Polls the child in the slot, unless it is done.
#[inline]
pub fn poll<F: Future>(slot: Pin<&mut MaybeDone<F>>, cx: &mut Context<'_>) -> Poll<()> {
    slot.poll_slot(cx)
}

/// As [`poll`], but hands an error out instead of keeping it.
#[inline]
pub fn try_poll<F, T, E>(mut slot: Pin<&mut MaybeDone<F>>, cx: &mut Context<'_>) -> Poll<Result<(), E>>
where
    F: Future<Output = Result<T, E>>,
{
    if poll(slot.as_mut(), cx).is_pending() {
        return Poll::Pending;
    }
    match slot.as_mut().output_mut() {
        Some(Err(_)) => Poll::Ready(take(slot).map(drop)),
        _ => Poll::Ready(Ok(())),
    }
}

/// Takes the output of a child that is known to be done.
#[inline]
pub fn take<F: Future>(slot: Pin<&mut MaybeDone<F>>) -> F::Output {
    match slot.take_output() {
        Some(output) => output,
        None => unreachable!("the child is done"),
    }
}

/// Takes the output of a child that is known to be done, and not to have failed.
#[inline]
pub fn take_ok<F, T, E>(slot: Pin<&mut MaybeDone<F>>) -> T
where
    F: Future<Output = Result<T, E>>,
{
    match take(slot) {
        Ok(output) => output,
        Err(_) => unreachable!("an error ends the pass that finds it"),
    }
}
