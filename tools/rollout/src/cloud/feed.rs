//! The relay of changes: the mappings of the streams to it, and how old its batches were.

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use aws_smithy_types::DateTime;

use super::{Called as _, Cloud, now};

/// The time over which batches are looked at, in seconds.
pub(crate) const LOOKED_BACK: i64 = 15 * 60;

/// The mapping of a stream to the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// `Enabled` and the like.
    pub(crate) state: String,
    /// The outcome of its last batch.
    pub(crate) last_result: String,
}

impl Cloud {
    /// Reads a mapping by its id.
    pub(crate) async fn mapping(&self, id: &str) -> anyhow::Result<Mapping> {
        let mapping = self.lambda.get_event_source_mapping().uuid(id);
        let mapping = mapping.send().await;
        let mapping = mapping.called("lambda GetEventSourceMapping")?;
        Ok(Mapping {
            state: mapping.state.unwrap_or_default(),
            last_result: mapping.last_processing_result.unwrap_or_default(),
        })
    }

    /// The age of the oldest batch that the function got lately, in milliseconds; `None` if it got none.
    pub(crate) async fn batch_age(&self, function: &str) -> anyhow::Result<Option<f64>> {
        let of_function = Dimension::builder().name("FunctionName").value(function);
        let metric = Metric::builder()
            .namespace("AWS/Lambda")
            .metric_name("IteratorAge")
            .dimensions(of_function.build());
        let statistic = MetricStat::builder()
            .metric(metric.build())
            .period(60)
            .stat("Maximum");
        let query = MetricDataQuery::builder()
            .id("age")
            .metric_stat(statistic.build());
        let until = now();
        let data = self
            .watch
            .get_metric_data()
            .metric_data_queries(query.build())
            .start_time(DateTime::from_secs(until.secs() - LOOKED_BACK))
            .end_time(until);
        let data = data.send().await.called("cloudwatch GetMetricData")?;
        let results = data.metric_data_results().iter();
        let ages = results.flat_map(|result| result.values().iter().copied());
        Ok(ages.reduce(f64::max))
    }
}
