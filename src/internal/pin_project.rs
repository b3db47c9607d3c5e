//! Pin projection: how a method of a pinned struct or enum gets at its fields.
//!
//! `pin_project!` is the macro of that name in the crate pin-project-lite, less what nobody here uses, so that there is a
//! third of the code for the compiler to check: there are some two hundred such types. A field with `#[pin]` is pinned
//! when the whole is, any other is not.
//!
//! What makes that sound is that nothing moves a pinned field, or says that it may be moved, behind the macro's back:
//!
//! - The type is `Unpin` only if what all its pinned fields hold is ([`AreUnpin`]).
//! - It has no destructor but the one written inside the macro as `PinnedDrop`, which has it pinned ([`HasNoDrop`]).
//! - Its fields are aligned: projection refers to them, which the compiler refuses where a type is `repr(packed)`.

#![allow(unsafe_code, reason = "pin projection")]

use core::marker::PhantomData;

/// `Unpin` if the fields `T` are. The lifetime keeps the compiler from refusing a bound that is never true.
#[derive(Debug)]
pub struct AreUnpin<'pin, T>(PhantomData<(&'pin (), T)>);

/// Implemented for whatever has a destructor, and for what must not have one: no type can be both.
#[allow(dead_code, reason = "that it can be implemented is all that it is for")]
pub(crate) trait HasNoDrop {}

#[allow(drop_bounds, reason = "types that implement `Drop` themselves are those that are meant")]
impl<T: Drop> HasNoDrop for T {}

