use kit::telemetry::metric;

use super::*;

#[test]
fn every_figure_is_one_that_the_function_writes() {
    for (name, _, of_lambda) in METRICS {
        let is_written = metric::METRICS.iter().any(|metric| metric.name == name);
        assert_eq!(is_written, !of_lambda, "{name}");
    }
    assert_eq!(NAMESPACE, service::telemetry::NAMESPACE);
    assert_eq!(BY_VERSION, metric::BY_VERSION);
}
