//! How long calls took, and the hedges that go by it.

use super::*;

/// Calls of which one in twenty-five is slow, hedged at the 95th percentile.
fn measured(latencies: &Latencies, calls: usize, slow_every: usize) -> usize {
    let counters = HedgeCounters::new();
    let attempts = Cell::new(0);
    run(async {
        for _ in 0..calls {
            let op = || {
                attempts.set(attempts.get() + 1);
                let millis = if attempts.get() % slow_every == 0 { 2_000 } else { 10 + attempts.get() as u64 % 10 };
                async move {
                    time::sleep(MILLI * millis as u32).await;
                    Ok::<_, ()>(())
                }
            };
            hedge(op).after_percentile(latencies, 0.95).counters(&counters).await.unwrap();
        }
    });
    counters.started()
}

#[test]
fn a_percentile_follows_what_was_measured_and_does_not_creep_down() {
    let latencies = Latencies::new();
    let first = measured(&latencies, 2_000, 25);
    let delay = latencies.percentile(0.95).unwrap();
    assert!((MILLI * 18..MILLI * 22).contains(&delay), "{delay:?}");
    // As many hedges as there are slow calls, now and after ten thousand more, though no slow call was ever seen to its end.
    assert!((75..=85).contains(&first), "{first}");
    let rest = measured(&latencies, 10_000, 25);
    assert!((390..=420).contains(&rest), "{rest}");
    assert!(latencies.percentile(1.0).unwrap() < SECOND * 3);
    assert_eq!(latencies.percentile(0.95).unwrap(), delay);
}

#[test]
fn where_all_become_slow_so_does_what_counts_as_slow() {
    let latencies = Latencies::new();
    measured(&latencies, 2_000, 25);
    let hedges = measured(&latencies, 3_000, 1);
    // Only until there are more of the slow than of the fast in the window.
    assert!(hedges < 700, "{hedges}");
    assert!(latencies.percentile(0.95).unwrap() >= SECOND * 2);
}

#[test]
fn without_enough_latencies_only_errors_begin_hedges() {
    let latencies = Latencies::new();
    for _ in 0..31 {
        latencies.record(MILLI);
    }
    let begun = RefCell::default();
    assert_eq!(run(hedge(scripted(&[(500, Ok(1))], &begun)).after_percentile(&latencies, 0.9)).1, MILLI * 500);
    assert_eq!(begun.borrow().len(), 1);
    let begun = RefCell::default();
    let _ = run(hedge(scripted(&[(500, Ok(1))], &begun)).after_percentile(&latencies, 0.9));
    assert_eq!(begun.borrow().len(), 2, "there are 32 now");
    let (begun, none) = (RefCell::default(), Latencies::new());
    let fails = hedge(scripted(&[(5, Err(1)), (5, Ok(2))], &begun)).after_percentile(&none, 0.9);
    assert_eq!(run(fails), (Ok(2), MILLI * 10));
}

#[test]
fn what_failed_or_was_given_up_adds_no_latency() {
    let latencies = Latencies::new();
    let begun = RefCell::default();
    let script = [(5, Err(1)), (5, Ok(2))];
    assert_eq!(run(hedge(scripted(&script, &begun)).after_percentile(&latencies, 0.9)).0, Ok(2));
    let mut task = TestTask::new(hedge(pending::<Result<(), ()>>).after_percentile(&latencies, 0.9));
    assert_pending!(task.poll());
    drop(task);
    assert!(latencies.is_empty());
}

#[test]
fn the_window_slides_by_halves() {
    let latencies = Latencies::with_window(100);
    let record = |times: usize, latency| (0..times).for_each(|_| latencies.record(latency));
    record(50, SECOND);
    record(50, MILLI);
    assert_eq!(latencies.len(), 100);
    assert!(latencies.percentile(0.51).unwrap() >= SECOND);
    // The oldest half goes, all at once.
    record(1, MILLI);
    assert_eq!(latencies.len(), 51);
    assert!(latencies.percentile(1.0).unwrap() < MILLI * 2);
}

#[test]
fn many_threads_record_and_none_is_lost() {
    let latencies = Latencies::with_window(40_000);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let latencies = &latencies;
            scope.spawn(move || (0..4_000).for_each(|n| latencies.record(MILLI * (thread * 4_000 + n))));
        }
    });
    assert_eq!(latencies.len(), 16_000);
    let median = latencies.percentile(0.5).unwrap();
    assert!((8_000..8_501).contains(&median.as_millis()), "{median:?}");
}

#[test]
fn a_share_or_a_window_that_makes_no_sense_is_refused() {
    for wrong in [-0.01, 1.01, f64::NAN, f64::INFINITY, 95.0] {
        catch_unwind(|| Latencies::new().percentile(wrong)).expect_err("of latencies");
        catch_unwind(|| {
            let latencies = Latencies::new();
            let _ = HedgePolicy::new().after_percentile(&latencies, wrong);
        })
        .expect_err("of a policy");
    }
    for wrong in [0, 63, 65] {
        catch_unwind(|| Latencies::with_window(wrong)).expect_err("a window");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_percentile_is_the_exact_one_or_a_sixteenth_more(
        mut micros in prop::collection::vec(prop_oneof![0..50_u64, 0..100_000_u64, 0..4_000_000_000_u64], 32..500),
        share in 0.0..=1.0,
    ) {
        let latencies = Latencies::new();
        micros.iter().for_each(|micros| latencies.record(Duration::from_micros(*micros)));
        let got = latencies.percentile(share).unwrap();
        micros.sort_unstable();
        let rank = (share * micros.len() as f64).ceil().max(1.0) as usize;
        let exact = Duration::from_micros(micros[rank - 1]);
        prop_assert!(got > exact && got <= exact + (exact / 16).max(Duration::from_micros(1)), "{:?} for {:?}", got, exact);
    }
}
