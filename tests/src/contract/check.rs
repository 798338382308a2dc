//! Checks one answer against the document.

use http::{HeaderMap, Method};
use serde_json::Value;

use super::{Contract, Operation, documented, stands_for};
use crate::answer::Answer;

/// An answer, and the parts of its request that decide on the form of the answer.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The request's path behind the stage, without the query.
    pub path: &'a str,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The answer.
    pub answer: &'a Answer,
}

const PROBLEM: &str = "application/problem+json";

impl Contract {
    /// Checks an answer and remembers that it was seen.
    ///
    /// # Panics
    /// If the answer violates the document.
    pub fn enforce(&self, exchange: &Exchange<'_>) {
        let wrong = self.check(exchange);
        assert!(
            wrong.is_empty(),
            "{} {} does not keep the contract:\n  {}\n{}",
            exchange.method,
            exchange.path,
            wrong.join("\n  "),
            exchange.answer,
        );
        self.remember(exchange);
    }

    /// The violations of the document by an answer.
    #[must_use]
    pub fn check(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let mut wrong = self.check_everywhere(exchange);
        match self.operation(exchange.method, exchange.path) {
            Some(_) if *exchange.method == Method::HEAD => {}
            Some(operation) => wrong.extend(self.check_documented(&operation, exchange.answer)),
            None => wrong.extend(self.check_unknown(exchange)),
        }
        wrong
    }

    /// Checks the rules for every answer, documented or not.
    fn check_everywhere(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let answer = exchange.answer;
        let mut wrong = Vec::new();
        let mut demand = |holds: bool, what: &str| {
            if !holds {
                wrong.push(what.to_owned());
            }
        };
        let has = |name| answer.header(name).is_some_and(|value| !value.is_empty());
        demand(has("x-request-id"), "no X-Request-Id");
        demand(has("x-served-by"), "no X-Served-By");
        demand(has("cache-control"), "no Cache-Control");
        if exchange.headers.contains_key("origin") && *exchange.method != Method::OPTIONS {
            demand(has("access-control-expose-headers"), "no CORS headers");
        }
        demand(answer.status < 600, "not a status of HTTP");
        demand(answer.status != 405 || has("allow"), "405 without Allow");
        demand(
            answer.status != 401 || has("www-authenticate"),
            "401 without WWW-Authenticate",
        );
        demand(
            !matches!(answer.status, 429 | 503) || has("retry-after"),
            "try again, but no Retry-After",
        );
        if answer.status >= 400 && *exchange.method != Method::HEAD {
            wrong.extend(self.check_problem(answer));
        }
        wrong
    }

    fn check_problem(&self, answer: &Answer) -> Vec<String> {
        let mut wrong = Vec::new();
        if answer.header("content-type") != Some(PROBLEM) {
            wrong.push("an error that is no application/problem+json".to_owned());
        }
        let Ok(problem) = serde_json::from_slice::<Value>(&answer.body) else {
            wrong.push("an error whose body is not JSON".to_owned());
            return wrong;
        };
        let schema = serde_json::json!({ "$ref": "#/components/schemas/Problem" });
        wrong.extend(self.violations(&schema, &problem));
        if problem["status"] != answer.status {
            wrong.push("the problem tells another status".to_owned());
        }
        if problem["instance"].as_str() != answer.header("x-request-id") {
            wrong.push("`instance` is not the X-Request-Id".to_owned());
        }
        let kind = problem["type"].as_str().unwrap_or_default();
        let listed = "/components/schemas/Problem/properties/type";
        if !self.lists(listed, kind) {
            wrong.push(format!("the problem type {kind} is not documented"));
        }
        let faults = problem["errors"].as_array();
        let names_fields = ["/problems/invalid-request", "/problems/weak-password"].contains(&kind);
        if names_fields != faults.is_some_and(|faults| !faults.is_empty()) {
            let rule =
                "`errors` comes with invalid requests and weak passwords, and with nothing else";
            wrong.push(rule.to_owned());
        }
        for fault in faults.into_iter().flatten() {
            let code = fault["code"].as_str().unwrap_or_default();
            if !self.lists("/components/schemas/FieldError/properties/code", code) {
                wrong.push(format!("the code {code} is not documented"));
            }
        }
        wrong
    }

    fn check_documented(&self, operation: &Operation<'_>, answer: &Answer) -> Vec<String> {
        let status = answer.status.to_string();
        let Some(response) = operation.object["responses"].get(&status) else {
            return vec![format!("{} documents no {status}", operation.id)];
        };
        let response = self.resolve(response);
        let mut wrong = self.check_headers(response, answer);
        wrong.extend(self.check_body(response, answer));
        wrong
    }

    fn check_headers(&self, response: &Value, answer: &Answer) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let header = self.resolve(header);
            match answer.header(name) {
                None if header["required"] == true => wrong.push(format!("no {name}")),
                None => {}
                Some(text) => {
                    let number = header["schema"]["type"] == "integer";
                    let value = match text.parse::<i64>() {
                        Ok(number_sent) if number => Value::from(number_sent),
                        _ => Value::from(text),
                    };
                    wrong.extend(
                        self.violations(&header["schema"], &value)
                            .into_iter()
                            .map(|violation| format!("{name}: {violation}")),
                    );
                }
            }
        }
        wrong
    }

    fn check_body(&self, response: &Value, answer: &Answer) -> Vec<String> {
        let Some(content) = response["content"].as_object() else {
            return if answer.body.is_empty() {
                Vec::new()
            } else {
                vec!["a body where none is documented".to_owned()]
            };
        };
        let declared = answer.header("content-type").unwrap_or_default();
        let Some(media) = content.get(declared) else {
            return vec![format!("the media type {declared:?} is not documented")];
        };
        match serde_json::from_slice(&answer.body) {
            Ok(body) => self.violations(&media["schema"], &body),
            Err(error) => vec![format!("the body is not JSON: {error}")],
        }
    }

    fn check_unknown(&self, exchange: &Exchange<'_>) -> Vec<String> {
        // CORS answers preflights before anybody looks at the path.
        if *exchange.method == Method::OPTIONS && exchange.answer.status == 200 {
            return Vec::new();
        }
        let path = documented(exchange.path);
        let known_path = self
            .operations()
            .iter()
            .any(|operation| operation.path == path || stands_for(operation.path, path));
        let expected = if known_path { 405 } else { 404 };
        if exchange.answer.status == expected {
            Vec::new()
        } else {
            vec![format!("not documented at all, so it should be {expected}")]
        }
    }
}
