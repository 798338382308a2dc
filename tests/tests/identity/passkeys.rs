//! Signing in with a passkey.

use accounts::identity::{
    Challenge, IdentityError::NotAccepted, IdentityError::RegistrationEnded,
    IdentityError::SessionEnded, IdentityError::WrongCredentials, SignInStep, SignedInUser,
    WebAuthnJson,
};
use tests::passkey::Device;
use time::Duration;

use crate::world::{OTHER_PASSWORD, PASSWORD, World, done, fails, secret, user_of};

/// The longest time that making or using a passkey may take.
const LAST: Duration = Duration::minutes(3);

async fn options(world: &World, user: &SignedInUser) -> String {
    let current = secret(PASSWORD);
    let started = world.identity.start_passkey_registration(user, &current);
    started.await.unwrap().to_string()
}

async fn make(world: &World, user: &SignedInUser, device: &mut Device) -> WebAuthnJson {
    let credential = device.create(&options(world, user).await).await;
    WebAuthnJson::parse(&credential).unwrap()
}

async fn add(world: &World, user: &SignedInUser) -> Device {
    let mut device = Device::default();
    let credential = make(world, user, &mut device).await;
    let added = world.identity.add_passkey(user, &credential).await;
    added.unwrap();
    device
}

async fn begin(world: &World) -> Challenge {
    let (email, client) = (world.ada(), &world.client);
    let begun = world.identity.sign_in_with_passkey(&email, client).await;
    match begun.unwrap() {
        SignInStep::Challenge(challenge) => challenge,
        SignInStep::Done(_) => panic!("no challenge"),
    }
}

async fn answer(
    world: &World,
    challenge: &Challenge,
    device: &mut Device,
) -> Result<SignInStep, accounts::identity::IdentityError> {
    let options = &challenge.parameters["CREDENTIAL_REQUEST_OPTIONS"];
    let credential = device.sign(options).await;
    world
        .respond(challenge, &[("CREDENTIAL", &credential)])
        .await
}

async fn sign_in(
    world: &World,
    device: &mut Device,
) -> Result<SignInStep, accounts::identity::IdentityError> {
    answer(world, &begin(world).await, device).await
}

async fn count(world: &World, user: &SignedInUser) -> usize {
    world.identity.passkeys(user).await.unwrap().len()
}

pub(crate) async fn a_passkey_signs_in_alone(world: World) {
    let user = world.user(&world.ada()).await;
    world.turn_on_totp(&user).await;
    let mut device = add(&world, &user).await;
    let tokens = done(sign_in(&world, &mut device).await.unwrap());
    assert_eq!(user_of(&tokens).id, user.id);
    world.refresh(&tokens).await.unwrap();
}

pub(crate) async fn a_passkey_is_added_with_the_password_only(world: World) {
    let user = world.user(&world.ada()).await;
    let wrong = secret(OTHER_PASSWORD);
    let started = world.identity.start_passkey_registration(&user, &wrong);
    fails!(started.await, WrongCredentials);
    let credential = Device::default()
        .create(&options(&world, &user).await)
        .await;
    let other = world.user(&world.email("grace")).await;
    let credential = WebAuthnJson::parse(&credential).unwrap();
    let added = world.identity.add_passkey(&other, &credential).await;
    fails!(added, RegistrationEnded);
    assert_eq!(count(&world, &user).await, 0);
}

pub(crate) async fn a_passkey_that_is_not_of_its_registration_is_not_accepted(world: World) {
    let user = world.user(&world.ada()).await;
    let credential = make(&world, &user, &mut Device::default()).await;
    options(&world, &user).await;
    let added = world.identity.add_passkey(&user, &credential).await;
    fails!(added, NotAccepted);
    assert_eq!(count(&world, &user).await, 0);
}

pub(crate) async fn a_passkey_is_listed_and_removed(world: World) {
    let user = world.user(&world.ada()).await;
    let mut device = add(&world, &user).await;
    add(&world, &user).await;
    let passkeys = world.identity.passkeys(&user).await.unwrap();
    assert_eq!(passkeys.len(), 2);
    for _ in 0..2 {
        let deleted = world.identity.delete_passkey(&user, &passkeys[0].id).await;
        deleted.unwrap();
        assert_eq!(count(&world, &user).await, 1);
    }
    fails!(sign_in(&world, &mut device).await, WrongCredentials);
}

pub(crate) async fn what_takes_too_long_has_ended(world: World) {
    let user = world.user(&world.ada()).await;
    let mut device = add(&world, &user).await;
    let challenge = begin(&world).await;
    let other = make(&world, &user, &mut Device::default()).await;
    world.let_pass(LAST - Duration::seconds(1));
    done(sign_in(&world, &mut device).await.unwrap());
    world.let_pass(Duration::seconds(1));
    fails!(answer(&world, &challenge, &mut device).await, SessionEnded);
    let added = world.identity.add_passkey(&user, &other).await;
    fails!(added, RegistrationEnded);
}

pub(crate) async fn a_new_password_ends_what_was_begun_with_the_old_one(world: World) {
    let user = world.user(&world.ada()).await;
    let credential = make(&world, &user, &mut Device::default()).await;
    let (current, new) = (secret(PASSWORD), secret(OTHER_PASSWORD));
    let changed = world.identity.change_password(&user, &current, &new).await;
    changed.unwrap();
    let added = world.identity.add_passkey(&user, &credential).await;
    fails!(added, RegistrationEnded);
}

pub(crate) async fn passkeys_go_with_the_account(world: World) {
    let user = world.user(&world.ada()).await;
    let mut device = add(&world, &user).await;
    let credential = make(&world, &user, &mut Device::default()).await;
    world.identity.delete_account(&user).await.unwrap();
    let added = world.identity.add_passkey(&user, &credential).await;
    fails!(added, SessionEnded);
    fails!(world.identity.passkeys(&user).await, SessionEnded);
    fails!(sign_in(&world, &mut device).await, WrongCredentials);
    let again = world.user(&world.ada()).await;
    assert_eq!(count(&world, &again).await, 0);
    fails!(sign_in(&world, &mut device).await, WrongCredentials);
}

/// The account may have passkeys from before it got the address, of a previous owner.
pub(crate) async fn a_reset_removes_passkeys_from_before_the_address(world: World) {
    let user = world.user(&world.email("mallory")).await;
    let mut before = add(&world, &user).await;
    world.change_email(&user, &world.ada()).await.unwrap();
    let code = secret(&world.code(&world.ada()).await);
    world.let_pass(Duration::seconds(1));
    world.identity.verify_email(&user, &code).await.unwrap();
    let mut after = add(&world, &user).await;
    done(sign_in(&world, &mut before).await.unwrap());

    world.forgot(&world.ada()).await.unwrap();
    let code = world.code(&world.ada()).await;
    let reset = world.reset(&world.ada(), &code, OTHER_PASSWORD).await;
    reset.unwrap();
    fails!(sign_in(&world, &mut before).await, WrongCredentials);
    done(sign_in(&world, &mut after).await.unwrap());
}
