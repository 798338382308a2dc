//! The data that survives a restart, and the refusal of a second server on the same folder.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use accounts::identity::{
    ClientContext, Email, IdentityError, SignInOperations as _, SignUp, SignUpOperations as _,
};
use local::server::{Data, Options, Server, Stage, StageServices, StartError};

const PASSWORD: &str = "Correct-Horse-7-Battery";

async fn start(folder: &Path) -> Result<Server, StartError> {
    let options = Options {
        data: Data::Folder(folder.to_owned()),
        seed: true,
        quiet: true,
        ..Options::default()
    };
    Server::start(options).await
}

async fn sign_up(stage: &StageServices, email: &Email) {
    let sign_up = SignUp {
        email: email.clone(),
        password: PASSWORD.into(),
        name: None,
    };
    stage
        .identity()
        .sign_up(sign_up, &ClientContext::default())
        .await
        .unwrap();
    let code = stage.mailbox().code_for(email).unwrap();
    let confirmed = stage
        .identity()
        .confirm_sign_up(email, &code.into(), None, &ClientContext::default())
        .await;
    confirmed.unwrap();
}

#[tokio::test]
async fn accounts_groups_and_the_signing_key_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let ada = Email::parse("ada@example.com").unwrap();
    let server = start(folder.path()).await.unwrap();
    let stage = server.stage(Stage::Development);
    sign_up(stage, &ada).await;
    stage
        .identity()
        .add_to_group(&ada, "editors")
        .await
        .unwrap();
    let keys = stage.identity().jwks();
    let of_production = server.stage(Stage::Production).identity().jwks();
    assert_ne!(keys, of_production);
    server.stop().await;

    let server = start(folder.path()).await.unwrap();
    let identity = server.stage(Stage::Development).identity();
    assert_eq!(identity.jwks(), keys);
    identity
        .sign_in(&ada, &PASSWORD.into(), &ClientContext::default())
        .await
        .unwrap();
    let elsewhere = server.stage(Stage::Production).identity();
    let refused = elsewhere
        .sign_in(&ada, &PASSWORD.into(), &ClientContext::default())
        .await;
    assert!(matches!(refused, Err(IdentityError::WrongCredentials)));
    server.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_look_into_the_folders() {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt as _,
    };

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    start(&data).await.unwrap().stop().await;
    for path in [
        data.clone(),
        data.join("Development"),
        data.join("Production"),
    ] {
        assert_eq!(mode(&path), 0o700, "{}", path.display());
    }

    let before = data.join("Production");
    fs::set_permissions(&before, Permissions::from_mode(0o755)).unwrap();
    start(&data).await.unwrap().stop().await;
    assert_eq!(mode(&before), 0o700);
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).await.unwrap();
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::InUse(_)));
    assert!(error.to_string().contains("--data"), "{error}");
    first.stop().await;
    start(folder.path()).await.unwrap().stop().await;
}
