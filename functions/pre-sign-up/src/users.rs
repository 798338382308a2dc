//! The users of the pool, by address.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::{
    Client,
    error::{ProvideErrorMetadata as _, SdkError},
    operation::list_users::ListUsersError,
    types::{UserStatusType, UserType},
};

/// The timeout of the search. Cognito waits five seconds for a trigger, and then retries. The API asks again after two and a half.
const PATIENCE: Duration = Duration::from_secs(2);

/// The users of any pool.
#[derive(Debug)]
pub(crate) struct Users(Client);

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// True if a user other than this one has the address.
    ///
    /// # Errors
    /// The failure in one word.
    pub(crate) async fn any_other_with(
        &self,
        pool: &str,
        address: &str,
        user_name: &str,
    ) -> Result<bool, String> {
        match tokio::time::timeout(PATIENCE, self.find(pool, address, user_name)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(error.code().unwrap_or("no answer").to_owned()),
            Err(_) => Err("timeout".to_owned()),
        }
    }

    async fn find(
        &self,
        pool: &str,
        address: &str,
        user_name: &str,
    ) -> Result<bool, SdkError<ListUsersError>> {
        // In quotation marks, these and backslashes are escaped.
        let escaped = address.replace('\\', r"\\").replace('"', r#"\""#);
        let mut pages = self
            .0
            .list_users()
            .user_pool_id(pool)
            .filter(format!(r#"email = "{escaped}""#))
            .into_paginator()
            .page_size(10)
            // A list that ends at a repeated token would look complete.
            .stop_on_duplicate_token(false)
            .send();
        while let Some(page) = pages.next().await {
            let page = page?;
            let mut users = page.users().iter();
            if users.any(|user| user.username() != Some(user_name) && counts(user)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// An unconfirmed user does not count: anybody can sign up with an address that is not theirs, and
/// nobody shall be kept out by that.
fn counts(user: &UserType) -> bool {
    user.user_status() != Some(&UserStatusType::Unconfirmed)
}
