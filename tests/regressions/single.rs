//! What works on one future: `Shared`, `Abortable`.
//!
//! | scenario | shown by |
//! |---|---|
//! | a clone polls and is woken in mid-poll, a second registers meanwhile, the first is dropped, and the second is never woken (futures-rs#2706) | `shared::who_comes_in_mid_poll_after_a_wake_is_woken_at_the_end_of_the_poll` in `tests/future`; the model `a_wake_in_mid_poll_reaches_who_registers_meanwhile` |
//! | the clone that polled is dropped, and the others wait for ever (futures-rs#304, #339) | `shared::when_who_polled_is_dropped_the_others_are_still_woken`, `shared::when_who_was_woken_is_dropped_the_others_were_woken_too`; the model `who_waits_goes_on_when_who_polled_is_dropped` |
//! | a clone that was woken is kept and not polled, and the others wait for it | `shared::who_has_not_been_polled_is_not_waited_for` |
//! | a future that wakes itself spins in one poll (futures-rs#2130) | `shared::a_future_that_wakes_itself_is_polled_once_a_poll` |
//! | polled while the thread unwinds, it takes that for its own panic (futures-rs#2576) | `shared::what_is_polled_while_its_thread_unwinds_is_as_good_as_any` |
//! | it wakes the task that it gives the output to (futures-rs#2852) | `shared::the_task_that_is_given_the_output_is_not_woken` |
//! | a source that is always ready never sees the cancellation (tokio#7462) | [`an_abort_is_seen_however_ready_the_stream_is`] |

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::future::{AbortHandle, Abortable};
use anywhen::testing::{TestTask, assert_ready_eq};
use futures_core::Stream;

/// tokio#7462
#[test]
fn an_abort_is_seen_however_ready_the_stream_is() {
    struct Always;
    impl Stream for Always {
        type Item = ();

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<()>> {
            Poll::Ready(Some(()))
        }
    }
    let (handle, registration) = AbortHandle::new_pair();
    let mut stream = Abortable::new(Always, registration);
    let mut items = 0;
    let drains = poll_fn(move |cx| {
        while let Poll::Ready(Some(())) = Pin::new(&mut stream).poll_next(cx) {
            items += 1;
            if items == 1000 {
                handle.abort();
            }
        }
        Poll::Ready(items)
    });
    assert_ready_eq!(TestTask::new(drains).poll(), 1000);
}
