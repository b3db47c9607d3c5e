//! `Semaphore` and `BoundedSemaphore`, polled by hand, and against a model.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;

use anywhen::sync::{BoundedAcquireError, BoundedSemaphore, Semaphore, TryAcquireError};
use anywhen::testing::{CountingWaker, TestTask, WakerEvent};
use anywhen::{assert_pending, assert_ready_err, assert_ready_ok};

#[test]
fn permits_are_taken_and_come_back() {
    let semaphore = Semaphore::new(3);
    let two = assert_ready_ok!(TestTask::new(semaphore.acquire_many(2)).poll());
    assert_eq!((two.num_permits(), semaphore.available_permits()), (2, 1));
    assert_eq!(semaphore.try_acquire_many(2).unwrap_err(), TryAcquireError::NoPermits);
    let one = semaphore.try_acquire().unwrap();
    drop(two);
    drop(one);
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn a_large_request_is_not_starved_by_small_ones() {
    let semaphore = Semaphore::new(4);
    let held: Vec<_> = (0..4).map(|_| semaphore.try_acquire().unwrap()).collect();
    let mut large = TestTask::new(semaphore.acquire_many(3));
    assert_pending!(large.poll());
    let mut small = TestTask::new(semaphore.acquire());
    assert_pending!(small.poll());
    let mut held = held.into_iter();
    for _ in 0..2 {
        drop(held.next());
        assert!(!large.is_woken() && !small.is_woken());
        assert!(semaphore.try_acquire().is_err(), "the permits are being saved up");
        assert_eq!(semaphore.available_permits(), 0);
    }
    drop(held.next());
    assert!(large.is_woken() && !small.is_woken());
    drop(held.next());
    assert!(small.is_woken());
    let large = assert_ready_ok!(large.poll());
    let small = assert_ready_ok!(small.poll());
    assert_eq!((large.num_permits(), small.num_permits()), (3, 1));
}

#[test]
fn when_the_waiter_at_the_front_gives_up_those_behind_are_served_at_once() {
    let semaphore = Semaphore::new(2);
    let mut large = TestTask::new(semaphore.acquire_many(5));
    assert_pending!(large.poll());
    let mut small = [(); 3].map(|()| TestTask::new(semaphore.acquire()));
    for task in &mut small {
        assert_pending!(task.poll());
    }
    drop(large);
    assert!(small[0].is_woken() && small[1].is_woken() && !small[2].is_woken());
    let granted = assert_ready_ok!(small[0].poll());
    drop(granted);
    assert!(small[2].is_woken());
}

#[test]
fn adding_permits_serves_more_waiters_than_a_batch_holds() {
    let semaphore = Semaphore::new(0);
    let mut tasks: Vec<_> = (0..100).map(|_| TestTask::new(semaphore.acquire())).collect();
    for task in &mut tasks {
        assert_pending!(task.poll());
    }
    semaphore.add_permits(70);
    assert!(tasks[..70].iter().all(TestTask::is_woken));
    assert!(!tasks[70..].iter().any(TestTask::is_woken));
    for task in tasks.drain(..70) {
        drop(task);
    }
    // What was granted to those that were dropped went to the rest, which are fewer.
    assert!(tasks.iter().all(TestTask::is_woken));
    drop(tasks);
    assert_eq!(semaphore.available_permits(), 70);
}

#[test]
fn acquire_of_nothing_waits_for_nothing() {
    let semaphore = Semaphore::new(0);
    let mut waits = TestTask::new(semaphore.acquire());
    assert_pending!(waits.poll());
    let none = assert_ready_ok!(TestTask::new(semaphore.acquire_many(0)).poll());
    assert_eq!(none.num_permits(), 0);
    assert!(semaphore.try_acquire_many(0).is_ok());
    semaphore.close();
    assert_ready_err!(TestTask::new(semaphore.acquire_many(0)).poll());
    assert_eq!(semaphore.try_acquire_many(0).unwrap_err(), TryAcquireError::Closed);
}

#[test]
fn closing_wakes_everybody_and_refuses_from_then_on() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..40).map(|_| TestTask::new(semaphore.acquire())).collect();
    for task in &mut tasks {
        assert_pending!(task.poll());
    }
    semaphore.close();
    for task in &mut tasks {
        assert!(task.is_woken());
        assert_ready_err!(task.poll());
    }
    drop(held);
    assert_eq!(semaphore.available_permits(), 1);
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    assert_ready_err!(TestTask::new(semaphore.acquire()).poll());
}

