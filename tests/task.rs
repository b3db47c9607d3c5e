//! Tasks, with a runtime that is driven by hand: what happens when, to the poll.

#![cfg(feature = "std")]

use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use anywhen::rt::{self, BoxTask, BoxWork, Handle, Spawn, TaskInfo};
use anywhen::task::{self, AbortOnDrop, JoinError, JoinHandle};

/// A runtime of which nothing runs before the test says so.
#[derive(Clone, Default)]
struct Manual(Arc<Queue>);

#[derive(Default)]
struct Queue {
    tasks: Mutex<VecDeque<Arc<Task>>>,
    work: Mutex<VecDeque<BoxWork>>,
}

struct Task {
    future: Mutex<Option<BoxTask>>,
    queue: Arc<Queue>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let queue = self.queue.clone();
        queue.tasks.lock().unwrap().push_back(self);
    }
}

impl Spawn for Manual {
    fn spawn_task(&self, task: BoxTask) {
        Arc::new(Task { future: Mutex::new(Some(task)), queue: self.0.clone() }).wake();
    }

    fn spawn_work(&self, work: BoxWork) {
        self.0.work.lock().unwrap().push_back(work);
    }
}

impl Manual {
    fn handle(&self) -> Handle {
        Handle::new(self.clone())
    }

    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        task::spawn_on(&self.handle(), future)
    }

    fn next(&self) -> Option<Arc<Task>> {
        self.0.tasks.lock().unwrap().pop_front()
    }

    /// Polls what is queued, until nothing is; says how often it polled.
    fn run(&self) -> usize {
        let mut polls = 0;
        while let Some(task) = self.next() {
            let future = task.future.lock().unwrap().take();
            let Some(mut future) = future else { continue };
            polls += 1;
            let waker = Waker::from(task.clone());
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                *task.future.lock().unwrap() = Some(future);
            }
        }
        polls
    }

    fn run_work(&self) {
        let work = self.0.work.lock().unwrap().pop_front();
        work.expect("there is work")();
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[track_caller]
fn outcome<T>(handle: &mut JoinHandle<T>) -> Result<T, JoinError> {
    match poll(handle) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the task has not ended"),
    }
}

#[derive(Clone, Default)]
struct Flag(Arc<AtomicBool>);

impl Flag {
    fn set(&self) {
        self.0.store(true, SeqCst);
    }

    fn is_set(&self) -> bool {
        self.0.load(SeqCst)
    }
}

/// Sets a flag when it is dropped.
struct Tells(Flag);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Panics when it is dropped.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("the destructor failed");
    }
}

fn panic_message(error: JoinError) -> &'static str {
    *error.into_panic().downcast::<&str>().expect("a literal message")
}

#[derive(Default)]
struct CountWakes(AtomicUsize);

impl Wake for CountWakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn the_output_comes_through_the_handle_with_one_wake() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async { 42 });
    let wakes = Arc::new(CountWakes::default());
    let waker = Waker::from(wakes.clone());
    for _ in 0..3 {
        assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(!handle.is_finished());
    assert_eq!(rt.run(), 1);
    assert_eq!(wakes.0.load(SeqCst), 1);
    assert!(handle.is_finished());
    assert_eq!(outcome(&mut handle).unwrap(), 42);
}

#[test]
fn a_handle_is_woken_through_its_latest_waker() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async {});
    let (old, new) = (Arc::new(CountWakes::default()), Arc::new(CountWakes::default()));
    for wakes in [&old, &new] {
        let waker = Waker::from(wakes.clone());
        assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(Arc::strong_count(&old), 1, "the replaced waker is dropped");
    rt.run();
    assert_eq!((old.0.load(SeqCst), new.0.load(SeqCst)), (0, 1));
}

#[test]
#[should_panic(expected = "`JoinHandle` polled after completion")]
fn a_handle_that_gave_its_output_panics_when_polled() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async {});
    rt.run();
    outcome(&mut handle).unwrap();
    let _ = poll(&mut handle);
}

