//! Retries: backoffs, jitter, policies, and the future.
//!
//! All of it is shown where it belongs, in `tests/backoff.rs`, `tests/retry.rs` and `tests/retry_forms`.
//!
//! | scenario | shown by |
//! |---|---|
//! | jitter goes beyond the cap, up to twice (P backon) | `backoff::no_jitter_leaves_its_bounds` |
//! | a first delay above the cap is not cut (P backon), or panics in the middle of a run (P exponential-backoff); one of zero loops for ever (P retry-policies) | `backoff::what_makes_no_sense_is_refused_and_told` |
//! | fractions of floating point lose nanoseconds (P backon) | `backoff::no_nanosecond_is_lost` |
//! | the base is raised to a power instead of multiplied (P tokio-retry) | `backoff::exponential_delays_are_powers_of_the_factor` |
//! | sums, jitter and powers overflow and panic (P backon, P retry-policies; Polly#1866, WaitAndRetry#24, embassy#6141) | `backoff::delays_grow_up_to_the_maximum` and `no_schedule_overflows` |
//! | a jitter that is tiny panics (P exponential-backoff) | `backoff::no_jitter_leaves_its_bounds`, whose shares begin at the smallest that there is |
//! | retries end without a word when the delay overflows (P again) | `backoff::a_delay_without_end_is_refused`: that is a reason of its own |
//! | a delay that the error asks for revives a policy that has had enough: 51 calls instead of 1 (P backon) | `retry::retry_after_does_not_bring_back_a_policy_that_has_had_enough` |
//! | it is ignored (P tokio-retry2) | `retry::retry_after_is_waited_for_in_place_of_the_backoffs_delay` |
//! | one above the limit ends the retries (cenkalti#159) | `retry::retry_after_above_the_backoffs_maximum_is_still_waited_for` and `retry_after_keeps_to_its_floor_and_ceiling` |
//! | the hook is told of a delay that is not slept (P tokio-retry2) | `retry::the_hook_is_told_what_is_then_slept_exactly` |
//! | polled after `Ready`, it polls the finished attempt again (P backon) | `retry::a_poll_after_the_end_panics`; law 6 |
//! | a retry cannot be spawned (rust#151398), nor stored for its nine type parameters (backoff#68) | `retry::it_can_be_spawned_with_all_that_was_added` and `it_can_be_named_and_stored`; `retry_forms::context::both_can_be_spawned`, `retry_forms::attempts::a_loop_borrows_as_it_likes_and_spawns` |
//! | a budget is never asked (smithy-rs#3964), or never filled (aws-sdk-go#3550) | `retry_forms::budget::each_retry_costs_a_token_and_without_one_the_last_result_comes_back` and `an_outage_is_not_multiplied` |
//! | the curve of a smooth jitter becomes infinite, and its differences no numbers (Polly#1866) | `smooth_saturates` of law 10 |
//! | a delay is slept after which there is no time for an attempt | `retry::a_futile_sleep_is_not_begun` and `retry_forms::deadline::a_delay_that_would_not_end_before_is_not_begun` |
//! | what has had enough begins again when it is asked once more | `backoff::what_has_stopped_stays_so_for_the_same_reason` and `retry_forms::attempts::what_has_ended_stays_so` |
