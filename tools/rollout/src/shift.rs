//! The ways to shift traffic.

use crate::{
    refusal::Refusal,
    state::{State, parameter},
};

/// The default: 10 % for 10 minutes, then all.
const CANARY_10: &str = "CodeDeployDefault.LambdaCanary10Percent10Minutes";
const LINEAR: &str = "CodeDeployDefault.LambdaLinear10PercentEvery1Minute";
pub(crate) const ALL_AT_ONCE: &str = "CodeDeployDefault.LambdaAllAtOnce";
/// The logical id of the stack's own configuration for 1 %; CodeDeploy has none.
const CANARY_1: &str = "Canary1PercentConfig";

/// The name of the CodeDeploy configuration: `shift` is a word of ours, or such a name. Without it, a stack without
/// CodeDeploy stays without it: an empty name.
pub(crate) fn config(shift: Option<&str>, state: &State) -> Result<String, Refusal> {
    let name = match shift {
        None if state.stack.parameter(parameter::SHIFT)?.is_empty() => "",
        None | Some("canary-10") => CANARY_10,
        Some("canary-1") => match state.resources.get(CANARY_1) {
            Some(config) => &config.id,
            None => return Err(Refusal::ShiftNotInStack { shift: "canary-1" }),
        },
        Some("linear") => LINEAR,
        Some("all-at-once") => ALL_AT_ONCE,
        Some(name) => name,
    };
    Ok(name.to_owned())
}
