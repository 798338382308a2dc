//! The formats that AWS's services use: forms and XML, JSON, CBOR.

use ciborium::Value as Cbor;
use serde_json::{Map, Value, json};
use tests::stub::{Asked, Canned, Reply};

/// The alias and the stage of Production; the stub has no others.
pub(crate) const PRODUCTION: &str = "Production";

/// A call to AWS.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The operation.
    pub(crate) name: String,
    /// The resource that its path or query names, if any.
    pub(crate) argument: String,
    /// Its form, JSON or CBOR.
    pub(crate) body: Value,
}

impl Call {
    pub(crate) fn of(asked: &Asked) -> Self {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let parts: Vec<_> = path.split('/').skip(1).collect();
        let call = |name: &str, argument: &str, body: Value| Self {
            name: name.to_owned(),
            argument: argument.to_owned(),
            body,
        };
        match parts.as_slice() {
            [""] if asked.target.is_empty() => {
                let form = form_urlencoded::parse(&asked.bytes);
                let form: Map<_, _> = form
                    .map(|(name, value)| (name.into_owned(), value.into()))
                    .collect();
                let name = form["Action"].as_str().unwrap().to_owned();
                call(&name, "", form.into())
            }
            [""] => call(&asked.target, "", asked.body().clone()),
            ["service", _, "operation", name] => {
                let body: Cbor = ciborium::from_reader(asked.bytes.as_ref()).unwrap();
                call(name, "", to_json(&body))
            }
            ["2015-03-31", "functions", function, "configuration"] => {
                let mut query = form_urlencoded::parse(query.as_bytes());
                let qualifier = query.find(|(name, _)| name == "Qualifier").unwrap().1;
                let argument = format!("{function}:{qualifier}");
                call("GetFunctionConfiguration", &argument, Value::Null)
            }
            ["2015-03-31", "functions", function, "aliases", PRODUCTION] => {
                call("GetAlias", function, Value::Null)
            }
            ["2015-03-31", "functions", function, "versions"] => {
                call("PublishVersion", function, asked.body().clone())
            }
            ["2015-03-31", "event-source-mappings", id] => {
                call("GetEventSourceMapping", id, Value::Null)
            }
            ["restapis", _, "stages", PRODUCTION] => call("GetStage", PRODUCTION, Value::Null),
            ["restapis", _, "deployments", id] => call("GetApiDeployment", id, Value::Null),
            _ => call(&asked.path, "", Value::Null),
        }
    }

    /// The parameters of an update of the stack; `None` for one that keeps its value.
    pub(crate) fn parameters(&self) -> Vec<(String, Option<String>)> {
        let form = self.body.as_object().unwrap();
        let text = |name: String| form.get(&name)?.as_str().map(ToOwned::to_owned);
        let mut all: Vec<_> = (1..)
            .map_while(|place| {
                let member = |name: &str| text(format!("Parameters.member.{place}.{name}"));
                let key = member("ParameterKey")?;
                let value = member("ParameterValue");
                let keeps = member("UsePreviousValue").as_deref() == Some("true");
                assert_eq!(value.is_some(), !keeps, "{key}");
                Some((key, value))
            })
            .collect();
        all.sort();
        all
    }
}

/// An answer of CloudFormation.
pub(crate) fn xml(operation: &str, result: &str) -> Reply {
    let body = format!(
        "<{operation}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
    );
    Reply {
        headers: vec![("content-type", "text/xml")],
        body: body.into(),
        ..Canned::ok(json!({})).into()
    }
}

/// An error of CloudFormation.
pub(crate) fn xml_error(code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    );
    Reply {
        status: 400,
        headers: vec![("content-type", "text/xml")],
        body: body.into(),
        ..Canned::ok(json!({})).into()
    }
}

/// An error of a service that speaks JSON.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({ "__type": code, "code": code, "message": message });
    Canned { status, body }.into()
}

/// An answer of CloudWatch.
pub(crate) fn cbor(body: &Value) -> Reply {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).unwrap();
    Reply {
        headers: vec![
            ("content-type", "application/cbor"),
            ("smithy-protocol", "rpc-v2-cbor"),
        ],
        body: bytes.into(),
        ..Canned::ok(json!({})).into()
    }
}

/// An error of CloudWatch.
pub(crate) fn cbor_error(code: &str, message: &str) -> Reply {
    Reply {
        status: 400,
        ..cbor(&json!({ "__type": code, "message": message }))
    }
}

fn to_json(value: &Cbor) -> Value {
    match value {
        Cbor::Text(text) => text.as_str().into(),
        Cbor::Integer(number) => i64::try_from(*number).unwrap().into(),
        Cbor::Float(number) => (*number).into(),
        Cbor::Bool(flag) => (*flag).into(),
        Cbor::Array(list) => list.iter().map(to_json).collect(),
        Cbor::Map(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| (key.as_text().unwrap().to_owned(), to_json(value)));
            Value::Object(pairs.collect())
        }
        Cbor::Tag(_, value) => to_json(value),
        _ => Value::Null,
    }
}
