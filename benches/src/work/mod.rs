//! What is measured, a file per subject.

mod child;
mod delay_queue;
mod gate;
mod hedge;
mod join;
mod mutex;
mod notify;
mod queue;
mod race;
mod retry;
mod rwlock;
mod semaphore;
mod sets;
mod time;
mod token;

use crate::harness::Work;
pub(crate) use rwlock::READS;

/// Every work, in the order of the report.
pub(crate) const ALL: &[&Work] = &[
    &mutex::UNCONTENDED,
    &mutex::WRITTEN,
    &mutex::TRIED,
    &mutex::TRIED_LOCKED,
    &mutex::WAITED_FOR,
    &mutex::QUEUED,
    &mutex::HANDED_OVER_2,
    &mutex::HANDED_OVER_8,
    &mutex::HANDED_OVER_64,
    &mutex::HANDED_OVER_1024,
    &semaphore::ONE,
    &semaphore::MANY,
    &semaphore::TRIED,
    &semaphore::WAITED_FOR,
    &semaphore::QUEUED,
    &rwlock::READ,
    &rwlock::WRITE,
    &rwlock::TRIED_READ,
    &rwlock::TRIED_WRITE,
    &rwlock::UPGRADED,
    &rwlock::MOSTLY_READ,
    &rwlock::QUEUED,
    &notify::WAITED_FOR,
    &notify::ALL_WAITED_FOR,
    &notify::KEPT,
    &token::CHILD,
    &token::CHILD_OF_MANY,
    &token::ASKED,
    &token::WAITED_FOR,
    &token::CANCELLED_WITH_1000,
    &join::TWO,
    &join::EIGHT,
    &join::EIGHT_LATER,
    &race::TWO,
    &race::EIGHT,
    &race::EIGHT_LATER,
    &sets::PUSHED_10,
    &sets::PUSHED_1000,
    &sets::BUFFERED_64,
    &sets::ORDERED_64,
    &time::TIMEOUT,
    &time::SLEEP,
    &time::PUT_OFF,
    &time::TIMEOUT_ARMED,
    &delay_queue::TAKEN_BACK_1000,
    &delay_queue::TAKEN_BACK_100000,
    &delay_queue::PUT_OFF_1000,
    &delay_queue::PUT_OFF_100000,
    &delay_queue::DUE_1000,
    &delay_queue::DUE_100000,
    &delay_queue::EXPIRED,
    &retry::SUCCESS,
    &retry::FAILURES,
    &retry::DELAYS,
    &retry::DELAYS_JITTERED,
    &hedge::SUCCESS,
    &hedge::BUDGET,
    &hedge::DEPOSIT,
    &gate::RATE_TRIED,
    &gate::RATE_ACQUIRED,
    &gate::BULKHEAD,
    &gate::BREAKER,
];
