//! The pieces of [`retry`](crate::retry) one around the other, in an order that can be read.

mod layers;
mod limited;
mod once;

use core::future::Future;
use core::time::Duration;

pub use self::layers::{Fallbacks, Gates, Hedges, Identity, Layered, Retries, Stack, Timeouts};
pub use self::limited::Limited;
pub use self::once::Once;
use super::strategy::{AnyError, Strategy, When};
use super::{Gate, Operation, hedge};
use crate::time::{Clock, Timer};

/// Makes of an operation another one, which does more than the first: the same again, or not always, or not for long.
///
/// Implement it for a layer of your own, and put that into a pipeline with [`Pipeline::layer`].
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
///
/// use anywhen::retry::{HedgePolicy, Layer, Operation, Pipeline};
///
/// /// Counts attempts.
/// #[derive(Clone, Copy)]
/// struct Counted<'a>(&'a Cell<u32>);
///
/// #[derive(Clone)]
/// struct Counting<'a, Op>(&'a Cell<u32>, Op);
///
/// impl<'a, Op: Operation> Layer<Op> for Counted<'a> {
///     type Operation = Counting<'a, Op>;
///
///     fn layer(&self, op: Op) -> Counting<'a, Op> {
///         Counting(self.0, op)
///     }
/// }
///
/// impl<Op: Operation> Operation for Counting<'_, Op> {
///     type Output = Op::Output;
///     type Error = Op::Error;
///     type Future = Op::Future;
///
///     fn attempt(&mut self) -> Op::Future {
///         self.0.set(self.0.get() + 1);
///         self.1.attempt()
///     }
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// let calls = Cell::new(0);
/// let pipeline = Pipeline::new().hedge(HedgePolicy::new()).layer(Counted(&calls));
/// assert_eq!(pipeline.call(|| async { Err::<(), _>("down") }).await, Err("down"));
/// assert_eq!(calls.get(), 2);
/// # });
/// ```
///
/// A function that takes any layers says what comes out of them:
///
/// ```
/// use std::io;
///
/// use anywhen::retry::{Layer, Operation, Pipeline, Policy};
///
/// async fn ask<L, Op>(pipeline: &Pipeline<L>, op: Op) -> io::Result<u32>
/// where
///     Op: Operation,
///     L: Layer<Op, Operation: Operation<Output = u32, Error = io::Error>>,
/// {
///     pipeline.call(op).await
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// let pipeline = Pipeline::new().retry(Policy::new());
/// assert_eq!(ask(&pipeline, || async { Ok::<_, io::Error>(42) }).await.unwrap(), 42);
/// # });
/// ```
pub trait Layer<Op: Operation> {
    /// What is made of it.
    type Operation: Operation;

    /// Makes it.
    fn layer(&self, op: Op) -> Self::Operation;
}

/// Layers around an operation, the outermost first: what is said first sees the result last.
///
/// The order is what is meant, and what it means is said by reading it: *retry, each attempt through the gate, which takes a
/// second at most*.
///
/// | said | each attempt | so |
/// |---|---|---|
/// | `.retry(p).gate(&breaker)` | goes through the breaker | the breaker learns of every attempt, and one that it turns away is tried again |
/// | `.gate(&breaker).retry(p)` | is made once the breaker has let the whole through | the breaker learns only whether all attempts failed |
/// | `.retry(p).timeout(d)` | may take `d` | the whole may take longer |
/// | `.timeout(d).retry(p)` | may take what is left | the whole may take `d` |
/// | `.hedge(p).gate(&limit)` | takes a place at the limit | hedges count as calls |
///
/// In doubt, from the outside in: fallback, retry, circuit breaker, rate limiter or bulkhead, hedge, timeout. A breaker around
/// other gates takes [`gate_classified`](Self::gate_classified): what they turn away says nothing of the other side.
///
/// It is a plain value, to be kept and cloned: what its layers share (a gate, a budget) they hold by reference or in an `Arc`. An
/// operation is cloned for each layer that makes attempts of it, so let it borrow, or be cheap to clone.
///
/// # Allocation
///
/// None, neither for the pipeline nor for a call.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use anywhen::retry::{CircuitBreaker, HedgePolicy, Pipeline, Policy};
/// use anywhen::time::Duration;
/// # async fn fetch(url: &str) -> io::Result<String> { Ok(url.to_owned()) }
///
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
///
/// # anywhen::rt::Std.block_on(async {
/// let pipeline = Pipeline::new()
///     .fallback(|_: io::Error| async { Ok("what the cache has".to_owned()) })
///     .retry(Policy::new())
///     .gate(&BREAKER)
///     .hedge(HedgePolicy::new().after(Duration::from_millis(50)))
///     .timeout(Duration::from_secs(1));
///
/// let url = "https://example.com";
/// assert_eq!(pipeline.call(|| fetch(url)).await.unwrap(), url);
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pipeline<L = Identity> {
    layers: L,
}

