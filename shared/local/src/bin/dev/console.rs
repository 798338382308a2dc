//! The log for people: one line per request.

use std::{
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
        let mut line = Line::default();
        event.record(&mut line);
        match line.status {
            Some(status) => write!(to, "  {status} {} {}", line.method, line.route)?,
            None => write!(to, "  {} {}", event.metadata().level(), line.message)?,
        }
        if let Some(micros) = line.micros {
            write!(to, "  {}.{} ms", micros / 1_000, micros % 1_000 / 100)?;
        }
        write!(to, "{}", line.rest)?;
        if line.status.is_some_and(|status| status >= 400) {
            write!(to, "  [{}]", line.request_id)?;
        }
        writeln!(to)
    }
}

/// The fields of the request log that are of no use on a laptop.
const LEFT_OUT: [&str; 4] = ["cold_start", "counted", "stage", "store_calls"];

/// The fields of an event.
#[derive(Default)]
struct Line {
    message: String,
    method: String,
    route: String,
    request_id: String,
    status: Option<u64>,
    micros: Option<u64>,
    rest: String,
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.status = Some(value),
            "micros" => self.micros = Some(value),
            _ => self.record_str(field, &value.to_string()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "method" => value.clone_into(&mut self.method),
            "route" => value.clone_into(&mut self.route),
            // A problem needs no name of the field.
            "problem" => drop(write!(self.rest, "  {value}")),
            "request_id" => value.clone_into(&mut self.request_id),
            name if LEFT_OUT.contains(&name) => {}
            name => drop(write!(self.rest, "  {name}: {value}")),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let _ = write!(self.rest, "  {}: {}", field.name(), with_causes(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
