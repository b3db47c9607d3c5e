//! What bounds the load that retries make: budgets and hedges.
//!
//! All of it is shown where it belongs, in `tests/budget.rs` and `tests/hedge.rs`.
//!
//! | scenario | shown by |
//! |---|---|
//! | a budget that was idle costs time for each window that has passed: 1.7 s after a year (P tower) | `budget::a_year_of_idleness_costs_what_a_moment_costs` |
//! | after a pause there are tokens without limit (leaky-bucket#30, leaky-bucket#32) | the same, and `budget::a_time_that_never_comes_fills_it` |
//! | it is never refilled (aws-sdk-go#3550) | `budget::it_starts_full_and_then_gives_the_share_of_calls` and `a_clock_that_is_set_back_does_not_stop_the_floor` |
//! | it is made and never asked (smithy-rs#3964) | `hedge::each_call_deposits_once_and_each_hedge_withdraws_one` |
//! | when it is exhausted, hedges under way are cancelled (failsafe-go#141) | `hedge::an_exhausted_budget_leaves_what_is_under_way_alone` |
