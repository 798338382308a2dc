//! The telemetry of the function: one line per request, which is both log entry and metrics.

mod cases;
mod emf;
mod shown;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use http::Method;
use serde_json::{Value, json};
use tests::{
    aws,
    runtime_api::trace_id,
    stub::{Asked, Canned, Stub},
};

use super::world::{World, rest, token};
use cases::{Case, SECRETS};

/// The answers that AWS will give, in this order.
type Script = Arc<Mutex<Vec<fn(&Asked) -> Canned>>>;

/// A world in which AWS answers by a script.
async fn scripted() -> (World, Script) {
    let script = Script::default();
    let to_come = Arc::clone(&script);
    let world = World::on(Stub::start(move |asked| {
        let mut to_come = to_come.lock().unwrap();
        if asked.method == Method::GET {
            // The function opens its connection.
            Canned::ok(json!({}))
        } else if to_come.is_empty() {
            aws::error("NotInTheScript")
        } else {
            to_come.remove(0)(asked)
        }
    }));
    (world.await, script)
}

/// The lines that end a request. Every line is JSON.
fn requests(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .filter(|line: &Value| line["message"] == "request")
        .collect()
}

fn find() -> Value {
    let path = "/movies/findbytitleandyear";
    let mut event = rest("Development", path, path);
    let authorization = format!("Bearer {}", token("Development"));
    event["headers"]["Authorization"] = authorization.as_str().into();
    event["multiValueHeaders"]["Authorization"] = json!([authorization]);
    event
}

#[test]
fn every_request_is_one_line_with_exactly_its_metrics() {
    tests::block_on(async {
        let (world, script) = scripted().await;
        let function = world.start_function_with("7", &[("LOG_LEVEL", "trace")]);
        let cases = cases::all();
        for case in &cases {
            script.lock().unwrap().extend(case.answers.iter());
            let answer = world.runtime_api.invoke(case.event.clone()).await;
            assert_eq!(answer["statusCode"], case.status, "{}: {answer}", case.name);
            assert!(script.lock().unwrap().is_empty(), "{}", case.name);
        }
        let log = function.log().await;
        for secret in SECRETS {
            assert!(!log.contains(secret), "{secret} was logged");
        }
        let lines = requests(&log);
        assert_eq!(lines.len(), cases.len());
        for (invocation, (case, line)) in cases.iter().zip(&lines).enumerate() {
            check(case, line, invocation);
        }
    });
}

fn check(case: &Case, line: &Value, invocation: usize) {
    let name = case.name;
    emf::check(line);
    let mut expected: BTreeSet<_> = case.metrics.iter().copied().collect();
    expected.insert("Requests");
    assert_eq!(emf::metrics(line, &emf::BY_VERSION), expected, "{name}");
    let by_route = match case.route {
        "-" => BTreeSet::new(),
        _ => BTreeSet::from(["Latency", "Requests"]),
    };
    assert_eq!(emf::metrics(line, &emf::BY_ROUTE), by_route, "{name}");
    for metric in expected {
        if metric == "Latency" {
            let latency = line[metric].as_f64().unwrap() * 1_000.0;
            let micros = line["micros"].as_f64().unwrap();
            assert!(micros > 0.0 && (latency - micros).abs() < 0.5, "{name}");
        } else {
            assert_eq!(line[metric], 1, "{name}: {metric}");
        }
    }
    for (member, value) in [
        ("request_id", json!("id-of-the-gateway")),
        ("xray_trace_id", json!(trace_id(invocation))),
        ("method", case.event["httpMethod"].clone()),
        ("route", json!(case.route)),
        ("status", json!(case.status)),
        ("cold_start", json!(invocation == 0)),
        ("stage", json!("Production")),
        ("FunctionName", json!("function")),
        ("FunctionVersion", json!("7")),
        ("store_calls", json!(case.calls)),
        ("read_units", units(case.read)),
        ("write_units", units(case.write)),
        ("problem", case.problem.into()),
    ] {
        assert_eq!(line[member], value, "{name}: {member}");
    }
    let failed = matches!(case.status, 500..);
    assert_eq!(line["level"], if failed { "ERROR" } else { "INFO" });
    assert_eq!(line.get("error").is_some(), failed, "{name}");
}

fn units(units: f64) -> Value {
    if units > 0.0 {
        units.into()
    } else {
        Value::Null
    }
}

#[test]
fn every_metric_that_is_promised_is_written() {
    let mut written: BTreeSet<_> = cases::all()
        .iter()
        .flat_map(|case| case.metrics.iter().copied())
        .collect();
    written.insert("Requests");
    let promised = kit::telemetry::metric::METRICS.into_iter();
    let promised = promised.chain(service::telemetry::counted());
    assert_eq!(written, promised.map(|metric| metric.name).collect());
}

#[test]
fn the_line_of_a_request_is_written_at_every_log_level() {
    tests::block_on(async {
        let (world, script) = scripted().await;
        let function = world.start_function_with("$LATEST", &[("LOG_LEVEL", "error")]);
        script.lock().unwrap().push(cases::a_movie);
        world.runtime_api.invoke(find()).await;
        let lines = requests(&function.log().await);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["status"], 200);
        emf::check(&lines[0]);
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["stage"], "Development");
        assert_eq!(lines[0]["FunctionVersion"], "$LATEST");
    });
}