/// A struct or an enum that has pinned fields.
///
/// ```text
/// pin_project! {
///     pub struct Both<A, B: Bound = Default> where B: Other { #[pin] pinned: A, not_pinned: B }
///
///     // If there is one.
///     impl<A, B: Bound> PinnedDrop for Both<A, B> where B: Other { fn drop(this: Pin<&mut Self>) { .. } }
/// }
///
/// pin_project! {
///     #[project = EitherProjection] // the enum that `project` gives; likewise with a struct
///     enum Either<A, B> { First { #[pin] pinned: A }, Second { not_pinned: B }, Neither }
/// }
/// ```
macro_rules! pin_project {
    (
        $(#[doc = $doc:tt])*
        #[project = $Projection:ident]
        $vis:vis struct $Name:ident $(<
            $($lt:lifetime),* $(,)?
            $($P:ident $(: $Bound:path)? $(: ?$Maybe:path)? $(= $Default:ty)?),* $(,)?
        >)?
        $(where $($Where:ty: $Is:path),+ $(,)?)?
        {
            $($(#[$pin:ident])? $field_vis:vis $field:ident: $Field:ty),+ $(,)?
        }
        $($drop:tt)*
    ) => {
        $(#[doc = $doc])*
        $vis struct $Name $(< $($lt,)* $($P $(: $Bound)? $(: ?$Maybe)? $(= $Default)?),* >)?
        $(where $($Where: $Is),+)?
        {
            $($field_vis $field: $Field),+
        }

        $crate::internal::pin_project::pin_project! {
            @struct $Projection $vis $Name
            [$($($lt,)* $($P $(: $Bound)? $(: ?$Maybe)?),*)?] [$($($lt,)* $($P),*)?] [$($($Where: $Is),+)?]
            { $([$($pin)?] $field_vis $field: $Field),+ }
            $($drop)*
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident $(<
            $($lt:lifetime),* $(,)?
            $($P:ident $(: $Bound:path)? $(: ?$Maybe:path)? $(= $Default:ty)?),* $(,)?
        >)?
        $(where $($Where:ty: $Is:path),+ $(,)?)?
        {
            $($(#[$pin:ident])? $field_vis:vis $field:ident: $Field:ty),+ $(,)?
        }
        $($drop:tt)*
    ) => {
        $(#[$meta])*
        $vis struct $Name $(< $($lt,)* $($P $(: $Bound)? $(: ?$Maybe)? $(= $Default)?),* >)?
        $(where $($Where: $Is),+)?
        {
            $($field_vis $field: $Field),+
        }

        // Where nobody sees the projection's name.
        const _: () = {
            $crate::internal::pin_project::pin_project! {
                @struct Projection pub(crate) $Name
                [$($($lt,)* $($P $(: $Bound)? $(: ?$Maybe)?),*)?] [$($($lt,)* $($P),*)?] [$($($Where: $Is),+)?]
                { $([$($pin)?] $field_vis $field: $Field),+ }
                $($drop)*
            }
        };
    };
    (
        @struct $Projection:ident $vis:vis $Name:ident [$($params:tt)*] [$($args:tt)*] [$($bounds:tt)*]
        { $([$($pin:ident)?] $field_vis:vis $field:ident: $Field:ty),+ }
        $($drop:tt)*
    ) => {
        #[allow(dead_code, missing_debug_implementations, reason = "not every field is used")]
        $vis struct $Projection<'__pin, $($params)*> where $($bounds)* {
            $($field_vis $field: $crate::internal::pin_project::pin_project!(@type '__pin $($pin)? $Field)),+
        }

        impl<$($params)*> $Name<$($args)*> where $($bounds)* {
            #[inline]
            #[allow(dead_code, unsafe_code, reason = "pin projection")]
            $vis fn project<'__pin>(self: ::core::pin::Pin<&'__pin mut Self>) -> $Projection<'__pin, $($args)*> {
                // SAFETY: nothing is moved out of the reference; it is only split into its fields.
                let Self { $($field),+ } = unsafe { self.get_unchecked_mut() };
                $Projection { $($field: $crate::internal::pin_project::pin_project!(@field $($pin)? $field)),+ }
            }
        }

        $crate::internal::pin_project::pin_project! {
            @impls $Name [$($params)*] [$($args)*] [$($bounds)*]
            ($($crate::internal::pin_project::pin_project!(@pinned $($pin)? $Field),)+)
            $($drop)*
        }
    };
    (
        $(#[doc = $doc:tt])*
        #[project = $Projection:ident]
        $vis:vis enum $Name:ident <$($lt:lifetime),* $(,)? $($P:ident $(: $Bound:path)?),*> {
            $(
                $(#[doc = $variant_doc:tt])*
                $Variant:ident $({ $($(#[$pin:ident])? $field:ident: $Field:ty),+ $(,)? })?
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        $vis enum $Name<$($lt,)* $($P $(: $Bound)?),*> {
            $($(#[doc = $variant_doc])* $Variant $({ $($field: $Field),+ })?),+
        }

        $vis enum $Projection<'__pin, $($lt,)* $($P $(: $Bound)?),*> {
            $($Variant $({ $($field: $crate::internal::pin_project::pin_project!(@type '__pin $($pin)? $Field)),+ })?),+
        }

        impl<$($lt,)* $($P $(: $Bound)?),*> $Name<$($lt,)* $($P),*> {
            #[inline]
            #[allow(unsafe_code, reason = "pin projection")]
            $vis fn project<'__pin>(
                self: ::core::pin::Pin<&'__pin mut Self>,
            ) -> $Projection<'__pin, $($lt,)* $($P),*> {
                // SAFETY: nothing is moved out of the reference; it is only split into its fields.
                match unsafe { self.get_unchecked_mut() } {
                    $(Self::$Variant $({ $($field),+ })? => $Projection::$Variant $({
                        $($field: $crate::internal::pin_project::pin_project!(@field $($pin)? $field)),+
                    })?),+
                }
            }
        }

        $crate::internal::pin_project::pin_project! {
            @impls $Name [$($lt,)* $($P $(: $Bound)?),*] [$($lt,)* $($P),*] []
            ($($($($crate::internal::pin_project::pin_project!(@pinned $($pin)? $Field),)+)?)+)
        }
    };

    // What makes projection sound, and the destructor.
    (
        @impls $Name:ident [$($params:tt)*] [$($args:tt)*] [$($bounds:tt)*] $pinned:tt $($drop:tt)*
    ) => {
        // By their full names: these are no others, whatever traits there are where the macro is used.
        impl<'__pin, $($params)*> ::core::marker::Unpin for $Name<$($args)*>
        where
            $crate::internal::pin_project::AreUnpin<'__pin, $pinned>: ::core::marker::Unpin,
            $($bounds)*
        {
        }

        $crate::internal::pin_project::pin_project! { @drop $Name [$($params)*] [$($args)*] [$($bounds)*] $($drop)* }
    };
    (@drop $Name:ident [$($params:tt)*] [$($args:tt)*] [$($bounds:tt)*]) => {
        impl<$($params)*> $crate::internal::pin_project::HasNoDrop for $Name<$($args)*> where $($bounds)* {}
    };
    (
        @drop $Name:ident [$($params:tt)*] [$($args:tt)*] [$($bounds:tt)*]
        impl $(<$($lt:lifetime),* $(,)? $($P:ident $(: $Bound:path)?),*>)? PinnedDrop for $Same:ty
        $(where $($Where:ty: $Is:path),+ $(,)?)?
        {
            fn drop($this:ident: Pin<&mut Self>) $body:block
        }
    ) => {
        impl<$($params)*> ::core::ops::Drop for $Name<$($args)*> where $($bounds)* {
            #[allow(unsafe_code, reason = "pin projection")]
            fn drop(&mut self) {
                // SAFETY: where a field is pinned so is the whole, which is not moved any more, and nothing but this
                // destructor's body, which has it pinned, is run before those of the fields.
                let $this = unsafe { ::core::pin::Pin::new_unchecked(self) };
                $body
            }
        }
    };

    // A field of a projection: its type and how it is made. And its type if it is pinned, and nothing if it is not.
    (@type $pinned:lifetime pin $Field:ty) => { ::core::pin::Pin<&$pinned mut $Field> };
    (@type $pinned:lifetime $Field:ty) => { &$pinned mut $Field };
    // SAFETY: the field is pinned because the whole is; see the head of the file.
    (@field pin $field:ident) => { unsafe { ::core::pin::Pin::new_unchecked($field) } };
    (@field $field:ident) => { $field };
    (@pinned pin $Field:ty) => { $Field };
    (@pinned $Field:ty) => { () };
}
pub(crate) use pin_project;

#[cfg(test)]
mod tests {
    use core::cell::{Cell, RefCell};
    use core::marker::PhantomPinned;
    use core::pin::{Pin, pin};
    use std::vec::Vec;

    pin_project! {
        struct Both<P, N = PhantomPinned> {
            #[pin]
            pinned: P,
            not_pinned: N,
        }
    }

    pin_project! {
        #[project = EitherProjection]
        enum Either<A, B> {
            First {
                #[pin]
                pinned: A,
            },
            Second {
                not_pinned: B,
            },
            Neither,
        }
    }

    struct Logs<'a>(&'static str, &'a RefCell<Vec<&'static str>>);

    impl Drop for Logs<'_> {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }

    pin_project! {
        struct Dropped<'a> {
            #[pin]
            field: Logs<'a>,
            pinned: bool,
        }

        impl<'a> PinnedDrop for Dropped<'a> {
            fn drop(this: Pin<&mut Self>) {
                let this = this.project();
                this.field.1.borrow_mut().push("the whole");
                *this.pinned = false;
            }
        }
    }

    /// Where other traits have the names of those that the macro implements.
    mod elsewhere {
        use core::cell::Cell;

        #[allow(dead_code, reason = "they are there for their names")]
        pub(super) trait Drop {
            fn drop(&mut self);
        }

        #[allow(dead_code, reason = "as above")]
        pub(super) trait Unpin {}

        pin_project! {
            pub(super) struct Counts<'a, N> {
                pub(super) drops: &'a Cell<u32>,
                pub(super) not_pinned: N,
            }

            impl<'a, N> PinnedDrop for Counts<'a, N> {
                fn drop(this: Pin<&mut Self>) {
                    this.drops.set(this.drops.get() + 1);
                }
            }
        }
    }

    fn assert_unpin<T: Unpin>(_: &T) {}

    #[test]
    fn pinned_fields_are_reached_pinned_and_others_are_not() {
        let mut both = pin!(Both { pinned: 1, not_pinned: PhantomPinned });
        let this = both.as_mut().project();
        *Pin::into_inner(this.pinned) += 1;
        let not_pinned: &mut PhantomPinned = this.not_pinned;
        *not_pinned = PhantomPinned;
        assert_eq!(both.pinned, 2);
    }

    #[test]
    fn only_pinned_fields_say_whether_the_whole_may_move() {
        // That the opposite does not hold is what the tests of public types are for: tests/auto_traits.
        assert_unpin(&Both { pinned: (), not_pinned: PhantomPinned });
        assert_unpin(&Either::<(), PhantomPinned>::Second { not_pinned: PhantomPinned });
    }

    #[test]
    fn the_traits_are_those_of_the_language() {
        let drops = Cell::new(0);
        let counts = elsewhere::Counts { drops: &drops, not_pinned: PhantomPinned };
        assert_unpin(&counts);
        drop(counts);
        assert_eq!(drops.get(), 1);
    }

    #[test]
    fn the_variant_of_an_enum_is_that_of_its_projection() {
        let variant = |either: Either<u8, u8>| match pin!(either).project() {
            EitherProjection::First { pinned } => *pinned,
            EitherProjection::Second { not_pinned } => *not_pinned,
            EitherProjection::Neither => 0,
        };
        let all = [Either::First { pinned: 1 }, Either::Second { not_pinned: 2 }, Either::Neither];
        assert_eq!(all.map(variant), [1, 2, 0]);
    }

    #[test]
    fn the_destructor_runs_once_and_before_those_of_the_fields() {
        let log = RefCell::new(Vec::new());
        drop(Dropped { field: Logs("the field", &log), pinned: true });
        assert_eq!(*log.borrow(), ["the whole", "the field"]);
    }
}
