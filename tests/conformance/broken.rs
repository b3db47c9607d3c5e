//! Adapters that are wrong, each in one thing, and the tests that tell.
//!
//! The whole suite runs over each. The tests that are named must fail, and none outside of the groups that the fault is in.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use anywhen::rt::{BoxTask, BoxWork, Handle, Runtime, Spawn, Std};
use anywhen::testing::conformance::{beside, cases};
use anywhen::testing::matrix::watched_for;
use anywhen::time::{Clock, Duration, Instant, Sleep, Timer};

type Case<R> = fn(R) -> BoxTask;

macro_rules! table {
    ([] $($group:ident: [$($case:ident,)+])+) => {
        /// The suite, by name.
        fn suite<R: Runtime>() -> Vec<(&'static str, Case<R>)> {
            vec![$($((concat!(stringify!($group), "::", stringify!($case)), cases::$group::$case as Case<R>)),+),+]
        }
    };
}

anywhen::__conformance_cases! { [table] [] }

/// Which tests fail, or hang. Those that are not of `groups` get a second chance, for which there is more time: on a busy
/// machine many tests at once may take long.
fn failing<R: Runtime>(make: fn() -> R, groups: &[&str]) -> BTreeSet<&'static str> {
    let fails = |name: &'static str, case: Case<R>, limit| {
        let test = || watched_for(name, Duration::from_secs(limit), move || beside(make(), case));
        catch_unwind(AssertUnwindSafe(test)).is_err()
    };
    let suspects: Vec<_> = thread::scope(|scope| {
        let tests = suite::<R>().into_iter();
        let tests = tests.map(|(name, case)| scope.spawn(move || fails(name, case, 6).then_some((name, case))));
        let tests: Vec<_> = tests.collect();
        tests.into_iter().filter_map(|test| test.join().unwrap()).collect()
    });
    let expected = |name: &str| groups.iter().any(|group| name.starts_with(group));
    let guilty = suspects.into_iter().filter(|&(name, case)| expected(name) || fails(name, case, 30));
    guilty.map(|(name, _)| name).collect()
}

#[track_caller]
fn assert_caught<R: Runtime>(make: fn() -> R, groups: &[&str], by: &[&'static str]) {
    let failing = failing(make, groups);
    for test in by {
        assert!(failing.contains(test), "{test} did not fail, but {failing:?}");
    }
    for test in failing {
        assert!(groups.iter().any(|group| test.starts_with(group)), "{test} failed, and is not to blame");
    }
}

#[test]
fn nothing_is_found_in_an_adapter_that_is_right() {
    assert_eq!(failing(Timed::<Right>::default, &[]), BTreeSet::new());
    assert_eq!(failing(|| Spawning(Handle::new(Worker::new(Worker::poll))), &[]), BTreeSet::new());
}

/// A timer over the built-in clock, with a fault; tasks go to [`Std`].
struct Timed<F>(std::marker::PhantomData<F>);

impl<F> Default for Timed<F> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<F> Clone for Timed<F> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What may be wrong with a timer; nothing is, by default.
trait Fault: Sized + Send + Sync + 'static {
    fn now() -> Instant {
        Clock::system().now()
    }
    fn make(deadline: Instant) -> Sleep {
        Clock::system().sleep_until(deadline)
    }
    fn poll(sleep: &mut FaultySleep<Self>, cx: &mut Context<'_>) -> Poll<()> {
        sleep.inner.as_mut().poll(cx)
    }
    fn reset(sleep: &mut FaultySleep<Self>, deadline: Instant) {
        sleep.inner.as_mut().reset(deadline);
    }
    fn drop(_: &mut FaultySleep<Self>) {}
}

struct FaultySleep<F: Fault> {
    inner: Pin<Box<Sleep>>,
    /// Of an earlier poll, for faults that keep it.
    waker: Option<Waker>,
    polled: bool,
    ended: bool,
    fault: std::marker::PhantomData<F>,
}

impl<F: Fault> Future for FaultySleep<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        F::poll(self.get_mut(), cx)
    }
}

impl<F: Fault> Unpin for FaultySleep<F> {}

impl<F: Fault> Drop for FaultySleep<F> {
    fn drop(&mut self) {
        F::drop(self);
    }
}

