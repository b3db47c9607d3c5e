//! The one list of tuple sizes, from pairs to tuples of twelve.

/// Calls `$macro` once for each size, with the name of its `Either` and four tokens for each field: its index, a name
/// for a variable, a name for a type, and the name of its variant.
///
/// ```text
/// $macro!(Either3: 0 a A First, 1 b B Second, 2 c C Third);
/// ```
macro_rules! for_each_tuple {
    ($macro:ident) => {
        $macro!(Either: 0 a A Left, 1 b B Right);
        $crate::internal::for_each_tuple::for_each_tuple! { @grow $macro (0 a A First, 1 b B Second)
            Either3: 2 c C Third;
            Either4: 3 d D Fourth;
            Either5: 4 e E Fifth;
            Either6: 5 f F Sixth;
            Either7: 6 g G Seventh;
            Either8: 7 h H Eighth;
            Either9: 8 i I Ninth;
            Either10: 9 j J Tenth;
            Either11: 10 k K Eleventh;
            Either12: 11 l L Twelfth;
        }
    };
    (@grow $macro:ident ($($fields:tt)+)) => {};
    (@grow $macro:ident ($($fields:tt)+) $Either:ident: $i:tt $t:ident $T:ident $Variant:ident; $($rest:tt)*) => {
        $macro!($Either: $($fields)+, $i $t $T $Variant);
        $crate::internal::for_each_tuple::for_each_tuple! {
            @grow $macro ($($fields)+, $i $t $T $Variant) $($rest)*
        }
    };
}
pub(crate) use for_each_tuple;
