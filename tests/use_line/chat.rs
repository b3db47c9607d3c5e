//! A room where people talk: a loop that selects among a shutdown, a timer, requests and those who leave, and that joins
//! what it has begun. All three macros, with everything that they allow.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::time::{Instant, interval, sleep, sleep_until};

use super::macros::{join, select, try_join};

#[derive(Debug, PartialEq)]
enum Request {
    Say(&'static str),
    Leave(u32),
}

#[derive(Debug, Default, PartialEq)]
struct Minutes {
    said: Vec<&'static str>,
    left: Vec<u32>,
    ticks: u32,
    idle: u32,
    end: &'static str,
}

/// What is said is written down, at most one line every two milliseconds.
async fn room(
    mut lines: mpsc::Receiver<Request>,
    mut urgent: mpsc::UnboundedReceiver<Request>,
    mut closed: oneshot::Receiver<&'static str>,
) -> Result<Minutes, &'static str> {
    let mut minutes = Minutes::default();
    let mut tick = interval(Duration::from_millis(10));
    let mut waiting = VecDeque::new();
    let mut pace = pin!(sleep(Duration::ZERO));
    minutes.end = loop {
        select! {
            biased;

            reason = &mut closed => break reason.map_err(|_| "nobody closes the room")?,
            Some(Request::Say(line)) = urgent.recv() => minutes.said.push(line),
            () = &mut pace, if !waiting.is_empty() => {
                pace.as_mut().reset(Instant::now() + Duration::from_millis(2));
                let Some(line) = waiting.pop_front() else { continue };
                minutes.said.push(line);
            }
            request = lines.recv(), if waiting.len() < 2 => match request {
                Some(Request::Say(line)) => waiting.push_back(line),
                Some(Request::Leave(number)) if number < 100 => minutes.left.push(number),
                Some(Request::Leave(_)) => return Err("there is no such person"),
                None => {
                    minutes.said.extend(waiting);
                    break "all are gone";
                }
            },
            _ = tick.tick() => {
                minutes.ticks += 1;
                if minutes.ticks % 2 == 0 {
                    continue;
                }
                minutes.idle += u32::from(waiting.is_empty());
            }
        }
    };
    Ok(minutes)
}

#[tokio::test(start_paused = true)]
async fn a_room_writes_down_what_is_said_until_all_are_gone() {
    let (say, lines) = mpsc::channel(1);
    let (shout, urgent) = mpsc::unbounded_channel();
    let (_close, closed) = oneshot::channel();
    let talk = async {
        for line in ["a", "b", "c", "d"] {
            say.send(Request::Say(line)).await.map_err(|_| "the room is closed")?;
        }
        sleep(Duration::from_millis(35)).await;
        say.send(Request::Leave(3)).await.map_err(|_| "the room is closed")?;
        drop(say);
        Ok(4)
    };
    let interrupt = async {
        sleep(Duration::from_millis(1)).await;
        shout.send(Request::Say("!")).map_err(|_| "the room is closed")?;
        // One that is not said disables its branch for this time, and no more.
        shout.send(Request::Leave(1)).map_err(|_| "the room is closed")?;
        shout.send(Request::Say("!!")).map_err(|_| "the room is closed")
    };
    let (minutes, said, ()) = try_join!(room(lines, urgent, closed), talk, interrupt).unwrap();
    assert_eq!(said, 4);
    let of_talk = minutes.said.iter().copied().filter(|line| !line.starts_with('!')).collect::<Vec<_>>();
    assert_eq!(of_talk, ["a", "b", "c", "d"]);
    assert_eq!(minutes.said.len(), 6);
    assert_eq!((minutes.left, minutes.ticks, minutes.end), (vec![3], 4, "all are gone"));
}

