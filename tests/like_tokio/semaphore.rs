//! `Semaphore`, by reference and owned: permits that are waited for, had at once or not, added, forgotten, split, merged
//! and given back, until it is closed and after.

use std::sync::Arc;

use anywhen::sync as ours;
use proptest::prelude::*;
use tokio::sync as theirs;

use super::{Boxed, Pair, SLOTS, either, programs, slot, unfinished};

#[derive(Clone, Copy, Debug)]
enum Op {
    Acquire(usize, u32),
    AcquireOwned(usize, u32),
    Poll(usize),
    Cancel(usize),
    TryAcquire(u32),
    TryAcquireOwned(u32),
    /// Gives back what is held longest, or some other.
    GiveBack(usize),
    Forget(usize),
    Split(usize, usize),
    Merge(usize, usize),
    AddPermits(usize),
    ForgetPermits(usize),
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let held = || 0..8_usize;
    prop_oneof![
        20 => (slot(), 0..4_u32).prop_map(|(n, want)| Op::Acquire(n, want)),
        10 => (slot(), 0..4_u32).prop_map(|(n, want)| Op::AcquireOwned(n, want)),
        60 => slot().prop_map(Op::Poll),
        15 => slot().prop_map(Op::Cancel),
        10 => (0..4_u32).prop_map(Op::TryAcquire),
        5 => (0..4_u32).prop_map(Op::TryAcquireOwned),
        40 => held().prop_map(Op::GiveBack),
        4 => held().prop_map(Op::Forget),
        4 => (held(), 0..4_usize).prop_map(|(n, many)| Op::Split(n, many)),
        4 => (held(), held()).prop_map(|(n, other)| Op::Merge(n, other)),
        8 => (0..4_usize).prop_map(Op::AddPermits),
        4 => (0..4_usize).prop_map(Op::ForgetPermits),
        1 => Just(Op::Close),
    ]
}

/// What can be done with permits, whoever made them.
trait Permits: Sized {
    fn count(&self) -> usize;
    fn forget(self);
    fn split(&mut self, many: usize) -> Option<Self>;
    /// Gives back what cannot be merged: permits of the other form.
    fn merge(&mut self, other: Self) -> Option<Self>;
}

macro_rules! permits {
    ($($permit:ty)*) => {$(
        impl Permits for $permit {
            fn count(&self) -> usize {
                self.num_permits()
            }

            fn forget(self) {
                <$permit>::forget(self);
            }

            fn split(&mut self, many: usize) -> Option<Self> {
                <$permit>::split(self, many)
            }

            fn merge(&mut self, other: Self) -> Option<Self> {
                <$permit>::merge(self, other);
                None
            }
        }
    )*};
}

permits!(ours::SemaphorePermit<'_> ours::OwnedSemaphorePermit theirs::SemaphorePermit<'_> theirs::OwnedSemaphorePermit);

enum Form<A, B> {
    Borrowed(A),
    Owned(B),
}

impl<A: Permits, B: Permits> Permits for Form<A, B> {
    fn count(&self) -> usize {
        match self {
            Self::Borrowed(permits) => permits.count(),
            Self::Owned(permits) => permits.count(),
        }
    }

    fn forget(self) {
        match self {
            Self::Borrowed(permits) => permits.forget(),
            Self::Owned(permits) => permits.forget(),
        }
    }

    fn split(&mut self, many: usize) -> Option<Self> {
        match self {
            Self::Borrowed(permits) => permits.split(many).map(Self::Borrowed),
            Self::Owned(permits) => permits.split(many).map(Self::Owned),
        }
    }

    fn merge(&mut self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Borrowed(permits), Self::Borrowed(other)) => permits.merge(other).map(Self::Borrowed),
            (Self::Owned(permits), Self::Owned(other)) => permits.merge(other).map(Self::Owned),
            (_, other) => Some(other),
        }
    }
}

type Ours<'a> = Form<ours::SemaphorePermit<'a>, ours::OwnedSemaphorePermit>;
type Theirs<'a> = Form<theirs::SemaphorePermit<'a>, theirs::OwnedSemaphorePermit>;
type Asked<'a> =
    Pair<Boxed<'a, Result<Ours<'a>, ours::AcquireError>>, Boxed<'a, Result<Theirs<'a>, theirs::AcquireError>>>;

