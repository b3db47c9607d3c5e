//! Which of the tasks that are ready runs next: the one place where a run takes a decision.
//!
//! The executor asks a [`Chooser`] before every step. The orders are choosers, and so is whatever replays a schedule,
//! cancels a task at a given poll, or walks through all schedules: there is one executor under all of them.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::queue::Woken;
use super::tasks::{Slot, TaskId};
use crate::internal::rng::Rng;
use crate::time::Instant;

/// Which of the tasks that are ready runs next.
///
/// Each finds other faults. `Random` is the best single choice; [`SimBuilder`](super::SimBuilder) has it by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// The one that was woken first, as most executors do. The seed only decides what the crate leaves to chance.
    Fifo,
    /// The one that was woken last. It starves whoever can be starved. A task that woke itself while it was polled, to
    /// give way, comes after all others.
    Lifo,
    /// Any, each as likely as the others.
    #[default]
    Random,
    /// The one with the highest priority. Priorities are drawn when tasks are spawned, and `depth - 1` times in a run,
    /// at random steps, the task that is about to run falls behind all that have not fallen yet; one that woke itself to
    /// give way falls behind all others.
    ///
    /// A fault that takes `depth` ordered steps, among `n` tasks and in a run of `k` steps, shows with a probability of
    /// at least 1 / (n * k ^ (depth - 1)) in each run; most faults have a depth of 1 to 3. The algorithm is that of
    /// Burckhardt, Kothari, Musuvathi and Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding
    /// Bugs" (ASPLOS 2010); that those who give way fall behind is added.
    Pct {
        /// How many steps have to come in one order for the fault to show.
        depth: u32,
    },
}

/// What a chooser is shown.
pub(crate) struct View<'a> {
    /// Who is ready, in the order of the wakes.
    pub(crate) ready: &'a VecDeque<Woken>,
    /// All tasks of the run, those that have ended too, by their numbers.
    pub(crate) tasks: &'a [Slot],
    /// What the user says of the state, if the chooser wants it.
    pub(crate) fingerprint: Option<u64>,
    /// What time it is.
    pub(crate) now: Instant,
}

/// What is to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The ready task at this place is polled.
    Poll(usize),
    /// This task is dropped where it is, as a runtime does with one that was aborted.
    Cancel(TaskId),
    /// Nobody is ready: time goes on.
    Idle,
    /// The run has shown all that it can, and ends here without a verdict.
    Stop,
}

/// Decides what happens next.
pub(crate) trait Chooser: Send {
    /// Called before each step. Where nobody is ready and `Idle` is chosen, time goes on to the next timer.
    fn choose(&mut self, view: &View<'_>) -> Choice;

    /// Whether it looks at [`View::fingerprint`].
    fn wants_fingerprint(&self) -> bool {
        false
    }
}

/// The chooser of an order. `horizon` is how many steps the run is expected to take.
pub(super) fn chooser(order: Order, seed: u64, horizon: u32) -> Box<dyn Chooser> {
    match order {
        Order::Fifo => Box::new(Fifo),
        Order::Lifo => Box::new(Lifo),
        Order::Random => Box::new(Random(generator(seed))),
        Order::Pct { depth } => Box::new(Pct::new(depth, seed, horizon)),
    }
}

/// A generator of its own for the order, so that what the crate leaves to chance is the same under every order.
fn generator(seed: u64) -> Rng {
    Rng::with_seed(spread(seed ^ 0x5bd1_e995_9a3d_7f01))
}

/// Seeds are often small and in a row; what follows from them should not be. (The finaliser of splitmix64.)
pub(super) fn spread(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

struct Fifo;

impl Chooser for Fifo {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        if view.ready.is_empty() { Choice::Idle } else { Choice::Poll(0) }
    }
}

struct Lifo;

impl Chooser for Lifo {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        if view.ready.is_empty() {
            return Choice::Idle;
        }
        Choice::Poll(view.ready.iter().rposition(|woken| !woken.by_itself()).unwrap_or(0))
    }
}

struct Random(Rng);

impl Chooser for Random {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        match view.ready.len() {
            0 => Choice::Idle,
            1 => Choice::Poll(0),
            count => Choice::Poll(self.0.usize(..count)),
        }
    }
}

/// The lowest of the priorities that are drawn at a spawn.
const DRAWN: u64 = 1 << 63;

struct Pct {
    rng: Rng,
    /// By the tasks' numbers; the highest goes first. Those that were drawn at the spawn have the top bit set.
    priorities: Vec<u64>,
    /// By the tasks' numbers: after how many polls it gave way last.
    gave_way: Vec<u32>,
    /// The steps before which whoever would run falls behind; in descending order.
    falls: Vec<u32>,
    step: u32,
    /// Below it is nobody.
    lowest: u64,
}

