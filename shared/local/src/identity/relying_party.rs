//! The relying party of passkeys: its domain and its origins.

use std::time::Duration;

use service::nouns::NAME;
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// The domain that always means this machine (RFC 6761, section 6.3).
pub(super) const LOCALHOST: &str = "localhost";

/// The domain that passkeys are made for, WebAuthn's
/// [relying party id](https://www.w3.org/TR/webauthn-3/#relying-party-identifier), and whose requests for them are
/// accepted: those of its pages, on any port, and of the apps that are named.
///
/// Without any it is `localhost`. An address such as 127.0.0.1 is no domain, and platforms make no passkey for it.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    pub(super) domain: String,
    pub(super) webauthn: Webauthn,
}

/// The error for a text that is not a domain, or not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARelyingParty {
    /// The domain.
    #[error(
        "not a domain that passkeys are made for: write it as in `example.com`, without a port"
    )]
    Domain,
    /// An origin.
    #[error(
        "not an origin: write it as in `https://app.example.com` or `android:apk-key-hash:` and the hash of the \
         certificate, {0:?} is neither"
    )]
    Origin(String),
}

impl RelyingParty {
    /// A domain, and the origins that may use its passkeys besides its own pages. Android's apps are
    /// `android:apk-key-hash:` and the SHA-256 of their signing certificate in base64url; iOS's have the origin of the
    /// domain.
    ///
    /// # Errors
    /// [`NotARelyingParty`].
    pub fn new(domain: &str, origins: &[String]) -> Result<Self, NotARelyingParty> {
        let own = Url::parse(&format!("https://{domain}"));
        let own = own.map_err(|_| NotARelyingParty::Domain)?;
        if own.domain() != Some(domain) || own.port().is_some() {
            return Err(NotARelyingParty::Domain);
        }
        let mut allowed = Vec::new();
        if domain == LOCALHOST {
            let plain = Url::parse("http://localhost");
            allowed.push(plain.map_err(|_| NotARelyingParty::Domain)?);
        }
        for origin in origins {
            let url = Url::parse(origin).ok();
            let url = url.filter(|url| {
                matches!(url.scheme(), "http" | "https" | "android") && url.path().len() <= 100
            });
            allowed.push(url.ok_or_else(|| NotARelyingParty::Origin(origin.clone()))?);
        }
        let builder = WebauthnBuilder::new(domain, &own).map_err(|_| NotARelyingParty::Domain)?;
        let builder = allowed.iter().fold(builder, |builder, origin| {
            builder.append_allowed_origin(origin)
        });
        let webauthn = builder
            // The platform shows it when it asks to create a passkey.
            .rp_name(NAME)
            .allow_any_port(true)
            .timeout(CEREMONIES_LAST)
            .build();
        Ok(Self {
            domain: domain.to_owned(),
            webauthn: webauthn.map_err(|_| NotARelyingParty::Domain)?,
        })
    }
}

/// The time to create or use a passkey: as long as other challenges wait.
pub(super) const CEREMONIES_LAST: Duration = super::next::CHALLENGES_LAST;

#[cfg(test)]
mod tests;
