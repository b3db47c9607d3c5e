//! Readers, writers, and readers that become writers, who give up waiting and are aborted wherever they are.
//!
//! Invariants: as for permits, of which a reader has one, a writer all, and a reader that may become a writer more than
//! half; and nobody writes between what such a reader has read and what it writes.

use std::sync::Arc;

use anywhen::future::Either;
use anywhen::sync::{Fairness, RwLock};
use anywhen::testing::Sim;
use anywhen::time;

use super::permits::{Permits, Rules, scenario};
use super::{Dice, FAIRNESSES, caught, crowd, few_seeds, with_patience};

/// More than the tasks can take without a writer. One more than half of them is what a reader needs that may become one.
const PLACES: usize = 11;
const MOST: usize = PLACES / 2 + 1;

impl Permits for Arc<RwLock<()>> {
    fn wish(dice: &mut Dice, _: usize) -> usize {
        [1, 1, 1, MOST, PLACES][dice.below(5) as usize]
    }

    async fn acquire(&self, want: usize) -> Option<impl Send> {
        Some(match want {
            PLACES => Either::Left(self.write().await),
            MOST => Either::Right(Either::Left(self.upgradable_read().await)),
            _ => Either::Right(Either::Right(self.read().await)),
        })
    }
}

#[test]
fn readers_and_writers() {
    for fairness in FAIRNESSES {
        let rules = Rules { fairness, ..Rules::of(PLACES) };
        few_seeds().check(|sim| scenario(sim, Arc::new(RwLock::with_fairness((), fairness)), rules));
    }
}

/// What is written changes in two steps, and one time at a time.
struct Value {
    times: u32,
    done: u32,
}

async fn write(value: &mut Value, dice: &mut Dice) {
    assert_eq!(value.times, value.done, "somebody else writes");
    value.times += 1;
    let undo = Undo(value);
    time::sleep(dice.millis(3)).await;
    undo.0.done += 1;
}

/// A writer that is aborted leaves it as if it were done.
struct Undo<'a>(&'a mut Value);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        self.0.done = self.0.times;
    }
}

/// `faulty` leaves the lock and takes it again to write, instead of an upgrade.
async fn upgrades(sim: Sim, fairness: Fairness, faulty: bool) {
    let mut dice = Dice::of(&sim);
    let lock = Arc::new(RwLock::with_fairness(Value { times: 0, done: 0 }, fairness));
    crowd(&mut dice, 5, |mut dice| {
        let lock = lock.clone();
        async move {
            for _ in 0..3 {
                match dice.below(4) {
                    0 => {
                        if let Some(value) = with_patience(&mut dice, lock.read()).await {
                            let times = value.times;
                            time::sleep(dice.millis(3)).await;
                            assert_eq!((value.times, value.done), (times, times), "somebody writes");
                        }
                    }
                    1 => {
                        if let Some(mut value) = with_patience(&mut dice, lock.write()).await {
                            write(&mut value, &mut dice).await;
                            let _reads_on = value.downgrade();
                            time::sleep(dice.millis(3)).await;
                        }
                    }
                    _ => {
                        let Some(value) = with_patience(&mut dice, lock.upgradable_read()).await else { continue };
                        time::sleep(dice.millis(3)).await;
                        let seen = value.times;
                        let value = if faulty {
                            drop(value);
                            Some(lock.write().await)
                        } else {
                            match value.try_upgrade() {
                                Ok(value) => Some(value),
                                Err(value) => with_patience(&mut dice, value.upgrade()).await,
                            }
                        };
                        if let Some(mut value) = value {
                            assert_eq!(value.times, seen, "somebody wrote in between");
                            write(&mut value, &mut dice).await;
                        }
                    }
                }
            }
        }
    })
    .await;
    drop(lock.write().await);
}

#[test]
fn readers_that_become_writers() {
    for fairness in FAIRNESSES {
        few_seeds().check(|sim| upgrades(sim, fairness, false));
        let found = caught(|runs| runs.check(|sim| upgrades(sim, fairness, true)));
        assert!(found.contains("a task found a fault"), "{found}");
    }
}
