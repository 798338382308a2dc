use super::*;

fn seen(output: &str) -> Seen {
    let mut seen = Seen::default();
    output.lines().for_each(|line| seen.read(line));
    seen
}

const OUTPUT: &str = "\
     Running unittests src/lib.rs (target/debug/deps/api-0123456789abcdef)
running 4 tests
test page::tests::a_cursor_round_trips ... ok
test embedded::movies   ... ok
test text::value::tests::titles_are_data ... FAILED

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.31s
   Doc-tests api

test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

#[test]
fn the_results_of_all_test_binaries_are_added_up() {
    let seen = seen(OUTPUT);
    assert_eq!(
        seen.counts,
        Counts {
            passed: 14,
            failed: 1
        }
    );
    assert_eq!(seen.failures, ["text::value::tests::titles_are_data"]);
    let passed = ["embedded::movies", "page::tests::a_cursor_round_trips"];
    assert!(seen.passed.iter().eq(passed));
}

#[test]
fn a_command_that_fails_without_a_failed_test_is_a_failure() {
    let counts = seen("error: could not compile `api`").finish(false);
    assert_eq!(counts.unwrap(), Counts::FAILED);
    let counts = seen(OUTPUT).finish(false);
    assert_eq!(counts.unwrap().failed, 1);
}

#[test]
fn to_run_no_test_is_a_failure() {
    assert!(seen("").finish(true).is_err());
}

#[test]
fn what_only_looks_like_a_result_is_not_counted() {
    for line in [
        "a test result: ok. 1 passed; 0 failed",
        "test result: ok",
        "test result: ok. many passed; 0 failed",
    ] {
        assert_eq!(result(line), None, "{line}");
    }
}

#[test]
fn the_checks_of_a_client_are_counted() {
    let seen = seen("ok\n68 scenarios, 230 checks\nDone in 3 s");
    assert_eq!(seen.counts.passed, 230);
    assert_eq!(checks("many checks"), None);
}
