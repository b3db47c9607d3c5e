//! `retry_with` and `retry_mut`.

use std::future::{Future, ready};
use std::rc::Rc;

use anywhen::future::yield_now;
use anywhen::retry::{StopReason, retry_mut, retry_with};
use anywhen::testing::TestTask;
use anywhen::time::error::Elapsed;
use anywhen::{assert_pending, assert_ready, task};

use super::tries::{AT_ONCE, EACH_SECOND, MINUTE, SECOND, panic_of, run};

/// What fails until it has been asked often enough.
#[derive(Debug, Default, PartialEq)]
struct Connection {
    requests: u32,
    fails: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Busy(u32);

impl From<Elapsed> for Busy {
    fn from(_: Elapsed) -> Self {
        Self(0)
    }
}

impl Connection {
    fn failing(fails: u32) -> Self {
        Self { requests: 0, fails }
    }

    async fn get(&mut self) -> Result<u32, Busy> {
        self.requests += 1;
        yield_now().await;
        if self.requests > self.fails { Ok(self.requests) } else { Err(Busy(self.requests)) }
    }

    async fn hangs_once(&mut self) -> Result<u32, Busy> {
        self.requests += 1;
        if self.requests == 1 {
            std::future::pending::<()>().await;
        }
        Ok(self.requests)
    }
}

async fn carry(mut connection: Connection) -> (Connection, Result<u32, Busy>) {
    let result = connection.get().await;
    (connection, result)
}

#[test]
fn a_context_goes_from_attempt_to_attempt_and_comes_back() {
    let ((connection, result), elapsed) = run(retry_with(Connection::failing(2), carry).policy(EACH_SECOND));
    assert_eq!((connection.requests, result, elapsed), (3, Ok(3), SECOND * 2));
    // Also when it fails in the end.
    let ((connection, error), _) = run(retry_with(Connection::failing(9), carry).detailed());
    let error = error.unwrap_err();
    assert_eq!((connection.requests, error.error, error.reason), (4, Busy(4), StopReason::MaxAttempts));
}

#[test]
fn conditions_and_hooks_see_the_result_without_the_context() {
    let mut told = vec![];
    let retry = retry_with(Connection::failing(9), carry)
        .policy(EACH_SECOND)
        .when(|error| error.0 < 3)
        .delay_from(|error| (error.0 == 2).then_some(MINUTE))
        .on_retry(|event| told.extend(event.error().copied()));
    let ((connection, result), elapsed) = run(retry);
    assert_eq!((connection.requests, result, elapsed), (3, Err(Busy(3)), SECOND + MINUTE));
    assert_eq!(told, [Busy(1), Busy(2)]);
}

#[test]
fn a_context_may_be_a_borrow() {
    let mut connection = Connection::failing(1);
    let retry = retry_with(&mut connection, |connection| {
        connection.requests += 1;
        let result = if connection.requests > 1 { Ok(()) } else { Err(()) };
        ready((connection, result))
    });
    // Given back with the lifetime with which it was given.
    let (back, result) = run(retry).0;
    assert_eq!((back.requests, result), (2, Ok(())));
}

#[test]
fn a_context_is_dropped_with_the_attempt_that_has_it() {
    let shared = Rc::new(());
    let hangs = |context: Rc<()>| async move {
        yield_now().await;
        std::future::pending::<()>().await;
        (context, Ok::<(), ()>(()))
    };
    let mut task = TestTask::new(retry_with(Rc::clone(&shared), hangs));
    assert_pending!(task.poll());
    assert_eq!(Rc::strong_count(&shared), 2);
    drop(task);
    assert_eq!(Rc::strong_count(&shared), 1);

    async fn panics(context: Rc<()>) -> (Rc<()>, Result<(), ()>) {
        let _context = context;
        panic!("on purpose")
    }

    let mut task = TestTask::new(retry_with(Rc::clone(&shared), panics));
    assert_eq!(panic_of(|| task.poll()), "on purpose");
    assert_eq!(Rc::strong_count(&shared), 1);
    assert_eq!(panic_of(|| task.poll()), "`Retry` polled after completion");
}

#[test]
fn a_method_is_lent_its_context() {
    let mut connection = Connection::failing(2);
    let (result, elapsed) = run(retry_mut(&mut connection, Connection::get).policy(EACH_SECOND));
    assert_eq!((result, elapsed), (Ok(3), SECOND * 2));
    assert_eq!(connection.requests, 3);
}

#[test]
fn an_async_closure_that_captures_nothing_is_lent_its_context() {
    let mut pair = (Connection::failing(1), String::new());
    let op = async |(connection, log): &mut (Connection, String)| {
        let result = connection.get().await;
        log.push(if result.is_ok() { '+' } else { '-' });
        result
    };
    assert_eq!(run(retry_mut(&mut pair, op)).0, Ok(2));
    assert_eq!(pair.1, "-+");
}

#[test]
fn what_is_not_sized_can_be_lent() {
    async fn push(bytes: &mut [u8]) -> Result<u8, ()> {
        bytes[0] += 1;
        if bytes[0] < 3 { Err(()) } else { Ok(bytes[0]) }
    }

    let mut bytes = [0; 4];
    assert_eq!(run(retry_mut(&mut bytes[..], push).policy(AT_ONCE)).0, Ok(3));
}

#[test]
fn an_attempt_that_is_lent_its_context_can_be_cut() {
    let mut connection = Connection::default();
    let (result, elapsed) =
        run(retry_mut(&mut connection, Connection::hangs_once).policy(EACH_SECOND).attempt_timeout(MINUTE));
    assert_eq!((result, elapsed), (Ok(2), MINUTE + SECOND));
}

#[test]
fn what_was_lent_is_free_when_the_retry_is_dropped() {
    let mut connection = Connection::failing(1);
    let mut task = TestTask::new(retry_mut(&mut connection, Connection::get));
    assert_pending!(task.poll());
    drop(task);
    assert_eq!(connection.requests, 1);
    assert!(assert_ready!(TestTask::new(connection.get()).run_until_stalled()).is_ok());
}

/// rust#151398: what takes an `AsyncFnMut` cannot be spawned.
#[test]
fn both_can_be_spawned() {
    fn assert_send<F: Future + Send>(future: F) -> F {
        future
    }

    let (results, elapsed) = run(async {
        let lent = task::spawn(async {
            let mut connection = Connection::failing(2);
            retry_mut(&mut connection, Connection::get).policy(EACH_SECOND).await
        });
        let closure = task::spawn(async {
            let mut connection = Connection::failing(2);
            let op = async |connection: &mut Connection| connection.get().await;
            assert_send(retry_mut(&mut connection, op).policy(EACH_SECOND)).await
        });
        let carried = task::spawn(retry_with(Connection::failing(2), carry).policy(EACH_SECOND));
        (lent.await.unwrap(), closure.await.unwrap(), carried.await.unwrap().1)
    });
    assert_eq!((results, elapsed), ((Ok(3), Ok(3), Ok(3)), SECOND * 2));
}
