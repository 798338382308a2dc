use std::fs;

use super::known_holes;

const ADVISORY: &str = r#"```toml
[advisory]
id = "RUSTSEC-2099-0001"
package = "leaky"
date = "2099-01-01"
url = "https://example.com"
[versions]
patched = [">= 1.2.3"]
```

# It leaks

Everything.
"#;

fn lock(version: &str) -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"leaky\"\nversion = \"{version}\"\n\
         source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
    )
}

#[test]
fn a_crate_with_an_advisory_is_found_and_a_patched_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let advisories = folder.path().join("crates/leaky");
    fs::create_dir_all(&advisories).unwrap();
    fs::write(advisories.join("RUSTSEC-2099-0001.md"), ADVISORY).unwrap();
    let lockfile = folder.path().join("Cargo.lock");
    let holes = |version| {
        fs::write(&lockfile, lock(version)).unwrap();
        known_holes(folder.path(), &lockfile).unwrap()
    };
    assert_eq!(holes("1.2.2"), ["leaky 1.2.2: RUSTSEC-2099-0001 It leaks"]);
    assert!(holes("1.2.3").is_empty());
}
