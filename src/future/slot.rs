//! What joins, settles and races for success do with a [`MaybeDone`]: the steps shared by tuples, arrays and macros.
//!
//! None of these heeds a panic of the child's. Whoever drives slots drops all of them if one comes through.

use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

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

/// As [`poll`], but hands out what a child gives that does not fail, and nothing for one that has failed.
#[inline]
pub(super) fn poll_ok<F, T, E>(mut slot: Pin<&mut MaybeDone<F>>, cx: &mut Context<'_>) -> Poll<Option<T>>
where
    F: Future<Output = Result<T, E>>,
{
    if poll(slot.as_mut(), cx).is_pending() {
        return Poll::Pending;
    }
    match slot.as_mut().output_mut() {
        Some(Ok(_)) => Poll::Ready(take(slot).ok()),
        _ => Poll::Ready(None),
    }
}

/// As [`poll`], and tells of a child that fails, once.
#[inline]
pub(super) fn poll_and_judge<F, T, E>(mut slot: Pin<&mut MaybeDone<F>>, cx: &mut Context<'_>) -> Poll<Result<(), ()>>
where
    F: Future<Output = Result<T, E>>,
{
    if slot.is_terminated() {
        return Poll::Ready(Ok(()));
    }
    if poll(slot.as_mut(), cx).is_pending() {
        return Poll::Pending;
    }
    Poll::Ready(if let Some(Err(_)) = slot.output_mut() { Err(()) } else { Ok(()) })
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

/// Takes the error of a child that is known to have failed.
#[inline]
pub(super) fn take_err<F, T, E>(slot: Pin<&mut MaybeDone<F>>) -> E
where
    F: Future<Output = Result<T, E>>,
{
    match take(slot) {
        Ok(_) => unreachable!("it has failed"),
        Err(error) => error,
    }
}
