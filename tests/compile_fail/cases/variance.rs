//! What may change its value, or moves it to somebody else, takes no type with a shorter lifetime for its own.

use std::future::{Pending, Ready, pending};
use std::pin::Pin;

use anywhen::future::{
    BoxFuture, Flatten, FlattenStream, IntoStream, Join, Join3, Join4, Join5, JoinAll, LocalBoxFuture, MaybeDone, Remote,
    RemoteHandle, SelectOk, Shared, TryFlattenStream, TryJoin, TryJoinAll, TryJoin3, TryJoin4, TryJoin5, TryMaybeDone,
    FuturesOrdered, FuturesUnordered, WeakShared, container, futures_unordered,
};
use anywhen::retry::{AttemptFailed, Attempts, Gate, Gated, Hedge, Refused, NextAttempt, Policy, Retry, work};
use anywhen::retry::pipeline::{self, Call, Identity};
use anywhen::stream::{
    BoxStream, BufferUnordered, BufferUnorderedWeighted, Buffered, BufferedWeighted, FlattenUnordered, Iter, LocalBoxStream,
    NextMany, Once, Peekable, container as stream_container,
};
use anywhen::sync::mutex::{BoundedLock, BoundedLockOwned, Lock, LockOwned};
use anywhen::sync::condvar::{CondvarWait, CondvarWaitTimeout, CondvarWaitTimeoutWhile, CondvarWaitWhile};
use anywhen::sync::rwlock::{
    Read, ReadOwned, UpgradableRead, UpgradableReadOwned, Upgrade, UpgradeOwned, Write, WriteOwned,
};
use anywhen::sync::{
    BoundedMutex, MappedMutexGuard, Mutex, MutexGuard, OnceCell, OwnedMappedMutexGuard, OwnedMutexGuard, SetOnce,
};
use anywhen::sync::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use anywhen::task::{AbortOnDrop, JoinHandle};
use anywhen::time::{DelayQueue, Instant, Interval, IntervalStream, Tick, Timeout, Timer};

/// A reference with the lifetime that came in, or in the wrong case with a shorter one.
#[cfg(not(wrong))]
macro_rules! other {
    ($long:lifetime $short:lifetime) => { &$long u8 };
}
#[cfg(wrong)]
macro_rules! other {
    ($long:lifetime $short:lifetime) => { &$short u8 };
}

/// The same of a policy.
#[cfg(not(wrong))]
macro_rules! policy {
    ($long:lifetime $short:lifetime) => { &$long Policy };
}
#[cfg(wrong)]
macro_rules! policy {
    ($long:lifetime $short:lifetime) => { &$short Policy };
}

/// The same with a longer one.
#[cfg(not(wrong))]
macro_rules! longer {
    ($long:lifetime $short:lifetime) => { &$short u8 };
}
#[cfg(wrong)]
macro_rules! longer {
    ($long:lifetime $short:lifetime) => { &$long u8 };
}

type Op<T> = fn() -> Ready<Result<T, T>>;
type Tried<T> = Ready<Result<T, ()>>;

fn once_cell<'long: 'short, 'short>(of: OnceCell<&'long u8>) -> OnceCell<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn set_once<'long: 'short, 'short>(of: SetOnce<&'long u8>) -> SetOnce<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn mutex<'long: 'short, 'short>(of: Mutex<&'long u8>) -> Mutex<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn bounded_mutex<'long: 'short, 'short>(of: BoundedMutex<&'long u8>) -> BoundedMutex<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn guard<'long: 'short, 'short>(of: MutexGuard<'short, &'long u8>) -> MutexGuard<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn owned_guard<'long: 'short, 'short>(of: OwnedMutexGuard<&'long u8>) -> OwnedMutexGuard<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn mapped<'long: 'short, 'short>(
    of: MappedMutexGuard<'short, &'long u8>,
) -> MappedMutexGuard<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn owned_mapped<'long: 'short, 'short>(
    of: OwnedMappedMutexGuard<u8, &'long u8>,
) -> OwnedMappedMutexGuard<u8, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn owned_mapped_of<'long: 'short, 'short>(
    of: OwnedMappedMutexGuard<&'long u8, u8>,
) -> OwnedMappedMutexGuard<other!('long 'short), u8> {
    of //~ lifetime may not live long enough
}

