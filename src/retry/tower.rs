//! Pipelines as layers of tower: one adapter for all of them.
//!
//! A service of tower and an operation differ in two things. A service is given a request; the operation that it becomes here has
//! one, and a clone of it for each attempt. And a service says beforehand whether it is ready; here each attempt asks that for
//! itself, when its turn has come, of a clone of the service that is its own.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;
use tower_service::Service;

use super::pipeline::Call;
use super::{Layer, Operation, Pipeline};
use crate::internal::live::Live;
use crate::internal::pin_project::pin_project;

/// A pipeline around a service: each request goes through all the layers. It needs no runtime, and goes under every one.
///
/// The request and the service must be `Clone`, for there may be several attempts; wrap a service that is not with tower's
/// `Buffer`. The error of the service must be what the layers ask of the error of an operation: made of
/// [`Refused`](super::Refused) for gates and of [`Elapsed`](crate::time::error::Elapsed) for time limits, as tower's `BoxError`
/// is. For one that is not, put a `map_err` with [`CallError::Failed`](super::CallError) within the pipeline.
///
/// # Examples
///
/// A client as it is made for tonic or hyper, or a handler for axum:
///
/// ```
/// use anywhen::retry::{Budget, CircuitBreaker, HedgePolicy, Pipeline, Policy};
/// use anywhen::time::Duration;
/// use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
///
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
/// static BUDGET: Budget = Budget::new(0.05);
///
/// # anywhen::rt::Std.block_on(async {
/// let pipeline = Pipeline::new()
///     .retry(Policy::new())
///     .gate(&BREAKER)
///     .hedge(HedgePolicy::new().after(Duration::from_millis(50)).budget(&BUDGET))
///     .timeout(Duration::from_secs(1));
///
/// let mut client = ServiceBuilder::new()
///     .layer(pipeline)
///     .service(service_fn(|name: String| async move { Ok::<_, BoxError>(format!("Hello, {name}!")) }));
///
/// let reply = client.ready().await?.call("Ferris".to_owned()).await?;
/// assert_eq!(reply, "Hello, Ferris!");
/// # Ok::<_, BoxError>(())
/// # }).unwrap();
/// ```
impl<L: Clone, S> tower_layer::Layer<S> for Pipeline<L> {
    type Service = PipelineService<L, S>;

    fn layer(&self, service: S) -> Self::Service {
        PipelineService { pipeline: self.clone(), service }
    }
}

impl<L> Pipeline<L> {
    /// The pipeline around a service of tower; what `tower_layer::Layer` does, for which there is a layer of another kind by
    /// that name here.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Pipeline, Policy};
    /// use tower::{ServiceExt, service_fn};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let double = service_fn(|n: u32| async move { Ok::<_, ()>(n * 2) });
    /// assert_eq!(Pipeline::new().retry(Policy::new()).service(double).oneshot(21).await, Ok(42));
    /// # });
    /// ```
    #[must_use]
    pub fn service<S>(self, service: S) -> PipelineService<L, S> {
        PipelineService { pipeline: self, service }
    }
}

/// A service within a pipeline; from [`Pipeline::service`], or made by a [`Pipeline`] as a `tower_layer::Layer`.
///
/// It is always ready: whether the service inside is, is part of each attempt, and so is what that waits for.
#[derive(Clone, Copy, Debug)]
pub struct PipelineService<L, S> {
    pipeline: Pipeline<L>,
    service: S,
}

impl<L, S, Req> Service<Req> for PipelineService<L, S>
where
    S: Service<Req> + Clone,
    Req: Clone,
    L: Layer<ServiceCall<S, Req>>,
{
    type Response = <L::Operation as Operation>::Output;
    type Error = <L::Operation as Operation>::Error;
    type Future = Call<L, ServiceCall<S, Req>>;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, request: Req) -> Self::Future {
        self.pipeline.call(ServiceCall::new(self.service.clone(), request))
    }
}

/// A request to a service, as an [`Operation`]: each attempt is made of clones of both.
///
/// # Examples
///
/// ```
/// use anywhen::retry::{ServiceCall, retry};
/// use tower::service_fn;
///
/// # anywhen::rt::Std.block_on(async {
/// let double = service_fn(|n: u32| async move { Ok::<_, ()>(n * 2) });
/// assert_eq!(retry(ServiceCall::new(double, 21)).max_retries(5).await, Ok(42));
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ServiceCall<S, Req> {
    service: S,
    request: Req,
}

impl<S: Service<Req> + Clone, Req: Clone> ServiceCall<S, Req> {
    /// The operation.
    pub const fn new(service: S, request: Req) -> Self {
        Self { service, request }
    }
}

impl<S: Service<Req> + Clone, Req: Clone> Operation for ServiceCall<S, Req> {
    type Output = S::Response;
    type Error = S::Error;
    type Future = ServiceAttempt<S, Req>;

    #[inline]
    fn attempt(&mut self) -> Self::Future {
        let (service, request) = (self.service.clone(), Some(self.request.clone()));
        ServiceAttempt { course: Live::new(Course { service, request, response: None }) }
    }
}

pin_project! {
    /// One attempt of a request: waits for the service to be ready, and calls it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the request, or the call that is under way.
    ///
    /// # Panics
    ///
    /// Polling panics once it has given its result, or the service or the call has panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct ServiceAttempt<S: Service<Req>, Req> {
        #[pin]
        course: Live<Course<S, Req, S::Future>>,
    }
}

pin_project! {
    struct Course<S, Req, F> {
        service: S,
        // Taken out when the service is ready.
        request: Option<Req>,
        #[pin]
        response: Option<F>,
    }
}

impl<S: Service<Req>, Req> Future for ServiceAttempt<S, Req> {
    type Output = Result<S::Response, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().course.poll("ServiceAttempt", |course| {
            let mut this = course.project();
            if this.request.is_some() {
                ready!(this.service.poll_ready(cx))?;
            }
            if let Some(request) = this.request.take() {
                this.response.set(Some(this.service.call(request)));
            }
            match this.response.as_pin_mut() {
                Some(response) => response.poll(cx),
                None => unreachable!("it has been called"),
            }
        })
    }
}

impl<S: Service<Req>, Req> FusedFuture for ServiceAttempt<S, Req> {
    fn is_terminated(&self) -> bool {
        self.course.is_over()
    }
}

impl<S: Service<Req>, Req> fmt::Debug for ServiceAttempt<S, Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.course.debug("ServiceAttempt", f)
    }
}
