//! A runtime whose type is forgotten, and the one that is current on a thread.
//!
//! Each thread keeps a stack of the runtimes entered on it. A guard remembers how deep the stack was, and going away
//! cuts it back to there: guards that are dropped in the wrong order, or leaked, never bring back a runtime that was
//! left, and whoever entered first restores what was before.
//!
//! A task enters its runtime at each poll. That is lent, not cloned: else all threads would fight for one reference count.

#![allow(unsafe_code, reason = "a pointer to a lent handle, for as long as a call lasts")]

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use super::timer::timer_of;
use super::{BoxTask, BoxWork, Spawn, Std, TaskInfo};
use crate::internal::unwind::quietly;
use crate::time::{Clock, Sleep};

/// A runtime, type erased; cheap to clone.
///
/// It is a [`Runtime`](super::Runtime) itself: what it spawns goes to the runtime it was made from
/// ([`Spawn::handle`]), and its timer is the built-in [`Clock`], which works under every runtime.
///
/// # Examples
///
/// ```
/// use anywhen::rt::{self, Handle, Spawn};
/// use anywhen::task;
///
/// struct Service {
///     rt: Handle, // whichever runtime the user has; no type parameter
/// }
///
/// let service = Service { rt: rt::Std.handle() };
/// let answer = task::spawn_on(&service.rt, async { 42 });
/// assert_eq!(rt::Std.block_on(answer).unwrap(), 42);
/// ```
#[derive(Clone)]
pub struct Handle(Inner);

#[derive(Clone)]
enum Inner {
    Static(&'static (dyn Spawn + Send + Sync)),
    Shared(Arc<dyn Spawn + Send + Sync>),
}

// What a runtime may have been left in by a panic is its own affair, as for any shared object.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

/// What lies on a thread's stack of runtimes.
enum Entered {
    /// By [`Handle::enter`].
    Owned(Handle),
    /// By [`Handle::enter_during`], whose call takes it away again before it returns or unwinds.
    Lent(NonNull<Handle>),
}

impl Entered {
    fn handle(&self) -> &Handle {
        match self {
            Self::Owned(handle) => handle,
            // SAFETY: the call that put it on this thread's stack still lasts, and with it the borrow of the handle.
            Self::Lent(handle) => unsafe { handle.as_ref() },
        }
    }
}

std::thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

impl Handle {
    /// A handle on `runtime`.
    ///
    /// [`Spawn::handle`] may know how to do without the allocation.
    ///
    /// # Allocation
    ///
    /// One, unless `runtime` has no fields.
    pub fn new(runtime: impl Spawn + Send + Sync + 'static) -> Self {
        Self::from_arc(Arc::new(runtime))
    }

    /// A handle on a runtime that is there for ever. Allocates nothing.
    pub const fn from_static(runtime: &'static (dyn Spawn + Send + Sync)) -> Self {
        Self(Inner::Static(runtime))
    }

    /// A handle on a shared runtime. Allocates nothing.
    pub const fn from_arc(runtime: Arc<dyn Spawn + Send + Sync>) -> Self {
        Self(Inner::Shared(runtime))
    }

    /// The current runtime of this thread: the one entered last, else [`Std`].
    ///
    /// See [the current runtime](super#the-current-runtime).
    pub fn current() -> Self {
        Self::try_current().unwrap_or_else(|| Std.handle())
    }

    /// The runtime entered last on this thread, `None` if there is none.
    pub fn try_current() -> Option<Self> {
        // A thread that is about to end has no stack any more, and no current runtime.
        ENTERED.try_with(|entered| entered.borrow().last().map(|last| last.handle().clone())).ok().flatten()
    }

    /// Makes this the current runtime of the thread until the guard is dropped.
    ///
    /// Drop guards in the reverse order of entering: dropping one leaves all runtimes that were entered after it too.
    pub fn enter(&self) -> EnterGuard {
        EnterGuard::push(Entered::Owned(self.clone()))
    }

    /// Makes this the current runtime of the thread while `f` runs.
    pub(crate) fn enter_during<R>(&self, f: impl FnOnce() -> R) -> R {
        let _entered = EnterGuard::push(Entered::Lent(self.into()));
        f()
    }

    fn runtime(&self) -> &(dyn Spawn + Send + Sync) {
        match &self.0 {
            Inner::Static(runtime) => *runtime,
            Inner::Shared(runtime) => &**runtime,
        }
    }
}

impl Spawn for Handle {
    fn spawn_task(&self, task: BoxTask) {
        self.runtime().spawn_task(task);
    }

