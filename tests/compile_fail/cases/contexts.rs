//! Retries that would lose their context. They are refused when they are put to use, after everything else has been found right.

use std::future::{Future, ready};
use std::pin::pin;
use std::task::Context;

use anywhen::retry::retry_with;
#[cfg(wrong)]
use anywhen::time::Duration;
use anywhen::time::error::Elapsed;

pub struct Late;

impl From<Elapsed> for Late {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

pub fn a_context_that_is_cut_off(cx: &mut Context<'_>) -> bool {
    let retry = retry_with(1, |context: u8| ready((context, Err::<u8, Late>(Late))));
    #[cfg(wrong)]
    let retry = retry.attempt_timeout(Duration::from_secs(1)); //~ in the crate: evaluation panicked: an attempt that has the context cannot be cut: take `retry_mut`, or put a timeout into the operation
    pin!(retry).poll(cx).is_ready()
}
