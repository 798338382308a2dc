use super::*;

const CONTRACT: &str = include_str!("../../../../openapi.yaml");

#[test]
fn the_contract_has_what_the_clients_need() {
    let document = serde_json::to_value(Document::parse(CONTRACT).unwrap()).unwrap();
    let operation = |id: &str| {
        let all = document["operations"].as_array().unwrap();
        all.iter().find(|operation| operation["id"] == id).unwrap()
    };
    assert_eq!(operation("listMovies")["paged"], "MovieResponse");
    assert_eq!(operation("listMovies")["query"]["required"], false);
    assert_eq!(operation("findMovie")["safe"], true);
    assert_eq!(operation("addMovie")["idempotencyKey"], true);
    assert_eq!(operation("findMovieCached")["answerOptional"], true);
    assert_eq!(operation("deleteMyAccount")["answer"], "NextStepResponse");
    assert_eq!(operation("signIn")["signedIn"], false);
}

#[test]
fn what_no_client_can_have_is_refused() {
    for (from, to, message) in [
        (
            "type: integer\n",
            "type: integral\n",
            "no client can have the type integral",
        ),
        ("in: query\n", "in: cookie\n", "which no client can send"),
    ] {
        assert!(CONTRACT.contains(from));
        let error = Document::parse(&CONTRACT.replacen(from, to, 1)).unwrap_err();
        assert!(format!("{error:#}").contains(message), "{error:#}");
    }
}

#[test]
fn every_operation_stands_in_a_scenario() {
    let scenarios = include_str!("../../../../apps/clients/scenarios.json");
    let document = serde_json::to_value(Document::parse(CONTRACT).unwrap()).unwrap();
    for operation in document["operations"].as_array().unwrap() {
        let call = format!(r#""call": {}"#, operation["id"]);
        assert!(scenarios.contains(&call), "no scenario has {call}");
    }
}
