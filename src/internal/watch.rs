//! What the test executor has to know of the futures it runs, and cannot see from outside.
//!
//! A future of this crate that returns `Pending` because it waits notes for what; a task that panics, and whoever hears
//! of that, says so; and what is about to block the thread asks whether it may. All of it goes to cells of the thread,
//! and nobody reads them but a [`Sim`](crate::testing::Sim) that runs there. Without the feature `testing` none of it
//! exists; with it, but outside of a `Sim`, each call is a look at one cell. Nothing is allocated for a note.

/// What a future waits for.
#[allow(dead_code, reason = "only the test executor reads it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wait {
    /// Permits of a lock or a semaphore; or one's turn in another queue, for which one is wanted.
    Permits {
        /// The future's name.
        future: &'static str,
        /// The address of what the permits are of.
        of: usize,
        /// How many.
        want: usize,
    },
    /// An instant, in nanoseconds.
    Until(u64),
    /// The end of a task, by the address of what it shares with its handle.
    Task(usize),
    /// Nothing but another turn.
    Turn,
}

/// Notes what the future that is about to return `Pending` waits for.
#[inline]
pub(crate) fn waits(_wait: impl FnOnce() -> Wait) {
    #[cfg(feature = "testing")]
    note(_wait);
}

#[cfg(feature = "testing")]
pub(crate) use on::*;

#[cfg(feature = "testing")]
mod on {
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::cell::{Cell, RefCell};
    use core::mem;

    use super::Wait;

    /// How many notes are kept of one poll; of more, only the number.
    pub(crate) const KEPT: usize = 3;

    /// No `Sim` runs on this thread.
    const OFF: u32 = u32::MAX;

    std::thread_local! {
        /// How many notes there were in this poll, or `OFF`.
        static COUNT: Cell<u32> = const { Cell::new(OFF) };
        static NOTES: [Cell<Wait>; KEPT] = const { [const { Cell::new(Wait::Turn) }; KEPT] };
        static PANICS: RefCell<Vec<Panicked>> = const { RefCell::new(Vec::new()) };
    }

    /// The notes of one poll.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub(crate) struct Notes {
        /// The first ones.
        pub(crate) first: [Option<Wait>; KEPT],
        /// How many there were beyond those.
        pub(crate) more: u32,
    }

    impl Notes {
        /// Whether one of them is of a queue, as far as they are kept.
        pub(crate) fn is_in_a_queue(&self) -> bool {
            self.more > 0 || self.first.iter().any(|wait| matches!(wait, Some(Wait::Permits { .. })))
        }

        /// The notes as far as they are the same in each run: what is an address there is left out.
        pub(crate) fn comparable(self) -> Self {
            let first = self.first.map(|wait| match wait {
                Some(Wait::Permits { future, want, .. }) => Some(Wait::Permits { future, of: 0, want }),
                Some(Wait::Task(_)) => Some(Wait::Task(0)),
                other => other,
            });
            Self { first, ..self }
        }
    }

    /// A task whose panic nobody has heard of.
    #[derive(Debug)]
    pub(crate) struct Panicked {
        /// The address of what the task shares with its handle, or 0.
        key: usize,
        /// Its place among the tasks of the `Sim`, once that is known.
        pub(crate) task: Option<usize>,
        pub(crate) message: String,
    }

    #[inline]
    pub(crate) fn note(wait: impl FnOnce() -> Wait) {
        let count = COUNT.get();
        if count == OFF {
            return;
        }
        if (count as usize) < KEPT {
            NOTES.with(|notes| notes[count as usize].set(wait()));
        }
        COUNT.set(count + 1);
    }

    /// Forgets what was noted before; a poll begins.
    pub(crate) fn begin() {
        COUNT.set(0);
    }

    /// What was noted since [`begin`].
    pub(crate) fn notes() -> Notes {
        let count = COUNT.get() as usize;
        let mut first = [None; KEPT];
        NOTES.with(|notes| {
            for (kept, note) in first.iter_mut().zip(notes).take(count) {
                *kept = Some(note.get());
            }
        });
        Notes { first, more: count.saturating_sub(KEPT) as u32 }
    }

    /// Whether a `Sim` runs on this thread, so that blocking it would be for ever.
    pub(crate) fn must_not_block() -> bool {
        COUNT.try_with(Cell::get).unwrap_or(OFF) != OFF
    }

    /// A task panicked; `key` is the address of what it shares with its handle.
    pub(crate) fn panicked(key: usize, message: impl FnOnce() -> String) {
        if must_not_block() {
            let panicked = Panicked { key, task: None, message: message() };
            PANICS.with(|panics| panics.borrow_mut().push(panicked));
        }
    }

    /// Says whose the panics are of which that is not known.
    pub(crate) fn name_panics(task: impl Fn(usize) -> Option<usize>) {
        PANICS.with(|panics| {
            for panicked in panics.borrow_mut().iter_mut().filter(|panicked| panicked.task.is_none()) {
                panicked.task = task(panicked.key);
            }
        });
    }

    /// Somebody was given the panic of a task.
    pub(crate) fn observed(key: usize) {
        if must_not_block() {
            PANICS.with(|panics| {
                let mut panics = panics.borrow_mut();
                // The latest one: the address may have been another's before.
                if let Some(at) = panics.iter().rposition(|panicked| panicked.key == key) {
                    panics.remove(at);
                }
            });
        }
    }

    /// Watches this thread until it is dropped; one within another takes its place meanwhile.
    #[derive(Debug)]
    pub(crate) struct Watch {
        count: u32,
        notes: [Wait; KEPT],
        panics: Vec<Panicked>,
    }

    impl Watch {
        pub(crate) fn begin() -> Self {
            let notes = NOTES.with(|notes| notes.each_ref().map(Cell::get));
            Self { count: COUNT.replace(0), notes, panics: PANICS.take() }
        }

        /// The panics that nobody has heard of.
        pub(crate) fn take_panics(&self) -> Vec<Panicked> {
            PANICS.take()
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            COUNT.set(self.count);
            NOTES.with(|notes| notes.iter().zip(self.notes).for_each(|(note, before)| note.set(before)));
            PANICS.set(mem::take(&mut self.panics));
        }
    }
}
