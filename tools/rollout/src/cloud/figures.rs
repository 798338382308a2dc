//! CloudWatch: the metrics of each version, and the states of the alarms.

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat};
use aws_smithy_types::DateTime;

use super::{Called as _, Cloud, stack::Resources};

/// The alarms that stop a rollout.
const ALARMS: [&str; 3] = [
    "ProductionErrorsAlarm",
    "ProductionHttp5xxAlarm",
    "ProductionLatencyAlarm",
];

/// The alarm that is watched after all traffic has moved.
const GATEWAY_ALARM: &str = "ProductionGatewayAlarm";

/// The metrics of a version over a period. `None` if CloudWatch has no data.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) requests: Option<f64>,
    /// Invocations that failed.
    pub(crate) errors: Option<f64>,
    /// Answers with a status from 500 on.
    pub(crate) http_5xx: Option<f64>,
    /// The 99th percentile of latency in milliseconds, in the worst minute.
    pub(crate) p99: Option<f64>,
}

/// An alarm's name and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub(crate) state: String,
}

/// The name and the statistic of each metric, in the order of [`Figures`]; `true` if Lambda itself reports it.
const METRICS: [(&str, &str, bool); 4] = [
    ("Requests", "Sum", false),
    ("Errors", "Sum", true),
    ("Http5xx", "Sum", false),
    ("Latency", "p99", false),
];

/// The namespace of the function's own metrics. It must equal that of the service.
const NAMESPACE: &str = "Movies";

/// The dimensions of the function's own metrics. They must equal those of `kit::telemetry`.
const BY_VERSION: [&str; 2] = ["FunctionName", "FunctionVersion"];

impl Cloud {
    /// Reads the metrics of these versions between two times, one entry for each version.
    pub(crate) async fn figures(
        &self,
        function: &str,
        versions: &[&str],
        since: DateTime,
        until: DateTime,
    ) -> anyhow::Result<Vec<Figures>> {
        let alias = format!("{function}:Production");
        let mut queries = Vec::new();
        for (place, version) in versions.iter().enumerate() {
            for (metric, (name, statistic, of_lambda)) in METRICS.into_iter().enumerate() {
                let (namespace, dimensions) = if of_lambda {
                    let names = ["FunctionName", "Resource", "ExecutedVersion"];
                    let all = names.into_iter().zip([function, &alias, version]);
                    ("AWS/Lambda", all.collect::<Vec<_>>())
                } else {
                    let own = BY_VERSION.into_iter().zip([function, version]);
                    (NAMESPACE, own.collect())
                };
                let dimensions = dimensions.into_iter();
                let dimensions = dimensions
                    .map(|(name, value)| Dimension::builder().name(name).value(value).build());
                let source = Metric::builder()
                    .namespace(namespace)
                    .metric_name(name)
                    .set_dimensions(Some(dimensions.collect()));
                let statistic = MetricStat::builder()
                    .metric(source.build())
                    .period(60)
                    .stat(statistic);
                let query = MetricDataQuery::builder()
                    .id(format!("v{place}m{metric}"))
                    .metric_stat(statistic.build());
                queries.push(query.build());
            }
        }
        let ids: Vec<_> = queries.iter().map(|query| query.id.clone()).collect();
        let data = self
            .watch
            .get_metric_data()
            .set_metric_data_queries(Some(queries))
            // CloudWatch has one data point a minute, so start at a full minute.
            .start_time(DateTime::from_secs(since.secs() - since.secs().rem_euclid(60)))
            .end_time(until);
        let mut figures = vec![Figures::default(); versions.len()];
        let mut pages = data.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.called("cloudwatch GetMetricData")?;
            for result in page.metric_data_results() {
                let Some(place) = ids.iter().position(|id| *id == result.id) else {
                    continue;
                };
                let values = result.values().iter().copied();
                let figures = &mut figures[place / METRICS.len()];
                let sum = match place % METRICS.len() {
                    0 => &mut figures.requests,
                    1 => &mut figures.errors,
                    2 => &mut figures.http_5xx,
                    _ => {
                        figures.p99 = values.chain(figures.p99).reduce(f64::max);
                        continue;
                    }
                };
                *sum = Some(sum.unwrap_or_default() + values.sum::<f64>());
            }
        }
        Ok(figures)
    }

    /// The ARN of the alarm that watches Production's gateway; `None` if the stack has none.
    pub(crate) async fn gateway_alarm(
        &self,
        resources: &Resources,
    ) -> anyhow::Result<Option<String>> {
        let alarms = self.described(resources, &[GATEWAY_ALARM]).await?;
        Ok(alarms.into_iter().next().and_then(|alarm| alarm.alarm_arn))
    }

    /// Reads the states of the alarms that stop a rollout.
    pub(crate) async fn alarms(&self, resources: &Resources) -> anyhow::Result<Vec<Alarm>> {
        let alarms = self.described(resources, &ALARMS).await?.into_iter();
        let alarms = alarms.map(|alarm| Alarm {
            name: alarm.alarm_name.unwrap_or_default(),
            state: alarm
                .state_value
                .map_or_else(String::new, |state| state.as_str().to_owned()),
        });
        Ok(alarms.collect())
    }

    /// Those of these alarms that the stack has.
    async fn described(
        &self,
        resources: &Resources,
        names: &[&str],
    ) -> anyhow::Result<Vec<MetricAlarm>> {
        let found = names.iter().filter_map(|name| resources.get(*name));
        let ids: Vec<_> = found.map(|resource| resource.id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let alarms = self.watch.describe_alarms().set_alarm_names(Some(ids));
        let alarms = alarms.send().await.called("cloudwatch DescribeAlarms")?;
        Ok(alarms.metric_alarms.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
