//! Everything that joins, races or selects, at every size: what the laws say of many children is tried on all of it.

use std::future::Future;
use std::pin::Pin;

use anywhen::future::{
    FutureExt, join, join_all, join3, join4, join5, select, select_all, select_ok, try_join, try_join_all, try_join3,
    try_join4, try_join5, try_select,
};
use anywhen::prelude::*;

use crate::probe::Probe;

/// A form over `N` children, made.
pub(crate) type Made = Pin<Box<dyn Future<Output = ()>>>;

/// What is done with each form: its name, and how to make it.
pub(crate) trait Visitor {
    fn visit<const N: usize, const MAY_FAIL: bool>(&mut self, name: &str, make: fn([Probe<MAY_FAIL>; N]) -> Made);
}

/// Shows a form that is written as an expression over its children.
macro_rules! form {
    ($visitor:ident $may_fail:literal [$($child:ident)+] $future:expr) => {
        $visitor.visit(
            stringify!($future),
            |[$($child),+]: [Probe<$may_fail>; [$(stringify!($child)),+].len()]| -> Made { Box::pin($future.map(drop)) },
        )
    };
}

/// Shows a form over arrays of the sizes from 1 to 12, 30 and 100.
macro_rules! arrays {
    ($visitor:ident $may_fail:literal $($call:tt)+) => {
        arrays!(@ $visitor $may_fail [$($call)+] 1 2 3 4 5 6 7 8 9 10 11 12 30 100)
    };
    (@ $visitor:ident $may_fail:literal $call:tt $($size:literal)+) => { $(arrays!(@ $visitor $may_fail $call, $size);)+ };
    (@ $visitor:ident $may_fail:literal [$($call:tt)+], $size:literal) => {
        $visitor.visit(
            concat!("[_; ", $size, "]", stringify!($($call)+)),
            |children: [Probe<$may_fail>; $size]| -> Made { Box::pin(children$($call)+.map(drop)) },
        )
    };
}

/// Shows a form over vectors, which is written as a closure over one, in each of these sizes.
macro_rules! vectors {
    ($visitor:ident $may_fail:literal [$($size:literal)+] $make:expr) => {$(
        $visitor.visit(
            concat!("[_; ", $size, "]: ", stringify!($make)),
            |children: [Probe<$may_fail>; $size]| -> Made {
                let make: fn(Vec<Probe<$may_fail>>) -> _ = $make;
                Box::pin(make(Vec::from(children)).map(drop))
            },
        );
    )+};
}

/// Sizes at which all children are polled.
macro_rules! few {
    ($visitor:ident $may_fail:literal $make:expr) => { vectors!($visitor $may_fail [1 2 3 5 8 12 29 30] $make) };
}

/// Sizes at which only those are that were woken.
macro_rules! many {
    ($visitor:ident $may_fail:literal $make:expr) => { vectors!($visitor $may_fail [31 32 64 65 100 200] $make) };
}

/// Shows what the macro `$forms` has for children of each number from 1 to 12.
macro_rules! sizes {
    ($forms:ident $visitor:ident) => { sizes!(@ $forms $visitor [] a b c d e f g h i j k l) };
    (@ $forms:ident $visitor:ident [$($child:ident)*]) => {};
    (@ $forms:ident $visitor:ident [$($child:ident)*] $next:ident $($rest:ident)*) => {
        $forms!($visitor $($child)* $next);
        sizes!(@ $forms $visitor [$($child)* $next] $($rest)*);
    };
}

macro_rules! tuple_joins {
    ($visitor:ident $only:ident) => {};
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] ($($child,)+).join());
        form!($visitor true [$($child)+] ($($child,)+).try_join());
    };
}

macro_rules! tuple_settles {
    ($visitor:ident $only:ident) => {};
    ($visitor:ident $($child:ident)+) => {
        form!($visitor true [$($child)+] ($($child,)+).settle());
    };
}

macro_rules! rotating_joins {
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] async { anywhen::join!($($child),+) });
        form!($visitor true [$($child)+] async { anywhen::try_join!($($child),+) });
    };
}

macro_rules! biased_joins {
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] async { anywhen::join!(biased; $($child),+) });
        form!($visitor true [$($child)+] async { anywhen::try_join!(biased; $($child),+) });
    };
}

