//! Calls through gates: while they wait to be let through, and while they are under way.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use anywhen::retry::{Gate, Gated, Refused};

use crate::stage::{Entry, Leaf, Stage};

pub(super) const ENTRIES: &[Entry] = &[
    |body| body(Stage::over(|leaf| Gated::new(Open, call(leaf, Ok(()))))),
    |body| body(Stage::over(|leaf| Gated::new(Open, call(leaf, Err(Refused::OverLimit))).failure_when(|_| true))),
    |body| body(Stage::over(|leaf| Gated::new(Wait(Cell::new(Some(leaf))), ready(Ok::<_, Refused>(()))))),
];

async fn call(leaf: Leaf, result: Result<(), Refused>) -> Result<(), Refused> {
    leaf.await;
    result
}

/// Lets everybody through.
#[derive(Clone)]
struct Open;

impl Gate for Open {
    type Admission = Ready<Result<(), Refused>>;
    type Pass = ();

    fn admit(&self) -> Self::Admission {
        ready(Ok(()))
    }
}

/// Lets one through when the leaf is done.
struct Wait(Cell<Option<Leaf>>);

impl Clone for Wait {
    fn clone(&self) -> Self {
        unreachable!("a call has its gate alone")
    }
}

impl Gate for Wait {
    type Admission = Turn;
    type Pass = ();

    fn admit(&self) -> Turn {
        Turn(self.0.take().expect("one call"))
    }
}

struct Turn(Leaf);

impl Future for Turn {
    type Output = Result<(), Refused>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|_| Ok(()))
    }
}