impl Pct {
    fn new(depth: u32, seed: u64, horizon: u32) -> Self {
        let mut rng = generator(seed);
        let mut falls: Vec<_> = (1..depth).map(|_| rng.u32(..horizon.max(1))).collect();
        falls.sort_unstable_by(|a, b| b.cmp(a));
        Self { rng, priorities: Vec::new(), gave_way: Vec::new(), falls, step: 0, lowest: DRAWN }
    }

    /// Behind those that never fell. Among those that did its place is drawn: some faults show only where one that falls
    /// later comes before one that fell earlier. (In the paper each point has a priority of its own, and the points are
    /// in no order.)
    fn fall(&mut self, task: TaskId) {
        let priority = self.rng.u64(..DRAWN);
        self.priorities[task.index()] = priority;
        self.lowest = self.lowest.min(priority);
    }

    /// Behind everybody.
    fn give_way(&mut self, task: TaskId) {
        self.lowest = self.lowest.saturating_sub(1);
        self.priorities[task.index()] = self.lowest;
    }

    fn highest(&self, ready: &VecDeque<Woken>) -> usize {
        let places = 0..ready.len();
        places.max_by_key(|&place| self.priorities[ready[place].task.index()]).unwrap_or(0)
    }
}

impl Chooser for Pct {
    fn choose(&mut self, view: &View<'_>) -> Choice {
        if view.ready.is_empty() {
            return Choice::Idle;
        }
        while self.priorities.len() < view.tasks.len() {
            self.priorities.push(self.rng.u64(DRAWN..));
            self.gave_way.push(0);
        }
        for task in view.ready.iter().filter(|woken| woken.by_itself()).map(|woken| woken.task) {
            // Once for each time that it gives way, however long it then waits for its turn.
            let polls = view.tasks[task.index()].polls;
            if self.gave_way[task.index()] != polls {
                self.gave_way[task.index()] = polls;
                self.give_way(task);
            }
        }
        let step = self.step;
        self.step += 1;
        while self.falls.last().is_some_and(|&fall| fall <= step) {
            self.falls.pop();
            let place = self.highest(view.ready);
            self.fall(view.ready[place].task);
        }
        Choice::Poll(self.highest(view.ready))
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use alloc::vec;

    use super::super::queue::{By, Cause, Queue};
    use super::super::tasks::{Job, Tasks};
    use super::*;

    /// Asks for so many steps of three tasks, of which each is ready again after its turn; those that `yields` says, because
    /// they gave way. Gives the numbers of those that were chosen.
    fn steps(pct: &mut Pct, count: usize, yields: bool) -> Vec<u32> {
        let tasks = Tasks::new(&Queue::new());
        let ids = [0, 1, 2].map(|_| tasks.add(Job::Work(Box::new(|| {})), None));
        let mut ready: VecDeque<_> = ids.map(|task| Woken { task, cause: Cause::Spawned(By::NOBODY) }).into();
        let mut step = || {
            tasks.with(|tasks| {
                let view = View { ready: &ready, tasks, fingerprint: None, now: Instant::from_nanos(0) };
                let Choice::Poll(place) = pct.choose(&view) else { panic!("there is always somebody ready") };
                let Woken { task, .. } = ready.remove(place).unwrap();
                tasks[task.index()].polls += 1;
                let by = if yields { By::task(task) } else { By::NOBODY };
                ready.push_back(Woken { task, cause: Cause::Woken(by) });
                task.0
            })
        };
        (0..count).map(|_| step()).collect()
    }

    #[test]
    fn one_that_falls_later_may_come_before_one_that_fell_earlier() {
        let (mut earlier_first, mut later_first) = (0, 0);
        for seed in 0..200 {
            let mut pct = Pct::new(1, seed, 10);
            pct.falls = vec![1, 0];
            let chosen = steps(&mut pct, 3, false);
            // Two have fallen, and the one that is left has run ever since.
            assert_eq!(chosen[1], chosen[2]);
            let rank = |task: u32| pct.priorities[task as usize];
            let fallen = [0, 1, 2].into_iter().filter(|&task| task != chosen[1]);
            let earlier = fallen.clone().find(|&task| task != chosen[0]).unwrap();
            if rank(earlier) > rank(chosen[0]) {
                earlier_first += 1;
            } else {
                later_first += 1;
            }
        }
        assert!(earlier_first > 70 && later_first > 70, "{earlier_first} to {later_first}");
    }

    #[test]
    fn one_that_falls_while_it_gives_way_stays_behind_those_who_gave_way_before() {
        for seed in 0..50 {
            let mut pct = Pct::new(1, seed, 10);
            pct.falls = vec![3];
            let chosen = steps(&mut pct, 6, true);
            let [a, b, c] = chosen[..3] else { unreachable!() };
            // It would be a's turn, which falls. The others go on in theirs.
            assert_eq!(chosen[3..], [b, c, a]);
        }
    }
}
