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

use super::chunk::Place;
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
        let mut left = self.chunks.len();
        while self.len > 0 {
            let Some(offset) = self.walk.next_of_group(0) else {
                let goes_on = !self.walk.is_over();
                if goes_on || self.next_woken(&mut left, cx) {
                    self.next_group(!goes_on);
                    continue;
                }
                self.waits = true;
                return Poll::Pending;
            };
            let current = self.current;
            let chunk = self.chunk(current);
            // SAFETY: there are wakers only of slots that have been opened.
            let slot = unsafe { chunk.slot(offset) };
            if !slot.is_taken() {
                // Its child has gone, and was woken all the same.
                continue;
            }
            let waker = chunk.set.waker(offset);
            if slot.link() == self.pass {
                self.put_off(offset, cx);
                continue;
            }
            let key = Key { index: index(current, offset), generation: slot.generation() };
            let visited = Visited { pool: self, index: key.index, slot };
            // SAFETY: it is there, and pinned: it is dropped before its place is used again, or freed. Nobody else uses it meanwhile.
            let child = unsafe { Pin::new_unchecked(slot.child().as_mut()) };
            match visit(key, child, &mut Context::from_waker(&waker)) {
                Visit::Waits => visited.stays(),
                Visit::Gives(given) => {
                    visited.stays();
                    self.chunk(current).set.mark(offset);
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

    /// A child of the current chunk was woken that has had its turn in this pass. It has another in the next one.
    #[cold]
    fn put_off(&mut self, offset: usize, cx: &Context<'_>) {
        let current = self.current;
        self.chunk(current).set.mark(offset);
        if !core::mem::replace(&mut self.told, true) {
            cx.waker().wake_by_ref();
        }
    }

    /// Goes on to the next chunk in which somebody may have been woken, if there is one. So many are left to be looked at.
    #[inline]
    fn next_woken(&mut self, left: &mut usize, cx: &Context<'_>) -> bool {
        if *left == self.chunks.len() {
            self.attend(cx);
        }
        let (mut current, count) = (self.current, self.chunks.len());
        while *left > 0 {
            *left -= 1;
            current = if current + 1 < count { current + 1 } else { 0 };
            if self.chunk(current).set.is_woken() {
                self.current = current;
                return true;
            }
        }
        self.current = current;
        false
    }

    /// Goes on with the next group of the walk, or of a new one through the current chunk, if there is one.
    ///
    /// It is not inlined, so that what polls a child that is at hand has all registers to itself.
    #[inline(never)]
    fn next_group(&mut self, is_new: bool) {
        // SAFETY: there was a child, and so a chunk; and this is the number of one.
        let set = unsafe { &mut self.chunks.get_unchecked_mut(self.current).set };
        if is_new {
            self.walk = set.begin();
        }
        set.next_group(&mut self.walk, 0);
    }

    /// Has the task of this poll woken from now on.
    #[inline]
    fn attend(&mut self, cx: &Context<'_>) {
        // Most often that is the one of the poll before.
        let is_known = self.chunks.first().is_some_and(|chunk| chunk.set.has_parent(cx.waker()));
        if !is_known || self.attended < self.chunks.len() {
            self.idle(cx);
        }
    }

    /// There are no children; whoever puts one in wakes the task.
    #[cold]
    fn rest(&mut self, cx: &Context<'_>) {
        self.ended = true;
        if self.chunks.is_empty() {
            self.grow();
        }
        self.idle(cx);
        self.waits = true;
    }

    /// There are no children, and only this task puts some in: it is known as the one that waits, and no other.
    #[inline(never)]
    pub(crate) fn idle(&mut self, cx: &Context<'_>) {
        self.attended = 0;
        let know = self.chunks.iter_mut().map(|chunk| chunk.set.set_parent(cx.waker()));
        self.attended = know.filter(|known| *known).count();
    }
}

/// A child that is being polled, and has gone unless it is said to stay: it was ready, or has panicked.
struct Visited<'a, T> {
    pool: &'a mut Pool<T>,
    index: u32,
    slot: Place<T>,
}

impl<T> Visited<'_, T> {
    #[inline]
    fn stays(self) {
        self.slot.set_link(self.pool.pass);
        core::mem::forget(self);
    }
}

impl<T> Drop for Visited<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.pool.vacate(self.index, self.slot);
        self.pool.ended = self.pool.len == 0;
        // SAFETY: it is there until now, and dropped where it is, once.
        unsafe { self.slot.child().drop_in_place() };
    }
}