/// The permits of both, if there are any.
fn both<A: Permits, B: Permits, E: ToString, F: ToString>(pair: (Result<A, E>, Result<B, F>)) -> Option<(A, B)> {
    let both = either(pair.0, pair.1);
    if let Some((ours, theirs)) = &both {
        assert_eq!(ours.count(), theirs.count());
    }
    both
}

fn run(permits: usize, program: Vec<Op>) {
    let (ours, theirs) = (Arc::new(ours::Semaphore::new(permits)), Arc::new(theirs::Semaphore::new(permits)));
    let mut held: Vec<(Ours<'_>, Theirs<'_>)> = Vec::new();
    let mut slots = [const { None::<Asked<'_>> }; SLOTS];
    for op in program {
        match op {
            Op::Acquire(n, want) => {
                let (ours, theirs) = (ours.acquire_many(want), theirs.acquire_many(want));
                slots[n] = Some(Pair::new(
                    n,
                    Box::pin(async { ours.await.map(Form::Borrowed) }),
                    Box::pin(async { theirs.await.map(Form::Borrowed) }),
                ));
            }
            Op::AcquireOwned(n, want) => {
                let ours = Arc::clone(&ours).acquire_many_owned(want);
                let theirs = Arc::clone(&theirs).acquire_many_owned(want);
                slots[n] = Some(Pair::new(
                    n,
                    Box::pin(async { ours.await.map(Form::Owned) }),
                    Box::pin(async { theirs.await.map(Form::Owned) }),
                ));
            }
            Op::Poll(n) => held.extend(unfinished(&mut slots[n]).and_then(Pair::poll).and_then(both)),
            Op::Cancel(n) => slots[n] = None,
            Op::TryAcquire(want) => {
                let (ours, theirs) = (ours.try_acquire_many(want), theirs.try_acquire_many(want));
                held.extend(both((ours.map(Form::Borrowed), theirs.map(Form::Borrowed))));
            }
            Op::TryAcquireOwned(want) => {
                let ours = Arc::clone(&ours).try_acquire_many_owned(want);
                let theirs = Arc::clone(&theirs).try_acquire_many_owned(want);
                held.extend(both((ours.map(Form::Owned), theirs.map(Form::Owned))));
            }
            Op::GiveBack(n) if n < held.len() => drop(held.remove(n)),
            Op::Forget(n) if n < held.len() => {
                let (ours, theirs) = held.remove(n);
                ours.forget();
                theirs.forget();
            }
            Op::Split(n, many) if n < held.len() => {
                let (ours, theirs) = &mut held[n];
                let split = (ours.split(many).ok_or(""), theirs.split(many).ok_or(""));
                assert_eq!(ours.count(), theirs.count());
                held.extend(both(split));
            }
            Op::Merge(n, other) if n.max(other) < held.len() && n != other => {
                let (ours, theirs) = held.remove(n.max(other));
                let into = &mut held[n.min(other)];
                let left = (into.0.merge(ours).ok_or(""), into.1.merge(theirs).ok_or(""));
                assert_eq!(into.0.count(), into.1.count());
                held.extend(both(left));
            }
            Op::AddPermits(many) => {
                ours.add_permits(many);
                theirs.add_permits(many);
            }
            Op::ForgetPermits(many) => assert_eq!(ours.forget_permits(many), theirs.forget_permits(many)),
            Op::Close => {
                // Whoever has permits without knowing it yet would be refused by tokio, and is not here.
                while let Some(granted) = slots.iter_mut().find(|slot| slot.as_ref().is_some_and(Pair::is_woken)) {
                    *granted = None;
                }
                ours.close();
                theirs.close();
                slots.iter().flatten().for_each(Pair::compare_wakes);
                // What was saved up for one who is refused is free at once here, and there when it hears of it.
                for slot in &mut slots {
                    held.extend(unfinished(slot).and_then(Pair::poll).and_then(both));
                }
            }
            Op::GiveBack(_) | Op::Forget(_) | Op::Split(..) | Op::Merge(..) => {}
        }
        assert_eq!(ours.available_permits(), theirs.available_permits(), "available here, and there");
        assert_eq!(ours.is_closed(), theirs.is_closed());
        slots.iter().flatten().for_each(Pair::compare_wakes);
    }
}

#[test]
fn semaphore() {
    programs("semaphore", 0..5_usize, op(), run);
}
