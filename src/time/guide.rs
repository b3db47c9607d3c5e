//! A guide: which timer, which tool, and when the counting starts; and how the timer works.
//!
//! [`Clock`]: super::Clock
//! [`Deadline`]: super::Deadline
//! [`DelayQueue`]: super::DelayQueue
//! [`Duration::MAX`]: super::Duration::MAX
//! [`MissedTickBehavior`]: super::MissedTickBehavior
//! [`Timer`]: super::Timer
//! [`VirtualClock`]: super::VirtualClock
//! [`interval_at`]: super::interval_at
//! [`interval`]: super::interval()
//! [`sleep_until`]: super::sleep_until
//! [`sleep`]: super::sleep()
//! [`timeout_at`]: super::timeout_at
//! [`timeout`]: super::timeout()
// The page links to the sources, which is good where those are shown. Here these links come first and win.
#![doc = ""]
#![doc = include_str!("../../docs/time.md")]
#![doc = include_str!("../../docs/time-inside.md")]
