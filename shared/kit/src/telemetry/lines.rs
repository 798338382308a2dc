//! The log format of the Lambda functions: one JSON object per line. The line that ends a request, or that has measurements, is also a
//! document in the embedded metric format (Amazon CloudWatch User Guide, "Specification: Embedded metric format"), so its members
//! can be searched for *and* become metrics.

use std::fmt;

use serde::{
    Serialize,
    ser::{SerializeMap, Serializer as _},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{
    Function, MEASURED, REQUEST,
    metric::{
        BY_ROUTE, BY_VERSION, COLD_STARTS, HTTP_4XX, HTTP_5XX, LATENCY, Metric, REQUESTS, THROTTLES,
    },
};
use crate::clock::{Clock as _, SystemClock};

/// The initial size of the buffer for a line, in bytes. Most lines are shorter.
const LENGTH: usize = 1_024;

/// Writes the events of the function that end a request, or that have measurements. `others` writes all other events.
pub(crate) struct Lines<Others> {
    pub(crate) function: Option<Function>,
    pub(crate) others: Others,
}

impl<Others, S, N> FormatEvent<S, N> for Lines<Others>
where
    Others: FormatEvent<S, N>,
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let function = match &self.function {
            Some(function) if [REQUEST, MEASURED].contains(&event.metadata().target()) => function,
            _ => return self.others.format_event(context, to, event),
        };
        let mut line = Vec::with_capacity(LENGTH);
        function
            .write(&mut line, event, SystemClock.now())
            .map_err(|_| fmt::Error)?;
        to.write_str(std::str::from_utf8(&line).map_err(|_| fmt::Error)?)?;
        to.write_char('\n')
    }
}

impl Function {
    fn write(
        &self,
        line: &mut Vec<u8>,
        event: &Event<'_>,
        now: OffsetDateTime,
    ) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(line);
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("timestamp", &now.format(&Rfc3339).unwrap_or_default())?;
        members.serialize_entry("level", event.metadata().level().as_str())?;

        let mut fields = Fields {
            members,
            metrics: &self.metrics,
            written: Ok(()),
            facts: Facts::default(),
        };
        event.record(&mut fields);
        fields.written?;
        let (mut members, facts) = (fields.members, fields.facts);

        members.serialize_entry("FunctionName", &self.name)?;
        members.serialize_entry("FunctionVersion", &self.version)?;
        let metrics = if event.metadata().target() == REQUEST {
            let metrics = facts.metrics();
            for metric in &metrics {
                if *metric == LATENCY {
                    members.serialize_entry(metric.name, &facts.milliseconds())?;
                } else {
                    members.serialize_entry(metric.name, &1)?;
                }
            }
            metrics
        } else {
            facts.measured
        };
        // This member is last, because CloudWatch discovers the fields of a line from its front.
        members.serialize_entry(
            "_aws",
            &Metadata::of(self.namespace, &metrics, facts.routed, now),
        )?;
        members.end()
    }
}

/// Writes the fields of an event, and collects those that the metrics are computed from.
struct Fields<'a, M: SerializeMap> {
    members: M,
    metrics: &'a [Metric],
    written: Result<(), M::Error>,
    facts: Facts,
}

impl<M: SerializeMap> Fields<'_, M> {
    fn metric(&self, name: &str) -> Option<Metric> {
        self.metrics
            .iter()
            .find(|metric| metric.name == name)
            .copied()
    }

    fn write(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        if self.written.is_ok() {
            self.written = self.members.serialize_entry(name, value);
        }
    }
}

impl<M: SerializeMap> Visit for Fields<'_, M> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.facts.status = value,
            "micros" => self.facts.micros = value,
            name => self.facts.measured.extend(self.metric(name)),
        }
        self.write(field.name(), &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "cold_start" {
            self.facts.cold_start = value;
        }
        self.write(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "route" if value != "-" => {
                self.facts.routed = true;
                self.write(BY_ROUTE[2], value);
            }
            "problem" => self.facts.throttled = value == "throttled",
            // The metric is written under its own name instead.
            "counted" => {
                self.facts.counted = self.metric(value);
                return;
            }
            _ => {}
        }
        self.write(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field.name(), &format_args!("{value:?}"));
    }
}

/// The facts that the metrics are computed from.
#[derive(Default)]
struct Facts {
    status: u64,
    micros: u64,
    routed: bool,
    cold_start: bool,
    throttled: bool,
    counted: Option<Metric>,
    /// The metrics whose values were fields.
    measured: Vec<Metric>,
}

impl Facts {
    /// The metrics of a request. One that would be zero is left out.
    fn metrics(&self) -> Vec<Metric> {
        [
            (true, REQUESTS),
            (matches!(self.status, 400..=499), HTTP_4XX),
            (matches!(self.status, 500..=599), HTTP_5XX),
            // Latency is measured only with a route: the time to refuse an unknown path says nothing about the service.
            (self.routed, LATENCY),
            (self.cold_start, COLD_STARTS),
            (self.throttled, THROTTLES),
        ]
        .into_iter()
        .filter_map(|(is, metric)| is.then_some(metric))
        .chain(self.counted)
        .collect()
    }

    fn milliseconds(&self) -> f64 {
        f64::from(u32::try_from(self.micros).unwrap_or(u32::MAX)) / 1_000.0
    }
}

/// The member that makes a line a document in the embedded metric format.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: Vec<&'a Metric>,
}

impl<'a> Metadata<'a> {
    fn of(
        namespace: &'static str,
        metrics: &'a [Metric],
        routed: bool,
        now: OffsetDateTime,
    ) -> Self {
        let directive = |dimensions, metrics| Directive {
            namespace,
            dimensions: [dimensions],
            metrics,
        };
        let mut directives = Vec::with_capacity(2);
        directives.push(directive(&BY_VERSION, metrics.iter().collect()));
        if routed {
            let by_route = metrics.iter().filter(|metric| metric.by_route);
            directives.push(directive(&BY_ROUTE, by_route.collect()));
        }
        Self {
            timestamp: now.unix_timestamp() * 1_000 + i64::from(now.millisecond()),
            cloud_watch_metrics: directives,
        }
    }
}
