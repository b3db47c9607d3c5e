//! The iterators over the futures of a set.

use core::fmt;
use core::iter::FusedIterator;
use core::pin::Pin;

use crate::internal::pool::{self, PinMut, PinRef};

/// The futures of a set, taken out; from its `into_iter`. Those that are left are dropped with it.
pub struct IntoIter<Fut>(pub(crate) pool::IntoIter<Fut>);

/// The futures of a set; from [`FuturesUnordered::iter`](super::FuturesUnordered::iter). It stays on its thread.
pub struct Iter<'a, Fut>(pub(crate) PinRef<'a, Fut>);

/// The futures of a set, to be changed; from [`FuturesUnordered::iter_mut`](super::FuturesUnordered::iter_mut).
pub struct IterMut<'a, Fut>(pub(crate) PinMut<'a, Fut>);

/// The futures of a set, pinned; from [`FuturesUnordered::iter_pin_ref`](super::FuturesUnordered::iter_pin_ref). It stays on its
/// thread.
pub struct IterPinRef<'a, Fut>(pub(crate) PinRef<'a, Fut>);

/// The futures of a set, pinned, to be changed; from
/// [`FuturesUnordered::iter_pin_mut`](super::FuturesUnordered::iter_pin_mut).
pub struct IterPinMut<'a, Fut>(pub(crate) PinMut<'a, Fut>);

/// What all of them have: they know how many are to come. `$next` goes on.
macro_rules! iterator {
    ($type:ident<$($life:lifetime,)? Fut $(: $bound:ident)?> => $item:ty, |$this:ident| $next:expr) => {
        impl<$($life,)? Fut $(: $bound)?> Iterator for $type<$($life,)? Fut> {
            type Item = $item;

            fn next(&mut self) -> Option<$item> {
                let $this = &mut self.0;
                $next
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.0.left(), Some(self.0.left()))
            }
        }

        impl<$($life,)? Fut $(: $bound)?> ExactSizeIterator for $type<$($life,)? Fut> {}

        impl<$($life,)? Fut $(: $bound)?> FusedIterator for $type<$($life,)? Fut> {}

        impl<$($life,)? Fut> fmt::Debug for $type<$($life,)? Fut> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type)).field("left", &self.0.left()).finish_non_exhaustive()
            }
        }
    };
}

iterator!(IntoIter<Fut: Unpin> => Fut, |this| this.next());
iterator!(Iter<'a, Fut: Unpin> => &'a Fut, |this| this.next().map(Pin::get_ref));
iterator!(IterMut<'a, Fut: Unpin> => &'a mut Fut, |this| this.next().map(|(_, future)| future.get_mut()));
iterator!(IterPinRef<'a, Fut> => Pin<&'a Fut>, |this| this.next());
iterator!(IterPinMut<'a, Fut> => Pin<&'a mut Fut>, |this| this.next().map(|(_, future)| future));

impl<Fut> Clone for Iter<'_, Fut> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Fut> Clone for IterPinRef<'_, Fut> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
