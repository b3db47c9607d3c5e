//! Retries that would lose the context that their attempts carry, or let go of the one that is lent to them.

use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::task::Context;

use anywhen::retry::{retry_mut, retry_with};
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

pub fn a_borrow_that_the_operation_keeps(mut context: u8) {
    #[cfg(wrong)]
    let mut kept: Option<&mut u8> = None;
    drop(retry_mut(&mut context, |context: &mut u8| -> Ready<Result<(), ()>> {
        #[cfg(wrong)]
        {
            kept = Some(context); //~ E0521
        }
        #[cfg(not(wrong))]
        let _ = context;
        ready(Ok(()))
    }));
}

#[cfg(wrong)]
pub fn a_borrow_that_comes_back_with_the_result(mut context: u8) {
    drop(retry_mut(&mut context, |context: &mut u8| ready(Ok::<&mut u8, ()>(context)))); //~ lifetime may not live long enough
}

#[cfg(not(wrong))]
pub fn a_copy_that_comes_back_with_the_result(mut context: u8) {
    drop(retry_mut(&mut context, |context: &mut u8| ready(Ok::<u8, ()>(*context))));
}
