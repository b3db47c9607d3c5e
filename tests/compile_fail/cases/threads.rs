//! What would go to another thread, or be looked at by two, and must not.

use std::cell::Cell;
use std::future::{Ready, pending, ready};
use std::rc::Rc;
use std::sync::Arc;

use anywhen::future::{BoxFuture, FutureExt, Map, join};
use anywhen::prelude::*;
use anywhen::rt::{EnterGuard, Runtime, Std};
use anywhen::sync::mutex::{Lock, LockOwned};
use anywhen::sync::rwlock::Upgrade;
use anywhen::sync::{BoundedMutex, MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};
use anywhen::sync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockMappedWriteGuard, RwLockReadGuard,
    RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use anywhen::task::{self, AbortOnDrop, JoinHandle};
use anywhen::time::{Duration, Timeout, sleep};

type OnlySend = Cell<u8>;
type OnlySync = std::sync::MutexGuard<'static, u8>;
type Neither = Rc<u8>;

/// What lacks nothing, in place of each of these.
#[cfg(not(wrong))]
mod given {
    pub type OnlySend = u8;
    pub type OnlySync = u8;
    pub type Neither = u8;
}
#[cfg(wrong)]
mod given {
    pub type OnlySend = super::OnlySend;
    pub type OnlySync = super::OnlySync;
    pub type Neither = super::Neither;
}

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn locks() {
    send::<Mutex<given::OnlySync>>(); //~ E0277
    sync::<Mutex<given::OnlySync>>(); //~ E0277
    sync::<BoundedMutex<given::Neither>>(); //~ E0277
    send::<MutexGuard<'_, given::OnlySync>>(); //~ E0277
    sync::<MutexGuard<'_, given::OnlySend>>(); //~ E0277
    send::<MappedMutexGuard<'_, given::OnlySync>>(); //~ E0277
    sync::<MappedMutexGuard<'_, given::OnlySend>>(); //~ E0277
    send::<OwnedMappedMutexGuard<given::OnlySync, u8>>(); //~ E0277
    send::<OwnedMappedMutexGuard<u8, given::OnlySync>>(); //~ E0277
    sync::<OwnedMappedMutexGuard<u8, given::OnlySend>>(); //~ E0277
    send::<OwnedMutexGuard<given::OnlySync>>(); //~ E0277
    sync::<OwnedMutexGuard<given::OnlySend>>(); //~ E0277
    send::<Lock<'_, given::OnlySync>>(); //~ E0277
    send::<LockOwned<given::OnlySync>>(); //~ E0277
}

fn read_write_locks() {
    send::<RwLock<given::OnlySync>>(); //~ E0277
    sync::<RwLock<given::OnlySync>>(); //~ E0277
    sync::<RwLock<given::OnlySend>>(); //~ E0277
    send::<RwLockReadGuard<'_, given::OnlySend>>(); //~ E0277
    send::<RwLockWriteGuard<'_, given::OnlySync>>(); //~ E0277
    sync::<RwLockWriteGuard<'_, given::OnlySend>>(); //~ E0277
    send::<RwLockMappedWriteGuard<'_, given::OnlySync>>(); //~ E0277
    send::<RwLockUpgradableReadGuard<'_, given::OnlySync>>(); //~ E0277
    send::<OwnedRwLockReadGuard<given::OnlySync, u8>>(); //~ E0277
    send::<OwnedRwLockReadGuard<u8, given::OnlySend>>(); //~ E0277
    send::<OwnedRwLockWriteGuard<given::OnlySync>>(); //~ E0277
    send::<Upgrade<'_, given::OnlySync>>(); //~ E0277
}

fn tasks() {
    send::<JoinHandle<given::OnlySync>>(); //~ E0277
    sync::<JoinHandle<given::OnlySync>>(); //~ E0277
    send::<AbortOnDrop<given::Neither>>(); //~ E0277
}

fn futures() {
    sync::<Map<Ready<given::OnlySend>, fn(u8)>>(); //~ E0277
    send::<Timeout<Ready<given::Neither>>>(); //~ E0277
    #[cfg(wrong)]
    sync::<BoxFuture<'static, u8>>(); //~ E0277
    send::<BoxFuture<'static, Neither>>();
}

fn a_guard_that_puts_back_what_its_thread_had() {
    let guard = Std.enter();
    #[cfg(wrong)]
    std::thread::spawn(move || drop(guard)); //~ E0277
}

fn a_task_that_gives_what_stays_on_its_thread() {
    #[cfg(wrong)]
    task::spawn_on(&Std, async { Rc::new(1) }); //~ E0277
    #[cfg(not(wrong))]
    task::spawn_on(&Std, async { Arc::new(1) });
}

fn a_task_that_holds_what_stays_on_its_thread() {
    #[cfg(wrong)]
    let held = Rc::new(1);
    #[cfg(not(wrong))]
    let held = Arc::new(1);
    task::spawn_on(&Std, async move { //~ future cannot be sent between threads safely
        sleep(Duration::ZERO).await;
        drop(held);
    });
}

fn a_boxed_future_that_stays_on_its_thread() {
    #[cfg(wrong)]
    let held = Rc::new(1);
    #[cfg(not(wrong))]
    let held = Arc::new(1);
    drop(async move { pending::<u8>().await + *held }.boxed()); //~ future cannot be sent between threads safely
}

fn a_join_of_one_that_stays_on_its_thread() {
    #[cfg(wrong)]
    let one = ready(Rc::new(1));
    #[cfg(not(wrong))]
    let one = ready(Arc::new(1));
    task::spawn_on(&Std, join(one, ready(2)).map(drop)); //~ E0277
}

fn a_panic_that_would_be_caught_in_what_it_leaves_half_done() {
    let mut value = 1;
    let change = async { value += 1 };
    #[cfg(not(wrong))]
    let change = std::panic::AssertUnwindSafe(change);
    drop(change.catch_unwind()); //~ E0277
}
