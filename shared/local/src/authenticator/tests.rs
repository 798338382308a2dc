use super::*;

#[test]
fn codes_are_those_of_rfc_6238() {
    // "12345678901234567890"; the RFC shows eight digits, of which these are the last six.
    let secret = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq";
    for (at, code, seconds_left) in [
        (59, "287082", 1),
        (1_111_111_109, "081804", 1),
        (1_111_111_111, "050471", 29),
        (2_000_000_000, "279037", 10),
    ] {
        let at = OffsetDateTime::from_unix_timestamp(at).unwrap();
        let shown = show(secret, at).unwrap();
        assert_eq!(
            (shown.code.as_str(), shown.seconds_left),
            (code, seconds_left)
        );
    }
    for no_secret in ["", "1", "!"] {
        assert_eq!(show(no_secret, OffsetDateTime::UNIX_EPOCH), None);
    }
}
