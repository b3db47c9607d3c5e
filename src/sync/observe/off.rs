//! Nobody watches: notes that hold nothing and do nothing. What each is for is said in `on`.

#![allow(unsafe_code, reason = "a function is unsafe that is so in `on`")]

use core::ptr::NonNull;

use super::{Ending, Told};
use crate::internal::wait_list::Waiter;

pub(crate) struct Identity;

impl Identity {
    pub(crate) const fn new(_: &'static str) -> Self {
        Self
    }

    pub(crate) const fn set_name(&mut self, _: &'static str) {}
}

#[derive(Clone, Copy, Debug)]
pub struct Site;

impl Site {
    #[inline]
    pub(crate) const fn here() -> Self {
        Self
    }
}

pub(crate) struct WaitNote;

impl WaitNote {
    #[inline]
    pub(crate) const fn new(_: Site) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn site(&self) -> Site {
        Site
    }

    #[inline]
    pub(crate) unsafe fn waits(
        &mut self,
        _: &Identity,
        _: &'static str,
        _: usize,
        _: NonNull<Waiter>,
        _: impl FnOnce() -> usize,
    ) {
    }

    #[inline]
    pub(crate) fn leaves(&mut self, _: &Identity) {}

    #[inline]
    pub(crate) fn tell_the_end(&mut self, _: &Identity, _: Ending) {}
}

pub(crate) struct HoldNote;

impl HoldNote {
    #[inline]
    pub(crate) fn new(_: Option<Told<'_>>, _: Site) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn change(&self, _: Option<Told<'_>>) {}

    #[inline]
    pub(crate) fn ends(&self, _: Option<Told<'_>>) {}
}
