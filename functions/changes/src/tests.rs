#[test]
fn the_function_is_given_every_variable_that_it_reads_and_no_other() {
    for stage in ["Development", "Production"] {
        tests::template::gives_what_is_read(&format!("{stage}ChangesFunction"), |variable| {
            super::read(variable).map(drop).unwrap();
        });
    }
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
