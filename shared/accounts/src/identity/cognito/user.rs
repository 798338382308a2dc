//! A user, as Cognito describes one.

use aws_sdk_cognitoidentityprovider::operation::get_user::GetUserOutput;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{CognitoIdentity, refusal::Refusal};
use crate::identity::{Email, Profile, Result, SignedInUser};

/// Gets the user whom an access token belongs to. If the token is no longer valid, the session has ended.
pub(super) async fn get_user(cognito: &CognitoIdentity, user: &SignedInUser) -> Result<User> {
    cognito
        .client
        .get_user()
        .access_token(user.access_token.expose_secret())
        .send()
        .await
        .map(User)
        .map_err(|error| Refusal::from(error).in_session())
}

pub(super) struct User(GetUserOutput);

/// An entry of the attribute `identities`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FederatedIdentity {
    provider_name: String,
    user_id: Option<String>,
}

impl User {
    fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.0.user_attributes.iter();
        let value = attributes.find(|attribute| attribute.name == name)?.value();
        // An attribute is removed by a blank value.
        value.filter(|value| !value.is_empty())
    }

    fn identities(&self) -> Vec<FederatedIdentity> {
        let json = self.attribute("identities").unwrap_or("[]");
        serde_json::from_str(json).unwrap_or_default()
    }

    /// True if the user came from a federated provider and has nothing to sign in with here; a user who signed up here
    /// and linked such a provider later can still sign in here.
    pub(super) fn is_federated(&self) -> bool {
        self.identities().iter().any(|identity| {
            let id = identity.user_id.as_deref().unwrap_or_default();
            let username = format!("{}_{id}", identity.provider_name);
            username.eq_ignore_ascii_case(&self.0.username)
        })
    }
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let mfa = user.0.user_mfa_setting_list();
        Self {
            email: user
                .attribute("email")
                .and_then(|text| Email::parse(text).ok()),
            email_verified: user.attribute("email_verified") == Some("true"),
            // Cognito keeps the address, but does not show it.
            pending_email: None,
            name: user.attribute("name").map(ToOwned::to_owned),
            totp_enabled: mfa.iter().any(|method| method == "SOFTWARE_TOKEN_MFA"),
            providers: user
                .identities()
                .into_iter()
                .map(|identity| identity.provider_name)
                .collect(),
            created_at: None,
            attributes: user
                .0
                .user_attributes
                .into_iter()
                .map(|attribute| (attribute.name, attribute.value.unwrap_or_default()))
                .collect(),
        }
    }
}
