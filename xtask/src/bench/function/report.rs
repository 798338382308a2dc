//! What was found, as tables and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    goals::{Goal, as_f64},
    measure::{Measured, OfFunction},
    subjects::Name,
};
use crate::bench::figures::{Summary, grouped};

pub(super) fn print(measured: &Measured, goals: &[Goal]) {
    println!(
        "\nA signed-in find; {} cold starts and {} warm requests each, in turns; median (min-max)",
        measured.sizes.cold,
        grouped(measured.sizes.requests().into()),
    );
    println!(
        "{:<14} {:>24} {:>9} {:>24} {:>24} {:>9} {:>24} {:>9}",
        "",
        "cold start, ms",
        "/ hello",
        "init, ms",
        "first answer, ms",
        "/ hello",
        "CPU of a request, us",
        "peak, MB",
    );
    let hello = measured.of(Name::Hello);
    let to_hello = |of: fn(&OfFunction) -> &Summary, function| {
        hello.as_ref().map_or(f64::NAN, |hello| {
            of(function).median.as_secs_f64() / of(hello).median.as_secs_f64()
        })
    };
    for function in &measured.functions {
        println!(
            "{:<14} {:>24} {:>9.2} {:>24} {:>24} {:>9.2} {:>24} {:>9}",
            function.name.text(),
            millis(&function.cold),
            to_hello(|function| &function.cold, function),
            millis(&function.init),
            millis(&function.first),
            to_hello(|function| &function.first, function),
            function
                .find()
                .map_or_else(|_| String::new(), |find| micros(&find.cpu)),
            format!("{:.1}", as_f64(function.peak_kib) * 1_024.0 / 1e6),
        );
    }
    println!("\nThe service, warm; a request, in microseconds");
    println!(
        "{:<14} {:>24} {:>24} {:>14}",
        "", "CPU", "latency", "calls of AWS"
    );
    for operation in measured
        .of(Name::Service)
        .iter()
        .flat_map(|service| &service.warm)
    {
        println!(
            "{:<14} {:>24} {:>24} {:>14.2}",
            operation.name,
            micros(&operation.cpu),
            micros(&operation.latency),
            operation.calls,
        );
    }
    println!("\n{:<34} {:>8} {:>8}  ", "goal", "is", "at most");
    for goal in goals {
        let is = goal
            .is
            .map_or_else(|| "?".to_owned(), |is| format!("{is:.3}"));
        let verdict = if goal.is_met() { "met" } else { "MISSED" };
        println!(
            "{:<34} {is:>8} {:>8.3}  {verdict}: {}",
            goal.what, goal.at_most, goal.because
        );
    }
    println!(
        "\n{}; {} certificates trusted apart from that of the stand-ins",
        measured.interpreters.join(", "),
        measured.roots,
    );
}

pub(super) fn json(measured: &Measured, goals: &[Goal]) -> anyhow::Result<String> {
    let functions = measured.functions.iter().map(|function| {
        let operations = function.warm.iter().map(|operation| {
            json!({
                "name": operation.name,
                "cpuMicros": values(&operation.cpu, 1e6),
                "latencyMicros": values(&operation.latency, 1e6),
                "callsOfAws": operation.calls,
            })
        });
        json!({
            "name": function.name.text(),
            "coldStartMillis": values(&function.cold, 1e3),
            "initMillis": values(&function.init, 1e3),
            "firstAnswerMillis": values(&function.first, 1e3),
            "peakResidentKib": function.peak_kib,
            "ownKib": function.own_kib,
            "warm": operations.collect::<Value>(),
        })
    });
    let goals = goals.iter().map(|goal| {
        json!({ "what": goal.what, "is": goal.is, "atMost": goal.at_most, "isMet": goal.is_met(), "because": goal.because })
    });
    let all = json!({
        "coldStarts": measured.sizes.cold,
        "warmRequests": measured.sizes.requests(),
        "zippedBytes": measured.zipped,
        "trustedCertificates": measured.roots,
        "interpreters": measured.interpreters,
        "functions": functions.collect::<Value>(),
        "goals": goals.collect::<Value>(),
    });
    Ok(serde_json::to_string_pretty(&all)?)
}

fn values(summary: &Summary, per_second: f64) -> Value {
    let value = |duration: Duration| duration.as_secs_f64() * per_second;
    json!({ "median": value(summary.median), "min": value(summary.min), "max": value(summary.max) })
}

fn millis(summary: &Summary) -> String {
    let value = |duration: Duration| duration.as_secs_f64() * 1e3;
    format!(
        "{:.2} ({:.2}-{:.2})",
        value(summary.median),
        value(summary.min),
        value(summary.max)
    )
}

fn micros(summary: &Summary) -> String {
    let value = |duration: Duration| duration.as_secs_f64() * 1e6;
    format!(
        "{:.0} ({:.0}-{:.0})",
        value(summary.median),
        value(summary.min),
        value(summary.max)
    )
}
