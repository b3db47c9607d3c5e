//! Pipelines as layers of tower, with tower's own services and layers around and within them.
#![cfg(all(feature = "tower", feature = "testing"))]

#[path = "support/tries.rs"]
mod tries;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use anywhen::retry::pipeline::{Identity, Retries, Stack, Timeouts};
use anywhen::retry::{
    Budget, CallError, CircuitBreaker, Constant, HedgePolicy, Pipeline, PipelineService, Policy, Refused,
};
use anywhen::testing::{TestTask, runtime_matrix};
use anywhen::time::{self, Clock, Duration};
use anywhen::{assert_pending, assert_ready, assert_ready_eq};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

use tries::{EACH_SECOND, MILLI, SECOND, run};

/// A service that is ready only when it has been opened, or cannot be ready; and that insists on being asked before it is called.
#[derive(Clone)]
struct Door {
    open: Rc<Cell<bool>>,
    broken: bool,
    calls: Rc<Cell<u32>>,
    asked: bool,
}

impl Door {
    fn new() -> Self {
        Self { open: Rc::default(), broken: false, calls: Rc::default(), asked: false }
    }
}

impl Service<u32> for Door {
    type Response = u32;
    type Error = &'static str;
    type Future = Ready<Result<u32, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        if self.broken {
            return Poll::Ready(Err("broken"));
        }
        self.asked = self.open.get();
        if self.asked { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn call(&mut self, request: u32) -> Self::Future {
        assert!(std::mem::take(&mut self.asked), "called without having been ready");
        self.calls.set(self.calls.get() + 1);
        ready(Ok(request + 1))
    }
}

#[test]
fn each_attempt_waits_until_the_service_is_ready() {
    let door = Door::new();
    let mut service = Pipeline::new().hedge(HedgePolicy::new().after(Duration::MAX)).service(door.clone());
    let context = &mut Context::from_waker(Waker::noop());
    // It is ready itself: what is waited for is part of the call.
    assert!(assert_ready!(Service::<u32>::poll_ready(&mut service, context)).is_ok());
    let mut call = TestTask::new(service.call(1));
    assert_pending!(call.poll());
    assert_pending!(call.poll());
    door.open.set(true);
    assert_ready_eq!(call.poll(), Ok(2));
    assert_eq!(door.calls.get(), 1);
}

#[test]
fn waiting_for_readiness_is_under_the_time_limit_and_is_hedged() {
    let door = Door::new();
    let service = service_fn(move |request: u32| {
        let mut door = door.clone();
        async move {
            poll_fn(|cx| door.poll_ready(cx)).await?;
            Service::call(&mut door, request).await.map_err(BoxError::from)
        }
    });
    let limited = Pipeline::new().timeout(SECOND).service(service);
    let (result, took) = run(limited.oneshot(1));
    assert_eq!((result.unwrap_err().to_string(), took), ("deadline has elapsed".to_owned(), SECOND));
}

#[test]
fn an_error_instead_of_readiness_is_an_error_of_the_attempt() {
    let door = Door { broken: true, ..Door::new() };
    let service = Pipeline::new().retry(EACH_SECOND).fallback(|_| ready(Err("and so is this"))).service(door);
    assert_eq!(run(service.oneshot(1)), (Err("and so is this"), SECOND * 3));
}

#[test]
fn a_request_is_tried_again() {
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let mut service =
        ServiceBuilder::new().layer(Pipeline::new().retry(EACH_SECOND)).service(service_fn(move |name| {
            counted.set(counted.get() + 1);
            ready(if counted.get() < 3 { Err("down") } else { Ok(format!("Hello, {name}!")) })
        }));
    let (result, took) = run(async { service.ready().await.unwrap().call("Ferris".to_owned()).await });
    assert_eq!((result.as_deref(), took), (Ok("Hello, Ferris!"), SECOND * 2));
    assert_eq!(calls.get(), 3);
}

#[test]
fn an_error_of_ones_own_becomes_one_that_has_room_for_refusals() {
    let breaker = Arc::new(CircuitBreaker::new().consecutive_failures(1));
    let service = ServiceBuilder::new()
        .layer(Pipeline::new().gate(Arc::clone(&breaker)).timeout(SECOND))
        .map_err(CallError::Failed)
        .service(service_fn(|()| ready(Err::<(), _>("down"))));
    assert_eq!(run(service.clone().oneshot(())).0, Err(CallError::Failed("down")));
    let refused = run(service.oneshot(())).0;
    assert!(matches!(refused, Err(CallError::Refused(Refused::CircuitOpen { .. }))), "{refused:?}");
}

#[test]
fn layers_of_tower_go_around_and_within() {
    let budget = Arc::new(Budget::new(0.1));
    let hedged = Pipeline::new().hedge(HedgePolicy::new().after(MILLI * 10).budget(Arc::clone(&budget)));
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let service = ServiceBuilder::new().map_request(|n: u32| n * 2).layer(hedged).map_response(|n: u32| n + 1).service(
        service_fn(move |n: u32| {
            counted.set(counted.get() + 1);
            let slow = counted.get() == 1;
            async move {
                time::sleep(if slow { SECOND } else { MILLI }).await;
                Ok::<_, Infallible>(n)
            }
        }),
    );
    let (result, took) = run(async move { service.oneshot(4).await.unwrap() });
    assert_eq!((result, took, calls.get()), (9, MILLI * 11, 2));
    assert_eq!((budget.deposited(), budget.withdrawn()), (1, 1));
}

/// Three calls at once, through a limit of two that all clones of the service share.
#[test]
fn calls_go_on_beside_each_other_and_share_what_the_service_shares() {
    let (now, most) = (Rc::new(Cell::new(0_u32)), Rc::new(Cell::new(0)));
    let highest = Rc::clone(&most);
    let service = ServiceBuilder::new().layer(Pipeline::new().retry(EACH_SECOND)).concurrency_limit(2).service(
        service_fn(move |millis: u32| {
            let (now, most) = (Rc::clone(&now), Rc::clone(&highest));
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                time::sleep(MILLI * millis).await;
                now.set(now.get() - 1);
                Ok::<_, Infallible>(millis)
            }
        }),
    );
    let call = |millis| service.clone().oneshot(millis);
    let (results, took) = run(async { anywhen::join!(call(10), call(20), call(30)) });
    assert_eq!((results, took, most.get()), ((Ok(10), Ok(20), Ok(30)), MILLI * 40, 2));
}

