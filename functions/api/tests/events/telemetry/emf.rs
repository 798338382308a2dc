//! The rules of the embedded metric format (Amazon CloudWatch User Guide, "Specification: Embedded metric
//! format"), and those of metrics in general (Amazon CloudWatch API Reference, `MetricDatum`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub(super) const BY_VERSION: [&str; 2] = ["FunctionName", "FunctionVersion"];
pub(super) const BY_ROUTE: [&str; 3] = ["FunctionName", "FunctionVersion", "Route"];

const UNITS: [&str; 2] = ["Count", "Milliseconds"];

/// The values of an object's members; demands that it has exactly these.
#[track_caller]
fn members<'a>(value: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    let object = value.as_object().expect("an object");
    let found: BTreeSet<_> = object.keys().map(String::as_str).collect();
    assert_eq!(found, names.iter().copied().collect());
    names.iter().map(|name| &object[*name]).collect()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// Checks that a line is a document in the embedded metric format.
#[track_caller]
pub(super) fn check(line: &Value) {
    let [timestamp, directives] = members(&line["_aws"], &["Timestamp", "CloudWatchMetrics"])[..]
    else {
        unreachable!()
    };
    let timestamp = timestamp.as_i64().expect("an integer") / 1_000;
    assert!((timestamp - tests::issuer::now()).abs() < 60, "in ms");
    assert!(!list(directives).is_empty());
    for directive in list(directives) {
        let [namespace, dimensions, metrics] =
            members(directive, &["Namespace", "Dimensions", "Metrics"])[..]
        else {
            unreachable!()
        };
        assert_eq!(namespace, "Movies");
        assert!(!list(dimensions).is_empty());
        for set in list(dimensions) {
            assert!(list(set).len() <= 30);
            for dimension in list(set) {
                let value = text(&line[text(dimension)]);
                // CloudWatch trims nothing and takes no empty value.
                assert!((1..=1024).contains(&value.len()), "{dimension}");
            }
        }
        assert!((1..=100).contains(&list(metrics).len()));
        let mut names = BTreeSet::new();
        for metric in list(metrics) {
            let [name, unit] = members(metric, &["Name", "Unit"])[..] else {
                unreachable!()
            };
            assert!((1..=255).contains(&text(name).len()));
            assert!(UNITS.contains(&text(unit)), "{unit}");
            assert!(line[text(name)].is_number(), "{name} is no member");
            assert!(names.insert(text(name)), "{name} twice");
        }
    }
    assert!(line.to_string().len() < 256 * 1024);
    // Lambda reads these two members: the time of the line, and the level to filter by.
    assert!(text(&line["timestamp"]).ends_with('Z'), "{line}");
    assert!(["ERROR", "INFO"].contains(&text(&line["level"])));
}

/// The metrics that a line has in these dimensions.
pub(super) fn metrics<'a>(line: &'a Value, dimensions: &[&str]) -> BTreeSet<&'a str> {
    let dimensions = json!([dimensions]);
    list(&line["_aws"]["CloudWatchMetrics"])
        .iter()
        .filter(|directive| directive["Dimensions"] == dimensions)
        .flat_map(|directive| list(&directive["Metrics"]))
        .map(|metric| text(&metric["Name"]))
        .collect()
}