fn condvar_wait<'long: 'short, 'short>(
    of: CondvarWait<'short, MutexGuard<'short, &'long u8>>,
) -> CondvarWait<'short, MutexGuard<'short, other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn condvar_wait_while<'long: 'short, 'short>(
    of: CondvarWaitWhile<'short, MutexGuard<'short, &'long u8>, ()>,
) -> CondvarWaitWhile<'short, MutexGuard<'short, other!('long 'short)>, ()> {
    of //~ lifetime may not live long enough
}

fn condvar_wait_timeout<'long: 'short, 'short>(
    of: CondvarWaitTimeout<'short, MutexGuard<'short, &'long u8>>,
) -> CondvarWaitTimeout<'short, MutexGuard<'short, other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn condvar_wait_timeout_while<'long: 'short, 'short>(
    of: CondvarWaitTimeoutWhile<'short, MutexGuard<'short, &'long u8>, ()>,
) -> CondvarWaitTimeoutWhile<'short, MutexGuard<'short, other!('long 'short)>, ()> {
    of //~ lifetime may not live long enough
}

fn rwlock<'long: 'short, 'short>(
    of: RwLock<&'long u8>,
) -> RwLock<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn write_guard<'long: 'short, 'short>(
    of: RwLockWriteGuard<'short, &'long u8>,
) -> RwLockWriteGuard<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn mapped_write_guard<'long: 'short, 'short>(
    of: RwLockMappedWriteGuard<'short, &'long u8>,
) -> RwLockMappedWriteGuard<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn upgradable_guard<'long: 'short, 'short>(
    of: RwLockUpgradableReadGuard<'short, &'long u8>,
) -> RwLockUpgradableReadGuard<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn owned_read_guard_of<'long: 'short, 'short>(
    of: OwnedRwLockReadGuard<&'long u8, u8>,
) -> OwnedRwLockReadGuard<other!('long 'short), u8> {
    of //~ lifetime may not live long enough
}

fn owned_write_guard<'long: 'short, 'short>(
    of: OwnedRwLockWriteGuard<&'long u8>,
) -> OwnedRwLockWriteGuard<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn owned_mapped_write_guard<'long: 'short, 'short>(
    of: OwnedRwLockMappedWriteGuard<u8, &'long u8>,
) -> OwnedRwLockMappedWriteGuard<u8, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn owned_mapped_write_guard_of<'long: 'short, 'short>(
    of: OwnedRwLockMappedWriteGuard<&'long u8, u8>,
) -> OwnedRwLockMappedWriteGuard<other!('long 'short), u8> {
    of //~ lifetime may not live long enough
}

fn owned_upgradable_guard<'long: 'short, 'short>(
    of: OwnedRwLockUpgradableReadGuard<&'long u8>,
) -> OwnedRwLockUpgradableReadGuard<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn read<'long: 'short, 'short>(
    of: Read<'short, &'long u8>,
) -> Read<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn read_owned<'long: 'short, 'short>(
    of: ReadOwned<&'long u8>,
) -> ReadOwned<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn write<'long: 'short, 'short>(
    of: Write<'short, &'long u8>,
) -> Write<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn write_owned<'long: 'short, 'short>(
    of: WriteOwned<&'long u8>,
) -> WriteOwned<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn upgradable_read<'long: 'short, 'short>(
    of: UpgradableRead<'short, &'long u8>,
) -> UpgradableRead<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn upgradable_read_owned<'long: 'short, 'short>(
    of: UpgradableReadOwned<&'long u8>,
) -> UpgradableReadOwned<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn upgrade<'long: 'short, 'short>(
    of: Upgrade<'short, &'long u8>,
) -> Upgrade<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn upgrade_owned<'long: 'short, 'short>(
    of: UpgradeOwned<&'long u8>,
) -> UpgradeOwned<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn lock<'long: 'short, 'short>(of: Lock<'short, &'long u8>) -> Lock<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn lock_owned<'long: 'short, 'short>(of: LockOwned<&'long u8>) -> LockOwned<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn bounded_lock<'long: 'short, 'short>(
    of: BoundedLock<'short, &'long u8>,
) -> BoundedLock<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn bounded_lock_owned<'long: 'short, 'short>(of: BoundedLockOwned<&'long u8>) -> BoundedLockOwned<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn join_of_array<'long: 'short, 'short>(of: container::Join<[Ready<&'long u8>; 3]>) -> container::Join<[Ready<other!('long 'short)>; 3]> {
    of //~ lifetime may not live long enough
}

