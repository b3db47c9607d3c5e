//! What may grow is not matched to the end, and what has no members is refused.

use std::future::{Ready, ready};

use anywhen::prelude::*;
use anywhen::retry::{StopReason, retry};
use anywhen::sync::{BoundedAcquireError, TryAcquireError};

fn an_error_that_may_be_joined_by_others(error: BoundedAcquireError) {
    match error { //~ E0004
        BoundedAcquireError::Closed | BoundedAcquireError::QueueFull => {}
        #[cfg(not(wrong))]
        _ => {}
    }
}

fn a_reason_that_may_be_joined_by_others(reason: StopReason) -> bool {
    #[cfg(wrong)]
    let StopReason::MaxAttempts = reason; //~ E0005
    matches!(reason, StopReason::MaxAttempts)
}

fn an_error_with_two_reasons_as_in_tokio(error: TryAcquireError) {
    match error {
        TryAcquireError::Closed | TryAcquireError::NoPermits => {}
    }
}

fn a_retry_of_what_does_not_fail() {
    #[cfg(wrong)]
    drop(retry(|| ready(1))); //~ E0271
    #[cfg(not(wrong))]
    drop(retry(|| ready(Ok::<u8, ()>(1))));
}

fn a_try_join_of_what_does_not_fail() {
    #[cfg(wrong)]
    drop((ready(1), ready(2)).try_join()); //~ E0599
    #[cfg(not(wrong))]
    drop((ready(Ok::<u8, ()>(1)), ready(Ok::<u8, ()>(2))).try_join());
}

fn a_race_of_unlike_outputs() {
    #[cfg(wrong)]
    drop((ready(1), ready("two")).race()); //~ E0599
    #[cfg(not(wrong))]
    drop((ready(1), ready(2)).race());
}
