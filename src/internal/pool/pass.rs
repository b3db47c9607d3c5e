//! Polling the children of a pool that were woken.
//!
//! A chunk is gone through in a *walk* over those who were woken; when that is over, it is the turn of the next chunk. Where a
//! child gives something, the poll is over, and the walk is not: the next poll goes on with it. So nobody has a second turn
//! before everybody who was woken has had one, however often the slot before it is filled again.
//!
//! A poll is pending once it has begun, and ended, a walk through each chunk. It may have had a walk to end before; whom it
//! polled there it does not poll again, but has the task woken if need be: each child is polled once in a poll at most.

#![allow(unsafe_code, reason = "children are pinned where they lie")]

use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Key, Pool, index};

/// What came of a poll of a child.
pub(crate) enum Visit<R> {
    /// Nothing: it stays, and waits.
    Waits,
    /// This, and it stays. It is polled again, after the others who were woken.
    Gives(R),
    /// This, and it is over.
    Ends(R),
    /// It is over, and the pass goes on.
    Goes,
}

impl<R> Visit<R> {
    #[inline]
    pub(crate) fn map<S>(self, map: impl FnOnce(R) -> S) -> Visit<S> {
        match self {
            Self::Waits => Visit::Waits,
            Self::Gives(given) => Visit::Gives(map(given)),
            Self::Ends(given) => Visit::Ends(map(given)),
            Self::Goes => Visit::Goes,
        }
    }
}

impl<T> Pool<T> {
    /// Polls those of the children that were woken, until one gives something, in a fair order. `visit` polls a child.
    ///
    /// It is `None` when there are none; the task is told when there is one again.
    #[inline]
    pub(crate) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        visit: impl FnMut(Key, Pin<&mut T>, &mut Context<'_>) -> Visit<R>,
    ) -> Poll<Option<R>> {
        self.begin();
        self.go_on(cx, visit)
    }

    /// Begins a pass, in which each child is polled once at most.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.pass = self.pass.wrapping_add(1);
        self.told = false;
    }

    /// As [`poll`](Self::poll), within the pass that was begun last.
    #[inline]
    pub(crate) fn go_on<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut visit: impl FnMut(Key, Pin<&mut T>, &mut Context<'_>) -> Visit<R>,
    ) -> Poll<Option<R>> {
        self.waits = false;
        self.ended = true;
        let mut left = self.chunks.len();
        while self.len > 0 {
            let current = self.current;
            // SAFETY: there is a child, and so a chunk; and this is the number of one.
            let chunk = unsafe { self.chunks.get_unchecked_mut(current) };
            let Some(offset) = chunk.set.next(&mut self.walk, 0) else {
                if left == 0 {
                    self.waits = true;
                    self.ended = false;
                    return Poll::Pending;
                }
                left -= 1;
                self.current = if current + 1 < self.chunks.len() { current + 1 } else { 0 };
                let set = &mut self.chunks[self.current].set;
                set.set_parent(cx.waker());
                self.walk = set.begin();
                continue;
            };
            // SAFETY: a number is entered in the set while a child is there.
            let (generation, last) = unsafe { (chunk.generation(offset), chunk.link(offset)) };
            if core::mem::replace(last, self.pass) == self.pass {
                // It has had its turn, and has another in the next pass.
                chunk.set.mark(offset);
                if !core::mem::replace(&mut self.told, true) {
                    cx.waker().wake_by_ref();
                }
                continue;
            }
            let key = Key { index: index(current, offset), generation };
            let visited = Visited { pool: self, chunk: current, offset };
            let chunk = visited.pool.chunk(current);
            let waker = chunk.set.waker(offset);
            // SAFETY: it is there, and `visited` is not used meanwhile.
            let visit = visit(key, unsafe { chunk.pin_mut(offset) }, &mut Context::from_waker(&waker));
            match visit {
                Visit::Waits => visited.stays(),
                Visit::Gives(given) => {
                    visited.stays();
                    self.chunks[current].set.mark(offset);
                    self.ended = false;
                    return Poll::Ready(Some(given));
                }
                Visit::Ends(given) => {
                    drop(visited);
                    self.ended = false;
                    return Poll::Ready(Some(given));
                }
                Visit::Goes => drop(visited),
            }
        }
        self.rest(cx);
        Poll::Ready(None)
    }

    /// There are no children; whoever puts one in wakes the task.
    #[cold]
    fn rest(&mut self, cx: &Context<'_>) {
        if self.chunks.is_empty() {
            self.grow();
        }
        self.idle(cx);
        self.waits = true;
    }

    /// There are no children, and only this task puts some in: it is known as the one that waits, and no other.
    pub(crate) fn idle(&mut self, cx: &Context<'_>) {
        self.chunks.iter_mut().for_each(|chunk| chunk.set.set_parent(cx.waker()));
    }
}

/// A child that is being polled, and has gone unless it is said to stay: it was ready, or has panicked.
struct Visited<'a, T> {
    pool: &'a mut Pool<T>,
    chunk: usize,
    offset: usize,
}

impl<T> Visited<'_, T> {
    #[inline]
    fn stays(self) {
        core::mem::forget(self);
    }
}

impl<T> Drop for Visited<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: it is there until now, and dropped where it is, once.
        unsafe { self.pool.vacate(self.chunk, self.offset).drop_in_place() };
    }
}
