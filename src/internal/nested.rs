//! Tuples as pairs in pairs: `(A, (B, (C, ())))` for `(A, B, C)`.
//!
//! What is to be done with every field of a tuple, whatever its type, is written for a pair and for nothing, once, instead
//! of once for every size. After inlining it is the same code.

use super::for_each_tuple::for_each_tuple;

/// A tuple of 2 to 12.
pub trait Tuple {
    /// The same fields in the same order, in pairs.
    type Nested;

    /// Puts the fields into pairs.
    fn nest(self) -> Self::Nested;
}

/// What a [`Tuple`] is nested to.
pub trait Nested {
    /// The same fields in the same order, side by side.
    type Tuple;

    /// Takes the fields out of the pairs.
    fn flatten(self) -> Self::Tuple;
}

/// As a type, an expression or a pattern.
macro_rules! nested {
    () => { () };
    ($first:ident $($rest:ident)*) => { ($first, nested!($($rest)*)) };
}

macro_rules! tuple {
    ($Either:ident: $($index:tt $field:ident $T:ident $Variant:ident),+) => {
        impl<$($T),+> Tuple for ($($T,)+) {
            type Nested = nested!($($T)+);

            #[inline]
            fn nest(self) -> Self::Nested {
                let ($($field,)+) = self;
                nested!($($field)+)
            }
        }

        impl<$($T),+> Nested for nested!($($T)+) {
            type Tuple = ($($T,)+);

            #[inline]
            fn flatten(self) -> Self::Tuple {
                let nested!($($field)+) = self;
                ($($field,)+)
            }
        }
    };
}
for_each_tuple!(tuple);
