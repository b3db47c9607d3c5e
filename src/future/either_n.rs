//! `Either` for more than two: what [`.select()`](crate::future::traits::Select::select) gives for tuples of 3 to 12.

use super::race::SameOutput;
use crate::internal::for_each_tuple::for_each_tuple;

macro_rules! either {
    // `Either` itself is a file of its own.
    (Either: $($pair:tt)+) => {};
    ($Either:ident: $($index:tt $t:ident $T:ident $Variant:ident),+) => {
        /// Which of several futures was first, and what it gave.
        ///
        /// It comes from [`.select()`](crate::future::traits::Select::select); for two futures there is
        /// [`Either`](crate::future::Either).
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use anywhen::future::", stringify!($Either), "::{self, *};")]
        ///
        #[doc = concat!("let second: ", stringify!($Either), "<", $(either!(@u8 $T), ", ",)+ "> = Second(7);")]
        /// assert_eq!(second.into_inner(), 7);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Either<$($T),+> {
            $(
                #[doc = concat!("What the future at index ", $index, " gave.")]
                $Variant($T),
            )+
        }

        impl<T> $Either<$(either!(@same $T)),+> {
            /// What it holds, when it does not matter which it was.
            #[inline]
            pub fn into_inner(self) -> T {
                match self {
                    $(Self::$Variant(inner))|+ => inner,
                }
            }
        }

        impl<T> SameOutput for $Either<$(either!(@same $T)),+> {
            type Output = T;

            #[inline]
            fn into_inner(self) -> T {
                self.into_inner()
            }
        }
    };
    (@same $T:ident) => { T };
    (@u8 $T:ident) => { "u8" };
}
for_each_tuple!(either);