#[test]
fn permits_that_come_while_it_is_being_closed_are_handed_to_nobody() {
    // More wait than are woken in one go, and the first of them gives permits when it is woken.
    let semaphore = Arc::new(Semaphore::new(0));
    let gives = CountingWaker::hooked({
        let semaphore = Arc::clone(&semaphore);
        move |event| {
            if event == WakerEvent::Wake {
                semaphore.add_permits(100);
                assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
            }
        }
    });
    let mut first = pin!(semaphore.acquire());
    assert!(first.as_mut().poll(&mut Context::from_waker(&gives.waker())).is_pending());
    let mut rest: Vec<_> = (0..40).map(|_| TestTask::new(semaphore.acquire())).collect();
    for task in &mut rest {
        assert_pending!(task.poll());
    }
    semaphore.close();
    for task in &mut rest {
        assert!(task.is_woken());
        assert_ready_err!(task.poll());
    }
    assert!(semaphore.is_closed());
    assert_eq!(semaphore.available_permits(), 100);
}

#[test]
fn a_grant_that_came_before_the_close_stands() {
    let semaphore = Semaphore::new(0);
    let mut task = TestTask::new(semaphore.acquire());
    assert_pending!(task.poll());
    semaphore.add_permits(1);
    semaphore.close();
    drop(assert_ready_ok!(task.poll()));
}

#[test]
fn forgetting_permits_does_not_reopen_a_closed_semaphore() {
    let semaphore = Semaphore::new(5);
    semaphore.close();
    assert_eq!(semaphore.forget_permits(9), 5);
    assert!(semaphore.is_closed());
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
}

#[test]
fn forgotten_permits_are_gone() {
    let semaphore = Arc::new(Semaphore::new(5));
    semaphore.try_acquire().unwrap().forget();
    assert_eq!(semaphore.forget_permits(2), 2);
    Arc::clone(&semaphore).try_acquire_owned().unwrap().forget();
    assert_eq!(semaphore.available_permits(), 1);
    assert_eq!(semaphore.forget_permits(9), 1);
    assert_eq!(Arc::strong_count(&semaphore), 1);
}

#[test]
fn too_many_permits_are_refused_and_change_nothing() {
    let max = Semaphore::MAX_PERMITS;
    assert!(catch_unwind(|| Semaphore::new(max + 1)).is_err());
    let semaphore = Semaphore::new(max);
    for n in [1, max, usize::MAX] {
        assert!(catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(n))).is_err());
        assert_eq!(semaphore.available_permits(), max);
    }
    assert!(!semaphore.is_closed());
    // With somebody waiting, the sum is made on the other path.
    let semaphore = Semaphore::new(0);
    let mut task = TestTask::new(semaphore.acquire());
    assert_pending!(task.poll());
    assert!(catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(max + 1))).is_err());
    assert!(!task.is_woken());
    semaphore.add_permits(1);
    drop(assert_ready_ok!(task.poll()));
}

#[test]
fn permits_split_and_merge() {
    let semaphore = Arc::new(Semaphore::new(10));
    let mut eight = semaphore.try_acquire_many(8).unwrap();
    let three = eight.split(3).unwrap();
    assert!(eight.split(6).is_none());
    assert_eq!((eight.num_permits(), three.num_permits()), (5, 3));
    drop(three);
    assert_eq!(semaphore.available_permits(), 5);
    eight.merge(semaphore.try_acquire().unwrap());
    assert_eq!(eight.num_permits(), 6);

    let mut owned = Arc::clone(&semaphore).try_acquire_many_owned(2).unwrap();
    owned.merge(Arc::clone(&semaphore).try_acquire_owned().unwrap());
    let one = owned.split(1).unwrap();
    assert!(Arc::ptr_eq(one.semaphore(), &semaphore));
    drop(owned);
    drop(one);
    drop(eight);
    assert_eq!(semaphore.available_permits(), 10);

    let other = Semaphore::new(1);
    let mut ours = semaphore.try_acquire().unwrap();
    let theirs = other.try_acquire().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| ours.merge(theirs))).is_err());
    drop(ours);
    assert_eq!((semaphore.available_permits(), other.available_permits()), (10, 1));
}

