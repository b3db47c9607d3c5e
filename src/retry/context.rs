//! Operations with a context: one that each attempt is given and gives back, and one that each attempt is lent.
//!
//! An attempt is a future of its own, and cannot borrow from the closure that makes it. So what the attempts share, a
//! connection or a buffer, has to go from hand to hand. Both ways are kinds of [`Work`] for the one machine.

#![allow(unsafe_code, reason = "a context that is lent to one attempt after the other")]

use core::future::Future;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::work::{Driven, Task, Work};
use super::{Policy, Retry};
use crate::time::Clock;

/// Does `op` until it succeeds, or until the policy has had enough, and hands `context` from attempt to attempt: each is
/// given it and gives it back beside its result, and so does the whole.
///
/// Take it for a context that is owned: a connection from a pool, a buffer. For one that is borrowed, methods and async
/// closures read better with [`retry_mut`]; if the attempts need a shared reference alone, [`retry()`](super::retry()) does.
///
/// An attempt that has the context cannot be cut, or the context were lost: a program that sets an
/// [`attempt_timeout`](Retry::attempt_timeout) does not build. Put a [`timeout`](crate::time::timeout()) into the operation
/// instead, where it is dropped before the context is given back.
///
/// # Errors
///
/// The future gives the error of the last attempt, as it is, and the context.
///
/// # Cancel safety
///
/// Dropping the future drops the context, and the attempt that has it. What that had begun may have happened or not. If an
/// attempt panics, so does the whole, and the context is gone.
///
/// # Allocation
///
/// None.
///
/// # Examples
///
/// ```
/// use anywhen::retry::retry_with;
/// use anywhen::time::VirtualClock;
///
/// struct Connection {
///     requests: u32,
/// }
///
/// impl Connection {
///     async fn get(&mut self) -> Result<u32, &'static str> {
///         self.requests += 1;
///         if self.requests < 3 { Err("busy") } else { Ok(42) }
///     }
/// }
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let pooled = Connection { requests: 0 };
/// let (pooled, answer) = retry_with(pooled, |mut connection| async move {
///     let answer = connection.get().await;
///     (connection, answer)
/// })
/// .when(|error| *error == "busy")
/// .await;
/// assert_eq!((pooled.requests, answer), (3, Ok(42)));
/// # }));
/// ```
#[inline]
pub fn retry_with<C, F, Fut, V, E>(context: C, op: F) -> Retry<Carried<C, F>>
where
    F: FnMut(C) -> Fut,
    Fut: Future<Output = (C, Result<V, E>)>,
{
    Retry::new(Carried { context: Some(context), op }, Policy::new(), Clock::default())
}

/// An operation that is given its context and gives it back; from [`retry_with`].
#[derive(Clone, Copy, Debug)]
pub struct Carried<C, F> {
    /// While no attempt has it.
    context: Option<C>,
    op: F,
}

impl<C, F, Fut, V, E> Work for Carried<C, F>
where
    F: FnMut(C) -> Fut,
    Fut: Future<Output = (C, Result<V, E>)>,
{
    type Value = V;
    type Error = E;
    type Attempt = Fut;

    #[inline]
    fn begin(&mut self, _: Driven) -> Fut {
        let Some(context) = self.context.take() else { unreachable!("the attempt before has given it back") };
        (self.op)(context)
    }
}

impl<C, F, Fut, V, E> Task for Carried<C, F>
where
    F: FnMut(C) -> Fut,
    Fut: Future<Output = (C, Result<V, E>)>,
{
    type End<R> = (C, R);
    const CAN_BE_CUT: bool = false;

    #[inline]
    fn settle(&mut self, _: Driven, (context, result): (C, Result<V, E>)) -> Result<V, E> {
        self.context = Some(context);
        result
    }

    #[inline]
    fn end<R>(&mut self, _: Driven, result: R) -> (C, R) {
        let Some(context) = self.context.take() else { unreachable!("the last attempt has given it back") };
        (context, result)
    }
}

