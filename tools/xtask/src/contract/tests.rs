//! Parts made up for the purpose, and the parts of this checkout.

use serde_yaml_ng::{Mapping, Value};

use super::{join::join, *};

const KIT: &str = "
openapi: 3.0.3
info: { title: Kit }
tags: [{ name: Service }]
x-common:
  operations: { x-goes-to: function }
  preflights: { tags: [CORS], security: [], responses: { '200': { description: May. } } }
  requests: { security: [{ Token: [] }], responses: { '500': { description: Fault. } } }
  withoutInput: { responses: { '400': { description: No query. } } }
  signedIn: { responses: { '401': { description: Who? } } }
  withBody: { requestBody: { required: true }, responses: { '413': { description: Too large. } } }
  withIdempotencyKey:
    responses: { 2XX: { headers: { Replayed: { description: Again. } } }, '422': { description: Another. } }
  answers: { headers: { Id: { description: The id. } } }
  problems: { schema: { type: object } }
  problemExamples: { instance: '1' }
  gatewayResponses: { responseParameters: { served-by: gateway } }
x-problems:
  /problems/gone: { status: 404, title: Gone, detail: It is gone., meaning: Gone. }
  /problems/bad: { status: 400, title: Bad, meaning: Bad. }
components:
  parameters:
    Key: { name: Idempotency-Key, in: header }
    Id: { name: id, in: path }
  schemas:
    Problem: { description: 'All: {x-problems}' }
  responses:
    Gone: { description: Gone., content: { application/problem+json: { examples: { gone: { value: {} } } } } }
  examples:
    Gone: { value: { type: /problems/gone } }
    Bad: { value: { type: /problems/bad, detail: Not so., instance: '2' } }
    Other: { value: { type: other } }
x-amazon-apigateway-gateway-responses:
  NONE: { responseTemplates: { application/json: { type: /problems/gone } } }
";

fn parts(noun: &str) -> anyhow::Result<Vec<Part>> {
    [("kit.yaml", KIT), ("noun.yaml", noun)]
        .into_iter()
        .map(|(file, text)| Part::parse(file, text))
        .collect()
}

fn document(noun: &str) -> Value {
    join(&parts(noun).unwrap()).unwrap().into()
}

/// The value at this path in the document, in YAML on one line; `-` if there is none.
fn at(document: &Value, way: &str) -> String {
    let found = way
        .split(' ')
        .try_fold(document, |value, member| value.get(member));
    found.map_or("-".to_owned(), |value| {
        serde_json::to_string(value).unwrap()
    })
}

fn refusal(noun: &str) -> String {
    let refused = parts(noun).and_then(|parts| join(&parts));
    format!("{:#}", refused.unwrap_err())
}

#[test]
fn what_two_parts_say_is_refused_and_both_are_named() {
    let path = "/a: { get: { operationId: getA, responses: {} } }";
    for (what, one, other) in [
        (
            "the path /a",
            format!("paths: {{ {path} }}"),
            format!("paths: {{ {path} }}"),
        ),
        (
            "the operationId getA",
            format!("paths: {{ {path} }}"),
            format!("paths: {{ {} }}", path.replace("/a", "/b")),
        ),
        (
            "the operationId preflightA",
            format!("paths: {{ {path} }}"),
            format!(
                "paths: {{ {} }}",
                path.replace("/a", "/b/a").replace("getA", "getB")
            ),
        ),
        (
            "the component schemas/S",
            "components: { schemas: { S: {} } }".to_owned(),
            "components: { schemas: { S: { type: string } } }".to_owned(),
        ),
        (
            "the tag T",
            "tags: [{ name: T }]".to_owned(),
            "tags: [{ name: T }]".to_owned(),
        ),
        (
            "the problem /problems/p",
            "x-problems: { /problems/p: { status: 400, title: P, meaning: P. } }".to_owned(),
            "x-problems: { /problems/p: { status: 400, title: P, meaning: P. } }".to_owned(),
        ),
        ("`info`", "info: {}".to_owned(), "info: {}".to_owned()),
    ] {
        let parts = [("one.yaml", one), ("other.yaml", other)]
            .map(|(file, text)| Part::parse(file, &text).unwrap());
        let refused = format!("{:#}", join(&parts).unwrap_err());
        assert!(refused.contains(what), "{what}: {refused}");
        assert!(refused.contains("one.yaml"), "{what}: {refused}");
        assert!(refused.contains("other.yaml"), "{what}: {refused}");
    }
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (noun, expected) in [
        ("pahts: {}", "unknown field `pahts`"),
        ("x-common: { everywhere: {} }", "unknown field `everywhere`"),
        (
            "components: { schema: {} }",
            "`schema` is no kind of component",
        ),
        ("paths: { /a: { fetch: {} } }", "fetch is no method"),
        (
            "paths: { /a: { get: { responses: {} } } }",
            "an operation has no operationId",
        ),
        (
            "paths: { /a: { get: { security: null } } }",
            "`security` is no list",
        ),
        (
            "paths: { /a: { get: { parameters: [{ $ref: '#/components/parameters/No' }] } } }",
            "#/components/parameters/No is in no part",
        ),
        (
            "components: { examples: { E: { value: { type: /problems/new } } } }",
            "/problems/new is in no part's x-problems",
        ),
        ("paths: { /a: {}, /a: {} }", "duplicate entry"),
    ] {
        let refused = refusal(noun);
        assert!(refused.contains(expected), "{refused}");
        assert!(refused.contains("noun.yaml"), "{refused}");
    }
}

