//! The macros where no name means what it usually does.

#![no_implicit_prelude]
#![allow(dead_code, unused_macros, reason = "they are there to be in the way")]

use ::kit::rt::{Runtime, Std};
use ::kit::testing as kit_testing;

type Result = ();
type Option = ();
struct String;
struct Vec;
struct Box;
enum Poll {
    Ready,
    Pending,
}
use self::Poll::{Pending, Ready};
const BOTH: [Poll; 2] = [Ready, Pending];
mod core {}
mod std {}
mod u64 {}
mod usize {}
mod anywhen {}
macro_rules! in_the_way {
    ($($name:ident)*) => { $(macro_rules! $name { ($d:tt) => { ::core::compile_error!("not this one") }; })* };
}
in_the_way! { assert assert_eq concat format_args module_path panic stringify }

async fn nothing_is_needed<R: Runtime>(_: R) -> ::core::result::Result<(), ::core::fmt::Error> {
    let ready = ::core::task::Poll::Ready(7);
    let four = ::core::result::Result::Ok::<u8, u8>(4);
    kit_testing::assert_ready_eq!(ready, 7);
    kit_testing::assert_ready_eq!(ready, 7, "at {}", 1);
    kit_testing::assert_ready!(ready, "at {}", 1);
    kit_testing::assert_pending!(::core::task::Poll::<u8>::Pending);
    kit_testing::assert_ok!(four, "{}", 1);
    kit_testing::assert_err!(::core::result::Result::Err::<u8, u8>(4), "{}", 1);
    kit_testing::assert_ready_ok!(::core::task::Poll::Ready(four));
    kit_testing::assert_ready_err!(::core::task::Poll::Ready(::core::result::Result::Err::<u8, u8>(4)));
    kit_testing::assert_elapsed!(::kit::time::Instant::FAR_FUTURE, ::kit::time::Duration::ZERO);
    ::kit::join!(async {}, async {});
    let _never = || async { ::kit::join!(::core::future::pending::<::core::convert::Infallible>(), async {}) };
    let four = ::kit::try_join!(async { four });
    let seven = ::kit::select! {
        ::core::option::Option::Some(mut seven) = async { ::core::option::Option::Some(6) } => {
            seven += 1;
            seven
        }
        _ = ::core::future::pending::<u8>(), if four.is_err() => 0,
        else => 0,
    };
    kit_testing::assert_ready_eq!(::core::task::Poll::Ready(seven), 7);
    kit_testing::assert_ok!(four);
    four.map(|_| ()).map_err(|_| ::core::fmt::Error)
}

kit_testing::runtime_matrix! {
    also on { a_pool: Std, here: |case| Std.block_on(case(Std)) }:
    nothing_is_needed,
}

mod adapters {
    ::kit::testing::runtime_conformance! { a_pool: ::kit::rt::Std }
}