fn join<'long: 'short, 'short>(of: Join<Ready<&'long u8>, Ready<u8>>) -> Join<Ready<other!('long 'short)>, Ready<u8>> {
    of //~ lifetime may not live long enough
}

fn join3<'long: 'short, 'short>(of: Join3<Ready<&'long u8>, Ready<u8>, Ready<u8>>) -> Join3<Ready<other!('long 'short)>, Ready<u8>, Ready<u8>> {
    of //~ lifetime may not live long enough
}

fn join4<'long: 'short, 'short>(of: Join4<Ready<&'long u8>, Ready<u8>, Ready<u8>, Ready<u8>>) -> Join4<Ready<other!('long 'short)>, Ready<u8>, Ready<u8>, Ready<u8>> {
    of //~ lifetime may not live long enough
}

fn join5<'long: 'short, 'short>(of: Join5<Ready<&'long u8>, Ready<u8>, Ready<u8>, Ready<u8>, Ready<u8>>) -> Join5<Ready<other!('long 'short)>, Ready<u8>, Ready<u8>, Ready<u8>, Ready<u8>> {
    of //~ lifetime may not live long enough
}

fn try_join_of_array<'long: 'short, 'short>(of: container::TryJoin<[Tried<&'long u8>; 3]>) -> container::TryJoin<[Tried<other!('long 'short)>; 3]> {
    of //~ lifetime may not live long enough
}

fn try_join<'long: 'short, 'short>(of: TryJoin<Tried<&'long u8>, Tried<u8>>) -> TryJoin<Tried<other!('long 'short)>, Tried<u8>> {
    of //~ lifetime may not live long enough
}

fn try_join3<'long: 'short, 'short>(of: TryJoin3<Tried<&'long u8>, Tried<u8>, Tried<u8>>) -> TryJoin3<Tried<other!('long 'short)>, Tried<u8>, Tried<u8>> {
    of //~ lifetime may not live long enough
}

fn try_join4<'long: 'short, 'short>(of: TryJoin4<Tried<&'long u8>, Tried<u8>, Tried<u8>, Tried<u8>>) -> TryJoin4<Tried<other!('long 'short)>, Tried<u8>, Tried<u8>, Tried<u8>> {
    of //~ lifetime may not live long enough
}

fn try_join5<'long: 'short, 'short>(of: TryJoin5<Tried<&'long u8>, Tried<u8>, Tried<u8>, Tried<u8>, Tried<u8>>) -> TryJoin5<Tried<other!('long 'short)>, Tried<u8>, Tried<u8>, Tried<u8>, Tried<u8>> {
    of //~ lifetime may not live long enough
}

fn race_ok<'long: 'short, 'short>(of: container::RaceOk<[Tried<&'long u8>; 3]>) -> container::RaceOk<[Tried<other!('long 'short)>; 3]> {
    of //~ lifetime may not live long enough
}

fn settle<'long: 'short, 'short>(of: container::Settle<[Tried<&'long u8>; 3]>) -> container::Settle<[Tried<other!('long 'short)>; 3]> {
    of //~ lifetime may not live long enough
}

fn flatten<'long: 'short, 'short>(of: Flatten<Ready<Ready<&'long u8>>>) -> Flatten<Ready<Ready<other!('long 'short)>>> {
    of //~ lifetime may not live long enough
}

fn race_of_array<'long: 'short, 'short>(of: container::Race<[Ready<&'long u8>; 3]>) -> container::Race<[Ready<other!('long 'short)>; 3]> {
    of //~ lifetime may not live long enough
}

fn select_of_pair<'long: 'short, 'short>(of: container::Select<(Ready<&'long u8>, Ready<u8>)>) -> container::Select<(Ready<other!('long 'short)>, Ready<u8>)> {
    of //~ lifetime may not live long enough
}

