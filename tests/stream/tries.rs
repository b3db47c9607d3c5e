//! Streams of results.

use std::future::ready;
use std::rc::Rc;

use anywhen::prelude::*;
use anywhen::stream::{self, FusedStream, TryStream, TryStreamExt};
use anywhen::testing::{TestTask, assert_pending, assert_ready, assert_ready_eq};

use crate::source::{all, source};

const ITEMS: [Result<u8, &str>; 4] = [Ok(1), Err("a"), Ok(2), Err("b")];

fn items() -> stream::Iter<std::array::IntoIter<Result<u8, &'static str>, 4>> {
    stream::iter(ITEMS)
}

#[test]
fn an_item_about_which_a_future_has_failed_is_dropped_at_once() {
    fn check<St: TryStream<Ok = Rc<()>, Error = ()>>(
        make: impl FnOnce(stream::Iter<std::vec::IntoIter<Result<Rc<()>, ()>>>) -> St,
    ) {
        let item = Rc::new(());
        let mut task = TestTask::new(make(stream::iter(vec![Ok(item.clone())])).into_stream());
        assert!(assert_ready!(task.poll_next()).is_some_and(|item| item.is_err()));
        assert_eq!(Rc::strong_count(&item), 1);
    }
    check(|items| items.try_take_while(|_| ready(Err(()))));
    check(|items| items.try_skip_while(|_| ready(Err(()))));
    check(|items| items.and_then(|_| ready(Err(()))));
    check(|items| items.try_filter_map(|_| ready(Err(()))));
}

#[test]
fn streams_go_on_after_an_error() {
    assert_eq!(all(items().into_stream()), ITEMS);
    assert_eq!(all(items().map_ok(|n| n * 10)), [Ok(10), Err("a"), Ok(20), Err("b")]);
    assert_eq!(all(items().map_err(str::len)), [Ok(1), Err(1), Ok(2), Err(1)]);
    assert_eq!(
        all(items().and_then(|n| ready(if n > 1 { Ok(n) } else { Err("few") }))),
        [Err("few"), Err("a"), Ok(2), Err("b")]
    );
    assert_eq!(all(items().or_else(|e| ready(if e == "a" { Ok(9) } else { Err(()) }))), [Ok(1), Ok(9), Ok(2), Err(())]);
    assert_eq!(all(items().try_filter(|n| ready(*n > 1))), [Err("a"), Ok(2), Err("b")]);
    assert_eq!(all(items().try_filter_map(|n| ready(Ok((n > 1).then_some('x'))))), [Err("a"), Ok('x'), Err("b")]);
    assert_eq!(all(items().try_take_while(|n| ready(Ok(*n < 2)))), [Ok(1), Err("a")]);
    assert_eq!(all(items().try_skip_while(|n| ready(Ok(*n < 2)))), [Err("a"), Ok(2), Err("b")]);
    assert_eq!(all(items().try_skip_while(|_| ready(Err::<bool, _>("c")))), [Err("c"), Err("a"), Err("c"), Err("b")]);
}

#[test]
fn futures_end_with_the_first_error() {
    let (source, control) = source::<Result<Vec<u8>, &str>>();
    let mut task = TestTask::new(source.try_concat());
    control.give(Ok(vec![1]));
    assert_pending!(task.poll());
    control.give(Err("no"));
    control.give(Ok(vec![2]));
    assert_ready_eq!(task.poll(), Err("no"));
    assert_eq!(control.polls(), 3, "what comes behind it is not taken");
    assert!(control.is_alone(), "the source is dropped");

    assert_ready_eq!(TestTask::new(items().try_collect::<Vec<_>>()).poll(), Err("a"));
    assert_ready_eq!(TestTask::new(items().try_fold(0, |sum, n| ready(Ok(sum + n)))).poll(), Err("a"));
    assert_ready_eq!(TestTask::new(items().try_for_each(|_| ready(Err("mine")))).poll(), Err("mine"));
    assert_ready_eq!(TestTask::new(items().try_any(|n| ready(n == 1))).poll(), Ok(true));
    assert_ready_eq!(TestTask::new(items().try_any(|n| ready(n == 2))).poll(), Err("a"));
    assert_ready_eq!(TestTask::new(items().try_all(|n| ready(n == 2))).poll(), Ok(false));
    assert_ready_eq!(TestTask::new(items().try_all(|n| ready(n == 1))).poll(), Err("a"));

    let good = || items().try_filter(|_| ready(true)).or_else(|_| ready(Ok::<_, ()>(0)));
    assert_ready_eq!(TestTask::new(good().try_collect::<Vec<_>>()).poll(), Ok(vec![1, 0, 2, 0]));
    assert_ready_eq!(TestTask::new(good().try_fold(0, |sum, n| ready(Ok(sum + n)))).poll(), Ok(3));
    assert_ready_eq!(TestTask::new(good().try_for_each(|_| ready(Ok(())))).poll(), Ok(()));
}

#[test]
fn the_next_item_is_given_inside_out() {
    let mut numbers = items();
    assert_eq!(numbers.try_next().now_or_never(), Some(Ok(Some(1))));
    assert_eq!(numbers.try_next().now_or_never(), Some(Err("a")));
    assert_eq!(numbers.by_ref().try_filter(|_| ready(false)).try_next().now_or_never(), Some(Err("b")));
    assert_eq!(numbers.try_next().now_or_never(), Some(Ok(None)));
}

#[test]
fn nested_streams_may_fail_at_either_level() {
    #[derive(Debug, PartialEq)]
    struct Outer(&'static str);
    impl From<&'static str> for Outer {
        fn from(text: &'static str) -> Self {
            Outer(text)
        }
    }
    let inner = || stream::iter([Ok(1), Err(Outer("inner"))]);
    let nested = stream::iter([Ok(inner()), Err("outer"), Ok(inner())]).try_flatten();
    let expected = [Ok(1), Err(Outer("inner")), Err(Outer("outer")), Ok(1), Err(Outer("inner"))];
    assert_eq!(all(nested), expected);
}

#[test]
fn an_unfolding_ends_with_its_error() {
    let mut task =
        TestTask::new(stream::try_unfold(
            2,
            |n| async move { if n == 0 { Err("over") } else { Ok(Some((n, n - 1))) } },
        ));
    assert_ready_eq!(task.poll_next(), Some(Ok(2)));
    assert_ready_eq!(task.poll_next(), Some(Ok(1)));
    assert_ready_eq!(task.poll_next(), Some(Err("over")));
    assert_ready_eq!(task.poll_next(), None);
    assert!(task.future().is_terminated());
    let mut task = TestTask::new(stream::try_unfold((), |()| ready(Ok::<Option<(u8, ())>, ()>(None))));
    assert!(assert_ready!(task.poll_next()).is_none());
}

/// With `TryStream` as the only bound, as programs for futures have it.
#[test]
fn what_is_only_known_to_be_fallible_is_enough() {
    async fn sum<St>(numbers: St) -> Result<u32, String>
    where
        St: TryStream<Ok = u8, Error = &'static str>,
    {
        let numbers = numbers.map_ok(u32::from).err_into::<String>().inspect_err(|_| ()).inspect_ok(|_| ());
        numbers.and_then(|n| async move { Ok(n + 1) }).try_fold(0, |sum, n| async move { Ok(sum + n) }).await
    }
    assert_ready_eq!(TestTask::new(sum(items())).poll(), Err("a".to_owned()));
    assert_ready_eq!(TestTask::new(sum(items().try_filter(|_| ready(true)).take(1))).poll(), Ok(2));
}
