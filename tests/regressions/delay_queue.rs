//! Queues whose items come out at their deadlines. What they share with other timers is in `time`.
//!
//! | scenario | shown by |
//! |---|---|
//! | a deadline more than two years away panics (P tokio-util) | [`deadlines_may_be_as_far_away_as_there_is_time`] |
//! | an item that is put in while a task waits for a later one does not interrupt the wait (tokio#3190, #6682) | `delay_queue::what_others_do_to_the_queue_moves_the_timer_of_the_task_that_waits` |
//! | an item that is moved into the past, or to the present, is late or lost (tokio#2290, #8274) | [`an_item_that_is_moved_to_when_it_was_due_comes_at_once`] |
//! | an item that is due when it is put in has to wait for others (tokio#849, #1700) | [`an_item_that_is_due_already_waits_for_nobody`] |
//! | the last item is taken out, and who waits is not told, or is told at its deadline (tokio#6751, #6752) | `delay_queue::a_task_that_waits_hears_that_the_last_item_has_gone` |
//! | the queue is cleared, and who waits is not told (tokio#8320) | the same |
//! | an item that was cancelled goes on to wake whoever waits, or blocks a later one (embassy#4736) | [`an_item_that_was_taken_out_wakes_nobody`] |
//! | a key leads to another item that has taken the place of its own (P tokio-util) | `delay_queue::a_key_leads_to_its_item_or_to_nothing` |
//! | an item that was due is given before its timer says so, and that timer then gives the next item, hours too early | [`a_timer_of_an_item_that_has_gone_gives_no_other`] |
//! | whatever order of calls | `delay_queue::it_does_as_an_ordered_map_does` |

use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::assert_pending;
use anywhen::testing::TestTask;
use anywhen::time::{Clock, DelayQueue, Duration, Instant, Sleep, Timer, VirtualClock};

const MILLI: Duration = Duration::from_millis(1);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A queue of which a test has a task in the hand.
fn queue(time: &VirtualClock) -> TestTask<DelayQueue<u32>> {
    TestTask::new(DelayQueue::new_on(time.clock()))
}

fn expired(task: &mut TestTask<DelayQueue<u32>>) -> Poll<Option<u32>> {
    task.poll_next().map(|next| next.map(|expired| expired.into_inner()))
}

/// P tokio-util
#[test]
fn deadlines_may_be_as_far_away_as_there_is_time() {
    let time = VirtualClock::manual();
    let mut task = queue(&time);
    let last = Instant::from_nanos(u64::MAX - 1);
    for (n, years) in [(1, 3), (2, 30), (0, 2), (3, 100)] {
        task.future_mut().insert(n, YEAR * years);
    }
    task.future_mut().insert_at(4, last);
    task.future_mut().insert(5, Duration::MAX);
    assert_pending!(expired(&mut task));
    let mut order = Vec::new();
    while time.advance_to_next() {
        order.push(expired(&mut task));
        assert_pending!(expired(&mut task));
    }
    assert_eq!(order, [0, 1, 2, 3, 4].map(|n| Poll::Ready(Some(n))));
    assert_eq!((time.now(), task.future().len()), (last, 1));
}

/// tokio#2290, #8274
#[test]
fn an_item_that_is_moved_to_when_it_was_due_comes_at_once() {
    let time = VirtualClock::manual();
    let start = time.now();
    for to in [start + 10 * MILLI, start + 5 * MILLI, start, Instant::from_nanos(0)] {
        for others in [0, 3] {
            let mut task = queue(&time);
            let key = task.future_mut().insert(7, 20 * MILLI);
            for n in 0..others {
                task.future_mut().insert(n, 15 * MILLI);
            }
            assert_pending!(expired(&mut task));
            time.advance(start + 10 * MILLI - time.now());
            task.future_mut().reset_at(&key, to);
            assert_eq!(task.wakes(), 1);
            assert_eq!(expired(&mut task), Poll::Ready(Some(7)));
        }
    }
}

/// tokio#849, #1700
#[test]
fn an_item_that_is_due_already_waits_for_nobody() {
    let time = VirtualClock::manual();
    let mut task = queue(&time);
    for n in 0..3 {
        task.future_mut().insert(n, 1000 * MILLI);
    }
    time.advance(10 * MILLI);
    task.future_mut().insert(9, Duration::ZERO);
    assert_eq!(expired(&mut task), Poll::Ready(Some(9)));
    assert_pending!(expired(&mut task));
    let past = time.now() - 5 * MILLI;
    task.future_mut().insert_at(10, past);
    assert!(task.is_woken());
    assert_eq!(expired(&mut task), Poll::Ready(Some(10)));
    assert_pending!(expired(&mut task));
}

/// embassy#4736
#[test]
fn an_item_that_was_taken_out_wakes_nobody() {
    let time = VirtualClock::manual();
    let mut task = queue(&time);
    let key = task.future_mut().insert(1, 10 * MILLI);
    let never = task.future_mut().insert(2, Duration::MAX);
    task.future_mut().insert(3, 30 * MILLI);
    assert_pending!(expired(&mut task));
    task.future_mut().remove(&key);
    task.future_mut().remove(&never);
    time.advance(20 * MILLI);
    assert!(!task.is_woken());
    time.advance(10 * MILLI);
    assert_eq!(expired(&mut task), Poll::Ready(Some(3)));
}

/// A timer that never says at the first poll that it is over, as those do that count in milliseconds, or in turns of a loop.
#[derive(Clone)]
struct Tardy(Clock);

struct TardySleep {
    sleep: Pin<Box<Sleep>>,
    polled: bool,
}

impl Future for TardySleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.polled, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.sleep.as_mut().poll(cx)
    }
}

impl Timer for Tardy {
    type Sleep = TardySleep;

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep_until(&self, deadline: Instant) -> TardySleep {
        TardySleep { sleep: Box::pin(self.0.sleep_until(deadline)), polled: false }
    }

    fn reset(mut sleep: Pin<&mut TardySleep>, deadline: Instant) {
        sleep.polled = false;
        sleep.sleep.as_mut().reset(deadline);
    }
}

#[test]
fn a_timer_of_an_item_that_has_gone_gives_no_other() {
    let time = VirtualClock::manual();
    let mut task = TestTask::new(DelayQueue::new_on(Tardy(time.clock())));
    let next = |task: &mut TestTask<DelayQueue<u32, Tardy>>| {
        task.poll_next().map(|next| next.map(|expired| expired.into_inner()))
    };
    time.advance(10 * MILLI);
    task.future_mut().insert(1, 1000 * MILLI);
    assert_pending!(next(&mut task));
    // Due at once, by a timer that does not know it yet.
    let past = time.now() - 5 * MILLI;
    task.future_mut().insert_at(0, past);
    assert_eq!(next(&mut task), Poll::Ready(Some(0)));
    assert_pending!(next(&mut task));
    assert_pending!(next(&mut task));
    time.advance(999 * MILLI);
    assert_pending!(next(&mut task));
    time.advance(MILLI);
    assert_eq!(next(&mut task), Poll::Ready(Some(1)));
}
