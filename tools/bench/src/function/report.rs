//! The figures, as tables and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    goals::{Goal, as_f64},
    measured::{Measured, OfFunction, OfMemory},
    quota::Memory,
    subjects::Kind,
};
use crate::figures::{Summary, grouped};

pub(super) fn print(measured: &Measured, goals: &[Goal]) -> anyhow::Result<()> {
    let sizes = measured.conditions.sizes;
    println!(
        "\nA signed-in find; {} cold starts and {} warm requests each with each memory size, in turns; milliseconds",
        sizes.cold,
        grouped(sizes.requests().into()),
    );
    for &memory in &measured.conditions.memory {
        print_memory(measured, memory)?;
    }
    println!(
        "\nThe service with {} MB, warm; a request, in milliseconds",
        Memory::USUAL.0
    );
    println!(
        "{:<16} {:>8} {:>8} {:>8} {:>8} {:>14}",
        "", "CPU", "p50", "p99", "mean", "calls of AWS"
    );
    for operation in &measured.of(Kind::Service)?.operations {
        println!(
            "{:<16} {:>8} {:>8} {:>8} {:>8} {:>14.2}",
            operation.name,
            millis(operation.cpu.median),
            millis(operation.latency.median),
            millis(operation.latency.p99),
            millis(operation.latency.mean),
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
    Ok(())
}

fn print_memory(measured: &Measured, memory: Memory) -> anyhow::Result<()> {
    println!(
        "\n{:<14} {:>8} {:>8} {:>8} {:>10} {:>8} {:>10} {:>8} {:>8}",
        format!("{} MB", memory.0),
        "init",
        "first",
        "cold",
        "/ minimal",
        "warm p50",
        "/ minimal",
        "p99",
        "mean",
    );
    let least = measured.of(Kind::Minimal)?.with(memory)?;
    for function in &measured.functions {
        let with = function.with(memory)?;
        println!(
            "{:<14} {:>8} {:>8} {:>8} {:>10.2} {:>8} {:>10.2} {:>8} {:>8}",
            function.name,
            millis(function.init.median),
            millis(with.first.median),
            millis(with.cold.median),
            over(with.cold.median, least.cold.median),
            millis(with.find.median),
            over(with.find.median, least.find.median),
            millis(with.find.p99),
            millis(with.find.mean),
        );
    }
    Ok(())
}

/// Prints the figures of each other build as ratios to this one. Above 1, the other build takes longer.
pub(super) fn print_comparison(measured: &Measured) -> anyhow::Result<()> {
    let service = measured.of(Kind::Service)?;
    let ours = service.with(Memory::USUAL)?;
    let sizes = measured.conditions.sizes;
    println!(
        "\nWith {} MB, {} cold starts and {} warm requests of each operation, in turns",
        Memory::USUAL.0,
        sizes.cold,
        grouped(sizes.requests().into()),
    );
    println!("This service in milliseconds; of the others, how many times as much");
    print!("{:<26} {:>9}", "", "this");
    for other in others(measured) {
        print!(" {:>14.14}", other.name);
    }
    println!();
    let row = |what: &str, of: &dyn Fn(&OfFunction) -> anyhow::Result<Duration>| {
        print!("{what:<26} {:>9}", millis(of(service)?));
        for other in others(measured) {
            print!(" {:>14.3}", over(of(other)?, of(service)?));
        }
        println!();
        anyhow::Ok(())
    };
    row("init", &|of| Ok(of.init.median))?;
    row("first answer", &|of| Ok(of.with(ours.memory)?.first.median))?;
    row("cold start", &|of| Ok(of.with(ours.memory)?.cold.median))?;
    for operation in &service.operations {
        let name = operation.name;
        row(&format!("{name}, p50"), &|of| {
            Ok(of.operation(name)?.latency.median)
        })?;
        row(&format!("{name}, mean"), &|of| {
            Ok(of.operation(name)?.latency.mean)
        })?;
        row(&format!("{name}, CPU"), &|of| {
            Ok(of.operation(name)?.cpu.median)
        })?;
    }
    print!("{:<26} {:>9}", "peak memory, KiB", service.peak_kib);
    for other in others(measured) {
        let ratio = as_f64(other.peak_kib) / as_f64(service.peak_kib);
        print!(" {ratio:>14.3}");
    }
    println!();
    Ok(())
}

fn others(measured: &Measured) -> impl Iterator<Item = &OfFunction> {
    let all = measured.functions.iter();
    all.filter(|function| function.kind == Kind::Other)
}

pub(super) fn json(measured: &Measured, goals: &[Goal]) -> anyhow::Result<String> {
    let functions = measured.functions.iter().map(|function| {
        let operations = function.operations.iter().map(|operation| {
            json!({
                "name": operation.name,
                "cpuMicros": values(&operation.cpu, 1e6),
                "latencyMicros": values(&operation.latency, 1e6),
                "callsOfAws": operation.calls,
            })
        });
        let with = |with: &OfMemory| {
            json!({
                "memoryMegabytes": with.memory.0,
                "coldStartMillis": values(&with.cold, 1e3),
                "firstAnswerMillis": values(&with.first, 1e3),
                "findMillis": values(&with.find, 1e3),
            })
        };
        json!({
            "name": function.name,
            "initMillis": values(&function.init, 1e3),
            "byMemory": function.by_memory.iter().map(with).collect::<Value>(),
            "peakOfFindsKib": function.peak_of_finds_kib,
            "peakKib": function.peak_kib,
            "warm": operations.collect::<Value>(),
        })
    });
    let goals = goals.iter().map(|goal| {
        json!({ "what": goal.what, "is": goal.is, "atMost": goal.at_most, "isMet": goal.is_met(), "because": goal.because })
    });
    let conditions = &measured.conditions;
    let proofs = conditions.proofs.iter().map(|proof| {
        json!({ "memoryMegabytes": proof.memory.0, "slowdown": proof.slowdown, "expected": proof.expected() })
    });
    let all = json!({
        "cpuIsLimitedBy": conditions.mechanism.text(),
        "busyLoop": proofs.collect::<Value>(),
        "coldStarts": conditions.sizes.cold,
        "warmRequests": conditions.sizes.requests(),
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
    json!({
        "median": value(summary.median),
        "mean": value(summary.mean),
        "p99": value(summary.p99),
        "min": value(summary.min),
        "max": value(summary.max),
    })
}

fn over(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}
