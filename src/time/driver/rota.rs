//! Who is to look at the wheel, and until when they sleep: the driver's protocol without the wheel and the threads, so
//! that a test can walk through all of it.
//!
//! Of each of the two candidates (see the module above) it says until when they sleep: they look at that instant, or
//! earlier if they are called. A candidate that has been called counts as looking at once, so that it is not called twice.
//!
//! A parked driver that leaves is most likely back in a moment, with what it has woken polled. To call the thread each time
//! would cost more than all the rest. So while it is *away*, the thread may be late by a [`GRACE`]: it is called only if it
//! sleeps past that, and then sleeps until that. Where it looks for the second time, and nobody has come back in between, it
//! takes over, and is exact.

use crate::internal::wheel::NEVER;

/// By how many nanoseconds timers may be late while a parked driver is away: no more than those of others always are.
pub(super) const GRACE: u64 = 1_000_000;

/// `H` is what a thread is called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rota<H> {
    thread: Thread<H>,
    /// Until when the thread sleeps; 0 while it is about to look.
    thread_until: u64,
    /// The thread of the parked driver, if there is one.
    parked: Option<H>,
    /// Until when that sleeps; 0 while it is about to look.
    parked_until: u64,
    away: Away,
}

/// Whether there was a parked driver a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Away {
    No,
    /// It has left.
    Left,
    /// And the thread has looked since.
    Noticed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Thread<H> {
    /// Nobody has needed it yet, or it could not be started.
    None,
    /// It will look as soon as it runs.
    Starting,
    Running(H),
}

/// What is to be done, once the lock is released, to have somebody look at the wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Call<H> {
    Nobody,
    Unpark(H),
    Start,
}

impl<H: Clone + PartialEq> Rota<H> {
    pub(super) const fn new() -> Self {
        Self { thread: Thread::None, thread_until: NEVER, parked: None, parked_until: NEVER, away: Away::No }
    }

    /// How much later than at a deadline the thread may look.
    fn grace(&self) -> u64 {
        if self.away == Away::No { 0 } else { GRACE }
    }

    /// Sees to it that somebody looks at the wheel no later than at `deadline`, and the grace if there is one.
    pub(super) fn call_for(&mut self, deadline: u64) -> Call<H> {
        if let Some(parked) = &self.parked {
            if deadline >= self.parked_until {
                return Call::Nobody;
            }
            self.parked_until = 0;
            return Call::Unpark(parked.clone());
        }
        // The former is the common case.
        if deadline >= self.thread_until || deadline.saturating_add(self.grace()) >= self.thread_until {
            return Call::Nobody;
        }
        self.thread_until = 0;
        match &self.thread {
            Thread::None => {
                self.thread = Thread::Starting;
                Call::Start
            }
            Thread::Starting => Call::Nobody,
            Thread::Running(thread) => Call::Unpark(thread.clone()),
        }
    }

    /// The thread runs, and is about to look.
    pub(super) fn thread_runs(&mut self, thread: H) {
        self.thread = Thread::Running(thread);
    }

    /// The thread could not be started. The next call tries again; who was not to call, because it was about to look, is served
    /// then.
    pub(super) fn thread_failed(&mut self) {
        self.thread = Thread::None;
        self.thread_until = NEVER;
    }

    /// The thread has looked, and the next deadline is `next`. Until when it may sleep.
    pub(super) fn thread_sleeps(&mut self, next: u64) -> u64 {
        // Either it has been away for longer than a moment, or it has never been there.
        self.away = if self.away == Away::Left { Away::Noticed } else { Away::No };
        // A parked driver sees to the wheel, and calls the thread when it leaves.
        self.thread_until = if self.parked.is_some() { NEVER } else { next.saturating_add(self.grace()) };
        self.thread_until
    }

