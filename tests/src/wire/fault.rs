//! The faults of the proxy.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

/// Something to do in place of passing a request on and its answer back.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Act {
    /// Closes the connection. The service does not see the request.
    Drop,
    /// Passes the request on, and closes the connection.
    Lose,
    /// Waits before it passes the request on.
    Delay {
        /// How long.
        ms: u64,
    },
    /// Passes the request on, and sends half of the answer.
    Truncate,
    /// Gives this answer. The service does not see the request.
    Answer {
        /// The status code.
        status: u16,
        /// The headers.
        #[serde(default)]
        headers: HashMap<String, String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// Passes the request on, and merges this into its answer.
    Merge {
        /// A merge patch.
        json: Value,
    },
}

/// The faults that are to come, in order.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

#[derive(Debug, Deserialize)]
struct Fault {
    request: String,
    #[serde(default = "once")]
    times: usize,
    /// The number of such requests that pass before it.
    #[serde(default)]
    after: usize,
    #[serde(flatten)]
    act: Act,
}

fn once() -> usize {
    1
}

impl Faults {
    /// Adds faults, as a scenario gives them.
    pub(super) fn add(&mut self, faults: Value) -> Result<(), String> {
        let faults: Vec<Fault> =
            serde_json::from_value(faults).map_err(|error| error.to_string())?;
        self.0.extend(faults);
        Ok(())
    }

    /// Takes what is to be done with this request.
    pub(super) fn next(&mut self, request: &str) -> Option<Act> {
        let fault = self
            .0
            .iter_mut()
            .find(|fault| fault.times > 0 && fault.request == request)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.act.clone())
    }
}

/// Merges a patch into a value (RFC 7396).
pub(super) fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    for (name, patch) in patch {
        if patch.is_null() {
            value.as_object_mut().expect("an object").remove(name);
        } else {
            merge(&mut value[name], patch);
        }
    }
}

/// Headers, as a scenario gives them.
pub(super) fn headers(given: &HashMap<String, String>) -> HeaderMap {
    let one = |(name, value): (&String, &String)| {
        let name: HeaderName = name.parse().expect("a header's name");
        (
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        )
    };
    given.iter().map(one).collect()
}
