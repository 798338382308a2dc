//! Reads and changes a user's profile, and deletes the account.

use std::collections::BTreeMap;

use accounts::identity::{Email, IdentityError, Name, Profile, SignedInUser};

use super::{EmbeddedIdentity, directory::Tables as _, letters::address, sessions::Claimed};

pub(super) async fn profile(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
) -> Result<Profile, IdentityError> {
    let (user, now) = (Claimed::by(user)?, on.clock.now());
    let (email, account) = on.read(move |tables| user.check(tables, now)).await?;
    let mut attributes = BTreeMap::from([
        ("sub".to_owned(), account.sub),
        ("email".to_owned(), email.clone()),
        ("email_verified".to_owned(), true.to_string()),
    ]);
    if let Some(name) = &account.name {
        attributes.insert("name".to_owned(), name.clone());
    }
    let pending_email = account.pending_email.as_deref().map(address);
    Ok(Profile {
        email: Some(address(&email)?),
        email_verified: true,
        pending_email: pending_email.transpose()?,
        name: account.name,
        totp_enabled: account.totp.is_some(),
        providers: account.provider.into_iter().collect(),
        created_at: Some(account.created_at),
        attributes,
    })
}

pub(super) async fn change_name(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
    name: Option<&Name>,
) -> Result<(), IdentityError> {
    let (user, now) = (Claimed::by(user)?, on.clock.now());
    let name = name.map(|name| name.as_str().to_owned());
    on.write(now, move |change| {
        let (email, mut account) = user.check(change, now)?;
        account.name = name;
        Ok(change.put_account(&email, &account)?)
    })
    .await
}

pub(super) async fn delete_account(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
) -> Result<(), IdentityError> {
    let sub = user.id.as_str().to_owned();
    let email = on.write(on.clock.now(), move |change| {
        let found = change.account_of(&sub)?;
        if let Some((email, _)) = &found {
            change.remove_account(email, &sub)?;
            change.leave_groups(email)?;
        }
        change.retain_passkeys(&sub, |_| false)?;
        change.remove_sessions(&sub)?;
        change.remove_refresh_tokens(&sub)?;
        Ok(found.map(|(email, _)| email))
    });
    let email = email.await?;
    let email: Option<Email> = email.as_deref().map(address).transpose()?;
    on.mailbox.forget(&user.id, email.as_ref());
    on.challenges.end(user.id.as_str());
    on.ceremonies.end(user.id.as_str());
    Ok(())
}
