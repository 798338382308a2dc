//! The parts of `template.yaml` that the code has to agree with.

use std::{cell::RefCell, collections::BTreeSet};

use serde_yaml_ng::Value;

/// The variables that Lambda itself sets ("Working with Lambda environment variables", AWS Lambda Developer Guide), and
/// takes from no template.
const OF_LAMBDA: [&str; 3] = [
    "AWS_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// The variables that an emulator, or a proxy that inspects TLS, sets for a function; this template never does.
const OF_OTHERS: [&str; 2] = ["AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"];

/// The template.
#[must_use]
pub fn template() -> Value {
    serde_yaml_ng::from_str(include_str!("../../template.yaml")).unwrap()
}

/// The names of the resources of this type.
#[must_use]
pub fn resources(template: &Value, kind: &str) -> Vec<String> {
    let resources = template["Resources"].as_mapping().unwrap().iter();
    resources
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, _)| name.as_str().unwrap().to_owned())
        .collect()
}

/// Demands that a function is given each variable that it reads, and no other. `read` reads the settings of the
/// function as its binary does, by the lookup that it is handed.
pub fn gives_what_is_read(function: &str, read: impl Fn(&dyn Fn(&str) -> Option<String>)) {
    let asked = RefCell::new(BTreeSet::new());
    read(&|name| {
        asked.borrow_mut().insert(name.to_owned());
        (name != "AWS_CA_BUNDLE").then(|| "x".to_owned())
    });
    let mut asked = asked.into_inner();
    for name in OF_LAMBDA.iter().chain(&OF_OTHERS) {
        asked.remove(*name);
    }
    assert_eq!(given(function), asked, "given to {function} and read by it");
}

fn given(function: &str) -> BTreeSet<String> {
    let template = template();
    let names = |of: &Value| {
        let variables = of["Environment"]["Variables"].as_mapping();
        let names = variables.into_iter().flat_map(|variables| variables.keys());
        names
            .map(|name| name.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let own = &template["Resources"][function]["Properties"];
    assert!(!own.is_null(), "there is no {function}");
    let of_all = &template["Globals"]["Function"];
    [names(own), names(of_all)].concat().into_iter().collect()
}

/// A metric of the function that an alarm watches or the dashboard shows.
#[derive(Debug)]
pub struct Shown {
    /// The name of the alarm, or the title of the widget.
    pub place: String,
    /// The metric's name.
    pub name: String,
    /// Its dimensions: name and value, as the template has it.
    pub dimensions: Vec<(String, String)>,
}

/// The metrics of this namespace that alarms watch.
#[must_use]
pub fn watched(template: &Value, namespace: &str) -> Vec<Shown> {
    let alarms = resources(template, "AWS::CloudWatch::Alarm").into_iter();
    let metrics = alarms.flat_map(|alarm| {
        let properties = &template["Resources"][&alarm]["Properties"];
        let of_several = properties["Metrics"].as_sequence();
        let several = of_several.into_iter().flatten();
        let several = several.map(|metric| &metric["MetricStat"]["Metric"]);
        std::iter::once(properties)
            .chain(several)
            .map(|metric| (alarm.clone(), metric.clone()))
            .collect::<Vec<_>>()
    });
    metrics
        .filter(|(_, metric)| metric["Namespace"] == namespace)
        .map(|(place, metric)| Shown {
            place,
            name: metric["MetricName"].as_str().unwrap().to_owned(),
            dimensions: metric["Dimensions"]
                .as_sequence()
                .unwrap()
                .iter()
                .map(|dimension| {
                    let name = dimension["Name"].as_str().unwrap().to_owned();
                    let value = serde_yaml_ng::to_string(&dimension["Value"]).unwrap();
                    (name, value.trim().to_owned())
                })
                .collect(),
        })
        .collect()
}

/// The version of a metric that a search finds for every version.
pub const EVERY_VERSION: &str = "*";

/// The metric that a search of the dashboard finds. The search has the one form that is used here:
/// `SEARCH('{Namespace,FunctionName,FunctionVersion} MetricName="…" FunctionName="…"', …)`.
fn searched(place: &str, expression: &str, namespace: &str) -> Option<Shown> {
    let found = |name: &str| {
        let (_, rest) = expression.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let schema = format!("SEARCH('{{{namespace},FunctionName,FunctionVersion}} ");
    if !expression.starts_with(&schema) {
        let other = expression.starts_with("SEARCH('{") && !expression.contains(namespace);
        assert!(other, "{place}: not understood here: {expression}");
        return None;
    }
    Some(Shown {
        place: place.to_owned(),
        name: found("MetricName")?,
        dimensions: vec![
            ("FunctionName".to_owned(), found("FunctionName")?),
            ("FunctionVersion".to_owned(), EVERY_VERSION.to_owned()),
        ],
    })
}

/// The metrics of this namespace that the dashboard shows.
#[must_use]
pub fn graphs(template: &Value, namespace: &str) -> Vec<Shown> {
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"];
    let Value::Tagged(sub) = body else {
        panic!("{body:?}")
    };
    // The value of this parameter is JSON itself, by default an empty list.
    let body = sub.value[0].as_str().unwrap();
    let body = body.replace("${ProductionRollouts}", "[]");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let mut shown = Vec::new();
    for widget in body["widgets"].as_array().unwrap() {
        let place = widget["properties"]["title"].as_str().unwrap_or("a text");
        let metrics = widget["properties"]["metrics"].as_array();
        for metric in metrics.into_iter().flatten() {
            let parts: Vec<_> = metric.as_array().unwrap().iter().collect();
            let text: Vec<_> = parts.iter().filter_map(|part| part.as_str()).collect();
            // A search has a syntax of its own. Dots, which repeat the line above, are not supported.
            let plain = text.iter().all(|part| !part.chars().all(|c| c == '.'));
            assert!(plain, "{place}: not understood here: {metric}");
            if let Some(expression) = metric[0]["expression"].as_str()
                && expression.contains("SEARCH")
            {
                shown.extend(searched(place, expression, namespace));
            }
            if text.first() == Some(&namespace) {
                let dimensions = text[2..].chunks(2);
                shown.push(Shown {
                    place: place.to_owned(),
                    name: text[1].to_owned(),
                    dimensions: dimensions
                        .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                        .collect(),
                });
            }
        }
    }
    shown
}
