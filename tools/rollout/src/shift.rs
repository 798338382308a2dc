//! The ways to shift traffic.

use std::{convert::Infallible, str::FromStr};

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

/// A way to shift traffic, as in `--shift`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shift {
    Canary1,
    Canary10,
    Linear,
    AllAtOnce,
    /// The name of a CodeDeploy configuration.
    Named(String),
}

impl FromStr for Shift {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "canary-1" => Self::Canary1,
            "canary-10" => Self::Canary10,
            "linear" => Self::Linear,
            "all-at-once" => Self::AllAtOnce,
            name => Self::Named(name.to_owned()),
        })
    }
}

/// The name of the CodeDeploy configuration. Without `--shift`, a stack without CodeDeploy stays without it: an empty
/// name.
pub(crate) fn config(shift: Option<&Shift>, state: &State) -> Result<String, Refusal> {
    let name = match shift {
        None if state.stack.parameter(parameter::SHIFT)?.is_empty() => "",
        None | Some(Shift::Canary10) => CANARY_10,
        Some(Shift::Canary1) => match state.resources.get(CANARY_1) {
            Some(config) => &config.id,
            None => return Err(Refusal::ShiftNotInStack { shift: "canary-1" }),
        },
        Some(Shift::Linear) => LINEAR,
        Some(Shift::AllAtOnce) => ALL_AT_ONCE,
        Some(Shift::Named(name)) => name,
    };
    Ok(name.to_owned())
}
