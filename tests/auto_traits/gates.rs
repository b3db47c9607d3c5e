//! Gates: what they give out, and the call through one, which is what its gate, its call and its classifier are.

use std::future::Ready;
use std::marker::PhantomPinned;
use std::sync::Arc;

use anywhen::retry::gate::{AdaptiveAcquire, Admitted, AnyError, BulkheadAcquire, FailureWhen, RateAcquire};
use anywhen::retry::{
    AdaptiveLimit, BreakerMetrics, Bulkhead, CallError, CircuitBreaker, CircuitState, Gate, GateMetrics, Gated,
    Outcome, RateLimiter, Refused,
};

use super::*;

/// A gate that has a `T`, as have its admissions and passes.
#[derive(Clone)]
struct Holding<T>(T);

impl<T: Clone> Gate for Holding<T> {
    type Admission = Ready<Result<(), Refused>>;
    type Pass = ();

    fn admit(&self) -> Self::Admission {
        std::future::ready(Ok(()))
    }
}

type Call<T> = Ready<Result<T, T>>;

pin!(Gated<Holding<Plain>, Call<Plain>>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(CircuitBreaker: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(CircuitState: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(BreakerMetrics: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Admitted<&CircuitBreaker>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(GateMetrics: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(RateLimiter: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(RateAcquire<&RateLimiter>: Send Sync - - -);
pin!(Bulkhead: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(BulkheadAcquire<&Bulkhead>: Send Sync - - -);
pin!(AdaptiveLimit: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(AdaptiveAcquire<&AdaptiveLimit>: Send Sync - - -);
pin!(AnyError: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(FailureWhen<fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(CallError<Plain>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Outcome: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Refused: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x Gated<Holding<Plain>, &'x u8, &'x u8>;
    'x CircuitBreaker<&'x u8>;
    'x Admitted<&'x CircuitBreaker>;
    'x RateLimiter<&'x u8>;
    'x RateAcquire<&'x RateLimiter>;
    'x Bulkhead<&'x u8>;
    'x BulkheadAcquire<&'x Bulkhead>;
    'x AdaptiveLimit<&'x u8>;
    'x AdaptiveAcquire<&'x AdaptiveLimit>;
    'x FailureWhen<&'x u8>;
    'x CallError<&'x u8>;
}

is_not!(Gated<Holding<Neither>, Call<Plain>>: Send, Sync);
is_not!(Gated<Holding<Plain>, Call<Neither>>: Send, Sync);
is_not!(Gated<Holding<Plain>, Call<Plain>, Neither>: Send, Sync);
is_not!(Gated<Holding<Plain>, PhantomPinned>: Unpin);
is_not!(FailureWhen<Neither>: Send, Sync);
is_not!(CallError<Neither>: Send, Sync);

is!(Admitted<Arc<CircuitBreaker>>: Send, Sync, Unpin);
is_not!(CircuitBreaker<Neither>: Send, Sync);
is!(RateAcquire<Arc<RateLimiter>>: Send, Sync);
is_not!(RateLimiter<Neither>: Send, Sync);
is!(BulkheadAcquire<Arc<Bulkhead>>: Send, Sync);
is!(AdaptiveAcquire<Arc<AdaptiveLimit>>: Send, Sync);
is_not!(Bulkhead<Neither>: Send, Sync);
is_not!(AdaptiveLimit<Neither>: Send, Sync);
