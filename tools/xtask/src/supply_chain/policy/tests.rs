use serde_json::json;

use super::*;

const POLICY: &str = r#"
    [licenses]
    allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
    exceptions = [{ crate = "special", allow = ["MPL-2.0"] }]
    [bans]
    deny = [{ name = "openssl", reason = "one crypto library" }]
    [sources]
    allow-registry = ["https://example.com/index"]
"#;

const INDEX: &str = "registry+https://example.com/index";

/// A crate's name, licence and source, and what is wrong with it.
type Case = (
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("good", Some("MIT"), Some(INDEX), None),
    ("either", Some("GPL-3.0 OR Apache-2.0"), Some(INDEX), None),
    ("slash", Some("MIT/Apache-2.0"), Some(INDEX), None),
    ("exception", Some("Apache-2.0 WITH LLVM-exception"), Some(INDEX), None),
    ("special", Some("MPL-2.0"), Some(INDEX), None),
    ("ours", Some("MIT"), None, None),
    ("both", Some("MIT AND MPL-2.0"), Some(INDEX), Some("its licence is MIT AND MPL-2.0")),
    ("copyleft", Some("GPL-3.0"), Some(INDEX), Some("its licence is GPL-3.0")),
    ("silent", None, Some(INDEX), Some("its licence is not told")),
    ("openssl", Some("MIT"), Some(INDEX), Some("it is banned: one crypto library")),
    ("fork", Some("MIT"), Some("git+https://example.com/fork"), Some("it comes from git+https://example.com/fork")),
];

fn faults_of(package: &serde_json::Value) -> Vec<String> {
    let policy = toml::from_str(POLICY).unwrap();
    let package = serde_json::from_value(package.clone()).unwrap();
    check(&policy, &[package]).unwrap()
}

#[test]
fn a_crate_is_refused_for_its_licence_its_name_or_its_source() {
    for (name, license, source, wrong) in CASES {
        let package = json!({
            "name": name, "version": "1.0.0", "license": license, "source": source, "dependencies": [],
        });
        let expected = wrong.map(|wrong| format!("{name} 1.0.0: {wrong}"));
        assert_eq!(faults_of(&package), Vec::from_iter(expected));
    }
}

#[test]
fn a_dependency_on_any_version_is_refused() {
    let ours = |path: Option<&str>| {
        json!({
            "name": "ours", "version": "1.0.0", "license": "MIT", "source": null,
            "dependencies": [{ "name": "other", "req": "*", "path": path }],
        })
    };
    assert_eq!(
        faults_of(&ours(None)),
        ["ours 1.0.0: it takes any version of other"]
    );
    assert!(faults_of(&ours(Some("/somewhere"))).is_empty());
}
