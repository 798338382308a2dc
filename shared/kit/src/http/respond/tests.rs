use super::*;

#[test]
fn a_part_that_varies_stands_for_any_one_part() {
    let known = "/me/passkeys/{passkeyId}";
    for (path, does) in [
        ("/me/passkeys/4Wb-x_0", true),
        ("/me/passkeys/%2F", true),
        ("/me/passkeys/", false),
        ("/me/passkeys", false),
        ("/me/passkeys/a/b", false),
        ("/me/passkeys//", false),
        ("/me/others/a", false),
        ("", false),
    ] {
        assert_eq!(fits(known, path), does, "{path}");
    }
    assert!(!fits("/me/passkeys/options", "/me/passkeys/4Wb-x_0"));
}
