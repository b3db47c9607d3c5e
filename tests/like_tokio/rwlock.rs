//! `RwLock`, by reference and owned, with a limit to its readers and without: who reads and who writes, what they find
//! there, and who goes on when a writer becomes a reader.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use anywhen::sync as ours;
use proptest::prelude::*;
use tokio::sync as theirs;

use super::{Boxed, Pair, SLOTS, either, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    Read(usize),
    ReadOwned(usize),
    Write(usize),
    WriteOwned(usize),
    Poll(usize),
    Cancel(usize),
    TryRead,
    TryReadOwned,
    TryWrite,
    TryWriteOwned,
    /// Gives back what is held longest, or some other.
    GiveBack(usize),
    Downgrade,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => slot().prop_map(Op::Read),
        2 => slot().prop_map(Op::ReadOwned),
        3 => slot().prop_map(Op::Write),
        2 => slot().prop_map(Op::WriteOwned),
        15 => slot().prop_map(Op::Poll),
        4 => slot().prop_map(Op::Cancel),
        1 => Just(Op::TryRead),
        1 => Just(Op::TryReadOwned),
        1 => Just(Op::TryWrite),
        1 => Just(Op::TryWriteOwned),
        10 => (0..SLOTS).prop_map(Op::GiveBack),
        3 => Just(Op::Downgrade),
    ]
}

/// What a writer can do, whoever made it.
trait Writer<'a>: DerefMut<Target = usize> {
    fn downgrade(self: Box<Self>) -> Guard<'a>;
}

macro_rules! writers {
    ($($guard:ty)*) => {$(
        impl<'a> Writer<'a> for $guard {
            fn downgrade(self: Box<Self>) -> Guard<'a> {
                Guard::Reads(Box::new(<$guard>::downgrade(*self)))
            }
        }
    )*};
}

writers! {
    ours::RwLockWriteGuard<'a, usize> ours::OwnedRwLockWriteGuard<usize>
    theirs::RwLockWriteGuard<'a, usize> theirs::OwnedRwLockWriteGuard<usize>
}

enum Guard<'a> {
    Reads(Box<dyn Deref<Target = usize> + 'a>),
    Writes(Box<dyn Writer<'a> + 'a>),
}

impl<'a> Guard<'a> {
    fn reads(guard: impl Deref<Target = usize> + 'a) -> Self {
        Self::Reads(Box::new(guard))
    }

    fn writes(guard: impl Writer<'a> + 'a) -> Self {
        Self::Writes(Box::new(guard))
    }

    /// What is found there; a writer leaves something else.
    fn enter(&mut self, leaves: usize) -> usize {
        match self {
            Self::Reads(guard) => ***guard,
            Self::Writes(guard) => std::mem::replace(&mut ***guard, leaves),
        }
    }

    fn is_writer(&self) -> bool {
        matches!(self, Self::Writes(_))
    }

    fn downgrade(self) -> Self {
        match self {
            Self::Reads(_) => self,
            Self::Writes(guard) => guard.downgrade(),
        }
    }
}

/// A future of both locks, and what kind of guard it gives.
macro_rules! asks {
    ($n:expr, $ours:expr, $theirs:expr, $kind:ident) => {{
        let (ours, theirs) = ($ours, $theirs);
        let ours: Boxed<'_, Guard<'_>> = Box::pin(async { Guard::$kind(ours.await) });
        let theirs: Boxed<'_, Guard<'_>> = Box::pin(async { Guard::$kind(theirs.await) });
        Some(Pair::new($n, ours, theirs))
    }};
}

fn run(max_readers: Option<u32>, program: Vec<Op>) {
    let (ours, theirs) = match max_readers {
        Some(max) => (ours::RwLock::with_max_readers(0, max), theirs::RwLock::with_max_readers(0, max)),
        None => (ours::RwLock::new(0), theirs::RwLock::new(0)),
    };
    let (ours, theirs) = (Arc::new(ours), Arc::new(theirs));
    {
        let mut held: Vec<(Guard<'_>, Guard<'_>)> = Vec::new();
        let mut slots = [const { None }; SLOTS];
        for (at, op) in program.into_iter().enumerate() {
            let (our, their) = (|| Arc::clone(&ours), || Arc::clone(&theirs));
            let mut taken = None;
            match op {
                Op::Read(n) => slots[n] = asks!(n, ours.read(), theirs.read(), reads),
                Op::ReadOwned(n) => slots[n] = asks!(n, our().read_owned(), their().read_owned(), reads),
                Op::Write(n) => slots[n] = asks!(n, ours.write(), theirs.write(), writes),
                Op::WriteOwned(n) => slots[n] = asks!(n, our().write_owned(), their().write_owned(), writes),
                Op::Poll(n) => taken = unfinished(&mut slots[n]).and_then(Pair::poll),
                Op::Cancel(n) => slots[n] = None,
                Op::TryRead => taken = either(ours.try_read().map(Guard::reads), theirs.try_read().map(Guard::reads)),
                Op::TryReadOwned => {
                    let (ours, theirs) = (our().try_read_owned(), their().try_read_owned());
                    taken = either(ours.map(Guard::reads), theirs.map(Guard::reads));
                }
                Op::TryWrite => {
                    taken = either(ours.try_write().map(Guard::writes), theirs.try_write().map(Guard::writes));
                }
                Op::TryWriteOwned => {
                    let (ours, theirs) = (our().try_write_owned(), their().try_write_owned());
                    taken = either(ours.map(Guard::writes), theirs.map(Guard::writes));
                }
                Op::GiveBack(n) if n < held.len() => drop(held.remove(n)),
                Op::GiveBack(_) => {}
                Op::Downgrade => {
                    held = held.into_iter().map(|(ours, theirs)| (ours.downgrade(), theirs.downgrade())).collect();
                }
            }
            if let Some((mut ours, mut theirs)) = taken {
                assert_eq!(ours.enter(at), theirs.enter(at));
                assert!(!held.iter().any(|(held, _)| held.is_writer() || ours.is_writer()), "not alone");
                held.push((ours, theirs));
            }
            slots.iter().flatten().for_each(Pair::compare_wakes);
        }
    }
    let ours = Arc::into_inner(ours).expect("nobody has it").into_inner();
    assert_eq!(ours, Arc::into_inner(theirs).expect("nobody has it").into_inner());
}

#[test]
fn rwlock() {
    programs("rwlock", prop::option::of(1..5_u32), op(), run);
}