#[test]
fn a_bounded_semaphore_refuses_when_its_queue_is_full() {
    let semaphore = Arc::new(BoundedSemaphore::new(2, 1));
    let mut waits = TestTask::new(semaphore.acquire_many(3));
    assert_pending!(waits.poll());
    assert_eq!(assert_ready_err!(TestTask::new(semaphore.acquire()).poll()), BoundedAcquireError::QueueFull);
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    drop(waits);
    let permit = assert_ready_ok!(TestTask::new(Arc::clone(&semaphore).acquire_owned()).poll());
    assert_eq!(semaphore.available_permits(), 1);
    let mut waits = TestTask::new(Arc::clone(&semaphore).acquire_many_owned(2));
    assert_pending!(waits.poll());
    semaphore.close();
    assert_eq!(assert_ready_err!(waits.poll()), BoundedAcquireError::Closed);
    drop(permit);
    assert_eq!(semaphore.available_permits(), 2);
}

mod against_a_model {
    //! Random programs of operations and cancels, run against the semaphore and against a queue that a child could
    //! check, polled in lockstep.

    use std::collections::VecDeque;

    use anywhen::sync::semaphore::Acquire;
    use anywhen::sync::{Semaphore, SemaphorePermit};
    use anywhen::testing::TestTask;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Op {
        Acquire(u32),
        TryAcquire(u32),
        /// Poll the task with this index among those that wait.
        Poll(usize),
        Cancel(usize),
        Release(usize),
        Add(usize),
        Forget(usize),
        Close,
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            6 => (0..4u32).prop_map(Op::Acquire),
            2 => (0..4u32).prop_map(Op::TryAcquire),
            4 => any::<usize>().prop_map(Op::Poll),
            3 => any::<usize>().prop_map(Op::Cancel),
            5 => any::<usize>().prop_map(Op::Release),
            2 => (0..5usize).prop_map(Op::Add),
            1 => (0..3usize).prop_map(Op::Forget),
            1 => Just(Op::Close),
        ]
    }

    /// The specification.
    #[derive(Default)]
    struct Model {
        permits: usize,
        closed: bool,
        /// Who waits, by id, and for how many.
        queue: VecDeque<(usize, usize)>,
        /// Who has been answered, and not polled since.
        answered: Vec<(usize, Result<usize, ()>)>,
    }

    impl Model {
        fn serve(&mut self) {
            while let Some(&(id, want)) = self.queue.front().filter(|(_, want)| *want <= self.permits) {
                self.permits -= want;
                self.queue.pop_front();
                self.answered.push((id, Ok(want)));
            }
        }

        fn try_acquire(&mut self, want: usize) -> bool {
            let ok = !self.closed && (want == 0 || (self.queue.is_empty() && self.permits >= want));
            if ok {
                self.permits -= want;
            }
            ok
        }
    }

    struct Run<'a> {
        semaphore: &'a Semaphore,
        model: Model,
        waiting: Vec<(usize, TestTask<Acquire<'a>>)>,
        held: Vec<SemaphorePermit<'a>>,
    }

    impl Run<'_> {
        fn step(&mut self, id: usize, op: Op) {
            match op {
                Op::Acquire(want) => {
                    let mut task = TestTask::new(self.semaphore.acquire_many(want));
                    let real = task.poll();
                    if self.model.closed {
                        assert!(matches!(real, std::task::Poll::Ready(Err(_))));
                    } else if self.model.try_acquire(want as usize) {
                        let std::task::Poll::Ready(Ok(permit)) = real else { panic!("should have been served") };
                        assert_eq!(permit.num_permits(), want as usize);
                        self.held.push(permit);
                    } else {
                        assert!(real.is_pending());
                        self.model.queue.push_back((id, want as usize));
                        self.waiting.push((id, task));
                    }
                }
                Op::TryAcquire(want) => {
                    let real = self.semaphore.try_acquire_many(want);
                    assert_eq!(real.is_ok(), self.model.try_acquire(want as usize));
                    self.held.extend(real);
                }
                Op::Poll(n) if !self.waiting.is_empty() => {
                    let n = n % self.waiting.len();
                    let id = self.waiting[n].0;
                    let answer = self.model.answered.iter().position(|(other, _)| *other == id);
                    assert_eq!(self.waiting[n].1.is_woken(), answer.is_some());
                    let real = self.waiting[n].1.poll();
                    match answer.map(|at| self.model.answered.remove(at).1) {
                        None => assert!(real.is_pending()),
                        Some(expected) => {
                            let std::task::Poll::Ready(real) = real else { panic!("answered, but pending") };
                            assert_eq!(real.as_ref().map(SemaphorePermit::num_permits).map_err(|_| ()), expected);
                            self.held.extend(real);
                            self.waiting.remove(n);
                        }
                    }
                }
                Op::Cancel(n) if !self.waiting.is_empty() => {
                    let (id, task) = self.waiting.remove(n % self.waiting.len());
                    drop(task);
                    self.model.queue.retain(|(other, _)| *other != id);
                    if let Some(at) = self.model.answered.iter().position(|(other, _)| *other == id) {
                        if let Ok(granted) = self.model.answered.remove(at).1 {
                            self.model.permits += granted;
                        }
                    }
                    self.model.serve();
                }
                Op::Release(n) if !self.held.is_empty() => {
                    let permit = self.held.remove(n % self.held.len());
                    self.model.permits += permit.num_permits();
                    drop(permit);
                    self.model.serve();
                }
                Op::Add(n) => {
                    self.semaphore.add_permits(n);
                    self.model.permits += n;
                    self.model.serve();
                }
                Op::Forget(n) => {
                    let expected = if self.model.queue.is_empty() { self.model.permits.min(n) } else { 0 };
                    assert_eq!(self.semaphore.forget_permits(n), expected);
                    self.model.permits -= expected;
                }
                Op::Close => {
                    self.semaphore.close();
                    self.model.closed = true;
                    let sent_away = self.model.queue.drain(..).map(|(id, _)| (id, Err(())));
                    self.model.answered.extend(sent_away);
                }
                _ => {}
            }
            let available = if self.model.queue.is_empty() { self.model.permits } else { 0 };
            assert_eq!(self.semaphore.available_permits(), available);
            assert_eq!(self.semaphore.is_closed(), self.model.closed);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn same_answers(permits in 0..5usize, ops in prop::collection::vec(op(), 1..60)) {
            let semaphore = Semaphore::new(permits);
            let model = Model { permits, ..Model::default() };
            let mut run = Run { semaphore: &semaphore, model, waiting: Vec::new(), held: Vec::new() };
            for (id, op) in ops.into_iter().enumerate() {
                run.step(id, op);
            }
        }
    }
}

#[test]
fn blocking_forms_give_what_is_there_and_refuse_when_closed() {
    let semaphore = Arc::new(Semaphore::new(6));
    let permits = (semaphore.blocking_acquire().unwrap(), semaphore.blocking_acquire_many(2).unwrap());
    let owned = (
        Arc::clone(&semaphore).blocking_acquire_owned().unwrap(),
        Arc::clone(&semaphore).blocking_acquire_many_owned(2).unwrap(),
    );
    let numbers = [permits.0.num_permits(), permits.1.num_permits(), owned.0.num_permits(), owned.1.num_permits()];
    assert_eq!((numbers, semaphore.available_permits()), ([1, 2, 1, 2], 0));
    drop((permits, owned));
    assert_eq!(semaphore.available_permits(), 6);
    semaphore.close();
    assert!(semaphore.blocking_acquire().is_err() && semaphore.blocking_acquire_many(2).is_err());
    assert!(Arc::clone(&semaphore).blocking_acquire_owned().is_err());
    assert!(Arc::clone(&semaphore).blocking_acquire_many_owned(2).is_err());
}