impl<F: Fault> Timer for Timed<F> {
    type Sleep = FaultySleep<F>;

    fn now(&self) -> Instant {
        F::now()
    }

    fn sleep_until(&self, deadline: Instant) -> FaultySleep<F> {
        let inner = Box::pin(F::make(deadline));
        FaultySleep { inner, waker: None, polled: false, ended: false, fault: std::marker::PhantomData }
    }

    fn reset(sleep: Pin<&mut FaultySleep<F>>, deadline: Instant) {
        F::reset(sleep.get_mut(), deadline);
    }
}

impl<F: Send + Sync + 'static> Spawn for Timed<F> {
    fn spawn_task(&self, task: BoxTask) {
        Std.spawn_task(task);
    }

    fn spawn_work(&self, work: BoxWork) {
        Std.spawn_work(work);
    }
}

struct Right;
impl Fault for Right {}

#[test]
fn a_timer_that_rounds_down_is_caught() {
    struct RoundsDown;
    impl Fault for RoundsDown {
        fn make(deadline: Instant) -> Sleep {
            let milli = 1_000_000;
            Clock::system().sleep_until(Instant::from_nanos(deadline.as_nanos() / milli * milli))
        }
    }
    assert_caught(Timed::<RoundsDown>::default, &["timer"], &["timer::a_sleep_is_never_early"]);
}

#[test]
fn a_timer_whose_never_wraps_around_is_caught() {
    struct Overflows;
    impl Fault for Overflows {
        fn make(deadline: Instant) -> Sleep {
            let margin = deadline.as_nanos().wrapping_add(1);
            Clock::system().sleep_until(Instant::from_nanos(margin))
        }
    }
    assert_caught(Timed::<Overflows>::default, &["timer"], &["timer::never_does_not_come"]);
}

#[test]
fn a_timer_that_forgets_to_wait_again_after_a_reset_is_caught() {
    struct PolledOnce;
    impl Fault for PolledOnce {
        fn poll(sleep: &mut FaultySleep<Self>, cx: &mut Context<'_>) -> Poll<()> {
            // Registered at the first poll, and thought to be so for ever.
            if sleep.polled && Self::now() < sleep.inner.deadline() {
                return Poll::Pending;
            }
            sleep.polled = true;
            sleep.inner.as_mut().poll(cx)
        }
        fn reset(sleep: &mut FaultySleep<Self>, deadline: Instant) {
            sleep.inner = Box::pin(Self::make(deadline));
        }
    }
    let by = ["timer::a_sleep_is_reset_to_end_sooner", "timer::a_sleep_moves_to_another_task"];
    assert_caught(Timed::<PolledOnce>::default, &["timer"], &by);
}

#[test]
fn a_timer_that_cannot_be_reset_is_caught() {
    struct Fixed;
    impl Fault for Fixed {
        fn reset(_: &mut FaultySleep<Self>, _: Instant) {}
    }
    let by = [
        "timer::a_sleep_is_reset_before_its_first_poll",
        "timer::a_sleep_is_reset_to_end_sooner",
        "timer::a_sleep_is_reset_to_end_later",
        "timer::a_sleep_is_reset_to_the_past",
        "timer::a_sleep_is_reset_after_its_end",
        "timer::a_sleep_is_reset_to_never_and_back",
    ];
    assert_caught(Timed::<Fixed>::default, &["timer"], &by);
}

#[test]
fn a_timer_that_does_not_stay_at_its_end_is_caught() {
    struct ReadyOnce;
    impl Fault for ReadyOnce {
        fn poll(sleep: &mut FaultySleep<Self>, cx: &mut Context<'_>) -> Poll<()> {
            if sleep.ended {
                return Poll::Pending;
            }
            let poll = sleep.inner.as_mut().poll(cx);
            sleep.ended = poll.is_ready();
            poll
        }
        fn reset(sleep: &mut FaultySleep<Self>, deadline: Instant) {
            sleep.ended = false;
            sleep.inner.as_mut().reset(deadline);
        }
    }
    assert_caught(Timed::<ReadyOnce>::default, &["timer"], &["timer::a_sleep_that_has_ended_stays_so"]);
}

