//! The vertical lines of the dashboard: one for each move of Production, with its time and version.

use aws_sdk_cloudformation::primitives::DateTime;
use serde::{Deserialize, Serialize};

use crate::{
    cloud::{show_time, stack::Stack},
    refusal::Refusal,
};

/// The maximum number of lines: a parameter has at most 4,096 characters.
const MOST: usize = 20;

/// A vertical annotation (Amazon CloudWatch API Reference, "Dashboard body structure and syntax").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    label: String,
    value: String,
}

/// The lines of the stack and a new one, as JSON. A parameter that is not a list of lines is replaced.
///
/// # Errors
/// Refuses a stack that does not have the parameter.
pub(crate) fn with_one_more(stack: &Stack, label: &str, at: &DateTime) -> Result<String, Refusal> {
    let kept = stack.parameter("ProductionRollouts")?;
    let mut markers: Vec<Marker> = serde_json::from_str(kept).unwrap_or_default();
    markers.push(Marker {
        label: label.to_owned(),
        value: show_time(at),
    });
    let too_many = markers.len().saturating_sub(MOST);
    markers.drain(..too_many);
    Ok(serde_json::to_string(&markers).unwrap_or_else(|_| "[]".to_owned()))
}
