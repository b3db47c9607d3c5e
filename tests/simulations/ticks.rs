//! A loop that selects between the ticks of an interval and messages that come when they like.
//!
//! Whichever side wins, the other is dropped and made anew; a tick must not be lost by that, nor come twice, nor early.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Poll, Waker};

use anywhen::future::{Either, yield_now};
use anywhen::prelude::*;
use anywhen::task;
use anywhen::testing::Sim;
use anywhen::time::{self, Duration, Instant};

use super::{Dice, caught, seeds};

/// As much of a channel as is needed.
#[derive(Clone, Default)]
struct Inbox(Arc<StdMutex<(VecDeque<u32>, Option<Waker>)>>);

impl Inbox {
    fn send(&self, message: u32) {
        let waker = {
            let mut inner = self.0.lock().unwrap();
            inner.0.push_back(message);
            inner.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn next(&self) -> u32 {
        poll_fn(|cx| {
            let mut inner = self.0.lock().unwrap();
            match inner.0.pop_front() {
                Some(message) => Poll::Ready(message),
                None => {
                    inner.1 = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

const END: u32 = u32::MAX;

/// With `anew`, the fault of many a loop: what waits for the next tick is made anew in each round, and counts from there.
async fn scenario(sim: Sim, anew: bool) {
    let mut dice = Dice::of(&sim);
    let (inbox, period) = (Inbox::default(), Duration::from_millis(2 + dice.below(9)));
    let messages = 5 + dice.below(15) as u32;
    let sender = task::spawn({
        let inbox = inbox.clone();
        let mut dice = dice.another();
        async move {
            for message in 0..messages {
                if dice.chance(70) {
                    time::sleep(dice.millis(8)).await;
                }
                inbox.send(message);
            }
            inbox.send(END);
        }
    });
    let start = Instant::now();
    let mut interval = time::interval(period);
    let (mut received, mut ticks) = (Vec::new(), Vec::new());
    loop {
        let tick = async {
            if anew && !ticks.is_empty() {
                time::sleep(period).await;
                return Instant::now();
            }
            interval.tick().await
        };
        match (tick, inbox.next()).select().await {
            Either::Left(due) => ticks.push(due),
            Either::Right(END) => break,
            Either::Right(message) => received.push(message),
        }
        if dice.chance(20) {
            yield_now().await;
        }
        if dice.chance(10) {
            // A round that takes its time: the ticks that were due meanwhile come in a burst.
            time::sleep(dice.millis(15)).await;
        }
    }
    sender.await.unwrap();
    assert!(received.into_iter().eq(0..messages), "a message was lost");
    let due = |number: usize| start + period * u32::try_from(number).unwrap();
    for (number, tick) in ticks.iter().enumerate() {
        assert_eq!(*tick, due(number), "tick number {number}, at a period of {period:?}");
    }
    // Those that were due when the loop ended and did not get their turn come now, and the next comes when it should.
    for number in ticks.len().. {
        let now = Instant::now();
        let tick = interval.tick().await;
        assert_eq!(tick, due(number), "tick number {number}, at a period of {period:?}");
        if tick > now {
            assert_eq!(Instant::now(), tick);
            break;
        }
    }
}

#[test]
fn a_select_in_a_loop_over_an_interval() {
    seeds().check(|sim| scenario(sim, false));
}

#[test]
fn a_tick_that_is_made_anew_in_each_round_is_found() {
    let message = caught(|runs| runs.check(|sim| scenario(sim, true)));
    assert!(message.contains("tick number"), "{message}");
}
