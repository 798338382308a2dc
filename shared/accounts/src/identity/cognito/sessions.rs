//! Continues, lists and ends the sessions of a user.

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::{primitives::DateTime, types::DeviceType};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{
    CognitoIdentity,
    refusal::Refusal,
    sign_in::{nothing, tokens},
};
use crate::identity::{
    ClientContext, IdentityError, Result, Session, SessionOperations, Sessions, SignedInUser,
    Tokens,
};

/// The size of a page: the largest that Cognito allows.
const PAGE: i32 = 60;
const PAGES: usize = 10;

#[async_trait]
impl SessionOperations for CognitoIdentity {
    async fn refresh(&self, refresh_token: &SecretString, _: &ClientContext) -> Result<Tokens> {
        // A retry after a lost response sends an old token, which is valid during the app client's grace period.
        let answer = self
            .client
            .get_tokens_from_refresh_token()
            .client_id(&self.app_client.id)
            .client_secret(self.app_client.secret.expose_secret())
            .refresh_token(refresh_token.expose_secret())
            .send()
            .await
            .map_err(|error| {
                let refusal = Refusal::from(error);
                match refusal.name() {
                    // The text is not in the form of a refresh token.
                    "InvalidParameterException" => IdentityError::SessionEnded,
                    _ => refusal.in_session(),
                }
            })?;
        let mut result = answer.authentication_result.ok_or_else(nothing)?;
        // The refresh token that was sent stays valid if refresh tokens do not rotate.
        result
            .refresh_token
            .get_or_insert_with(|| refresh_token.expose_secret().to_owned());
        tokens(result)
    }

    async fn sign_out(&self, refresh_token: &SecretString) -> Result<()> {
        let revoked = self
            .client
            .revoke_token()
            .client_id(&self.app_client.id)
            .client_secret(self.app_client.secret.expose_secret())
            .token(refresh_token.expose_secret())
            .send()
            .await;
        let Err(error) = revoked else {
            return Ok(());
        };
        let refusal = Refusal::from(error);
        match refusal.name() {
            // The token is malformed, of another client or kind, or no longer valid: there is no session to end.
            "InvalidParameterException"
            | "NotAuthorizedException"
            | "UnauthorizedException"
            | "UnsupportedTokenTypeException"
            | "UserNotFoundException" => Ok(()),
            _ => Err(refusal.meaning()),
        }
    }

    async fn sessions(&self, user: &SignedInUser) -> Result<Sessions> {
        let mut items = Vec::new();
        let mut next = None;
        for _ in 0..PAGES {
            let page = self
                .client
                .list_devices()
                .access_token(user.access_token.expose_secret())
                .limit(PAGE)
                .set_pagination_token(next)
                .send()
                .await;
            match page {
                Ok(page) => {
                    items.extend(page.devices.unwrap_or_default().iter().map(session));
                    next = page.pagination_token;
                }
                Err(error) => {
                    let refusal = Refusal::from(error);
                    match refusal.name() {
                        // The pool does not track devices.
                        "InvalidParameterException" | "InvalidUserPoolConfigurationException" => {
                            break;
                        }
                        _ => return Err(refusal.in_session()),
                    }
                }
            }
            if next.is_none() {
                break;
            }
        }
        items.sort_by_key(|session| std::cmp::Reverse(session.last_used_at));
        Ok(Sessions {
            complete: false,
            items,
        })
    }

    async fn sign_out_everywhere(&self, user: &SignedInUser) -> Result<()> {
        if is_of_another(self, user).await? {
            return Ok(());
        }
        self.client
            .admin_user_global_sign_out()
            .user_pool_id(&self.pool_id)
            .username(&user.username)
            .send()
            .await
            .map(drop)
            .or_else(|error| gone_is_done(&error.into()))
    }
}

fn session(device: &DeviceType) -> Session {
    let attribute = |name: &str| {
        let mut attributes = device.device_attributes().iter();
        attributes.find(|attribute| attribute.name == name)?.value()
    };
    let moment = |at: Option<&DateTime>| {
        let seconds = at?.secs();
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    };
    Session {
        id: device.device_key().unwrap_or_default().to_owned(),
        name: attribute("device_name").map(ToOwned::to_owned),
        created_at: moment(device.device_create_date()),
        last_used_at: moment(device.device_last_authenticated_date()),
        user_agent: None,
        address: attribute("last_ip_used").and_then(|address| address.parse().ok()),
        current: None,
    }
}

/// True if the username belongs to another user, or to nobody any more. A federated user who signs in again after the
/// account was deleted is another user with the same username. The usernames of the pool's own users are their ids,
/// which are never reused.
pub(super) async fn is_of_another(cognito: &CognitoIdentity, user: &SignedInUser) -> Result<bool> {
    if user.username == user.id.as_str() {
        return Ok(false);
    }
    let found = cognito
        .client
        .admin_get_user()
        .user_pool_id(&cognito.pool_id)
        .username(&user.username)
        .send()
        .await;
    match found {
        Ok(found) => {
            let mut attributes = found.user_attributes().iter();
            let id = attributes.find(|attribute| attribute.name == "sub");
            Ok(id.and_then(|id| id.value.as_deref()) != Some(user.id.as_str()))
        }
        Err(error) => gone_is_done(&error.into()).map(|()| true),
    }
}

pub(super) fn gone_is_done(refusal: &Refusal) -> Result<()> {
    match refusal.name() {
        "UserNotFoundException" => Ok(()),
        "NotAuthorizedException" => Err(refusal.of_administrator()),
        _ => Err(refusal.meaning()),
    }
}