#[test]
fn an_operation_gets_what_all_of_its_kind_have() {
    let document = document(
        "
paths:
  /a:
    get: { operationId: getA, parameters: [{ name: q, in: query }], responses: {} }
    post: { operationId: addA, requestBody: { content: {} }, responses: {} }
    delete: { operationId: deleteA, security: [], responses: {} }
    put:
      operationId: putA
      parameters: [{ $ref: '#/components/parameters/Key' }]
      responses: { '200': { description: Done. }, '409': { description: No. } }
",
    );
    let statuses = |method: &str| {
        let responses = document["paths"]["/a"][method]["responses"].as_mapping();
        let statuses = responses.unwrap().keys().map(|key| key.as_str().unwrap());
        statuses.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(statuses("get"), "401 500");
    assert_eq!(statuses("post"), "401 413 500");
    assert_eq!(statuses("delete"), "400 500");
    assert_eq!(statuses("put"), "200 400 401 409 422 500");
    for (way, expected) in [
        ("get x-goes-to", r#""function""#),
        ("get security", r#"[{"Token":[]}]"#),
        ("post requestBody required", "true"),
        ("put responses 200 headers Id description", r#""The id.""#),
        (
            "put responses 200 headers Replayed description",
            r#""Again.""#,
        ),
        ("put responses 409 headers Replayed", "-"),
        (
            "delete responses 500 headers Id description",
            r#""The id.""#,
        ),
    ] {
        assert_eq!(at(&document["paths"]["/a"], way), expected, "{way}");
    }
}

#[test]
fn what_an_operation_says_itself_wins() {
    for (says, way, expected) in [
        ("x-goes-to: nowhere", "x-goes-to", r#""nowhere""#),
        ("x-goes-to: null", "x-goes-to", "-"),
        ("security: []", "security", "[]"),
        ("security: []", "responses 401", "-"),
        (
            "responses: { '500': { description: Mine. } }",
            "responses 500 description",
            r#""Mine.""#,
        ),
        (
            "responses: { '500': { $ref: '#/components/responses/Gone' } }",
            "responses 500",
            r##"{"$ref":"#/components/responses/Gone"}"##,
        ),
        ("responses: { '500': null }", "responses 500", "-"),
        (
            "responses: { '200': { headers: { Id: { description: Mine. } } } }",
            "responses 200 headers Id description",
            r#""Mine.""#,
        ),
        (
            "responses: { '200': { headers: { Id: null } } }",
            "responses 200 headers",
            "{}",
        ),
        (
            "requestBody: { required: false }",
            "requestBody required",
            "false",
        ),
    ] {
        let document = document(&format!(
            "paths: {{ /a: {{ get: {{ operationId: getA, {says} }} }} }}"
        ));
        let operation = &document["paths"]["/a"]["get"];
        assert_eq!(at(operation, way), expected, "{says}");
    }
}

#[test]
fn a_part_has_rules_of_its_own_before_those_of_the_kit() {
    let document = document(
        "
x-common:
  requests: { tags: [A], responses: { '500': { description: Ours. } } }
  signedIn: { tags: [Me] }
paths:
  /a:
    get: { operationId: getA, responses: {} }
    put: { operationId: putA, responses: {}, security: [] }
",
    );
    for (way, expected) in [
        ("get tags", r#"["Me"]"#),
        ("put tags", r#"["A"]"#),
        ("get responses 500 description", r#""Ours.""#),
        ("get responses 401 description", r#""Who?""#),
    ] {
        assert_eq!(at(&document["paths"]["/a"], way), expected, "{way}");
    }
}

#[test]
fn every_path_gets_one_preflight_beside_its_own_methods() {
    let document = document(
        "
paths:
  /a/list-all:
    get: { operationId: listA, responses: {} }
    post: { operationId: addA, responses: {} }
  /a/{id}:
    delete: { operationId: deleteA, parameters: [{ $ref: '#/components/parameters/Id' }], responses: {} }
    options: { operationId: preflightOneA, summary: Of one A }
",
    );
    let methods = |path: &str| {
        let item = document["paths"][path].as_mapping().unwrap();
        let methods = item.keys().map(|key| key.as_str().unwrap());
        methods.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(methods("/a/list-all"), "get post options");
    assert_eq!(methods("/a/{id}"), "delete options");
    for (way, expected) in [
        ("/a/list-all options operationId", r#""preflightListAll""#),
        (
            "/a/list-all options summary",
            r#""CORS preflight for /a/list-all""#,
        ),
        ("/a/list-all options parameters", "-"),
        ("/a/list-all options security", "[]"),
        ("/a/list-all options x-goes-to", r#""function""#),
        ("/a/list-all options responses 500", "-"),
        (
            "/a/list-all options responses 200 headers Id description",
            r#""The id.""#,
        ),
        ("/a/{id} options operationId", r#""preflightOneA""#),
        ("/a/{id} options summary", r#""Of one A""#),
        ("/a/{id} options tags", r#"["CORS"]"#),
        (
            "/a/{id} options parameters",
            r##"[{"$ref":"#/components/parameters/Id"}]"##,
        ),
    ] {
        assert_eq!(at(&document["paths"], way), expected, "{way}");
    }
}

#[test]
fn a_problem_is_completed_by_its_kind_wherever_it_is() {
    let document =
        document("x-problems: { /problems/lost: { status: 404, title: L, meaning: Lost. } }");
    let problem = r#"{"type":"/problems/gone","title":"Gone","status":404,"detail":"It is gone.","instance":"1"}"#;
    for (way, expected) in [
        ("components examples Gone value", problem),
        (
            "components examples Bad value",
            r#"{"type":"/problems/bad","title":"Bad","status":400,"detail":"Not so.","instance":"2"}"#,
        ),
        ("components examples Other value", r#"{"type":"other"}"#),
        (
            "components responses Gone headers Id description",
            r#""The id.""#,
        ),
        (
            "components responses Gone content application/problem+json schema",
            r#"{"type":"object"}"#,
        ),
        (
            "x-amazon-apigateway-gateway-responses NONE statusCode",
            r#""404""#,
        ),
        (
            "x-amazon-apigateway-gateway-responses NONE responseParameters",
            r#"{"served-by":"gateway"}"#,
        ),
    ] {
        assert_eq!(at(&document, way), expected, "{way}");
    }
    let answers = &document["x-amazon-apigateway-gateway-responses"]["NONE"]["responseTemplates"];
    assert_eq!(
        answers["application/json"],
        "{\n  \"type\": \"/problems/gone\",\n  \"title\": \"Gone\",\n  \"status\": 404,\n  \"detail\": \"It is gone.\"\n}\n"
    );
    let table = document["components"]["schemas"]["Problem"]["description"].as_str();
    let rows: Vec<_> = table.unwrap().lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "| `/problems/bad` | 400 | Bad. |",
            "| `/problems/gone` | 404 | Gone. |",
            "| `/problems/lost` | 404 | Lost. |",
        ]
    );
}

#[test]
fn every_text_is_written_so_that_all_readers_take_it_for_a_text() {
    for (text, expected) in [
        ("One movie.", "One movie."),
        ("6f0d7c52-0b8e-4a53", "6f0d7c52-0b8e-4a53"),
        ("/movies/{id}", "/movies/{id}"),
        ("2013-09-02", "'2013-09-02'"),
        (
            "2026-03-14T09:26:53.000000Z",
            "'2026-03-14T09:26:53.000000Z'",
        ),
        ("204816", "'204816'"),
        ("1e5", "'1e5'"),
        ("0x1f", "'0x1f'"),
        ("12:30", "'12:30'"),
        ("3.0.3", "3.0.3"),
        ("No", "'No'"),
        ("null", "'null'"),
        ("", "''"),
        ("it's: so", "'it''s: so'"),
        (r#"it's: "so""#, r#"'it''s: "so"'"#),
        ("!Sub", "'!Sub'"),
        ("&a", "'&a'"),
        ("*", "'*'"),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("a # b", "'a # b'"),
        ("a:", "'a:'"),
        ("a\tb", r#""a\tb""#),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\n\n  b", "|-\n  a\n\n    b"),
        ("a\n\n", "|+\n  a\n"),
        (" a\nb", "|2-\n   a\n  b"),
    ] {
        let document: Mapping = [("a".into(), text.into())].into_iter().collect();
        assert_eq!(yaml::write(&document).unwrap(), format!("a: {expected}\n"));
    }
}

#[test]
fn lists_and_mappings_read_back_as_they_are() {
    for text in [
        "a: []\n",
        "a: {}\n",
        "a: [1, true, b, 'c, d', '{e}', 'f: g']\n",
        "a:\n  - b: 1\n    c:\n      - d\n      - e: {}\n",
        "a:\n  - |\n    b\n    c\n  - [1, 2]\n  - {}\n",
        "a: 1.5\nb: -2\n",
    ] {
        let document: Mapping = serde_yaml_ng::from_str(text).unwrap();
        let written = yaml::write(&document).unwrap();
        let read: Mapping = serde_yaml_ng::from_str(&written).unwrap();
        assert_eq!(read, document, "{written}");
    }
    for (text, expected) in [
        ("a: null\n", "null"),
        ("200: a\n", "quotes"),
        ("a: !Sub b\n", "cannot be written"),
    ] {
        let document: Mapping = serde_yaml_ng::from_str(text).unwrap();
        let refused = yaml::write(&document).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn the_committed_document_is_what_its_parts_say() {
    check().unwrap();
}