fn merge_of_array<'long: 'short, 'short>(of: stream_container::Merge<[Once<Ready<&'long u8>>; 3]>) -> stream_container::Merge<[Once<Ready<other!('long 'short)>>; 3]> {
    of //~ lifetime may not live long enough
}

fn merge_of_vector<'long: 'short, 'short>(of: stream_container::Merge<Vec<Once<Ready<&'long u8>>>>) -> stream_container::Merge<Vec<Once<Ready<other!('long 'short)>>>> {
    of //~ lifetime may not live long enough
}

fn join_all<'long: 'short, 'short>(of: JoinAll<Ready<&'long u8>>) -> JoinAll<Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn try_join_all<'long: 'short, 'short>(of: TryJoinAll<Tried<&'long u8>>) -> TryJoinAll<Tried<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn select_ok<'long: 'short, 'short>(of: SelectOk<Tried<&'long u8>>) -> SelectOk<Tried<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn maybe_done<'long: 'short, 'short>(of: MaybeDone<Ready<&'long u8>>) -> MaybeDone<Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn flatten_stream<'long: 'short, 'short>(of: FlattenStream<Ready<IntoStream<Ready<&'long u8>>>>) -> FlattenStream<Ready<IntoStream<Ready<other!('long 'short)>>>> {
    of //~ lifetime may not live long enough
}

fn try_flatten_stream<'long: 'short, 'short>(of: TryFlattenStream<Tried<&'long u8>>) -> TryFlattenStream<Tried<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn try_maybe_done<'long: 'short, 'short>(of: TryMaybeDone<Tried<&'long u8>>) -> TryMaybeDone<Tried<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn shared<'long: 'short, 'short>(of: Shared<Ready<&'long u8>>) -> Shared<Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn weak_shared<'long: 'short, 'short>(of: WeakShared<Ready<&'long u8>>) -> WeakShared<Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn remote<'long: 'short, 'short>(of: Remote<Ready<&'long u8>>) -> Remote<Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn remote_handle<'long: 'short, 'short>(of: RemoteHandle<&'long u8>) -> RemoteHandle<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn boxed<'long: 'short, 'short>(of: BoxFuture<'short, &'long u8>) -> BoxFuture<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn boxed_local<'long: 'short, 'short>(of: LocalBoxFuture<'short, &'long u8>) -> LocalBoxFuture<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn hedge<'long: 'short, 'short>(of: Hedge<Op<&'long u8>>) -> Hedge<Op<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn retry<'long: 'short, 'short>(of: Retry<Op<&'long u8>>) -> Retry<Op<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

/// What takes a borrow for however long may, as another type, be what keeps it.
fn lent<'long: 'short, 'short>(of: work::Lent<'static, u8, &'long u8>) -> work::Lent<'static, u8, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

/// A gate that has a value.
#[derive(Clone)]
struct Of<T>(T);

impl<T: Clone> Gate for Of<T> {
    type Admission = Ready<Result<(), Refused>>;
    type Pass = ();

    fn admit(&self) -> Self::Admission {
        std::future::ready(Ok(()))
    }
}

fn gated<'long: 'short, 'short>(of: Gated<Of<&'long u8>, ()>) -> Gated<Of<other!('long 'short)>, ()> {
    of //~ lifetime may not live long enough
}

fn attempts<'long: 'short, 'short>(of: Attempts<&'long Policy>) -> Attempts<policy!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn next_attempt<'long: 'short, 'short>(
    of: NextAttempt<'short, &'long Policy>,
) -> NextAttempt<'short, policy!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn attempt_failed<'long: 'short, 'short>(
    of: AttemptFailed<'short, &'long Policy, ()>,
) -> AttemptFailed<'short, policy!('long 'short), ()> {
    of //~ lifetime may not live long enough
}