#[test]
fn a_call_that_is_dropped_gives_back_its_place() {
    let service = ServiceBuilder::new()
        .layer(Pipeline::new().hedge(HedgePolicy::new().after(Duration::MAX)))
        .concurrency_limit(1)
        .service(service_fn(|hangs: bool| async move {
            if hangs {
                pending::<()>().await;
            }
            Ok::<_, Infallible>(())
        }));
    let mut first = TestTask::new(service.clone().oneshot(true));
    let mut second = TestTask::new(service.oneshot(false));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(first);
    assert!(second.is_woken());
    assert!(assert_ready!(second.poll()).is_ok());
}

#[test]
fn nothing_is_called_before_the_first_poll() {
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let mut service = Pipeline::new().timeout(SECOND).service(service_fn(move |()| {
        counted.set(counted.get() + 1);
        ready(Ok::<_, BoxError>(()))
    }));
    let call = service.call(());
    assert_eq!(calls.get(), 0);
    let mut call = pin!(call);
    assert!(assert_ready!(call.as_mut().poll(&mut Context::from_waker(Waker::noop()))).is_ok());
    assert_eq!(calls.get(), 1);
}

#[test]
fn the_service_can_be_named_and_stored() {
    type Layers = Stack<Stack<Identity, Retries<Policy, Clock>>, Timeouts<Clock>>;
    struct Client {
        service: PipelineService<Layers, Door>,
    }
    let client = Client { service: Pipeline::new().retry(Policy::new()).timeout(SECOND).service(Door::new()) };
    let _ = client.service.clone();
}

/// On every runtime, with tower's buffer, whose worker is a task of that runtime's where it is tokio's.
async fn requests_of_many_tasks<R: anywhen::rt::Runtime>(rt: R) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let service = ServiceBuilder::new()
        .layer(
            Pipeline::new().retry_on(rt.clone(), Policy::of(Constant::new(MILLI))).timeout_on(rt.clone(), SECOND * 60),
        )
        .service(service_fn(move |n: u32| {
            // Every fourth call fails.
            let fails = counted.fetch_add(1, Ordering::Relaxed) % 4 == 3;
            async move { if fails { Err(BoxError::from("down")) } else { Ok(n * 2) } }
        }));
    let tasks: Vec<_> = (0..16).map(|n| anywhen::task::spawn_on(&rt, service.clone().oneshot(n))).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap().unwrap(), 2 * n as u32);
    }
    assert!(calls.load(Ordering::Relaxed) > 16);
}

mod matrix {
    use super::*;

    runtime_matrix! { requests_of_many_tasks }
}
