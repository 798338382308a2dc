//! Accounts: access tokens, the identity provider, and the operations of `/auth` and `/me`.
//!
//! | step | where |
//! | --- | --- |
//! | `Authorization` header to verified token | [`token`], [`token::jwks`] |
//! | request type, operation, answer | [`routes`] |
//! | export and deletion of an account | [`account`] |
//! | the identity provider's promises, and how Cognito keeps them | [`identity::Identity`], [`identity::cognito`] |
//!
//! Accounts know no resource by name: what belongs to a user comes as [`Belongings`].

pub mod account;
mod http;
pub mod identity;
pub mod problems;
pub mod token;

use std::sync::Arc;

use kit::{belongings::Belongings, clock::Clock, store::Records};

pub use self::http::{METRICS, routes};
use self::{
    identity::{AuthConfiguration, Identity},
    token::Verifier,
};

/// The state of the account operations.
pub struct Accounts {
    /// The accounts.
    pub identity: Arc<dyn Identity>,
    /// The configuration that apps need to sign users in.
    pub auth_configuration: AuthConfiguration,
    /// The judge of access tokens.
    pub tokens: Arc<Verifier>,
    /// The idempotency records, and the notes of users who leave.
    pub records: Arc<dyn Records>,
    /// The resources that belong to users, of each type.
    pub belongings: Vec<Arc<dyn Belongings>>,
    /// The name of the service, for people.
    pub service_name: &'static str,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}
