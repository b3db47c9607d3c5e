// What runs the snippets of ../testing.md twice: on the draft as they are, and on the mended signal without what they say
// that they should panic with. The files beside this one are `src/lib.rs` of the guide, before and after.

/// Makes a module with the tests for each of the two, in which `my_crate` is the one.
macro_rules! draft_and_mended {
    (@ [$($draft:tt)*] [$($mended:tt)*]) => {
        mod draft {
            mod my_crate {
                include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/testing/draft.rs"));
            }
            $($draft)*
        }
        mod mended {
            mod my_crate {
                include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/testing/mended.rs"));
            }
            $($mended)*
        }
    };
    (@ [$($draft:tt)*] [$($mended:tt)*] #[should_panic $expected:tt] $($rest:tt)*) => {
        draft_and_mended! { @ [$($draft)* #[should_panic $expected]] [$($mended)*] $($rest)* }
    };
    (@ [$($draft:tt)*] [$($mended:tt)*] $next:tt $($rest:tt)*) => {
        draft_and_mended! { @ [$($draft)* $next] [$($mended)* $next] $($rest)* }
    };
    ($($tests:tt)*) => {
        draft_and_mended! { @ [] [] $($tests)* }
    };
}

#[test]
fn the_guide_shows_what_its_snippets_are_run_on() {
    let guide = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/testing.md"));
    for file in ["draft", "mended"] {
        let path = format!("{}/docs/testing/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(guide.contains(&std::fs::read_to_string(path).unwrap()), "{file}.rs differs from the guide");
    }
}
