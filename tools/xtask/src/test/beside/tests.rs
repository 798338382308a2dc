use super::*;

#[test]
fn what_is_printed_is_read() {
    let passed = "   deploy        passed       42       0   441.0 s";
    let failed = "!! instructions  FAILED        0       1    72.3 s";
    let results = Results {
        total: Counts {
            passed: 42,
            failed: 1,
        },
        lines: vec![passed.to_owned(), failed.to_owned()],
    };
    let found = read(&format!("some output\n\nand more\n{results}\n")).unwrap();
    assert_eq!(found.total, results.total);
    assert_eq!(found.lines, results.lines);
}

#[test]
fn an_end_without_a_result_is_none() {
    for printed in ["", "error: killed", "thread panicked\n", "1 passed\n"] {
        assert!(read(printed).is_none(), "{printed:?}");
    }
}

#[cfg(unix)]
#[test]
fn both_outputs_are_kept_in_their_order() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("step");
    fs::write(&program, "#!/bin/sh\necho one\necho two >&2\necho three\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let ended = run(&program, Step::Fmt).unwrap();
    assert_eq!(ended.printed, "one\ntwo\nthree\n");
    assert!(ended.succeeded);
}