    /// A `block_on` on thread `me` has looked, and the next deadline is `next`. Until when it may park, and who has to be
    /// called before.
    ///
    /// It takes the role on, unless a `block_on` on another thread has it. One on the same thread has made a wake of which we are
    /// a part, and cannot look before we return. So it is if this is the driver's own thread: then we sleep as that would.
    /// Where we do not look ourselves, what we registered has not been called for.
    pub(super) fn parks(&mut self, me: &H, next: u64) -> (u64, Call<H>) {
        if matches!(&self.thread, Thread::Running(thread) if thread == me) {
            return (self.thread_sleeps(next), self.call_for(next));
        }
        if self.parked.as_ref().is_some_and(|parked| parked != me) {
            return (NEVER, self.call_for(next));
        }
        if self.parked.is_none() {
            self.parked = Some(me.clone());
            self.away = Away::No;
        }
        self.parked_until = next;
        (next, Call::Nobody)
    }

    /// The `block_on` on thread `me` is about to poll, and the next deadline is `next`. It gives the role up, if it has it.
    pub(super) fn leaves(&mut self, me: &H, next: u64) -> Call<H> {
        if self.parked.as_ref() == Some(me) {
            self.parked = None;
            self.away = Away::Left;
        }
        self.call_for(next)
    }
}

