//! Pin projection into tuples and arrays, which `core` does not have.
//!
//! The fields of a tuple and the elements of an array are as public as the whole, so whoever holds the whole unpinned
//! may move them. Pinning is structural here all the same, because it only goes one way: a caller that reaches a child
//! through `Pin<&mut (A, B)>` has promised that the tuple does not move until it is dropped, `Drop` cannot be
//! implemented for a tuple or an array, and both are `Unpin` only if all their children are.

#![allow(unsafe_code, reason = "pin projection into tuples and arrays")]

use core::pin::Pin;

use super::for_each_tuple::for_each_tuple;

/// A tuple whose fields can be reached while it is pinned.
pub(crate) trait PinTuple {
    /// The pinned fields.
    type Pins<'a>
    where
        Self: 'a;

    /// Projects the pin onto each field.
    fn pins(self: Pin<&mut Self>) -> Self::Pins<'_>;
}

macro_rules! pin_tuple {
    ($Either:ident: $($index:tt $child:ident $T:ident $Variant:ident),+) => {
        impl<$($T),+> PinTuple for ($($T,)+) {
            type Pins<'a> = ($(Pin<&'a mut $T>,)+) where Self: 'a;

            #[inline]
            fn pins(self: Pin<&mut Self>) -> Self::Pins<'_> {
                // SAFETY: nothing is moved out of the reference; it is only split into its fields.
                let ($($child,)+) = unsafe { self.get_unchecked_mut() };
                // SAFETY: the fields are pinned because the tuple is; see the head of the file.
                unsafe { ($(Pin::new_unchecked($child),)+) }
            }
        }
    };
}
for_each_tuple!(pin_tuple);

/// The elements of a pinned slice, one after the other.
#[inline]
pub(crate) fn each<T>(slice: Pin<&mut [T]>) -> impl Iterator<Item = Pin<&mut T>> {
    // SAFETY: nothing is moved out of the reference; it is only split into its elements.
    let slice = unsafe { slice.get_unchecked_mut() };
    // SAFETY: the elements are pinned because the slice is; see the head of the file.
    slice.iter_mut().map(|element| unsafe { Pin::new_unchecked(element) })
}

/// One element of a pinned slice.
///
/// # Panics
///
/// If there is no such element.
#[inline]
pub(crate) fn element<T>(slice: Pin<&mut [T]>, index: usize) -> Pin<&mut T> {
    // SAFETY: one element is singled out and nothing moved; it is pinned because the slice is.
    unsafe { slice.map_unchecked_mut(|slice| &mut slice[index]) }
}

/// A pinned array as a pinned slice.
#[inline]
pub(crate) fn as_slice<T, const N: usize>(array: Pin<&mut [T; N]>) -> Pin<&mut [T]> {
    // SAFETY: the same elements in the same place.
    unsafe { array.map_unchecked_mut(|array| array.as_mut_slice()) }
}
