//! `select!`.
//!
//! The macro goes through its branches one at a time, and brings each to one form: a pattern, a future, perhaps a
//! condition, a handler. Then it evaluates the futures into a tuple, awaits [`Branches`](super::Branches) over it, and
//! matches what that gives against the patterns once more, to run the handler where the caller wrote it.
//!
//! Whether a pattern matches has to be known inside, before the output is taken apart outside. A guard that notes that
//! it was asked, and says no, tells that and moves nothing. The bindings of this first match are used by nobody, so
//! the match is put into a macro of its own, about whose code the compiler does not complain; an `allow` would be at
//! odds with a caller's `forbid`.

#![allow(unsafe_code, reason = "the expansions pin the branches")]

/// Waits for the first of several futures whose output matches its pattern, drops all of them, and runs that branch's
/// handler.
///
/// It is to be used inside of `async` functions and blocks. The syntax and its meaning are tokio's:
///
/// ```text
/// select! {
///     biased;                                             // perhaps
///     <pattern> = <future> => <handler>,                  // up to 64 branches
///     <pattern> = <future>, if <condition> => <handler>,
///     else => <expression>,                               // perhaps
/// }
/// ```
///
/// A handler is any expression. The comma behind it may be left out behind the last one, and behind a block. All
/// handlers, and `else`, give one type, which is what the whole gives.
///
/// 1. All conditions are evaluated, in order. A branch whose condition is false is *disabled* for this time.
/// 2. All futures are evaluated, in order: **those of disabled branches too**, though they will not be polled.
/// 3. The branches that are not disabled are polled until one gives an output that matches its pattern. One whose
///    output does not match is disabled: its output is dropped, and it is not polled again.
/// 4. All futures are dropped, in order. Only then does the handler run, with what the pattern has bound.
/// 5. If all branches are disabled, `else` is evaluated instead, likewise after all futures have been dropped. A branch that
///    only ends with the program, or with its deadline, `() = token.cancelled()` say, is never disabled: beside it there is no
///    `else`, and a stream that has ended is to be matched as such, `item = stream.next()` with its `None`.
///
/// Nothing is wrapped around conditions, futures and handlers, so `.await`, `?`, `return`, `break` and `continue` in
/// them mean what they mean outside. The futures live in the enclosing future, may borrow what is around them, and
/// need not be `Unpin`. An expression that gives a reference, `&mut future` say, leaves what it refers to alone.
///
/// For the first of several futures without more ado, there are the methods
/// [`.select()`](crate::future::traits::Select::select) and [`.race()`](crate::future::traits::Race::race).
///
/// # Cancel safety
///
/// The branches that have not won are dropped, and lose whatever losing means to them: see the section of that name of
/// each future. In a loop, that happens each time round. Where it must not, make the future before the loop, pin it,
/// and give the macro `&mut` of it.
///
/// Dropping the enclosing future drops the branches. No output is held that could be lost.
///
/// # Fairness
///
/// Each poll begins at a branch drawn at random, so that no branch wins for its place, not even in a loop around the
/// macro. With `biased;` in front, each begins at the first: a branch that is always ready then starves those behind
/// it, so put first what is rare and what has to come through, such as a shutdown. It saves drawing a random number at
/// each poll.
///
/// # Allocation
///
/// None. The enclosing future holds the branches' futures and a few words more.
///
/// # Panics
///
/// If all branches are disabled, be it by their conditions or because their outputs did not match, and there is no
/// `else`.
///
/// A panic in a branch passes through; the other branches are dropped.
///
/// # Examples
///
/// The first of two:
///
/// ```
/// use std::future::pending;
///
/// # anywhen::rt::Std.block_on(async {
/// let line = anywhen::select! {
///     line = async { "a line" } => line,
///     () = pending() => "nothing",
/// };
/// assert_eq!(line, "a line");
/// # });
/// ```
///
/// A pattern that may not match, and `else` for when none does:
///
/// ```
/// use std::future::ready;
///
/// async fn first(a: Option<u8>, b: Result<u8, ()>) -> u8 {
///     anywhen::select! {
///         Some(n) = ready(a) => n,
///         Ok(n @ 1..) = ready(b) => n,
///         else => 0,
///     }
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(first(Some(1), Err(())).await, 1);
/// assert_eq!(first(None, Ok(2)).await, 2);
/// assert_eq!(first(None, Ok(0)).await, 0);
/// # });
/// ```
///
/// Conditions. What they do not want is made all the same, and not polled:
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// let (mut made, mut done) = (0, [false; 2]);
/// while done != [true; 2] {
///     let mut job = |n: usize| {
///         made += 1;
///         async move { n }
///     };
///     let n = anywhen::select! {
///         n = job(0), if !done[0] => n,
///         n = job(1), if !done[1] => n,
///     };
///     done[n] = true;
/// }
/// assert_eq!(made, 4);
/// # });
/// ```
///
/// A future that outlives the loop, and handlers that leave it:
///
/// ```
/// use std::pin::pin;
///
/// use anywhen::future::yield_now;
///
/// async fn slowly() -> Result<u8, &'static str> {
///     yield_now().await;
///     Ok(7)
/// }
///
/// async fn run() -> Result<(u8, u32), &'static str> {
///     let mut slow = pin!(slowly());
///     let mut ticks = 0;
///     loop {
///         anywhen::select! {
///             biased;
///             result = &mut slow => {
///                 let seven = result?;
///                 break Ok((seven, ticks));
///             }
///             () = async {} => ticks += 1,
///         }
///     }
/// }
///
/// # anywhen::rt::Std.block_on(async {
/// assert_eq!(run().await, Ok((7, 1)));
/// # });
/// ```
///
/// In order, for what must not be starved:
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// let first = anywhen::select! {
///     biased;
///     _ = async {} => "shut down",
///     _ = async {} => "work",
/// };
/// assert_eq!(first, "shut down");
/// # });
/// ```
///
/// The futures are gone before the handler runs, so it may use what they borrowed:
///
/// ```
/// # anywhen::rt::Std.block_on(async {
/// let mut text = String::from("a");
/// anywhen::select! {
///     () = async { text.push('b') } => text.push('c'),
///     () = std::future::pending() => {}
/// }
/// assert_eq!(text, "abc");
/// # });
/// ```
#[macro_export]
macro_rules! select {
    (biased; $($branches:tt)*) => { $crate::__select!(@begin biased $($branches)*) };
    ($($branches:tt)*) => { $crate::__select!(@begin fair $($branches)*) };
}

