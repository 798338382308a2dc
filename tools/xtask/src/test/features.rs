//! The features of the libraries: all builds of a run of the tests have the same, so that they share what they build.

use std::collections::BTreeSet;

use programs::checkout::cargo;

/// The libraries of a build, each with its version and its features.
fn libraries(arguments: &[&str]) -> BTreeSet<String> {
    let output = cargo(&["tree", "--locked", "--prefix", "none"])
        .args(["--format", "{p} {f}"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree {arguments:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines = printed.lines();
    // What was printed before is marked.
    lines
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect()
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "elsewhere, some libraries have other features, and are built twice"
)]
fn no_library_is_built_twice() {
    let tests = libraries(&["--workspace", "--edges", "normal,build,dev"]);
    let builds = [
        ["--package", "xtask", "--edges", "normal,build"].as_slice(),
        ["--workspace", "--edges", "normal,build"].as_slice(),
    ];
    for build in builds {
        let built = libraries(build);
        let twice: Vec<_> = built.difference(&tests).collect();
        assert!(
            twice.is_empty(),
            "add the features that they have in the tests to tools/xtask/Cargo.toml, for {build:?}: {twice:#?}"
        );
    }
}
