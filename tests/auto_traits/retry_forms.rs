//! The siblings of `retry`: loops, contexts, threads and streams; what they are of, and who is told.

use std::future::Ready;

use anywhen::retry::backoff::{Smooth, SmoothDelays};
use anywhen::retry::strategy::{Budgeted, Observed, Until};
use anywhen::retry::work::{Blocking, Carried, Driven, Lent, Resume, Streams};
use anywhen::retry::{Attempt, AttemptFailed, Attempts, Budget, Counters, NextAttempt, Policy, Retry};
use anywhen::stream::Iter;

use super::*;

pin!(Attempt: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Attempts<Policy>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(NextAttempt<'static, Policy>: Send Sync - - -);
pin!(AttemptFailed<'static, Policy, Plain>: Send Sync - - -);
pin!(Blocking<fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Carried<Plain, fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Lent<'static, Plain, fn()>: Send Sync Unpin - RefUnwindSafe);
pin!(Streams<fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Resume<Plain, fn(), fn()>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Driven: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Smooth: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(SmoothDelays: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Counters: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Until: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Observed<&'static Counters>: Send Sync Unpin UnwindSafe RefUnwindSafe);
pin!(Budgeted<&'static Budget>: Send Sync Unpin UnwindSafe RefUnwindSafe);

covariant! {
    'x Blocking<&'x u8>;
    'x Carried<&'x u8, &'x u8>;
    'x Streams<&'x u8>;
    'x Resume<&'x u8, &'x u8, &'x u8>;
    'x Observed<&'x u8>;
    'x Budgeted<&'x u8>;
}

type Carry<T> = Carried<T, fn(T) -> Ready<(T, Result<T, T>)>>;
type Borrow<T> = Lent<'static, T, fn(&'static mut T) -> Ready<Result<T, T>>>;
type Connect<T> = Streams<fn() -> Iter<std::vec::IntoIter<Result<T, T>>>>;

// A retry is what it is of.
is!(Retry<Carry<OnlySend>>: Send);
is_not!(Retry<Carry<Neither>>: Send, Sync);
is!(Retry<Borrow<OnlySend>>: Send);
is_not!(Retry<Borrow<OnlySync>>: Send);
is_not!(Retry<Borrow<Neither>>: Send, Sync);
is!(Retry<Connect<OnlySend>>: Send);
is_not!(Retry<Connect<Neither>>: Send, Sync);

// What is lent is as a mutable borrow.
is!(Lent<'static, OnlySend, fn()>: Send);
is_not!(Lent<'static, OnlySend, fn()>: Sync);
is!(Lent<'static, OnlySync, fn()>: Sync);
is_not!(Lent<'static, OnlySync, fn()>: Send);
is_not!(Lent<'static, Plain, Neither>: Send, Sync);

// Loops are what the policy is, and a future of one borrows it.
is!(Attempts<&'static Policy>: Send, Sync);
is!(AttemptFailed<'static, Policy, OnlySend>: Send);
is_not!(AttemptFailed<'static, Policy, OnlySend>: Sync);
is_not!(AttemptFailed<'static, Policy, Neither>: Send, Sync);
is_not!(Carried<Neither, fn()>: Send, Sync);
is_not!(Blocking<Neither>: Send, Sync);
is_not!(Streams<Neither>: Send, Sync);
is_not!(Resume<Neither, fn(), fn()>: Send, Sync);
is_not!(Observed<Neither>: Send, Sync);
is_not!(Budgeted<Neither>: Send, Sync);

is!(Attempt: Copy);
is!(Smooth: Copy);
is!(Until: Copy);
