//! The figures as tables.

use std::time::Duration;

use super::{
    goals::{Goal, as_f64},
    measured::{Measured, OfFunction, Sizes},
    quota::Memory,
    subjects::Kind,
};
use crate::figures::{Times, grouped, mean, median, quantile};

pub(super) fn print(measured: &Measured, goals: &[Goal]) -> anyhow::Result<()> {
    let sizes = &measured.conditions.sizes;
    println!(
        "\nA signed-in find; {} with each memory size; milliseconds",
        repetitions(sizes)
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
    for of in &measured.of(Kind::Service)?.operations {
        println!(
            "{:<16} {:>8} {:>8} {:>8} {:>8} {:>14.2}",
            of.operation.name,
            millis(median(&of.cpu)),
            millis(median(&of.latency)),
            millis(quantile(&of.latency, 0.99)),
            millis(mean(&of.latency)),
            of.calls_of_one(sizes),
        );
    }
    println!("\n{:<34} {:>8} {:>8}  ", "goal", "is", "at most");
    for goal in goals {
        let is = goal.is.map_or("?".to_owned(), |is| format!("{is:.3}"));
        let verdict = if goal.is_met() { "met" } else { "MISSED" };
        println!(
            "{:<34} {is:>8} {:>8.3}  {verdict}: {}",
            goal.what, goal.at_most, goal.because
        );
    }
    println!();
    for function in &measured.functions {
        if let Some(interpreter) = function.subject.interpreter()? {
            println!("{interpreter}");
        }
    }
    println!(
        "{} certificates trusted apart from that of the stand-ins",
        measured.roots
    );
    Ok(())
}

fn repetitions(sizes: &Sizes) -> String {
    format!(
        "{} cold starts and {} warm requests of each operation, in turns",
        sizes.cold,
        grouped(sizes.requests().into())
    )
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
        let find = &with.find.latency;
        println!(
            "{:<14} {:>8} {:>8} {:>8} {:>10.2} {:>8} {:>10.2} {:>8} {:>8}",
            function.subject.name,
            millis(median(&function.init)),
            millis(median(&with.first)),
            millis(median(&with.cold)),
            over(&with.cold, &least.cold),
            millis(median(find)),
            over(find, &least.find.latency),
            millis(quantile(find, 0.99)),
            millis(mean(find)),
        );
    }
    Ok(())
}

/// Prints the figures of each other build as ratios to this one. Above 1, the other build takes longer.
pub(super) fn print_comparison(measured: &Measured) -> anyhow::Result<()> {
    let service = measured.of(Kind::Service)?;
    let others = measured.functions.iter();
    let others = others.filter(|function| function.subject.kind == Kind::Other);
    let others: Vec<_> = others.collect();
    println!(
        "\nWith {} MB, {}",
        Memory::USUAL.0,
        repetitions(&measured.conditions.sizes)
    );
    println!("This service in milliseconds; of the others, how many times as much");
    print!("{:<26} {:>9}", "", "this");
    for other in &others {
        print!(" {:>14.14}", other.subject.name);
    }
    println!();
    let row = |what: &str, of: &dyn Fn(&OfFunction) -> anyhow::Result<Duration>| {
        print!("{what:<26} {:>9}", millis(of(service)?));
        for other in &others {
            let ratio = of(other)?.as_secs_f64() / of(service)?.as_secs_f64();
            print!(" {ratio:>14.3}");
        }
        println!();
        anyhow::Ok(())
    };
    let usual = Memory::USUAL;
    row("init", &|of| Ok(median(&of.init)))?;
    row("first answer", &|of| Ok(median(&of.with(usual)?.first)))?;
    row("cold start", &|of| Ok(median(&of.with(usual)?.cold)))?;
    for of in &service.operations {
        let name = of.operation.name;
        row(&format!("{name}, p50"), &|of| {
            Ok(median(&of.operation(name)?.latency))
        })?;
        row(&format!("{name}, mean"), &|of| {
            Ok(mean(&of.operation(name)?.latency))
        })?;
        row(&format!("{name}, CPU"), &|of| {
            Ok(median(&of.operation(name)?.cpu))
        })?;
    }
    print!("{:<26} {:>9}", "peak memory, KiB", service.peak_kib);
    for other in others {
        let ratio = as_f64(other.peak_kib) / as_f64(service.peak_kib);
        print!(" {ratio:>14.3}");
    }
    println!();
    Ok(())
}

/// The ratio of two medians.
fn over(one: &Times, other: &Times) -> f64 {
    median(one).as_secs_f64() / median(other).as_secs_f64()
}

fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}
