//! What the verbs take: tuples, arrays and vectors of futures, or of anything that becomes one.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::internal::for_each_tuple::for_each_tuple;

/// A collection of futures, to be joined or raced: a tuple of 2 to 12, an array, or a `Vec`.
///
/// Nothing but the verbs' methods (`.join()` and its siblings) needs to be called, and nobody needs to implement it.
pub trait IntoChildren {
    /// The same collection, of futures proper.
    type Children;

    /// Turns every member into a future, in order.
    fn into_children(self) -> Self::Children;
}

macro_rules! tuple {
    ($Either:ident: $($index:tt $child:ident $F:ident $Variant:ident),+) => {
        impl<$($F: IntoFuture),+> IntoChildren for ($($F,)+) {
            type Children = ($($F::IntoFuture,)+);

            #[inline]
            fn into_children(self) -> Self::Children {
                let ($($child,)+) = self;
                ($($child.into_future(),)+)
            }
        }
    };
}
for_each_tuple!(tuple);

impl<F: IntoFuture, const N: usize> IntoChildren for [F; N] {
    type Children = [F::IntoFuture; N];

    #[inline]
    fn into_children(self) -> Self::Children {
        self.map(F::into_future)
    }
}

/// Where the members are futures already, it is their own buffer, and nothing is moved.
#[cfg(feature = "alloc")]
impl<F: IntoFuture> IntoChildren for Vec<F> {
    type Children = Vec<F::IntoFuture>;

    #[inline]
    fn into_children(self) -> Self::Children {
        self.into_iter().map(F::into_future).collect()
    }
}
