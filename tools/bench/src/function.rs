//! Measures the Lambda function under the conditions of Lambda: an init at full speed, then the share of a core of its
//! memory size, a network round trip to DynamoDB and to Cognito, TLS. The results are cold starts, warm requests and
//! memory, as ratios to a function that does nothing, to a minimal function that has one read, and to the same
//! operation in Node and Python.
//!
//! DynamoDB and the key set are stubs on loopback. The measured process has a core of its own.

mod callgrind;
mod events;
mod goals;
pub(super) mod instructions;
mod measure;
mod measured;
mod near;
mod quota;
mod report;
mod subjects;
mod world;

use programs::tools::Tools;

use self::{
    measured::{Conditions, Measured, Sizes},
    quota::Memory,
    subjects::Subjects,
};
pub(super) use self::{
    near::Near,
    subjects::{Other, other},
};
use super::{Setting, cpu::Cores};

/// Returns true if every goal is met.
pub(super) async fn run(setting: &Setting) -> anyhow::Result<bool> {
    let subjects = Subjects::build(&Tools::default(), setting.quick, &setting.against)?;
    let (quick, compares) = (setting.quick, !setting.against.is_empty());
    let measuring = move || measure(subjects, quick, compares);
    let measured = tokio::task::spawn_blocking(measuring).await??;
    if compares {
        report::print_comparison(&measured)?;
        return Ok(true);
    }
    let goals = goals::all(&measured)?;
    report::print(&measured, &goals)?;
    Ok(goals.iter().all(goals::Goal::is_met))
}

/// Measures on this thread, away from the core of the measured process. A second thread would only add waiting.
fn measure(subjects: Subjects, quick: bool, compares: bool) -> anyhow::Result<Measured> {
    let cores = Cores::split()?;
    quota::prove(cores, quick)?;
    let conditions = Conditions {
        sizes: match (quick, compares) {
            (true, _) => Sizes::QUICK,
            (false, false) => Sizes::WHOLE,
            (false, true) => Sizes::OF_OTHERS,
        },
        memory: if compares {
            vec![Memory::USUAL]
        } else {
            Memory::ALL.to_vec()
        },
        cores,
    };
    let thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    cores.keep_off();
    thread.block_on(measure::all(subjects, conditions))
}
