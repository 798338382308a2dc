//! The alarms and the dashboard of `template.yaml` name what the function writes, and leave nothing out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::template::{EVERY_VERSION, Shown, graphs, template, watched};

use super::{cases, emf, requests, scripted};

/// The namespace of the metrics, in the template and in the function.
const NAMESPACE: &str = "Movies";

/// The name of a metric, and the sorted names of its dimensions.
type Metric = (String, Vec<String>);

/// Metrics that are deliberately not on the dashboard, because a graph for each route would hide the others. CloudWatch
/// finds them by the name of the route.
const LOOKED_UP: [&str; 2] = ["Latency", "Requests"];

/// The metrics that the function writes in all cases together.
async fn written() -> BTreeSet<Metric> {
    let (world, script) = scripted().await;
    let function = world.start_function("7");
    for case in cases::all() {
        script.lock().unwrap().extend(case.answers.iter());
        world.runtime_api.invoke(case.event).await;
    }
    let mut written = BTreeSet::new();
    for line in requests(&function.log().await) {
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            assert_eq!(directive["Namespace"], NAMESPACE);
            for dimensions in directive["Dimensions"].as_array().unwrap() {
                for metric in directive["Metrics"].as_array().unwrap() {
                    written.insert((text(&metric["Name"]), names(dimensions)));
                }
            }
        }
    }
    written
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn names(dimensions: &Value) -> Vec<String> {
    let mut names: Vec<_> = dimensions.as_array().unwrap().iter().map(text).collect();
    names.sort_unstable();
    names
}

/// CloudWatch identifies a metric by its name and all its dimensions: with other dimensions it finds nothing.
fn metric(shown: &Shown) -> Metric {
    let names = shown.dimensions.iter().map(|(name, _)| name.clone());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    (shown.name.clone(), names)
}

/// Those that are not the relay's, which looks after its own.
fn of_this_function(shown: Vec<Shown>) -> Vec<Shown> {
    let is_relay = |shown: &Shown| {
        let mut dimensions = shown.dimensions.iter();
        dimensions.any(|(_, value)| value.ends_with("ChangesFunction}"))
    };
    shown.into_iter().filter(|shown| !is_relay(shown)).collect()
}

#[test]
fn alarms_and_dashboard_name_what_is_written_and_leave_nothing_out() {
    tests::block_on(async {
        let written = written().await;
        let template = template();
        let alarms = of_this_function(watched(&template, NAMESPACE));
        let graphs = of_this_function(graphs(&template, NAMESPACE));
        assert!(!alarms.is_empty() && !graphs.is_empty());
        for shown in alarms.iter().chain(&graphs) {
            assert!(written.contains(&metric(shown)), "nobody writes {shown:?}");
        }
        let seen: BTreeSet<_> = alarms.iter().chain(&graphs).map(metric).collect();
        let unseen: BTreeSet<_> = written.difference(&seen).cloned().collect();
        let by_route = emf::BY_ROUTE.map(ToOwned::to_owned).to_vec();
        let looked_up = LOOKED_UP.map(|name| (name.to_owned(), by_route.clone()));
        assert_eq!(
            unseen,
            looked_up.into(),
            "neither shown nor left out on purpose"
        );
    });
}

#[test]
fn alarms_and_dashboard_ask_for_values_that_there_are() {
    let template = template();
    let routes = service::operations();
    let version = &template["Resources"]["ProductionAlias"]["Properties"]["FunctionVersion"];
    let version = serde_yaml_ng::to_string(version).unwrap();
    // The alarms compare with the version that Production served before.
    let before: serde_yaml_ng::Value =
        serde_yaml_ng::from_str("!If [ComparesVersions, !Ref PreviousProductionVersion, '0']")
            .unwrap();
    let before = serde_yaml_ng::to_string(&before).unwrap();
    let of_alarms = vec![
        ["!Ref ProductionFunction", version.trim()],
        ["!Ref ProductionFunction", before.trim()],
        ["!Ref DevelopmentFunction", "$LATEST"],
    ];
    let of_graphs = vec![
        ["${ProductionFunction}", "${Version}"],
        ["${DevelopmentFunction}", "$LATEST"],
        ["${ProductionFunction}", EVERY_VERSION],
    ];
    for (shown, functions) in [
        (watched(&template, NAMESPACE), of_alarms),
        (graphs(&template, NAMESPACE), of_graphs),
    ] {
        let shown = of_this_function(shown);
        for Shown {
            place,
            name,
            dimensions,
        } in shown
        {
            let found = |name: &str| {
                let found = dimensions.iter().find(|(known, _)| known == name);
                found.map(|(_, value)| value.as_str())
            };
            let served = [found("FunctionName"), found("FunctionVersion")];
            if let [Some(function), Some(version)] = served {
                assert!(functions.contains(&[function, version]), "{place}: {name}");
            }
            for (dimension, value) in &dimensions {
                let good = match dimension.as_str() {
                    "FunctionName" => functions.iter().any(|[name, _]| value == name),
                    "FunctionVersion" => functions.iter().any(|[_, version]| value == version),
                    "Route" => routes.iter().any(|route| route.path == value),
                    _ => false,
                };
                assert!(good, "{place}: {name} of {dimension} {value}");
            }
        }
    }
    // The value of `${Version}` on the dashboard.
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"];
    let serde_yaml_ng::Value::Tagged(sub) = body else {
        panic!("{body:?}")
    };
    let of_dashboard = serde_yaml_ng::to_string(&sub.value[1]["Version"]).unwrap();
    assert_eq!(of_dashboard, version);
}

#[test]
fn the_dashboard_shows_both_stages_side_by_side() {
    let mut versions = BTreeMap::<_, BTreeSet<_>>::new();
    for shown in of_this_function(graphs(&template(), NAMESPACE)) {
        let version = shown.dimensions.iter();
        let version = version.filter(|(name, _)| name == "FunctionVersion");
        if shown
            .dimensions
            .iter()
            .any(|(_, value)| value == EVERY_VERSION)
        {
            continue;
        }
        let of_this = versions.entry((shown.place, shown.name)).or_default();
        of_this.extend(version.map(|(_, value)| value.clone()));
    }
    let both = BTreeSet::from(["$LATEST", "${Version}"].map(ToOwned::to_owned));
    for (graph, versions) in versions {
        assert_eq!(versions, both, "{graph:?}");
    }
}
