//! Calls that end at the same time, while the limit moves.

use std::sync::Arc;

use loom::thread;

use super::*;
use crate::internal::shim::model;
use crate::retry::gate::Pass;

#[test]
fn places_are_neither_lost_nor_made_while_the_limit_is_lowered() {
    model("adaptive limit: two calls end, and another begins", 3, || {
        let limit = Arc::new(AdaptiveLimit::new(3, 0).decrease(0.5));
        let threads = [Outcome::Failure, Outcome::Success].map(|outcome| {
            let pass = Arc::clone(&limit).try_acquire_owned().unwrap();
            thread::spawn(move || pass.settle(outcome))
        });
        let mine = limit.try_acquire();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        drop(mine);
        let (places, round) = limit.state.with(|state| (state.places, state.aimd.round()));
        assert_eq!((limit.places.queue.available(), places, round), (limit.limit(), limit.limit(), 1));
    });
}