    fn spawn_work(&self, work: BoxWork) {
        self.runtime().spawn_work(work);
    }

    fn spawn_task_with(&self, task: BoxTask, info: &TaskInfo<'_>) {
        self.runtime().spawn_task_with(task, info);
    }

    fn spawn_work_with(&self, work: BoxWork, info: &TaskInfo<'_>) {
        self.runtime().spawn_work_with(work, info);
    }

    fn handle(&self) -> Handle {
        self.clone()
    }
}

timer_of!(Handle, Sleep, Clock);

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// Keeps a runtime current on the thread; see [`Runtime::enter`](super::Runtime::enter).
#[must_use = "the runtime is current only while the guard lives"]
pub struct EnterGuard {
    /// How many runtimes were entered before this one.
    depth: usize,
    /// The stack is the thread's own.
    not_send: PhantomData<*mut ()>,
}

impl EnterGuard {
    fn push(runtime: Entered) -> Self {
        let depth = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            entered.push(runtime);
            entered.len() - 1
        });
        Self { depth: depth.unwrap_or(usize::MAX), not_send: PhantomData }
    }
}

impl Drop for EnterGuard {
    fn drop(&mut self) {
        // One at a time, and dropped outside of the stack's borrow: the destructor of a runtime may look at the current
        // one, or enter another. Nor may it keep us from going on, by a panic: what was lent has to go.
        let leave = |entered: &RefCell<Vec<Entered>>| {
            let mut entered = entered.borrow_mut();
            if entered.len() > self.depth { entered.pop() } else { None }
        };
        while let Ok(Some(left)) = ENTERED.try_with(leave) {
            quietly(|| drop(left));
        }
    }
}

impl fmt::Debug for EnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(anywhen_loom)))]
mod tests {
    use super::*;

    struct Numbered(#[expect(dead_code, reason = "tells the allocations apart")] u32);

    impl Spawn for Numbered {
        fn spawn_task(&self, _: BoxTask) {}
        fn spawn_work(&self, _: BoxWork) {}
    }

    fn is_current(handle: &Handle) -> bool {
        Handle::try_current().is_some_and(|current| core::ptr::addr_eq(current.runtime(), handle.runtime()))
    }

    #[test]
    fn nested_enters_restore_in_order() {
        let (a, b) = (Handle::new(Numbered(1)), Handle::new(Numbered(2)));
        let in_a = a.enter();
        let in_b = b.enter();
        assert!(is_current(&b));
        drop(in_b);
        assert!(is_current(&a));
        drop(in_a);
        assert!(Handle::try_current().is_none());
    }

    #[test]
    fn guards_dropped_in_the_wrong_order_or_leaked_bring_nothing_back() {
        let (a, b) = (Handle::new(Numbered(1)), Handle::new(Numbered(2)));
        let in_a = a.enter();
        let in_b = b.enter();
        drop(in_a);
        assert!(Handle::try_current().is_none());
        let again = a.enter();
        drop(in_b);
        assert!(is_current(&a), "a late guard leaves alone what was entered at its depth or below");
        core::mem::forget(b.enter());
        drop(again);
        assert!(Handle::try_current().is_none());
    }

    #[test]
    fn what_is_lent_is_gone_after_the_call_whatever_happens_in_it() {
        struct Explosive;
        impl Spawn for Explosive {
            fn spawn_task(&self, _: BoxTask) {}
            fn spawn_work(&self, _: BoxWork) {}
        }
        impl Drop for Explosive {
            fn drop(&mut self) {
                panic!("the destructor failed");
            }
        }

        let (a, b) = (Handle::new(Numbered(1)), Handle::new(Numbered(2)));
        let outer = b.enter();
        // A guard that is leaked, with a destructor that panics; a guard from outside that goes; a panic.
        a.enter_during(|| core::mem::forget(Handle::new(Explosive).enter()));
        assert!(is_current(&b));
        a.enter_during(|| {
            drop(outer);
            assert!(Handle::try_current().is_none());
            core::mem::forget(b.enter());
            a.enter_during(|| assert!(is_current(&a)));
        });
        crate::internal::unwind::catch(|| a.enter_during(|| panic!("in the call"))).unwrap_err();
        // The leaked guard was entered in place of the one from outside, and below what was lent.
        assert!(is_current(&b));
    }
}
