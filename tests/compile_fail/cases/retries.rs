//! Retries that would let go of the context that is lent to their attempts.

use std::future::{Ready, ready};

use anywhen::retry::retry_mut;

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
