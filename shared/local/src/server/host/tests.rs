use super::*;

fn ends(here: &str) -> Ends {
    let here = here.parse().unwrap();
    Ends {
        client: here,
        here,
        scheme: "http",
    }
}

#[test]
fn only_names_that_no_one_can_give_away_are_this_machine() {
    use Known::{Allowed, Machine};

    let allowed = ["laptop.local", "192.168.1.9", "2001:db8::9"];
    let allowed = allowed.map(|name| name.parse::<HostName>().unwrap());
    for (host, here, known) in [
        ("127.0.0.1", "127.0.0.1", Some(Machine)),
        ("127.0.0.1:3000", "127.0.0.1", Some(Machine)),
        ("localhost:80", "127.0.0.1", Some(Machine)),
        ("LocalHost", "127.0.0.1", Some(Machine)),
        ("[::1]", "127.0.0.1", Some(Machine)),
        ("[::1]:3000", "::1", Some(Machine)),
        ("10.0.2.2:3000", "127.0.0.1", Some(Machine)),
        ("10.0.3.2:3000", "127.0.0.1", Some(Machine)),
        ("192.168.1.5:3000", "192.168.1.5", Some(Machine)),
        ("[2001:db8::5]:3000", "2001:db8::5", Some(Machine)),
        ("laptop.local:3000", "127.0.0.1", Some(Allowed)),
        ("Laptop.Local", "127.0.0.1", Some(Allowed)),
        ("192.168.1.9", "127.0.0.1", Some(Allowed)),
        ("[2001:db8::9]", "127.0.0.1", Some(Allowed)),
        ("192.168.1.5", "127.0.0.1", None),
        ("127.0.0.2", "127.0.0.1", None),
        ("[2001:db8::5]", "127.0.0.1", None),
        ("[::ffff:127.0.0.1]", "127.0.0.1", None),
        ("[127.0.0.1]", "127.0.0.1", None),
        ("2130706433", "127.0.0.1", None),
        ("127.1", "127.0.0.1", None),
        ("127.0.0.1.", "127.0.0.1", None),
        ("", "127.0.0.1", None),
        (":3000", "127.0.0.1", None),
        ("evil.example", "127.0.0.1", None),
        ("evil.example:3000", "127.0.0.1", None),
        ("localhost.evil.example", "127.0.0.1", None),
        ("evil.laptop.local", "127.0.0.1", None),
        ("127.0.0.1.evil.example:3000", "127.0.0.1", None),
        ("127.0.0.1:3000:80", "127.0.0.1", None),
        ("localhost:evil", "127.0.0.1", None),
        ("evil@localhost", "127.0.0.1", None),
        ("::1", "::1", None),
        ("0.0.0.0:3000", "127.0.0.1", None),
    ] {
        let found = without_port(host).and_then(|name| judge(name, ends(here), &allowed));
        assert_eq!(found, known, "{host} at {here}");
    }
}

#[test]
fn a_host_name_has_no_port_and_no_path() {
    for (text, name) in [
        ("laptop.local", Some("laptop.local")),
        ("Laptop", Some("laptop")),
        ("abc-1.ngrok.app", Some("abc-1.ngrok.app")),
        ("192.168.1.5", Some("192.168.1.5")),
        ("[2001:DB8::5]", Some("2001:db8::5")),
        ("2001:db8::5", Some("2001:db8::5")),
        ("", None),
        ("*", None),
        ("*.example.com", None),
        ("laptop.local:3000", None),
        ("http://laptop.local", None),
        ("laptop..local", None),
        ("127.1", None),
        ("2130706433", None),
        ("192.168.1.5.", None),
    ] {
        let parsed = text.parse::<HostName>().ok();
        assert_eq!(parsed.as_ref().map(HostName::as_str), name, "{text}");
    }
}
