//! Somebody watches: notes that keep what is to be told.

#![allow(unsafe_code, reason = "the registry is handed pointers to waiters")]

use core::panic::Location;
use core::ptr::NonNull;
use std::time::Instant;

#[cfg(feature = "tracing")]
use super::events;
use super::{Ending, Told};
use crate::internal::wait_list::Waiter;
#[cfg(feature = "diagnostics")]
use crate::sync::diagnostics::registry::{Key, Place, Record, Role};

/// What users know a lock or signal by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    /// The type's name.
    pub(crate) kind: &'static str,
    pub(crate) name: Option<&'static str>,
}

/// Which lock or signal it is. It stays the same when that is moved.
pub(crate) struct Identity {
    label: Label,
    #[cfg(feature = "diagnostics")]
    key: Key,
}

impl Identity {
    pub(crate) const fn new(kind: &'static str) -> Self {
        Self {
            label: Label { kind, name: None },
            #[cfg(feature = "diagnostics")]
            key: Key::new(),
        }
    }

    pub(crate) const fn set_name(&mut self, name: &'static str) {
        self.label.name = Some(name);
    }

    #[cfg(feature = "diagnostics")]
    pub(crate) fn label(&self) -> Label {
        self.label
    }

    #[cfg(feature = "diagnostics")]
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }
}

/// Where something was asked for. A sealed trait has it in a signature, and so it is `pub`.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    at: &'static Location<'static>,
}

impl Site {
    /// Where the function was called that calls this and is `#[track_caller]`.
    #[track_caller]
    pub(crate) const fn here() -> Self {
        Self { at: Location::caller() }
    }
}

/// What is noted of one who may have to wait.
pub(crate) struct WaitNote {
    site: Site,
    /// Since it queued, until its end has been told.
    wait: Option<Waiting>,
    #[cfg(feature = "diagnostics")]
    place: Option<Place>,
}

/// What is told of one who waits.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "told in events alone")]
pub(super) struct Waiting {
    pub(super) future: &'static str,
    pub(super) want: usize,
    pub(super) since: Instant,
}

impl WaitNote {
    pub(crate) const fn new(site: Site) -> Self {
        Self {
            site,
            wait: None,
            #[cfg(feature = "diagnostics")]
            place: None,
        }
    }

    pub(crate) fn site(&self) -> Site {
        self.site
    }

    /// It is in a queue, as users see in a `future` that waits for `want` of what `of` has; `waiters` tells how many are. Does
    /// nothing if that is noted already. Foreign code may run, and unwind.
    ///
    /// # Safety
    ///
    /// `waiter` stays where it is until [`leaves`](Self::leaves) has returned.
    pub(crate) unsafe fn waits(
        &mut self,
        of: &Identity,
        future: &'static str,
        want: usize,
        waiter: NonNull<Waiter>,
        waiters: impl FnOnce() -> usize,
    ) {
        if self.wait.is_some() {
            return;
        }
        let since = Instant::now();
        let wait = self.wait.insert(Waiting { future, want, since });
        #[cfg(feature = "diagnostics")]
        {
            let role = Role::Waits { future, want, waiter };
            let record = Record { lock: of.key.id(), label: of.label, site: self.site.at, since, role };
            self.place = Some(of.key.enter(record));
        }
        let _ = (of, waiter, &wait, &waiters);
        #[cfg(feature = "tracing")]
        events::waits(of.label, self.site.at, wait, waiters);
    }

    /// The waiter is about to go.
    pub(crate) fn leaves(&mut self, of: &Identity) {
        #[cfg(feature = "diagnostics")]
        if let Some(place) = self.place.take() {
            of.key.leave(place);
        }
        let _ = of;
    }

    /// Tells how the wait has ended, or that it was refused. Foreign code may run, and unwind.
    pub(crate) fn tell_the_end(&mut self, of: &Identity, ending: Ending) {
        let wait = self.wait.take();
        #[cfg(feature = "tracing")]
        events::ends(of.label, self.site.at, wait.as_ref(), ending);
        let _ = (of, wait, ending);
    }
}

/// What is noted of one who holds something.
pub(crate) struct HoldNote {
    #[cfg(feature = "diagnostics")]
    place: Option<Place>,
}

impl HoldNote {
    /// It is held from now on.
    pub(crate) fn new(told: Option<Told<'_>>, site: Site) -> Self {
        let _ = (&told, site);
        Self {
            #[cfg(feature = "diagnostics")]
            place: told.map(|Told { of, mode, permits }| {
                let role = Role::Holds { mode, permits };
                let record = Record { lock: of.key.id(), label: of.label, site: site.at, since: Instant::now(), role };
                of.key.enter(record)
            }),
        }
    }

    /// It is held in another way from now on, or less or more of it.
    pub(crate) fn change(&self, told: Option<Told<'_>>) {
        let _ = &told;
        #[cfg(feature = "diagnostics")]
        if let (Some(place), Some(Told { of, mode, permits })) = (self.place, told) {
            of.key.change(place, Role::Holds { mode, permits });
        }
    }

    /// It is about to be given back.
    pub(crate) fn ends(&self, told: Option<Told<'_>>) {
        let _ = &told;
        #[cfg(feature = "diagnostics")]
        if let (Some(place), Some(told)) = (self.place, told) {
            told.of.key.leave(place);
        }
    }
}
