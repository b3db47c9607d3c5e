//! What is told: records, put together by the lock that they are of.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;
use core::panic::Location;
use core::time::Duration;
use std::time::Instant;

use super::registry::{Role, Seen};
use crate::sync::observe::{Identity, Label};

/// All that is held or waited for; from [`dump`](super::dump).
///
/// Printed with `{}`, it is for people.
#[derive(Clone, Debug)]
pub struct Report {
    locks: Vec<LockReport>,
}

/// Who holds a lock, a semaphore or a signal, and who waits for it.
///
/// Printed with `{}`, it is for people.
#[derive(Clone, Debug)]
pub struct LockReport {
    id: usize,
    kind: &'static str,
    name: Option<&'static str>,
    holders: Vec<Holder>,
    waiters: Vec<Waiter>,
}

/// One who holds a lock, or permits.
#[derive(Clone, Debug)]
pub struct Holder {
    mode: &'static str,
    permits: usize,
    location: &'static Location<'static>,
    age: Duration,
}

/// A future that waits.
#[derive(Clone, Debug)]
pub struct Waiter {
    future: &'static str,
    want: usize,
    location: &'static Location<'static>,
    age: Duration,
    granted: bool,
}

impl Report {
    pub(super) fn new(mut seen: Vec<Seen>) -> Self {
        let now = Instant::now();
        seen.sort_by_key(|(record, _)| (record.lock, record.since));
        let mut locks = Vec::<LockReport>::new();
        for (record, granted) in seen {
            if locks.last().is_none_or(|last| last.id != record.lock) {
                locks.push(LockReport::new(record.lock, record.label));
            }
            if let Some(last) = locks.last_mut() {
                last.push((record, granted), now);
            }
        }
        // Sorting is stable: where nobody waits, those that were made first are first.
        locks.sort_by_key(|lock| Reverse((lock.is_held_up(), lock.oldest_wait())));
        Self { locks }
    }

    /// Those that are held or waited for.
    ///
    /// First come those that are both, and then those that are only waited for, as signals are; of each, the one with the
    /// longest wait is first. What nobody waits for is at the end.
    pub fn locks(&self) -> &[LockReport] {
        &self.locks
    }
}

impl LockReport {
    fn new(id: usize, Label { kind, name }: Label) -> Self {
        Self { id, kind, name, holders: Vec::new(), waiters: Vec::new() }
    }

    /// What there is to tell of one.
    pub(crate) fn of(identity: &Identity) -> Self {
        let mut report = Self::new(identity.key().id(), identity.label());
        let mut seen = identity.key().seen();
        let now = Instant::now();
        seen.sort_by_key(|(record, _)| record.since);
        seen.into_iter().for_each(|seen| report.push(seen, now));
        report
    }

    fn push(&mut self, (record, granted): Seen, now: Instant) {
        let (location, age) = (record.site, now.saturating_duration_since(record.since));
        match record.role {
            Role::Holds { mode, permits } => self.holders.push(Holder { mode, permits, location, age }),
            Role::Waits { future, want, .. } => self.waiters.push(Waiter { future, want, location, age, granted }),
        }
    }

    /// Whether some wait for what others have.
    fn is_held_up(&self) -> bool {
        !self.waiters.is_empty() && (!self.holders.is_empty() || self.waiters.iter().any(Waiter::is_granted))
    }

    /// A number that no other lock of this process has; it tells those without a name apart.
    pub fn id(&self) -> usize {
        self.id
    }

    /// The name of its type.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The name that it was given, with [`Mutex::named`](crate::sync::Mutex::named) and the like.
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// Who holds it: first who has held it longest.
    pub fn holders(&self) -> &[Holder] {
        &self.holders
    }

    /// Who waits for it: first who has waited longest.
    pub fn waiters(&self) -> &[Waiter] {
        &self.waiters
    }

    /// How long the one who has waited longest has done so; `None` if nobody waits.
    pub fn oldest_wait(&self) -> Option<Duration> {
        self.waiters.first().map(Waiter::age)
    }
}

impl Holder {
    /// In which way it holds: `"lock"`, `"permits"`, or of a read-write lock `"read"`, `"write"` or `"upgradable read"`.
    pub fn mode(&self) -> &'static str {
        self.mode
    }

    /// How many permits it holds: of a mutex 1, of a read-write lock as many of the places for readers as it takes up.
    pub fn permits(&self) -> usize {
        self.permits
    }

    /// Where it took them.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// For how long it has held them.
    pub fn age(&self) -> Duration {
        self.age
    }
}

impl Waiter {
    /// The name of the future's type.
    pub fn future(&self) -> &'static str {
        self.future
    }

    /// How many permits it wants: of a mutex 1, of a read-write lock as many of the places for readers as it would take up;
    /// of a signal 1.
    pub fn want(&self) -> usize {
        self.want
    }

    /// Where the function was called that made the future.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// For how long it has waited, from when it queued.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Whether it has been given what it waits for, and has not been polled since.
    ///
    /// What it was given is kept for it, and held up for others, until it is polled or dropped. Where this stays so, its task
    /// does not poll it.
    pub fn is_granted(&self) -> bool {
        self.granted
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.locks.len() {
            0 => return f.write_str("nothing is held or waited for"),
            1 => f.write_str("1 is held or waited for\n")?,
            n => writeln!(f, "{n} are held or waited for")?,
        }
        self.locks.iter().try_for_each(|lock| write!(f, "\n{lock}"))
    }
}

impl fmt::Display for LockReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        if let Some(name) = self.name {
            write!(f, " {name:?}")?;
        }
        write!(f, " (#{})", self.id)?;
        for Holder { mode, permits, location, age } in &self.holders {
            f.write_str("\n    ")?;
            match *mode {
                "lock" => f.write_str("held")?,
                "permits" => write!(f, "{permits} held")?,
                mode => write!(f, "held ({mode})")?,
            }
            write!(f, " for {age:.1?}, taken at {location}")?;
        }
        for Waiter { future, want, location, age, granted } in &self.waiters {
            write!(f, "\n    `{future}`")?;
            if self.kind.ends_with("Semaphore") {
                write!(f, " of {want}")?;
            }
            write!(f, " has waited for {age:.1?}, since {location}")?;
            if *granted {
                f.write_str("; it has been let in, and has not been polled since")?;
            }
        }
        Ok(())
    }
}