fn pipeline_once<'long: 'short, 'short>(
    of: pipeline::Once<Op<&'long u8>>,
) -> pipeline::Once<Op<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn pipeline_call<'long: 'short, 'short>(
    of: Call<Identity, Op<&'long u8>>,
) -> Call<Identity, Op<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn join_handle<'long: 'short, 'short>(of: JoinHandle<&'long u8>) -> JoinHandle<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn abort_on_drop<'long: 'short, 'short>(of: AbortOnDrop<&'long u8>) -> AbortOnDrop<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn delay_queue<'long: 'short, 'short>(
    of: DelayQueue<u8, Lent<&'long u8>>,
) -> DelayQueue<u8, Lent<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn interval<'long: 'short, 'short>(of: Interval<Lent<&'long u8>>) -> Interval<Lent<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn interval_stream<'long: 'short, 'short>(
    of: IntervalStream<Lent<&'long u8>>,
) -> IntervalStream<Lent<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn tick<'long: 'short, 'short>(of: Tick<'short, Lent<&'long u8>>) -> Tick<'short, Lent<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn timeout<'long: 'short, 'short>(
    of: Timeout<Ready<u8>, Lent<&'long u8>>,
) -> Timeout<Ready<u8>, Lent<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

/// A timer that borrows.
#[derive(Clone)]
struct Lent<T>(T);

impl<T: Clone> Timer for Lent<T> {
    type Sleep = Pending<()>;

    fn now(&self) -> Instant {
        Instant::from_nanos(0)
    }

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        pending()
    }

    fn reset(_: Pin<&mut Self::Sleep>, _: Instant) {}
}

// The other way round, a guard would lend a value for longer than it is there.

fn longer_guard<'long: 'short, 'short>(of: MutexGuard<'short, &'short u8>) -> MutexGuard<'short, longer!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn longer_owned_guard<'long: 'short, 'short>(of: OwnedMutexGuard<&'short u8>) -> OwnedMutexGuard<longer!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn longer_read_guard<'long: 'short, 'short>(
    of: RwLockReadGuard<'short, &'short u8>,
) -> RwLockReadGuard<'short, longer!('long 'short)> {
    of //~ lifetime may not live long enough
}

/// A stream of references.
type Items<T> = Iter<std::option::IntoIter<T>>;

fn peekable<'long: 'short, 'short>(of: Peekable<Items<&'long u8>>) -> Peekable<Items<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn box_stream<'long: 'short, 'short>(of: BoxStream<'long, &'long u8>) -> BoxStream<'long, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn local_box_stream<'long: 'short, 'short>(
    of: LocalBoxStream<'long, &'long u8>,
) -> LocalBoxStream<'long, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn futures_unordered<'long: 'short, 'short>(
    of: FuturesUnordered<&'long u8>,
) -> FuturesUnordered<other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn futures_ordered<'long: 'short, 'short>(
    of: FuturesOrdered<Ready<&'long u8>>,
) -> FuturesOrdered<Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn iter_mut<'long: 'short, 'short>(
    of: futures_unordered::IterMut<'short, &'long u8>,
) -> futures_unordered::IterMut<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn iter_pin_mut<'long: 'short, 'short>(
    of: futures_unordered::IterPinMut<'short, &'long u8>,
) -> futures_unordered::IterPinMut<'short, other!('long 'short)> {
    of //~ lifetime may not live long enough
}

fn flatten_unordered<'long: 'short, 'short>(
    of: FlattenUnordered<Items<Items<&'long u8>>>,
) -> FlattenUnordered<Items<Items<other!('long 'short)>>> {
    of //~ lifetime may not live long enough
}

fn next_many<'long: 'short, 'short>(
    of: NextMany<'short, u8, Items<&'long u8>>,
) -> NextMany<'short, u8, Items<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn buffered<'long: 'short, 'short>(
    of: Buffered<Items<Ready<&'long u8>>>,
) -> Buffered<Items<Ready<other!('long 'short)>>> {
    of //~ lifetime may not live long enough
}

fn buffer_unordered<'long: 'short, 'short>(
    of: BufferUnordered<Items<Ready<&'long u8>>>,
) -> BufferUnordered<Items<Ready<other!('long 'short)>>> {
    of //~ lifetime may not live long enough
}

fn buffered_weighted<'long: 'short, 'short>(
    of: BufferedWeighted<u8, Ready<&'long u8>>,
) -> BufferedWeighted<u8, Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}

fn buffer_unordered_weighted<'long: 'short, 'short>(
    of: BufferUnorderedWeighted<u8, Ready<&'long u8>>,
) -> BufferUnorderedWeighted<u8, Ready<other!('long 'short)>> {
    of //~ lifetime may not live long enough
}
