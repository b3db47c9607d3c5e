//! `Mutex`, by reference and owned, with guards that are mapped and that are not: who has it, and what the last who had
//! it left there.

use std::ops::DerefMut;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Boxed, Pair, SLOTS, either, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    /// In a slot; whether the guard is mapped.
    Lock(usize, bool),
    LockOwned(usize, bool),
    Poll(usize),
    Cancel(usize),
    TryLock,
    TryLockOwned,
    Unlock,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (slot(), any::<bool>()).prop_map(|(n, mapped)| Op::Lock(n, mapped)),
        2 => (slot(), any::<bool>()).prop_map(|(n, mapped)| Op::LockOwned(n, mapped)),
        8 => slot().prop_map(Op::Poll),
        2 => slot().prop_map(Op::Cancel),
        1 => Just(Op::TryLock),
        1 => Just(Op::TryLockOwned),
        5 => Just(Op::Unlock),
    ]
}

type Guard<'a> = Box<dyn DerefMut<Target = usize> + 'a>;

fn boxed<'a>(guard: impl DerefMut<Target = usize> + 'a) -> Guard<'a> {
    Box::new(guard)
}

/// A future of either lock, with what maps its guards.
macro_rules! lock {
    ($lock:expr, $guard:ident of $sync:ident, $mapped:expr) => {{
        let (lock, mapped) = ($lock, $mapped);
        let future = async move {
            let guard = lock.await;
            if mapped { boxed($sync::sync::$guard::map(guard, |value| value)) } else { boxed(guard) }
        };
        Box::pin(future) as Boxed<'_, Guard<'_>>
    }};
}

fn run((): (), program: Vec<Op>) {
    let (ours, theirs) = (Arc::new(anywhen::sync::Mutex::new(0)), Arc::new(tokio::sync::Mutex::new(0)));
    {
        let mut held: Option<(Guard<'_>, Guard<'_>)> = None;
        let mut slots = [const { None }; SLOTS];
        for (at, op) in program.into_iter().enumerate() {
            let taken = match op {
                Op::Lock(n, mapped) => {
                    let ours = lock!(ours.lock(), MutexGuard of anywhen, mapped);
                    slots[n] = Some(Pair::new(n, ours, lock!(theirs.lock(), MutexGuard of tokio, mapped)));
                    None
                }
                Op::LockOwned(n, mapped) => {
                    let ours = lock!(Arc::clone(&ours).lock_owned(), OwnedMutexGuard of anywhen, mapped);
                    let theirs = lock!(Arc::clone(&theirs).lock_owned(), OwnedMutexGuard of tokio, mapped);
                    slots[n] = Some(Pair::new(n, ours, theirs));
                    None
                }
                Op::Poll(n) => unfinished(&mut slots[n]).and_then(Pair::poll),
                Op::Cancel(n) => {
                    slots[n] = None;
                    None
                }
                Op::TryLock => either(ours.try_lock().map(boxed), theirs.try_lock().map(boxed)),
                Op::TryLockOwned => {
                    let (ours, theirs) = (Arc::clone(&ours).try_lock_owned(), Arc::clone(&theirs).try_lock_owned());
                    either(ours.map(boxed), theirs.map(boxed))
                }
                Op::Unlock => {
                    held = None;
                    None
                }
            };
            if let Some((mut ours, mut theirs)) = taken {
                assert!(held.is_none(), "two have it");
                assert_eq!(**ours, **theirs);
                (**ours, **theirs) = (at, at);
                held = Some((ours, theirs));
            }
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }
    let ours = Arc::into_inner(ours).expect("nobody has it").into_inner();
    assert_eq!(ours, Arc::into_inner(theirs).expect("nobody has it").into_inner());
}

#[test]
fn mutex() {
    programs("mutex", Just(()), op(), run);
}
