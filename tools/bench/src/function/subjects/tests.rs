use super::*;

fn profile(manifest: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let lines = text.lines().skip_while(|line| *line != "[profile.release]");
    let settings = lines.skip(1).take_while(|line| !line.starts_with('['));
    settings
        .filter(|line| line.contains('=') && !line.starts_with('#'))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn all_are_built_with_the_profile_of_the_service() {
    let service = profile("Cargo.toml");
    assert!(!service.is_empty());
    assert_eq!(profile(MANIFEST), service);
}

/// `cargo lambda build` sets what the profile leaves open: thin link-time optimisation, and aborting panics, after
/// which no request gets a response.
#[test]
fn the_profile_leaves_cargo_lambda_nothing_to_decide() {
    let service = profile("Cargo.toml").join("\n");
    for setting in [
        "lto = \"fat\"",
        "codegen-units = 1",
        "strip = true",
        "panic = \"unwind\"",
    ] {
        assert!(service.contains(setting), "{setting} is not in {service}");
    }
}

/// Each workspace has a lock file of its own.
#[test]
fn all_are_built_from_the_same_versions() {
    let versions = |lock: &str| -> std::collections::BTreeSet<String> {
        let text = fs::read_to_string(root().join(lock)).unwrap();
        let packages = text.split("[[package]]").skip(1);
        packages
            .filter(|package| package.contains("\nsource = "))
            .map(|package| package.lines().skip(1).take(2).collect())
            .collect()
    };
    let of_subjects = versions("tools/bench/peers/Cargo.lock");
    assert!(!of_subjects.is_empty());
    let others: Vec<_> = of_subjects
        .difference(&versions("Cargo.lock"))
        .cloned()
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
