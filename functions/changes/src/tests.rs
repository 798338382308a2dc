#[test]
fn the_function_is_given_every_variable_that_it_reads_and_no_other() {
    for stage in ["Development", "Production"] {
        tests::template::gives_what_is_read(&format!("{stage}ChangesFunction"), |variable| {
            super::read(variable).map(drop).unwrap();
        });
    }
}

/// CloudWatch finds a metric by its name and all its dimensions.
#[test]
fn the_dashboard_shows_every_metric_of_both_stages() {
    let template = tests::template::template();
    let namespace = service::telemetry::NAMESPACE;
    let mut shown: Vec<_> = tests::template::graphs(&template, namespace)
        .into_iter()
        .filter(|shown| {
            let mut dimensions = shown.dimensions.iter();
            dimensions.any(|(_, value)| value.ends_with("ChangesFunction}"))
        })
        .map(|shown| (shown.name, shown.dimensions))
        .collect();
    shown.sort_unstable();
    shown.dedup();
    let stages = [
        ("${DevelopmentChangesFunction}", "$LATEST"),
        ("${ProductionChangesFunction}", "${ChangesVersion}"),
    ];
    let dimensions = |(function, version): (&str, &str)| {
        let values = [function, version].map(ToOwned::to_owned);
        let names = kit::telemetry::metric::BY_VERSION.map(ToOwned::to_owned);
        names.into_iter().zip(values).collect::<Vec<_>>()
    };
    let mut expected: Vec<_> = crate::METRICS
        .iter()
        .flat_map(|metric| stages.map(|stage| (metric.name.to_owned(), dimensions(stage))))
        .collect();
    expected.sort_unstable();
    assert_eq!(shown, expected);
}

#[test]
fn every_variable_that_is_missing_is_named() {
    let missing = super::read(|name| (name == "AWS_REGION").then(|| "eu-west-1".to_owned()));
    let missing = missing.map(drop).unwrap_err().to_string();
    for name in [
        "MOVIES_TABLE",
        "WATCHLIST_TABLE",
        "PICTURES_TABLE",
        "IDEMPOTENCY_TABLE",
        "SEARCH_TABLE",
        "CHANGES_TABLE",
    ] {
        assert!(missing.contains(&format!("{name} (missing)")), "{missing}");
    }
}