#[test]
fn a_timer_that_wakes_the_first_waker_is_caught() {
    struct FirstWaker;
    impl Fault for FirstWaker {
        fn poll(sleep: &mut FaultySleep<Self>, cx: &mut Context<'_>) -> Poll<()> {
            let waker = sleep.waker.get_or_insert_with(|| cx.waker().clone());
            sleep.inner.as_mut().poll(&mut Context::from_waker(waker))
        }
    }
    let by = ["timer::the_waker_of_the_last_poll_is_woken", "timer::a_sleep_moves_to_another_task"];
    assert_caught(Timed::<FirstWaker>::default, &["timer"], &by);
}

#[test]
fn a_timer_that_wakes_whoever_has_left_is_caught() {
    struct WakesOnDrop;
    impl Fault for WakesOnDrop {
        fn poll(sleep: &mut FaultySleep<Self>, cx: &mut Context<'_>) -> Poll<()> {
            sleep.waker = Some(cx.waker().clone());
            sleep.inner.as_mut().poll(cx)
        }
        fn drop(sleep: &mut FaultySleep<Self>) {
            if let Some(waker) = sleep.waker.take() {
                waker.wake();
            }
        }
    }
    assert_caught(Timed::<WakesOnDrop>::default, &["timer"], &["timer::a_sleep_that_is_dropped_wakes_nobody"]);
}

#[test]
fn a_clock_that_is_set_back_is_caught() {
    struct SetBack;
    impl Fault for SetBack {
        fn now() -> Instant {
            static CALLS: AtomicUsize = AtomicUsize::new(0);
            let late = Duration::from_micros(if CALLS.fetch_add(1, SeqCst) % 7 == 6 { 100 } else { 0 });
            Clock::system().now() - late
        }
    }
    assert_caught(Timed::<SetBack>::default, &["timer"], &["timer::now_never_goes_back"]);
}

/// The built-in clock, and tasks on something that is wrong.
#[derive(Clone)]
struct Spawning(Handle);

impl Timer for Spawning {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        self.0.sleep_until(deadline)
    }

    fn reset(sleep: Pin<&mut Sleep>, deadline: Instant) {
        sleep.reset(deadline);
    }
}

impl Spawn for Spawning {
    fn spawn_task(&self, task: BoxTask) {
        self.0.spawn_task(task);
    }

    fn spawn_work(&self, work: BoxWork) {
        self.0.spawn_work(work);
    }
}

/// One thread for all tasks, which does with each what it is told to; work goes to [`Std`].
struct Worker {
    queue: Sender<Arc<Task>>,
}

struct Task {
    future: Mutex<Option<BoxTask>>,
    queue: Sender<Arc<Task>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        // The worker is gone with the test that hangs.
        let _ = self.queue.send(self.clone());
    }
}

impl Worker {
    fn new(run: fn(&Arc<Task>)) -> Self {
        let (queue, tasks) = channel::<Arc<Task>>();
        thread::spawn(move || tasks.into_iter().for_each(|task| run(&task)));
        Self { queue }
    }

    /// As it should be.
    fn poll(task: &Arc<Task>) {
        let mut future = task.future.lock().unwrap();
        let waker = Waker::from(Arc::clone(task));
        if let Some(running) = &mut *future {
            if running.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                *future = None;
            }
        }
    }

    fn to_its_end(task: &Arc<Task>) {
        if let Some(future) = task.future.lock().unwrap().take() {
            Std.block_on(future);
        }
    }
}

impl Spawn for Worker {
    fn spawn_task(&self, task: BoxTask) {
        let task = Task { future: Mutex::new(Some(task)), queue: self.queue.clone() };
        Arc::new(task).wake();
    }

    fn spawn_work(&self, work: BoxWork) {
        Std.spawn_work(work);
    }
}

#[test]
fn tasks_that_run_one_after_the_other_are_caught() {
    let make = || Spawning(Handle::new(Worker::new(Worker::to_its_end)));
    let by = ["tasks::two_tasks_take_turns", "tasks::tasks_spawn_tasks"];
    assert_caught(make, &["tasks", "scope", "work"], &by);
}