/// The future of a call through the layers `L`: to be named where it is stored.
///
/// ```
/// use std::future::{Ready, ready};
///
/// use anywhen::retry::pipeline::{Call, Identity, Retries, Stack};
/// use anywhen::retry::{Pipeline, Policy};
/// use anywhen::time::Clock;
///
/// type Layers = Stack<Identity, Retries<Policy, Clock>>;
/// type Op = fn() -> Ready<Result<u8, u8>>;
///
/// struct Client {
///     pipeline: Pipeline<Layers>,
///     call: Option<Call<Layers, Op>>,
/// }
///
/// let pipeline = Pipeline::new().retry(Policy::new());
/// let call = pipeline.call((|| ready(Ok(7))) as Op);
/// let client = Client { pipeline, call: Some(call) };
/// # assert_eq!(anywhen::rt::Std.block_on(client.call.unwrap()), Ok(7));
/// ```
pub type Call<L, Op> = Once<<L as Layer<Op>>::Operation>;

impl Pipeline {
    /// No layer yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # anywhen::rt::Std.block_on(async {
    /// assert_eq!(anywhen::retry::Pipeline::new().call(|| async { Ok::<_, ()>(1) }).await, Ok(1));
    /// # });
    /// ```
    pub const fn new() -> Self {
        Self { layers: Identity }
    }
}

impl Default for Pipeline {
    fn default() -> Self {
        Self::new()
    }
}

impl<L> Pipeline<L> {
    /// Does `op` within all layers.
    ///
    /// # Errors
    ///
    /// The future gives what the outermost layer makes of it all.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops all attempts that are under way. What they had begun may have happened or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Pipeline, Policy};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().retry(Policy::new());
    /// assert_eq!(pipeline.call(|| async { Ok::<_, ()>(1) }).await, Ok(1));
    /// # });
    /// ```
    #[inline]
    pub fn call<Op: Operation>(&self, op: Op) -> Call<L, Op>
    where
        L: Layer<Op>,
    {
        Once::new(self.layers.layer(op))
    }

    /// Within what there is, a layer of any kind; see [`Layer`].
    ///
    /// # Examples
    ///
    /// Layers that belong together, as a layer:
    ///
    /// ```
    /// use anywhen::retry::{Pipeline, Policy};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let patiently = Pipeline::new().retry(Policy::new());
    /// let pipeline = Pipeline::new().fallback(|_: &str| async { Ok(0) }).layer(patiently);
    /// assert_eq!(pipeline.call(|| async { Ok(1) }).await, Ok(1));
    /// # });
    /// ```
    #[must_use]
    pub fn layer<M>(self, layer: M) -> Pipeline<Stack<L, M>> {
        Pipeline { layers: Stack { outer: self.layers, inner: layer } }
    }

    /// Within what there is, tries again as `policy` says; see [`retry()`](super::retry()).
    ///
    /// What a retry can be told the policy can be told before, conditions, hooks and budgets among it: see
    /// [`PolicyExt`](super::PolicyExt) and [the guide](super::guide#in-which-order).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Pipeline, Policy};
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().retry(Policy::new().max_retries(5));
    /// assert_eq!(pipeline.call(|| async { Ok::<_, ()>(1) }).await, Ok(1));
    /// # });
    /// ```
    #[must_use]
    pub fn retry<P: Strategy>(self, policy: P) -> Pipeline<Stack<L, Retries<P, Clock>>> {
        self.retry_on(Clock::default(), policy)
    }

    /// As [`retry`](Self::retry), by a timer of your choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{Pipeline, Policy};
    /// use anywhen::rt;
    ///
    /// # rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().retry_on(rt::Std, Policy::new());
    /// assert_eq!(pipeline.call(|| async { Ok::<_, ()>(1) }).await, Ok(1));
    /// # });
    /// ```
    #[must_use]
    pub fn retry_on<T: Timer, P: Strategy>(self, timer: T, policy: P) -> Pipeline<Stack<L, Retries<P, T>>> {
        self.layer(Retries { policy, timer })
    }

    /// Within what there is, makes another attempt beside one that is slow; see [`hedge()`](super::hedge()).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, Pipeline};
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().hedge(HedgePolicy::new().after(Duration::from_millis(20)));
    /// assert_eq!(pipeline.call(|| async { Ok::<_, ()>(1) }).await, Ok(1));
    /// # });
    /// ```
    #[must_use]
    pub fn hedge<P: hedge::Plan>(self, policy: P) -> Pipeline<Stack<L, Hedges<P, Clock>>> {
        self.hedge_on(Clock::default(), policy)
    }

    /// As [`hedge`](Self::hedge), by a timer of your choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::{HedgePolicy, Pipeline};
    /// use anywhen::rt;
    ///
    /// # rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().hedge_on(rt::Std, HedgePolicy::new());
    /// assert_eq!(pipeline.call(|| async { Ok::<_, ()>(1) }).await, Ok(1));
    /// # });
    /// ```
    #[must_use]
    pub fn hedge_on<T: Timer, P: hedge::Plan>(self, timer: T, policy: P) -> Pipeline<Stack<L, Hedges<P, T>>> {
        self.layer(Hedges { policy, timer })
    }

