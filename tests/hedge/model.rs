//! Hedges beside a model that reckons instead of waiting.

use super::*;

/// What a hedge gives, when, and when it began what: reckoned. At `end` all is over.
fn model(
    script: &[Script],
    (delay, end): (u64, u64),
    hedges: usize,
    mut tokens: u32,
) -> (Result<u32, Failed>, u64, Vec<u64>) {
    let (mut begun, mut failed) = (vec![0], vec![false; script.len()]);
    let (mut now, mut timed) = (0, true);
    let another = |begun: &mut Vec<u64>, now, tokens: &mut u32| {
        let may = begun.len() <= hedges && now < end && *tokens > 0;
        if may {
            *tokens -= 1;
            begun.push(now);
        }
        may
    };
    loop {
        let mut at = 0;
        while at < begun.len() {
            let (takes, result) = script[at];
            if !failed[at] && begun[at] + takes <= now {
                match result {
                    Ok(output) => return (Ok(output), now, begun),
                    Err(error) => {
                        failed[at] = true;
                        let others = (0..begun.len()).any(|other| !failed[other]);
                        if !another(&mut begun, now, &mut tokens) && !others {
                            return (Err(CallError::Failed(error)), now, begun);
                        }
                    }
                }
            }
            at += 1;
            // With a delay of nothing the next comes when all have been asked.
            if at == begun.len() && timed && begun.len() <= hedges && begun[at - 1] + delay <= now {
                timed = another(&mut begun, now, &mut tokens);
            }
        }
        if now >= end {
            return (Err(elapsed().into()), now, begun);
        }
        let ends = (0..begun.len()).filter(|at| !failed[*at]).map(|at| begun[at] + script[at].0);
        let next = (timed && begun.len() <= hedges).then(|| begun[begun.len() - 1] + delay);
        now = ends.chain(next).chain([end]).min().expect("something is under way");
    }
}

const NEVER: u64 = u64::MAX;

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let attempt = (0..12_u64, prop_oneof![(0..9_u32).prop_map(Ok), (0..9_u32).prop_map(Err)]);
    prop::collection::vec(attempt, 4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn it_is_as_the_model_reckons(script in scripts(), delay in 0..6_u64, tokens in 0..5_u32) {
        let begun = RefCell::default();
        let budget = Budget::new(0.0).with_capacity(tokens.max(1));
        if tokens == 0 {
            prop_assert!(budget.try_withdraw());
        }
        let hedge = hedge(scripted(&script, &begun)).after(MILLI * delay as u32).max_hedges::<3>().budget(&budget);
        let (result, took) = run(hedge);
        let (expected, after, begins) = model(&script, (delay, NEVER), 3, tokens);
        prop_assert_eq!(result.map_err(CallError::Failed), expected);
        prop_assert_eq!(took, MILLI * after as u32);
        prop_assert_eq!(millis(&begun), begins.into_iter().map(u128::from).collect::<Vec<_>>());
    }

    #[test]
    fn with_a_deadline_it_is_as_the_model_reckons(
        script in scripts(),
        (delay, end) in (0..6_u64, 0..20_u64),
        tokens in 1..5_u32,
    ) {
        let (begun, budget) = (RefCell::default(), Budget::new(0.0).with_capacity(tokens));
        let (result, took) = run(async {
            let hedge = hedge(timely(&script, &begun)).after(MILLI * delay as u32).max_hedges::<3>().budget(&budget);
            hedge.deadline(Instant::now() + MILLI * end as u32).await
        });
        let (expected, after, begins) = model(&script, (delay, end), 3, tokens);
        prop_assert_eq!(result, expected);
        prop_assert_eq!(took, MILLI * after as u32);
        prop_assert_eq!(millis(&begun), begins.into_iter().map(u128::from).collect::<Vec<_>>());
    }
}