#[test]
#[should_panic(expected = "`AbortOnDrop` polled after completion")]
fn an_aborting_handle_that_gave_its_output_panics_when_polled() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async {}).abort_on_drop();
    rt.run();
    assert!(poll(&mut handle).is_ready());
    let _ = poll(&mut handle);
}

#[test]
fn a_dropped_handle_detaches() {
    let rt = Manual::default();
    let done = Flag::default();
    let tell = done.clone();
    drop(rt.spawn(async move { tell.set() }));
    rt.run();
    assert!(done.is_set());
}

#[test]
fn an_output_that_nobody_wants_is_dropped_at_once() {
    let rt = Manual::default();
    let dropped = Flag::default();
    // Before the end.
    let value = Tells(dropped.clone());
    let handle = rt.spawn(async move { value });
    let abort = handle.abort_handle();
    drop(handle);
    rt.run();
    assert!(dropped.is_set() && abort.is_finished());
    // After it.
    let dropped = Flag::default();
    let value = Tells(dropped.clone());
    let handle = rt.spawn(async move { value });
    rt.run();
    assert!(!dropped.is_set());
    drop(handle);
    assert!(dropped.is_set());
}

#[test]
fn the_future_is_gone_before_the_task_counts_as_finished() {
    struct Asks(JoinSlot, Flag);
    type JoinSlot = Arc<Mutex<Option<task::AbortHandle>>>;
    impl Drop for Asks {
        fn drop(&mut self) {
            let finished = self.0.lock().unwrap().as_ref().unwrap().is_finished();
            assert!(!finished);
            self.1.set();
        }
    }
    let rt = Manual::default();
    let (slot, asked) = (JoinSlot::default(), Flag::default());
    let asks = Asks(slot.clone(), asked.clone());
    let mut handle = rt.spawn(async move {
        let _asks = asks;
        pending::<()>().await;
    });
    *slot.lock().unwrap() = Some(handle.abort_handle());
    rt.run();
    handle.abort();
    rt.run();
    assert!(asked.is_set());
    assert!(outcome(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn abort_drops_a_waiting_future_where_the_task_runs() {
    let rt = Manual::default();
    let dropped = Flag::default();
    let value = Tells(dropped.clone());
    let mut handle = rt.spawn(async move {
        let _value = value;
        pending::<()>().await;
    });
    rt.run();
    handle.abort();
    assert!(!dropped.is_set(), "not by whoever aborts");
    assert!(!handle.is_finished());
    assert_eq!(rt.run(), 1, "the abort schedules the task");
    assert!(dropped.is_set());
    let error = outcome(&mut handle).unwrap_err();
    assert!(error.is_cancelled() && !error.is_panic());
    assert_eq!(error.to_string(), "task was cancelled");
    assert_eq!(error.try_into_panic().unwrap_err().to_string(), "task was cancelled");
}

#[test]
fn a_task_aborted_before_it_starts_is_never_polled() {
    let rt = Manual::default();
    let polled = Flag::default();
    let tell = polled.clone();
    let mut handle = rt.spawn(async move { tell.set() });
    handle.abort();
    handle.abort();
    rt.run();
    assert!(!polled.is_set());
    assert!(outcome(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn a_task_that_aborts_itself_stops_where_it_next_waits() {
    let rt = Manual::default();
    let slot = Arc::new(Mutex::new(None::<task::AbortHandle>));
    let (own, went_on) = (slot.clone(), Flag::default());
    let tell = went_on.clone();
    let mut handle = rt.spawn(async move {
        own.lock().unwrap().as_ref().unwrap().abort();
        tell.set();
        pending::<()>().await;
    });
    *slot.lock().unwrap() = Some(handle.abort_handle());
    rt.run();
    assert!(went_on.is_set());
    assert!(outcome(&mut handle).unwrap_err().is_cancelled());
}

#[test]
fn a_task_that_ends_in_the_poll_in_which_it_is_aborted_keeps_its_output() {
    let rt = Manual::default();
    let slot = Arc::new(Mutex::new(None::<task::AbortHandle>));
    let own = slot.clone();
    let mut handle = rt.spawn(async move {
        own.lock().unwrap().as_ref().unwrap().abort();
        7
    });
    *slot.lock().unwrap() = Some(handle.abort_handle());
    rt.run();
    assert_eq!(outcome(&mut handle).unwrap(), 7);
}

#[test]
fn abort_after_the_end_does_nothing() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async { 7 });
    rt.run();
    handle.abort();
    assert_eq!(rt.run(), 0);
    assert_eq!(outcome(&mut handle).unwrap(), 7);
    handle.abort();
}

#[test]
fn abort_on_drop_aborts_and_detach_undoes_it() {
    let rt = Manual::default();
    let dropped = Flag::default();
    let value = Tells(dropped.clone());
    let guard = AbortOnDrop::new(rt.spawn(async move {
        let _value = value;
        pending::<()>().await;
    }));
    rt.run();
    drop(guard);
    rt.run();
    assert!(dropped.is_set());

    let guard = rt.spawn(async { 7 }).abort_on_drop();
    let mut handle = guard.detach();
    rt.run();
    assert_eq!(outcome(&mut handle).unwrap(), 7);
}

#[test]
fn a_panic_reaches_the_handle_and_not_the_runtime() {
    let rt = Manual::default();
    let what = String::from("luck");
    let mut handle = rt.spawn(async move { panic!("no such {what}") });
    rt.run();
    let error: JoinError = outcome::<()>(&mut handle).unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(error.to_string(), "task panicked with message \"no such luck\"");
    assert_eq!(format!("{error:?}"), "JoinError::Panic(\"no such luck\")");
    let io = std::io::Error::from(error);
    let error = *io.into_inner().unwrap().downcast::<JoinError>().unwrap();
    assert_eq!(*error.into_panic().downcast::<String>().unwrap(), "no such luck");

    let mut handle = rt.spawn(async { resume_unwind(Box::new(17_u8)) });
    rt.run();
    let error: JoinError = outcome::<()>(&mut handle).unwrap_err();
    assert_eq!(error.to_string(), "task panicked");
    assert_eq!(*error.into_panic().downcast::<u8>().unwrap(), 17);
}

#[test]
fn a_future_that_panicked_is_dropped_before_the_handle_knows() {
    let rt = Manual::default();
    let dropped = Flag::default();
    let value = Tells(dropped.clone());
    let mut handle = rt.spawn(poll_fn(move |_| -> Poll<()> {
        let _value = &value;
        panic!("in poll");
    }));
    rt.run();
    assert!(dropped.is_set());
    assert_eq!(panic_message(outcome(&mut handle).unwrap_err()), "in poll");
}

#[test]
fn a_panicking_destructor_of_the_future_reaches_the_handle() {
    // After an output, which is dropped.
    let rt = Manual::default();
    let dropped = Flag::default();
    let (value, explosive) = (Tells(dropped.clone()), Explosive);
    let mut output = Some(value);
    let mut handle = rt.spawn(poll_fn(move |_| {
        let _explosive = &explosive;
        Poll::Ready(output.take().unwrap())
    }));
    rt.run();
    assert!(dropped.is_set());
    let Err(error) = outcome(&mut handle) else { panic!("there is no output") };
    assert_eq!(panic_message(error), "the destructor failed");

    // After an abort.
    let explosive = Explosive;
    let mut handle = rt.spawn(async move {
        let _explosive = explosive;
        pending::<()>().await;
    });
    rt.run();
    handle.abort();
    rt.run();
    assert_eq!(panic_message(outcome(&mut handle).unwrap_err()), "the destructor failed");

    // After a panic, which came first and is the one that is told.
    let explosive = Explosive;
    let mut handle = rt.spawn(poll_fn(move |_| -> Poll<()> {
        let _explosive = &explosive;
        panic!("in poll");
    }));
    rt.run();
    assert_eq!(panic_message(outcome(&mut handle).unwrap_err()), "in poll");
}

#[test]
fn a_panicking_destructor_of_an_unwanted_output_ends_there() {
    let rt = Manual::default();
    drop(rt.spawn(async { Explosive }));
    rt.run();
    let handle = rt.spawn(async { Explosive });
    rt.run();
    drop(handle);
}

#[test]
fn a_panicking_waker_of_the_joiner_does_not_reach_the_runtime() {
    struct Hostile;
    impl Wake for Hostile {
        fn wake(self: Arc<Self>) {
            panic!("this waker fails");
        }
    }
    let rt = Manual::default();
    let mut handle = rt.spawn(async { 7 });
    let waker = Waker::from(Arc::new(Hostile));
    assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    rt.run();
    assert_eq!(outcome(&mut handle).unwrap(), 7);
}

#[test]
fn a_task_that_its_runtime_drops_is_cancelled() {
    let rt = Manual::default();
    let dropped = Flag::default();
    let value = Tells(dropped.clone());
    let mut task = rt.spawn(async move {
        let _value = value;
    });
    let mut work = task::spawn_blocking_on(&rt.handle(), || ());
    rt.0.tasks.lock().unwrap().clear();
    rt.0.work.lock().unwrap().clear();
    assert!(dropped.is_set());
    assert!(outcome(&mut task).unwrap_err().is_cancelled());
    assert!(outcome(&mut work).unwrap_err().is_cancelled());
}

#[test]
fn nothing_keeps_a_task_that_has_ended() {
    let rt = Manual::default();
    let wakes = Arc::new(CountWakes::default());
    let waker = Waker::from(wakes.clone());
    let mut handle = rt.spawn(pending::<()>());
    assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    let task = rt.0.tasks.lock().unwrap().front().cloned().unwrap();
    rt.run();
    assert_eq!(Arc::strong_count(&task), 2, "us, and the waker by which an abort is heard");
    let abort = handle.abort_handle();
    abort.abort();
    rt.run();
    assert_eq!(Arc::strong_count(&task), 1);
    drop(waker);
    assert_eq!(Arc::strong_count(&wakes), 1);
    assert!(outcome(&mut handle).unwrap_err().is_cancelled());
    // One that waits and then ends by itself, while somebody has its handle.
    let mut handle = rt.spawn(anywhen::future::yield_now());
    let task = rt.0.tasks.lock().unwrap().front().cloned().unwrap();
    assert_eq!(rt.run(), 2);
    assert_eq!(Arc::strong_count(&task), 1);
    outcome(&mut handle).unwrap();
}

#[test]
fn an_executor_that_polls_on_after_the_end_does_no_harm() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async { 7 });
    let task = rt.next().unwrap();
    let mut future = task.future.lock().unwrap().take().unwrap();
    assert!(poll(&mut future).is_ready());
    assert!(poll(&mut future).is_ready());
    drop(future);
    assert_eq!(outcome(&mut handle).unwrap(), 7);
}

#[test]
fn the_runtime_is_current_in_polls_and_destructors() {
    struct Asks(Flag);
    impl Drop for Asks {
        fn drop(&mut self) {
            assert!(Handle::try_current().is_some());
            self.0.set();
        }
    }
    let rt = Manual::default();
    let asked = Flag::default();
    let asks = Asks(asked.clone());
    let mut handle = rt.spawn(async move {
        let _asks = asks;
        // Goes to the same runtime, which is the only one here that runs.
        task::spawn(async { 7 }).await.unwrap()
    });
    assert!(Handle::try_current().is_none());
    assert_eq!(rt.run(), 3);
    assert_eq!(outcome(&mut handle).unwrap(), 7);
    assert!(asked.is_set());
    // Dropped as a whole: when it was aborted while it waited, and by the runtime before it was polled.
    for polled in [true, false] {
        let asked = Flag::default();
        let asks = Asks(asked.clone());
        let handle = rt.spawn(async move {
            let _asks = asks;
            pending::<()>().await;
        });
        if polled {
            rt.run();
            handle.abort();
            rt.run();
        } else {
            drop(rt.next());
        }
        assert!(asked.is_set(), "{polled}");
    }
    assert!(Handle::try_current().is_none());
}

#[test]
fn a_guard_that_a_task_leaks_does_not_outlive_the_poll() {
    let rt = Manual::default();
    let handle = rt.handle();
    rt.spawn(async move { std::mem::forget(handle.enter()) });
    rt.run();
    assert!(Handle::try_current().is_none());
}

#[test]
fn blocking_work_gives_its_value_or_its_panic() {
    let rt = Manual::default();
    let mut work = task::spawn_blocking_on(&rt.handle(), || {
        assert!(Handle::try_current().is_some());
        7
    });
    assert!(poll(&mut work).is_pending());
    rt.run_work();
    assert_eq!(outcome(&mut work).unwrap(), 7);
    let mut work = task::spawn_blocking_on(&rt.handle(), || -> () { panic!("in work") });
    rt.run_work();
    assert_eq!(panic_message(outcome(&mut work).unwrap_err()), "in work");
}

#[test]
fn blocking_work_can_be_aborted_only_before_it_starts() {
    let rt = Manual::default();
    let ran = Flag::default();
    let tell = ran.clone();
    let mut work = task::spawn_blocking_on(&rt.handle(), move || tell.set());
    work.abort();
    rt.run_work();
    assert!(!ran.is_set());
    assert!(outcome(&mut work).unwrap_err().is_cancelled());

    let slot = Arc::new(Mutex::new(None::<task::AbortHandle>));
    let own = slot.clone();
    let mut work = task::spawn_blocking_on(&rt.handle(), move || {
        own.lock().unwrap().as_ref().unwrap().abort();
        7
    });
    *slot.lock().unwrap() = Some(work.abort_handle());
    rt.run_work();
    assert_eq!(outcome(&mut work).unwrap(), 7);
}

#[test]
fn a_panicking_destructor_of_aborted_work_reaches_the_handle() {
    let rt = Manual::default();
    let explosive = Explosive;
    let mut work = task::spawn_blocking_on(&rt.handle(), move || drop(explosive));
    work.abort();
    rt.run_work();
    assert_eq!(panic_message(outcome(&mut work).unwrap_err()), "the destructor failed");
}

#[test]
fn a_handle_may_be_polled_by_reference_and_taken_up_again() {
    let rt = Manual::default();
    let mut handle = rt.spawn(async { 7 });
    {
        let borrowed = pin!(&mut handle);
        assert!(borrowed.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    rt.run();
    assert_eq!(outcome(&mut handle).unwrap(), 7);
}

#[test]
fn a_name_changes_nothing_else() {
    let named = || task::Builder::new().name("named");
    let outputs = rt::Std.block_on(async {
        let on = named().spawn_on(async { 2 }, &rt::Std).unwrap();
        let blocking_on = named().spawn_blocking_on(|| 4, &rt::Std).unwrap();
        let (one, three) = (named().spawn(async { 1 }).unwrap(), named().spawn_blocking(|| 3).unwrap());
        [one.await, on.await, three.await, blocking_on.await].map(Result::unwrap)
    });
    assert_eq!(outputs, [1, 2, 3, 4]);
}

#[test]
fn a_runtime_is_told_the_name_and_the_place_also_through_a_handle() {
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<String>>>);

    impl Spawn for Told {
        fn spawn_task(&self, _: BoxTask) {}
        fn spawn_work(&self, _: BoxWork) {}

        fn spawn_task_with(&self, task: BoxTask, info: &TaskInfo<'_>) {
            self.0.lock().unwrap().push(format!("{:?} {}", info.name(), info.location().line()));
            self.spawn_task(task);
        }

        fn spawn_work_with(&self, work: BoxWork, info: &TaskInfo<'_>) {
            self.0.lock().unwrap().push(format!("{:?} {}", info.name(), info.location().line()));
            self.spawn_work(work);
        }
    }

    let told = Told::default();
    let _entered = told.handle().enter();
    let first = line!();
    drop(task::spawn(async {}));
    drop(task::spawn_blocking(|| {}));
    drop(task::Builder::new().name("x").spawn(async {}));
    drop(task::spawn_on(&told.handle(), async {}));
    let expected = [("None", 1), ("None", 2), ("Some(\"x\")", 3), ("None", 4)];
    let expected = expected.map(|(name, line)| format!("{name} {}", first + line));
    assert_eq!(*told.0.lock().unwrap(), expected);
}
