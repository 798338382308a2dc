use super::{
    super::tables::{decode, encode},
    *,
};

#[test]
fn a_recorded_passkey_is_read_and_written_as_it_was() {
    let passkey: Passkey = decode(RECORDED.as_bytes()).unwrap();
    let written = String::from_utf8(encode(&passkey).unwrap()).unwrap();
    assert_eq!(written, RECORDED);
    // Members that a later version adds are ignored.
    let later = RECORDED.replacen('{', r#"{"of_the_future":1,"#, 1);
    decode::<Passkey>(later.as_bytes()).unwrap();
}