macro_rules! fair_macros {
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] async { anywhen::select! { $(token = $child => drop(token),)+ } });
    };
}

macro_rules! biased_macros {
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] async { anywhen::select! { biased; $(token = $child => drop(token),)+ } });
    };
}

macro_rules! fair_tuples {
    ($visitor:ident $only:ident) => {};
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] ($($child,)+).race());
        form!($visitor true [$($child)+] ($($child,)+).race_ok());
        form!($visitor false [$($child)+] ($($child,)+).select());
    };
}

macro_rules! biased_tuples {
    ($visitor:ident $only:ident) => {};
    ($visitor:ident $($child:ident)+) => {
        form!($visitor false [$($child)+] ($($child,)+).race().biased());
        form!($visitor true [$($child)+] ($($child,)+).race_ok().biased());
        form!($visitor false [$($child)+] ($($child,)+).select().biased());
    };
}

/// Those that wait for all their children, and poll them in order at each poll.
pub(crate) fn ordered_joins(visitor: &mut impl Visitor) {
    sizes!(tuple_joins visitor);
    sizes!(biased_joins visitor);
    arrays!(visitor false .join());
    arrays!(visitor true .try_join());
    few!(visitor false |children| children.join());
    few!(visitor true |children| children.try_join());
    few!(visitor false join_all);
    few!(visitor true try_join_all);
    form!(visitor false [a b] join(a, b));
    form!(visitor false [a b c] join3(a, b, c));
    form!(visitor false [a b c d] join4(a, b, c, d));
    form!(visitor false [a b c d e] join5(a, b, c, d, e));
    form!(visitor true [a b] try_join(a, b));
    form!(visitor true [a b c] try_join3(a, b, c));
    form!(visitor true [a b c d] try_join4(a, b, c, d));
    form!(visitor true [a b c d e] try_join5(a, b, c, d, e));
}

/// Those that wait for all their children even if one fails, and poll them in order at each poll.
pub(crate) fn settles(visitor: &mut impl Visitor) {
    sizes!(tuple_settles visitor);
    arrays!(visitor true .settle());
    few!(visitor true |children| children.settle());
}

/// Those that wait for all their children, and begin with the next one at each poll.
pub(crate) fn rotating_joins(visitor: &mut impl Visitor) {
    sizes!(rotating_joins visitor);
}

/// Those that wait for one child, and begin at one drawn at random.
pub(crate) fn fair_races(visitor: &mut impl Visitor) {
    sizes!(fair_tuples visitor);
    sizes!(fair_macros visitor);
    arrays!(visitor false .race());
    arrays!(visitor true .race_ok());
    few!(visitor true |children| children.race_ok());
    arrays!(visitor false .select());
    few!(visitor false |children| children.race());
    few!(visitor false |children| children.select());
}

/// Those that wait for one child, and begin at the first.
pub(crate) fn ordered_races(visitor: &mut impl Visitor) {
    sizes!(biased_tuples visitor);
    sizes!(biased_macros visitor);
    arrays!(visitor false .race().biased());
    arrays!(visitor true .race_ok().biased());
    few!(visitor true |children| children.race_ok().biased());
    arrays!(visitor false .select().biased());
    few!(visitor false |children| children.race().biased());
    few!(visitor false |children| children.select().biased());
    few!(visitor false |children| select_all(children.into_iter().map(Box::pin)));
    few!(visitor true |children| select_ok(children.into_iter().map(Box::pin)));
    form!(visitor false [a b] select(Box::pin(a), Box::pin(b)));
    form!(visitor true [a b] try_select(Box::pin(a), Box::pin(b)));
}

/// Those over many children that wait for all of them.
pub(crate) fn large_joins(visitor: &mut impl Visitor) {
    many!(visitor false |children| children.join());
    many!(visitor true |children| children.try_join());
    many!(visitor false join_all);
    many!(visitor true try_join_all);
    many!(visitor true |children| children.settle());
}

/// Those over many children that wait for one.
pub(crate) fn large_races(visitor: &mut impl Visitor) {
    many!(visitor false |children| children.race());
    many!(visitor false |children| children.select());
    many!(visitor false |children| children.race().biased());
    many!(visitor false |children| select_all(children.into_iter().map(Box::pin)));
    many!(visitor true |children| children.race_ok());
    many!(visitor true |children| select_ok(children.into_iter().map(Box::pin)));
}