/// Walks through every state that two `block_on`s, the thread, and whoever sets and cancels timers can reach together. What
/// time it is is left open: sleeping may end at any moment, and a look may find something due or not.
#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use alloc::vec::Vec;
    use core::mem;
    use std::collections::HashSet;

    use super::*;

    const THREAD: usize = 0;
    /// The `block_on` that has timers of its own. The other only parks, and is woken.
    const OWNER: usize = 1;
    const ACTORS: [usize; 3] = [THREAD, OWNER, 2];

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    enum Phase {
        /// The thread before it is started, or a `block_on` while it polls.
        Away,
        Looking,
        Asleep(u64),
        /// A `block_on` that has been woken.
        Leaving,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Actor {
        phase: Phase,
        /// Whether it is asleep and has been unparked. One that is not keeps a token, too, but then that does no more than a
        /// wake for no reason.
        token: bool,
        /// Whether the `block_on` has been woken.
        woken: bool,
        /// Whether it has registered a timer, and nobody was called for that.
        spared: bool,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    struct Timer {
        deadline: u64,
        /// Which `block_on` it wakes; `THREAD` for a task elsewhere.
        wakes: usize,
    }

    /// The place of a timer that is not there.
    const VACANT: Timer = Timer { deadline: NEVER, wakes: THREAD };

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct World {
        rota: Rota<usize>,
        actors: [Actor; 3],
        /// In order.
        timers: [Timer; 2],
        /// Who is about to be called: the lock has been released, and the call not made.
        called: Option<usize>,
    }

    impl World {
        fn new() -> Self {
            let actor = Actor { phase: Phase::Away, token: false, woken: false, spared: false };
            Self { rota: Rota::new(), actors: [actor; 3], timers: [VACANT; 2], called: None }
        }

        /// Brings every world that can come next.
        fn each_next(self, mut found: impl FnMut(Self)) {
            let mut step = |step: &dyn Fn(&mut Self)| {
                let mut next = self;
                step(&mut next);
                next.timers.sort_unstable();
                // What does not count any more does not make another world.
                if next.rota.parked.is_none() {
                    next.rota.parked_until = NEVER;
                }
                found(next);
            };
            for me in ACTORS {
                match self.actors[me].phase {
                    Phase::Looking => {
                        step(&|world| world.fire(me));
                        step(&|world| world.settle(me));
                        if me == THREAD {
                            // A `block_on` within a wake: it parks, looks again, and leaves.
                            step(&|world| world.park(me));
                            step(&|world| world.leave(me));
                        }
                    }
                    // Be it because of the time, the token, or for no reason.
                    Phase::Asleep(_) => step(&|world| {
                        world.actors[me].token = false;
                        world.actors[me].phase = Phase::Looking;
                        world.leave_if_woken(me);
                    }),
                    Phase::Leaving => step(&|world| {
                        world.leave(me);
                        world.actors[me].phase = Phase::Away;
                    }),
                    Phase::Away if me == THREAD => {}
                    Phase::Away => step(&|world| world.end_poll(me)),
                }
            }
            for me in [OWNER, 2] {
                step(&|world| world.wake(me));
            }
            if self.called.is_some() {
                step(&|world| world.make_call());
                // One unmade call at a time: that is enough to tell, and keeps the number of worlds small.
                return;
            }
            for place in 0..2 {
                if self.timers[place] == VACANT {
                    for deadline in [1, 2] {
                        step(&|world| world.register(place, Timer { deadline, wakes: THREAD }));
                        if self.actors[OWNER].phase == Phase::Away {
                            step(&|world| {
                                world.timers[place] = Timer { deadline, wakes: OWNER };
                                world.actors[OWNER].spared = true;
                            });
                        }
                        if self.actors[THREAD].phase == Phase::Looking {
                            // Nor does the `block_on` within a wake call for what it sets, before it parks.
                            step(&|world| {
                                world.timers[place] = Timer { deadline, wakes: THREAD };
                                world.timers.sort_unstable();
                                world.park(THREAD);
                            });
                        }
                    }
                } else {
                    step(&|world| world.timers[place] = VACANT);
                    // It is polled elsewhere, with another waker.
                    step(&|world| world.register(place, Timer { wakes: THREAD, ..world.timers[place] }));
                }
            }
        }

        fn register(&mut self, place: usize, timer: Timer) {
            self.timers[place] = timer;
            let call = self.rota.call_for(timer.deadline);
            self.call(call);
        }

        /// A look that fires the next timer.
        fn fire(&mut self, me: usize) {
            let timer = mem::replace(&mut self.timers[0], VACANT);
            self.wake(timer.wakes);
            self.leave_if_woken(me);
        }

        /// A look that finds nothing due.
        fn settle(&mut self, me: usize) {
            if me == THREAD {
                self.actors[me].phase = Phase::Asleep(self.rota.thread_sleeps(self.timers[0].deadline));
            } else {
                self.park(me);
                self.leave_if_woken(me);
            }
        }

        fn park(&mut self, me: usize) {
            let (until, call) = self.rota.parks(&me, self.timers[0].deadline);
            self.actors[me].phase = Phase::Asleep(until);
            self.call(call);
        }

        fn leave(&mut self, me: usize) {
            let call = self.rota.leaves(&me, self.timers[0].deadline);
            self.call(call);
        }

        fn end_poll(&mut self, me: usize) {
            let actor = &mut self.actors[me];
            actor.phase = match (mem::take(&mut actor.woken), mem::take(&mut actor.spared)) {
                (true, false) => Phase::Away,
                (true, true) => Phase::Leaving,
                (false, _) => Phase::Looking,
            };
        }

        fn wake(&mut self, whom: usize) {
            if whom != THREAD {
                self.actors[whom].woken = true;
                self.unpark(whom);
            }
        }

        fn unpark(&mut self, whom: usize) {
            self.actors[whom].token = matches!(self.actors[whom].phase, Phase::Asleep(_));
        }

        fn leave_if_woken(&mut self, me: usize) {
            if mem::take(&mut self.actors[me].woken) {
                self.actors[me].phase = Phase::Leaving;
            }
        }

        fn call(&mut self, call: Call<usize>) {
            let whom = match call {
                Call::Nobody => return,
                Call::Unpark(whom) => whom,
                Call::Start => THREAD,
            };
            self.make_call();
            self.called = Some(whom);
        }

        fn make_call(&mut self) {
            match self.called.take() {
                Some(THREAD) if self.actors[THREAD].phase == Phase::Away => {
                    self.rota.thread_runs(THREAD);
                    self.actors[THREAD].phase = Phase::Looking;
                }
                Some(whom) => self.unpark(whom),
                None => {}
            }
        }

        /// Whether somebody looks at the wheel no later than `timer` is due, and the grace if there is one, or nobody has to.
        fn is_served(&self, timer: Timer) -> bool {
            let latest = timer.deadline.saturating_add(self.rota.grace());
            let looks = |me: usize| match self.actors[me].phase {
                Phase::Looking | Phase::Leaving => true,
                Phase::Asleep(until) => until <= latest || self.actors[me].token || self.called == Some(me),
                Phase::Away => me == THREAD && self.called == Some(me),
            };
            // One that is polling and will not poll again before it has looked, or called for somebody.
            let polls = |me: usize| self.actors[me].phase == Phase::Away && self.actors[me].spared;
            timer == VACANT || ACTORS.into_iter().any(looks) || (timer.wakes != THREAD && polls(timer.wakes))
        }
    }

    #[test]
    fn somebody_looks_no_later_than_the_earliest_deadline() {
        let mut seen = HashSet::from([World::new()]);
        let mut open = Vec::from([World::new()]);
        while let Some(world) = open.pop() {
            assert!(world.is_served(world.timers[0]), "nobody looks in time: {world:#?}");
            world.each_next(|next| {
                if seen.insert(next) {
                    open.push(next);
                }
            });
        }
        // Not so few that the walk was stopped by something else than having seen everything.
        assert!(seen.len() > 10_000, "{} worlds", seen.len());
    }

    #[test]
    fn nobody_is_called_for_a_deadline_that_is_not_the_earliest() {
        let mut rota = Rota::new();
        assert_eq!(rota.call_for(5), Call::Start);
        assert_eq!(rota.call_for(4), Call::Nobody, "the thread looks when it starts");
        rota.thread_runs(THREAD);
        rota.thread_sleeps(5);
        assert_eq!(rota.call_for(5), Call::Nobody);
        assert_eq!(rota.call_for(6), Call::Nobody);
        assert_eq!(rota.call_for(4), Call::Unpark(THREAD));
        assert_eq!(rota.call_for(3), Call::Nobody, "it looks anyway");

        rota.thread_sleeps(3);
        let _ = rota.parks(&OWNER, 5);
        assert_eq!(rota.call_for(6), Call::Nobody, "a parked driver stands in for the thread");
        assert_eq!(rota.call_for(4), Call::Unpark(OWNER));
        assert_eq!(rota.call_for(3), Call::Nobody);
    }

    #[test]
    fn the_thread_gives_who_leaves_a_moment_and_takes_over_after_that() {
        let mut rota = Rota::new();
        rota.thread_runs(THREAD);
        rota.thread_sleeps(NEVER);
        let _ = rota.parks(&OWNER, 5);
        assert_eq!(rota.leaves(&OWNER, 7), Call::Unpark(THREAD), "it sleeps for ever");
        assert_eq!(rota.thread_sleeps(7), 7 + GRACE);
        for next in 8..20 {
            // Round after round, timers are set and fire, and the thread sleeps on.
            assert_eq!(rota.call_for(next), Call::Nobody);
            let _ = rota.parks(&OWNER, next);
            assert_eq!(rota.leaves(&OWNER, next + 1), Call::Nobody);
        }
        assert_eq!(rota.call_for(6), Call::Unpark(THREAD), "it would be too late for that");
        // Nobody comes back.
        assert_eq!(rota.thread_sleeps(20), 20 + GRACE);
        assert_eq!(rota.thread_sleeps(30), 30);
        assert_eq!(rota.call_for(29), Call::Unpark(THREAD));
        // Somebody does, and stays.
        let _ = rota.parks(&OWNER, 29);
        assert_eq!(rota.thread_sleeps(29), NEVER);
    }

    #[test]
    fn two_deadlines_are_late_at_most_when_nobody_comes_back() {
        let mut rota = Rota::new();
        rota.thread_runs(THREAD);
        rota.thread_sleeps(5 + GRACE);
        let _ = rota.parks(&OWNER, 5);
        assert_eq!(rota.leaves(&OWNER, 5), Call::Nobody, "the thread fires it, a moment late");
        assert_eq!(rota.thread_sleeps(20), 20 + GRACE, "it does not know yet whether somebody comes back");
        assert_eq!(rota.thread_sleeps(30), 30);
    }
}
