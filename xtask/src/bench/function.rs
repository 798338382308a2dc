//! The Lambda function behind a Runtime API: its cold start, CPU time and memory, in ratios to a function that does
//! nothing, to the least that does a find, and to what Node and Python need for the same.
//!
//! Everybody's DynamoDB and key set are on loopback, behind real TLS. Whoever is measured has a core of its own.

mod callgrind;
mod chart;
mod events;
mod goals;
pub(super) mod instructions;
pub(super) mod layout;
mod measure;
mod report;
mod subjects;
mod world;

use std::fs;

use anyhow::Context as _;

use self::{
    measure::{Measured, Sizes},
    subjects::Subjects,
};
use super::{Setting, Verdict, cpu::Cores};
use crate::{checkout::root, tools::Tools};

pub(super) async fn run(setting: &Setting) -> anyhow::Result<Verdict> {
    let tools = Tools::default();
    let subjects = Subjects::build(&tools, setting.quick)?;
    let sizes = Sizes::new(setting.quick);
    let measured = tokio::task::spawn_blocking(move || measure(&subjects, &sizes)).await??;

    let goals = goals::all(&measured)?;
    report::print(&measured, &goals);
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let (figures, chart) = (folder.join("function.json"), folder.join("function.svg"));
    fs::write(&figures, report::json(&measured, &goals)?)
        .with_context(|| format!("cannot write {}", figures.display()))?;
    chart::draw(&measured, &chart)?;
    println!("written: {} and {}", figures.display(), chart.display());
    if goals.iter().all(goals::Goal::is_met) {
        Ok(Verdict::Met)
    } else {
        Ok(Verdict::Missed)
    }
}

/// Measures from this thread, which keeps off the core of what is measured; a second one would only have to be waited for.
fn measure(subjects: &Subjects, sizes: &Sizes) -> anyhow::Result<Measured> {
    let cores = Cores::split()?;
    let thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    cores.keep_off();
    thread.block_on(measure::all(subjects, sizes, cores))
}
