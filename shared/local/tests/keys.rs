//! New signing keys, as apps and the service see them.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{path::Path, time::Duration};

use accounts::identity::{
    ClientContext, Email, SignInOperations as _, SignInStep, SignUp, SignUpOperations as _,
};
use local::server::{Data, Options, Server, Stage};
use reqwest::Client;
use secrecy::ExposeSecret as _;

const PASSWORD: &str = "Correct-Horse-7-Battery";

async fn start(folder: &Path, port: u16) -> Server {
    let options = Options {
        port,
        data: Data::Folder(folder.to_owned()),
        quiet: true,
        ..Options::default()
    };
    Server::start(options).await.unwrap()
}

async fn sign_up(server: &Server) {
    let stage = server.stage(Stage::Development);
    let (email, client) = (ada(), ClientContext::default());
    let sign_up = SignUp {
        email: email.clone(),
        password: PASSWORD.into(),
        name: None,
    };
    stage.identity().sign_up(sign_up, &client).await.unwrap();
    let code = stage.mailbox().code_for(&email).unwrap().into();
    let confirmed = stage
        .identity()
        .confirm_sign_up(&email, &code, None, &client);
    confirmed.await.unwrap();
}

fn ada() -> Email {
    Email::parse("ada@example.com").unwrap()
}

async fn sign_in(server: &Server) -> String {
    let identity = server.stage(Stage::Development).identity();
    let client = ClientContext::default();
    let step = identity.sign_in(&ada(), &PASSWORD.into(), &client).await;
    match step.unwrap() {
        SignInStep::Done(tokens) => tokens.access.expose_secret().to_owned(),
        SignInStep::Challenge(_) => unreachable!("nothing else has to be proved"),
    }
}

async fn status(server: &Server, token: &str) -> u16 {
    let movies = format!("{}/movies", server.stage_url(Stage::Development));
    let request = Client::new().get(movies).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

fn keys(server: &Server) -> usize {
    let jwks = server.stage(Stage::Development).identity().jwks();
    jwks["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn tokens_of_the_old_key_and_of_the_new_one_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), 0).await;
    sign_up(&server).await;
    let before = sign_in(&server).await;
    assert_eq!(status(&server, &before).await, 200);
    // For an unknown key the key set is fetched again, but at the earliest a second after the last fetch.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let identity = server.stage(Stage::Development).identity();
    identity.rotate_keys().await.unwrap();
    let after = sign_in(&server).await;
    for token in [&before, &after] {
        assert_eq!(status(&server, token).await, 200);
    }
    assert_eq!(keys(&server), 2);

    // The same at a restart, where the issuer is the same.
    let port = server.url().rsplit(':').next().unwrap().parse().unwrap();
    server.stop().await;
    let server = start(folder.path(), port).await;
    assert_eq!(keys(&server), 2);
    let identity = server.stage(Stage::Development).identity();
    identity.rotate_keys().await.unwrap();
    assert_eq!(keys(&server), 3);
    for token in [before, after, sign_in(&server).await] {
        assert_eq!(status(&server, &token).await, 200);
    }
    server.stop().await;
}
