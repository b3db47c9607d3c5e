//! Gates: rate limiters, circuit breakers.
//!
//! All of it is shown where it belongs, in `tests/gates`, and beside the pure halves in `src/retry/gate`.
//!
//! | scenario | shown by |
//! |---|---|
//! | after a while of nothing there are tokens without end (leaky-bucket#30, #32) | `limiter::there_is_a_burst_and_then_the_rate_and_after_a_year_one_burst_again` |
//! | a rate that is no whole number of nanoseconds is rounded, and time is lost or gained | `limiter::where_there_is_demand_no_time_is_lost` and `no_window_sees_more_than_it_may_and_nobody_is_overtaken` |
//! | one that wants much starves while those that want little pass | `limiter::nobody_overtakes_one_that_waits` |
//! | one that leaves the line takes its turn with it | `limiter::one_that_leaves_loses_nothing_for_others` |
//! | what was idle for long costs time for each window that has gone by (P tower) | `breaker::a_rate_over_time_forgets_what_was_long_ago`, and beside the machine for a century |
//! | a call that is dropped keeps the one place of a half-open circuit for ever | `breaker::who_tries_has_the_place_alone_until_it_is_over_or_given_up` |
//! | a failure of long ago opens a circuit that has been closed since | `breaker::a_result_of_the_time_before_says_nothing_of_the_state_that_is_now` |
