//! What tokens say.

use api::{identity::Email, token::Issuer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::accounts::Account;

/// The claims that Amazon Cognito puts into an access token and into an id token.
pub(super) fn of(
    issuer: &Issuer,
    email: &Email,
    account: Account,
    groups: Vec<String>,
    now: OffsetDateTime,
    end: OffsetDateTime,
) -> (Value, Value) {
    let mut access = json!({
        "sub": account.sub,
        "iss": issuer.url,
        "auth_time": now.unix_timestamp(),
        "iat": now.unix_timestamp(),
        "exp": end.unix_timestamp(),
        "jti": Uuid::new_v4().to_string(),
    });
    if !groups.is_empty() {
        access["cognito:groups"] = groups.into();
    }
    let mut id = access.clone();
    access["token_use"] = "access".into();
    access["client_id"] = issuer.client_id.as_str().into();
    access["scope"] = "aws.cognito.signin.user.admin".into();
    access["username"] = account.sub.as_str().into();

    id["token_use"] = "id".into();
    id["aud"] = issuer.client_id.as_str().into();
    id["jti"] = Uuid::new_v4().to_string().into();
    id["cognito:username"] = account.sub.into();
    id["email"] = email.as_str().into();
    id["email_verified"] = true.into();
    if let Some(name) = account.name {
        id["name"] = name.into();
    }
    (access, id)
}
