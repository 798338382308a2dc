use super::*;

#[test]
fn what_goes_there_and_back_is_the_same() {
    let text = r#"{"a":[null,true,-7,0,18446744073709551615,1.5,"é"],"b":{"c":{}}}"#;
    let json = WebAuthnJson::parse(text).unwrap();
    assert_eq!(to_json(of_json(&json)).unwrap(), json);
}

#[test]
fn what_is_no_object_or_no_json_is_refused() {
    to_json(Document::Array(Vec::new())).unwrap_err();
    let not_a_number = Document::Number(Number::Float(f64::NAN));
    let members = [("a".to_owned(), not_a_number)].into();
    to_json(Document::Object(members)).unwrap_err();
}
