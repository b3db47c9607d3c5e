//! What is not a branch of `select!`, and what the macros do not take for a future.

use anywhen::{join, select, try_join};
use std::future::{Ready, pending, ready};

pub async fn branches(n: Ready<u8>) -> u8 {
    #[cfg(wrong)]
    select! {} //~ `select!` needs a branch
    #[cfg(wrong)]
    select! { biased; } //~ `select!` needs a branch
    #[cfg(wrong)]
    select! { x = ready(1) } //~ not a branch of `select!`: `x = ready(1)`; a branch is `<pattern> = <future> => <handler>,` or `<pattern> = <future>, if <condition> => <handler>,`, and the last may be `else => <expression>`
    #[cfg(wrong)]
    select! { ready(1) => {} } //~ not a branch of `select!`: `ready(1) => {}`; a branch is `<pattern> = <future> => <handler>,` or `<pattern> = <future>, if <condition> => <handler>,`, and the last may be `else => <expression>`
    #[cfg(wrong)]
    select! { x = ready(1) => {} _ => {} } //~ not a branch of `select!`: `_ => {}`; a branch is `<pattern> = <future> => <handler>,` or `<pattern> = <future>, if <condition> => <handler>,`, and the last may be `else => <expression>`
    #[cfg(wrong)]
    select! { x = ready(1) => {}, biased; } //~ not a branch of `select!`: `biased;`; a branch is `<pattern> = <future> => <handler>,` or `<pattern> = <future>, if <condition> => <handler>,`, and the last may be `else => <expression>`
    #[cfg(wrong)]
    select! { x = ready(1) => x y = ready(2) => y } //~ not a handler of `select!`: `x y = ready..`; it is a block, or an expression with a comma behind it
    #[cfg(wrong)]
    select! { x = ready(1) => {} else { 2 } } //~ `else` of `select!` is `else => <expression>`, and nothing comes after it
    #[cfg(wrong)]
    select! { x = ready(1) => {} else => {}, y = ready(1) => {} } //~ `else` of `select!` is `else => <expression>`, and nothing comes after it
    #[cfg(wrong)]
    select! { x = ready(1), if 1 => {} } //~ E0308
    #[cfg(wrong)]
    select! { Some(x) = ready(1) => {} } //~ E0308
    #[cfg(wrong)]
    select! { x = 1 => {} } //~ E0277
    #[cfg(wrong)]
    join!(1, ready(2)); //~ E0277
    #[cfg(wrong)]
    let _ = try_join!(ready(Ok::<u8, u8>(1)), ready(Err::<u8, &str>("text"))); //~ E0308
    #[cfg(not(wrong))]
    let _ = (join!(ready(1), ready(2)), try_join!(ready(Ok::<u8, u8>(1)), ready(Err::<u8, u8>(1))));
    select! {
        x = n, if true => x,
        Some(x) = ready(Some(1)) => { x }
        _ = pending::<()>() => 0,
        else => 1,
    }
}

pub async fn handlers(mut text: String) -> String {
    let by_reference = &mut text;
    select! {
        biased;
        () = async { by_reference.push('a') } => {}
        () = pending() => {}
    }
    text
}

#[cfg(wrong)]
pub async fn handlers_of_two_types() {
    select! { _ = ready(1) => {} _ = ready(2) => "text" } //~ E0308
}

#[cfg(wrong)]
pub fn no_async_function() {
    select! { _ = ready(1) => {} } //~ E0728
}

macro_rules! many {
    ($($x:ident)*) => { select! { $($x = ready(1) => $x,)* } };
}

pub async fn sixty_four() -> u8 {
    many! {
        a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a
        a a a a a a a a
    }
}

#[cfg(wrong)]
macro_rules! too_many {
    ($($x:ident)*) => { select! { $($x = ready(1) => $x,)* } }; //~ `select!` takes at most 64 branches
}

#[cfg(wrong)]
pub async fn sixty_five() -> u8 {
    too_many! {
        a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a
        a a a a a a a a a
    }
}
