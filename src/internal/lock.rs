//! The one lock: what guards every queue in the crate, held for a few instructions and never across foreign code.
//!
//! It is taken with a closure, [`Lock::with`], so that the extent of a critical section can be read off the page, and
//! because that is the one shape that suits all three implementations: `std`'s mutex, a critical section where there
//! is no `std`, and loom's mutex in models.
//!
//! Law 2 says what may not happen inside the closure: no waker is woken, cloned or dropped, no user value is cloned or
//! dropped, no user code runs. Debug builds with `std` count the locks that a thread holds, and
//! [`assert_none_held`] is called wherever wakers are woken.

#[cfg(all(not(feature = "std"), not(anywhen_loom)))]
use core::cell::RefCell;

/// A mutual exclusion lock without poisoning, taken with a closure.
pub(crate) struct Lock<T>(imp::Inner<T>);

#[cfg(anywhen_loom)]
mod imp {
    pub(super) type Inner<T> = loom::sync::Mutex<T>;
}
#[cfg(all(feature = "std", not(anywhen_loom)))]
mod imp {
    pub(super) type Inner<T> = std::sync::Mutex<T>;
}
#[cfg(all(not(feature = "std"), not(anywhen_loom)))]
mod imp {
    pub(super) type Inner<T> = critical_section::Mutex<super::RefCell<T>>;
}

impl<T> Lock<T> {
    super::shim::const_unless_loom! {
        pub(crate) fn new(value: T) -> Self {
            #[cfg(any(feature = "std", anywhen_loom))]
            return Self(imp::Inner::new(value));
            #[cfg(not(any(feature = "std", anywhen_loom)))]
            return Self(imp::Inner::new(RefCell::new(value)));
        }
    }

    /// Runs `f` with the lock held.
    ///
    /// A panic in `f` would be a bug of ours, not of the user's: nothing of theirs runs in there. The lock is usable
    /// after it all the same. `f` may take other locks, and not this one: that is a deadlock, or a panic where critical
    /// sections are used, which nest.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(any(feature = "std", anywhen_loom))]
        {
            let mut guard = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _held = held::Held::new();
            f(&mut guard)
        }
        #[cfg(not(any(feature = "std", anywhen_loom)))]
        critical_section::with(|section| f(&mut self.0.borrow_ref_mut(section)))
    }
}

/// Panics, in debug builds, if this thread holds a [`Lock`]: law 2 is broken by whoever called.
#[inline]
pub(crate) fn assert_none_held() {
    #[cfg(any(feature = "std", anywhen_loom))]
    held::assert_none();
}

/// Whether this thread holds a [`Lock`], as far as it is counted: in debug builds.
#[cfg(feature = "testing")]
pub(crate) fn is_any_held() -> bool {
    held::is_any()
}

/// How many locks this thread holds; only kept in debug builds, and not under loom, where one thread plays several.
#[cfg(any(feature = "std", anywhen_loom))]
mod held {
    #[cfg(all(debug_assertions, not(anywhen_loom)))]
    std::thread_local! {
        static HELD: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
    }

    pub(super) struct Held(());

    impl Held {
        #[inline]
        pub(super) fn new() -> Self {
            #[cfg(all(debug_assertions, not(anywhen_loom)))]
            HELD.with(|held| held.set(held.get() + 1));
            Self(())
        }
    }

    impl Drop for Held {
        #[inline]
        fn drop(&mut self) {
            #[cfg(all(debug_assertions, not(anywhen_loom)))]
            HELD.with(|held| held.set(held.get() - 1));
        }
    }

    #[cfg(feature = "testing")]
    pub(super) fn is_any() -> bool {
        #[cfg(all(debug_assertions, not(anywhen_loom)))]
        return HELD.with(|held| held.get() > 0);
        #[cfg(not(all(debug_assertions, not(anywhen_loom))))]
        return false;
    }