/// What `select!` expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@begin $order:ident) => { ::core::compile_error!("`select!` needs a branch") };
    (@begin $order:ident else $($rest:tt)*) => { $crate::__select!(@else () $($rest)*) };
    // What follows takes: the order; the branches that are through; a number and a name for each that may come; the
    // branch at hand, up to its `=>`; the rest.
    (@begin $order:ident $pattern:pat = $future:expr $(, if $condition:expr)? => $($rest:tt)+) => {
        $crate::__select!(@next $order [] [
            (0 _0) (1 _1) (2 _2) (3 _3) (4 _4) (5 _5) (6 _6) (7 _7) (8 _8) (9 _9) (10 _10) (11 _11) (12 _12) (13 _13)
            (14 _14) (15 _15) (16 _16) (17 _17) (18 _18) (19 _19) (20 _20) (21 _21) (22 _22) (23 _23) (24 _24) (25 _25)
            (26 _26) (27 _27) (28 _28) (29 _29) (30 _30) (31 _31) (32 _32) (33 _33) (34 _34) (35 _35) (36 _36) (37 _37)
            (38 _38) (39 _39) (40 _40) (41 _41) (42 _42) (43 _43) (44 _44) (45 _45) (46 _46) (47 _47) (48 _48) (49 _49)
            (50 _50) (51 _51) (52 _52) (53 _53) (54 _54) (55 _55) (56 _56) (57 _57) (58 _58) (59 _59) (60 _60) (61 _61)
            (62 _62) (63 _63)
        ] (($pattern) ($future) ($($condition)?)) $($rest)+)
    };
    (@begin $order:ident $($rest:tt)*) => { $crate::__select!(@wrong $($rest)*) };

    // One branch: its handler, and up to the `=>` of the next. A handler that is a block needs no comma.
    (@next $order:ident $done:tt [] $head:tt $($rest:tt)*) => {
        ::core::compile_error!("`select!` takes at most 64 branches")
    };
    (
        @next $order:ident [$($done:tt)*] [($i:tt $n:ident) $($names:tt)*] $head:tt $handler:block $(,)?
        else $($rest:tt)*
    ) => {
        $crate::__select!(@else ($order $($done)* ($i $n future $head $handler)) $($rest)*)
    };
    (
        @next $order:ident [$($done:tt)*] [($i:tt $n:ident) $($names:tt)*] $head:tt $handler:block $(,)?
        $pattern:pat = $future:expr $(, if $condition:expr)? => $($rest:tt)+
    ) => {
        $crate::__select!(
            @next $order [$($done)* ($i $n future $head $handler)] [$($names)*]
            (($pattern) ($future) ($($condition)?)) $($rest)+
        )
    };
    (@next $order:ident [$($done:tt)*] [($i:tt $n:ident) $($names:tt)*] $head:tt $handler:block $(,)?) => {
        $crate::__select!(
            @expand ($order $($done)* ($i $n future $head $handler)) $crate::future::support::all_disabled()
        )
    };
    (@next $order:ident [$($done:tt)*] [($i:tt $n:ident) $($names:tt)*] $head:tt $handler:expr, else $($rest:tt)*) => {
        $crate::__select!(@else ($order $($done)* ($i $n future $head $handler)) $($rest)*)
    };
    (
        @next $order:ident [$($done:tt)*] [($i:tt $n:ident) $($names:tt)*] $head:tt $handler:expr,
        $pattern:pat = $future:expr $(, if $condition:expr)? => $($rest:tt)+
    ) => {
        $crate::__select!(
            @next $order [$($done)* ($i $n future $head $handler)] [$($names)*]
            (($pattern) ($future) ($($condition)?)) $($rest)+
        )
    };
    (@next $order:ident [$($done:tt)*] [($i:tt $n:ident) $($names:tt)*] $head:tt $handler:expr $(,)?) => {
        $crate::__select!(
            @expand ($order $($done)* ($i $n future $head $handler)) $crate::future::support::all_disabled()
        )
    };
    // No rule fits. What comes after the handler is at fault, or else the handler itself.
    (@next $order:ident $done:tt $names:tt $head:tt $handler:block, $($rest:tt)+) => {
        $crate::__select!(@wrong $($rest)+)
    };
    (@next $order:ident $done:tt $names:tt $head:tt $handler:block $($rest:tt)+) => {
        $crate::__select!(@wrong $($rest)+)
    };
    (@next $order:ident $done:tt $names:tt $head:tt $handler:expr, $($rest:tt)+) => {
        $crate::__select!(@wrong $($rest)+)
    };
    (@next $order:ident $done:tt $names:tt $head:tt $($rest:tt)+) => {
        $crate::__select!(@excerpt [
            "not a handler of `select!`: `" "`; it is a block, or an expression with a comma behind it"
        ] $($rest)+)
    };

    (@wrong $($rest:tt)+) => {
        $crate::__select!(@excerpt [
            "not a branch of `select!`: `" "`; a branch is `<pattern> = <future> => <handler>,` or \
             `<pattern> = <future>, if <condition> => <handler>,`, and the last may be `else => <expression>`"
        ] $($rest)+)
    };
    (@excerpt $message:tt $a:tt $b:tt $c:tt $d:tt $e:tt $($rest:tt)+) => {
        $crate::__select!(@excerpt $message $a $b $c $d ..)
    };
    (@excerpt [$before:literal $after:literal] $($excerpt:tt)+) => {
        ::core::compile_error!(::core::concat!($before, ::core::stringify!($($excerpt)+), $after))
    };

    (@else () => $else:expr $(,)?) => { $else };
    (@else $done:tt => $else:expr $(,)?) => { $crate::__select!(@expand $done $else) };
    (@else $done:tt $($rest:tt)*) => {
        ::core::compile_error!("`else` of `select!` is `else => <expression>`, and nothing comes after it")
    };

    (
        @expand ($order:ident $((
            $i:tt $n:ident $future:ident (($pattern:pat) ($expression:expr) ($($condition:expr)?)) $handler:expr
        ))+) $else:expr
    ) => {{
        enum __AnywhenSelect<$($n),+> {
            $($n($n),)+
            Disabled,
        }
        // One bit for each branch.
        let mut disabled = 0_u64;
        $($(
            if !$condition {
                disabled |= 1 << $i;
            }
        )?)+
        let mut output = {
            // Not in one with the next statement: here temporaries that are borrowed live on.
            let ($($future,)+) = ($($expression,)+);
            let futures = ($($crate::future::support::IntoFuture::into_future($future),)+);
            let output = $crate::future::support::branches(futures, move |futures, cx| {
                // SAFETY: each future is pinned because the tuple is, and nothing is moved out of either.
                let ($($future,)+) = unsafe { futures.get_unchecked_mut() };
                // SAFETY: as above.
                $(let mut $future = unsafe { $crate::future::support::Pin::new_unchecked($future) };)+
                let count = [$(::core::stringify!($n)),+].len();
                $crate::__select!(@pass $order count $($i {
                    if disabled & (1 << $i) == 0 {
                        let mut output = $crate::future::support::Future::poll($future.as_mut(), cx);
                        if output.is_ready() {
                            let mut matched = false;
                            macro_rules! __anywhen_test {
                                ($output:ident $matched:ident) => {
                                    match $output {
                                        $crate::future::support::Poll::Ready($pattern)
                                            if { $matched = true; false } =>
                                        {
                                            return $crate::future::support::Poll::Pending;
                                        }
                                        _ => {}
                                    }
                                };
                            }
                            __anywhen_test!(output matched);
                            if matched {
                                return output.map(__AnywhenSelect::$n);
                            }
                            disabled |= 1 << $i;
                        }
                    }
                })+);
                if disabled == !0_u64 >> (64 - count) {
                    $crate::future::support::Poll::Ready(__AnywhenSelect::Disabled)
                } else {
                    $crate::future::support::Poll::Pending
                }
            })
            .await;
            output
        };
        match output {
            $(__AnywhenSelect::$n($pattern) => $handler,)+
            __AnywhenSelect::Disabled => $else,
            _ => ::core::unreachable!("the pattern matched before"),
        }
    }};

    (@pass biased $count:ident $($i:tt $poll:block)+) => { $($poll)+ };
    (@pass fair $count:ident $($i:tt $poll:block)+) => {
        let mut index = $crate::future::support::start($count);
        for _ in 0..$count {
            match index {
                $($i => $poll)+
                _ => ::core::unreachable!("the branches are counted"),
            }
            index += 1;
            if index == $count {
                index = 0;
            }
        }
    };
}
