//! A guide: which primitive when, and what each of them promises.
//!
// The page links to the sources, which is good where those are shown. Here these links come first and win.
//! [`Barrier`]: super::Barrier
//! [`BoundedMutex`]: super::BoundedMutex
//! [`BoundedSemaphore`]: super::BoundedSemaphore
//! [`CancellationToken`]: super::CancellationToken
//! [`Condvar`]: super::Condvar
//! [`Event`]: super::Event
//! [`Fairness`]: super::Fairness
//! [`Mutex`]: super::Mutex
//! [`Notify`]: super::Notify
//! [`OnceCell`]: super::OnceCell
//! [`RwLock`]: super::RwLock
//! [`Semaphore`]: super::Semaphore
//! [`SetOnce`]: super::SetOnce
//! [`WaitGroup`]: super::WaitGroup
#![doc = ""]
#![doc = include_str!("../../docs/sync.md")]

/// The snippets of the other page are tested here.
#[cfg(doctest)]
#[doc = include_str!("../../docs/migrating.md")]
mod migrating {}