    #[inline]
    pub(super) fn assert_none() {
        #[cfg(all(debug_assertions, not(anywhen_loom)))]
        HELD.with(|held| assert_eq!(held.get(), 0, "foreign code is about to run under an internal lock"));
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;

    /// A static of its own proves that a lock can be made in a constant.
    static COUNT: Lock<usize> = Lock::new(0);

    #[test]
    fn threads_exclude_each_other() {
        const ROUNDS: usize = 1000;
        let inside = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        COUNT.with(|count| {
                            assert!(!inside.swap(true, Ordering::Relaxed), "two threads hold the lock");
                            let before = *count;
                            thread::yield_now();
                            *count = before + 1;
                            inside.store(false, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        assert_eq!(COUNT.with(|count| *count), 4 * ROUNDS);
    }

    #[test]
    fn what_the_closure_gives_is_given_on() {
        let lock = Lock::new(std::vec![1, 2]);
        assert_eq!(lock.with(|list| list.pop()), Some(2));
        assert_eq!(lock.with(|list| list.len()), 1);
    }

    #[test]
    fn a_panic_inside_leaves_the_lock_usable_and_keeps_what_was_written() {
        let lock = Lock::new(1);
        let thrown = catch_unwind(AssertUnwindSafe(|| {
            lock.with(|value| {
                *value = 2;
                panic!("inside");
            })
        }));
        assert_eq!(thrown.unwrap_err().downcast_ref(), Some(&"inside"));
        assert_none_held();
        assert_eq!(lock.with(|value| *value), 2);
        // On another thread too: neither poisoned nor still held.
        assert_eq!(thread::scope(|scope| scope.spawn(|| lock.with(|value| *value)).join().unwrap()), 2);
    }

    #[test]
    fn different_locks_nest() {
        let (outer, inner) = (Lock::new(1), Lock::new(2));
        outer.with(|a| inner.with(|b| core::mem::swap(a, b)));
        assert_eq!((outer.with(|a| *a), inner.with(|b| *b)), (2, 1));
        assert_none_held();
    }

    /// Critical sections nest, so it is the cell inside that must not give out a second `&mut`.
    #[cfg(not(feature = "std"))]
    #[test]
    fn a_lock_that_is_taken_within_itself_panics_and_is_usable_afterwards() {
        let lock = Lock::new(1);
        catch_unwind(AssertUnwindSafe(|| lock.with(|_| lock.with(|value| *value = 2)))).unwrap_err();
        assert_eq!(lock.with(|value| *value), 1);
    }

    /// What `assert_none_held` says here, as what it is.
    #[cfg(all(feature = "std", debug_assertions))]
    fn held() -> bool {
        catch_unwind(assert_none_held).is_err()
    }

    #[cfg(all(feature = "std", debug_assertions))]
    #[test]
    fn debug_builds_know_whether_a_lock_is_held() {
        let (outer, inner) = (Lock::new(()), Lock::new(()));
        assert!(!held());
        outer.with(|()| {
            assert!(held());
            inner.with(|()| assert!(held()));
            assert!(held(), "the inner lock was given back, the outer one was not");
        });
        assert!(!held());
    }

    #[cfg(all(feature = "std", debug_assertions))]
    #[test]
    fn a_lock_that_another_thread_holds_is_not_held_here() {
        use std::sync::mpsc;

        let lock = Lock::new(());
        let (taken, is_taken) = mpsc::channel();
        let (leave, may_leave) = mpsc::channel();
        thread::scope(|scope| {
            let holder = &lock;
            scope.spawn(move || {
                holder.with(|()| {
                    taken.send(held()).unwrap();
                    may_leave.recv().unwrap();
                });
            });
            assert!(is_taken.recv().unwrap());
            assert!(!held());
            leave.send(()).unwrap();
        });
    }
}

#[cfg(all(test, anywhen_loom))]
mod models {
    use alloc::sync::Arc;

    use super::*;
    use crate::internal::shim::model;

    #[test]
    fn what_another_thread_does_inside_is_seen_whole_or_not_at_all() {
        fn both(lock: &Lock<(u8, u8)>) {
            lock.with(|(a, b)| {
                assert_eq!(a, b);
                *a += 1;
                loom::thread::yield_now();
                *b += 1;
            });
        }
        model("lock", 3, || {
            let lock = Arc::new(Lock::new((0, 0)));
            let other = {
                let lock = Arc::clone(&lock);
                loom::thread::spawn(move || both(&lock))
            };
            both(&lock);
            other.join().unwrap();
            assert_eq!(lock.with(|both| *both), (2, 2));
        });
    }
}
