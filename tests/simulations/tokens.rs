//! A tree of tokens, with waiters under each branch who give up, or are aborted together with what they began.
//!
//! Invariants: who waits under a branch that is cancelled goes before time goes on, and nobody else does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anywhen::sync::CancellationToken;
use anywhen::task;
use anywhen::testing::Sim;
use anywhen::time;

use super::roll::Roll;
use super::{Dice, caught, crowd, few_seeds, with_patience};

struct Branch {
    token: CancellationToken,
    roll: Roll,
    cancelled: AtomicBool,
}

impl Branch {
    /// Cancels it, or the tree that it is the last of.
    async fn cancel(&self, token: &CancellationToken) {
        let cancel = || {
            self.cancelled.store(true, Relaxed);
            token.cancel();
        };
        self.roll.dismiss(cancel).await;
    }
}

/// The leaves of a faulty tree hang on nothing.
async fn scenario(sim: Sim, faulty: bool) {
    let mut dice = Dice::of(&sim);
    let root = CancellationToken::new();
    let branch = || Branch { token: root.child_token(), roll: Roll::default(), cancelled: AtomicBool::new(false) };
    let branches: Arc<[Branch; 3]> = Arc::new([(); 3].map(|()| branch()));
    let cancels = task::spawn({
        let (branches, root, mut dice) = (branches.clone(), root.clone(), dice.another());
        async move {
            for (branch, token) in branches.iter().zip([&branches[0].token, &branches[1].token, &root]) {
                time::sleep(dice.millis(4)).await;
                branch.cancel(token).await;
            }
        }
    });
    crowd(&mut dice, 6, |mut dice| {
        let branches = branches.clone();
        async move {
            for _ in 0..3 {
                let branch = &branches[dice.below(3) as usize];
                let leaf = if faulty { CancellationToken::new() } else { branch.token.child_token() };
                let twig = leaf.child_token();
                // An aborted task cancels its leaf, and nothing else.
                let _guard = leaf.clone().drop_guard();
                if dice.chance(50) {
                    let waited = with_patience(&mut dice, branch.roll.call(twig.cancelled())).await;
                    assert!(waited.is_none() || twig.is_cancelled());
                } else {
                    let works = time::sleep(dice.millis(4));
                    let worked = branch.roll.call(twig.run_until_cancelled(works)).await;
                    assert!(worked.is_some() || twig.is_cancelled());
                }
                assert_eq!(branch.cancelled.load(Relaxed), twig.is_cancelled());
            }
        }
    })
    .await;
    cancels.await.unwrap();
}

#[test]
fn a_tree_of_tokens() {
    few_seeds().check(|sim| scenario(sim, false));
    let found = caught(|runs| runs.check(|sim| scenario(sim, true)));
    assert!(found.contains("a task found a fault"), "{found}");
}