/// Does `op` until it succeeds, or until the policy has had enough, and lends `context` to each attempt.
///
/// `op` is a method, a named `async fn`, or an async closure that says the type of its parameter: whatever takes the borrow for
/// any lifetime ([`LentOperation`]). It makes one future after the other, each of which may hold the borrow while it runs. An
/// async closure may look at what is around it, but own or change nothing of that, which could not be expressed without losing
/// [`Send`]: put it into the context, or take [`Attempts`](super::Attempts), where the loop is yours. A closure that is not
/// `async`, such as `|connection| connection.get()`, takes the borrow for one lifetime alone.
///
/// # Errors
///
/// The future gives the error of the last attempt, as it is.
///
/// # Cancel safety
///
/// Dropping the future drops the attempt that is under way. What that had begun may have happened or not, to the context
/// as well.
///
/// # Allocation
///
/// None.
///
/// # Examples
///
/// ```
/// use anywhen::retry::retry_mut;
/// use anywhen::time::VirtualClock;
///
/// struct Connection {
///     requests: u32,
/// }
///
/// impl Connection {
///     async fn get(&mut self) -> Result<u32, &'static str> {
///         self.requests += 1;
///         if self.requests < 3 { Err("busy") } else { Ok(42) }
///     }
/// }
///
/// # anywhen::rt::Std.block_on(VirtualClock::new().scope(async {
/// let mut connection = Connection { requests: 0 };
/// assert_eq!(retry_mut(&mut connection, Connection::get).await, Ok(42));
/// assert_eq!(connection.requests, 3);
///
/// let name = String::from("page");
/// let page = retry_mut(&mut connection, async |connection: &mut Connection| {
///     connection.get().await.map(|number| format!("{name} {number}"))
/// });
/// assert_eq!(page.await.unwrap(), "page 42");
/// # }));
/// ```
#[inline]
pub fn retry_mut<'a, C: ?Sized, F, V, E>(context: &'a mut C, op: F) -> Retry<Lent<'a, C, F>>
where
    F: for<'x> LentOperation<&'x mut C, Output = V, Error = E>,
{
    let lent = Lent { context: NonNull::from(context), op, borrow: PhantomData, exact: PhantomData };
    Retry::new(lent, Policy::new(), Clock::default())
}

/// Something that can be done again and again with what it is lent: every `FnMut(C) -> impl Future<Output = Result<T, E>>`.
///
/// What [`retry_mut`] asks for is that for `&mut` of any lifetime, and the same result for all of them.
pub trait LentOperation<C> {
    /// What comes of it when it succeeds.
    type Output;
    /// What comes of it when it fails.
    type Error;
    /// One attempt.
    type Future: Future<Output = Result<Self::Output, Self::Error>>;

    /// Begins an attempt.
    fn attempt(&mut self, context: C) -> Self::Future;
}

impl<C, F, Fut, T, E> LentOperation<C> for F
where
    F: FnMut(C) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = T;
    type Error = E;
    type Future = Fut;

    #[inline]
    fn attempt(&mut self, context: C) -> Fut {
        self(context)
    }
}

/// An operation that is lent its context; from [`retry_mut`].
#[derive(Debug)]
pub struct Lent<'a, C: ?Sized, F> {
    /// Nobody else has it for `'a`.
    context: NonNull<C>,
    op: F,
    borrow: PhantomData<&'a mut C>,
    /// That this names `F` both ways keeps it what `retry_mut` asked it to be: a supertype of it is another type, and may
    /// be another operation, for one lifetime alone.
    exact: PhantomData<fn(F) -> F>,
}

// SAFETY: the pointer is a `&'a mut C` that each attempt is given in turn.
unsafe impl<C: ?Sized + Send, F: Send> Send for Lent<'_, C, F> {}
// SAFETY: as above; through a shared reference to us nothing is reached but `op`.
unsafe impl<C: ?Sized + Sync, F: Sync> Sync for Lent<'_, C, F> {}

impl<'a, C: ?Sized, F: LentOperation<&'a mut C>> Work for Lent<'a, C, F> {
    type Value = F::Output;
    type Error = F::Error;
    type Attempt = F::Future;

    #[inline]
    fn begin(&mut self, _: Driven) -> F::Future {
        // SAFETY: it was borrowed for `'a`, and we gave it to the attempts alone. The machine, which alone can make a
        // `Driven`, has dropped the one before, its output included if that had the borrow: but it has not. `retry_mut`
        // asks that `op` take a borrow of any lifetime, and give the same types for all of them. So what it takes may be
        // shorter than `'a` for all it knows: neither `op` nor the result can keep it.
        let context = unsafe { self.context.as_mut() };
        self.op.attempt(context)
    }
}

impl<'a, C: ?Sized, F: LentOperation<&'a mut C>> Task for Lent<'a, C, F> {
    type End<R> = R;

    #[inline]
    fn settle(&mut self, _: Driven, output: Result<F::Output, F::Error>) -> Result<F::Output, F::Error> {
        output
    }

    #[inline]
    fn end<R>(&mut self, _: Driven, result: R) -> R {
        result
    }
}
