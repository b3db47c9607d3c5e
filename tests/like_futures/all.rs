//! `join_all`, `try_join_all`, `select_all` and `select_ok`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use anywhen::testing::TestTask;
use proptest::prelude::*;

use super::child::{Child, Dropped, Family, Script, Token, scripts};
use super::programs;

/// A step of a program.
#[derive(Clone, Copy, Debug)]
enum Op {
    Release(usize),
    Wake(usize),
    Poll,
    Settle,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any::<prop::sample::Index>().prop_map(|index| Op::Release(index.index(1 << 16))),
        1 => any::<prop::sample::Index>().prop_map(|index| Op::Wake(index.index(1 << 16))),
        2 => Just(Op::Poll),
        2 => Just(Op::Settle),
    ]
}

/// Few children, about as many as are polled together, and more.
fn sizes(fails: u32, panics: u32) -> impl Strategy<Value = Vec<Script>> {
    prop_oneof![scripts(1..6, fails, panics), scripts(28..34, fails, panics), scripts(60..140, fails, panics)]
}

/// One side: the children, and what was made of them.
struct Side<F: Future> {
    family: Family,
    task: Option<TestTask<F>>,
    /// Whether a child's panic has come out.
    panicked: bool,
}

impl<F: Future> Side<F> {
    fn new(scripts: &[Script], make: impl FnOnce(Vec<Child>) -> F) -> Self {
        let family = Family::new(scripts);
        let task = Some(TestTask::new(make(family.children())));
        Self { family, task, panicked: false }
    }

    /// What one poll gives, as text.
    fn poll(&mut self, show: impl Fn(F::Output) -> String) -> String {
        let Some(task) = &mut self.task else { return "over".to_owned() };
        match catch_unwind(AssertUnwindSafe(|| task.poll())) {
            Ok(Poll::Pending) => "pending".to_owned(),
            Ok(Poll::Ready(output)) => {
                self.task = None;
                format!("ready: {}", show(output))
            }
            Err(payload) => {
                self.task = None;
                self.panicked = true;
                payload.downcast::<String>().map_or_else(|_| "a panic".to_owned(), |message| *message)
            }
        }
    }

    /// What comes of it when it is polled once, and then as long as it is woken, as an executor does.
    fn settle(&mut self, show: impl Fn(F::Output) -> String) -> String {
        loop {
            let given = self.poll(&show);
            if given != "pending" || !self.task.as_ref().is_some_and(TestTask::is_woken) {
                return given;
            }
        }
    }

    fn dropped(&self, sorted: bool) -> Vec<Dropped> {
        let mut dropped = self.family.dropped();
        if sorted && self.panicked {
            // Who of many was polled before the one that panicked, and has an output, depends on the order.
            dropped.retain(|dropped| matches!(dropped, Dropped::Child(_)));
        }
        if sorted || self.panicked {
            dropped.sort_unstable();
        }
        dropped
    }
}

/// Runs a program on both.
fn compare<A: Future, B: Future>(
    scripts: &[Script],
    program: &[Op],
    ours: impl FnOnce(Vec<Child>) -> A,
    theirs: impl FnOnce(Vec<Child>) -> B,
    show_ours: impl Fn(A::Output) -> String,
    show_theirs: impl Fn(B::Output) -> String,
) {
    // How the many are dropped differs; so does a panic's aftermath.
    let sorted = scripts.len() > 30;
    let mut ours = Side::new(scripts, ours);
    let mut theirs = Side::new(scripts, theirs);
    let check = |ours: &mut Side<A>, theirs: &mut Side<B>, given: (String, String)| {
        if sorted && ours.panicked && theirs.panicked {
            // Which of several panics comes first depends on the order, too.
        } else {
            assert_eq!(given.0, given.1, "here, and there");
        }
        assert_eq!(ours.dropped(sorted), theirs.dropped(sorted), "dropped here, and there");
    };
    for op in program {
        match op {
            Op::Release(number) => {
                ours.family.release(*number);
                theirs.family.release(*number);
            }
            Op::Wake(number) => {
                ours.family.wake(*number);
                theirs.family.wake(*number);
            }
            // Of the many not all may have had their turn when the first poll ends.
            Op::Poll if !sorted => {
                let given = (ours.poll(&show_ours), theirs.poll(&show_theirs));
                check(&mut ours, &mut theirs, given);
            }
            Op::Poll | Op::Settle => {
                let given = (ours.settle(&show_ours), theirs.settle(&show_theirs));
                check(&mut ours, &mut theirs, given);
            }
        }
    }
    if program.len() % 3 == 0 {
        drop((ours.task.take(), theirs.task.take()));
        assert_eq!(ours.dropped(sorted), theirs.dropped(sorted), "dropped early here, and there");
        return;
    }
    ours.family.release_all();
    theirs.family.release_all();
    let given = (ours.settle(&show_ours), theirs.settle(&show_theirs));
    assert_ne!(given.0, "pending", "all are ready, and nobody was woken");
    check(&mut ours, &mut theirs, given);
}

