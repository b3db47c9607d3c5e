//! `join!` and `try_join!`.
//!
//! A macro evaluates its expressions into a tuple of [`MaybeDone`](crate::future::MaybeDone) slots, and awaits
//! [`Branches`](super::Branches) over it.

#![allow(unsafe_code, reason = "the expansions pin the slots")]

/// Runs any number of futures to the end, concurrently on the current task, and gives a tuple of all outputs.
///
/// It is to be used inside of `async` functions and blocks. The expressions are evaluated in order, each to a future
/// or to what becomes one by [`IntoFuture`]; the futures live in the enclosing future, may borrow what is around them,
/// and need not be `Unpin`. Unlike tuples' `.join()`, it takes any number of branches from zero on, as far as the
/// recursion limit of macros goes (the usual 128 is enough for some 120).
///
/// With branches that give `Result`s it waits for all of them whatever they give; [`try_join!`](crate::try_join!)
/// stops at the first error.
///
/// # Cancel safety
///
/// Dropping the enclosing future drops the unfinished branches, and the outputs of the finished ones are lost, in the
/// order of the branches.
///
/// # Fairness
///
/// Each wake polls every unfinished branch once. Which of them is polled first rotates from poll to poll, so that a
/// branch that uses up a budget shared by the task (tokio's, say) cannot starve the others. With `biased;` in front,
/// they are always polled in order; it is then up to the caller to put greedy branches last.
///
/// # Panics
///
/// A panic in a branch passes through; the other branches are dropped.
///
/// # Examples
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// let text = String::from("borrowed");
/// let (length, upper) = anywhen::join!(async { text.len() }, async { text.to_uppercase() });
/// assert_eq!((length, upper.as_str()), (8, "BORROWED"));
///
/// let in_order = anywhen::join!(biased; async { 1 }, async { 2 }, async { 3 });
/// assert_eq!(in_order, (1, 2, 3));
/// # });
/// ```
#[macro_export]
macro_rules! join {
    (biased;) => { () };
    () => { () };
    (biased; $($future:expr),+ $(,)?) => { $crate::__join!(@name join biased [] $($future,)+) };
    ($($future:expr),+ $(,)?) => { $crate::__join!(@name join fair [] $($future,)+) };
}

/// Runs any number of futures, concurrently on the current task, and gives a tuple of all outputs, or the first error.
///
/// It is to be used inside of `async` functions and blocks, and is as [`join!`](crate::join!) but for errors: every
/// branch gives a `Result`, all with one type of error. As soon as one fails, the others are dropped and the error is
/// what the macro gives, as a `Result`: it does not return from the enclosing function.
///
/// # Errors
///
/// The error of the branch that was first to fail.
///
/// # Cancel safety
///
/// Dropping the enclosing future drops the unfinished branches, and the outputs of the finished ones are lost, in the
/// order of the branches.
///
/// # Fairness
///
/// As [`join!`](crate::join!).
///
/// # Panics
///
/// A panic in a branch passes through; the other branches are dropped.
///
/// # Examples
///
/// ```
/// async fn parse(text: &str) -> Result<i32, std::num::ParseIntError> {
///     text.parse()
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(anywhen::try_join!(parse("1"), parse("2")), Ok((1, 2)));
/// assert!(anywhen::try_join!(parse("1"), parse("two")).is_err());
/// # });
/// ```
#[macro_export]
macro_rules! try_join {
    (biased;) => { $crate::future::support::Result::Ok(()) };
    () => { $crate::future::support::Result::Ok(()) };
    (biased; $($future:expr),+ $(,)?) => { $crate::__join!(@name try_join biased [] $($future,)+) };
    ($($future:expr),+ $(,)?) => { $crate::__join!(@name try_join fair [] $($future,)+) };
}

/// What `join!` and `try_join!` expand to.
#[doc(hidden)]
#[macro_export]
macro_rules! __join {
    // Gives each branch a name. It is `slot` every time, but each is from another expansion, and hygiene keeps them
    // apart.
    (@name $verb:ident $order:ident [$($named:tt)*] $future:expr, $($rest:tt)*) => {
        $crate::__join!(@name $verb $order [$($named)* (slot $future)] $($rest)*)
    };
    (@name $verb:ident $order:ident [$(($slot:ident $future:expr))+]) => {{
        // Temporaries in the expressions end with this statement.
        let slots = ($($crate::future::support::maybe_done(
            $crate::future::support::IntoFuture::into_future($future)
        ),)+);
        let mut rotation = $crate::future::support::Rotation::new();
        $crate::future::support::branches(slots, move |slots, cx| {
            // SAFETY: each slot is pinned because the tuple is, and nothing is moved out of either.
            let ($($slot,)+) = unsafe { slots.get_unchecked_mut() };
            // SAFETY: as above.
            $(let mut $slot = unsafe { $crate::future::support::Pin::new_unchecked($slot) };)+
            let mut pending = false;
            $crate::__join!(@pass $order rotation $({ $crate::__join!(@poll $verb $slot cx pending) })+);
            if pending {
                return $crate::future::support::Poll::Pending;
            }
            #[allow(unreachable_code, reason = "what comes after an output of the type `!`")]
            {
                $crate::future::support::Poll::Ready($crate::__join!(@take $verb $($slot)+))
            }
        })
        .await
    }};
    (@pass biased $rotation:ident $($poll:block)+) => { $($poll)+ };
    (@pass fair $rotation:ident $($poll:block)+) => {
        let mut pass = $rotation.pass([$(::core::stringify!($poll)),+].len());
        loop {
            $(
                if pass.is_over() {
                    break;
                }
                if pass.is_next() {
                    $poll
                }
            )+
        }
    };
    (@poll join $slot:ident $cx:ident $pending:ident) => {
        $pending |= $crate::future::support::poll($slot.as_mut(), $cx).is_pending()
    };
    (@poll try_join $slot:ident $cx:ident $pending:ident) => {
        match $crate::future::support::try_poll($slot.as_mut(), $cx) {
            $crate::future::support::Poll::Ready($crate::future::support::Result::Ok(())) => {}
            $crate::future::support::Poll::Ready($crate::future::support::Result::Err(error)) => {
                return $crate::future::support::Poll::Ready($crate::future::support::Result::Err(error));
            }
            $crate::future::support::Poll::Pending => $pending = true,
        }
    };
    (@take join $($slot:ident)+) => { ($($crate::future::support::take($slot),)+) };
    (@take try_join $($slot:ident)+) => {
        $crate::future::support::Result::Ok(($($crate::future::support::take_ok($slot),)+))
    };
}
