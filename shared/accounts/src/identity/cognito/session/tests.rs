use super::*;

#[test]
fn what_was_packed_is_unpacked() {
    for (username, session) in [
        ("3f2c", Some("AYABe.with-a.point")),
        ("ada.b@example.com", Some("s")),
        ("Äda/+", None),
    ] {
        let unpacked = unpack(&pack(username, session));
        let expected = (username.to_owned(), session.map(ToOwned::to_owned));
        assert_eq!(unpacked, Some(expected), "{username}");
    }
}

#[test]
fn what_was_not_packed_is_refused() {
    for session in [
        "",
        "session",
        ".session",
        "M!M.session",
        "_w.session",
        "YQ==.s",
    ] {
        assert_eq!(unpack(&session.into()), None, "{session}");
    }
}
