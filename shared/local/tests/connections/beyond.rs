//! A server that other machines can reach, and its answers to them.

use std::{fs, path::Path};

use aws_smithy_runtime_api::client::{http::HttpConnector as _, orchestrator::HttpRequest};
use http_body_util::BodyExt as _;
use kit::clock::{Clock as _, SystemClock};
use local::server::{Data, HostName, Options, Server, Stage, StartError};
use serde_json::{Value, json};
use service::aws::{Trust, connector};

use crate::wire::{Answer, Wire, authority, start, start_with};

async fn get(mut wire: Wire, path: &str, host: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    wire.send(request.as_bytes()).await.unwrap();
    wire.answer().await.unwrap().unwrap()
}

const PAGES: [&str; 5] = [
    "/tools",
    "/mailbox",
    "/authenticator?secret=GEZDGNBV",
    "/docs/",
    "/openapi.yaml",
];

#[tokio::test]
async fn a_name_that_was_not_allowed_is_421_and_the_answer_says_how_to_allow_it() {
    let server = start_with(Options {
        allowed_hosts: vec!["Laptop.local".parse::<HostName>().unwrap()],
        ..Options::default()
    })
    .await;
    for host in [
        "127.0.0.1",
        "localhost:1",
        "10.0.2.2:3000",
        "10.0.3.2:3000",
        "laptop.local:3000",
        "LAPTOP.LOCAL",
    ] {
        let answer = get(Wire::open(&server).await, "/Development/health", host).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    for (host, advice) in [
        ("other.local:3000", "cargo dev --allow-host other.local`"),
        ("192.168.1.5:3000", "cargo dev --allow-host 192.168.1.5`"),
        ("<script>", "cargo dev --allow-host NAME`"),
    ] {
        let answer = get(Wire::open(&server).await, "/Development/health", host).await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(answer.body.contains(advice), "{}", answer.body);
    }
    server.stop().await;
}

/// An allowed name may be that of a tunnel, which anybody may use.
#[tokio::test]
async fn pages_are_shown_by_names_of_this_machine_only() {
    let server = start_with(Options {
        allowed_hosts: vec!["laptop.local".parse::<HostName>().unwrap()],
        ..Options::default()
    })
    .await;
    for path in PAGES {
        for (host, status) in [("localhost", 200), ("10.0.2.2", 200), ("laptop.local", 403)] {
            let answer = get(Wire::open(&server).await, path, host).await;
            assert_eq!(answer.status, status, "{path} of {host}");
        }
    }
    server.stop().await;
}

/// 127.0.0.2 stands for another machine: it is not the address that the client connects to.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn others_get_the_api_and_nothing_else() {
    let server = start().await;
    let address = authority(&server).to_owned();
    let from = async |path: &str| {
        let wire = Wire::open_from("127.0.0.2".parse().unwrap(), &address).await;
        get(wire, path, &address).await
    };
    for path in PAGES {
        let answer = from(path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("/problems/only-on-this-machine"));
    }
    for (path, status) in [
        ("/Development/health", 200),
        ("/Production/.well-known/jwks.json", 200),
        ("/Development/auth/configuration", 200),
        ("/Development/me", 401),
        ("/nothing", 404),
    ] {
        assert_eq!(from(path).await.status, status, "{path}");
    }
    server.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_is_listened_on_besides_that_of_this_machine() {
    let ask = async |server: &Server, address: &str, host: &str| {
        let (_, port) = authority(server).rsplit_once(':').unwrap();
        let to = format!("{address}:{port}");
        let wire = Wire::open_from(address.parse().unwrap(), &to).await;
        get(wire, "/mailbox", host).await.status
    };
    for listen in ["127.0.0.2", "0.0.0.0", "::"] {
        let server = start_with(Options {
            listen: listen.parse().unwrap(),
            ..Options::default()
        })
        .await;
        for address in ["127.0.0.1", "127.0.0.2"] {
            assert_eq!(ask(&server, address, address).await, 200, "{listen}");
            assert_eq!(ask(&server, address, "evil.example").await, 421, "{listen}");
        }
        assert_eq!(
            ask(&server, "127.0.0.1", "127.0.0.2").await,
            421,
            "{listen}"
        );
        // Tokens have one issuer, for every caller and every address.
        let issuer = &server.stage(Stage::Development).identity().issuer().url;
        assert_eq!(*issuer, server.stage_url(Stage::Development));
        assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
        let elsewhere = server.urls_elsewhere();
        assert!(elsewhere.iter().all(|url| !url.contains("127.0.0.1")));
        assert_eq!(
            elsewhere.iter().any(|url| url.contains("127.0.0.2")),
            listen == "127.0.0.2"
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn only_this_machine_is_listened_on_unless_asked() {
    let server = start().await;
    assert!(server.urls_elsewhere().is_empty());
    assert!(server.url().starts_with("http://127.0.0.1:"));
    let elsewhere = Options {
        listen: "192.0.2.1".parse().unwrap(),
        quiet: true,
        ..Options::default()
    };
    let error = Server::start(elsewhere).await.unwrap_err();
    assert!(matches!(error, StartError::Address(_)), "{error:?}");
    assert!(error.to_string().contains("--listen"));
    server.stop().await;
}

/// Sends a request over TLS that trusts only this authority.
async fn https(
    server: &Server,
    authority: &str,
    path: &str,
    token: Option<&str>,
) -> Result<(u16, String), String> {
    let mut request = HttpRequest::new("".into());
    request.set_uri(format!("{}{path}", server.url())).unwrap();
    if let Some(token) = token {
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {token}"));
    }
    let connector = connector(Trust::File(authority.into()));
    let answer = connector
        .call(request)
        .await
        .map_err(|error| format!("{error:?}"))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn token(server: &Server) -> String {
    let identity = server.stage(Stage::Development).identity();
    let issuer = identity.issuer();
    let now = SystemClock.now().unix_timestamp();
    identity.sign(&json!({
        "sub": "ada", "username": "ada", "iss": issuer.url, "client_id": issuer.client_id, "token_use": "access",
        "scope": "aws.cognito.signin.user.admin", "auth_time": now, "iat": now, "exp": now + 900,
    }))
}

#[tokio::test]
async fn tls_is_spoken_with_a_certificate_that_its_authority_vouches_for() {
    let server = start_with(Options {
        tls: true,
        ..Options::default()
    })
    .await;
    assert!(server.url().starts_with("https://127.0.0.1:"));
    let nobody = start_with(Options {
        tls: true,
        ..Options::default()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let kept = kept(folder.path(), false).await;
    // The authority can be fetched over the network as well, but then it has to be trusted unseen.
    let (status, offered) = https(&kept.0, &kept.1, "/ca.crt", None).await.unwrap();
    assert_eq!((status, offered), (200, kept.1.clone()));
    assert!(https(&nobody, &kept.1, "/ca.crt", None).await.is_err());
    // The key sets are fetched over TLS too, or the token would not be accepted.
    let token = token(&kept.0);
    let (status, movies) = https(&kept.0, &kept.1, "/Development/movies", Some(&token))
        .await
        .unwrap();
    assert_eq!(status, 200, "{movies}");
    let (_, configuration) = https(&kept.0, &kept.1, "/Development/auth/configuration", None)
        .await
        .unwrap();
    let configuration: Value = serde_json::from_str(&configuration).unwrap();
    assert!(
        configuration["issuer"]
            .as_str()
            .unwrap()
            .starts_with("https://127.0.0.1:")
    );
    // Plain HTTP gets no HTTP answer.
    let mut wire = Wire::open(&kept.0).await;
    let _ = wire
        .send(b"GET /mailbox HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert!(!matches!(
        wire.bytes_to_the_end().await.as_slice(),
        [b'H', ..]
    ));
    for server in [server, nobody, kept.0] {
        server.stop().await;
    }
}

/// A server with its data in a folder, and the certificate of its authority.
async fn kept(folder: &Path, listen: bool) -> (Server, String) {
    let listen = if listen { "0.0.0.0" } else { "127.0.0.1" };
    let server = start_with(Options {
        tls: true,
        listen: listen.parse().unwrap(),
        data: Data::Folder(folder.to_owned()),
        ..Options::default()
    })
    .await;
    let pem = fs::read_to_string(folder.join("tls/ca.crt")).unwrap();
    (server, pem)
}

#[tokio::test]
async fn the_authority_has_to_be_installed_once() {
    let folder = tempfile::tempdir().unwrap();
    let (first, pem) = kept(folder.path(), false).await;
    first.stop().await;
    let (second, same) = kept(folder.path(), true).await;
    assert_eq!(pem, same);
    assert_eq!(
        https(&second, &pem, "/Development/health", None)
            .await
            .unwrap()
            .0,
        200
    );
    second.stop().await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |file: &str| {
            fs::metadata(folder.path().join(file))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("tls") & 0o777, 0o700);
        assert_eq!(mode("tls/ca.key") & 0o777, 0o600);
    }
    fs::write(folder.path().join("tls/ca.key"), "no key").unwrap();
    let options = Options {
        tls: true,
        quiet: true,
        data: Data::Folder(folder.path().to_owned()),
        ..Options::default()
    };
    let error = Server::start(options).await.unwrap_err();
    assert!(error.to_string().contains("delete that folder"), "{error}");
    let left = fs::read_to_string(folder.path().join("tls/ca.key")).unwrap();
    assert_eq!(left, "no key");
}
