//! Runtimes whose timer is somebody else's.

/// Makes `$runtime` a [`Timer`](crate::time::Timer) that does what `$timer` does, whose sleeps are `$sleep`.
macro_rules! timer_of {
    ($runtime:ty, $sleep:ty, $timer:ty) => {
        impl $crate::time::Timer for $runtime {
            type Sleep = $sleep;

            fn now(&self) -> $crate::time::Instant {
                <$timer>::default().now()
            }

            fn sleep_until(&self, deadline: $crate::time::Instant) -> $sleep {
                <$timer>::default().sleep_until(deadline)
            }

            fn sleep(&self, duration: $crate::time::Duration) -> $sleep {
                <$timer>::default().sleep(duration)
            }

            fn reset(sleep: core::pin::Pin<&mut $sleep>, deadline: $crate::time::Instant) {
                <$timer as $crate::time::Timer>::reset(sleep, deadline);
            }
        }
    };
}
pub(super) use timer_of;
