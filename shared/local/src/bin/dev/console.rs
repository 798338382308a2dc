//! The log for people: one line per request.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::{self, Write as _},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

/// Sends the log to the console.
pub(crate) fn start() {
    let lines = tracing_subscriber::fmt::layer().event_format(Lines);
    let ours = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(["api", "dev", "local"].map(|target| (target, LevelFilter::INFO)));
    tracing_subscriber::registry().with(lines).with(ours).init();
}

/// An error and its causes in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// Writes a request as its status, method, route and time, and any other event as its level and message.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut take = |name| fields.0.remove(name);
        let status: Option<u16> = take("status").and_then(|status| status.parse().ok());
        let request_id = take("request_id").unwrap_or_default();
        if let Some(status) = status {
            let (method, route) = (take("method"), take("route"));
            let (method, route) = (method.unwrap_or_default(), route.unwrap_or_default());
            write!(to, "  {status} {method} {route}")?;
        } else {
            let message = take("message").unwrap_or_default();
            write!(to, "  {} {message}", event.metadata().level())?;
        }
        if let Some(micros) = take("micros").and_then(|micros| micros.parse::<u64>().ok()) {
            write!(to, "  {}.{} ms", micros / 1_000, micros % 1_000 / 100)?;
        }
        // A problem needs no name of the field.
        if let Some(problem) = take("problem") {
            write!(to, "  {problem}")?;
        }
        for (name, value) in fields.0 {
            if !LEFT_OUT.contains(&name) {
                write!(to, "  {name}: {value}")?;
            }
        }
        if status.is_some_and(|status| status >= 400) {
            write!(to, "  [{request_id}]")?;
        }
        writeln!(to)
    }
}

/// The fields of the request log that are of no use on a laptop.
const LEFT_OUT: [&str; 4] = ["cold_start", "counted", "stage", "store_calls"];

/// The fields of an event, by name.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.insert(field.name(), with_causes(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