fn number(result: &Result<Token, Token>) -> String {
    match result {
        Ok(token) => format!("ok {}", token.number),
        Err(token) => format!("error {}", token.number),
    }
}

fn numbers(rest: &[Child]) -> String {
    format!("{:?}", rest.iter().map(|child| child.number).collect::<Vec<_>>())
}

#[test]
fn join_all() {
    let show = |outputs: Vec<Result<Token, Token>>| outputs.iter().map(number).collect::<Vec<_>>().join(", ");
    programs("join_all", sizes(4, 1), op(), |scripts, program| {
        compare(scripts, program, anywhen::future::join_all, futures_util::future::join_all, show, show);
    });
}

#[test]
fn try_join_all() {
    let show = |outputs: Result<Vec<Token>, Token>| match outputs {
        Ok(tokens) => format!("{:?}", tokens.iter().map(|token| token.number).collect::<Vec<_>>()),
        Err(token) => format!("error {}", token.number),
    };
    let run = |scripts: &Vec<Script>, program: &[Op]| {
        compare(scripts, program, anywhen::future::try_join_all, futures_util::future::try_join_all, show, show);
    };
    programs("try_join_all, few", prop_oneof![scripts(1..6, 4, 1), scripts(20..31, 1, 1)], op(), run);
    // Theirs keeps errors back, and looks at a panic late.
    programs("try_join_all, many", scripts(31..140, 0, 0), op(), run);
}

#[test]
fn select_all() {
    let show = |(output, index, rest): (Result<Token, Token>, usize, Vec<Child>)| {
        format!("{} at {index}, not {}", number(&output), numbers(&rest))
    };
    programs("select_all", sizes(4, 1), op(), |scripts, program| {
        compare(scripts, program, anywhen::future::select_all, futures_util::future::select_all, show, show);
    });
}

#[test]
fn select_ok() {
    /// Which of several wins, and in which order the rest comes, is not the same.
    fn show(output: Result<(Token, Vec<Child>), Token>) -> String {
        match output {
            Ok((_, rest)) => format!("ok, not {}", rest.len()),
            Err(token) => format!("error {}", token.number),
        }
    }
    // None panics, since theirs may have looked at fewer of them; and one success is as good as another, so dropped
    // children are not compared.
    programs("select_ok", scripts(1..40, 60, 0), op(), |scripts, program| {
        let ours = Family::new(scripts);
        let theirs = Family::new(scripts);
        let mut tasks = (
            TestTask::new(anywhen::future::select_ok(ours.children())),
            TestTask::new(futures_util::future::select_ok(theirs.children())),
        );
        for op in program.iter().chain([&Op::Settle]) {
            let polls = match op {
                Op::Release(number) => {
                    ours.release(*number);
                    theirs.release(*number);
                    1
                }
                Op::Wake(_) | Op::Poll => 1,
                Op::Settle => 8,
            };
            for _ in 0..polls {
                match (tasks.0.poll(), tasks.1.poll()) {
                    (Poll::Pending, Poll::Pending) => {}
                    (Poll::Ready(mine), Poll::Ready(other)) => {
                        // The last error is that of whoever was last to fail: among several at once, any.
                        let (mine, other) = (show(mine), show(other));
                        assert_eq!(mine.split(' ').next(), other.split(' ').next());
                        return;
                    }
                    // Theirs begins again after a failure, and so gives turns that ours gives at the next poll.
                    (mine, _) if mine.is_ready() => panic!("ready here only"),
                    _ => {
                        for _ in 0..4 {
                            if tasks.0.poll().is_ready() {
                                return;
                            }
                        }
                        panic!("ready there only");
                    }
                }
            }
        }
    });
}