#[tokio::test(start_paused = true)]
async fn a_room_is_closed_at_once_or_fails() {
    let (say, lines) = mpsc::channel(10);
    let (_shout, urgent) = mpsc::unbounded_channel();
    let (close, closed) = oneshot::channel();
    say.send(Request::Say("never heard")).await.unwrap();
    close.send("fire").unwrap();
    let minutes = room(lines, urgent, closed).await.unwrap();
    assert_eq!(minutes, Minutes { end: "fire", ..Minutes::default() });

    let (say, lines) = mpsc::channel(10);
    let (_shout, urgent) = mpsc::unbounded_channel();
    let (close, closed) = oneshot::channel::<&str>();
    let (failed, sent) = join!(biased; room(lines, urgent, closed), say.send(Request::Leave(100)),);
    assert_eq!((failed, sent.is_ok()), (Err("there is no such person"), true));
    drop(close);

    let (_say, lines) = mpsc::channel(10);
    let (_shout, urgent) = mpsc::unbounded_channel();
    let (_, closed) = oneshot::channel();
    assert_eq!(room(lines, urgent, closed).await, Err("nobody closes the room"));
}

/// Gives the sum of what comes from both until both have ended, or a deadline.
async fn sum(mut left: mpsc::Receiver<u32>, mut right: mpsc::Receiver<u32>, deadline: Instant) -> (u32, bool) {
    let mut sum = 0;
    loop {
        let n = select! {
            Some(n) = left.recv() => n,
            Some(n @ 1..) = right.recv() => { n }
            _ = sleep_until(deadline) => return (sum, false),
            else => return (sum, true)
        };
        sum += n;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_from_two_sides_is_summed_up() {
    let start = Instant::now();
    let both = || (mpsc::channel(1), mpsc::channel(1));

    let ((a, left), (b, right)) = both();
    let feed = |to: mpsc::Sender<u32>, from: u32| async move {
        for n in from..from + 10 {
            to.send(n).await.unwrap();
        }
    };
    let ((sum_of_all, at_the_end), (), ()) =
        join!(sum(left, right, start + Duration::from_secs(1)), feed(a, 1), feed(b, 101));
    // That a side has ended is not the end; without a deadline nothing would be left to wait for.
    assert_eq!((sum_of_all, at_the_end), (55 + 1055, false));
    assert_eq!(start.elapsed(), Duration::from_secs(1));

    let ((_a, left), (_b, right)) = both();
    assert_eq!(sum(left, right, Instant::now()).await, (0, false));
}

#[tokio::test(start_paused = true)]
async fn losers_let_go_before_the_handler_runs() {
    let (mutex, told) = (Arc::new(Mutex::new(0)), Notify::new());
    told.notify_one();
    let held = async {
        let mut guard = mutex.clone().lock_owned().await;
        *guard += 1;
        std::future::pending::<()>().await;
    };
    let mut held = Box::pin(held);
    let value = select! {
        biased;
        () = &mut held => unreachable!("it waits for ever"),
        () = told.notified() => mutex.try_lock().is_err(),
    };
    assert!(value, "by reference, it goes on");
    drop(held);

    told.notify_one();
    let held = async {
        let mut guard = mutex.clone().lock_owned().await;
        *guard += 1;
        std::future::pending::<()>().await;
    };
    let value = select! {
        biased;
        () = held => unreachable!("it waits for ever"),
        () = told.notified() => *mutex.try_lock().unwrap(),
    };
    assert_eq!(value, 2);
}

#[tokio::test(start_paused = true)]
async fn an_error_drops_the_rest() {
    let (tx, mut rx) = mpsc::channel::<u32>(1);
    let slow = async move {
        let _tx = tx;
        sleep(Duration::from_secs(3600)).await;
        Ok::<u32, String>(1)
    };
    let fails = async { Err::<(), _>(String::from("no")) };
    assert_eq!(try_join!(slow, fails), Err(String::from("no")));
    assert_eq!(rx.recv().await, None);
    let nothing: Result<(), ()> = try_join!();
    join!();
    assert_eq!(nothing, Ok(()));
}
