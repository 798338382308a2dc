//! The claims of access and ID tokens.

use accounts::token::{Issuer, SCOPE};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{TOKENS_LAST, sessions::SignedIn};

/// The claims that Amazon Cognito puts into an access token and into an ID token.
pub(super) fn of(issuer: &Issuer, signed_in: &SignedIn, now: OffsetDateTime) -> (Value, Value) {
    let account = &signed_in.account;
    let mut access = json!({
        "sub": account.sub,
        "iss": issuer.url,
        "origin_jti": signed_in.session,
        "auth_time": signed_in.since.unix_timestamp(),
        "iat": now.unix_timestamp(),
        "exp": (now + TOKENS_LAST).unix_timestamp(),
        "jti": Uuid::new_v4().to_string(),
    });
    if !signed_in.groups.is_empty() {
        access["cognito:groups"] = signed_in.groups.clone().into();
    }
    let mut id = access.clone();
    access["token_use"] = "access".into();
    access["client_id"] = issuer.client_id.as_str().into();
    access["scope"] = SCOPE.into();
    access["username"] = account.sub.as_str().into();

    id["token_use"] = "id".into();
    id["aud"] = issuer.client_id.as_str().into();
    id["jti"] = Uuid::new_v4().to_string().into();
    id["cognito:username"] = account.sub.as_str().into();
    id["email"] = signed_in.email.as_str().into();
    id["email_verified"] = true.into();
    if let Some(nonce) = &signed_in.nonce {
        id["nonce"] = nonce.as_str().into();
    }
    if let Some(provider) = &account.provider {
        let identity =
            json!({ "providerName": provider, "providerType": "OIDC", "userId": signed_in.email });
        id["identities"] = json!([identity]);
    }
    if let Some(name) = &account.name {
        id["name"] = name.as_str().into();
    }
    (access, id)
}
