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
#[allow(dead_code, drop_bounds, reason = "that it can be implemented is all that it is for")]
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
///     #[project = EitherProjection] // the enum that `project` gives
///     enum Either<A, B> { First { #[pin] pinned: A }, Second { not_pinned: B }, Neither }
/// }
/// ```
macro_rules! pin_project {
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

        const _: () = {
            #[allow(dead_code, missing_debug_implementations, reason = "not every field is used")]
            pub(crate) struct Projection<'__pin, $($($lt,)* $($P $(: $Bound)? $(: ?$Maybe)?),*)?>
            $(where $($Where: $Is),+)?
            {
                $($field: $crate::internal::pin_project::pin_project!(@type '__pin $($pin)? $Field)),+
            }

            impl<$($($lt,)* $($P $(: $Bound)? $(: ?$Maybe)?),*)?> $Name<$($($lt,)* $($P),*)?>
            $(where $($Where: $Is),+)?
            {
                #[inline]
                #[allow(dead_code, unsafe_code, reason = "pin projection")]
                pub(crate) fn project<'__pin>(
                    self: ::core::pin::Pin<&'__pin mut Self>,
                ) -> Projection<'__pin, $($($lt,)* $($P),*)?> {
                    // SAFETY: nothing is moved out of the reference; it is only split into its fields.
                    let Self { $($field),+ } = unsafe { self.get_unchecked_mut() };
                    Projection { $($field: $crate::internal::pin_project::pin_project!(@field $($pin)? $field)),+ }
                }
            }

            $crate::internal::pin_project::pin_project! {
                @impls $Name
                [$($($lt,)* $($P $(: $Bound)? $(: ?$Maybe)?),*)?] [$($($lt,)* $($P),*)?] [$($($Where: $Is),+)?]
                ($($crate::internal::pin_project::pin_project!(@pinned $($pin)? $Field),)+)
                $($drop)*
            }
        };
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

        const _: () = {
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
    };

    // What makes projection sound, and the destructor.
    (
        @impls $Name:ident [$($params:tt)*] [$($args:tt)*] [$($bounds:tt)*] $pinned:tt $($drop:tt)*
    ) => {
        impl<'__pin, $($params)*> Unpin for $Name<$($args)*>
        where
            $crate::internal::pin_project::AreUnpin<'__pin, $pinned>: Unpin,
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
        impl $(<$($P:ident $(: $Bound:path)?),*>)? PinnedDrop for $Same:ty {
            fn drop($this:ident: Pin<&mut Self>) $body:block
        }
    ) => {
        impl<$($params)*> Drop for $Name<$($args)*> where $($bounds)* {
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