#[test]
fn work_on_the_threads_of_tasks_is_caught() {
    struct WorkAsTask(Worker);
    impl Spawn for WorkAsTask {
        fn spawn_task(&self, task: BoxTask) {
            self.0.spawn_task(task);
        }
        fn spawn_work(&self, work: BoxWork) {
            self.spawn_task(Box::pin(async { work() }));
        }
    }
    let make = || Spawning(Handle::new(WorkAsTask(Worker::new(Worker::poll))));
    assert_caught(make, &["work"], &["work::work_blocks_while_tasks_run", "work::work_runs_while_all_tasks_block"]);
}

#[test]
fn work_that_is_lost_is_caught() {
    struct NoWork;
    impl Spawn for NoWork {
        fn spawn_task(&self, task: BoxTask) {
            Std.spawn_task(task);
        }
        fn spawn_work(&self, _: BoxWork) {}
    }
    let by = ["work::work_gives_its_output", "work::work_whose_handle_is_dropped_goes_on"];
    assert_caught(|| Spawning(Handle::new(NoWork)), &["work", "scope"], &by);
}

#[test]
fn tasks_that_are_dropped_when_there_are_many_are_caught() {
    #[derive(Default)]
    struct Bounded(Arc<AtomicUsize>);
    /// Counts a task for as long as it lives.
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, SeqCst);
        }
    }
    impl Spawn for Bounded {
        fn spawn_task(&self, task: BoxTask) {
            if self.0.fetch_add(1, SeqCst) >= 256 {
                self.0.fetch_sub(1, SeqCst);
                return;
            }
            let counted = Counted(Arc::clone(&self.0));
            Std.spawn_task(Box::pin(async move {
                task.await;
                drop(counted);
            }));
        }
        fn spawn_work(&self, work: BoxWork) {
            Std.spawn_work(work);
        }
    }
    let by = ["tasks::a_thousand_tasks_run"];
    assert_caught(|| Spawning(Handle::new(Bounded::default())), &["tasks", "timer"], &by);
}

#[test]
fn a_wake_that_is_lost_during_a_poll_is_caught() {
    /// A thread for each task, which forgets what came while it polled.
    struct Forgetful;
    struct Unpark(Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, SeqCst);
            self.0.unpark();
        }
    }
    impl Spawn for Forgetful {
        fn spawn_task(&self, mut task: BoxTask) {
            thread::spawn(move || {
                let unpark = Arc::new(Unpark(thread::current(), AtomicBool::new(false)));
                let waker = Waker::from(Arc::clone(&unpark));
                while task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                    unpark.1.store(false, SeqCst);
                    while !unpark.1.load(SeqCst) {
                        thread::park();
                    }
                }
            });
        }
        fn spawn_work(&self, work: BoxWork) {
            Std.spawn_work(work);
        }
    }
    let by = ["tasks::a_wake_during_a_poll_arrives", "tasks::a_task_that_wakes_itself_goes_on"];
    assert_caught(|| Spawning(Handle::new(Forgetful)), &["tasks", "scope", "timer", "work"], &by);
}

#[test]
fn a_handle_that_leads_elsewhere_is_caught() {
    #[derive(Clone)]
    struct Astray(Spawning);
    /// A runtime that has been shut down.
    struct Ended;
    impl Spawn for Ended {
        fn spawn_task(&self, _: BoxTask) {}
        fn spawn_work(&self, _: BoxWork) {}
    }
    impl Timer for Astray {
        type Sleep = Sleep;
        fn now(&self) -> Instant {
            self.0.now()
        }
        fn sleep_until(&self, deadline: Instant) -> Sleep {
            self.0.sleep_until(deadline)
        }
        fn reset(sleep: Pin<&mut Sleep>, deadline: Instant) {
            sleep.reset(deadline);
        }
    }
    impl Spawn for Astray {
        fn spawn_task(&self, task: BoxTask) {
            self.0.spawn_task(task);
        }
        fn spawn_work(&self, work: BoxWork) {
            self.0.spawn_work(work);
        }
        fn handle(&self) -> Handle {
            Handle::from_static(&Ended)
        }
    }
    let by = [
        "scope::its_handle_is_a_runtime_too",
        "scope::entering_it_takes_over_and_gives_back",
        "scope::the_runtime_is_current_in_its_tasks_and_work",
    ];
    assert_caught(|| Astray(Spawning(Std.handle())), &["scope"], &by);
}
