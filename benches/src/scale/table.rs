//! Children that are steered from outside, and counted.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::Course;

/// What all children of a run share.
#[derive(Debug)]
pub(crate) struct Table {
    state: Rc<State>,
    order: Vec<usize>,
    parent: Arc<Parent>,
    waker: Waker,
}

#[derive(Debug)]
struct State {
    places: Vec<Place>,
    course: Cell<Option<Course>>,
    polls: Cell<u64>,
}

#[derive(Debug, Default)]
struct Place {
    is_ready: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Whether the whole was woken.
#[derive(Debug)]
struct Parent(AtomicBool);

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Table {
    pub(crate) fn new(size: usize) -> Self {
        let mut order: Vec<usize> = (0..size).collect();
        // Any permutation will do that is the same in every run.
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for i in (1..size).rev() {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            order.swap(i, (seed % (i as u64 + 1)) as usize);
        }
        let places = (0..size).map(|_| Place::default()).collect();
        let parent = Arc::new(Parent(AtomicBool::new(false)));
        Self {
            state: Rc::new(State { places, course: Cell::new(None), polls: Cell::new(0) }),
            order,
            waker: Arc::clone(&parent).into(),
            parent,
        }
    }

    /// The children for a run, none of them ready.
    pub(crate) fn children(&self, course: Course) -> impl Iterator<Item = Child> + use<> {
        self.state.course.set(Some(course));
        self.state.places.iter().for_each(|place| place.is_ready.set(course == Course::Ready));
        let state = Rc::clone(&self.state);
        (0..self.state.places.len()).map(move |index| Child { state: Rc::clone(&state), index })
    }

    /// Drives what was made of the children to its end.
    #[inline]
    pub(crate) fn drive<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(&self.waker);
        let mut order = self.order.iter();
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                // Those that were not needed any more.
                if self.state.course.get() == Some(Course::Random) {
                    self.state.places.iter().for_each(|place| drop(place.waker.take()));
                }
                return output;
            }
            while !self.parent.0.swap(false, Ordering::Relaxed) {
                let place = &self.state.places[*order.next().expect("somebody is left")];
                place.is_ready.set(true);
                if let Some(waker) = place.waker.take() {
                    waker.wake();
                }
            }
        }
    }

    pub(crate) fn reset_polls(&self) {
        self.state.polls.set(0);
    }

    pub(crate) fn polls(&self) -> u64 {
        self.state.polls.get()
    }
}

/// A child: it looks into its place of the table.
#[derive(Debug)]
pub(crate) struct Child {
    state: Rc<State>,
    index: usize,
}

impl Future for Child {
    type Output = Result<usize, usize>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let state = &*self.state;
        state.polls.set(state.polls.get() + 1);
        let place = &state.places[self.index];
        if place.is_ready.get() {
            return Poll::Ready(Ok(self.index));
        }
        if state.course.get() == Some(Course::Once) {
            place.is_ready.set(true);
            cx.waker().wake_by_ref();
        } else {
            let mut stored = place.waker.borrow_mut();
            if !stored.as_ref().is_some_and(|stored| stored.will_wake(cx.waker())) {
                *stored = Some(cx.waker().clone());
            }
        }
        Poll::Pending
    }
}