    /// Within what there is, goes through `gate`, by reference or in an `Arc`: a circuit breaker, a limit. Every error is a
    /// failure to it.
    ///
    /// Around other gates, what these turn away is a failure, too: a breaker that is to hear of the other side alone takes
    /// [`gate_classified`](Self::gate_classified).
    ///
    /// The error of the operation must be made of [`Refused`](super::Refused); see [`CallError`](super::CallError) for one that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::{CircuitBreaker, Pipeline};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().gate(&BREAKER);
    /// assert_eq!(pipeline.call(|| async { Ok::<_, io::Error>(1) }).await.unwrap(), 1);
    /// # });
    /// ```
    #[must_use]
    pub fn gate<G: Gate>(self, gate: G) -> Pipeline<Stack<L, Gates<G, AnyError>>> {
        self.gate_classified(gate, AnyError)
    }

    /// As [`gate`](Self::gate), for which `classify` says how calls went: a function of the result, or a classifier with a name
    /// (see [`Classify`](super::Classify)).
    ///
    /// # Examples
    ///
    /// What the bulkhead turns away tells the breaker nothing:
    ///
    /// ```
    /// use anywhen::retry::{Bulkhead, CallError, CircuitBreaker, Outcome, Pipeline};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    /// static PLACES: Bulkhead = Bulkhead::new(16, 64);
    ///
    /// fn of_the_server<T>(result: &Result<T, CallError<String>>) -> Outcome {
    ///     match result {
    ///         Ok(_) => Outcome::Success,
    ///         Err(CallError::Refused(_)) => Outcome::Ignored,
    ///         Err(_) => Outcome::Failure,
    ///     }
    /// }
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().gate_classified(&BREAKER, of_the_server).gate(&PLACES);
    /// assert_eq!(pipeline.call(|| async { Ok::<_, CallError<String>>(1) }).await, Ok(1));
    /// # });
    /// ```
    #[must_use]
    pub fn gate_classified<G: Gate, C>(self, gate: G, classify: C) -> Pipeline<Stack<L, Gates<G, C>>> {
        self.layer(Gates { gate, classify })
    }

    /// Within what there is, fails with an error made of [`Elapsed`](crate::time::error::Elapsed) what is pending for longer
    /// than `limit`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{future, io};
    ///
    /// use anywhen::retry::Pipeline;
    /// use anywhen::time::Duration;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().timeout(Duration::from_millis(1));
    /// let error = pipeline.call(future::pending::<io::Result<()>>).await.unwrap_err();
    /// assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    /// # });
    /// ```
    #[must_use]
    pub fn timeout(self, limit: Duration) -> Pipeline<Stack<L, Timeouts<Clock>>> {
        self.timeout_on(Clock::default(), limit)
    }

    /// As [`timeout`](Self::timeout), by a timer of your choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use anywhen::retry::Pipeline;
    /// use anywhen::rt;
    /// use anywhen::time::Duration;
    ///
    /// # rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().timeout_on(rt::Std, Duration::from_secs(1));
    /// assert_eq!(pipeline.call(|| async { Ok::<_, io::Error>(1) }).await.unwrap(), 1);
    /// # });
    /// ```
    #[must_use]
    pub fn timeout_on<T: Timer>(self, timer: T, limit: Duration) -> Pipeline<Stack<L, Timeouts<T>>> {
        self.layer(Timeouts { limit, timer })
    }

    /// Within what there is, does what `other` makes of the error in place of what has failed; see
    /// [`fallback()`](super::fallback()).
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Pipeline;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().fallback(|_: &str| async { Ok(0) });
    /// assert_eq!(pipeline.call(|| async { Err("down") }).await, Ok(0));
    /// # });
    /// ```
    #[must_use]
    pub fn fallback<T, E, H, G>(self, other: H) -> Pipeline<Stack<L, Fallbacks<H, AnyError>>>
    where
        H: FnOnce(E) -> G + Clone,
        G: Future<Output = Result<T, E>>,
    {
        self.layer(Fallbacks { other, condition: AnyError })
    }

    /// As [`fallback`](Self::fallback), for errors for which `condition` is true.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::Pipeline;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let pipeline = Pipeline::new().fallback_when(|status: &u16| *status == 404, |_| async { Ok("") });
    /// assert_eq!(pipeline.call(|| async { Err(404) }).await, Ok(""));
    /// assert_eq!(pipeline.call(|| async { Err(500) }).await, Err(500));
    /// # });
    /// ```
    #[must_use]
    pub fn fallback_when<T, E, P, H, G>(self, condition: P, other: H) -> Pipeline<Stack<L, Fallbacks<H, When<P>>>>
    where
        P: FnMut(&E) -> bool + Clone,
        H: FnOnce(E) -> G + Clone,
        G: Future<Output = Result<T, E>>,
    {
        self.layer(Fallbacks { other, condition: When(condition) })
    }
}

/// A pipeline within another.
impl<Op: Operation, L: Layer<Op>> Layer<Op> for Pipeline<L> {
    type Operation = L::Operation;

    #[inline]
    fn layer(&self, op: Op) -> L::Operation {
        self.layers.layer(op)
    }
}
